-- name: OrdersNamed :many
-- How orders are called, and whose they are.
SELECT o.id, o.number, o.state, o.version, o.ready_by, o.vendor_id, v.name AS vendor_name
FROM orders o
JOIN vendors v ON v.id = o.vendor_id
WHERE o.id = ANY (@order_ids::uuid[]);
