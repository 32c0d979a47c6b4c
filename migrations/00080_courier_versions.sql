-- A new courier has version 1, as a new vendor has: there is no If-Match for 0, so nobody could decide on one who had not changed anything yet.

-- +goose Up
ALTER TABLE couriers ALTER COLUMN version SET DEFAULT 1;
UPDATE couriers SET version = 1 WHERE version = 0;

-- +goose Down
ALTER TABLE couriers ALTER COLUMN version SET DEFAULT 0;
