-- What staff may do, and the record of what was done.

-- +goose Up
ALTER TABLE users
    ADD COLUMN permissions int NOT NULL DEFAULT 0, -- a set of domain.Permissions; of support staff alone
    ADD CONSTRAINT users_permissions_of_support CHECK (permissions >= 0 AND (permissions = 0 OR role = 'support'));

-- Who did what, as whom, from where; written in the transaction of the deed. It holds IDs and states, and no names,
-- addresses or secrets, so that nothing ever has to be taken out of it.
CREATE TABLE audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id   uuid,                          -- NULL: the system, or an operator at the command line
    actor_role text        NOT NULL,
    session_id uuid,
    key_id     uuid,                          -- the API key that was used
    address    text        NOT NULL DEFAULT '', -- the client's; '' for what did not come over the network
    request_id text        NOT NULL DEFAULT '',
    action     text        NOT NULL,          -- such as "vendor.suspend"
    subject    text        NOT NULL,          -- what kind of thing: user, vendor, courier, order, key, …
    subject_id uuid,
    before     jsonb       NOT NULL DEFAULT '{}',
    after      jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_subject ON audit_log (subject_id, id DESC);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id DESC);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE audit_log;
DROP FUNCTION refuse_change();
ALTER TABLE users DROP COLUMN permissions;
