-- How orders' promises stand, and alerts: what staff are to look at for as long as its cause lasts.

-- +goose Up
ALTER TABLE orders
    ADD COLUMN sla_at      timestamptz,                  -- when its promises are to be looked at; NULL: not unless something happens
    ADD COLUMN sla_risk    text  NOT NULL DEFAULT '',    -- the worst that was told of and is still true
    ADD COLUMN sla_promise text  NOT NULL DEFAULT '',    -- that is at this risk
    ADD COLUMN sla_told    jsonb NOT NULL DEFAULT '{}',  -- by promise: the worst that was told of it, and when it breaks
    ADD CONSTRAINT orders_sla_known CHECK (sla_risk IN ('', 'at_risk', 'breached') AND sla_promise IN ('', 'answer', 'food', 'door')),
    ADD CONSTRAINT orders_sla_whole CHECK ((sla_risk = '') = (sla_promise = ''));
UPDATE orders
SET sla_at = now()
WHERE state IN ('pending_payment', 'scheduled', 'placed', 'accepted', 'preparing', 'ready', 'picked_up', 'undeliverable');
CREATE INDEX orders_sla ON orders (sla_at) WHERE sla_at IS NOT NULL;

-- What alerts look for.
CREATE INDEX orders_late ON orders (id) WHERE sla_risk <> '';
CREATE INDEX orders_expired_at ON orders (ended_at) WHERE state = 'expired';
CREATE INDEX vendors_protected ON vendors (id) WHERE protected_at IS NOT NULL;
CREATE INDEX deliveries_unclaimed ON deliveries (id) WHERE unclaimed_at IS NOT NULL AND state IN ('unassigned', 'offered');
CREATE INDEX deliveries_lost ON deliveries (id) WHERE lost_at IS NOT NULL AND state IN ('picked_up', 'at_customer');
CREATE INDEX deliveries_stranded ON deliveries (id) WHERE stranded_by IS NOT NULL AND state IN ('unassigned', 'offered', 'assigned', 'at_store');
CREATE INDEX payment_operations_failed ON payment_operations (ended_at) WHERE state = 'failed';
CREATE INDEX payments_excess ON payments (id) WHERE excess > 0;

-- +goose StatementBegin
-- Every cause for an alert that there is now, one a kind and subject. Each part reads an index that holds little else. Where two kinds say
-- the same of an order, one does.
CREATE VIEW alert_causes AS
SELECT CASE WHEN o.sla_promise = 'answer' THEN 'unanswered' WHEN o.sla_risk = 'breached' THEN 'sla_breached' ELSE 'sla_at_risk' END AS kind,
       'order' AS subject, o.id AS subject_id, o.city, o.vendor_id, o.number AS name, jsonb_build_object('promise', o.sla_promise) AS data
FROM orders o
WHERE o.sla_risk <> ''
UNION ALL
SELECT 'vendor_silent', 'vendor', v.id, v.city, v.id, v.name,
       jsonb_build_object('expired', s.expired, 'paused', s.paused)
FROM (
    SELECT x.vendor_id, sum(x.expired)::int AS expired, bool_or(x.paused) AS paused
    FROM (
        SELECT o.vendor_id, 1 AS expired, false AS paused FROM orders o WHERE o.state = 'expired' AND o.ended_at > now() - interval '15 minutes'
        UNION ALL
        SELECT p.id, 0, true
        FROM vendors p
        WHERE p.protected_at IS NOT NULL
          AND p.paused_until > now()
          AND p.pause_reason = '3 orders were not answered within 15 minutes' -- order.ProtectReason
    ) x
    GROUP BY x.vendor_id
    HAVING sum(x.expired) > 1 OR bool_or(x.paused)
) s
JOIN vendors v ON v.id = s.vendor_id
UNION ALL
SELECT 'food_stranded', 'order', o.id, o.city, o.vendor_id, o.number, jsonb_build_object('deliveryId', d.id, 'courierId', d.stranded_by)
FROM deliveries d
JOIN orders o ON o.id = d.order_id
WHERE d.stranded_by IS NOT NULL
  AND d.state IN ('unassigned', 'offered', 'assigned', 'at_store')
UNION ALL
SELECT 'no_courier', 'order', o.id, o.city, o.vendor_id, o.number, jsonb_build_object('deliveryId', d.id)
FROM deliveries d
JOIN orders o ON o.id = d.order_id
WHERE d.unclaimed_at IS NOT NULL
  AND d.state IN ('unassigned', 'offered')
  AND d.stranded_by IS NULL
UNION ALL
SELECT 'courier_lost', 'order', o.id, o.city, o.vendor_id, o.number, jsonb_build_object('deliveryId', d.id, 'courierId', d.courier_id)
FROM deliveries d
JOIN orders o ON o.id = d.order_id
WHERE d.lost_at IS NOT NULL
  AND d.state IN ('picked_up', 'at_customer')
UNION ALL
-- What a gateway was asked for long ago. Of several, the one that waits longest.
SELECT 'payment_stuck', 'order', o.id, o.city, o.vendor_id, o.number, w.data
FROM (
    SELECT DISTINCT ON (p.order_id) p.order_id, jsonb_build_object('verb', x.verb, 'attempts', x.attempts, 'error', x.error) AS data
    FROM payment_operations x
    JOIN payments p ON p.id = x.payment_id
    WHERE x.state = 'pending'
      AND x.created_at < now() - interval '10 minutes'
    ORDER BY p.order_id, x.created_at
) w
JOIN orders o ON o.id = w.order_id
UNION ALL
-- For a day, unless another one is made of the same payment.
SELECT 'refund_failed', 'order', o.id, o.city, o.vendor_id, o.number, w.data
FROM (
    SELECT DISTINCT ON (p.order_id) p.order_id, jsonb_build_object('error', x.error) AS data
    FROM payment_operations x
    JOIN payments p ON p.id = x.payment_id
    WHERE x.state = 'failed'
      AND x.ended_at > now() - interval '1 day'
      AND x.verb = 'refund'
      AND NOT EXISTS (
          SELECT FROM payment_operations y WHERE y.payment_id = x.payment_id AND y.verb = 'refund' AND y.state <> 'failed' AND y.created_at > x.created_at)
    ORDER BY p.order_id, x.ended_at DESC
) w
JOIN orders o ON o.id = w.order_id
UNION ALL
-- For a week, unless it is won back: it does not end by itself.
SELECT DISTINCT ON (o.id) 'payment_excess', 'order', o.id, o.city, o.vendor_id, o.number, jsonb_build_object('excess', p.excess, 'currency', p.currency)
FROM payments p
JOIN orders o ON o.id = p.order_id
WHERE p.excess > 0
  AND p.updated_at > now() - interval '7 days'
UNION ALL
SELECT 'cash_limit', 'courier', c.user_id, c.city, NULL, '', full_of.data
FROM couriers c
CROSS JOIN LATERAL (
    SELECT jsonb_build_object('currency', r.key, 'held', r.value -> 'held', 'limit', r.value -> 'limit') AS data
    FROM jsonb_each(cash_rooms(c.user_id, c.city)) r
    WHERE (r.value ->> 'held')::bigint >= (r.value ->> 'limit')::bigint
      AND (r.value ->> 'held')::bigint > 0
    ORDER BY r.key
    LIMIT 1) full_of
WHERE c.online
  AND EXISTS (SELECT FROM accounts a WHERE a.owner_id = c.user_id AND a.kind = 'courier_cash' AND a.balance < 0);
-- +goose StatementEnd

CREATE TABLE alerts (
    id              uuid PRIMARY KEY,                  -- sorts by when it was opened
    kind            text        NOT NULL,
    severity        text        NOT NULL,
    subject         text        NOT NULL,
    subject_id      uuid        NOT NULL,
    city            text        NOT NULL,
    vendor_id       uuid,                              -- of an order, or the vendor itself
    name            text        NOT NULL,              -- the order's number, the vendor's name; '' of a courier
    data            jsonb       NOT NULL DEFAULT '{}', -- what there was to know when it was opened; no personal data beyond IDs
    version         int         NOT NULL DEFAULT 1,
    opened_at       timestamptz NOT NULL DEFAULT now(),
    closed_at       timestamptz,                       -- when its cause had gone
    acknowledged_at timestamptz,
    acknowledged_by uuid REFERENCES users (id),
    snoozed_until   timestamptz,
    snoozed_by      uuid REFERENCES users (id),
    CONSTRAINT alerts_kind_known CHECK (kind IN ('sla_at_risk', 'sla_breached', 'unanswered', 'vendor_silent', 'no_courier', 'courier_lost', 'food_stranded',
        'payment_stuck', 'refund_failed', 'payment_excess', 'cash_limit')),
    CONSTRAINT alerts_severity_known CHECK (severity IN ('crit', 'warn')),
    CONSTRAINT alerts_subject_known CHECK (subject IN ('order', 'vendor', 'courier')),
    CONSTRAINT alerts_acknowledged_whole CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CONSTRAINT alerts_snoozed_whole CHECK ((snoozed_until IS NULL) = (snoozed_by IS NULL))
);
CREATE UNIQUE INDEX alerts_one_open ON alerts (subject_id, kind) WHERE closed_at IS NULL;
CREATE INDEX alerts_of_subject ON alerts (subject_id, kind, id);
CREATE INDEX alerts_open ON alerts (id) WHERE closed_at IS NULL;
CREATE INDEX alerts_closed ON alerts (closed_at) WHERE closed_at IS NOT NULL;

-- When causes were last looked for. Whoever holds the row does; nobody owns it between two looks.
CREATE TABLE alert_sweeps (
    pace     text PRIMARY KEY, -- quick, slow: of causes that take long to find
    swept_at timestamptz NOT NULL DEFAULT 'epoch'
);
INSERT INTO alert_sweeps (pace) VALUES ('quick'), ('slow');

ALTER TABLE events
    DROP CONSTRAINT events_subject_known,
    ADD CONSTRAINT events_subject_known CHECK (subject IN ('order', 'vendor', 'courier', 'cart', 'alert')) NOT VALID;
ALTER TABLE events VALIDATE CONSTRAINT events_subject_known;

-- +goose Down
DELETE FROM events WHERE subject = 'alert';
ALTER TABLE events
    DROP CONSTRAINT events_subject_known,
    ADD CONSTRAINT events_subject_known CHECK (subject IN ('order', 'vendor', 'courier', 'cart'));
DROP VIEW alert_causes;
DROP TABLE alert_sweeps;
DROP TABLE alerts;
DROP INDEX payments_excess;
DROP INDEX payment_operations_failed;
DROP INDEX deliveries_stranded;
DROP INDEX deliveries_lost;
DROP INDEX deliveries_unclaimed;
DROP INDEX vendors_protected;
DROP INDEX orders_expired_at;
ALTER TABLE orders
    DROP COLUMN sla_at, DROP COLUMN sla_risk, DROP COLUMN sla_promise, DROP COLUMN sla_told;
