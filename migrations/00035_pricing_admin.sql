-- Staff set rules of prices, and vendors have promotions of their own.

-- +goose Up

ALTER TABLE promotions
    ADD COLUMN held boolean NOT NULL DEFAULT false, -- paused by staff: the vendor that made it does not resume it
    ADD CONSTRAINT promotions_held_is_paused CHECK (paused OR NOT held);

-- A quote looks through the marketplace's and the vendor's own, not through those of all vendors.
DROP INDEX promotions_offered;
CREATE INDEX promotions_offered ON promotions (vendor_id, id) WHERE code = '' AND NOT paused;

-- Of two rules for the same that begin at the same moment nobody could say which is in force.
CREATE UNIQUE INDEX commission_rules_place ON commission_rules (
    coalesce(vendor_id, '00000000-0000-0000-0000-000000000000'), lower(city), coalesce(starts_at, '-infinity'));

-- +goose Down

DROP INDEX commission_rules_place;
DROP INDEX promotions_offered;
CREATE INDEX promotions_offered ON promotions (id) WHERE code = '' AND NOT paused;
ALTER TABLE promotions
    DROP COLUMN held;
