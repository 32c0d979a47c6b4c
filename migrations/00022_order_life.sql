-- The whole life of an order: schedules, timers, revisions, what an early end costs, and notes of staff.

-- +goose Up
ALTER TABLE orders
    ADD COLUMN tip            bigint NOT NULL DEFAULT 0,    -- part of the total
    ADD COLUMN scheduled_for  timestamptz,                  -- when its customer wants it; NULL: as soon as can be
    ADD COLUMN release_at     timestamptz,                  -- when a scheduled one is placed with its vendor
    ADD COLUMN accepted_at    timestamptz,
    ADD COLUMN deadline_verb  text,                         -- what deadline_at, the first timer, triggers
    ADD COLUMN timers         jsonb  NOT NULL DEFAULT '[]', -- the others, sorted: [{"at","verb"}]
    ADD COLUMN revisions      int    NOT NULL DEFAULT 0,    -- that the vendor has proposed so far
    ADD COLUMN policy         int    NOT NULL DEFAULT 1,    -- of cancellation, that it was made under
    ADD COLUMN cancel_fee     bigint,                       -- what its customer owes of the total; these five: of an early end
    ADD COLUMN cancel_lost    bigint,                       -- what was spent by then
    ADD COLUMN cancel_liable  text,                         -- who bears that
    ADD COLUMN cancel_restock boolean,                      -- its portions went back to the menu
    ADD COLUMN cancel_strike  boolean;                      -- it counts against who is liable

UPDATE orders
SET accepted_at = (SELECT max(e.at) FROM events e WHERE e.subject_id = orders.id AND e.type = 'order.accepted')
WHERE prep_minutes IS NOT NULL;
UPDATE orders
SET deadline_verb = CASE state WHEN 'placed' THEN 'expire' ELSE 'complete' END
WHERE deadline_at IS NOT NULL;
-- So far an order ended early for free, and gave everything back.
UPDATE orders
SET cancel_fee = 0, cancel_lost = 0, cancel_restock = true, cancel_strike = (state = 'expired'),
    cancel_liable = CASE cancelled_by WHEN 'customer' THEN 'customer' WHEN 'vendor' THEN 'vendor' ELSE 'platform' END
WHERE state IN ('cancelled', 'rejected', 'expired');

ALTER TABLE orders
    ADD CONSTRAINT orders_tip_bound CHECK (tip BETWEEN 0 AND total),
    ADD CONSTRAINT orders_deadline_triggers CHECK ((deadline_at IS NULL) = (deadline_verb IS NULL)),
    ADD CONSTRAINT orders_deadline_verb_known CHECK (deadline_verb IN ('fail', 'place', 'nudge', 'expire', 'lapse', 'complete')),
    ADD CONSTRAINT orders_waiting_has_deadline CHECK (state NOT IN ('pending_payment', 'scheduled') OR deadline_at IS NOT NULL),
    ADD CONSTRAINT orders_scheduled_has_slot CHECK ((scheduled_for IS NULL) = (release_at IS NULL) AND (state <> 'scheduled' OR release_at IS NOT NULL)),
    ADD CONSTRAINT orders_revisions_bound CHECK (revisions BETWEEN 0 AND 3),
    ADD CONSTRAINT orders_liable_known CHECK (cancel_liable IN ('customer', 'vendor', 'courier', 'platform')),
    ADD CONSTRAINT orders_early_end_has_outcome CHECK (
        state NOT IN ('cancelled', 'rejected', 'expired', 'payment_failed', 'returned') OR cancel_liable IS NOT NULL),
    ADD CONSTRAINT orders_outcome_whole CHECK (
        num_nulls(cancel_fee, cancel_lost, cancel_liable, cancel_restock, cancel_strike) IN (0, 5)),
    ADD CONSTRAINT orders_fee_bound CHECK (cancel_fee BETWEEN 0 AND total AND cancel_lost BETWEEN cancel_fee AND total),
    ADD CONSTRAINT orders_fee_of_customer CHECK (cancel_fee = 0 OR cancel_liable = 'customer');
CREATE INDEX orders_expired ON orders (vendor_id, ended_at) WHERE state = 'expired';

-- What a vendor can make of an order, asked of its customer. One waits at a time; the price is the one that is agreed to.
CREATE TABLE order_revisions (
    order_id    uuid        NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    number      int         NOT NULL,
    state       text        NOT NULL DEFAULT 'proposed',
    items       jsonb       NOT NULL, -- what would be left, as order_items
    lines       jsonb       NOT NULL, -- the quote of that, as quote_lines
    total       bigint      NOT NULL,
    proposed_at timestamptz NOT NULL DEFAULT now(),
    settled_at  timestamptz,
    PRIMARY KEY (order_id, number),
    CONSTRAINT order_revisions_state_known CHECK (state IN ('proposed', 'accepted', 'refused', 'lapsed', 'withdrawn')),
    CONSTRAINT order_revisions_number_bound CHECK (number BETWEEN 1 AND 3),
    CONSTRAINT order_revisions_settled CHECK ((state = 'proposed') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX order_revisions_one_open ON order_revisions (order_id) WHERE state = 'proposed';

-- What staff write down about an order, for staff.
CREATE TABLE order_notes (
    id       uuid PRIMARY KEY,
    order_id uuid        NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    by_id    uuid        NOT NULL REFERENCES users (id),
    text     text        NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT order_notes_text_bound CHECK (char_length(text) BETWEEN 1 AND 2000)
);
CREATE INDEX order_notes_order ON order_notes (order_id, id);

-- When a vendor was last paused because its orders expired; what expired before that does not count again.
ALTER TABLE vendors ADD COLUMN protected_at timestamptz;

-- A courier who could not hand the food over still has it.
ALTER TABLE deliveries
    ADD COLUMN arrived_at timestamptz,            -- at the customer's door
    ADD COLUMN contacts   int NOT NULL DEFAULT 0, -- attempts to reach the customer
    ADD CONSTRAINT deliveries_contacts_bound CHECK (contacts BETWEEN 0 AND 100);
DROP INDEX deliveries_one_a_courier;
CREATE UNIQUE INDEX deliveries_one_a_courier ON deliveries (courier_id)
    WHERE state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning');

-- +goose Down
DROP INDEX deliveries_one_a_courier;
CREATE UNIQUE INDEX deliveries_one_a_courier ON deliveries (courier_id)
    WHERE state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'returning');
ALTER TABLE deliveries DROP COLUMN contacts, DROP COLUMN arrived_at;
ALTER TABLE vendors DROP COLUMN protected_at;
DROP TABLE order_notes;
DROP TABLE order_revisions;
DROP INDEX orders_expired;
ALTER TABLE orders
    DROP CONSTRAINT orders_waiting_has_deadline, DROP CONSTRAINT orders_early_end_has_outcome,
    DROP COLUMN tip, DROP COLUMN scheduled_for, DROP COLUMN release_at, DROP COLUMN accepted_at, DROP COLUMN deadline_verb, DROP COLUMN timers,
    DROP COLUMN revisions, DROP COLUMN policy, DROP COLUMN cancel_fee, DROP COLUMN cancel_lost, DROP COLUMN cancel_liable,
    DROP COLUMN cancel_restock, DROP COLUMN cancel_strike;
