-- Where and when couriers work, how much they carry at once, and whether they get on.

-- +goose Up
CREATE EXTENSION IF NOT EXISTS btree_gist;

ALTER TABLE couriers
    ADD COLUMN city      text NOT NULL DEFAULT '', -- where they work; '': wherever they are
    ADD COLUMN zone_ring double precision[],       -- the part of it where they pick up, as of vendors: lat, lng, …; NULL: all of it
    ADD COLUMN capacity  int  NOT NULL DEFAULT 2,  -- deliveries at once
    ADD CONSTRAINT couriers_city_bound CHECK (char_length(city) <= 80),
    ADD CONSTRAINT couriers_ring_bound CHECK (cardinality(zone_ring) BETWEEN 6 AND 400 AND cardinality(zone_ring) % 2 = 0),
    ADD CONSTRAINT couriers_capacity_bound CHECK (capacity BETWEEN 1 AND 4);
CREATE INDEX couriers_city ON couriers (lower(city), user_id) WHERE status = 'approved';

CREATE TABLE courier_shifts (
    id         uuid PRIMARY KEY,
    courier_id uuid        NOT NULL REFERENCES couriers (user_id) ON DELETE CASCADE,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL, -- nothing is picked up after it
    CONSTRAINT courier_shifts_length CHECK (ends_at >= starts_at + interval '15 minutes' AND ends_at <= starts_at + interval '16 hours'),
    CONSTRAINT courier_shifts_apart EXCLUDE USING gist (courier_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);
CREATE INDEX courier_shifts_courier ON courier_shifts (courier_id, ends_at);

-- When couriers were online. Whatever it is that takes one off, it is noted here.
CREATE TABLE courier_presence (
    courier_id uuid        NOT NULL REFERENCES couriers (user_id) ON DELETE CASCADE,
    online_at  timestamptz NOT NULL,
    offline_at timestamptz, -- NULL: they are
    PRIMARY KEY (courier_id, online_at),
    CONSTRAINT courier_presence_forward CHECK (offline_at >= online_at)
);
CREATE UNIQUE INDEX courier_presence_open ON courier_presence (courier_id) WHERE offline_at IS NULL;
INSERT INTO courier_presence (courier_id, online_at)
SELECT user_id, now()
FROM couriers
WHERE online;

-- +goose StatementBegin
CREATE FUNCTION note_presence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.online THEN
        INSERT INTO courier_presence (courier_id, online_at) VALUES (NEW.user_id, clock_timestamp());
    ELSE
        UPDATE courier_presence SET offline_at = clock_timestamp() WHERE courier_id = NEW.user_id AND offline_at IS NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER couriers_come AFTER INSERT ON couriers FOR EACH ROW WHEN (NEW.online) EXECUTE FUNCTION note_presence();
CREATE TRIGGER couriers_come_and_go AFTER UPDATE OF online ON couriers FOR EACH ROW WHEN (NEW.online <> OLD.online) EXECUTE FUNCTION note_presence();

-- A courier carries as many deliveries at a time as they have places: each has one of its own.
ALTER TABLE deliveries
    ADD COLUMN slot int NOT NULL DEFAULT 1, -- of its courier
    ADD CONSTRAINT deliveries_slot_bound CHECK (slot BETWEEN 1 AND 4);
DROP INDEX deliveries_one_a_courier;
CREATE UNIQUE INDEX deliveries_slots ON deliveries (courier_id, slot)
    WHERE state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning');

-- How couriers get on with what they are to pick up: a row from soon after they have accepted until they are at the vendor's.
CREATE TABLE delivery_watches (
    delivery_id uuid PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
    courier_id  uuid        NOT NULL,
    arrive_by   timestamptz NOT NULL, -- when they should be there
    closest_m   int         NOT NULL, -- how near they have come
    moved_at    timestamptz NOT NULL, -- when they last came nearer by enough
    looked_at   timestamptz NOT NULL,
    stalled_at  timestamptz,          -- since when they do not come nearer
    no_show_at  timestamptz           -- since when they are overdue
);

-- +goose Down
DROP TABLE delivery_watches;
DROP INDEX deliveries_slots;
CREATE UNIQUE INDEX deliveries_one_a_courier ON deliveries (courier_id)
    WHERE state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning');
ALTER TABLE deliveries DROP COLUMN slot;
DROP TRIGGER couriers_come_and_go ON couriers;
DROP TRIGGER couriers_come ON couriers;
DROP FUNCTION note_presence();
DROP TABLE courier_presence;
DROP TABLE courier_shifts;
ALTER TABLE couriers DROP COLUMN capacity, DROP COLUMN zone_ring, DROP COLUMN city;
