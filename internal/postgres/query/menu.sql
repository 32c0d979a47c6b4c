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
