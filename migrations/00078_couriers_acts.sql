-- When a courier last did something with a delivery, whatever others have done to it since; and when they last tried to reach its customer,
-- so that two tries at once are one.

-- +goose Up
ALTER TABLE deliveries
    ADD COLUMN acted_at     timestamptz, -- NULL: never
    ADD COLUMN contacted_at timestamptz; -- NULL: never
UPDATE deliveries SET acted_at = updated_at WHERE state IN ('picked_up', 'at_customer');

-- +goose Down
ALTER TABLE deliveries DROP COLUMN contacted_at, DROP COLUMN acted_at;
