-- Keys that take turns, sessions that people can tell apart, bounds on sign-in, and the API keys of partners.

-- +goose Up

-- A key for tokens is made known to every instance before it signs, and verifies until all that it signed has ended. The
-- previous release knows none of this: it signs with the newest, which all releases find by its name.
ALTER TABLE signing_keys
    ADD COLUMN signs_from     timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN verifies_until timestamptz; -- NULL: no other key has been made since
UPDATE signing_keys SET signs_from = created_at;

-- What tells one session of an account from another. Of the client's address only the network is kept.
ALTER TABLE sessions
    ADD COLUMN used_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- when tokens were last got for it
    ADD COLUMN network text        NOT NULL DEFAULT '';                -- from where
UPDATE sessions SET used_at = created_at;

-- How often codes were asked for and tried lately, from one network or, where that is '', from everywhere.
CREATE TABLE sign_in_counts (
    what     text        NOT NULL,
    network  text        NOT NULL,
    began_at timestamptz NOT NULL,
    n        int         NOT NULL,
    PRIMARY KEY (what, network),
    CONSTRAINT sign_in_counts_what_known CHECK (what IN ('code', 'guess'))
);
CREATE INDEX sign_in_counts_age ON sign_in_counts (began_at);

-- +goose Down
DROP TABLE sign_in_counts;
ALTER TABLE sessions DROP COLUMN used_at, DROP COLUMN network;
ALTER TABLE signing_keys DROP COLUMN signs_from, DROP COLUMN verifies_until;
