-- name: LockPayment :one
-- An order's newest payment, or one of its payments, with what the books need to know of the order.
SELECT sqlc.embed(p), o.total, o.commission, l.food, l.packaging, l.vendor_discount, l.platform_discount, l.tax, l.delivery, l.small_order,
       l.surge, l.tip
FROM payments p
JOIN orders o ON o.id = p.order_id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(q.amount) FILTER (WHERE q.kind = 'item'), 0)::bigint AS food,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'packaging'), 0)::bigint AS packaging,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'vendor_discount'), 0)::bigint AS vendor_discount,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'platform_discount'), 0)::bigint AS platform_discount,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'tax'), 0)::bigint AS tax,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'delivery_fee'), 0)::bigint AS delivery,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'small_order_fee'), 0)::bigint AS small_order,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'surge'), 0)::bigint AS surge,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'tip'), 0)::bigint AS tip
    FROM quote_lines q
    WHERE q.order_id = p.order_id) l
WHERE p.order_id = @order_id
  AND (sqlc.narg(id)::uuid IS NULL OR p.id = sqlc.narg(id))
ORDER BY p.id DESC
LIMIT 1
FOR UPDATE OF p;

-- name: PaymentsOf :one
-- How many payments an order has, and the newest.
SELECT count(*)::int AS n, (SELECT q.id FROM payments q WHERE q.order_id = @order_id ORDER BY q.id DESC LIMIT 1)::uuid AS newest
FROM payments p
WHERE p.order_id = @order_id;

-- name: OrderOfPayment :one
SELECT order_id
FROM payments
WHERE id = @id;

-- name: PaymentByReference :one
SELECT id
FROM payments
WHERE provider = @provider
  AND provider_ref = @provider_ref
  AND provider_ref <> '';

-- name: SavePayment :exec
-- The old state is a guard: division_by_zero when somebody was faster.
WITH saved AS (
    UPDATE payments
    SET state        = @state,
        provider_ref = @provider_ref,
        captured     = @captured,
        refunded     = @refunded,
        refunding    = @refunding,
        excess       = @excess,
        updated_at   = now()
    WHERE id = @id
      AND state = @was
    RETURNING true
)
SELECT 1 / count(*) FROM saved;

-- name: AskGateway :exec
-- It is due, and its age counts, from a moment on that may be to come; NULL or past: from now on.
INSERT INTO payment_operations (id, payment_id, verb, amount, next_at, created_at)
VALUES (@id, @payment_id, @verb, @amount, greatest(now(), sqlc.narg(due)::timestamptz), greatest(now(), sqlc.narg(due)::timestamptz));

-- name: DropCapture :one
-- A capture that nobody has begun is not wanted any more. Tells whether one is running.
WITH dropped AS (
    UPDATE payment_operations
    SET state = 'failed', error = 'dropped', ended_at = now()
    WHERE payment_id = @payment_id
      AND verb = 'capture'
      AND state = 'pending'
      AND attempts = 0
    RETURNING id
)
SELECT EXISTS (
    SELECT 1
    FROM payment_operations p
    WHERE p.payment_id = @payment_id
      AND p.verb = 'capture'
      AND p.state = 'pending'
      AND p.id NOT IN (SELECT d.id FROM dropped d))::boolean AS running;

-- name: WithdrawOperations :one
-- What a payment's gateway was to be asked for and nobody has begun is not wanted any more. Tells what of it was refunds, and whether
-- what was set aside is being let go: by a void, or by a capture of less than so much.
WITH gone AS (
    UPDATE payment_operations
    SET state = 'failed', error = 'withdrawn', ended_at = now()
    WHERE payment_id = @payment_id
      AND state = 'pending'
      AND attempts = 0
    RETURNING id, verb, amount
)
SELECT coalesce((SELECT sum(g.amount) FROM gone g WHERE g.verb = 'refund'), 0)::bigint AS refunds,
       EXISTS (
           SELECT 1
           FROM payment_operations p
           WHERE p.payment_id = @payment_id
             AND p.state = 'pending'
             AND p.id NOT IN (SELECT g.id FROM gone g)
             AND (p.verb = 'void' OR p.verb = 'capture' AND p.amount < @total::bigint))::boolean AS going;

-- name: StandingTransfers :many
-- What was posted of a kind for an order and not taken back.
SELECT t.id
FROM transfers t
WHERE t.order_id = @order_id::uuid
  AND t.kind = @kind
  AND NOT EXISTS (SELECT 1 FROM transfers r WHERE r.kind = 'reversal' AND r.source = t.id);

-- name: PostTransfers :many
-- Transfers with their entries, and the accounts that have none yet, in one statement. What was posted before is left out, with
-- all that hangs on it; the ids of what was written come back.
--
-- Accounts without a balance are not touched when they exist: half the marketplace posts to some of them. Of those with one,
-- what exists is updated and what does not is inserted; ON CONFLICT alone would not do, for it checks the new row, which is
-- a debit of nothing, before it looks for the old one. An array holds no NULL for us: the epoch is now, and the nil ID nobody.
WITH t AS (
    INSERT INTO transfers (id, kind, source, order_id, at)
    SELECT n.id, n.kind, n.source, nullif(n.order_id, '00000000-0000-0000-0000-000000000000') AS order_id,
           coalesce(nullif(n.at, to_timestamp(0)), now()) AS at
    FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@kinds::text[]) AS kind, unnest(@sources::uuid[]) AS source,
                 unnest(@order_ids::uuid[]) AS order_id, unnest(@at::timestamptz[]) AS at) n
    ON CONFLICT (kind, source) DO NOTHING
    RETURNING id, at
), e AS (
    SELECT t.id AS transfer_id, t.at, n.kind, nullif(n.owner_id, '00000000-0000-0000-0000-000000000000') AS owner_id, n.provider, n.currency,
           n.amount, account_id(n.kind, nullif(n.owner_id, '00000000-0000-0000-0000-000000000000'), n.provider, n.currency) AS account_id
    FROM (SELECT unnest(@entry_ids::uuid[]) AS id, unnest(@account_kinds::text[]) AS kind, unnest(@owner_ids::uuid[]) AS owner_id,
                 unnest(@providers::text[]) AS provider, unnest(@currencies::text[]) AS currency, unnest(@amounts::bigint[]) AS amount) n
    JOIN t ON t.id = n.id
), kept AS (
    SELECT e.account_id, e.kind, e.owner_id, e.currency, sum(e.amount)::bigint AS amount
    FROM e
    WHERE e.kind IN ('wallet', 'courier_cash')
    GROUP BY e.account_id, e.kind, e.owner_id, e.currency
), updated AS (
    UPDATE accounts a
    SET balance = a.balance + kept.amount
    FROM kept
    WHERE a.id = kept.account_id
), inserted AS (
    INSERT INTO accounts (id, kind, owner_id, currency, balance)
    SELECT kept.account_id, kept.kind, kept.owner_id, kept.currency, kept.amount
    FROM kept
    WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.id = kept.account_id)
    ON CONFLICT (id) DO UPDATE
    SET balance = accounts.balance + excluded.balance
), opened AS (
    INSERT INTO accounts (id, kind, owner_id, provider, currency)
    SELECT DISTINCT e.account_id, e.kind, e.owner_id, e.provider, e.currency
    FROM e
    WHERE e.kind NOT IN ('wallet', 'courier_cash')
      AND NOT EXISTS (SELECT FROM accounts a WHERE a.id = e.account_id)
    ORDER BY e.account_id
    ON CONFLICT (id) DO NOTHING
), posted AS (
    INSERT INTO entries (transfer_id, account_id, amount, at)
    SELECT e.transfer_id, e.account_id, e.amount, e.at
    FROM e
)
SELECT t.id
FROM t;

-- name: LedgerOfOrder :many
-- The entries of an order's transfers after one, NULL: from the first, oldest first and what is owed to us first, with whose accounts
-- they are on.
WITH page AS (
    SELECT t.id, t.kind, t.source, t.at
    FROM transfers t
    WHERE t.order_id = @order_id::uuid
      AND (sqlc.narg(after)::uuid IS NULL OR (t.at, t.id) > (SELECT s.at, s.id FROM transfers s WHERE s.id = sqlc.narg(after)))
    ORDER BY t.at, t.id
    LIMIT @most
)
SELECT p.id, p.kind, p.source, p.at, a.kind AS account, a.owner_id, a.provider, a.currency, e.amount,
       coalesce(v.name, u.first_name, '')::text AS owner_name
FROM page p
JOIN entries e ON e.transfer_id = p.id
JOIN accounts a ON a.id = e.account_id
LEFT JOIN vendors v ON a.kind = 'vendor' AND v.id = a.owner_id
LEFT JOIN users u ON a.kind <> 'vendor' AND u.id = a.owner_id
ORDER BY p.at, p.id, sign(e.amount), a.kind, a.id;

-- name: EntriesOfTransfer :many
SELECT t.kind AS transfer_kind, t.source, t.order_id, t.at, a.kind, a.owner_id, a.provider, a.currency, e.amount
FROM transfers t
JOIN entries e ON e.transfer_id = t.id
JOIN accounts a ON a.id = e.account_id
WHERE t.id = @id
ORDER BY a.id;

-- name: KeptBalance :one
-- Of an account that nobody has posted to there is none, which is nothing.
SELECT coalesce((SELECT balance FROM accounts WHERE id = account_id(@kind, @owner_id::uuid, '', @currency)), 0)::bigint AS balance;
