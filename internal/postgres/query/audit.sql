-- name: AppendAudit :exec
INSERT INTO audit_log (actor_id, actor_role, session_id, key_id, vendor_id, address, request_id, action, subject, subject_id, before, after)
VALUES (sqlc.narg(actor_id), @actor_role, sqlc.narg(session_id), sqlc.narg(key_id), sqlc.narg(vendor_id), @address, @request_id, @action,
        @subject, sqlc.narg(subject_id), @before, @after);

-- name: UnchainedAudit :one
-- The cheap look before any lock: does an entry wait for its place?
SELECT EXISTS (SELECT 1 FROM audit_log WHERE place IS NULL);

-- name: LockAuditChain :one
-- Whoever holds this row chains entries; nobody else does meanwhile.
SELECT last, hash
FROM audit_chain
FOR UPDATE;

-- name: NextAudit :many
-- A statement of its own, after the lock: its snapshot then sees every place given before.
SELECT id, at, actor_id, actor_role, session_id, key_id, address, request_id, action, subject, subject_id, before, after, vendor_id, place, hash
FROM audit_log
WHERE place IS NULL
ORDER BY id
LIMIT 500; -- a constant, so that the plan never expects more

-- name: ChainAudit :exec
UPDATE audit_log l
SET place = c.place,
    hash = c.hash
FROM (SELECT unnest(@ids::bigint[]) AS id, unnest(@places::bigint[]) AS place, unnest(@hashes::bytea[]) AS hash) c
WHERE l.id = c.id;

-- name: MoveAuditChain :exec
UPDATE audit_chain
SET last = @last,
    hash = @hash;

-- name: AuditChain :one
SELECT last, hash
FROM audit_chain;

-- name: AuditAfter :many
-- What was chained after a place, oldest first; NULL means no such limit.
SELECT id, at, actor_id, actor_role, session_id, key_id, address, request_id, action, subject, subject_id, before, after, vendor_id, place, hash
FROM audit_log
WHERE place > @after_place::bigint
  AND (sqlc.narg(actor_id)::uuid IS NULL OR actor_id = sqlc.narg(actor_id))
  AND (sqlc.narg(subject)::text IS NULL OR subject = sqlc.narg(subject))
  AND (sqlc.narg(subject_id)::uuid IS NULL OR subject_id = sqlc.narg(subject_id))
  AND (sqlc.narg(action)::text IS NULL OR action = sqlc.narg(action))
  AND (sqlc.narg(since)::timestamptz IS NULL OR at >= sqlc.narg(since))
  AND (sqlc.narg(until)::timestamptz IS NULL OR at < sqlc.narg(until))
ORDER BY place
LIMIT @most;

-- name: AuditBefore :many
-- What was chained before a place, newest first; NULL means no such limit.
SELECT id, at, actor_id, actor_role, session_id, key_id, address, request_id, action, subject, subject_id, before, after, vendor_id, place, hash
FROM audit_log
WHERE place < @before_place::bigint
  AND (sqlc.narg(actor_id)::uuid IS NULL OR actor_id = sqlc.narg(actor_id))
  AND (sqlc.narg(subject)::text IS NULL OR subject = sqlc.narg(subject))
  AND (sqlc.narg(subject_id)::uuid IS NULL OR subject_id = sqlc.narg(subject_id))
  AND (sqlc.narg(action)::text IS NULL OR action = sqlc.narg(action))
  AND (sqlc.narg(since)::timestamptz IS NULL OR at >= sqlc.narg(since))
  AND (sqlc.narg(until)::timestamptz IS NULL OR at < sqlc.narg(until))
ORDER BY place DESC
LIMIT @most;

-- name: RightsSetByStaff :one
SELECT EXISTS (SELECT FROM audit_log WHERE subject_id = @user_id::uuid AND action = 'user.rights' AND actor_role IN ('admin', 'support'));
