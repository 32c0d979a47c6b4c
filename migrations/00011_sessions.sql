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

-- The keys of a vendor's partners, such as its till. The secret is hashed; 256 random bits need no salt.
CREATE TABLE api_keys (
    id         uuid PRIMARY KEY,
    vendor_id  uuid        NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    user_id    uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE, -- who made it, and for whom it acts
    name       text        NOT NULL,
    prefix     text        NOT NULL,                                          -- the part of the key that is no secret
    hash       bytea       NOT NULL,
    old_hash   bytea,                                                         -- of the secret before, which works
    old_until  timestamptz,                                                   -- until then
    scopes     int         NOT NULL,                                          -- a set of domain.Scopes
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    CONSTRAINT api_keys_scopes_some CHECK (scopes > 0),
    CONSTRAINT api_keys_old_whole CHECK ((old_hash IS NULL) = (old_until IS NULL))
);
CREATE UNIQUE INDEX api_keys_prefix ON api_keys (prefix);
CREATE INDEX api_keys_vendor ON api_keys (vendor_id);
CREATE INDEX api_keys_user ON api_keys (user_id);

-- When a key was last used, to the minute; apart, because it changes all the time.
CREATE TABLE api_key_uses (
    key_id uuid PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,
    at     timestamptz NOT NULL
);

-- +goose Down
DROP TABLE api_key_uses;
DROP TABLE api_keys;
DROP TABLE sign_in_counts;
ALTER TABLE sessions DROP COLUMN used_at, DROP COLUMN network;
ALTER TABLE signing_keys DROP COLUMN signs_from, DROP COLUMN verifies_until;
