-- name: LiveKeys :many
-- Those of the prefixes that open something: the key has not expired, whoever made it may still act, the vendor was not turned
-- down. What its maker is to the vendor comes with it.
SELECT k.id, k.vendor_id, k.user_id, k.prefix, k.hash, k.scopes, m.role AS member_role,
       (CASE WHEN k.old_until > clock_timestamp() THEN k.old_hash END)::bytea AS old_hash
FROM api_keys k
JOIN users u ON u.id = k.user_id
JOIN vendors v ON v.id = k.vendor_id
JOIN vendor_members m ON m.vendor_id = k.vendor_id AND m.user_id = k.user_id
WHERE k.prefix = ANY(@prefixes::text[])
  AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
  AND u.role = 'vendor'
  AND u.status = 'active'
  AND v.status <> 'rejected';

-- name: KeysOfVendor :many
SELECT k.id, k.vendor_id, k.user_id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, u.at AS used_at
FROM api_keys k
LEFT JOIN api_key_uses u ON u.key_id = k.id
WHERE k.vendor_id = @vendor_id
ORDER BY k.id
LIMIT @most;

-- name: LockKey :one
SELECT k.id, k.vendor_id, k.user_id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at, u.at AS used_at
FROM api_keys k
LEFT JOIN api_key_uses u ON u.key_id = k.id
WHERE k.id = @id
  AND k.vendor_id = @vendor_id
FOR UPDATE OF k;

-- name: KeyCount :one
SELECT count(*)::int FROM api_keys WHERE vendor_id = @vendor_id;

-- name: InsertKey :one
INSERT INTO api_keys (id, vendor_id, user_id, name, prefix, hash, scopes, expires_at)
VALUES (@id, @vendor_id, @user_id, @name, @prefix, @hash, @scopes, sqlc.narg(expires_at))
RETURNING created_at;

-- name: ReplaceKeySecret :exec
-- The secret before works for a while yet, unless that is no time at all.
UPDATE api_keys
SET hash = @hash,
    old_hash = CASE WHEN @grace_seconds::float8 > 0 THEN hash END,
    old_until = CASE WHEN @grace_seconds::float8 > 0 THEN clock_timestamp() + make_interval(secs => @grace_seconds::float8) END
WHERE id = @id;

-- name: DeleteKey :exec
DELETE FROM api_keys WHERE id = @id;

-- name: NoteKeyUses :exec
INSERT INTO api_key_uses (key_id, at)
SELECT k.id, date_trunc('minute', clock_timestamp())
FROM api_keys k
WHERE k.id = ANY(@ids::uuid[])
ORDER BY k.id
ON CONFLICT (key_id) DO UPDATE SET at = excluded.at;
