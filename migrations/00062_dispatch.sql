-- Who dispatches a city, trips of several deliveries, and why couriers were chosen.

-- +goose Up
-- A row for each city in which something has waited for a courier. Whoever holds it makes the city's round; nobody owns it between two.
CREATE TABLE dispatch_cities (
    city     text PRIMARY KEY,        -- in lower case
    round_at timestamptz NOT NULL DEFAULT to_timestamp(0), -- when the last round began that came to its end
    orders   int         NOT NULL DEFAULT 0,           -- that waited then
    couriers int         NOT NULL DEFAULT 0,           -- that were thought of
    trips    int         NOT NULL DEFAULT 0,           -- that were offered
    CONSTRAINT dispatch_cities_form CHECK (city = lower(city))
);

-- The deliveries of a trip are offered to one courier at once, and answered together.
ALTER TABLE offers
    ADD COLUMN trip_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN place   int  NOT NULL DEFAULT 1, -- among the doors of its trip, from 1
    ADD CONSTRAINT offers_place_bound CHECK (place BETWEEN 1 AND 6),
    DROP CONSTRAINT offers_state_known,
    ADD CONSTRAINT offers_state_known CHECK (state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn', 'taken_away'));
DROP INDEX offers_one_a_courier;
CREATE UNIQUE INDEX offers_one_a_courier ON offers (courier_id, place) WHERE state = 'open';
CREATE INDEX offers_trip ON offers (trip_id) WHERE state = 'open';

ALTER TABLE deliveries
    ADD COLUMN trip_id      uuid,                   -- of what its courier was given together; NULL while nobody has it
    ADD COLUMN place        int NOT NULL DEFAULT 1, -- among the doors of its trip, from 1
    ADD COLUMN unclaimed_at timestamptz,            -- when it was told that nobody takes it; NULL: not, or somebody has since
    ADD COLUMN lost_at      timestamptz,            -- when it was told that nobody hears of the courier who has the food; NULL: not, or somebody has since
    ADD COLUMN stranded_by  uuid REFERENCES couriers (user_id); -- who had the food and could not bring it: it is fetched from them

-- Why a delivery was offered to whom, and while it waits, why it does. One row from one offer to the next.
CREATE TABLE dispatch_decisions (
    delivery_id uuid        NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    attempt     int         NOT NULL, -- from 1
    at          timestamptz NOT NULL,
    outcome     text        NOT NULL,
    courier_id  uuid,                 -- who was asked, or is planned; NULL: nobody
    leave_at    timestamptz,          -- when they set out
    orders      uuid[]      NOT NULL DEFAULT '{}', -- of the trip, by door
    stops       jsonb,                -- of the trip, with times
    why         jsonb,                -- candidates and who was out of the question
    PRIMARY KEY (delivery_id, attempt),
    CONSTRAINT dispatch_decisions_outcome_known CHECK (outcome IN ('offered', 'assigned', 'later', 'busy', 'queued', 'nobody', 'surplus'))
);
CREATE INDEX dispatch_decisions_at ON dispatch_decisions (at);

-- +goose Down
DROP TABLE dispatch_decisions;
ALTER TABLE deliveries DROP COLUMN trip_id, DROP COLUMN place, DROP COLUMN unclaimed_at, DROP COLUMN lost_at, DROP COLUMN stranded_by;
DROP INDEX offers_trip;
DROP INDEX offers_one_a_courier;
CREATE UNIQUE INDEX offers_one_a_courier ON offers (courier_id) WHERE state = 'open';
UPDATE offers SET state = 'withdrawn' WHERE state = 'taken_away';
ALTER TABLE offers
    DROP COLUMN trip_id,
    DROP COLUMN place,
    DROP CONSTRAINT offers_state_known,
    ADD CONSTRAINT offers_state_known CHECK (state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn'));
DROP TABLE dispatch_cities;
