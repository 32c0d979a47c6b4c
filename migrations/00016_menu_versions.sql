-- Menus that others have taken the place of, to be restored.

-- +goose Up
CREATE TABLE menu_versions (
    vendor_id  uuid        NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    version    int         NOT NULL,               -- of the vendor, when it last had this menu
    kept_at    timestamptz NOT NULL DEFAULT now(), -- when it got another one
    cause      text        NOT NULL,               -- how
    categories int         NOT NULL,
    dishes     int         NOT NULL,
    pictures   text[]      NOT NULL,               -- that its dishes show, so that they are not cleared away
    document   bytea       NOT NULL,               -- JSON, compressed by gzip
    PRIMARY KEY (vendor_id, version),
    CONSTRAINT menu_versions_cause_known CHECK (cause IN ('replaced', 'copied', 'restored', 'edited')),
    CONSTRAINT menu_versions_counts_bound CHECK (categories BETWEEN 0 AND 1000 AND dishes BETWEEN 0 AND 10000),
    CONSTRAINT menu_versions_pictures_bound CHECK (cardinality(pictures) <= dishes),
    CONSTRAINT menu_versions_document_size CHECK (octet_length(document) <= 2097152)
);
ALTER TABLE menu_versions ALTER COLUMN document SET STORAGE EXTERNAL; -- it is compressed already
CREATE INDEX menu_versions_pictures ON menu_versions USING gin (pictures);

-- +goose Down
DROP TABLE menu_versions;
