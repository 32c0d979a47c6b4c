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

-- +goose Down
ALTER TABLE orders DROP COLUMN slot_at;
DROP TABLE vendor_slots;
ALTER TABLE vendors DROP COLUMN slot_capacity, DROP COLUMN acceptance;
