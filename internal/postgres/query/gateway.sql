-- name: PaymentToBegin :one
-- An order's newest payment, as its gateway is told of it.
SELECT p.id, p.method, p.provider, p.state, p.amount, p.currency, o.customer_id, o.number, o.state AS order_state
FROM payments p
JOIN orders o ON o.id = p.order_id
WHERE p.order_id = @order_id
ORDER BY p.id DESC
LIMIT 1;

-- name: AskPaymentIn :exec
-- When the gateway is asked what became of the payment, should it say nothing.
UPDATE payments
SET ask_at = now() + make_interval(secs => @seconds::float8)
WHERE id = @id;

-- name: AskNoMore :exec
UPDATE payments
SET ask_at = NULL
WHERE id = @id
  AND ask_at IS NOT NULL;

-- name: TakeSilentPayments :many
-- Payments of which nothing was heard in time. Whoever takes them moves the time on, so that nobody else asks meanwhile.
UPDATE payments p
SET ask_at = now() + make_interval(secs => @seconds::float8)
FROM (SELECT q.id
      FROM payments q
      WHERE q.ask_at <= now()
      ORDER BY q.ask_at
      LIMIT @most
      FOR UPDATE SKIP LOCKED) due
WHERE p.id = due.id
RETURNING p.id, p.provider, p.provider_ref, p.created_at < now() - interval '1 day' AS old;

-- name: TakeOperations :many
-- What gateways are to be asked for by now. Whoever takes it moves the time on: should they die, it is due again.
UPDATE payment_operations op
SET attempts = op.attempts + 1,
    next_at  = now() + make_interval(secs => @seconds::float8)
FROM (SELECT o.id
      FROM payment_operations o
      WHERE o.state = 'pending'
        AND o.next_at <= now()
      ORDER BY o.next_at
      LIMIT @most
      FOR UPDATE SKIP LOCKED) due
JOIN payment_operations d ON d.id = due.id
JOIN payments p ON p.id = d.payment_id
WHERE op.id = due.id
RETURNING op.id, op.payment_id, op.verb, op.amount, op.attempts, p.currency, p.provider, p.provider_ref;

-- name: PendingOperations :many
-- What is to be asked for later, such as what may still be withdrawn, waits for nobody.
SELECT verb, count(*) AS n, extract(epoch FROM now() - min(created_at))::float8 AS oldest
FROM payment_operations
WHERE state = 'pending'
  AND created_at <= now()
GROUP BY verb;

-- name: PutOffOperation :exec
UPDATE payment_operations
SET next_at = now() + make_interval(secs => @seconds::float8),
    error   = @error
WHERE id = @id
  AND state = 'pending';

-- name: EndOperation :many
-- Ends one of a payment's operations by its id, or what is pending of a verb. Gives those that were pending.
UPDATE payment_operations
SET state    = @state,
    error    = @error,
    ended_at = now()
WHERE payment_id = @payment_id
  AND verb = @verb
  AND (sqlc.narg(id)::uuid IS NULL OR id = sqlc.narg(id))
  AND state = 'pending'
RETURNING id, amount;

-- name: AskedFor :one
SELECT EXISTS (
    SELECT 1
    FROM payment_operations
    WHERE payment_id = @payment_id
      AND verb = @verb
      AND state <> 'failed')::boolean AS asked;

-- name: NoteGatewayEvent :execrows
-- Zero rows: it was told before.
INSERT INTO gateway_events (provider, event_id)
VALUES (@provider, @event_id)
ON CONFLICT DO NOTHING;

-- name: ForgetGatewayEvents :execrows
-- No gateway repeats itself for that long.
DELETE
FROM gateway_events
WHERE (provider, event_id) IN (
    SELECT provider, event_id
    FROM gateway_events
    WHERE at < now() - interval '30 days'
    LIMIT 1000);

-- name: TransferOf :one
SELECT id
FROM transfers
WHERE kind = @kind
  AND source = @source;

-- name: Wallets :many
-- What a customer has in their wallet, one a currency.
SELECT currency, balance::bigint AS balance
FROM accounts
WHERE owner_id = @owner_id
  AND kind = 'wallet'
ORDER BY currency;
