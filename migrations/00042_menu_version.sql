-- Whose change the If-Match of a menu guards against.

-- +goose Up
-- The version of the vendor in which somebody last changed its menu. Those after it are of its page, its ratings, its orders and the clock.
ALTER TABLE vendors ADD COLUMN menu_version int NOT NULL DEFAULT 0;
UPDATE vendors SET menu_version = version;

-- +goose Down
ALTER TABLE vendors DROP COLUMN menu_version;
