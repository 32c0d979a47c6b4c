-- Promotions as their makers run them. What uses them up is in pricing.sql.

-- name: InsertPromotion :exec
INSERT INTO promotions (id, code, vendor_id, label, benefit, share, amount, currency, min_order, cap, first_order, per_customer, use_limit,
                        starts_at, ends_at, windows, vendors, cities, cuisines, vendor_share, alone)
VALUES (@id, @code, sqlc.narg(vendor_id), @label, @benefit, @share, @amount, @currency, @min_order, @cap, @first_order, @per_customer,
        @use_limit, sqlc.narg(starts_at), sqlc.narg(ends_at), @windows, @vendors::uuid[], @cities::text[], @cuisines::text[], @vendor_share, @alone);

-- name: UpdatePromotion :execrows
-- The old version is a guard.
UPDATE promotions
SET code         = @code,
    label        = @label,
    benefit      = @benefit,
    share        = @share,
    amount       = @amount,
    currency     = @currency,
    min_order    = @min_order,
    cap          = @cap,
    first_order  = @first_order,
    per_customer = @per_customer,
    use_limit    = @use_limit,
    starts_at    = sqlc.narg(starts_at),
    ends_at      = sqlc.narg(ends_at),
    windows      = @windows,
    vendors      = @vendors::uuid[],
    cities       = @cities::text[],
    cuisines     = @cuisines::text[],
    vendor_share = @vendor_share,
    alone        = @alone,
    paused       = @paused,
    held         = @held,
    version      = version + 1
WHERE id = @id
  AND version = @version;

-- name: LockPromotion :one
-- Against other changes, and against orders that would use it.
SELECT to_jsonb(p)::jsonb AS promotion, now()::timestamptz AS moment
FROM promotions p
WHERE p.id = @id
FOR NO KEY UPDATE;

-- name: PromotionRedeemed :one
-- Whether any order has used it, also one that gave it back.
SELECT EXISTS (SELECT FROM promotion_redemptions WHERE promotion_id = @id);

-- name: PromotionByID :one
SELECT to_jsonb(p)::jsonb AS promotion, now()::timestamptz AS moment
FROM promotions p
WHERE p.id = @id;

-- name: PromotionsByIDs :many
SELECT to_jsonb(p)::jsonb AS promotion, now()::timestamptz AS moment
FROM promotions p
WHERE p.id = ANY (@ids::uuid[])
ORDER BY p.id DESC;

-- name: PromotionSpending :many
-- What orders that have not given it back were spared, and by whom.
SELECT o.currency, sum(r.vendor_amount)::bigint AS vendor_amount, sum(r.platform_amount)::bigint AS platform_amount
FROM promotion_redemptions r
JOIN orders o ON o.id = r.order_id
WHERE r.promotion_id = @id
  AND r.given_back_at IS NULL
GROUP BY o.currency
ORDER BY o.currency;

-- name: CountPromotions :one
-- A vendor's own that have not ended, or those of the marketplace that need no code, for NULL.
SELECT count(*)
FROM promotions p
WHERE p.vendor_id IS NOT DISTINCT FROM sqlc.narg(vendor_id)
  AND (p.vendor_id IS NOT NULL OR p.code = '')
  AND (p.ends_at IS NULL OR p.ends_at > now());

-- name: VendorOffers :many
-- What needs no code and may apply to an order with a vendor now, its own first, as CartVendor finds it.
SELECT to_jsonb(p)::jsonb AS promotion
FROM promotions p
JOIN vendors v ON v.id = @vendor_id
WHERE p.code = ''
  AND NOT p.paused
  AND (p.vendor_id IS NULL OR p.vendor_id = v.id)
  AND p.currency IN ('', v.currency)
  AND (p.starts_at IS NULL OR p.starts_at <= now())
  AND (p.ends_at IS NULL OR p.ends_at > now())
  AND (p.use_limit = 0 OR p.used < p.use_limit)
  AND (p.vendors = '{}' OR v.id = ANY (p.vendors))
  AND (p.cities = '{}' OR lower(v.city) = ANY (lower(p.cities::text)::text[]))
  AND (p.cuisines = '{}' OR lower(v.cuisines::text)::text[] && lower(p.cuisines::text)::text[])
ORDER BY p.vendor_id IS NULL, p.id
LIMIT 250;

-- name: UnknownScope :many
-- The first entry of some lists that no vendor is, is in, or cooks, whatever its standing.
SELECT 'vendors'::text AS list, i::int AS place
FROM generate_subscripts(@vendors::uuid[], 1) AS i
WHERE NOT EXISTS (SELECT FROM vendors v WHERE v.id = (@vendors::uuid[])[i])
UNION ALL
SELECT 'cities', i
FROM generate_subscripts(@cities::text[], 1) AS i
WHERE lower((@cities::text[])[i]) NOT IN (SELECT lower(v.city) FROM vendors v)
UNION ALL
SELECT 'cuisines', i
FROM generate_subscripts(@cuisines::text[], 1) AS i
WHERE lower((@cuisines::text[])[i]) NOT IN (SELECT lower(c) FROM vendors v, unnest(v.cuisines) AS c)
LIMIT 1;
