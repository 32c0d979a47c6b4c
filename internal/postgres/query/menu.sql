-- name: Categories :many
SELECT *
FROM categories
WHERE vendor_id = @vendor_id
ORDER BY position, id;

-- name: Dishes :many
SELECT *
FROM dishes
WHERE vendor_id = @vendor_id AND deleted_at IS NULL
ORDER BY position, id;

-- name: DishesOfCategory :many
SELECT *
FROM dishes
WHERE category_id = @category_id AND deleted_at IS NULL
ORDER BY position, id;

-- name: Dish :one
-- With when its category is served.
SELECT sqlc.embed(d), c.schedule
FROM dishes d
JOIN categories c ON c.id = d.category_id
WHERE d.id = @id AND d.deleted_at IS NULL;

-- name: VendorOfCategory :one
SELECT vendor_id
FROM categories
WHERE id = @id;

-- name: VendorOfDish :one
SELECT vendor_id
FROM dishes
WHERE id = @id AND deleted_at IS NULL;

-- name: CountCategories :one
SELECT count(*)::int AS categories, coalesce(max(position) + 1, 0)::int AS next_position
FROM categories
WHERE vendor_id = @vendor_id;

-- name: InsertCategory :exec
INSERT INTO categories (id, vendor_id, name, position, schedule, translations)
VALUES (@id, @vendor_id, @name, @position, @schedule, @translations);

-- name: Category :one
SELECT *
FROM categories
WHERE id = @id;

-- name: UpdateCategory :exec
UPDATE categories
SET name = @name, position = @position, schedule = @schedule, translations = @translations
WHERE id = @id;

-- name: DeleteEmptyCategory :execrows
DELETE FROM categories
WHERE categories.id = @id
  AND NOT EXISTS (SELECT FROM dishes WHERE category_id = @id AND deleted_at IS NULL);

-- name: CountDishes :one
SELECT count(*)::int AS dishes, coalesce(max(position) FILTER (WHERE category_id = @category_id::uuid) + 1, 0)::int AS next_position
FROM dishes
WHERE vendor_id = @vendor_id AND deleted_at IS NULL;

-- name: InsertDish :exec
INSERT INTO dishes (id, vendor_id, category_id, name, description, price, packaging, tax_category, diet, allergens, spice, tags,
                    min_age, stock, position, option_groups, translations)
VALUES (@id, @vendor_id, @category_id, @name, @description, @price, @packaging, @tax_category, @diet, @allergens, @spice, @tags,
        @min_age, sqlc.narg(stock), @position, @option_groups, @translations);

-- name: UpdateDish :exec
-- Not the stock, which orders count down without the vendor's lock.
UPDATE dishes
SET category_id = @category_id, name = @name, description = @description, price = @price, packaging = @packaging,
    tax_category = @tax_category, diet = @diet, allergens = @allergens, spice = @spice, tags = @tags, min_age = @min_age,
    position = @position, option_groups = @option_groups, translations = @translations, version = version + 1
WHERE id = @id;

-- name: SetAvailability :exec
-- A dish that comes back with none left is no longer counted: somebody who saw it in the kitchen knows better.
UPDATE dishes
SET available = @available, unavailable_until = sqlc.narg(unavailable_until),
    stock = CASE WHEN @available AND stock = 0 THEN NULL ELSE stock END, version = version + 1
WHERE id = @id;

-- name: SetStock :exec
-- What somebody has counted takes the place of what orders have counted down.
UPDATE dishes
SET stock = sqlc.narg(stock), version = version + 1
WHERE id = @id;

-- name: DeleteDish :exec
WITH released AS (
    UPDATE pictures AS p
    SET idle_since = clock_timestamp()
    FROM dishes AS d
    WHERE d.id = @id AND p.key = d.picture
)
UPDATE dishes
SET deleted_at = now(), picture = NULL, version = version + 1
WHERE dishes.id = @id;

-- name: LockDishes :many
-- In the order of their IDs, for a change of the whole menu. Until it ends, no order takes of their stock.
SELECT *
FROM dishes
WHERE vendor_id = @vendor_id AND deleted_at IS NULL
ORDER BY id
FOR NO KEY UPDATE;

-- name: LockRemovedDishes :many
-- Those of a vendor's that were taken off its menu.
SELECT *
FROM dishes
WHERE id = ANY(@ids::uuid[]) AND vendor_id = @vendor_id AND deleted_at IS NOT NULL
ORDER BY id
FOR NO KEY UPDATE;

-- name: ParkCategories :exec
-- Gives them names that none has: those that take each other's are not in the way of each other, nor those that go.
UPDATE categories
SET name = id::text
WHERE id = ANY(@ids::uuid[]);

-- name: PutCategories :exec
INSERT INTO categories (id, vendor_id, name, position, schedule, translations)
SELECT r.id, @vendor_id, r.name, r.position, r.schedule, r.translations
FROM jsonb_to_recordset(@categories::jsonb) AS r(id uuid, name text, position int, schedule jsonb, translations jsonb)
ON CONFLICT (id) DO UPDATE
SET name = EXCLUDED.name, position = EXCLUDED.position, schedule = EXCLUDED.schedule, translations = EXCLUDED.translations;

-- name: PutDishes :exec
-- New ones and old ones, also those that were taken off. The caller has locked the old ones before it read their stock.
INSERT INTO dishes (id, vendor_id, category_id, name, description, price, packaging, tax_category, diet, allergens, spice, tags,
                    min_age, available, unavailable_until, stock, position, picture, option_groups, translations)
SELECT r.id, @vendor_id, r.category_id, r.name, r.description, r.price, r.packaging, r.tax_category, r.diet, r.allergens, r.spice,
       r.tags, r.min_age, r.available, r.unavailable_until, r.stock, r.position, r.picture, r.option_groups, r.translations
FROM jsonb_to_recordset(@dishes::jsonb) AS r(
    id uuid, category_id uuid, name text, description text, price bigint, packaging bigint, tax_category text, diet text,
    allergens text[], spice int, tags text[], min_age int, available boolean, unavailable_until timestamptz, stock int,
    position int, picture text, option_groups jsonb, translations jsonb)
ON CONFLICT (id) DO UPDATE
SET category_id = EXCLUDED.category_id, name = EXCLUDED.name, description = EXCLUDED.description, price = EXCLUDED.price,
    packaging = EXCLUDED.packaging, tax_category = EXCLUDED.tax_category, diet = EXCLUDED.diet, allergens = EXCLUDED.allergens,
    spice = EXCLUDED.spice, tags = EXCLUDED.tags, min_age = EXCLUDED.min_age, available = EXCLUDED.available,
    unavailable_until = EXCLUDED.unavailable_until, stock = EXCLUDED.stock, position = EXCLUDED.position,
    picture = EXCLUDED.picture, option_groups = EXCLUDED.option_groups, translations = EXCLUDED.translations,
    deleted_at = NULL, version = dishes.version + 1;

-- name: DeleteDishes :exec
UPDATE dishes
SET deleted_at = now(), picture = NULL, version = version + 1
WHERE id = ANY(@ids::uuid[]);

-- name: DeleteCategories :exec
DELETE FROM categories
WHERE id = ANY(@ids::uuid[]);

-- name: KeepMenu :exec
INSERT INTO menu_versions (vendor_id, version, cause, categories, dishes, pictures, document)
VALUES (@vendor_id, @version, @cause, @categories, @dishes, @pictures, @document);

-- name: DropOldMenus :many
-- All but the newest; gives the pictures that they have kept.
DELETE FROM menu_versions m
WHERE m.vendor_id = @vendor_id
  AND m.version <= (SELECT v.version FROM menu_versions v WHERE v.vendor_id = @vendor_id ORDER BY v.version DESC OFFSET @kept::int LIMIT 1)
RETURNING m.pictures;

-- name: MenuKeptSince :one
SELECT EXISTS (
    SELECT FROM menu_versions
    WHERE vendor_id = @vendor_id AND kept_at > now() - make_interval(secs => @seconds::float8)
);

-- name: KeptMenus :many
SELECT version, kept_at, cause, categories, dishes
FROM menu_versions
WHERE vendor_id = @vendor_id
ORDER BY version DESC
LIMIT 100;

-- name: KeptMenu :one
SELECT document
FROM menu_versions
WHERE vendor_id = @vendor_id AND version = @version;

-- name: LockVendors :exec
SELECT id
FROM vendors
WHERE id = ANY(@ids::uuid[])
ORDER BY id
FOR NO KEY UPDATE;
