-- name: Redeem :many
-- Each of some promotions once more, and written down, unless it has been used as often as it may be. Whoever waits for a
-- promotion here has its newest count; a customer's own count cannot change meanwhile, for they hold their cart.
WITH held AS MATERIALIZED (
    SELECT p.id
    FROM promotions p
    WHERE p.id = ANY (@ids::uuid[])
    ORDER BY p.id
    FOR NO KEY UPDATE
), taken AS (
    UPDATE promotions p
    SET used = p.used + 1
    FROM held h
    WHERE p.id = h.id
      AND NOT p.paused
      AND (p.use_limit = 0 OR p.used < p.use_limit)
      AND (p.per_customer = 0 OR p.per_customer > (
          SELECT count(*)
          FROM promotion_redemptions r
          WHERE r.customer_id = @customer_id
            AND r.promotion_id = p.id
            AND r.given_back_at IS NULL))
    RETURNING p.id
)
INSERT INTO promotion_redemptions (promotion_id, order_id, customer_id, vendor_amount, platform_amount)
SELECT t.id, @order_id::uuid, @customer_id, w.vendor_amount, w.platform_amount
FROM taken t
JOIN (SELECT unnest(@ids::uuid[]) AS id, unnest(@vendor_amounts::bigint[]) AS vendor_amount,
             unnest(@platform_amounts::bigint[]) AS platform_amount) w ON w.id = t.id
RETURNING promotion_id;

-- name: GiveBackRedemptions :exec
-- Once, however often it is asked for.
WITH back AS (
    UPDATE promotion_redemptions
    SET given_back_at = now()
    WHERE order_id = @order_id
      AND given_back_at IS NULL
    RETURNING promotion_id
), held AS MATERIALIZED (
    SELECT p.id
    FROM promotions p
    WHERE p.id IN (SELECT promotion_id FROM back)
    ORDER BY p.id
    FOR NO KEY UPDATE
)
UPDATE promotions p
SET used = p.used - 1
FROM held h
WHERE p.id = h.id;

-- name: RedemptionsOf :many
-- What an order has used and not given back, in the order in which promotions are taken.
SELECT sqlc.embed(p), r.vendor_amount, r.platform_amount
FROM promotion_redemptions r
JOIN promotions p ON p.id = r.promotion_id
WHERE r.order_id = @order_id
  AND r.given_back_at IS NULL
ORDER BY p.code <> '', p.benefit = 'free_delivery', p.id;

-- name: ReviseRedemptions :exec
-- What an order's promotions take off what is left of it. One that takes nothing off any more was not used.
WITH w AS (
    SELECT unnest(@ids::uuid[]) AS id, unnest(@vendor_amounts::bigint[]) AS vendor_amount, unnest(@platform_amounts::bigint[]) AS platform_amount
), revised AS (
    UPDATE promotion_redemptions r
    SET vendor_amount = w.vendor_amount, platform_amount = w.platform_amount
    FROM w
    WHERE r.order_id = @order_id
      AND r.promotion_id = w.id
      AND r.given_back_at IS NULL
), unused AS (
    DELETE FROM promotion_redemptions r
    WHERE r.order_id = @order_id
      AND r.given_back_at IS NULL
      AND r.promotion_id <> ALL (@ids::uuid[])
    RETURNING r.promotion_id
), held AS MATERIALIZED (
    SELECT p.id
    FROM promotions p
    WHERE p.id IN (SELECT promotion_id FROM unused)
    ORDER BY p.id
    FOR NO KEY UPDATE
)
UPDATE promotions p
SET used = p.used - 1
FROM held h
WHERE p.id = h.id;

-- name: RetakeRedemptions :exec
WITH held AS MATERIALIZED (
    SELECT p.id
    FROM promotions p
    WHERE p.id IN (SELECT r.promotion_id FROM promotion_redemptions r WHERE r.order_id = @order_id AND r.given_back_at IS NOT NULL)
    ORDER BY p.id
    FOR NO KEY UPDATE
), taken AS (
    UPDATE promotions p
    SET used = p.used + 1
    FROM held h
    WHERE p.id = h.id
      AND (p.use_limit = 0 OR p.used < p.use_limit)
    RETURNING p.id
)
UPDATE promotion_redemptions r
SET given_back_at = NULL
FROM taken t
WHERE r.order_id = @order_id
  AND r.promotion_id = t.id;

-- name: Tariffs :one
SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.id), '[]')::jsonb AS tariffs
FROM delivery_tariffs t
WHERE t.currency = ANY (@currencies::text[]);
