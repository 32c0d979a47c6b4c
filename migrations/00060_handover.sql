-- How food is handed over: to somebody who says the PIN, or left at the door, with a photo that shows it there.

-- +goose Up
ALTER TABLE deliveries
    ADD COLUMN leave_at_door boolean NOT NULL DEFAULT false;

-- What the courier left, and where: for its customer and staff, for 30 days.
CREATE TABLE handover_photos (
    order_id uuid PRIMARY KEY REFERENCES orders (id),
    picture text NOT NULL,
    taken_at timestamptz NOT NULL,

    CONSTRAINT handover_photos_picture_kept FOREIGN KEY (picture) REFERENCES pictures (key)
);
CREATE INDEX handover_photos_picture ON handover_photos (picture);
CREATE INDEX handover_photos_taken ON handover_photos (taken_at);

-- +goose Down
UPDATE pictures SET idle_since = clock_timestamp() WHERE key IN (SELECT picture FROM handover_photos);
DROP TABLE handover_photos;
ALTER TABLE deliveries
    DROP COLUMN leave_at_door;
