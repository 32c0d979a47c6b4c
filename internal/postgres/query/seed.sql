-- name: SourcedVendors :many
-- Which of the keys are vendors already.
SELECT source_key::text AS key, source_hash::bytea AS hash
FROM vendors
WHERE source_key = ANY(@keys::text[]);

-- name: HoldImports :exec
-- Imports that run at once take turns, a transaction at a time. The number is this statement's alone.
SELECT pg_advisory_xact_lock(7221960001);

-- name: AllowMinute :exec
-- A batch may take longer than a request's statement.
SELECT set_config('statement_timeout', '60s', true);

-- name: LockSourced :many
-- With what was voted here; a vote of this moment is counted when its rating is next shown.
SELECT v.id, v.source_key::text AS key, v.currency, v.city, v.version, v.radius_m, v.zone_ring,
       coalesce(r.stars, 0)::bigint AS stars, coalesce(r.votes, 0)::int AS votes
FROM vendors v
LEFT JOIN ratings r ON r.subject_id = v.id
WHERE v.source_key = ANY(@keys::text[])
ORDER BY v.id
FOR NO KEY UPDATE OF v;

-- name: RefreshVendor :exec
-- What an imported row says of a vendor, and nothing that the vendor decides for itself.
UPDATE vendors
SET name = @name, cuisines = @cuisines, address = @address, city = @city, country = @country, timezone = @timezone, lat = @lat,
    lng = @lng, radius_m = @radius_m, zone_cells = @zone_cells, cost_for_two = @cost_for_two, price_level = @price_level, rating_average = @rating_average,
    rating_count = @rating_count, source_rating = @source_rating, source_votes = @source_votes, source_hash = @source_hash,
    version = @version
WHERE id = @id;

-- name: CopyVendors :copyfrom
INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, phone, lat, lng, radius_m, zone_cells, open_minutes,
                     prep_minutes, accept_seconds, min_order, packaging_fee, tax_bp, cost_for_two, price_level, rating_average,
                     rating_count, source_rating, source_votes, status, source_key, source_hash, version)
VALUES (@id, @name, @cuisines, @address, @city, @country, @timezone, @currency, @phone, @lat, @lng, @radius_m, @zone_cells, @open_minutes,
        @prep_minutes, @accept_seconds, @min_order, @packaging_fee, @tax_bp, @cost_for_two, @price_level, @rating_average,
        @rating_count, @source_rating, @source_votes, @status, @source_key, @source_hash, @version);

-- name: CopyCategories :copyfrom
INSERT INTO categories (id, vendor_id, name, position, schedule, translations)
VALUES (@id, @vendor_id, @name, @position, @schedule, @translations);

-- name: CopyDishes :copyfrom
INSERT INTO dishes (id, vendor_id, category_id, name, description, price, packaging, tax_category, diet, allergens, spice, tags,
                    min_age, position, option_groups, translations)
VALUES (@id, @vendor_id, @category_id, @name, @description, @price, @packaging, @tax_category, @diet, @allergens, @spice, @tags,
        @min_age, @position, @option_groups, @translations);

-- name: SeedUsers :exec
-- An address that has an account keeps it.
INSERT INTO users (id, email, first_name, last_name, phone, role)
SELECT unnest(@ids::uuid[]), unnest(@emails::text[]), unnest(@first_names::text[]), unnest(@last_names::text[]),
       unnest(@phones::text[]), unnest(@roles::text[])
ON CONFLICT (email) DO NOTHING;

-- name: SeedMembers :exec
-- Vendors that somebody runs have the clock's deeds told.
WITH added AS (
    INSERT INTO vendor_members (vendor_id, user_id, role)
    SELECT v.id, u.id, 'owner'
    FROM (SELECT unnest(@source_keys::text[]) AS source_key, unnest(@emails::text[]) AS email) AS pair
    JOIN vendors v ON v.source_key = pair.source_key
    JOIN users u ON u.email = pair.email AND u.role = 'vendor'
    ON CONFLICT DO NOTHING
    RETURNING vendor_id
)
UPDATE vendors
SET turns_at = now()
WHERE id IN (SELECT vendor_id FROM added);

-- name: SeedAddresses :exec
-- For customers who have no address at all.
INSERT INTO addresses (id, user_id, label, line1, city, lat, lng)
SELECT a.id, u.id, 'Home', a.line1, a.city, a.lat, a.lng
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@emails::text[]) AS email, unnest(@lines::text[]) AS line1,
             unnest(@cities::text[]) AS city, unnest(@lats::float8[]) AS lat, unnest(@lngs::float8[]) AS lng) AS a
JOIN users u ON u.email = a.email AND u.role = 'customer'
WHERE NOT EXISTS (SELECT FROM addresses WHERE user_id = u.id);

-- name: SeedCouriers :many
-- Gives those who are new.
INSERT INTO couriers (user_id, name, phone, vehicle, status)
SELECT u.id, u.first_name, u.phone, c.vehicle, 'approved'
FROM (SELECT unnest(@emails::text[]) AS email, unnest(@vehicles::text[]) AS vehicle) AS c
JOIN users u ON u.email = c.email AND u.role = 'courier'
ON CONFLICT (user_id) DO NOTHING
RETURNING user_id, vehicle;
