-- name: Closures :many
-- Those that have not ended, of a vendor.
SELECT *
FROM closures
WHERE vendor_id = @vendor_id
  AND ends_at > now()
ORDER BY starts_at, id
LIMIT @most;

-- name: InsertClosure :exec
INSERT INTO closures (id, vendor_id, starts_at, ends_at, reason)
VALUES (@id, @vendor_id, @starts_at, @ends_at, @reason);

-- name: DeleteClosure :execrows
DELETE FROM closures
WHERE id = @id
  AND vendor_id = @vendor_id;

-- name: ForgetClosures :exec
DELETE FROM closures
WHERE vendor_id = @vendor_id
  AND ends_at <= now();

-- name: DueTurn :many
-- SKIP LOCKED: whoever holds the row is changing it, and another look comes soon.
SELECT sqlc.embed(vendors), clock_timestamp()::timestamptz AS moment
FROM vendors
WHERE turns_at <= now()
ORDER BY turns_at
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED;

-- name: SettleTurn :exec
UPDATE vendors
SET turns_at = sqlc.narg(turns_at), told_open = @told_open
WHERE id = @id;
