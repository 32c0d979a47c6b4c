-- name: OwnersAmong :many
-- Which of these addresses belong to owners of approved vendors.
SELECT DISTINCT u.email
FROM users u
JOIN vendor_members m ON m.user_id = u.id AND m.role = 'owner'
JOIN vendors v ON v.id = m.vendor_id AND v.status = 'approved'
WHERE u.email = ANY(@emails::text[])
  AND u.status = 'active'
ORDER BY u.email;

-- name: PINAtDoor :one
-- What the customer says to the courier who has the food.
SELECT delivery_pin
FROM orders
WHERE id = @id
  AND state = 'picked_up';
