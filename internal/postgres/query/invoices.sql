-- name: PartiesOfSale :one
-- Who sells an order and who buys it, as its invoice says.
SELECT v.name, concat_ws(', ', v.address, v.city)::text AS address, v.tax_id, v.country, v.timezone,
       btrim(u.first_name || ' ' || u.last_name)::text AS buyer
FROM orders o
JOIN vendors v ON v.id = o.vendor_id
JOIN users u ON u.id = o.customer_id
WHERE o.id = @order_id;

-- name: IssuePaper :exec
-- The next number of a series, and the paper that has it. The series' row is locked until the transaction ends, so this is the
-- last that a transaction does; when it is rolled back, the number is the next one's.
WITH series AS (
    INSERT INTO invoice_series (vendor_id, kind, year, last)
    VALUES (@vendor_id, @kind, @year, 1)
    ON CONFLICT (vendor_id, kind, year) DO UPDATE
    SET last = invoice_series.last + 1
    RETURNING vendor_id, kind, year, last
)
INSERT INTO invoices (id, vendor_id, kind, year, number, order_id, refund_id, currency, total, buyer, document, issued_at)
SELECT @id, s.vendor_id, s.kind, s.year, s.last, @order_id, sqlc.narg(refund_id), @currency, @total, @buyer, @document, now()
FROM series s;

-- name: PapersOfOrder :many
-- An order's invoice, then its credit notes in their order.
SELECT sqlc.embed(i), o.number AS order_number, x.year AS sale_year, x.number AS sale_number
FROM invoices i
JOIN orders o ON o.id = i.order_id
JOIN invoices x ON x.order_id = i.order_id AND x.kind = 'invoice'
WHERE i.order_id = @order_id
ORDER BY i.refund_id IS NOT NULL, i.issued_at, i.year, i.number;

-- name: PapersBefore :many
-- A series before a number, the newest first.
SELECT sqlc.embed(i), o.number AS order_number, x.year AS sale_year, x.number AS sale_number
FROM invoices i
JOIN orders o ON o.id = i.order_id
JOIN invoices x ON x.order_id = i.order_id AND x.kind = 'invoice'
WHERE i.vendor_id = @vendor_id
  AND i.kind = @kind
  AND i.year = @year
  AND i.number < @before
ORDER BY i.number DESC
LIMIT @most;

-- name: RefundToCredit :one
-- A refund, with what of it the books say is tax.
SELECT r.amount, r.reason, r.items,
       coalesce((SELECT -sum(e.amount)
                 FROM transfers t
                 JOIN entries e ON e.transfer_id = t.id
                 JOIN accounts a ON a.id = e.account_id
                 WHERE t.kind = 'order.refunded'
                   AND t.source = r.id
                   AND a.kind = 'tax'), 0)::bigint AS tax
FROM refunds r
WHERE r.id = @id;

-- name: LackingPapers :one
-- Of the next so many orders after one: those that were handed over and lack their invoice, or of what was given back since the
-- credit note; the last of those that were looked at; how many that were.
WITH looked AS (
    SELECT o.id, o.state
    FROM orders o
    WHERE o.id > @after
    ORDER BY o.id
    LIMIT @most
), lacking AS (
    SELECT l.id
    FROM looked l
    WHERE l.state IN ('delivered', 'collected', 'completed')
      AND (NOT EXISTS (SELECT FROM invoices i WHERE i.order_id = l.id AND i.kind = 'invoice')
           OR EXISTS (
               SELECT
               FROM refunds r
               LEFT JOIN payment_operations w ON w.id = r.id
               WHERE r.order_id = l.id
                 AND coalesce(w.state, 'done') = 'done'
                 AND NOT EXISTS (SELECT FROM invoices i WHERE i.order_id = l.id AND i.refund_id = r.id)))
)
SELECT coalesce((SELECT l.id FROM looked l ORDER BY l.id DESC LIMIT 1), @after)::uuid AS last,
       (SELECT count(*) FROM looked)::int AS looked,
       (SELECT coalesce(array_agg(l.id ORDER BY l.id), '{}') FROM lacking l)::uuid[] AS lacking;

-- name: UncreditedRefunds :many
-- What is given back of an order and has no credit note, in the order in which it was.
SELECT r.id
FROM refunds r
LEFT JOIN payment_operations w ON w.id = r.id
WHERE r.order_id = @order_id
  AND coalesce(w.state, 'done') = 'done'
  AND NOT EXISTS (SELECT FROM invoices i WHERE i.order_id = r.order_id AND i.refund_id = r.id)
ORDER BY coalesce(w.ended_at, r.at), r.id;
