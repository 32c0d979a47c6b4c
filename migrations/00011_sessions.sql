-- Keys that take turns, sessions that people can tell apart, bounds on sign-in, and the API keys of partners.

-- +goose Up

-- A key for tokens is made known to every instance before it signs, and verifies until all that it signed has ended. The
-- previous release knows none of this: it signs with the newest, which all releases find by its name.
ALTER TABLE signing_keys
    ADD COLUMN signs_from     timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN verifies_until timestamptz; -- NULL: no other key has been made since
UPDATE signing_keys SET signs_from = created_at;

-- +goose Down
ALTER TABLE signing_keys DROP COLUMN signs_from, DROP COLUMN verifies_until;
