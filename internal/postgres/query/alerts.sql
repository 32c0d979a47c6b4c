-- name: OrdersToLookAt :many
-- Whose promises may have become worse than was told; of many some, as DueOrders has it. What a timer is about to change is left to it: after
-- an outage many orders end that are late as well, and timers come first.
SELECT few.id
FROM (
    SELECT late.id, late.sla_at
    FROM (
        SELECT o.id, o.sla_at
        FROM orders o
        WHERE o.sla_at <= now()
          AND (o.deadline_at IS NULL OR o.deadline_at NOT BETWEEN now() - interval '1 minute' AND now())
          AND o.id <> ALL (@passed_over::uuid[])
        ORDER BY o.sla_at
        LIMIT 1000) late
    ORDER BY random()
    LIMIT 100) few
ORDER BY few.sla_at;

-- name: HoldAlertSweep :one
-- No row: somebody else looks for causes now, or did so lately.
SELECT now()::timestamptz AS moment
FROM alert_sweeps
WHERE pace = @pace
  AND swept_at <= now() - make_interval(secs => @every_seconds::float8)
FOR UPDATE SKIP LOCKED;

-- name: EndAlertSweep :exec
UPDATE alert_sweeps
SET swept_at = now()
WHERE pace = @pace;

-- name: NewAlertCauses :many
-- Causes without an open alert. One that comes back while its last alert would still be snoozed is quiet, too.
SELECT c.kind::text AS kind, c.subject::text AS subject, c.subject_id::uuid AS subject_id, c.city::text AS city, c.vendor_id, c.name::text AS name,
       c.data::jsonb AS data, l.snoozed_until, l.snoozed_by
FROM alert_causes c
LEFT JOIN LATERAL (
    SELECT a.snoozed_until, a.snoozed_by
    FROM alerts a
    WHERE a.subject_id = c.subject_id
      AND a.kind = c.kind
      AND a.snoozed_until > now()
    ORDER BY a.id DESC
    LIMIT 1) l ON true
WHERE c.kind = ANY (@kinds::text[])
  AND NOT EXISTS (SELECT FROM alerts a WHERE a.subject_id = c.subject_id AND a.kind = c.kind AND a.closed_at IS NULL)
LIMIT @most;

-- name: EndedAlerts :many
-- Open alerts whose cause has gone. What causes there are is found once, whatever the planner knows of the tables: anew for each alert, it
-- takes seconds when many vendors are silent, and everybody's dead rows stay as long.
WITH causes AS MATERIALIZED (SELECT c.kind, c.subject_id FROM alert_causes c WHERE c.kind = ANY (@kinds::text[]))
SELECT sqlc.embed(a)
FROM alerts a
WHERE a.closed_at IS NULL
  AND a.kind = ANY (@kinds::text[])
  AND (a.kind, a.subject_id) NOT IN (SELECT c.kind, c.subject_id FROM causes c)
ORDER BY a.id
LIMIT @most
FOR UPDATE OF a SKIP LOCKED;

-- name: InsertAlert :exec
INSERT INTO alerts (id, kind, severity, subject, subject_id, city, vendor_id, name, data, opened_at, snoozed_until, snoozed_by)
VALUES (@id, @kind, @severity, @subject, @subject_id, @city, sqlc.narg(vendor_id), @name, @data, @opened_at, sqlc.narg(snoozed_until), sqlc.narg(snoozed_by));

-- name: LockAlert :one
SELECT sqlc.embed(a), now()::timestamptz AS moment
FROM alerts a
WHERE a.id = @id
FOR UPDATE;

-- name: SaveAlert :exec
UPDATE alerts
SET version = @version,
    closed_at = sqlc.narg(closed_at),
    acknowledged_at = sqlc.narg(acknowledged_at),
    acknowledged_by = sqlc.narg(acknowledged_by),
    snoozed_until = sqlc.narg(snoozed_until),
    snoozed_by = sqlc.narg(snoozed_by)
WHERE id = @id;

-- name: AlertByID :one
SELECT sqlc.embed(a), k.first_name AS acknowledged_name, z.first_name AS snoozed_name, now()::timestamptz AS moment
FROM alerts a
LEFT JOIN users k ON k.id = a.acknowledged_by
LEFT JOIN users z ON z.id = a.snoozed_by
WHERE a.id = @id;

-- name: ListAlerts :many
-- Newest first; "live" are all that are not closed.
SELECT sqlc.embed(a), k.first_name AS acknowledged_name, z.first_name AS snoozed_name, now()::timestamptz AS moment
FROM alerts a
LEFT JOIN users k ON k.id = a.acknowledged_by
LEFT JOIN users z ON z.id = a.snoozed_by
WHERE (@state::text = 'closed' AND a.closed_at IS NOT NULL OR @state <> 'closed' AND a.closed_at IS NULL)
  AND (@state <> 'snoozed' OR a.snoozed_until > now())
  AND (@state NOT IN ('open', 'acknowledged') OR coalesce(a.snoozed_until <= now(), true) AND (a.acknowledged_at IS NOT NULL) = (@state = 'acknowledged'))
  AND (sqlc.narg(kind)::text IS NULL OR a.kind = sqlc.narg(kind))
  AND (sqlc.narg(city)::text IS NULL OR lower(a.city) = lower(sqlc.narg(city)))
  AND (sqlc.narg(before)::uuid IS NULL OR a.id < sqlc.narg(before))
ORDER BY a.id DESC
LIMIT @most;

-- name: LiveAlerts :many
-- Those that are bad first, of these the oldest: where there are too many, the rest wait.
SELECT sqlc.embed(a), k.first_name AS acknowledged_name, z.first_name AS snoozed_name, now()::timestamptz AS moment
FROM alerts a
LEFT JOIN users k ON k.id = a.acknowledged_by
LEFT JOIN users z ON z.id = a.snoozed_by
WHERE a.closed_at IS NULL
ORDER BY a.severity, a.id
LIMIT @most;

-- name: CountLiveAlerts :one
SELECT count(*)::int AS live
FROM alerts
WHERE closed_at IS NULL;

-- name: ForgetAlerts :execrows
DELETE FROM alerts
WHERE id IN (SELECT a.id FROM alerts a WHERE a.closed_at < now() - interval '90 days' ORDER BY a.closed_at LIMIT 500);
