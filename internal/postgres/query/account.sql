-- name: IssueCode :one
-- Replaces the address's code, unless the fifth newest was sent within the window: then no row. The statement is the same
-- for addresses with and without an account; it says which.
INSERT INTO otps AS o (email, code_hash, signup, sent_at, expires_at)
VALUES (@email, @code_hash, sqlc.narg(signup), ARRAY[clock_timestamp()], clock_timestamp() + make_interval(secs => @ttl_seconds::float8))
ON CONFLICT (email) DO UPDATE
SET code_hash = excluded.code_hash,
    signup = excluded.signup,
    attempts = 0,
    sent_at = (o.sent_at || excluded.sent_at)[greatest(cardinality(o.sent_at) + 2 - @most::int, 1):],
    expires_at = excluded.expires_at
WHERE cardinality(o.sent_at) < @most::int
   OR o.sent_at[1] <= clock_timestamp() - make_interval(secs => @window_seconds::float8)
RETURNING EXISTS (SELECT 1 FROM users u WHERE u.email = o.email) AS known;

-- name: CodeWait :one
-- Seconds until the address may have another code.
SELECT greatest(ceil(extract(epoch FROM sent_at[1] + make_interval(secs => @window_seconds::float8) - clock_timestamp())), 1)::int AS seconds
FROM otps
WHERE email = @email;

-- name: TryCode :one
-- Counts a guess before it is compared; no row: there is nothing left to compare with. However many come at once, the row's
-- lock lets at most five through.
UPDATE otps
SET attempts = attempts + 1
WHERE email = @email
  AND attempts < @most::int
  AND expires_at > clock_timestamp()
RETURNING code_hash;

-- name: ConsumeCode :one
-- Of several who found the right code, one gets the row.
UPDATE otps
SET code_hash = '', attempts = 5
WHERE email = @email
  AND code_hash = @code_hash
RETURNING signup;

-- name: UserByEmail :one
SELECT * FROM users WHERE email = @email;

-- name: LockUserByEmail :one
-- Nobody suspends the account until the session that it begins can be seen.
SELECT * FROM users WHERE email = @email FOR NO KEY UPDATE;

-- name: UserByID :one
SELECT * FROM users WHERE id = @id;

-- name: LockUser :one
SELECT * FROM users WHERE id = @id FOR NO KEY UPDATE;

-- name: CreateUser :exec
-- An account that was made in the meantime stays as it is.
INSERT INTO users (id, email, first_name, last_name, role)
VALUES (@id, @email, @first_name, @last_name, @role)
ON CONFLICT (email) DO NOTHING;

-- name: SaveUser :exec
UPDATE users
SET first_name = @first_name, last_name = @last_name, phone = @phone, version = version + 1
WHERE id = @id;

-- name: EnsureUser :one
-- The account of an address, made or held as it is; no row: it has another role.
INSERT INTO users AS u (id, email, first_name, last_name, role, permissions)
VALUES (@id, @email, @first_name, @last_name, @role, @permissions)
ON CONFLICT (email) DO UPDATE
SET version = u.version
WHERE u.role = excluded.role
RETURNING *;

-- name: CreateSession :one
-- A token's times have whole seconds.
INSERT INTO sessions (id, user_id, device, network, access_until, expires_at)
VALUES (@id, @user_id, @device, @network,
        date_trunc('second', clock_timestamp()) + make_interval(secs => @access_seconds::float8),
        date_trunc('second', clock_timestamp()) + make_interval(secs => @session_seconds::float8))
RETURNING access_until;

-- name: CreateRefreshToken :exec
INSERT INTO refresh_tokens (hash, session_id, expires_at)
VALUES (@hash, @session_id, clock_timestamp() + make_interval(secs => @session_seconds::float8));

-- name: LockRefreshToken :one
-- Both rows are locked, so that of two who bring one token the second sees what the first did. A token was raced for when
-- it was used while this request was already here, waiting; statement_timestamp() is when this statement arrived.
SELECT (r.used_at IS NOT NULL)::boolean AS used,
       coalesce(r.used_at >= statement_timestamp() - make_interval(secs => @waited_seconds::float8), false)::boolean AS raced,
       (r.expires_at <= clock_timestamp())::boolean AS expired,
       (s.revoked_at IS NOT NULL)::boolean AS revoked,
       s.id AS session_id,
       s.user_id
FROM refresh_tokens r
JOIN sessions s ON s.id = r.session_id
WHERE r.hash = @hash
FOR UPDATE;

-- name: RotateRefreshToken :one
-- The old token is used, the new one is there, the session lives on: one round trip.
WITH used AS (
    UPDATE refresh_tokens AS r
    SET used_at = clock_timestamp()
    WHERE r.hash = @old_hash
), fresh AS (
    INSERT INTO refresh_tokens (hash, session_id, expires_at)
    VALUES (@new_hash, @session_id, clock_timestamp() + make_interval(secs => @session_seconds::float8))
)
UPDATE sessions AS s
SET used_at = clock_timestamp(),
    network = @network,
    device = coalesce(nullif(@device::text, ''), s.device),
    access_until = date_trunc('second', clock_timestamp()) + make_interval(secs => @access_seconds::float8),
    expires_at = clock_timestamp() + make_interval(secs => @session_seconds::float8)
WHERE s.id = @session_id
RETURNING s.access_until;

-- name: RevokeSession :one
UPDATE sessions
SET revoked_at = clock_timestamp()
WHERE id = @id
  AND revoked_at IS NULL
RETURNING access_until;

-- name: SessionsOf :many
SELECT id, device, network, created_at, used_at
FROM sessions
WHERE user_id = @user_id
  AND revoked_at IS NULL
  AND expires_at > clock_timestamp()
ORDER BY used_at DESC, id DESC
LIMIT @most;

-- name: RevokeOwnSession :one
UPDATE sessions
SET revoked_at = clock_timestamp()
WHERE id = @id
  AND user_id = @user_id
  AND revoked_at IS NULL
  AND expires_at > clock_timestamp()
RETURNING access_until;

-- name: RevokeOtherSessions :many
UPDATE sessions
SET revoked_at = clock_timestamp()
WHERE user_id = @user_id
  AND id <> @id
  AND revoked_at IS NULL
RETURNING id, access_until;

-- name: RevokeSurplusSessions :many
-- The account's row is locked, so that two sign-ins do not both find room.
UPDATE sessions
SET revoked_at = clock_timestamp()
WHERE id IN (SELECT s.id
             FROM sessions s
             WHERE s.user_id = @user_id
               AND s.revoked_at IS NULL
               AND s.expires_at > clock_timestamp()
             ORDER BY s.used_at DESC, s.id DESC
             OFFSET @most::int)
RETURNING id, access_until;

-- name: CountSignIn :one
-- Counts one more within the window; no row: there were as many as may be.
INSERT INTO sign_in_counts AS c (what, network, began_at, n)
VALUES (@what, @network, clock_timestamp(), 1)
ON CONFLICT (what, network) DO UPDATE
SET n = CASE WHEN c.began_at > clock_timestamp() - make_interval(secs => @window_seconds::float8) THEN c.n + 1 ELSE 1 END,
    began_at = CASE WHEN c.began_at > clock_timestamp() - make_interval(secs => @window_seconds::float8) THEN c.began_at ELSE excluded.began_at END
WHERE c.n < @most::int
   OR c.began_at <= clock_timestamp() - make_interval(secs => @window_seconds::float8)
RETURNING n;

-- name: SignInWait :one
-- Seconds until the window ends.
SELECT greatest(ceil(extract(epoch FROM began_at + make_interval(secs => @window_seconds::float8) - clock_timestamp())), 1)::int AS seconds
FROM sign_in_counts
WHERE what = @what
  AND network = @network;

-- name: PurgeSignInCounts :exec
DELETE FROM sign_in_counts WHERE began_at < clock_timestamp() - interval '1 hour';

-- name: RevokedSessions :many
-- Sessions revoked since, whose access tokens may still be about, or whose sockets may: those have been told of within a
-- minute, or have found out themselves. Always at least one row, for the database's clock and the
-- names of the server's keys.
SELECT clock_timestamp()::timestamptz AS read_at, one.keys, s.id, s.access_until
FROM (SELECT coalesce(string_agg(k.id, ' ' ORDER BY k.id), '')::text AS keys
      FROM signing_keys k
      WHERE k.verifies_until IS NULL OR k.verifies_until > clock_timestamp()) AS one
LEFT JOIN sessions s ON s.revoked_at > @since::timestamptz
    AND (s.access_until > clock_timestamp() - make_interval(secs => @leeway_seconds::float8) OR s.revoked_at > clock_timestamp() - interval '1 minute');

-- name: PurgeCodes :execrows
DELETE FROM otps
WHERE email IN (
    SELECT o.email FROM otps o
    WHERE o.expires_at < now() - make_interval(secs => @window_seconds::float8)
    ORDER BY o.expires_at
    LIMIT @most::int
    FOR UPDATE SKIP LOCKED);

-- name: PurgeSessions :execrows
DELETE FROM sessions
WHERE id IN (
    SELECT s.id FROM sessions s
    WHERE s.expires_at < now() - interval '1 day'
    ORDER BY s.expires_at
    LIMIT @most::int
    FOR UPDATE SKIP LOCKED);

-- name: PurgeRefreshTokens :execrows
DELETE FROM refresh_tokens
WHERE hash IN (
    SELECT r.hash FROM refresh_tokens r
    WHERE r.expires_at < now() - interval '1 day'
    ORDER BY r.expires_at
    LIMIT @most::int
    FOR UPDATE SKIP LOCKED);

-- name: SigningKeys :many
-- Newest first.
SELECT id, purpose, private_key, created_at, signs_from, verifies_until
FROM signing_keys
WHERE verifies_until IS NULL OR verifies_until > clock_timestamp()
ORDER BY created_at DESC, id;

-- name: LockSigningKeys :exec
-- Held to the end of the transaction, so that instances that start together agree on one key, and rotations take turns.
SELECT pg_advisory_xact_lock(7264891530117);

-- name: CreateSigningKey :one
INSERT INTO signing_keys (id, purpose, private_key, created_at, signs_from)
VALUES (@id, @purpose, @private_key, clock_timestamp(), clock_timestamp() + make_interval(secs => @delay_seconds::float8))
RETURNING created_at, signs_from;

-- name: RetireTokenKeys :exec
-- The others verify for so long after the new one begins to sign.
UPDATE signing_keys
SET verifies_until = make_interval(secs => @overlap_seconds::float8) + @signs_from::timestamptz
WHERE purpose = 'token'
  AND id <> @id
  AND verifies_until IS NULL;

-- name: DropTokenKeys :exec
DELETE FROM signing_keys WHERE purpose = 'token' AND id <> @id;

-- name: WaitingTokenKeys :one
-- How many keys for tokens there are, and when the newest begins to sign.
SELECT count(*)::int AS keys,
       coalesce(max(signs_from), 'epoch')::timestamptz AS signs_from,
       coalesce(max(signs_from) > clock_timestamp(), false)::boolean AS waiting
FROM signing_keys
WHERE purpose = 'token';

-- name: PurgeSigningKeys :exec
DELETE FROM signing_keys WHERE verifies_until < clock_timestamp();

-- name: Addresses :many
SELECT * FROM addresses WHERE user_id = @user_id ORDER BY id;

-- name: AddressCount :one
SELECT count(*)::int FROM addresses WHERE user_id = @user_id;

-- name: LockAddress :one
SELECT * FROM addresses WHERE id = @id AND user_id = @user_id FOR UPDATE;

-- name: CreateAddress :exec
INSERT INTO addresses (id, user_id, label, line1, line2, city, postcode, contact_name, contact_phone, lat, lng, instructions, is_default)
VALUES (@id, @user_id, @label, @line1, @line2, @city, @postcode, @contact_name, @contact_phone, @lat, @lng, @instructions, @is_default);

-- name: SaveAddress :exec
UPDATE addresses
SET label = @label, line1 = @line1, line2 = @line2, city = @city, postcode = @postcode, contact_name = @contact_name,
    contact_phone = @contact_phone, lat = @lat, lng = @lng, instructions = @instructions, is_default = @is_default,
    version = version + 1
WHERE id = @id;

-- name: ClearDefault :exec
-- The caller holds the account's lock, so that there is never a second one.
UPDATE addresses
SET is_default = false, version = version + 1
WHERE user_id = @user_id
  AND is_default
  AND id <> @keep;

-- name: PromoteAddress :many
-- Where no address is the default, the newest one becomes it. One that was made in this transaction is still at its first
-- version.
UPDATE addresses a
SET is_default = true, version = a.version + (a.created_at <> now())::int
WHERE a.id = (SELECT n.id FROM addresses n WHERE n.user_id = @user_id ORDER BY n.id DESC LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM addresses d WHERE d.user_id = @user_id AND d.is_default)
RETURNING a.id;

-- name: DeleteAddress :execrows
DELETE FROM addresses WHERE id = @id AND user_id = @user_id;

-- name: CreateApprovedCourier :execrows
INSERT INTO couriers (user_id, name, vehicle, status)
VALUES (@user_id, @name, 'motorbike', 'approved')
ON CONFLICT (user_id) DO NOTHING;

-- name: LockPendingCourier :one
SELECT * FROM couriers WHERE user_id = @user_id AND status = 'pending' FOR UPDATE;

-- name: LockPendingVendors :many
SELECT v.id, v.city, v.version
FROM vendors v
JOIN vendor_members m ON m.vendor_id = v.id
WHERE m.user_id = @user_id
  AND m.role = 'owner'
  AND v.status = 'pending'
ORDER BY v.id
FOR NO KEY UPDATE OF v;

-- name: ApproveCourierRow :exec
UPDATE couriers SET status = 'approved', status_reason = '', version = @version WHERE user_id = @user_id;

-- name: ApproveVendorRow :exec
UPDATE vendors SET status = 'approved', status_reason = '', version = @version WHERE id = @id;
