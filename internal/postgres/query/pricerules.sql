-- What staff say of the price of a delivery, and of what the marketplace keeps.

-- name: InsertTariff :exec
INSERT INTO delivery_tariffs (id, currency, city, bands, small_below, small_fee)
VALUES (@id, @currency, @city, @bands, @small_below, @small_fee);

-- name: UpdateTariff :execrows
UPDATE delivery_tariffs
SET currency    = @currency,
    city        = @city,
    bands       = @bands,
    small_below = @small_below,
    small_fee   = @small_fee,
    version     = version + 1
WHERE id = @id
  AND version = @version;

-- name: DeleteTariff :exec
DELETE
FROM delivery_tariffs
WHERE id = @id;

-- name: LockTariff :one
SELECT to_jsonb(t)::jsonb AS rule
FROM delivery_tariffs t
WHERE t.id = @id
FOR UPDATE;

-- name: TariffsByIDs :many
SELECT to_jsonb(t)::jsonb AS rule
FROM delivery_tariffs t
WHERE t.id = ANY (@ids::uuid[])
ORDER BY t.id DESC;

-- name: InsertSurge :exec
INSERT INTO surge_zones (id, label, currency, city, lat, lng, radius_m, starts_at, ends_at, windows, times, flat, cap)
VALUES (@id, @label, @currency, @city, @lat, @lng, @radius_m, sqlc.narg(starts_at), sqlc.narg(ends_at), @windows, @times, @flat, @cap);

-- name: UpdateSurge :execrows
UPDATE surge_zones
SET label     = @label,
    currency  = @currency,
    city      = @city,
    lat       = @lat,
    lng       = @lng,
    radius_m  = @radius_m,
    starts_at = sqlc.narg(starts_at),
    ends_at   = sqlc.narg(ends_at),
    windows   = @windows,
    times     = @times,
    flat      = @flat,
    cap       = @cap,
    version   = version + 1
WHERE id = @id
  AND version = @version;

-- name: DeleteSurge :exec
DELETE
FROM surge_zones
WHERE id = @id;

-- name: LockSurge :one
SELECT to_jsonb(s)::jsonb AS rule
FROM surge_zones s
WHERE s.id = @id
FOR UPDATE;

-- name: SurgesByIDs :many
SELECT to_jsonb(s)::jsonb AS rule
FROM surge_zones s
WHERE s.id = ANY (@ids::uuid[])
ORDER BY s.id DESC;

-- name: InsertCommission :exec
INSERT INTO commission_rules (id, vendor_id, city, rate, starts_at, ends_at)
VALUES (@id, sqlc.narg(vendor_id), @city, @rate, sqlc.narg(starts_at), sqlc.narg(ends_at));

-- name: UpdateCommission :execrows
UPDATE commission_rules
SET vendor_id = sqlc.narg(vendor_id),
    city      = @city,
    rate      = @rate,
    starts_at = sqlc.narg(starts_at),
    ends_at   = sqlc.narg(ends_at),
    version   = version + 1
WHERE id = @id
  AND version = @version;

-- name: DeleteCommission :exec
DELETE
FROM commission_rules
WHERE id = @id;

-- name: LockCommission :one
SELECT to_jsonb(k)::jsonb AS rule, now()::timestamptz AS moment
FROM commission_rules k
WHERE k.id = @id
FOR UPDATE;

-- name: LockEverybodys :many
-- Everybody's rules, so that of two changes at once each knows what the other has left.
SELECT to_jsonb(k)::jsonb AS rule
FROM commission_rules k
WHERE k.vendor_id IS NULL
  AND k.city = ''
ORDER BY k.id
FOR UPDATE;

-- name: CommissionsByIDs :many
SELECT to_jsonb(k)::jsonb AS rule
FROM commission_rules k
WHERE k.id = ANY (@ids::uuid[])
ORDER BY k.id DESC;
