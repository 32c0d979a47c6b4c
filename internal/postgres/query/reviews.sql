-- Reviews. Whoever writes one holds the row of its order.

-- name: ReviewOfOrder :one
SELECT sqlc.embed(p)
FROM review_pages p
WHERE p.order_id = @order_id;

-- name: OrderOfReview :one
SELECT order_id
FROM reviews
WHERE id = @id;

-- name: ReviewsOfVendor :many
-- What everybody may read, newest first; IDs sort by time of birth, so the cursor is an ID.
SELECT sqlc.embed(p)
FROM review_pages p
WHERE p.vendor_id = @vendor_id
  AND p.state = 'published'
  AND p.id < @before
ORDER BY p.id DESC
LIMIT @most;

-- name: ReviewsOfVendorByStars :many
SELECT sqlc.embed(p)
FROM review_pages p
WHERE p.vendor_id = @vendor_id
  AND p.stars = @stars
  AND p.state = 'published'
  AND p.id < @before
ORDER BY p.id DESC
LIMIT @most;

-- name: ReviewsOfState :many
-- Oldest first: who waits longest is judged first.
SELECT sqlc.embed(p)
FROM review_pages p
WHERE p.state = @state
  AND p.id > @after
ORDER BY p.id
LIMIT @most;

-- name: InsertReview :exec
INSERT INTO reviews (id, order_id, vendor_id, stars, text, courier_stars, state, created_at, version)
VALUES (@id, @order_id, @vendor_id, @stars, @text, sqlc.narg(courier_stars), @state, @created_at, @version);

-- name: UpdateReview :exec
UPDATE reviews
SET stars         = @stars,
    text          = @text,
    courier_stars = sqlc.narg(courier_stars),
    state         = @state,
    reason        = @reason,
    watched       = @watched,
    reply         = @reply,
    replied_at    = sqlc.narg(replied_at),
    edited_at     = sqlc.narg(edited_at),
    version       = @version
WHERE id = @id;

-- name: DeleteReview :exec
DELETE FROM reviews
WHERE id = @id;

-- name: ClearReviewDishes :exec
DELETE FROM review_dishes
WHERE review_id = @review_id;

-- name: InsertReviewDishes :exec
INSERT INTO review_dishes (review_id, dish_id, stars)
SELECT @review_id::uuid, unnest(@dish_ids::uuid[]), unnest(@stars::int[]);

-- name: SetReviewPhoto :exec
INSERT INTO review_photos (review_id, place, picture)
VALUES (@review_id, @place, @picture)
ON CONFLICT (review_id, place) DO UPDATE
SET picture = excluded.picture;

-- name: ClearReviewPhoto :exec
DELETE FROM review_photos
WHERE review_id = @review_id AND place = @place;
