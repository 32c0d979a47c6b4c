-- Pictures of couriers' documents, for staff who look at them: sealed, and only as long as somebody has to look.

-- +goose Up
CREATE TABLE courier_document_pictures (
    courier_id uuid        NOT NULL,
    kind       text        NOT NULL,
    verified   boolean     NOT NULL DEFAULT false,
    key        text        NOT NULL, -- of signing_keys: the picture is sealed with it
    sealed     bytea       NOT NULL,
    forget_at  timestamptz NOT NULL,
    PRIMARY KEY (courier_id, kind, verified),
    -- It goes with its document: when that is verified, replaced or erased.
    CONSTRAINT courier_document_pictures_of FOREIGN KEY (courier_id, kind, verified)
        REFERENCES courier_documents (courier_id, kind, verified) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT courier_document_pictures_size CHECK (octet_length(sealed) BETWEEN 1 AND 4194304)
);
ALTER TABLE courier_document_pictures ALTER COLUMN sealed SET STORAGE EXTERNAL; -- what is sealed cannot be compressed
CREATE INDEX courier_document_pictures_forget ON courier_document_pictures (forget_at);

-- +goose Down
DROP TABLE courier_document_pictures;
