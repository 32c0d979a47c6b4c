-- Reviews of orders, and the ratings that their stars make.

-- +goose Up

-- One row an order that was reviewed. Whoever changes it holds the order's row; so the order's customer is its author, and
-- nothing here names a person.
CREATE TABLE reviews (
    id            uuid PRIMARY KEY,
    order_id      uuid        NOT NULL REFERENCES orders (id),
    vendor_id     uuid        NOT NULL REFERENCES vendors (id),
    stars         int         NOT NULL,
    text          text        NOT NULL DEFAULT '',
    courier_stars int,                           -- NULL: none given
    state         text        NOT NULL,
    reason        text        NOT NULL DEFAULT '', -- of a rejection
    watched       boolean     NOT NULL DEFAULT false, -- was rejected: only staff publish it
    reply         text        NOT NULL DEFAULT '',
    replied_at    timestamptz,
    created_at    timestamptz NOT NULL,
    edited_at     timestamptz,
    version       int         NOT NULL,
    CONSTRAINT reviews_stars_bound CHECK (stars BETWEEN 1 AND 5),
    CONSTRAINT reviews_courier_stars_bound CHECK (courier_stars BETWEEN 1 AND 5),
    CONSTRAINT reviews_text_bound CHECK (length(text) <= 2000),
    CONSTRAINT reviews_reason_bound CHECK (length(reason) <= 300),
    CONSTRAINT reviews_reply_bound CHECK (length(reply) <= 2000),
    CONSTRAINT reviews_replied CHECK ((reply = '') = (replied_at IS NULL)),
    CONSTRAINT reviews_state_known CHECK (state IN ('pending', 'published', 'rejected')),
    CONSTRAINT reviews_rejected_has_reason CHECK ((state = 'rejected') = (reason <> ''))
);
CREATE UNIQUE INDEX reviews_one_an_order ON reviews (order_id);
-- What everybody reads of a vendor, newest first, also by stars.
CREATE INDEX reviews_vendor ON reviews (vendor_id, id DESC) WHERE state = 'published';
CREATE INDEX reviews_vendor_stars ON reviews (vendor_id, stars, id DESC) WHERE state = 'published';
-- What staff read, oldest first.
CREATE INDEX reviews_state ON reviews (state, id);

CREATE TABLE review_dishes (
    review_id uuid NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    dish_id   uuid NOT NULL REFERENCES dishes (id),
    stars     int  NOT NULL,
    PRIMARY KEY (review_id, dish_id),
    CONSTRAINT review_dishes_stars_bound CHECK (stars BETWEEN 1 AND 5)
);

CREATE TABLE review_photos (
    review_id uuid NOT NULL REFERENCES reviews (id) ON DELETE CASCADE,
    place     int  NOT NULL,
    picture   text NOT NULL,
    PRIMARY KEY (review_id, place),
    CONSTRAINT review_photos_place_bound CHECK (place BETWEEN 1 AND 3),
    CONSTRAINT review_photos_picture_kept FOREIGN KEY (picture) REFERENCES pictures (key)
);
CREATE INDEX review_photos_picture ON review_photos (picture);

-- A review with all that is shown of it. The account of somebody who was erased has no name.
CREATE VIEW review_pages AS
SELECT r.*, o.customer_id, u.first_name, u.last_name,
       ARRAY(SELECT d.dish_id FROM review_dishes d WHERE d.review_id = r.id ORDER BY d.dish_id)::uuid[] AS dish_ids,
       ARRAY(SELECT d.stars FROM review_dishes d WHERE d.review_id = r.id ORDER BY d.dish_id)::int[] AS dish_stars,
       ARRAY(SELECT n.name FROM review_dishes d JOIN dishes n ON n.id = d.dish_id WHERE d.review_id = r.id ORDER BY d.dish_id)::text[] AS dish_names,
       ARRAY(SELECT p.place FROM review_photos p WHERE p.review_id = r.id ORDER BY p.place)::int[] AS photo_places,
       ARRAY(SELECT p.picture FROM review_photos p WHERE p.review_id = r.id ORDER BY p.place)::text[] AS photo_keys
FROM reviews r
JOIN orders o ON o.id = r.order_id
JOIN users u ON u.id = o.customer_id;

-- What the published reviews have voted, in step with them in every transaction. A vendor's row is locked before those of its
-- dishes. What is shown of it is on the rows of vendors, dishes and couriers, and follows: see stale.
CREATE TABLE ratings (
    subject     text        NOT NULL,
    subject_id  uuid PRIMARY KEY,
    vendor_id   uuid REFERENCES vendors (id) ON DELETE CASCADE, -- NULL for a courier
    stars       bigint      NOT NULL DEFAULT 0,
    votes       int         NOT NULL DEFAULT 0,
    stale       boolean     NOT NULL DEFAULT false, -- what is shown is to be made anew
    shown_votes int         NOT NULL DEFAULT 0,    -- votes when it was last made
    shown_at    timestamptz,                       -- when that was; NULL: never
    CONSTRAINT ratings_subject_known CHECK (subject IN ('vendor', 'dish', 'courier')),
    CONSTRAINT ratings_of_a_vendor CHECK ((subject = 'courier') = (vendor_id IS NULL)),
    CONSTRAINT ratings_add_up CHECK (votes >= 0 AND stars BETWEEN votes AND 5 * votes::bigint)
);
CREATE INDEX ratings_stale ON ratings (shown_at NULLS FIRST) WHERE stale AND subject <> 'dish';
CREATE INDEX ratings_stale_dishes ON ratings (vendor_id) WHERE stale AND subject = 'dish';

-- A rating that a vendor brought along counts as votes, within a bound; until now it was all that was shown. What is shown from
-- now on is the rule of domain/review, here as it was when this was written.
ALTER TABLE vendors
    ADD COLUMN source_rating double precision NOT NULL DEFAULT 0,
    ADD COLUMN source_votes int NOT NULL DEFAULT 0,
    ADD CONSTRAINT vendors_source_rating_bound CHECK (source_rating BETWEEN 0 AND 5 AND source_votes >= 0);
UPDATE vendors
SET source_rating  = rating_average,
    source_votes   = rating_count,
    rating_average = CASE WHEN rating_average > 0 AND rating_count > 0
                          THEN round(((8 * 3.5 + least(rating_count, 50) * rating_average) / (8 + least(rating_count, 50)))::numeric, 2)
                          ELSE 0 END,
    rating_count   = CASE WHEN rating_average > 0 THEN rating_count ELSE 0 END
WHERE rating_count > 0
   OR rating_average > 0;

ALTER TABLE dishes
    ADD COLUMN rating_average double precision NOT NULL DEFAULT 0,
    ADD COLUMN rating_count int NOT NULL DEFAULT 0;
ALTER TABLE couriers
    ADD COLUMN rating_average double precision NOT NULL DEFAULT 0,
    ADD COLUMN rating_count int NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE couriers
    DROP COLUMN rating_average,
    DROP COLUMN rating_count;
ALTER TABLE dishes
    DROP COLUMN rating_average,
    DROP COLUMN rating_count;
UPDATE vendors
SET rating_average = source_rating, rating_count = source_votes;
ALTER TABLE vendors
    DROP COLUMN source_rating,
    DROP COLUMN source_votes;
DROP TABLE ratings;
DROP VIEW review_pages;
DROP TABLE review_photos;
DROP TABLE review_dishes;
DROP TABLE reviews;
