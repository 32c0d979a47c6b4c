-- name: LockUsers :many
-- In one order whoever asks, so that two who decide about each other never wait for each other.
SELECT * FROM users WHERE id = ANY(@ids::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: SaveStanding :exec
UPDATE users
SET status = @status, status_reason = @status_reason, permissions = @permissions, refund_limit = @refund_limit,
    refund_currency = @refund_currency, version = version + 1
WHERE id = @id;

-- name: RevokeSessionsOf :many
UPDATE sessions
SET revoked_at = clock_timestamp()
WHERE user_id = @user_id
  AND revoked_at IS NULL
RETURNING id, access_until;

-- name: LockFirstAdmin :exec
-- Held to the end of the transaction, so that operators who make the first admin at once follow each other.
SELECT pg_advisory_xact_lock(7264891530118);

-- name: HasActiveAdmin :one
SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND status = 'active');

-- name: CreateStaff :one
-- No row: the address has an account.
INSERT INTO users (id, email, first_name, last_name, role, permissions, refund_limit, refund_currency)
VALUES (@id, @email, @first_name, @last_name, @role, @permissions, @refund_limit, @refund_currency)
ON CONFLICT (email) DO NOTHING
RETURNING *;

-- name: LockStaffAddress :exec
-- Held to the end of the transaction, so that of two who invite one address the second sees what the first did.
SELECT pg_advisory_xact_lock(hashtextextended(@email, 7264891530119));

-- name: LockStaffInvitation :one
SELECT * FROM staff_invitations WHERE email = @email FOR UPDATE;

-- name: PutStaffInvitation :one
-- The address's one invitation: a new one takes the place, and the rights, of the old.
INSERT INTO staff_invitations (id, email, role, permissions, refund_limit, refund_currency, token_hash, invited_by, expires_at)
VALUES (@id, @email, @role, @permissions, @refund_limit, @refund_currency, @token_hash, sqlc.narg(invited_by),
        clock_timestamp() + make_interval(secs => @ttl_seconds::float8))
ON CONFLICT (email) DO UPDATE
SET id = excluded.id, role = excluded.role, permissions = excluded.permissions, refund_limit = excluded.refund_limit,
    refund_currency = excluded.refund_currency, token_hash = excluded.token_hash, invited_by = excluded.invited_by,
    created_at = excluded.created_at, expires_at = excluded.expires_at
RETURNING *;

-- name: TakeStaffInvitation :one
-- Of several who bring one token, one gets the row.
DELETE FROM staff_invitations
WHERE token_hash = @token_hash
  AND expires_at > clock_timestamp()
RETURNING *;

-- name: DeleteStaffInvitation :one
DELETE FROM staff_invitations WHERE id = @id RETURNING *;

-- name: DeleteFirstInvitation :exec
DELETE FROM staff_invitations WHERE invited_by IS NULL;

-- name: DeleteInvitationsBy :exec
DELETE FROM staff_invitations WHERE invited_by = @invited_by;

-- name: OpenStaffInvitations :many
SELECT *
FROM staff_invitations
WHERE expires_at > clock_timestamp()
  AND (sqlc.narg(before)::uuid IS NULL OR id < sqlc.narg(before))
ORDER BY id DESC
LIMIT @most;

-- name: PurgeStaffInvitations :execrows
DELETE FROM staff_invitations
WHERE id IN (
    SELECT i.id FROM staff_invitations i
    WHERE i.expires_at < now()
    ORDER BY i.expires_at
    LIMIT @most::int
    FOR UPDATE SKIP LOCKED);

-- name: UsersByIDs :many
SELECT * FROM users WHERE id = ANY(@ids::uuid[]) ORDER BY id DESC;

-- name: VendorsByIDs :many
SELECT * FROM vendors WHERE id = ANY(@ids::uuid[]) ORDER BY id DESC;

-- name: CouriersByIDs :many
SELECT * FROM couriers WHERE user_id = ANY(@ids::uuid[]) ORDER BY user_id DESC;
