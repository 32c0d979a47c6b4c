-- What orders are paid with, what gateways are asked for, and the books.

-- +goose Up

ALTER TABLE orders
    -- Frozen when the order is placed, so that another rule tomorrow changes nothing of it.
    ADD COLUMN commission_bps int    NOT NULL DEFAULT 0,
    ADD COLUMN commission     bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT orders_commission_bound CHECK (commission_bps BETWEEN 0 AND 10000 AND commission >= 0);

-- Until now all was cash, taken at handover. Whatever is left over of what was not written with its order follows it now.
UPDATE payments p
SET state = CASE WHEN o.state IN ('delivered', 'collected', 'completed') THEN 'captured' ELSE 'voided' END, updated_at = now()
FROM orders o
WHERE o.id = p.order_id
  AND p.state = 'created'
  AND o.state IN ('delivered', 'collected', 'completed', 'rejected', 'expired', 'cancelled', 'returned', 'payment_failed');

ALTER TABLE payments
    DROP CONSTRAINT payments_method_known,
    ADD COLUMN provider     text   NOT NULL DEFAULT '', -- the gateway; '' for cash and wallets
    ADD COLUMN provider_ref text   NOT NULL DEFAULT '', -- the gateway's name for it; '' until it has one
    ADD COLUMN captured     bigint NOT NULL DEFAULT 0,
    ADD COLUMN refunded     bigint NOT NULL DEFAULT 0,
    ADD COLUMN refunding    bigint NOT NULL DEFAULT 0,  -- asked of the gateway, which has not answered
    ADD COLUMN ask_at       timestamptz;                -- when the gateway is asked what became of it; NULL: nothing is awaited
UPDATE payments
SET captured = amount
WHERE state = 'captured';
ALTER TABLE payments
    ADD CONSTRAINT payments_method_known CHECK (method IN ('cod', 'wallet', 'card')),
    ADD CONSTRAINT payments_provider_known CHECK (provider IN ('', 'sandbox', 'stripe')),
    ADD CONSTRAINT payments_provider_of_cards CHECK ((method = 'card') = (provider <> '')),
    ADD CONSTRAINT payments_ref_bound CHECK (length(provider_ref) <= 255 AND (provider_ref = '' OR provider <> '')),
    ADD CONSTRAINT payments_refunded_of_captured CHECK (
        refunded >= 0 AND refunding >= 0 AND refunded + refunding <= captured AND captured <= amount),
    ADD CONSTRAINT payments_amounts_of_state CHECK (
        CASE state
            WHEN 'captured' THEN refunded = 0
            WHEN 'partially_refunded' THEN refunded > 0 AND refunded < captured
            WHEN 'refunded' THEN refunded > 0 AND refunded = captured
            ELSE captured = 0
        END);
CREATE UNIQUE INDEX payments_ref ON payments (provider, provider_ref) WHERE provider_ref <> '';
CREATE INDEX payments_asked ON payments (ask_at) WHERE ask_at IS NOT NULL;

-- What a gateway is to be asked for. Written with the decision, done outside of its transaction; the id is the key by which the
-- gateway does it once.
CREATE TABLE payment_operations (
    id         uuid PRIMARY KEY,
    payment_id uuid        NOT NULL REFERENCES payments (id),
    verb       text        NOT NULL,
    amount     bigint      NOT NULL,
    state      text        NOT NULL DEFAULT 'pending',
    attempts   int         NOT NULL DEFAULT 0,
    next_at    timestamptz NOT NULL DEFAULT now(), -- when it is due; whoever takes it moves it on
    error      text        NOT NULL DEFAULT '',    -- of the last attempt, in the gateway's codes
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at   timestamptz,
    CONSTRAINT payment_operations_verb_known CHECK (verb IN ('capture', 'void', 'refund')),
    CONSTRAINT payment_operations_amount_bound CHECK (amount >= 0 AND (verb <> 'refund' OR amount > 0)),
    CONSTRAINT payment_operations_state_known CHECK (state IN ('pending', 'done', 'failed')),
    CONSTRAINT payment_operations_ended CHECK ((state = 'pending') = (ended_at IS NULL)),
    CONSTRAINT payment_operations_error_bound CHECK (length(error) <= 300)
);
CREATE INDEX payment_operations_due ON payment_operations (next_at) WHERE state = 'pending';
CREATE INDEX payment_operations_payment ON payment_operations (payment_id);
-- A payment is captured once and voided once; it is refunded as often as there is something left.
CREATE UNIQUE INDEX payment_operations_once ON payment_operations (payment_id, verb) WHERE verb <> 'refund' AND state <> 'failed';

-- What customers were given back after their order had ended, and why. One that a gateway gives back is also its operation.
CREATE TABLE refunds (
    id          uuid PRIMARY KEY,
    order_id    uuid        NOT NULL REFERENCES orders (id),
    payment_id  uuid        NOT NULL REFERENCES payments (id),
    amount      bigint      NOT NULL,
    currency    text        NOT NULL,
    destination text        NOT NULL,
    reason      text        NOT NULL,
    bearer      text        NOT NULL,
    items       jsonb       NOT NULL DEFAULT '[]', -- [{"position","portions"}]
    by_id       uuid        NOT NULL REFERENCES users (id),
    at          timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT refunds_amount_bound CHECK (amount > 0),
    CONSTRAINT refunds_destination_known CHECK (destination IN ('source', 'wallet')),
    CONSTRAINT refunds_bearer_known CHECK (bearer IN ('vendor', 'courier', 'platform'))
);
CREATE INDEX refunds_order ON refunds (order_id);

-- What gateways have told us, each once. Nothing of what they say is kept: it is in the payment.
CREATE TABLE gateway_events (
    provider text        NOT NULL,
    event_id text        NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, event_id),
    CONSTRAINT gateway_events_id_bound CHECK (length(event_id) BETWEEN 1 AND 255)
);
CREATE INDEX gateway_events_age ON gateway_events (at);

-- The account of somebody's, or of the marketplace's, in a currency: what it is says which it is. So whoever posts to it needs
-- no look-up, and nobody opens a second one.
-- +goose StatementBegin
CREATE FUNCTION account_id(kind text, owner_id uuid, provider text, currency text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(substring(sha256((kind || '/' || coalesce(owner_id::text, '') || '/' || provider || '/' || currency)::bytea) FROM 1 FOR 16), 'hex')::uuid;
-- +goose StatementEnd

CREATE TABLE accounts (
    id       uuid PRIMARY KEY,
    kind     text NOT NULL,
    owner_id uuid,                     -- a customer, vendor or courier; NULL for the marketplace's own
    provider text NOT NULL DEFAULT '', -- of a gateway
    currency text NOT NULL,
    balance  bigint,                   -- kept where a rule looks at it; of all others it is the sum of the entries
    CONSTRAINT accounts_kind_known CHECK (kind IN (
        'gateway', 'wallet', 'vendor', 'courier', 'courier_cash', 'held', 'commission', 'fees', 'tax', 'promotions', 'refunds', 'bank')),
    CONSTRAINT accounts_id CHECK (id = account_id(kind, owner_id, provider, currency)),
    CONSTRAINT accounts_owner CHECK ((owner_id IS NOT NULL) = (kind IN ('wallet', 'vendor', 'courier', 'courier_cash'))),
    CONSTRAINT accounts_provider CHECK ((provider <> '') = (kind = 'gateway')),
    CONSTRAINT accounts_balance_kept CHECK ((balance IS NOT NULL) = (kind IN ('wallet', 'courier_cash'))),
    CONSTRAINT accounts_wallet_covered CHECK (kind <> 'wallet' OR balance >= 0),
    CONSTRAINT accounts_cash_held CHECK (kind <> 'courier_cash' OR balance <= 0)
);
CREATE INDEX accounts_owner ON accounts (owner_id) WHERE owner_id IS NOT NULL;

CREATE TABLE transfers (
    id       uuid PRIMARY KEY,
    kind     text        NOT NULL,
    source   uuid        NOT NULL,     -- what caused it: a payment, an order, a refund, a payout, …
    order_id uuid REFERENCES orders (id),
    at       timestamptz NOT NULL,
    CONSTRAINT transfers_kind_known CHECK (kind IN (
        'order.captured', 'order.settled', 'order.cancelled', 'order.refunded', 'cash.deposited', 'gateway.paid', 'wallet.credited',
        'wallet.topped_up', 'payout', 'reversal'))
);
CREATE UNIQUE INDEX transfers_once ON transfers (kind, source);
CREATE INDEX transfers_order ON transfers (order_id) WHERE order_id IS NOT NULL;

-- There is no foreign key to accounts: each would lock the row of an account that every order posts to. The trigger below looks
-- whether they exist, and none is ever deleted.
CREATE TABLE entries (
    transfer_id uuid        NOT NULL REFERENCES transfers (id),
    account_id  uuid        NOT NULL,
    amount      bigint      NOT NULL, -- positive: the marketplace owes more, or has earned
    at          timestamptz NOT NULL, -- the transfer's
    PRIMARY KEY (transfer_id, account_id),
    CONSTRAINT entries_move_something CHECK (amount <> 0)
);
-- An account's statement.
CREATE INDEX entries_account ON entries (account_id, at, transfer_id);

-- The books of what was handed over before there were any: the rules of domain/ledger, as they were when this was written.
-- Whatever is nobody else's is the vendor's. It comes before the triggers, which would look at each entry of it.
CREATE TEMPORARY TABLE past ON COMMIT DROP AS
SELECT p.id AS payment_id, gen_random_uuid() AS captured_id, gen_random_uuid() AS settled_id, p.order_id, o.vendor_id, d.courier_id,
       coalesce(o.ended_at, p.updated_at) AS at, o.currency, o.total, l.tax, l.carriage, l.small_order, l.promotion
FROM payments p
JOIN orders o ON o.id = p.order_id
LEFT JOIN deliveries d ON d.order_id = o.id
CROSS JOIN LATERAL (
    SELECT coalesce(sum(q.amount) FILTER (WHERE q.kind = 'tax'), 0)::bigint AS tax,
           coalesce(sum(q.amount) FILTER (WHERE q.kind IN ('delivery_fee', 'surge', 'tip')), 0)::bigint AS carriage,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'small_order_fee'), 0)::bigint AS small_order,
           coalesce(sum(q.amount) FILTER (WHERE q.kind = 'platform_discount'), 0)::bigint AS promotion
    FROM quote_lines q
    WHERE q.order_id = o.id) l
WHERE p.state = 'captured';

INSERT INTO transfers (id, kind, source, order_id, at)
SELECT captured_id, 'order.captured', payment_id, order_id, at FROM past
UNION ALL
SELECT settled_id, 'order.settled', order_id, order_id, at FROM past;

CREATE TEMPORARY TABLE past_entries ON COMMIT DROP AS
SELECT captured_id AS transfer_id, CASE WHEN courier_id IS NULL THEN 'vendor' ELSE 'courier_cash' END AS kind,
       coalesce(courier_id, vendor_id) AS owner_id, currency, -total AS amount, at FROM past
UNION ALL SELECT captured_id, 'held', NULL, currency, total, at FROM past
UNION ALL SELECT settled_id, 'held', NULL, currency, -total, at FROM past
UNION ALL SELECT settled_id, 'vendor', vendor_id, currency,
                 total - tax - small_order - promotion - CASE WHEN courier_id IS NULL THEN 0 ELSE carriage END, at FROM past
UNION ALL SELECT settled_id, 'courier', courier_id, currency, carriage, at FROM past WHERE courier_id IS NOT NULL
UNION ALL SELECT settled_id, 'tax', NULL, currency, tax, at FROM past
UNION ALL SELECT settled_id, 'fees', NULL, currency, small_order, at FROM past
UNION ALL SELECT settled_id, 'promotions', NULL, currency, promotion, at FROM past;

INSERT INTO accounts (id, kind, owner_id, currency, balance)
SELECT account_id(kind, owner_id, '', currency), kind, owner_id, currency, CASE WHEN kind = 'courier_cash' THEN sum(amount) END
FROM past_entries
WHERE amount <> 0
GROUP BY kind, owner_id, currency;

INSERT INTO entries (transfer_id, account_id, amount, at)
SELECT transfer_id, account_id(kind, owner_id, '', currency), amount, at
FROM past_entries
WHERE amount <> 0;

CREATE TRIGGER transfers_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON transfers
    FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change();
ALTER TABLE transfers ENABLE ALWAYS TRIGGER transfers_append_only;
CREATE TRIGGER entries_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change();
ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_append_only;
CREATE TRIGGER accounts_stay
    BEFORE DELETE OR TRUNCATE ON accounts
    FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change();
ALTER TABLE accounts ENABLE ALWAYS TRIGGER accounts_stay;

-- +goose StatementBegin
CREATE FUNCTION prove_transfer() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    -- Not a join, which was planned as one with all accounts before there were statistics; OFFSET keeps the currency from being
    -- looked up once a use.
    IF (SELECT sum(x.amount) <> 0 OR bool_or(x.currency IS NULL) OR min(x.currency) <> max(x.currency)
        FROM (SELECT e.amount, (SELECT a.currency FROM accounts a WHERE a.id = e.account_id) AS currency
              FROM entries e
              WHERE e.transfer_id = NEW.transfer_id
              OFFSET 0) x) THEN
        RAISE EXCEPTION 'transfer % does not sum to zero in one currency', NEW.transfer_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'entries_sum_to_zero';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- At the end of the transaction, so that it does not matter in which order the entries of a transfer are written.
CREATE CONSTRAINT TRIGGER entries_sum_to_zero
    AFTER INSERT ON entries
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
EXECUTE FUNCTION prove_transfer();
ALTER TABLE entries ENABLE ALWAYS TRIGGER entries_sum_to_zero;

-- +goose Down
DROP TABLE entries;
DROP TABLE transfers;
DROP TABLE accounts;
DROP FUNCTION prove_transfer();
DROP FUNCTION account_id(text, uuid, text, text);
DROP TABLE gateway_events;
DROP TABLE refunds;
DROP TABLE payment_operations;
ALTER TABLE payments
    DROP COLUMN provider,
    DROP COLUMN provider_ref,
    DROP COLUMN captured,
    DROP COLUMN refunded,
    DROP COLUMN refunding,
    DROP COLUMN ask_at,
    DROP CONSTRAINT payments_method_known;
UPDATE payments
SET method = 'cod';
ALTER TABLE payments
    ADD CONSTRAINT payments_method_known CHECK (method IN ('cod'));
ALTER TABLE orders
    DROP COLUMN commission_bps,
    DROP COLUMN commission;
