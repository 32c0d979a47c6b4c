-- Tallies of votes, and what is shown of them.

-- name: EnsureRatings :exec
-- The rows that are to be changed, in the order in which they come. A row that is new is empty: the server checks what is to be
-- inserted before it finds that there is a row already, and less than no votes cannot be inserted.
INSERT INTO ratings (subject, subject_id, vendor_id)
SELECT c.subject, c.id, CASE WHEN c.subject <> 'courier' THEN @vendor_id::uuid END
FROM (SELECT unnest(@subjects::text[]) AS subject, unnest(@ids::uuid[]) AS id) AS c
ON CONFLICT (subject_id) DO NOTHING;

-- name: AddVotes :exec
-- In the transaction that publishes, changes or takes away a review. Of a courier only every fifth vote shows, so that none can
-- be told from the others.
UPDATE ratings r
SET stars = r.stars + c.stars,
    votes = r.votes + c.votes,
    stale = r.subject <> 'courier' OR abs(r.votes + c.votes - r.shown_votes) >= @courier_step::int
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@stars::bigint[]) AS stars, unnest(@votes::int[]) AS votes) AS c
WHERE r.subject_id = c.id;

-- name: StaleRating :one
-- One vendor or courier whose shown rating is behind, unless it was shown a moment ago or somebody else is at it.
SELECT subject, subject_id, stars, votes
FROM ratings
WHERE stale
  AND subject <> 'dish'
  AND (shown_at IS NULL OR shown_at < clock_timestamp() - make_interval(secs => @pause_seconds::float8))
ORDER BY shown_at NULLS FIRST
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: StaleDishRatings :many
-- The caller holds the vendor's rating, and with it those of its dishes.
SELECT subject_id, stars, votes
FROM ratings
WHERE stale
  AND subject = 'dish'
  AND vendor_id = @vendor_id;

-- name: RatingsShown :exec
UPDATE ratings
SET stale = false, shown_votes = votes, shown_at = clock_timestamp()
WHERE subject_id = ANY (@ids::uuid[]);

-- name: ShowVendorRating :exec
-- The caller holds the vendor's row.
UPDATE vendors
SET rating_average = @rating_average, rating_count = @rating_count, version = @version
WHERE id = @id;

-- name: ShowDishRatings :exec
-- Not the version, which is about what the vendor says of the dish. In the order of the IDs, as everybody locks several.
UPDATE dishes d
SET rating_average = c.average, rating_count = c.count
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@averages::float8[]) AS average, unnest(@counts::int[]) AS count) AS c,
     (SELECT id FROM dishes WHERE id = ANY (@ids::uuid[]) ORDER BY id FOR NO KEY UPDATE) AS held
WHERE d.id = c.id
  AND held.id = c.id;

-- name: ShowCourierRating :exec
UPDATE couriers
SET rating_average = @rating_average, rating_count = @rating_count
WHERE user_id = @user_id;
