-- Accounts, sign-in and sessions.

-- +goose Up
CREATE TABLE users (
    id         uuid PRIMARY KEY,
    email      text        NOT NULL,
    first_name text        NOT NULL,
    last_name  text        NOT NULL DEFAULT '',
    phone      text        NOT NULL DEFAULT '',
    role       text        NOT NULL,
    status     text        NOT NULL DEFAULT 'active',
    version    int         NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_email_lower CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_role_known CHECK (role IN ('customer', 'vendor', 'courier', 'admin', 'support')),
    CONSTRAINT users_status_known CHECK (status IN ('active', 'suspended'))
);
CREATE UNIQUE INDEX users_email_key ON users (email);

-- One live code an address; a new one replaces the old. It is hashed with a key, because six digits are soon guessed. Every
-- address that somebody asks about has a row, with an account or without, so that nobody can tell which.
CREATE TABLE otps (
    email      text PRIMARY KEY,
    code_hash  bytea         NOT NULL,
    signup     jsonb,                            -- who signs up; NULL for a sign-in
    attempts   int           NOT NULL DEFAULT 0, -- guesses that were compared
    sent_at    timestamptz[] NOT NULL,           -- when the newest codes were sent, oldest first, at most 5
    expires_at timestamptz   NOT NULL,
    CONSTRAINT otps_attempts_bound CHECK (attempts BETWEEN 0 AND 5),
    CONSTRAINT otps_sent_bound CHECK (cardinality(sent_at) BETWEEN 1 AND 5)
);
CREATE INDEX otps_expiry ON otps (expires_at);

CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device       text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    access_until timestamptz NOT NULL, -- when the last access token that it gave ends
    expires_at   timestamptz NOT NULL, -- when it ends unless refreshed
    revoked_at   timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Every refresh token of a session (its family). A used one that comes back means theft: the session ends.
CREATE TABLE refresh_tokens (
    hash       bytea PRIMARY KEY,
    session_id uuid        NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

-- The server's keys. Ed25519 ones sign access tokens: the newest signs, the others still verify. The newest one for codes
-- hashes sign-in codes.
CREATE TABLE signing_keys (
    id          text PRIMARY KEY,
    purpose     text        NOT NULL,
    private_key bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT signing_keys_purpose_known CHECK (purpose IN ('token', 'code'))
);

CREATE TABLE addresses (
    id           uuid PRIMARY KEY,
    user_id      uuid             NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label        text             NOT NULL,
    line1        text             NOT NULL,
    city         text             NOT NULL,
    lat          double precision NOT NULL,
    lng          double precision NOT NULL,
    instructions text             NOT NULL DEFAULT '',
    version      int              NOT NULL DEFAULT 1,
    created_at   timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT addresses_on_earth CHECK (lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180)
);
CREATE INDEX addresses_user ON addresses (user_id, id);

-- +goose Down
DROP TABLE addresses;
DROP TABLE signing_keys;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE otps;
DROP TABLE users;
