-- Who accepts orders, how many a kitchen makes ready at a time, and what carts are told while they lie open.

-- +goose Up
ALTER TABLE vendors
    ADD COLUMN acceptance    text NOT NULL DEFAULT 'manual',
    ADD COLUMN slot_capacity int  NOT NULL DEFAULT 0, -- orders made ready in a quarter of an hour; 0: any number
    ADD CONSTRAINT vendors_acceptance_known CHECK (acceptance IN ('manual', 'auto')),
    ADD CONSTRAINT vendors_slot_capacity_bound CHECK (slot_capacity BETWEEN 0 AND 1000);

-- How many places of a quarter of an hour are taken, for vendors that count them. A row comes with the first order and goes
-- when the quarter is past.
CREATE TABLE vendor_slots (
    vendor_id uuid        NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL, -- a whole quarter of an hour, UTC
    taken     int         NOT NULL,
    PRIMARY KEY (vendor_id, starts_at),
    CONSTRAINT vendor_slots_taken_bound CHECK (taken BETWEEN 0 AND 1000)
);
CREATE INDEX vendor_slots_age ON vendor_slots (starts_at);

ALTER TABLE orders ADD COLUMN slot_at timestamptz; -- where it holds a place in vendor_slots; NULL: nowhere

ALTER TABLE carts
    ADD COLUMN id             uuid     NOT NULL DEFAULT gen_random_uuid(), -- the subject of its events
    ADD COLUMN events         int      NOT NULL DEFAULT 0,   -- how many there are of them: the version of the last one
    ADD COLUMN shown_prices   bigint[] NOT NULL DEFAULT '{}', -- of a portion of each item when it was put in; -1: it had none
    ADD COLUMN told           text     NOT NULL DEFAULT '',  -- digest of the problems that the customer knows of
    ADD COLUMN vendor_version int      NOT NULL DEFAULT 0,   -- that the cart was last compared with
    ADD COLUMN watch_at       timestamptz, -- when it is compared again without a cause; NULL: its customer has left it
    ADD CONSTRAINT carts_told_bound CHECK (char_length(told) <= 64);
CREATE INDEX carts_watched ON carts (vendor_id) WHERE watch_at IS NOT NULL;
CREATE INDEX carts_watch_at ON carts (watch_at) WHERE watch_at IS NOT NULL;

-- Vendors of which something was told, and whose open carts are to be compared with what they offer now. One row a vendor,
-- however much it changes. No reference: the row of a new vendor is written after its first event.
CREATE TABLE cart_checks (
    vendor_id uuid PRIMARY KEY,
    version   int         NOT NULL, -- of the vendor
    due_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    again     boolean     NOT NULL DEFAULT true -- it is looked at twice: a cart may have been on its way at the first time
);
CREATE INDEX cart_checks_due ON cart_checks (due_at);

ALTER TABLE events
    DROP CONSTRAINT events_subject_known,
    ADD CONSTRAINT events_subject_known CHECK (subject IN ('order', 'vendor', 'courier', 'cart')) NOT VALID;
ALTER TABLE events VALIDATE CONSTRAINT events_subject_known;

-- +goose Down
DELETE FROM events WHERE subject = 'cart';
ALTER TABLE events
    DROP CONSTRAINT events_subject_known,
    ADD CONSTRAINT events_subject_known CHECK (subject IN ('order', 'vendor', 'courier'));
DROP TABLE cart_checks;
ALTER TABLE carts
    DROP COLUMN id, DROP COLUMN events, DROP COLUMN shown_prices, DROP COLUMN told, DROP COLUMN vendor_version, DROP COLUMN watch_at;
ALTER TABLE orders DROP COLUMN slot_at;
DROP TABLE vendor_slots;
ALTER TABLE vendors DROP COLUMN slot_capacity, DROP COLUMN acceptance;
