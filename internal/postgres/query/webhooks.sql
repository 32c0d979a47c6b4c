-- name: WebhookCount :one
SELECT count(*)::int
FROM webhook_endpoints
WHERE vendor_id = @vendor_id
  AND NOT deleted;

-- name: InsertWebhook :one
-- It is told what is published from now on.
INSERT INTO webhook_endpoints (id, vendor_id, url, events, note, since_seq, key, sealed)
SELECT @id, @vendor_id, @url, @events, @note, r.last, @key, @sealed
FROM relay r
RETURNING *;

-- name: WebhooksOf :many
SELECT *
FROM webhook_endpoints
WHERE vendor_id = @vendor_id
  AND NOT deleted
ORDER BY id
LIMIT @most;

-- name: WebhookOf :one
SELECT *
FROM webhook_endpoints
WHERE id = @id
  AND vendor_id = @vendor_id
  AND NOT deleted;

-- name: LockWebhook :one
SELECT *
FROM webhook_endpoints
WHERE id = @id
  AND vendor_id = @vendor_id
  AND NOT deleted
FOR NO KEY UPDATE;

-- name: ChangeWebhook :one
-- Somewhere else it begins anew: how it fared says nothing any more.
UPDATE webhook_endpoints
SET url           = @url,
    events        = @events,
    note          = @note,
    version       = version + 1,
    failures      = CASE WHEN url = @url THEN failures ELSE 0 END,
    failing_since = CASE WHEN url = @url THEN failing_since END,
    slow          = slow OR url <> @url,
    held_until    = CASE WHEN url = @url OR turn IS NOT NULL THEN held_until ELSE now() END
WHERE id = @id
RETURNING *;

-- name: DeleteWebhook :exec
-- Its deliveries may be many: they go bit by bit.
UPDATE webhook_endpoints
SET deleted = true
WHERE id = @id;

-- name: EnableWebhook :one
-- What happened meanwhile is not told; what waited before is.
UPDATE webhook_endpoints e
SET status          = 'enabled',
    disabled_reason = '',
    disabled_at     = NULL,
    version         = e.version + 1,
    failures        = 0,
    failing_since   = NULL,
    slow            = true,
    held_until      = CASE WHEN e.turn IS NULL THEN now() ELSE e.held_until END,
    since_seq       = r.last
FROM relay r
WHERE e.id = @id
RETURNING e.*;

-- name: DisableWebhook :one
UPDATE webhook_endpoints
SET status          = 'disabled',
    disabled_reason = @reason,
    disabled_at     = now(),
    version         = version + 1
WHERE id = @id
RETURNING *;

-- name: RotateWebhook :one
-- The secret before signs as well for a while yet, unless that is no time at all.
UPDATE webhook_endpoints
SET old_key    = CASE WHEN @grace_seconds::float8 > 0 THEN key END,
    old_sealed = CASE WHEN @grace_seconds::float8 > 0 THEN sealed END,
    old_until  = CASE WHEN @grace_seconds::float8 > 0 THEN clock_timestamp() + make_interval(secs => @grace_seconds::float8) END,
    key        = @key,
    sealed     = @sealed,
    version    = version + 1
WHERE id = @id
RETURNING *;

-- name: WebhookBehind :one
-- The cheap look before any lock: has anything been published that was not looked through?
SELECT (c.seq < r.last)::boolean AS behind
FROM webhook_cursor c, relay r;

-- name: LockWebhookCursor :one
-- Whoever holds this row tells; nobody else does meanwhile, nor waits for it.
SELECT c.seq, r.last
FROM webhook_cursor c, relay r
FOR UPDATE OF c SKIP LOCKED;

-- name: WebhookMatches :many
-- A statement of its own, after the lock. Whom the events of a stretch are to be told.
SELECT e.id AS event_id, e.pub_seq::bigint AS seq, e.type, e.subject_id, w.id AS endpoint_id
FROM events e
JOIN webhook_endpoints w ON w.vendor_id = e.vendor_id
WHERE e.pub_seq > @since::bigint
  AND e.pub_seq <= @until::bigint
  AND w.status = 'enabled'
  AND NOT w.deleted
  AND w.since_seq < e.pub_seq
  AND w.events && ARRAY['*', e.type, split_part(e.type, '.', 1) || '.*']
ORDER BY e.pub_seq, w.id;

-- name: InsertWebhookDeliveries :exec
INSERT INTO webhook_deliveries (id, endpoint_id, seq, event_id, type, subject_id, give_up_at)
SELECT x.id, x.endpoint_id, x.seq, x.event_id, x.type, x.subject_id, now() + make_interval(secs => @give_up_seconds::float8)
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@endpoint_ids::uuid[]) AS endpoint_id, unnest(@seqs::bigint[]) AS seq,
             unnest(@event_ids::bigint[]) AS event_id, unnest(@types::text[]) AS type, unnest(@subject_ids::uuid[]) AS subject_id) x
ON CONFLICT (endpoint_id, seq) WHERE seq IS NOT NULL DO NOTHING;

-- name: WakeWebhooks :exec
UPDATE webhook_endpoints
SET due_at = least(due_at, now())
WHERE id = ANY (@ids::uuid[]);

-- name: MoveWebhookCursor :exec
UPDATE webhook_cursor
SET seq = @seq;

-- name: InsertSample :one
-- Somebody waits for it: it goes before all that is due.
INSERT INTO webhook_deliveries (id, endpoint_id, type, subject_id, sample, next_at, give_up_at)
VALUES (@id, @endpoint_id, @type, @subject_id, @sample, 'epoch', now() + make_interval(secs => @give_up_seconds::float8))
RETURNING *;

-- name: HurryWebhook :exec
-- Somebody waits for it: it is not rested any longer.
UPDATE webhook_endpoints
SET due_at     = least(due_at, now()),
    hurried_at = clock_timestamp(),
    held_until = CASE WHEN turn IS NULL THEN now() ELSE held_until END
WHERE id = @id;

-- name: WebhookDeliveriesBefore :many
SELECT sqlc.embed(d), e.version AS event_version
FROM webhook_deliveries d
LEFT JOIN events e ON e.id = d.event_id
WHERE d.endpoint_id = @endpoint_id
  AND (sqlc.narg(before)::uuid IS NULL OR d.id < sqlc.narg(before))
  AND (sqlc.narg(state)::text IS NULL OR d.state = sqlc.narg(state))
ORDER BY d.id DESC
LIMIT @most;

-- name: WebhookDelivery :one
SELECT sqlc.embed(d), e.version AS event_version
FROM webhook_deliveries d
LEFT JOIN events e ON e.id = d.event_id
WHERE d.id = @id
  AND d.endpoint_id = @endpoint_id;

-- name: EventOfWebhook :one
SELECT id, subject, subject_id, version, type, actor_role, actor_id, vendor_id, customer_id, courier_id, city, at, data, pub_seq
FROM events
WHERE id = @id;

-- name: Redeliver :one
UPDATE webhook_deliveries
SET state      = 'pending',
    tries      = 0,
    next_at    = 'epoch',
    give_up_at = now() + make_interval(secs => @give_up_seconds::float8)
WHERE id = @id
  AND endpoint_id = @endpoint_id
RETURNING *;

-- name: RedeliverFailed :execrows
-- The oldest first, as they happened, a few a second: what happens meanwhile is sent between them.
UPDATE webhook_deliveries w
SET state      = 'pending',
    tries      = 0,
    next_at    = now() + make_interval(secs => 0.3 * f.place::float8),
    give_up_at = now() + make_interval(secs => @give_up_seconds::float8)
FROM (
    SELECT d.id, row_number() OVER (ORDER BY d.id) - 1 AS place
    FROM webhook_deliveries d
    WHERE d.endpoint_id = @endpoint_id
      AND d.state = 'failed'
      AND d.created_at >= @since
    ORDER BY d.id
    LIMIT @most) f
WHERE w.id = f.id;

-- name: ClaimWebhooks :many
-- Turns of endpoints for which something is due, those first that have waited longest. A turn whose process was killed is over with
-- its time.
UPDATE webhook_endpoints e
SET turn       = @turn,
    held_until = now() + make_interval(secs => @lease_seconds::float8)
FROM (
    SELECT w.id
    FROM webhook_endpoints w
    WHERE w.slow = @slow
      AND w.due_at <= now()
      AND w.held_until <= now()
      AND w.status = 'enabled'
      AND NOT w.deleted
    ORDER BY w.served_at
    LIMIT @most
    FOR NO KEY UPDATE SKIP LOCKED) due
WHERE e.id = due.id
RETURNING sqlc.embed(e), now()::timestamptz AS moment;

-- name: TurnOfWebhook :many
-- What is due for an endpoint.
SELECT sqlc.embed(d), e.subject, e.version, e.actor_role, e.customer_id, e.courier_id, e.vendor_id, e.city, e.at, e.data
FROM webhook_deliveries d
LEFT JOIN events e ON e.id = d.event_id
WHERE d.endpoint_id = @endpoint_id
  AND d.state = 'pending'
  AND d.next_at <= now()
ORDER BY d.next_at, d.id
LIMIT @most;

-- name: SaveAttempt :exec
-- Attempts are a guard: a process that was stopped for long overwrites nothing.
UPDATE webhook_deliveries
SET state    = @state,
    attempts = attempts + 1,
    tries    = tries + 1,
    next_at  = now() + make_interval(secs => @pause_seconds::float8),
    tried_at = now(),
    status   = @status,
    error    = @error,
    answer   = @answer,
    millis   = @millis
WHERE id = @id
  AND state = 'pending'
  AND attempts = @attempts;

-- name: LockTurn :one
SELECT id
FROM webhook_endpoints
WHERE id = @id
  AND turn = @turn
FOR NO KEY UPDATE;

-- name: EndTurn :exec
-- A statement of its own, after the lock: it then sees all that was added meanwhile. Somebody who has begun to wait since the turn began
-- does not wait for the rest.
UPDATE webhook_endpoints e
SET turn          = NULL,
    held_until    = CASE WHEN e.hurried_at >= @begun::timestamptz THEN now() ELSE now() + make_interval(secs => @rest_seconds::float8) END,
    served_at     = now(),
    failures      = @failures,
    failing_since = CASE WHEN @failures::int = 0 THEN NULL WHEN @anew::boolean THEN now() ELSE coalesce(e.failing_since, now()) END,
    succeeded_at  = CASE WHEN @succeeded::boolean THEN now() ELSE e.succeeded_at END,
    slow          = @slow,
    due_at        = (
        SELECT CASE WHEN min(d.next_at) = 'epoch' THEN now() ELSE min(d.next_at) END
        FROM webhook_deliveries d
        WHERE d.endpoint_id = e.id
          AND d.state = 'pending')
WHERE e.id = @id;

-- name: GiveUpWebhooks :execrows
UPDATE webhook_deliveries
SET state = 'failed',
    error = 'expired'
WHERE id IN (
    SELECT d.id
    FROM webhook_deliveries d
    WHERE d.state = 'pending'
      AND d.give_up_at <= now()
    ORDER BY d.give_up_at
    LIMIT @most
    FOR NO KEY UPDATE SKIP LOCKED);

-- name: ForgetWebhookDeliveries :execrows
DELETE FROM webhook_deliveries
WHERE id IN (
    SELECT d.id
    FROM webhook_deliveries d
    WHERE d.id < @before
      AND d.state <> 'pending'
    ORDER BY d.id
    LIMIT @most
    FOR UPDATE SKIP LOCKED);

-- name: EmptyDeletedWebhooks :execrows
DELETE FROM webhook_deliveries
WHERE id IN (
    SELECT d.id
    FROM webhook_endpoints w
    JOIN webhook_deliveries d ON d.endpoint_id = w.id
    WHERE w.deleted
    LIMIT @most
    FOR UPDATE OF d SKIP LOCKED);

-- name: ForgetDeletedWebhooks :execrows
DELETE FROM webhook_endpoints w
WHERE w.deleted
  AND w.held_until <= now()
  AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = w.id);

-- name: WebhookBacklog :one
-- What is due and not sent, counted up to a bound, and how long the first has been of endpoints that answer; and how many events are still to be looked through.
SELECT (SELECT count(*) FROM (
            SELECT
            FROM webhook_deliveries d
            JOIN webhook_endpoints w ON w.id = d.endpoint_id AND w.status = 'enabled' AND NOT w.deleted
            WHERE d.state = 'pending'
              AND d.next_at <= now()
            LIMIT @most) b)::int AS due,
       coalesce(extract(epoch FROM now() - (
            SELECT min(w.due_at) FROM webhook_endpoints w WHERE w.status = 'enabled' AND NOT w.deleted AND w.failures = 0 AND w.due_at <= now())), 0)::float8 AS oldest_seconds,
       (SELECT count(*) FROM webhook_endpoints w WHERE w.status = 'enabled' AND NOT w.deleted AND w.failures > 0)::int AS failing,
       (SELECT r.last - c.seq FROM relay r, webhook_cursor c)::bigint AS behind;

-- name: NameOfVendor :one
SELECT name
FROM vendors
WHERE id = @id;
