-- name: LockPayees :many
-- The accounts of those who may be owed something. Nobody else locks them; what is posted to them meanwhile waits for the next time.
SELECT a.id
FROM accounts a
WHERE a.kind IN ('vendor', 'courier')
  AND (sqlc.narg(owner_id)::uuid IS NULL OR a.owner_id = sqlc.narg(owner_id))
ORDER BY a.id
FOR UPDATE;

-- name: DraftPayouts :many
-- What locked accounts are owed: entries of orders that are completed, or ended otherwise a day ago, and those of no order; none
-- that stands in another payout, and none of a payout. Of an account that comes to nothing or less all is left for the next time.
WITH payees AS (
    SELECT unnest(@account_ids::uuid[]) AS account_id, unnest(@ids::uuid[]) AS id
), owed AS (
    SELECT e.transfer_id, e.account_id, e.amount
    FROM entries e
    JOIN transfers t ON t.id = e.transfer_id
    LEFT JOIN orders o ON o.id = t.order_id
    WHERE e.account_id IN (SELECT y.account_id FROM payees y)
      AND e.at <= @until
      AND (t.order_id IS NULL OR o.state = 'completed' OR o.ended_at <= now() - interval '24 hours')
      AND t.kind <> 'payout'
      AND NOT EXISTS (SELECT FROM transfers x WHERE x.id = t.source AND t.kind = 'reversal' AND x.kind = 'payout')
      AND NOT EXISTS (
          SELECT FROM payout_entries p WHERE p.transfer_id = e.transfer_id AND p.account_id = e.account_id AND p.standing)
), sums AS (
    SELECT w.account_id, y.id, sum(w.amount)::bigint AS amount, count(*)::int AS entries
    FROM owed w
    JOIN payees y ON y.account_id = w.account_id
    GROUP BY w.account_id, y.id
    HAVING sum(w.amount) > 0
), made AS (
    INSERT INTO payouts (id, account_id, kind, owner_id, currency, amount, entries, until, made_by)
    SELECT s.id, a.id, a.kind, a.owner_id, a.currency, s.amount, s.entries, @until, sqlc.narg(made_by)::uuid
    FROM sums s
    JOIN accounts a ON a.id = s.account_id
    RETURNING *
), taken AS (
    INSERT INTO payout_entries (payout_id, transfer_id, account_id, amount)
    SELECT s.id, w.transfer_id, w.account_id, w.amount
    FROM owed w
    JOIN sums s ON s.account_id = w.account_id
)
SELECT sqlc.embed(payouts), coalesce(v.name, c.name, '')::text AS payee, coalesce(b.mask, '')::text AS mask
FROM made payouts
LEFT JOIN vendors v ON v.id = payouts.owner_id
LEFT JOIN couriers c ON c.user_id = payouts.owner_id
LEFT JOIN bank_accounts b ON b.kind = payouts.kind AND b.owner_id = payouts.owner_id
ORDER BY payouts.id;

-- name: BeginPayoutWeek :execrows
-- Zero rows: another has begun it, and whoever asks at the same moment waits until it has committed.
INSERT INTO payout_weeks (begins)
VALUES (@begins)
ON CONFLICT DO NOTHING;

-- name: LockPayout :one
SELECT *
FROM payouts
WHERE id = @id
FOR UPDATE;

-- name: SavePayout :execrows
-- The old version is a guard.
UPDATE payouts
SET state       = @state,
    version     = @version,
    approved_by = sqlc.narg(approved_by),
    transfer_id = sqlc.narg(transfer_id),
    note        = @note,
    updated_at  = now()
WHERE id = @id
  AND version = @was_version;

-- name: OweAgain :exec
UPDATE payout_entries
SET standing = false
WHERE payout_id = @payout_id;

-- name: PayoutByID :one
SELECT sqlc.embed(p), coalesce(v.name, c.name, '')::text AS payee,
       CASE WHEN p.state IN ('draft', 'approved') THEN coalesce(b.mask, '') ELSE p.bank_mask END::text AS mask
FROM payouts p
LEFT JOIN vendors v ON v.id = p.owner_id
LEFT JOIN couriers c ON c.user_id = p.owner_id
LEFT JOIN bank_accounts b ON b.kind = p.kind AND b.owner_id = p.owner_id
WHERE p.id = @id;

-- name: PayoutsBefore :many
-- Newest first; NULL means any.
SELECT sqlc.embed(p), coalesce(v.name, c.name, '')::text AS payee,
       CASE WHEN p.state IN ('draft', 'approved') THEN coalesce(b.mask, '') ELSE p.bank_mask END::text AS mask
FROM payouts p
LEFT JOIN vendors v ON v.id = p.owner_id
LEFT JOIN couriers c ON c.user_id = p.owner_id
LEFT JOIN bank_accounts b ON b.kind = p.kind AND b.owner_id = p.owner_id
WHERE (sqlc.narg(before)::uuid IS NULL OR p.id < sqlc.narg(before))
  AND (sqlc.narg(owner_id)::uuid IS NULL OR p.owner_id = sqlc.narg(owner_id))
  AND (sqlc.narg(state)::text IS NULL OR p.state = sqlc.narg(state))
ORDER BY p.id DESC
LIMIT @most;

-- name: PayoutLines :many
-- A statement: what a payout is made of, oldest first, from a line on, with what takes a line apart: the bill of an order that is
-- settled, our commission of the same transfer, and the cash that a courier took with it.
SELECT x.transfer_id, t.kind, t.at, t.order_id, coalesce(o.number, '')::text AS order_number, x.amount,
       coalesce(o.fulfilment = 'delivery', false)::boolean AS carried,
       coalesce((SELECT sum(e.amount)
                 FROM entries e
                 JOIN accounts a ON a.id = e.account_id
                 WHERE e.transfer_id = x.transfer_id
                   AND a.kind = 'commission'), 0)::bigint AS commission,
       coalesce((SELECT -sum(e.amount)
                 FROM transfers c
                 JOIN entries e ON e.transfer_id = c.id
                 JOIN accounts a ON a.id = e.account_id
                 WHERE c.order_id = t.order_id
                   AND c.kind = 'order.captured'
                   AND t.kind = 'order.settled'
                   AND a.kind = 'courier_cash'
                   AND a.owner_id = p.owner_id), 0)::bigint AS cash,
       coalesce(l.food, 0)::bigint AS food, coalesce(l.packaging, 0)::bigint AS packaging, coalesce(l.vendor_discount, 0)::bigint AS vendor_discount,
       coalesce(l.delivery, 0)::bigint AS delivery, coalesce(l.surge, 0)::bigint AS surge, coalesce(l.tip, 0)::bigint AS tip
FROM payout_entries x
JOIN payouts p ON p.id = x.payout_id
JOIN transfers t ON t.id = x.transfer_id
LEFT JOIN orders o ON o.id = t.order_id
LEFT JOIN LATERAL (
    SELECT sum(q.amount) FILTER (WHERE q.kind = 'item') AS food,
           sum(q.amount) FILTER (WHERE q.kind = 'packaging') AS packaging,
           sum(q.amount) FILTER (WHERE q.kind = 'vendor_discount') AS vendor_discount,
           sum(q.amount) FILTER (WHERE q.kind = 'delivery_fee') AS delivery,
           sum(q.amount) FILTER (WHERE q.kind = 'surge') AS surge,
           sum(q.amount) FILTER (WHERE q.kind = 'tip') AS tip
    FROM quote_lines q
    WHERE q.order_id = t.order_id) l ON t.kind = 'order.settled'
WHERE x.payout_id = @payout_id
  AND (t.at, x.transfer_id) > (@after_at::timestamptz, @after_id::uuid)
ORDER BY t.at, x.transfer_id
LIMIT @most;

-- name: CashOfPayout :one
-- What a courier took and handed in since their payout before, up to this one.
SELECT coalesce(-sum(e.amount) FILTER (WHERE e.amount < 0), 0)::bigint AS taken, coalesce(sum(e.amount) FILTER (WHERE e.amount > 0), 0)::bigint AS deposited
FROM payouts p
JOIN accounts a ON a.kind = 'courier_cash' AND a.owner_id = p.owner_id AND a.currency = p.currency
JOIN entries e ON e.account_id = a.id
WHERE p.id = @id
  AND e.at <= p.until
  AND e.at > coalesce((SELECT max(q.until) FROM payouts q WHERE q.account_id = p.account_id AND q.id < p.id AND q.state <> 'failed'), '-infinity');

-- name: Owed :many
-- What somebody has that is in no payout, by currency; open: what of it is not ripe.
SELECT a.currency, sum(e.amount)::bigint AS amount,
       coalesce(sum(e.amount) FILTER (WHERE t.order_id IS NOT NULL AND o.state <> 'completed' AND o.ended_at > now() - interval '24 hours'), 0)::bigint AS open
FROM accounts a
JOIN entries e ON e.account_id = a.id
JOIN transfers t ON t.id = e.transfer_id
LEFT JOIN orders o ON o.id = t.order_id
WHERE a.owner_id = @owner_id::uuid
  AND a.kind = @kind
  AND t.kind <> 'payout'
  AND NOT EXISTS (SELECT FROM transfers x WHERE x.id = t.source AND t.kind = 'reversal' AND x.kind = 'payout')
  AND NOT EXISTS (SELECT FROM payout_entries p WHERE p.transfer_id = e.transfer_id AND p.account_id = e.account_id AND p.standing)
GROUP BY a.currency
ORDER BY a.currency;

-- name: CashBalances :many
-- The cash in a courier's pocket, by currency, not above zero.
SELECT a.currency, coalesce(a.balance, 0)::bigint AS balance
FROM accounts a
WHERE a.owner_id = @owner_id::uuid
  AND a.kind = 'courier_cash'
ORDER BY a.currency;
