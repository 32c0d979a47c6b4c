-- name: Vendor :one
SELECT sqlc.embed(vendors), m.role AS member_role
FROM vendors
LEFT JOIN vendor_members m ON m.vendor_id = vendors.id AND m.user_id = sqlc.narg(user_id)
WHERE vendors.id = @id;

-- name: LockVendor :one
-- Writers exclude each other; orders that refer to the vendor do not wait, because its key stays as it is.
SELECT sqlc.embed(vendors)
FROM vendors
WHERE vendors.id = @id
FOR NO KEY UPDATE;

-- name: LockVendorRow :one
-- LockVendor for those who need the lock and hardly ever the vendor.
SELECT version
FROM vendors
WHERE id = @id
FOR NO KEY UPDATE;

-- name: VendorVersion :one
SELECT version, status
FROM vendors
WHERE id = @id;

-- name: VendorsOfMember :many
SELECT sqlc.embed(v)
FROM vendor_members m
JOIN vendors v ON v.id = m.vendor_id
WHERE m.user_id = @user_id
ORDER BY v.id
LIMIT @most;

-- name: Cities :many
SELECT city, country, currency, count(*)::int AS vendors, avg(lat)::float8 AS lat, avg(lng)::float8 AS lng
FROM vendors
WHERE status = 'approved'
GROUP BY city, country, currency
ORDER BY vendors DESC, city, country, currency
LIMIT @most;

-- name: CheckTimezone :one
-- Fails with 22023 for a name the database does not know; queries that ask who is open would fail on it.
SELECT timezone(sqlc.arg(timezone)::text, now())::text AS local;

-- name: InsertVendor :exec
INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, phone, lat, lng, radius_m, zone_cells,
                     prep_minutes, tax_bp, cost_for_two, price_level, version)
VALUES (@id, @name, @cuisines, @address, @city, @country, @timezone, @currency, @phone, @lat, @lng, @radius_m, @zone_cells,
        @prep_minutes, @tax_bp, @cost_for_two, @price_level, @version);

-- name: InsertMember :exec
INSERT INTO vendor_members (vendor_id, user_id, role)
VALUES (@vendor_id, @user_id, @role);

-- name: UpdateZone :exec
UPDATE vendors
SET radius_m = @radius_m, zone_ring = @zone_ring, zone_plane = @zone_plane, zone_cells = @zone_cells
WHERE id = @id;

-- name: UpdateVendor :exec
-- All that a write may change but the zone; the caller holds the row's lock.
UPDATE vendors
SET name = @name, cuisines = @cuisines, address = @address, phone = @phone, open_minutes = @open_minutes,
    paused_until = sqlc.narg(paused_until), pause_reason = @pause_reason, prep_minutes = @prep_minutes,
    closed = @closed, busy_minutes = @busy_minutes, busy_until = sqlc.narg(busy_until), turns_at = now(),
    accept_seconds = @accept_seconds, min_order = @min_order, packaging_fee = @packaging_fee, tax_rates = @tax_rates,
    tax_id = @tax_id,
    cost_for_two = @cost_for_two, price_level = @price_level,
    languages = @languages, acceptance = @acceptance, slot_capacity = @slot_capacity, status = @status, status_reason = @status_reason, version = @version,
    menu_version = @menu_version
WHERE id = @id;

-- name: VendorsNear :many
-- The index finds the zones with a cell around the point, zone_holds() those that hold it. The key is what the
-- list is sorted by; pages continue after (key, id). A cost of 0 is one that nobody has told: it comes last, and is not below any.
-- By eta the key is the minutes that the list shows, with the metres as a fraction: of the open vendors, then of the others. They are
-- those of eta.Kitchen.Ready and eta.Bring: by the hour of the wall clock there, what is known of a kitchen or what it says. @late
-- has those of the kitchens that are late, see LateKitchens.
WITH near AS MATERIALIZED (
    SELECT id, radius_m, zone_ring, zone_plane, rating_average, cost_for_two, meters(lat, lng, @lat::float8, @lng::float8) AS meters,
           prep_minutes, CASE WHEN busy_until > @as_of::timestamptz THEN busy_minutes ELSE 0 END AS busy,
           CASE WHEN @sort::text = 'eta' THEN 1 + date_part('hour', timezone(timezone, @as_of::timestamptz))::int END AS hour,
           CASE WHEN @sort::text = 'eta' AND NOT open_at(open_minutes, closed, paused_until, timezone, @as_of)
                THEN @when_closed::int ELSE @when_open::int END AS handling
    FROM vendors
    WHERE status = 'approved'
      AND zone_cells && @cells::bigint[]
      AND (sqlc.narg(part)::text IS NULL
           OR position((SELECT unaccent(lower(normalize(sqlc.narg(part), NFKC)))) IN unaccent(lower(normalize(name, NFKC)))) > 0
           OR EXISTS (SELECT FROM unnest(cuisines) AS c
                      WHERE position((SELECT unaccent(lower(normalize(sqlc.narg(part), NFKC)))) IN unaccent(lower(normalize(c, NFKC)))) > 0))
      AND (cardinality(@any_cuisine::text[]) = 0
           OR EXISTS (SELECT FROM unnest(cuisines) AS c JOIN unnest(@any_cuisine) AS wanted 
                        ON unaccent(lower(normalize(c, NFKC))) = unaccent(lower(normalize(wanted, NFKC)))))
      AND (sqlc.narg(max_cost)::bigint IS NULL OR cost_for_two BETWEEN 1 AND sqlc.narg(max_cost))
      AND (NOT @veg::bool OR EXISTS (SELECT FROM dishes WHERE vendor_id = vendors.id AND deleted_at IS NULL)
           AND NOT EXISTS (SELECT FROM dishes WHERE vendor_id = vendors.id AND diet NOT IN ('veg', 'vegan') AND deleted_at IS NULL))
      AND (NOT @open_now::bool OR open_at(open_minutes, closed, paused_until, timezone, @now::timestamptz))
), keyed AS (
    SELECT id, meters,
           CASE @sort::text
               WHEN 'rating' THEN -rating_average
               WHEN 'cost' THEN CASE WHEN cost_for_two > 0 THEN cost_for_two ELSE 1e12 END
               WHEN 'eta' THEN meters / 1e6 + coalesce(
                   (@late::jsonb ->> id::text)::int,
                   least(greatest(coalesce(k.cooking[hour], prep_minutes), (prep_minutes + 1) / 2), 2 * prep_minutes) + busy
                   + coalesce(k.answer, 0) + coalesce(k.margin[hour], 0) + handling + floor(0.5 + meters * minutes_per_meter[hour]))
               ELSE meters
           END::float8 AS key
    FROM near
    CROSS JOIN (SELECT @minutes_per_meter::float8[] AS minutes_per_meter) rides
    LEFT JOIN kitchens k ON @sort::text = 'eta' AND k.vendor_id = near.id
    WHERE zone_holds(meters, radius_m, zone_ring, zone_plane, @lat, @lng)
), page AS (
    SELECT id, meters, key
    FROM keyed
    WHERE (key, id) > (@after_key::float8, @after_id::uuid)
    ORDER BY key, id
    LIMIT @most
)
SELECT sqlc.embed(v), page.meters::float8 AS meters, page.key::float8 AS key, k.cooking, k.margin, k.answer
FROM page
JOIN vendors v ON v.id = page.id
LEFT JOIN kitchens k ON k.vendor_id = v.id
ORDER BY page.key, page.id;

-- name: LateKitchens :many
-- The vendors around a point, and some more, whose kitchens have no place in some quarter of an hour that is to come.
SELECT sqlc.embed(v), meters(lat, lng, @lat::float8, @lng::float8)::float8 AS meters, k.cooking, k.margin, k.answer
FROM vendors v
LEFT JOIN kitchens k ON k.vendor_id = v.id
WHERE status = 'approved'
  AND zone_cells && @cells::bigint[]
  AND slot_capacity > 0
  AND EXISTS (SELECT FROM vendor_slots s WHERE s.vendor_id = v.id AND s.starts_at >= @since AND s.taken >= v.slot_capacity);

-- name: CuisinesNear :many
-- The cuisines of the vendors that VendorsNear finds without its filter of cuisines, most frequent first, as most of them write
-- it. The conditions are those of VendorsNear; a test compares the two.
WITH near AS MATERIALIZED (
    SELECT id, cuisines, radius_m, zone_ring, zone_plane, meters(lat, lng, @lat::float8, @lng::float8) AS meters
    FROM vendors
    WHERE status = 'approved'
      AND zone_cells && @cells::bigint[]
      AND (sqlc.narg(part)::text IS NULL
           OR position((SELECT unaccent(lower(normalize(sqlc.narg(part), NFKC)))) IN unaccent(lower(normalize(name, NFKC)))) > 0
           OR EXISTS (SELECT FROM unnest(cuisines) AS c
                      WHERE position((SELECT unaccent(lower(normalize(sqlc.narg(part), NFKC)))) IN unaccent(lower(normalize(c, NFKC)))) > 0))
      AND (sqlc.narg(max_cost)::bigint IS NULL OR cost_for_two BETWEEN 1 AND sqlc.narg(max_cost))
      AND (NOT @veg::bool OR EXISTS (SELECT FROM dishes WHERE vendor_id = vendors.id AND deleted_at IS NULL)
           AND NOT EXISTS (SELECT FROM dishes WHERE vendor_id = vendors.id AND diet NOT IN ('veg', 'vegan') AND deleted_at IS NULL))
      AND (NOT @open_now::bool OR open_at(open_minutes, closed, paused_until, timezone, @now::timestamptz))
)
SELECT (mode() WITHIN GROUP (ORDER BY cuisine))::text AS name, count(DISTINCT near.id)::int AS vendors
FROM near,
     unnest(cuisines) AS cuisine
WHERE zone_holds(meters, radius_m, zone_ring, zone_plane, @lat, @lng)
GROUP BY unaccent(lower(normalize(cuisine, NFKC)))
ORDER BY vendors DESC, unaccent(lower(normalize(cuisine, NFKC)))
LIMIT @most;

-- name: CountVendors :one
SELECT count(*)::int AS vendors
FROM vendors;

-- name: HoldUncovered :many
-- Zones whose cells are the whole Earth's: of rows that were written without their own.
SELECT id, lat, lng, radius_m, zone_ring
FROM vendors
WHERE zone_cells @> '{1152921504606846976,3458764513820540928}'
ORDER BY id
LIMIT @most
FOR NO KEY UPDATE SKIP LOCKED;

-- name: CoverZone :batchexec
UPDATE vendors
SET zone_cells = @zone_cells
WHERE id = @id;
