-- name: FeedPosition :one
SELECT epoch, last
FROM relay;

-- name: RelayState :one
-- The cheap look of every poll: what is published, and whether anything waits. It locks nothing.
SELECT epoch, last,
       EXISTS (SELECT 1 FROM events WHERE pub_seq IS NULL) AS waiting
FROM relay;

-- name: LockRelay :one
-- Whoever holds this row numbers events; nobody else does meanwhile.
SELECT epoch, last
FROM relay
FOR UPDATE;

-- name: NumberEvents :one
-- A statement of its own, after the lock: its snapshot then sees all numbers given before. Dense, in the order of ids, which
-- is the order of versions within a subject, because ids are taken while the subject's row is locked.
WITH waiting AS (
    SELECT id
    FROM events
    WHERE pub_seq IS NULL
    ORDER BY id
    LIMIT 1000 -- a constant, so that the plan never expects more
), placed AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM waiting
), numbered AS (
    UPDATE events e
    SET pub_seq = relay.last + placed.place
    FROM placed, relay
    WHERE e.id = placed.id
    RETURNING e.pub_seq
)
UPDATE relay
SET last = last + (SELECT count(*) FROM numbered)
RETURNING last;

-- name: SetEpoch :execrows
UPDATE relay
SET epoch = @next
WHERE epoch = @current;

-- name: EventsSince :many
SELECT id, subject, subject_id, version, type, actor_role, actor_id, vendor_id, customer_id, courier_id, city, at, data, pub_seq
FROM events
WHERE pub_seq > @since::bigint
ORDER BY pub_seq
LIMIT @most;

-- name: EventsBetween :many
-- A stretch of the published order, seen by somebody who may see only some of it; NULL means no such limit.
SELECT id, subject, subject_id, version, type, actor_role, actor_id, vendor_id, customer_id, courier_id, city, at, data, pub_seq
FROM events
WHERE pub_seq > @since::bigint
  AND pub_seq <= @until::bigint
  AND (sqlc.narg(order_id)::uuid IS NULL OR (subject = 'order' AND subject_id = sqlc.narg(order_id)))
  AND (sqlc.narg(customer_id)::uuid IS NULL OR customer_id = sqlc.narg(customer_id))
  AND (sqlc.narg(courier_id)::uuid IS NULL OR courier_id = sqlc.narg(courier_id))
  AND (sqlc.narg(vendor_ids)::uuid[] IS NULL OR vendor_id = ANY (sqlc.narg(vendor_ids)::uuid[]))
ORDER BY pub_seq
LIMIT @most;

-- name: CountBetween :one
SELECT count(*)
FROM events
WHERE pub_seq > @since::bigint
  AND pub_seq <= @until::bigint
  AND (sqlc.narg(order_id)::uuid IS NULL OR (subject = 'order' AND subject_id = sqlc.narg(order_id)))
  AND (sqlc.narg(customer_id)::uuid IS NULL OR customer_id = sqlc.narg(customer_id))
  AND (sqlc.narg(courier_id)::uuid IS NULL OR courier_id = sqlc.narg(courier_id))
  AND (sqlc.narg(vendor_ids)::uuid[] IS NULL OR vendor_id = ANY (sqlc.narg(vendor_ids)::uuid[]));

-- name: LiveSessions :many
SELECT id
FROM sessions
WHERE id = ANY (@ids::uuid[])
  AND revoked_at IS NULL
  AND expires_at > clock_timestamp();
