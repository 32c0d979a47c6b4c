-- name: RegisterPicture :execrows
-- Before its files are written. No row: somebody is deleting them at this moment.
INSERT INTO pictures AS p (key, bytes)
VALUES (@key, @bytes)
ON CONFLICT (key) DO UPDATE
SET idle_since = CASE WHEN p.idle_since IS NOT NULL THEN clock_timestamp() END, doomed_until = NULL
WHERE p.doomed_until IS NULL OR p.doomed_until < clock_timestamp();

-- name: ClaimPicture :execrows
-- In the transaction that begins to show it. The row's lock keeps the collector away until then, and what is written here
-- keeps it away afterwards. No row: it was collected since it was registered, or is about to be.
UPDATE pictures
SET idle_since = NULL
WHERE key = @key AND doomed_until IS NULL;

-- name: ClaimPictures :many
-- ClaimPicture for several that a menu names, in one order for everybody: gives those that it got. People's pictures are not to be
-- had: they go with them.
UPDATE pictures
SET idle_since = NULL
WHERE key IN (SELECT key FROM pictures WHERE key = ANY(@keys::text[]) ORDER BY key FOR NO KEY UPDATE)
  AND doomed_until IS NULL
  AND NOT EXISTS (SELECT FROM users WHERE users.picture = pictures.key)
  AND NOT EXISTS (SELECT FROM review_photos WHERE review_photos.picture = pictures.key)
  AND NOT EXISTS (SELECT FROM handover_photos WHERE handover_photos.picture = pictures.key)
RETURNING key;

-- name: ReleasePictures :exec
-- They are idle unless somebody else shows them, too; the collector looks.
UPDATE pictures
SET idle_since = clock_timestamp()
WHERE key IN (SELECT key FROM pictures WHERE key = ANY(@keys::text[]) ORDER BY key FOR NO KEY UPDATE);

-- name: SetDishPicture :exec
-- The old one is idle unless another dish shows it, too; the collector looks.
WITH released AS (
    UPDATE pictures AS p
    SET idle_since = clock_timestamp()
    FROM dishes AS d
    WHERE d.id = @id AND p.key = d.picture
)
UPDATE dishes
SET picture = sqlc.narg(picture), version = version + 1
WHERE dishes.id = @id;

-- name: SetVendorPicture :exec
-- Its version is raised by the event that goes with it.
WITH released AS (
    UPDATE pictures AS p
    SET idle_since = clock_timestamp()
    FROM vendors AS v
    WHERE v.id = @id AND p.key = v.picture
)
UPDATE vendors
SET picture = sqlc.narg(picture)
WHERE vendors.id = @id;

-- name: SetUserPicture :exec
WITH released AS (
    UPDATE pictures AS p
    SET idle_since = clock_timestamp()
    FROM users AS u
    WHERE u.id = @id AND p.key = u.picture
)
UPDATE users
SET picture = sqlc.narg(picture), version = version + 1
WHERE users.id = @id;

-- name: DoomPictures :many
-- Takes pictures that were idle for long out of use, for as long as the lease runs. Whoever claims one meanwhile either
-- holds its lock, or has cleared idle_since, which is looked at again under the lock; so the references that the statement
-- saw when it began are as good as those of now. One that is still shown is only noted as such: no date.
WITH idle AS (
    SELECT key
    FROM pictures
    WHERE idle_since < clock_timestamp() - make_interval(secs => @grace_seconds::float8)
      AND (doomed_until IS NULL OR doomed_until < clock_timestamp())
    ORDER BY idle_since
    LIMIT @most::int
    FOR UPDATE SKIP LOCKED
), judged AS (
    SELECT key,
           EXISTS (SELECT FROM dishes WHERE picture = key)
           OR EXISTS (SELECT FROM vendors WHERE picture = key)
           OR EXISTS (SELECT FROM users WHERE picture = key)
           OR EXISTS (SELECT FROM review_photos WHERE picture = key)
           OR EXISTS (SELECT FROM handover_photos WHERE picture = key)
           OR EXISTS (SELECT FROM menu_versions WHERE pictures @> ARRAY[key]) AS shown
    FROM idle
)
UPDATE pictures AS p
SET idle_since = CASE WHEN NOT judged.shown THEN p.idle_since END,
    doomed_until = CASE WHEN NOT judged.shown THEN now() + make_interval(secs => @lease_seconds::float8) END
FROM judged
WHERE p.key = judged.key
RETURNING p.key, p.doomed_until;

-- name: ForgetPictures :exec
-- Those whose doom is still the one that the caller pronounced.
DELETE FROM pictures
WHERE key = ANY(@keys::text[]) AND doomed_until = @doomed_until::timestamptz;
