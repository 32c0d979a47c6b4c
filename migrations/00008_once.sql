-- Idempotency for every write that creates or moves money.

-- +goose Up
-- done is set by the transaction that does the work; so a retry never does it again, even when the process died before it
-- stored the answer.
ALTER TABLE idempotency_keys
    ADD COLUMN done boolean NOT NULL DEFAULT false,
    ADD COLUMN etag text    NOT NULL DEFAULT '',
    ADD CONSTRAINT idempotency_keys_key_bound CHECK (length(key) <= 255 AND length(route) <= 200);

-- +goose Down
ALTER TABLE idempotency_keys
    DROP CONSTRAINT idempotency_keys_key_bound,
    DROP COLUMN etag,
    DROP COLUMN done;
