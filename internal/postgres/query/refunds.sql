-- name: InsertRefund :exec
INSERT INTO refunds (id, order_id, payment_id, amount, currency, destination, reason, bearer, items, by_id)
VALUES (@id, @order_id, @payment_id, @amount, @currency, @destination, @reason, @bearer, @items, @by_id);

-- name: RefundedPortions :many
-- The lines of an order that dishes are on, and how much of each was given back before.
SELECT i.position, i.quantity, i.unit_price,
       (SELECT coalesce(sum((x ->> 'portions')::int), 0)
        FROM refunds r
        CROSS JOIN LATERAL jsonb_array_elements(r.items) x
        LEFT JOIN payment_operations op ON op.id = r.id
        WHERE r.order_id = i.order_id
          AND (x ->> 'position')::int = i.position
          AND op.state IS DISTINCT FROM 'failed')::int AS gone
FROM order_items i
WHERE i.order_id = @order_id
ORDER BY i.position;
