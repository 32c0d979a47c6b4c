-- What couriers have to show before they may carry.

-- +goose Up
CREATE TABLE courier_documents (
    courier_id uuid        NOT NULL REFERENCES couriers (user_id) ON DELETE CASCADE,
    kind       text        NOT NULL,
    verified   boolean     NOT NULL DEFAULT false, -- staff have looked at it; a newer one may wait beside it until they have, too
    key        text        NOT NULL,               -- of signing_keys: the number is sealed with it
    sealed     bytea       NOT NULL,
    mask       text        NOT NULL,               -- the number's end, which is shown
    expires_on date,                               -- its last day; NULL: it does not expire
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (courier_id, kind, verified),
    CONSTRAINT courier_documents_kind_known CHECK (kind IN ('identity', 'licence', 'insurance')),
    CONSTRAINT courier_documents_mask_bound CHECK (char_length(mask) BETWEEN 5 AND 8),
    CONSTRAINT courier_documents_expire CHECK (kind = 'identity' OR expires_on IS NOT NULL)
);
CREATE INDEX courier_documents_expiry ON courier_documents (expires_on, courier_id, kind) WHERE verified;

-- Which documents a vehicle needs: the same as the kernel's delivery.Documents.
-- +goose StatementBegin
CREATE FUNCTION needed_documents(vehicle text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN vehicle IN ('motorbike', 'car') THEN '{identity,licence,insurance}'::text[] ELSE '{identity}'::text[] END;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION needed_documents(text);
DROP TABLE courier_documents;
