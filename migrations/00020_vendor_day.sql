-- Closures, busy times, and what the clock does to a vendor.

-- +goose Up
ALTER TABLE vendors
    -- The closures that had not ended when they were last changed, merged.
    ADD COLUMN closed       tstzmultirange NOT NULL DEFAULT '{}',
    ADD COLUMN busy_minutes int            NOT NULL DEFAULT 0,
    ADD COLUMN busy_until   timestamptz,
    -- When a worker looks next at what the clock has done: opened or closed it, ended a pause. Every change of the vendor has it
    -- look at once. NULL: never; so with those that were only imported, which nobody runs.
    ADD COLUMN turns_at     timestamptz,
    ADD COLUMN told_open    boolean        NOT NULL DEFAULT false, -- what the last vendor.opened or vendor.closed said
    ADD CONSTRAINT vendors_busy_bound CHECK (busy_minutes BETWEEN 0 AND 120);
CREATE INDEX vendors_turns ON vendors (turns_at) WHERE turns_at IS NOT NULL;

UPDATE vendors
SET turns_at = now()
WHERE EXISTS (SELECT FROM vendor_members m WHERE m.vendor_id = vendors.id);

-- Whether a vendor is open by its hours, closures and pause, as Vendor.Open of the kernel says; but in the hour that clocks
-- show twice this goes by what they show.
-- +goose StatementBegin
CREATE FUNCTION open_at(hours int4multirange, closed tstzmultirange, paused_until timestamptz, zone text, at timestamptz)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (paused_until IS NULL OR paused_until <= at)
   AND NOT closed @> at
   AND hours @> (extract(isodow FROM timezone(zone, at))::int - 1) * 1440
                + extract(hour FROM timezone(zone, at))::int * 60
                + extract(minute FROM timezone(zone, at))::int;
-- +goose StatementEnd

CREATE TABLE closures (
    id        uuid PRIMARY KEY,
    vendor_id uuid        NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    starts_at timestamptz NOT NULL,
    ends_at   timestamptz NOT NULL,
    reason    text        NOT NULL,
    CONSTRAINT closures_in_order CHECK (starts_at < ends_at),
    CONSTRAINT closures_reason_bound CHECK (length(reason) BETWEEN 1 AND 200)
);
CREATE INDEX closures_vendor ON closures (vendor_id, starts_at);

-- +goose Down
DROP TABLE closures;
DROP FUNCTION open_at(int4multirange, tstzmultirange, timestamptz, text, timestamptz);
ALTER TABLE vendors
    DROP COLUMN told_open,
    DROP COLUMN turns_at,
    DROP COLUMN busy_until,
    DROP COLUMN busy_minutes,
    DROP COLUMN closed;
