-- name: OpenKitchens :execrows
-- Of approved vendors that have none.
INSERT INTO kitchens (vendor_id)
SELECT v.id
FROM vendors v
WHERE v.status = 'approved'
  AND NOT EXISTS (SELECT FROM kitchens k WHERE k.vendor_id = v.id)
LIMIT @most
ON CONFLICT (vendor_id) DO NOTHING;

-- name: KitchensToLearn :many
-- Those that were learned longest ago. They are taken from all others who ask until they are due again.
WITH due AS MATERIALIZED (
    SELECT k.vendor_id
    FROM kitchens k
    WHERE k.learned_at < now() - make_interval(secs => @every_seconds::float8)
    ORDER BY k.learned_at
    LIMIT @most
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE kitchens k
    SET learned_at = now()
    FROM due
    WHERE k.vendor_id = due.vendor_id
    RETURNING k.vendor_id
)
SELECT v.id, v.city, v.cuisines, v.timezone, v.prep_minutes
FROM taken
JOIN vendors v ON v.id = taken.vendor_id;

-- name: OrdersCooked :many
-- The newest of each of some vendors, from a moment on.
SELECT o.vendor_id, o.asked_at, o.accepted_at, o.ready_by, o.ready_at, o.planned
FROM unnest(@vendor_ids::uuid[]) AS v (id)
CROSS JOIN LATERAL (
    SELECT x.vendor_id, x.asked_at, x.accepted_at, x.ready_by, x.ready_at,
           (x.scheduled_for IS NOT NULL OR coalesce(x.slot_at > x.accepted_at + make_interval(mins => x.prep_minutes), false))::boolean AS planned
    FROM orders x
    WHERE x.vendor_id = v.id
      AND x.ready_at IS NOT NULL
      AND x.ready_at >= @since::timestamptz
      AND x.accepted_at IS NOT NULL
      AND x.ready_by IS NOT NULL
    ORDER BY x.ready_at DESC
    LIMIT @most) o;

-- name: KitchensAlike :many
-- What vendors take on average, each counting the same: of a cuisine in a city, of a cuisine, of all.
SELECT coalesce(lower(v.city), '')::text AS city, coalesce(lower(c), '')::text AS cuisine, count(*)::int AS vendors,
       ARRAY[avg(k.own[1]), avg(k.own[2]), avg(k.own[3]), avg(k.own[4]), avg(k.own[5]), avg(k.own[6])]::int[] AS mean
FROM kitchens k
JOIN vendors v ON v.id = k.vendor_id
CROSS JOIN LATERAL unnest(v.cuisines || ARRAY['']) AS c
WHERE k.orders >= @least
GROUP BY GROUPING SETS ((lower(v.city), lower(c)), (lower(c)))
HAVING lower(v.city) IS NULL OR lower(c) <> '';

-- name: SaveKitchen :batchexec
UPDATE kitchens
SET cooking = @cooking, margin = @margin, usual = @usual, load = @load, answer = @answer, late = @late, orders = @orders, own = @own
WHERE vendor_id = @vendor_id;
