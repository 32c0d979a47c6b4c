-- name: OwnersLike :many
-- Who owns an approved vendor, under an address like the pattern.
SELECT DISTINCT u.email
FROM users u
JOIN vendor_members m ON m.user_id = u.id AND m.role = 'owner'
JOIN vendors v ON v.id = m.vendor_id AND v.status = 'approved'
WHERE u.email LIKE @pattern
  AND u.status = 'active'
ORDER BY u.email
LIMIT @most;
