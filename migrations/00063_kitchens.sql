-- When things will be: what is expected of an order, what came of it, and how long each kitchen takes.

-- +goose Up
ALTER TABLE orders
    ADD COLUMN asked_at           timestamptz, -- when its vendor was asked to take it
    ADD COLUMN ready_at           timestamptz, -- since when its food is ready
    ADD COLUMN estimated_at       timestamptz, -- when its customer will have it, as its last event told
    ADD COLUMN estimated_placed   timestamptz, -- the same, as it was placed,
    ADD COLUMN estimated_accepted timestamptz, -- accepted,
    ADD COLUMN estimated_picked   timestamptz; -- and picked up
CREATE INDEX orders_cooked ON orders (vendor_id, ready_at DESC) WHERE ready_at IS NOT NULL;
CREATE INDEX orders_cooking ON orders (vendor_id) WHERE state IN ('accepted', 'preparing');

ALTER TABLE carts
    ADD COLUMN ride_seconds int NOT NULL DEFAULT 0; -- of the quote: how long its courier rides; 0: not told

-- What is known of a vendor's kitchen, in minutes, learned from its orders of four weeks about once an hour. All arrays are empty until then.
CREATE TABLE kitchens (
    vendor_id  uuid PRIMARY KEY REFERENCES vendors (id) ON DELETE CASCADE,
    learned_at timestamptz NOT NULL DEFAULT '-infinity',
    cooking    int[] NOT NULL DEFAULT '{}', -- from the yes to the readiness, by hour of the vendor's day
    margin     int[] NOT NULL DEFAULT '{}', -- more, that is promised
    usual      int[] NOT NULL DEFAULT '{}', -- orders that are cooked at once then
    load       int[] NOT NULL DEFAULT '{}', -- percent of the time with more and fewer orders than usual
    answer     int   NOT NULL DEFAULT 0,    -- until the yes
    late       int   NOT NULL DEFAULT 0,    -- from what the vendor says to what is true
    orders     int   NOT NULL DEFAULT 0,    -- that told how long cooking takes
    own        int[] NOT NULL DEFAULT '{}', -- seconds, of these alone: half and four fifths of cooking, answer and late; for those of whom nothing is known
    CONSTRAINT kitchens_whole CHECK (cardinality(cooking) IN (0, 24) AND cardinality(margin) = cardinality(cooking)
        AND cardinality(usual) = cardinality(cooking) AND cardinality(load) IN (0, 6) AND cardinality(own) IN (0, 6)),
    CONSTRAINT kitchens_bound CHECK (answer BETWEEN 0 AND 30 AND late BETWEEN -15 AND 60 AND 0 < ALL (cooking) AND 0 <= ALL (margin))
);
CREATE INDEX kitchens_learned ON kitchens (learned_at);

-- +goose Down
DROP TABLE kitchens;
ALTER TABLE carts DROP COLUMN ride_seconds;
DROP INDEX orders_cooking;
DROP INDEX orders_cooked;
ALTER TABLE orders
    DROP COLUMN asked_at,
    DROP COLUMN ready_at,
    DROP COLUMN estimated_at,
    DROP COLUMN estimated_placed,
    DROP COLUMN estimated_accepted,
    DROP COLUMN estimated_picked;
