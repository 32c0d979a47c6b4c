-- What `zoop verify` looks for. Each statement gives the IDs of what is wrong, the first most of them, with how many there are,
-- and reads each table once: sums of all parts are compared with all wholes. since_id is the least ID that anything of the
-- moment since on can have; both cut off what is older.

-- name: VerifyTotals :many
WITH lines AS (
    SELECT l.order_id, sum(l.amount)::bigint AS total
    FROM quote_lines l
    WHERE l.order_id >= @since_id::uuid
    GROUP BY l.order_id
)
SELECT o.id::text AS id, format('total %s, lines %s', o.total, coalesce(l.total, 0)) AS detail, count(*) OVER () AS found
FROM orders o
LEFT JOIN lines l ON l.order_id = o.id
WHERE o.id >= @since_id::uuid
  AND o.total <> coalesce(l.total, 0)
ORDER BY o.id
LIMIT @most;

-- name: VerifyParts :many
WITH paid AS (
    SELECT DISTINCT p.order_id
    FROM payments p
    WHERE p.order_id >= @since_id::uuid
), filled AS (
    SELECT DISTINCT i.order_id
    FROM order_items i
    WHERE i.order_id >= @since_id::uuid
), parts AS (
    SELECT o.id,
           concat_ws(', ',
               CASE WHEN paid.order_id IS NULL THEN 'no payment' END,
               CASE WHEN filled.order_id IS NULL THEN 'no dish' END,
               CASE WHEN o.fulfilment = 'delivery' AND d.order_id IS NULL THEN 'no delivery' END,
               CASE WHEN o.fulfilment = 'pickup' AND d.order_id IS NOT NULL THEN 'a delivery, but it is collected' END) AS wrong
    FROM orders o
    LEFT JOIN paid ON paid.order_id = o.id
    LEFT JOIN filled ON filled.order_id = o.id
    LEFT JOIN deliveries d ON d.order_id = o.id
    WHERE o.id >= @since_id::uuid
)
SELECT p.id::text AS id, p.wrong AS detail, count(*) OVER () AS found
FROM parts p
WHERE p.wrong <> ''
ORDER BY p.id
LIMIT @most;

-- name: VerifyDeliveries :many
-- A delivery moves together with its order.
SELECT o.id::text AS id, format('the order is %s, its delivery %s', o.state, d.state) AS detail, count(*) OVER () AS found
FROM orders o
JOIN deliveries d ON d.order_id = o.id
WHERE o.id >= @since_id::uuid
  AND NOT CASE
      WHEN o.state IN ('delivered', 'completed') THEN d.state = 'delivered'
      WHEN o.state = 'picked_up' AND d.stranded_by IS NULL THEN d.state IN ('picked_up', 'at_customer')
      WHEN o.state = 'undeliverable' THEN d.state IN ('failed', 'returning')
      WHEN o.state = 'returned' THEN d.state = 'returned'
      WHEN o.state IN ('cancelled', 'rejected', 'expired', 'payment_failed') THEN d.state = 'cancelled'
      ELSE d.state IN ('unassigned', 'offered', 'assigned', 'at_store')
      END
ORDER BY o.id
LIMIT @most;

-- name: VerifyPayments :many
-- An order's newest payment against the order. What a gateway has not answered yet is not wrong: its operation is due. Nor is a lost
-- payment whose price the marketplace bears.
WITH borne AS (
    SELECT t.order_id, sum(e.amount)::bigint AS amount
    FROM transfers t
    JOIN entries e ON e.transfer_id = t.id
    JOIN accounts a ON a.id = e.account_id
    WHERE t.kind = 'order.lost'
      AND t.order_id >= @since_id::uuid
      AND a.kind = 'held'
      AND NOT EXISTS (SELECT FROM transfers x WHERE x.kind = 'reversal' AND x.source = t.id)
    GROUP BY t.order_id
), newest AS (
    SELECT DISTINCT ON (p.order_id) p.*
    FROM payments p
    WHERE p.order_id >= @since_id::uuid
    ORDER BY p.order_id, p.id DESC
)
SELECT o.id::text AS id,
       format('the order is %s of %s, its %s payment %s of %s, captured %s, refunded %s', o.state, o.total, p.method, p.state, p.amount,
              p.captured, p.refunded) AS detail,
       count(*) OVER () AS found
FROM orders o
JOIN newest p ON p.order_id = o.id
LEFT JOIN borne b ON b.order_id = o.id
WHERE o.id >= @since_id::uuid
  AND NOT (
      p.currency = o.currency
      AND CASE p.method WHEN 'cod' THEN p.amount = o.total ELSE p.amount >= o.total END
      AND CASE
          WHEN b.amount IS NOT NULL
              THEN b.amount = o.total AND p.method = 'card' AND p.state = 'voided'
                   AND o.state NOT IN ('cancelled', 'rejected', 'expired', 'payment_failed', 'returned', 'pending_payment', 'scheduled', 'placed')
          WHEN o.state IN ('delivered', 'collected', 'completed') THEN p.state IN ('captured', 'partially_refunded', 'refunded')
          WHEN o.state IN ('cancelled', 'rejected', 'expired', 'payment_failed', 'returned')
              THEN p.state NOT IN ('created', 'authorized')
                   AND p.captured - p.refunded <= CASE p.method WHEN 'cod' THEN 0 ELSE coalesce(o.cancel_fee, 0) END
          WHEN o.state = 'pending_payment' -- which hears of its payment a moment after that
              THEN p.method <> 'cod' AND (p.state IN ('created', 'failed') OR p.updated_at > now() - interval '1 minute')
          WHEN p.method = 'cod' THEN p.state = 'created'
          ELSE p.state IN ('authorized', 'captured', 'partially_refunded', 'refunded') -- the last by a chargeback
          END)
  AND NOT EXISTS (SELECT FROM payment_operations w WHERE w.payment_id = p.id AND w.state = 'pending')
ORDER BY o.id
LIMIT @most;

-- name: VerifyCaptures :many
-- What the books say was captured with a payment. A wallet pays when the order is placed: its authorisation is in the books.
WITH held AS (
    SELECT t.source AS payment_id, sum(e.amount)::bigint AS amount
    FROM transfers t
    JOIN entries e ON e.transfer_id = t.id
    JOIN accounts a ON a.id = e.account_id
    WHERE t.kind = 'order.captured'
      AND t.order_id >= @since_id::uuid
      AND a.kind = 'held'
    GROUP BY t.source
), told AS (
    SELECT p.id, p.order_id, CASE WHEN p.method = 'wallet' AND p.state NOT IN ('created', 'failed') THEN p.amount ELSE p.captured END AS amount
    FROM payments p
    WHERE p.order_id >= @since_id::uuid
)
SELECT coalesce(p.id, h.payment_id)::text AS id,
       CASE WHEN p.id IS NULL THEN format('the books have %s of a payment that is not there', h.amount)
            ELSE format('captured %s, in the books %s', p.amount, coalesce(h.amount, 0)) END::text AS detail,
       count(*) OVER () AS found
FROM told p
FULL JOIN held h ON h.payment_id = p.id
WHERE coalesce(p.amount, 0) <> coalesce(h.amount, 0)
   OR p.id IS NULL
ORDER BY 1
LIMIT @most;

-- name: VerifyRefunds :many
-- What customers got back for an order, by the books and by its payments. A wallet that was authorised and not captured got
-- it back, too. What a gateway refused is taken back in the books; what it has still to give may be in them already.
WITH back AS (
    SELECT t.order_id, sum(e.amount)::bigint AS amount
    FROM transfers t
    JOIN entries e ON e.transfer_id = t.id
    JOIN accounts a ON a.id = e.account_id
    WHERE t.kind = 'order.refunded'
      AND t.order_id >= @since_id::uuid
      AND a.kind IN ('gateway', 'wallet')
      AND NOT EXISTS (SELECT FROM transfers x WHERE x.kind = 'reversal' AND x.source = t.id)
    GROUP BY t.order_id
), told AS (
    SELECT p.order_id,
           sum(p.refunded + p.excess + CASE WHEN p.method = 'wallet' AND p.state NOT IN ('created', 'authorized', 'failed') THEN p.amount - p.captured ELSE 0 END)::bigint AS amount
    FROM payments p
    WHERE p.order_id >= @since_id::uuid
    GROUP BY p.order_id
)
SELECT coalesce(p.order_id, b.order_id)::text AS id, format('refunded %s, in the books %s', coalesce(p.amount, 0), coalesce(b.amount, 0)) AS detail,
       count(*) OVER () AS found
FROM told p
FULL JOIN back b ON b.order_id = p.order_id
WHERE coalesce(p.amount, 0) <> coalesce(b.amount, 0)
  AND NOT EXISTS (
      SELECT
      FROM payment_operations w
      JOIN payments y ON y.id = w.payment_id
      WHERE y.order_id = coalesce(p.order_id, b.order_id)
        AND w.verb = 'refund'
        AND w.state = 'pending')
ORDER BY 1
LIMIT @most;

-- name: VerifyHeld :many
-- Nothing of an order that has ended is held, unless a gateway has still to answer; and what was handed over is settled.
WITH held AS (
    SELECT t.order_id, sum(e.amount) FILTER (WHERE a.kind = 'held')::bigint AS amount, bool_or(t.kind = 'order.settled') AS settled
    FROM transfers t
    JOIN entries e ON e.transfer_id = t.id
    JOIN accounts a ON a.id = e.account_id
    WHERE t.order_id >= @since_id::uuid
    GROUP BY t.order_id
)
SELECT o.id::text AS id, format('%s, held %s%s', o.state, coalesce(h.amount, 0), CASE WHEN h.settled THEN '' ELSE ', not settled' END) AS detail,
       count(*) OVER () AS found
FROM orders o
LEFT JOIN held h ON h.order_id = o.id
WHERE o.id >= @since_id::uuid
  AND CASE
      WHEN o.state IN ('delivered', 'collected', 'completed') THEN coalesce(h.amount, 0) <> 0 OR (o.total > 0 AND h.settled IS NOT TRUE)
      WHEN o.state IN ('cancelled', 'rejected', 'expired', 'payment_failed', 'returned') THEN coalesce(h.amount, 0) <> 0
      ELSE h.settled IS TRUE
      END
  AND NOT EXISTS (
      SELECT
      FROM payment_operations w
      JOIN payments p ON p.id = w.payment_id
      WHERE p.order_id = o.id
        AND w.state = 'pending')
ORDER BY o.id
LIMIT @most;

-- name: VerifyNumbers :many
-- The numbers of a series follow each other from 1 to where it stands. Verified whole.
WITH issued AS (
    SELECT i.vendor_id, i.kind, i.year, count(*) AS papers, min(i.number) AS first, max(i.number) AS last
    FROM invoices i
    GROUP BY i.vendor_id, i.kind, i.year
)
SELECT coalesce(s.vendor_id, i.vendor_id)::text AS id,
       format('%s %s: %s papers from %s to %s, the series stands at %s', coalesce(s.kind, i.kind), coalesce(s.year, i.year),
              coalesce(i.papers, 0), i.first, i.last, s.last) AS detail,
       count(*) OVER () AS found
FROM invoice_series s
FULL JOIN issued i ON i.vendor_id = s.vendor_id AND i.kind = s.kind AND i.year = s.year
WHERE i.first IS DISTINCT FROM 1
   OR i.last IS DISTINCT FROM s.last
   OR i.papers IS DISTINCT FROM s.last
ORDER BY 1, 2
LIMIT @most;

-- name: VerifyInvoices :many
-- What was handed over has an invoice of its total, and nothing else has one.
SELECT o.id::text AS id,
       format('the order is %s of %s, %s', o.state, o.total, CASE WHEN i.id IS NULL THEN 'without an invoice' ELSE format('its invoice of %s', i.total) END) AS detail,
       count(*) OVER () AS found
FROM orders o
LEFT JOIN invoices i ON i.order_id = o.id AND i.kind = 'invoice'
WHERE o.id >= @since_id::uuid
  AND CASE WHEN o.state IN ('delivered', 'collected', 'completed') THEN i.total IS DISTINCT FROM o.total ELSE i.id IS NOT NULL END
ORDER BY o.id
LIMIT @most;

-- name: VerifyCredits :many
-- Whatever was given back after a handover has a credit note of its amount, and nothing else has one.
WITH given AS (
    SELECT r.id, r.amount
    FROM refunds r
    JOIN orders o ON o.id = r.order_id
    LEFT JOIN payment_operations w ON w.id = r.id
    WHERE r.order_id >= @since_id::uuid
      AND o.state IN ('delivered', 'collected', 'completed')
      AND coalesce(w.state, 'done') = 'done'
), credited AS (
    SELECT i.refund_id, i.total
    FROM invoices i
    WHERE i.kind = 'credit_note'
      AND i.order_id >= @since_id::uuid
)
SELECT coalesce(g.id, c.refund_id)::text AS id, format('refunded %s, credited %s', coalesce(g.amount, 0), coalesce(c.total, 0)) AS detail,
       count(*) OVER () AS found
FROM given g
FULL JOIN credited c ON c.refund_id = g.id
WHERE g.amount IS DISTINCT FROM c.total
ORDER BY 1
LIMIT @most;

-- name: VerifyTransfers :many
-- The entries of a transfer sum to zero, in one currency, on accounts that exist. None is without entries, or they without it.
WITH sums AS (
    SELECT e.transfer_id, sum(e.amount) AS amount, count(*) AS entries, count(a.id) AS accounts, min(a.currency) AS least, max(a.currency) AS most
    FROM entries e
    LEFT JOIN accounts a ON a.id = e.account_id
    WHERE e.at >= @since::timestamptz
    GROUP BY e.transfer_id
), wrong AS (
    SELECT coalesce(t.id, s.transfer_id) AS id,
           concat_ws(', ',
               CASE WHEN t.id IS NULL THEN 'entries without a transfer' END,
               CASE WHEN s.transfer_id IS NULL THEN 'no entries' END,
               CASE WHEN s.amount <> 0 THEN format('sums to %s', s.amount) END,
               CASE WHEN s.accounts < s.entries THEN 'an entry without an account' END,
               CASE WHEN s.least <> s.most THEN format('%s and %s', s.least, s.most) END) AS wrong
    FROM (SELECT x.id FROM transfers x WHERE x.at >= @since::timestamptz) t
    FULL JOIN sums s ON s.transfer_id = t.id
)
SELECT w.id::text AS id, w.wrong AS detail, count(*) OVER () AS found
FROM wrong w
WHERE w.wrong <> ''
ORDER BY w.id
LIMIT @most;

-- name: VerifyBalances :many
-- Balances that are kept against all entries, whenever they were written; since picks the accounts.
WITH folds AS (
    SELECT e.account_id, sum(e.amount)::bigint AS amount, max(e.at) AS newest
    FROM entries e
    GROUP BY e.account_id
)
SELECT a.id::text AS id, format('%s of %s: balance %s %s, entries %s', a.kind, a.owner_id, a.balance, a.currency, coalesce(f.amount, 0)) AS detail,
       count(*) OVER () AS found
FROM accounts a
LEFT JOIN folds f ON f.account_id = a.id
WHERE a.balance IS NOT NULL
  AND a.balance <> coalesce(f.amount, 0)
  AND coalesce(f.newest, now()) >= @since::timestamptz
ORDER BY a.id
LIMIT @most;

-- name: VerifyPayouts :many
-- A payout is the sum of what the books say its entries are, which stand until it has failed. From its export on it is in the books
-- itself; one that failed afterwards is taken back there.
WITH parts AS (
    SELECT x.payout_id, sum(x.amount)::bigint AS amount, count(*) AS entries, count(*) FILTER (WHERE x.standing) AS standing,
           count(*) FILTER (WHERE e.amount IS DISTINCT FROM x.amount OR x.account_id <> p.account_id) AS strange
    FROM payout_entries x
    JOIN payouts p ON p.id = x.payout_id
    LEFT JOIN entries e ON e.transfer_id = x.transfer_id AND e.account_id = x.account_id
    WHERE x.payout_id >= @since_id::uuid
    GROUP BY x.payout_id
), posted AS (
    SELECT p.id AS payout_id, t.id AS transfer_id, e.amount,
           EXISTS (SELECT FROM transfers r WHERE r.kind = 'reversal' AND r.source = t.id) AS taken_back
    FROM payouts p
    JOIN transfers t ON t.kind = 'payout' AND t.source = p.id
    LEFT JOIN entries e ON e.transfer_id = t.id AND e.account_id = p.account_id
    WHERE p.id >= @since_id::uuid
), wrong AS (
    SELECT p.id,
           concat_ws(', ',
               CASE WHEN s.amount IS DISTINCT FROM p.amount OR s.entries IS DISTINCT FROM p.entries
                   THEN format('%s of %s entries, which are %s of %s', p.amount, p.entries, coalesce(s.amount, 0), coalesce(s.entries, 0)) END,
               CASE WHEN s.strange > 0 THEN format('%s entries that are not so in the books', s.strange) END,
               CASE WHEN s.standing <> CASE p.state WHEN 'failed' THEN 0 ELSE s.entries END THEN format('is %s, %s entries stand', p.state, s.standing) END,
               CASE WHEN p.transfer_id IS DISTINCT FROM t.transfer_id THEN 'another transfer is in the books' END,
               CASE WHEN t.transfer_id IS NOT NULL AND t.amount IS DISTINCT FROM -p.amount THEN format('%s of %s in the books', coalesce(-t.amount, 0), p.amount) END,
               CASE WHEN p.state IN ('exported', 'paid') AND (t.transfer_id IS NULL OR t.taken_back) THEN format('is %s, and not in the books', p.state) END,
               CASE WHEN p.state NOT IN ('exported', 'paid') AND t.transfer_id IS NOT NULL AND NOT t.taken_back THEN format('is %s, and in the books', p.state) END) AS wrong
    FROM payouts p
    LEFT JOIN parts s ON s.payout_id = p.id
    LEFT JOIN posted t ON t.payout_id = p.id
    WHERE p.id >= @since_id::uuid
    UNION ALL
    SELECT t.source, format('%s in the books of a payout that is not there', -e.amount)
    FROM transfers t
    JOIN entries e ON e.transfer_id = t.id
    JOIN accounts a ON a.id = e.account_id AND a.kind IN ('vendor', 'courier')
    LEFT JOIN payouts p ON p.id = t.source
    WHERE t.kind = 'payout'
      AND t.source >= @since_id::uuid
      AND p.id IS NULL
)
SELECT w.id::text AS id, w.wrong AS detail, count(*) OVER () AS found
FROM wrong w
WHERE w.wrong <> ''
ORDER BY w.id
LIMIT @most;

-- name: VerifyPromotions :many
-- A promotion was used as often as orders have used it and not given it back, also while it is paused or held. Verified whole.
WITH uses AS (
    SELECT r.promotion_id, count(*) AS orders
    FROM promotion_redemptions r
    WHERE r.given_back_at IS NULL
    GROUP BY r.promotion_id
)
SELECT p.id::text AS id, format('used %s times, by %s orders', p.used, coalesce(u.orders, 0)) AS detail, count(*) OVER () AS found
FROM promotions p
LEFT JOIN uses u ON u.promotion_id = p.id
WHERE p.used <> coalesce(u.orders, 0)
ORDER BY p.id
LIMIT @most;

-- name: VerifyVersions :many
-- A subject's versions follow each other, from the first, up to the one that is on its row. Of what is older than since only
-- the end is looked at. A vendor that was imported, and a courier, has its first version without an event.
WITH log AS (
    SELECT e.subject_id, e.subject, min(e.version) AS first, max(e.version) AS last, count(*) AS events
    FROM events e
    WHERE e.at >= @since::timestamptz
    GROUP BY e.subject_id, e.subject
), subjects AS (
    SELECT o.id, 'order' AS subject, o.version, true AS told FROM orders o WHERE o.id >= @since_id::uuid
    UNION ALL SELECT v.id, 'vendor', v.version, false FROM vendors v
    UNION ALL SELECT c.user_id, 'courier', c.version, false FROM couriers c
    UNION ALL SELECT a.id, 'alert', a.version, true FROM alerts a WHERE a.id >= @since_id::uuid
), wrong AS (
    SELECT coalesce(s.id, l.subject_id) AS id, coalesce(s.subject, l.subject) AS subject,
           concat_ws(', ',
               CASE WHEN l.events <> l.last - l.first + 1 THEN format('%s events from version %s to %s', l.events, l.first, l.last) END,
               CASE WHEN l.first > CASE WHEN l.subject IN ('vendor', 'courier') THEN 2 ELSE 1 END AND (s.told OR NOT @cut::boolean) THEN format('begins with version %s', l.first) END,
               CASE WHEN l.last <> s.version THEN format('is version %s, the last event %s', s.version, l.last) END,
               CASE WHEN s.told AND l.events IS NULL THEN 'no event' END) AS wrong
    FROM log l
    FULL JOIN subjects s ON s.id = l.subject_id AND s.subject = l.subject
)
SELECT w.id::text AS id, concat(w.subject, ': ', w.wrong)::text AS detail, count(*) OVER () AS found
FROM wrong w
WHERE w.wrong <> ''
ORDER BY w.id
LIMIT @most;

-- name: VerifyPublished :many
-- Places in the published order are dense, and the relay stands at the last one.
WITH placed AS (
    SELECT e.pub_seq, lag(e.pub_seq) OVER (ORDER BY e.pub_seq) AS before
    FROM events e
    WHERE e.pub_seq IS NOT NULL
      AND e.at >= @since::timestamptz
), wrong AS (
    SELECT p.pub_seq, format('after %s comes %s', coalesce(p.before, 0), p.pub_seq) AS wrong
    FROM placed p
    WHERE p.pub_seq <> p.before + 1
       OR (p.before IS NULL AND p.pub_seq <> 1 AND NOT @cut::boolean)
    UNION ALL
    SELECT r.last, format('the relay stands at %s, the last event at %s', r.last, n.last)
    FROM relay r
    CROSS JOIN (SELECT coalesce(max(e.pub_seq), 0) AS last FROM events e) n
    WHERE r.last <> n.last
)
SELECT w.pub_seq::text AS id, w.wrong AS detail, count(*) OVER () AS found
FROM wrong w
ORDER BY w.pub_seq
LIMIT @most;

-- name: VerifyDeadlines :many
-- What should have happened by itself before due, and has not. An operation that is tried again and again is overdue an hour after
-- it was asked for.
WITH overdue AS (
    SELECT o.id, format('order: %s since %s', o.deadline_verb, o.deadline_at) AS wrong
    FROM orders o
    WHERE o.deadline_at < @due::timestamptz
    UNION ALL
    SELECT f.id, format('offer: expired since %s', f.expires_at)
    FROM offers f
    WHERE f.state = 'open'
      AND f.expires_at < @due::timestamptz
    UNION ALL
    SELECT w.id, format('%s of payment %s: due since %s, attempts %s', w.verb, w.payment_id, w.next_at, w.attempts)
    FROM payment_operations w
    WHERE w.state = 'pending'
      AND least(w.next_at, w.created_at + interval '1 hour') < @due::timestamptz
)
SELECT d.id::text AS id, d.wrong AS detail, count(*) OVER () AS found
FROM overdue d
ORDER BY d.id
LIMIT @most;

-- name: VerifyCounts :many
-- Nothing that is counted is below nothing, and the places of kitchens are those of the orders that hold them.
WITH holding AS (
    SELECT o.vendor_id, o.slot_at, count(*) AS orders
    FROM orders o
    WHERE o.slot_at >= (SELECT min(s.starts_at) FROM vendor_slots s)
    GROUP BY o.vendor_id, o.slot_at
), wrong AS (
    SELECT d.id, format('dish: stock %s', d.stock) AS wrong
    FROM dishes d
    WHERE d.stock < 0
    UNION ALL
    SELECT s.vendor_id, format('kitchen: %s places taken at %s, by %s orders', s.taken, s.starts_at, coalesce(h.orders, 0))
    FROM vendor_slots s
    LEFT JOIN holding h ON h.vendor_id = s.vendor_id AND h.slot_at = s.starts_at
    WHERE s.taken < 0
       OR s.taken <> coalesce(h.orders, 0)
)
SELECT w.id::text AS id, w.wrong AS detail, count(*) OVER () AS found
FROM wrong w
ORDER BY w.id
LIMIT @most;
