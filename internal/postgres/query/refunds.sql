-- name: InsertRefund :exec
INSERT INTO refunds (id, order_id, payment_id, amount, currency, destination, reason, bearer, items, by_id)
VALUES (@id, @order_id, @payment_id, @amount, @currency, @destination, @reason, @bearer, @items, @by_id);

-- name: RefundedPortions :many
-- The lines of an order that dishes are on, and how much of each was given back before. Refunds count the lines that there are, for an
-- order that is given back is not revised any more. The rate is that on the packaging of the whole order.
WITH lines AS (
    SELECT l.*, row_number() OVER (ORDER BY l.position) - 1 AS line
    FROM order_items l
    WHERE l.order_id = @order_id
)
SELECT i.quantity, i.unit_price, i.packaging, i.tax_category, i.tax_bp,
       (SELECT coalesce(max((q.tax ->> 'rate')::int), 0)
        FROM quote_lines q
        WHERE q.order_id = i.order_id
          AND q.tax ->> 'category' = 'standard')::int AS rest_bp,
       (SELECT coalesce(sum((x ->> 'portions')::int), 0)
        FROM refunds r
        CROSS JOIN LATERAL jsonb_array_elements(r.items) x
        LEFT JOIN payment_operations op ON op.id = r.id
        WHERE r.order_id = i.order_id
          AND (x ->> 'position')::int = i.line
          AND op.state IS DISTINCT FROM 'failed')::int AS gone
FROM lines i
ORDER BY i.line;

-- name: HasRefunds :one
-- Whether staff have given something of an order back, or are about to.
SELECT EXISTS (
    SELECT 1
    FROM refunds r
    LEFT JOIN payment_operations op ON op.id = r.id
    WHERE r.order_id = @order_id
      AND op.state IS DISTINCT FROM 'failed')::boolean AS refunded;

-- name: Standing :one
-- What of an order is in the books, what was given back at its vendor's expense, and what a gateway has still to give back that is
-- not in the books before it has.
SELECT coalesce(sum(e.amount) FILTER (WHERE a.kind = 'commission'), 0)::bigint AS commission,
       coalesce(sum(e.amount) FILTER (WHERE a.kind = 'tax'), 0)::bigint AS tax,
       coalesce(sum(e.amount) FILTER (WHERE a.kind = 'promotions'), 0)::bigint AS promotions,
       coalesce(sum(e.amount) FILTER (WHERE a.kind = 'held'), 0)::bigint AS held,
       (SELECT coalesce(sum(r.amount), 0)
        FROM refunds r
        LEFT JOIN payment_operations w ON w.id = r.id
        WHERE r.order_id = @order_id
          AND r.bearer = 'vendor'
          AND w.state IS DISTINCT FROM 'failed')::bigint AS gone,
       (SELECT coalesce(sum(w.amount), 0)
        FROM payment_operations w
        JOIN payments p ON p.id = w.payment_id
        WHERE p.order_id = @order_id
          AND w.verb = 'refund'
          AND w.state = 'pending'
          AND NOT EXISTS (SELECT FROM refunds r WHERE r.id = w.id))::bigint AS asked
FROM transfers t
JOIN entries e ON e.transfer_id = t.id
JOIN accounts a ON a.id = e.account_id
WHERE t.order_id = @order_id::uuid;

-- name: RefundsBefore :many
-- What customers were given back of an order, newest first; NULL begins with the newest. What is not at a gateway is done.
SELECT sqlc.embed(r), coalesce(op.state, 'done')::text AS state
FROM refunds r
LEFT JOIN payment_operations op ON op.id = r.id
WHERE r.order_id = @order_id
  AND (sqlc.narg(before)::uuid IS NULL OR r.id < sqlc.narg(before))
ORDER BY r.id DESC
LIMIT @most;
