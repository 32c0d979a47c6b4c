-- What the lists of staff's desk are found by: who is paused, whose name holds a text, and who has carts open.

-- +goose Up
CREATE INDEX vendors_paused ON vendors (paused_until) WHERE paused_until IS NOT NULL;
CREATE INDEX vendors_name ON vendors USING gin (lower(name) gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX couriers_name ON couriers USING gin (lower(name) gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX carts_vendor ON carts (vendor_id);

-- +goose Down
DROP INDEX carts_vendor;
DROP INDEX couriers_name;
DROP INDEX vendors_name;
DROP INDEX vendors_paused;
