-- Pictures of dishes, vendors and people.

-- +goose Up

-- One row a picture, by the hash of what it shows; its files are kept elsewhere. The row is written before the files are,
-- so that the files of an upload that died are found again.
CREATE TABLE pictures (
    key          text PRIMARY KEY,
    bytes        int         NOT NULL,               -- of all its files
    created_at   timestamptz NOT NULL DEFAULT now(),
    idle_since   timestamptz DEFAULT now(),          -- since when nobody is known to show it; NULL while somebody is
    doomed_until timestamptz,                        -- until then somebody may be deleting its files
    CONSTRAINT pictures_key_form CHECK (key ~ '^[0-9a-f]{64}$'),
    CONSTRAINT pictures_bytes_positive CHECK (bytes > 0)
);
CREATE INDEX pictures_idle ON pictures (idle_since) WHERE idle_since IS NOT NULL;

-- vendors.image_url and dishes.image_url, which nothing has ever filled, stay for instances of the release before.
ALTER TABLE vendors ADD COLUMN picture text CONSTRAINT vendors_picture_kept REFERENCES pictures (key);
ALTER TABLE dishes ADD COLUMN picture text CONSTRAINT dishes_picture_kept REFERENCES pictures (key);
ALTER TABLE users ADD COLUMN picture text CONSTRAINT users_picture_kept REFERENCES pictures (key);
CREATE INDEX vendors_picture ON vendors (picture) WHERE picture IS NOT NULL;
CREATE INDEX dishes_picture ON dishes (picture) WHERE picture IS NOT NULL;
CREATE INDEX users_picture ON users (picture) WHERE picture IS NOT NULL;

-- +goose Down
ALTER TABLE users DROP COLUMN picture;
ALTER TABLE dishes DROP COLUMN picture;
ALTER TABLE vendors DROP COLUMN picture;
DROP TABLE pictures;
