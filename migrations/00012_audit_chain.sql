-- The audit log gets an order that only grows, and a chain in which a change shows.

-- +goose Up

-- Entries are written by many transactions at once and get their place when they are chained, soon after: places are dense
-- and ascend with time, ids do neither. Each entry's hash covers the hash of the one before it. Nothing is ever deleted: a
-- marketplace's deeds of a year are less than a day of its orders.
ALTER TABLE audit_log
    ADD COLUMN vendor_id uuid,   -- the only vendor that the API key was good for
    ADD COLUMN place     bigint, -- NULL until it is chained
    ADD COLUMN hash      bytea,
    ADD CONSTRAINT audit_log_chained CHECK ((place IS NULL) = (hash IS NULL)),
    ADD CONSTRAINT audit_log_action CHECK (action ~ '^[a-z][a-z0-9_.-]{0,63}$'),
    ADD CONSTRAINT audit_log_subject CHECK (subject ~ '^[a-z][a-z0-9_ -]{0,31}$'),
    ADD CONSTRAINT audit_log_actor CHECK (actor_id IS NOT NULL OR actor_role IN ('system', 'operator')),
    ADD CONSTRAINT audit_log_size CHECK (octet_length(before::text) + octet_length(after::text) <= 65536);

CREATE UNIQUE INDEX audit_log_place ON audit_log (place) WHERE place IS NOT NULL;
CREATE INDEX audit_log_unchained ON audit_log (id) WHERE place IS NULL;
CREATE INDEX audit_log_action_place ON audit_log (action, place DESC);
DROP INDEX audit_log_subject, audit_log_actor;
CREATE INDEX audit_log_subject_place ON audit_log (subject_id, place DESC);
CREATE INDEX audit_log_actor_place ON audit_log (actor_id, place DESC);

-- The end of the chain: one row, whose lock keeps two processes from chaining at once. It also shows that the newest entries
-- were cut off.
CREATE TABLE audit_chain (
    singleton boolean PRIMARY KEY DEFAULT true,
    last      bigint NOT NULL DEFAULT 0,
    hash      bytea  NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000',
    CONSTRAINT audit_chain_singleton CHECK (singleton)
);
INSERT INTO audit_chain DEFAULT VALUES;

-- The one change that an entry may see, once: it is chained. ALWAYS also holds where triggers are off for replication.
DROP TRIGGER audit_log_append_only ON audit_log;
CREATE TRIGGER audit_log_append_only
    BEFORE DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;

-- +goose StatementBegin
CREATE FUNCTION refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql AS
$$
BEGIN
    IF OLD.place IS NULL AND NEW.place IS NOT NULL
        AND to_jsonb(NEW) - 'place' - 'hash' = to_jsonb(OLD) - 'place' - 'hash' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_log is append-only' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_log_unchanged
    BEFORE UPDATE ON audit_log
    FOR EACH ROW
EXECUTE FUNCTION refuse_audit_change();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_unchanged;

-- +goose Down
DROP TRIGGER audit_log_unchanged ON audit_log;
DROP FUNCTION refuse_audit_change();
DROP TRIGGER audit_log_append_only ON audit_log;
CREATE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT
EXECUTE FUNCTION refuse_change();
DROP TABLE audit_chain;
DROP INDEX audit_log_place, audit_log_unchained, audit_log_action_place, audit_log_subject_place, audit_log_actor_place;
CREATE INDEX audit_log_subject ON audit_log (subject_id, id DESC);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id DESC);
ALTER TABLE audit_log
    DROP CONSTRAINT audit_log_chained,
    DROP CONSTRAINT audit_log_action,
    DROP CONSTRAINT audit_log_subject,
    DROP CONSTRAINT audit_log_actor,
    DROP CONSTRAINT audit_log_size,
    DROP COLUMN vendor_id,
    DROP COLUMN place,
    DROP COLUMN hash;
