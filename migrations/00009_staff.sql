-- Staff by invitation, and what staff decide about accounts.

-- +goose Up
ALTER TABLE users
    ADD COLUMN status_reason   text   NOT NULL DEFAULT '', -- why it is suspended; for staff alone
    ADD COLUMN refund_limit    bigint NOT NULL DEFAULT 0,  -- what support may give back at once, minor units; 0: nothing
    ADD COLUMN refund_currency text   NOT NULL DEFAULT '',
    ADD CONSTRAINT users_refund_limit_of_support CHECK (
        refund_limit = 0 AND refund_currency = '' OR refund_limit > 0 AND refund_currency <> '' AND role = 'support');

-- Lists of accounts run from the newest to the oldest, of a role, of a status, or by what staff type.
CREATE INDEX users_of_role ON users (role, id);
CREATE INDEX users_of_status ON users (status, id);
CREATE INDEX users_phone ON users (translate(phone, ' ()./-', ''));
CREATE INDEX users_name ON users (lower(first_name || ' ' || last_name) text_pattern_ops);
CREATE INDEX vendors_of_status ON vendors (status, id);
CREATE INDEX couriers_of_status ON couriers (status, user_id);

-- Open invitations. Whoever accepts one deletes it, and so does who takes it back: the audit log keeps what happened. Its
-- token is in a letter, or on the screen of an operator, and here only as a hash.
CREATE TABLE staff_invitations (
    id              uuid PRIMARY KEY,
    email           text        NOT NULL,
    role            text        NOT NULL,
    permissions     int         NOT NULL DEFAULT 0,
    refund_limit    bigint      NOT NULL DEFAULT 0,
    refund_currency text        NOT NULL DEFAULT '',
    token_hash      bytea       NOT NULL,
    invited_by      uuid REFERENCES users (id), -- NULL: an operator at the command line invites the first admin
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at      timestamptz NOT NULL,
    CONSTRAINT staff_invitations_role_known CHECK (role IN ('admin', 'support')),
    CONSTRAINT staff_invitations_rights_of_support CHECK (role = 'support' OR permissions = 0 AND refund_limit = 0),
    CONSTRAINT staff_invitations_only_an_admin_is_first CHECK (role = 'admin' OR invited_by IS NOT NULL)
);
CREATE UNIQUE INDEX staff_invitations_email ON staff_invitations (email);
CREATE UNIQUE INDEX staff_invitations_token ON staff_invitations (token_hash);
CREATE UNIQUE INDEX staff_invitations_one_first ON staff_invitations ((true)) WHERE invited_by IS NULL;
CREATE INDEX staff_invitations_by ON staff_invitations (invited_by);
CREATE INDEX staff_invitations_expiry ON staff_invitations (expires_at);

-- +goose Down
DROP TABLE staff_invitations;
DROP INDEX couriers_of_status;
DROP INDEX vendors_of_status;
DROP INDEX users_name;
DROP INDEX users_phone;
DROP INDEX users_of_status;
DROP INDEX users_of_role;
ALTER TABLE users
    DROP COLUMN refund_currency,
    DROP COLUMN refund_limit,
    DROP COLUMN status_reason;
