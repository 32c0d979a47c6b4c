-- name: FreeSlot :one
-- The first place that a held courier has free; 0: they carry as much as they can, or, asked beyond that, as is possible at all.
SELECT CASE
           WHEN NOT @beyond::boolean AND (SELECT count(*) FROM deliveries d
                 WHERE d.courier_id = c.user_id
                   AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')) >= c.capacity THEN 0
           ELSE coalesce((SELECT min(n) FROM generate_series(1, 4) n
                          WHERE NOT EXISTS (
                              SELECT FROM deliveries d
                              WHERE d.courier_id = c.user_id
                                AND d.slot = n
                                AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning'))), 0)
       END::int AS slot
FROM couriers c
WHERE c.user_id = @user_id;

-- name: OnlineWorkers :many
-- Couriers of a city, '' for all, who are online, with why they cannot take work.
SELECT *
FROM courier_work w
WHERE w.online
  AND (@city::text = '' OR lower(w.city) IN ('', lower(@city)))
ORDER BY w.user_id
LIMIT @most;

-- name: WorkerByID :one
SELECT *
FROM courier_work w
WHERE w.user_id = @user_id;

-- name: AbsentCouriers :many
-- Who is said to be online and is not: silent for so long, or past their shift with nothing to bring.
SELECT w.user_id, CASE WHEN w.off_shift AND w.carrying = 0 THEN 'shift_over' ELSE 'silent' END::text AS reason
FROM courier_work w
WHERE w.online
  AND (sqlc.narg(only_id)::uuid IS NULL OR w.user_id = sqlc.narg(only_id))
  AND (greatest(w.located_at, w.online_at) < now() - make_interval(secs => @silent_seconds::float8)
       OR w.off_shift AND w.carrying = 0)
ORDER BY w.user_id
LIMIT @most;

-- name: InsertShift :exec
INSERT INTO courier_shifts (id, courier_id, starts_at, ends_at)
VALUES (@id, @courier_id, @starts_at, @ends_at);

-- name: CountShifts :one
-- Those that have not ended.
SELECT count(*)::int AS n
FROM courier_shifts
WHERE courier_id = @courier_id
  AND ends_at > now();

-- name: ShiftsOf :many
SELECT *
FROM courier_shifts
WHERE courier_id = @courier_id
  AND ends_at > @since
  AND starts_at < @until
ORDER BY starts_at
LIMIT @most;

-- name: DeleteShift :one
DELETE FROM courier_shifts
WHERE id = @id
  AND courier_id = @courier_id
RETURNING *;

-- name: NextShift :one
-- Whether a courier works in shifts, is in one, and when the next begins.
SELECT w.off_shift, coalesce((SELECT min(h.starts_at) FROM courier_shifts h WHERE h.courier_id = w.user_id AND h.starts_at > now()), to_timestamp(0))::timestamptz AS next_at,
       now()::timestamptz AS moment
FROM courier_work w
WHERE w.user_id = @user_id;

-- name: AnybodyHeard :one
SELECT EXISTS (
    SELECT FROM couriers
    WHERE online
      AND located_at > now() - make_interval(secs => @seconds::float8));

-- name: WatchedDeliveries :many
-- What is on its way to be picked up, by those who have nothing to do before it, with how they get on; where nobody has looked for two
-- minutes, that begins anew, because they may have moved meanwhile.
SELECT d.id, d.order_id, d.courier_id::uuid AS courier_id, d.pickup_lat, d.pickup_lng, c.city, c.vehicle, c.lat::float8 AS lat, c.lng::float8 AS lng,
       c.located_at::timestamptz AS located_at, coalesce(o.ready_at, o.ready_by) AS ready_by,
       w.arrive_by, w.closest_m, w.moved_at, w.stalled_at, w.no_show_at, now()::timestamptz AS moment
FROM deliveries d
JOIN orders o ON o.id = d.order_id
JOIN couriers c ON c.user_id = d.courier_id
LEFT JOIN delivery_watches w ON w.delivery_id = d.id AND w.courier_id = d.courier_id AND w.looked_at > now() - interval '2 minutes'
WHERE d.state = 'assigned'
  AND c.located_at IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM deliveries e
      WHERE e.courier_id = d.courier_id
        AND (e.state IN ('at_store', 'picked_up', 'at_customer', 'failed', 'returning') OR e.state = 'assigned' AND e.id < d.id))
ORDER BY w.looked_at NULLS FIRST, d.id
LIMIT @most;

-- name: SaveDeliveryWatches :exec
-- What is flagged stays so, unless it moves again.
INSERT INTO delivery_watches (delivery_id, courier_id, arrive_by, closest_m, moved_at, looked_at)
SELECT unnest(@delivery_ids::uuid[]), unnest(@courier_ids::uuid[]), unnest(@arrive_by::timestamptz[]), unnest(@closest::int[]), unnest(@moved_at::timestamptz[]), now()
ON CONFLICT (delivery_id) DO UPDATE
SET courier_id = excluded.courier_id,
    arrive_by  = excluded.arrive_by,
    closest_m  = excluded.closest_m,
    moved_at   = excluded.moved_at,
    looked_at  = excluded.looked_at,
    stalled_at = CASE WHEN delivery_watches.moved_at = excluded.moved_at AND delivery_watches.courier_id = excluded.courier_id THEN delivery_watches.stalled_at END,
    no_show_at = CASE WHEN delivery_watches.courier_id = excluded.courier_id THEN delivery_watches.no_show_at END;

-- name: FlagWatch :execrows
-- Once: the one who flags it tells of it.
UPDATE delivery_watches
SET stalled_at = CASE WHEN @no_show::boolean THEN stalled_at ELSE now() END,
    no_show_at = CASE WHEN @no_show THEN now() ELSE no_show_at END
WHERE delivery_id = @delivery_id
  AND CASE WHEN @no_show THEN no_show_at IS NULL ELSE stalled_at IS NULL END;

-- name: ForgetWatches :exec
-- What is not looked at any more: picked up, taken away, or behind something else.
DELETE FROM delivery_watches
WHERE looked_at < now() - interval '2 minutes';

-- name: DocumentsOf :many
SELECT sqlc.embed(d), EXISTS (
           SELECT FROM courier_document_pictures p
           WHERE p.courier_id = d.courier_id
             AND p.kind = d.kind
             AND p.verified = d.verified
             AND p.forget_at > now())::boolean AS pictured
FROM courier_documents d
WHERE d.courier_id = @courier_id
ORDER BY d.kind, d.verified DESC;

-- name: SaveDocument :exec
-- It waits for staff to look at it. The picture of one that is replaced goes.
WITH gone AS (
    DELETE FROM courier_document_pictures
    WHERE courier_id = @courier_id
      AND kind = @kind
      AND NOT verified
)
INSERT INTO courier_documents (courier_id, kind, key, sealed, mask, expires_on)
VALUES (@courier_id, @kind, @key, @sealed, @mask, sqlc.narg(expires_on))
ON CONFLICT (courier_id, kind, verified) DO UPDATE
SET key        = excluded.key,
    sealed     = excluded.sealed,
    mask       = excluded.mask,
    expires_on = excluded.expires_on,
    changed_at = now();

-- name: DropVerified :exec
-- Those for which newer ones wait.
DELETE FROM courier_documents d
USING courier_documents n
WHERE d.courier_id = @courier_id
  AND d.verified
  AND d.kind = ANY (@kinds::text[])
  AND n.courier_id = d.courier_id
  AND n.kind = d.kind
  AND NOT n.verified;

-- name: VerifyDocuments :many
UPDATE courier_documents
SET verified = true
WHERE courier_id = @courier_id
  AND NOT verified
  AND kind = ANY (@kinds::text[])
RETURNING kind;

-- name: SaveDocumentPicture :execrows
-- No row: there is no document that waits.
INSERT INTO courier_document_pictures (courier_id, kind, key, sealed, forget_at)
SELECT d.courier_id, d.kind, @key, @sealed, now() + make_interval(secs => @kept_seconds::float8)
FROM courier_documents d
WHERE d.courier_id = @courier_id
  AND d.kind = @kind
  AND NOT d.verified
ON CONFLICT (courier_id, kind, verified) DO UPDATE
SET key       = excluded.key,
    sealed    = excluded.sealed,
    forget_at = excluded.forget_at;

-- name: KeepDocumentPictures :exec
-- Those of documents that were just verified, for as long as somebody may have to look again.
UPDATE courier_document_pictures
SET forget_at = now() + make_interval(secs => @kept_seconds::float8)
WHERE courier_id = @courier_id
  AND verified
  AND kind = ANY (@kinds::text[]);

-- name: DocumentPicture :one
-- Of the newest document of a kind, and not of the one before it.
SELECT p.key, p.sealed
FROM courier_document_pictures p
WHERE p.courier_id = @courier_id
  AND p.kind = @kind
  AND p.forget_at > now()
  AND (NOT p.verified OR NOT EXISTS (
      SELECT FROM courier_documents d
      WHERE d.courier_id = p.courier_id
        AND d.kind = p.kind
        AND NOT d.verified))
ORDER BY p.verified
LIMIT 1;

-- name: ForgetDocumentPictures :execrows
DELETE FROM courier_document_pictures
WHERE (courier_id, kind, verified) IN (
    SELECT p.courier_id, p.kind, p.verified
    FROM courier_document_pictures p
    WHERE p.forget_at < now()
    ORDER BY p.forget_at
    LIMIT @most
    FOR UPDATE SKIP LOCKED);

-- name: ExpiringDocuments :many
-- Of approved couriers, those that expire first, past ones too; a newer one that waits is no reason not to name it.
SELECT sqlc.embed(d), c.name, c.phone
FROM courier_documents d
JOIN couriers c ON c.user_id = d.courier_id
WHERE d.verified
  AND d.expires_on <= (now() AT TIME ZONE 'UTC')::date + @days::int
  AND d.kind = ANY (needed_documents(c.vehicle))
  AND c.status = 'approved'
ORDER BY d.expires_on, d.courier_id, d.kind
LIMIT @most;

-- name: CashRooms :one
SELECT cash_rooms(c.user_id, c.city)::jsonb AS cash
FROM couriers c
WHERE c.user_id = @user_id;

-- name: CashLimits :many
SELECT *
FROM cash_limits
ORDER BY city, currency;

-- name: LockCashLimit :one
-- No row: there is none.
SELECT amount
FROM cash_limits
WHERE city = lower(@city)
  AND currency = @currency
FOR UPDATE;

-- name: SaveCashLimit :exec
INSERT INTO cash_limits (city, currency, amount)
VALUES (lower(@city), @currency, @amount)
ON CONFLICT (city, currency) DO UPDATE
SET amount = excluded.amount;

-- name: DeleteCashLimit :execrows
DELETE FROM cash_limits
WHERE city = lower(@city)
  AND currency = @currency;

-- name: CourierCashLimits :many
SELECT *
FROM courier_cash_limits
WHERE courier_id = @courier_id
ORDER BY currency;

-- name: DropCourierCashLimits :exec
DELETE FROM courier_cash_limits
WHERE courier_id = @courier_id;

-- name: SaveCourierCashLimits :exec
INSERT INTO courier_cash_limits (courier_id, currency, amount)
SELECT @courier_id::uuid, unnest(@currencies::text[]), unnest(@amounts::bigint[]);

-- name: EarningLines :many
-- What was posted to a courier's account, newest first, with what takes a line apart; not what was paid out.
SELECT t.id, t.kind, t.at, t.order_id, coalesce(o.number, '')::text AS order_number, a.currency, e.amount,
       coalesce(l.delivery, 0)::bigint AS delivery, coalesce(l.surge, 0)::bigint AS surge, coalesce(l.tip, 0)::bigint AS tip
FROM accounts a
JOIN entries e ON e.account_id = a.id
JOIN transfers t ON t.id = e.transfer_id
LEFT JOIN orders o ON o.id = t.order_id
LEFT JOIN LATERAL (
    SELECT sum(q.amount) FILTER (WHERE q.kind = 'delivery_fee') AS delivery,
           sum(q.amount) FILTER (WHERE q.kind = 'surge') AS surge,
           sum(q.amount) FILTER (WHERE q.kind = 'tip') AS tip
    FROM quote_lines q
    WHERE q.order_id = t.order_id) l ON t.kind = 'order.settled'
WHERE a.owner_id = @owner_id::uuid
  AND a.kind = 'courier'
  AND t.kind <> 'payout'
  AND NOT EXISTS (SELECT FROM transfers x WHERE x.id = t.source AND t.kind = 'reversal' AND x.kind = 'payout')
  AND (sqlc.narg(before)::uuid IS NULL OR t.id < sqlc.narg(before))
ORDER BY t.id DESC
LIMIT @most;

-- name: EarningDays :many
-- What was posted to a courier's account in stretches of time, by their number and currency; the sum of EarningLines.
SELECT d.n::int AS n, a.currency, sum(e.amount)::bigint AS amount, count(*) FILTER (WHERE t.kind = 'order.settled')::int AS deliveries
FROM (SELECT unnest(@numbers::int[]) AS n, unnest(@starts::timestamptz[]) AS starts, unnest(@ends::timestamptz[]) AS ends) d
JOIN accounts a ON a.owner_id = @owner_id::uuid AND a.kind = 'courier'
JOIN entries e ON e.account_id = a.id AND e.at >= d.starts AND e.at < d.ends
JOIN transfers t ON t.id = e.transfer_id
WHERE t.kind <> 'payout'
  AND NOT EXISTS (SELECT FROM transfers x WHERE x.id = t.source AND t.kind = 'reversal' AND x.kind = 'payout')
GROUP BY d.n, a.currency
ORDER BY d.n, a.currency;

-- name: OnlineSeconds :many
-- How long a courier was online in stretches of time, by their number.
SELECT d.n::int AS n, sum(extract(epoch FROM least(coalesce(p.offline_at, now()), d.ends) - greatest(p.online_at, d.starts)))::float8 AS seconds
FROM (SELECT unnest(@numbers::int[]) AS n, unnest(@starts::timestamptz[]) AS starts, unnest(@ends::timestamptz[]) AS ends) d
JOIN courier_presence p ON p.courier_id = @courier_id AND p.online_at < d.ends AND coalesce(p.offline_at, now()) > d.starts
GROUP BY d.n
ORDER BY d.n;
