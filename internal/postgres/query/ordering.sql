-- name: CartVendor :one
-- Everything of a vendor that a quote depends on, and the rules that may apply to one of a customer's: whether they do is for
-- domain/pricing to say. Promotions come with how often they were used, all that need no code (so many may be kept, no more) and the
-- coupon.
SELECT sqlc.embed(v), jsonb_build_object(
    'ordered', EXISTS (
        SELECT
        FROM orders o
        WHERE o.customer_id = @customer_id
          AND o.state NOT IN ('cancelled', 'rejected', 'expired', 'payment_failed')),
    'promotions', (
        SELECT jsonb_agg(to_jsonb(x) || jsonb_build_object('used_by_them', (
            SELECT count(*)
            FROM promotion_redemptions r
            WHERE r.customer_id = @customer_id
              AND r.promotion_id = x.id
              AND r.given_back_at IS NULL)) ORDER BY x.id)
        FROM (
            (SELECT p.*
             FROM promotions p
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
             LIMIT 250)
            UNION ALL
            SELECT c.*
            FROM promotions c
            WHERE c.code <> ''
              AND c.code = @coupon_code
              AND NOT c.paused) x),
    'tariffs', (
        SELECT jsonb_agg(to_jsonb(t) ORDER BY t.id)
        FROM delivery_tariffs t
        WHERE t.currency = v.currency
          AND lower(t.city) IN ('', lower(v.city))),
    'surges', (
        SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id)
        FROM surge_zones s
        WHERE s.currency = v.currency
          AND (s.ends_at IS NULL OR s.ends_at > now())
          AND lower(s.city) IN ('', lower(v.city))),
    'commissions', (
        SELECT jsonb_agg(to_jsonb(k) ORDER BY k.id)
        FROM commission_rules k
        WHERE (k.ends_at IS NULL OR k.ends_at > now())
          AND (k.vendor_id = v.id OR k.vendor_id IS NULL AND lower(k.city) IN ('', lower(v.city)))))::jsonb AS rules,
    (SELECT count(*) FROM orders o WHERE o.vendor_id = v.id AND o.state IN ('accepted', 'preparing'))::int AS cooked_now,
    kitchen.cooking, kitchen.margin, kitchen.usual, kitchen.load, kitchen.answer, kitchen.late
FROM vendors v
LEFT JOIN kitchens kitchen ON kitchen.vendor_id = v.id
WHERE v.id = @id;

-- name: HoldToOrder :one
-- Holds a vendor, and with it its menu, for an order of some dishes: with others that order, or, when a dish is counted, alone.
-- Nothing here is locked before it, and whoever changes a menu has locked it, too.
WITH counted AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM dishes WHERE id = ANY (@dish_ids::uuid[]) AND stock IS NOT NULL) AS any_is
), alone AS MATERIALIZED (
    SELECT v.id
    FROM vendors v
    WHERE v.id = @vendor_id
      AND (SELECT any_is FROM counted)
    FOR NO KEY UPDATE
), shared AS MATERIALIZED (
    SELECT v.id
    FROM vendors v
    WHERE v.id = @vendor_id
      AND NOT (SELECT any_is FROM counted)
    FOR SHARE
)
SELECT now()::timestamptz AS moment, EXISTS (SELECT FROM alone)::boolean AS alone, EXISTS (SELECT FROM shared)::boolean AS shared;

-- name: DishesByID :many
-- Each with when its category is served; also those that have left the menu, whose category may be gone, too.
SELECT sqlc.embed(d), coalesce(c.schedule, '{}')::jsonb AS schedule
FROM dishes d
LEFT JOIN categories c ON c.id = d.category_id
WHERE d.vendor_id = @vendor_id
  AND d.id = ANY (@ids::uuid[]);

-- name: AddressOf :one
-- With whom the courier may call: the customer, unless the address names somebody else.
SELECT sqlc.embed(a), u.first_name, u.phone
FROM addresses a
JOIN users u ON u.id = a.user_id
WHERE a.id = @id
  AND a.user_id = @user_id;

-- name: AddressesByID :many
SELECT sqlc.embed(a), u.first_name, u.phone
FROM addresses a
JOIN users u ON u.id = a.user_id
WHERE a.id = ANY (@ids::uuid[]);

-- name: DefaultAddress :one
SELECT id
FROM addresses
WHERE user_id = @user_id
  AND is_default;

-- name: CartOf :one
SELECT sqlc.embed(c)
FROM carts c
WHERE c.customer_id = @customer_id;

-- name: LockCart :one
SELECT sqlc.embed(c)
FROM carts c
WHERE c.customer_id = @customer_id
FOR UPDATE;

-- name: PutCart :one
INSERT INTO carts (id, customer_id, vendor_id, items, fulfilment, address_id, tip, quote_id, quote_total, quoted_at, shown_prices, told,
                   vendor_version, watch_at, coupon_code, ride_seconds)
VALUES (@id, @customer_id, @vendor_id, @items, @fulfilment, sqlc.narg(address_id), @tip, @quote_id, @quote_total, now(), @shown_prices, @told,
        @vendor_version, sqlc.narg(watch_at), @coupon_code, @ride_seconds)
ON CONFLICT (customer_id) DO UPDATE
SET vendor_id      = excluded.vendor_id,
    ride_seconds   = excluded.ride_seconds,
    items          = excluded.items,
    fulfilment     = excluded.fulfilment,
    address_id     = excluded.address_id,
    tip            = excluded.tip,
    quote_id       = excluded.quote_id,
    quote_total    = excluded.quote_total,
    quoted_at      = excluded.quoted_at,
    shown_prices   = excluded.shown_prices,
    told           = excluded.told,
    vendor_version = excluded.vendor_version,
    watch_at       = excluded.watch_at,
    coupon_code    = excluded.coupon_code,
    version        = carts.version + 1
RETURNING id, version, quoted_at;

-- name: RequoteCart :one
-- A cart that was looked at again has a new quote; it is the same cart otherwise.
UPDATE carts
SET quote_id = @quote_id, quote_total = @quote_total, quoted_at = now(), told = @told, vendor_version = @vendor_version,
    watch_at = sqlc.narg(watch_at), ride_seconds = @ride_seconds
WHERE customer_id = @customer_id
  AND version = @version
RETURNING quoted_at;

-- name: AskForCheck :exec
-- The caller holds the vendor's row, so nobody else writes this one meanwhile but a worker that settles it.
INSERT INTO cart_checks (vendor_id, version)
VALUES (@vendor_id, @version)
ON CONFLICT (vendor_id) DO UPDATE
SET version = excluded.version, due_at = excluded.due_at, again = true;

-- name: StaleCarts :many
-- Those whose time has come, and those that were compared with an older version of their vendor. A cart that is being
-- changed or ordered is left to the next look.
SELECT sqlc.embed(c)
FROM carts c
WHERE c.customer_id IN (
    (SELECT w.customer_id
     FROM carts w
     WHERE w.watch_at <= now()
     ORDER BY w.watch_at
     LIMIT @most)
    UNION
    (SELECT b.customer_id
     FROM (SELECT vendor_id, version FROM cart_checks WHERE due_at <= now() ORDER BY due_at LIMIT 100) k
     JOIN carts b ON b.vendor_id = k.vendor_id
     WHERE b.watch_at IS NOT NULL
       AND b.vendor_version < k.version
     LIMIT @most))
ORDER BY c.customer_id
LIMIT @most
FOR UPDATE SKIP LOCKED;

-- name: SaveWatches :exec
-- An array holds no NULL for us: the epoch is never a moment to watch at.
UPDATE carts c
SET told = n.told, events = n.events, vendor_version = n.vendor_version, watch_at = nullif(n.watch_at, to_timestamp(0))
FROM (SELECT unnest(@customer_ids::uuid[]) AS customer_id, unnest(@told::text[]) AS told, unnest(@events::int[]) AS events,
             unnest(@vendor_versions::int[]) AS vendor_version, unnest(@watch_at::timestamptz[]) AS watch_at) n
WHERE c.customer_id = n.customer_id;

-- name: SettleChecks :exec
-- Vendors all of whose carts were compared: looked at once more after a moment, then done. One that changes at this moment
-- has a new row version, which is not due by this statement's clock.
WITH settled AS (
    SELECT k.vendor_id, k.again
    FROM cart_checks k
    WHERE k.due_at <= now()
      AND NOT EXISTS (
          SELECT
          FROM carts c
          WHERE c.vendor_id = k.vendor_id
            AND c.watch_at IS NOT NULL
            AND c.vendor_version < k.version)
    ORDER BY k.due_at
    LIMIT 100
    FOR UPDATE SKIP LOCKED
), done AS (
    DELETE FROM cart_checks k
    USING settled
    WHERE k.vendor_id = settled.vendor_id
      AND NOT settled.again
)
UPDATE cart_checks k
SET again = false, due_at = now() + interval '2 seconds'
FROM settled
WHERE k.vendor_id = settled.vendor_id
  AND settled.again;

-- name: DishesLike :many
-- Some dishes, also of the past, and all that their categories offer now.
SELECT sqlc.embed(d), c.schedule
FROM dishes d
JOIN categories c ON c.id = d.category_id
WHERE d.vendor_id = @vendor_id
  AND (d.id = ANY (@ids::uuid[])
       OR d.deleted_at IS NULL AND d.category_id IN (SELECT g.category_id FROM dishes g WHERE g.id = ANY (@ids::uuid[])))
LIMIT 2000;

-- name: DeleteCart :exec
DELETE FROM carts
WHERE customer_id = @customer_id;

-- name: OrderStamp :one
-- What a new order needs from the server: the moment, by the clock that deadlines are kept by, and its number.
SELECT now()::timestamptz AS moment, nextval('order_numbers') AS number;

-- name: Moment :one
SELECT now()::timestamptz AS moment;

-- name: TakeStock :many
-- The caller holds the vendor alone. Conditional nevertheless: a dish with too few portions gives no row. Missed are portions that
-- an open cart of another customer had enough of until now.
UPDATE dishes d
SET stock = d.stock - w.quantity
FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@quantities::int[]) AS quantity) w
WHERE d.id = w.id
  AND d.stock >= w.quantity
  AND d.deleted_at IS NULL
RETURNING d.id, d.stock::int AS left, EXISTS (
    SELECT
    FROM carts c,
         LATERAL (SELECT sum((i ->> 'quantity')::int) AS portions FROM jsonb_array_elements(c.items) i WHERE i ->> 'dishId' = d.id::text) l
    WHERE c.vendor_id = d.vendor_id
      AND c.customer_id <> @customer_id
      AND c.watch_at IS NOT NULL
      AND l.portions > d.stock
      AND l.portions <= d.stock + w.quantity)::boolean AS missed;

-- name: PlacesTaken :many
-- Of some vendors, from a quarter on: those of 28 hours at least, which is a day of slots and what is cooked for them before.
SELECT vendor_id, starts_at, taken
FROM vendor_slots
WHERE vendor_id = ANY (@vendor_ids::uuid[])
  AND starts_at >= @since
ORDER BY starts_at
LIMIT 112 * cardinality(@vendor_ids::uuid[]);

-- name: TakePlace :execrows
-- Conditional, as TakeStock is: no row for whoever comes when the last place is gone.
INSERT INTO vendor_slots (vendor_id, starts_at, taken)
VALUES (@vendor_id, @starts_at, 1)
ON CONFLICT (vendor_id, starts_at) DO UPDATE
SET taken = vendor_slots.taken + 1
WHERE vendor_slots.taken < @capacity::int;

-- name: ReturnPlace :exec
-- A quarter that is long past is not there any more.
UPDATE vendor_slots
SET taken = taken - 1
WHERE vendor_id = @vendor_id
  AND starts_at = @starts_at
  AND taken > 0;

-- name: ForgetSlots :execrows
-- An hour past its begin nobody gives a place back that somebody could take.
DELETE FROM vendor_slots
WHERE ctid IN (
    SELECT ctid
    FROM vendor_slots
    WHERE starts_at < now() - interval '1 hour'
    LIMIT @most
    FOR UPDATE SKIP LOCKED);

-- name: Taken :one
-- What there is to be given back of an order that ends.
SELECT EXISTS (SELECT FROM order_items i JOIN dishes d ON d.id = i.dish_id WHERE i.order_id = @order_id AND d.stock IS NOT NULL)::boolean AS counted,
       EXISTS (SELECT FROM promotion_redemptions r WHERE r.order_id = @order_id AND r.given_back_at IS NULL)::boolean AS redeemed;

-- name: SetVendorVersion :exec
UPDATE vendors
SET version = @version
WHERE id = @id;

-- name: ReturnStock :many
-- Tells which dishes somebody had waited for: those that were sold out before, or of which there are now enough for some open
-- cart. The caller holds the vendor.
UPDATE dishes d
SET stock = d.stock + i.quantity
FROM (
    SELECT dish_id, sum(quantity)::int AS quantity
    FROM order_items
    WHERE order_id = @order_id
    GROUP BY dish_id
) i
WHERE d.id = i.dish_id
  AND d.stock IS NOT NULL
RETURNING d.id, (d.stock = i.quantity OR EXISTS (
    SELECT
    FROM carts c,
         LATERAL (SELECT sum((l ->> 'quantity')::int) AS portions FROM jsonb_array_elements(c.items) l WHERE l ->> 'dishId' = d.id::text) w
    WHERE c.vendor_id = d.vendor_id
      AND c.watch_at IS NOT NULL
      AND w.portions > d.stock - i.quantity
      AND w.portions <= d.stock))::boolean AS awaited;

-- name: InsertOrder :exec
INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, note,
                    delivery_pin, order_code, min_age, accept_seconds, placed_at, promised_at, deadline_at, deadline_verb, timers, prep_minutes, ready_by, slot_at,
                    tip, scheduled_for, release_at, accepted_at, policy, commission_bps, commission,
                    asked_at, estimated_at, estimated_placed, estimated_accepted, sla_at)
VALUES (@id, @number, @state, @version, @customer_id, @vendor_id, @city, @fulfilment, @currency, @total, sqlc.narg(address), @note,
        @delivery_pin, @order_code, @min_age, @accept_seconds, @placed_at, @promised_at, sqlc.narg(deadline_at), sqlc.narg(deadline_verb), @timers,
        sqlc.narg(prep_minutes), sqlc.narg(ready_by), sqlc.narg(slot_at), @tip, sqlc.narg(scheduled_for), sqlc.narg(release_at),
        sqlc.narg(accepted_at), @policy, @commission_bps, @commission,
        sqlc.narg(asked_at), sqlc.narg(estimated_at), sqlc.narg(estimated_placed), sqlc.narg(estimated_accepted),
        sqlc.narg(sla_at));

-- name: InsertOrderItems :exec
INSERT INTO order_items (order_id, position, dish_id, name, quantity, unit_price, options, note, packaging, tax_category, tax_bp)
SELECT @order_id::uuid, unnest(@positions::int[]), unnest(@dish_ids::uuid[]), unnest(@names::text[]), unnest(@quantities::int[]),
       unnest(@unit_prices::bigint[]), unnest(@options::text[])::jsonb, unnest(@notes::text[]), unnest(@packagings::bigint[]),
       unnest(@tax_categories::text[]), unnest(@tax_bps::int[]);

-- name: InsertQuoteLines :exec
INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer, tax)
SELECT @order_id::uuid, unnest(@positions::int[]), unnest(@kinds::text[]), unnest(@labels::text[]), unnest(@amounts::bigint[]),
       unnest(@bearers::text[]), nullif(unnest(@taxes::text[]), '')::jsonb;

-- name: InsertPayment :exec
INSERT INTO payments (id, order_id, method, provider, state, amount, currency)
VALUES (@id, @order_id, @method, @provider, @state, @amount, @currency);

-- name: InsertDelivery :exec
INSERT INTO deliveries (id, order_id, vendor_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, dispatch_at)
VALUES (@id, @order_id, @vendor_id, @pickup_lat, @pickup_lng, @dropoff_lat, @dropoff_lng, sqlc.narg(dispatch_at));

-- name: LockOrder :one
-- The vendor's standing is that of the moment when the statement came: what was decided before it counts.
-- How it is paid never changes. What the order is to an account is read with it: see OrderParties.
SELECT sqlc.embed(o), now()::timestamptz AS moment, (SELECT v.status FROM vendors v WHERE v.id = o.vendor_id)::text AS vendor_status,
       (SELECT v.timezone FROM vendors v WHERE v.id = o.vendor_id)::text AS timezone,
       coalesce((SELECT k.answer FROM kitchens k WHERE k.vendor_id = o.vendor_id), 0)::int AS answer,
       coalesce((SELECT k.late FROM kitchens k WHERE k.vendor_id = o.vendor_id), 0)::int AS late,
       coalesce((SELECT p.method FROM payments p WHERE p.order_id = o.id LIMIT 1), '')::text AS paid_by,
       EXISTS (SELECT 1 FROM vendor_members m WHERE m.vendor_id = o.vendor_id AND m.user_id = @user_id)::boolean AS member,
       EXISTS (SELECT 1 FROM deliveries d JOIN offers f ON f.delivery_id = d.id
               WHERE d.order_id = o.id AND f.courier_id = @user_id AND f.state IN ('open', 'accepted'))::boolean AS offered
FROM orders o
WHERE o.id = @id
FOR UPDATE;

-- name: LockDueOrder :one
-- LockOrder of an order that nobody else holds, for whoever does is changing it, and that is still due: by its timer, or else for its promises.
SELECT sqlc.embed(o), now()::timestamptz AS moment, (SELECT v.status FROM vendors v WHERE v.id = o.vendor_id)::text AS vendor_status,
       (SELECT v.timezone FROM vendors v WHERE v.id = o.vendor_id)::text AS timezone,
       coalesce((SELECT k.answer FROM kitchens k WHERE k.vendor_id = o.vendor_id), 0)::int AS answer,
       coalesce((SELECT k.late FROM kitchens k WHERE k.vendor_id = o.vendor_id), 0)::int AS late,
       coalesce((SELECT p.method FROM payments p WHERE p.order_id = o.id LIMIT 1), '')::text AS paid_by, false AS member, false AS offered
FROM orders o
WHERE o.id = @id
  AND CASE WHEN @timer::boolean THEN o.deadline_at ELSE o.sla_at END <= now()
FOR UPDATE SKIP LOCKED;

-- name: OrderNow :one
SELECT sqlc.embed(o), now()::timestamptz AS moment,
       coalesce((SELECT p.method FROM payments p WHERE p.order_id = o.id LIMIT 1), '')::text AS paid_by
FROM orders o
WHERE o.id = @id;

-- name: SaveOrder :exec
-- The old version is a guard: division_by_zero when somebody was faster, so that nobody has to count rows before the commit.
WITH saved AS (
    UPDATE orders
    SET state         = @state,
        version       = @version,
        promised_at   = @promised_at,
        prep_minutes  = sqlc.narg(prep_minutes),
        ready_by      = sqlc.narg(ready_by),
        slot_at       = sqlc.narg(slot_at),
        deadline_at   = sqlc.narg(deadline_at),
        deadline_verb = sqlc.narg(deadline_verb),
        timers        = @timers,
        total         = @total,
        revisions     = @revisions,
        accepted_at   = sqlc.narg(accepted_at),
        asked_at      = sqlc.narg(asked_at),
        ready_at      = sqlc.narg(ready_at),
        estimated_at  = sqlc.narg(estimated_at),
        estimated_placed   = sqlc.narg(estimated_placed),
        estimated_accepted = sqlc.narg(estimated_accepted),
        estimated_picked   = sqlc.narg(estimated_picked),
        ended_at      = sqlc.narg(ended_at),
        cancel_reason = sqlc.narg(cancel_reason),
        cancelled_by  = sqlc.narg(cancelled_by),
        cancel_fee    = sqlc.narg(cancel_fee),
        cancel_lost   = sqlc.narg(cancel_lost),
        cancel_liable = sqlc.narg(cancel_liable),
        cancel_restock = sqlc.narg(cancel_restock),
        cancel_strike = sqlc.narg(cancel_strike),
        delivery_pin  = @delivery_pin,
        order_code    = @order_code,
        code_tries    = @code_tries,
        sla_at        = sqlc.narg(sla_at),
        sla_risk      = @sla_risk,
        sla_promise   = @sla_promise,
        sla_told      = @sla_told
    WHERE id = @id
      AND version = @was_version
    RETURNING true
)
SELECT 1 / count(*) FROM saved;

-- name: SaveTries :exec
UPDATE orders
SET code_tries = @code_tries, version = @version
WHERE id = @id;

-- name: DueOrders :many
-- Of hundreds that are due some at random, so that not all instances try the same; of fewer they do, and who comes later finds them done or
-- held. The limits are written out: of a parameter the planner knows nothing, and would plan anew each time.
SELECT few.id
FROM (
    SELECT late.id, late.deadline_at
    FROM (
        SELECT o.id, o.deadline_at
        FROM orders o
        WHERE o.deadline_at <= now()
          AND o.id <> ALL (@passed_over::uuid[])
        ORDER BY o.deadline_at
        LIMIT 1000) late
    ORDER BY random()
    LIMIT 100) few
ORDER BY few.deadline_at;

-- name: FirstOrphan :one
-- Placed with a vendor that may not sell any more, or scheduled with it, and not taken by it. It begins with what waits: a vendor that may not
-- sell any more has sold before, and all that it sold would be read every second.
WITH waiting AS MATERIALIZED (SELECT id, vendor_id FROM orders WHERE state IN ('scheduled', 'placed'))
SELECT o.id
FROM waiting w
JOIN vendors v ON v.id = w.vendor_id
JOIN orders o ON o.id = w.id
WHERE o.state IN ('scheduled', 'placed')
  AND v.status <> 'approved'
ORDER BY o.id
LIMIT 1
FOR UPDATE OF o SKIP LOCKED;

-- name: OrderParties :one
-- Who an order belongs to, for deciding who may see it: its courier, and the couriers it was ever offered to.
SELECT o.customer_id, o.vendor_id, d.courier_id,
       EXISTS (SELECT 1 FROM vendor_members m WHERE m.vendor_id = o.vendor_id AND m.user_id = @user_id)::boolean AS member,
       EXISTS (SELECT 1 FROM offers f WHERE f.delivery_id = d.id AND f.courier_id = @user_id AND f.state IN ('open', 'accepted'))::boolean AS offered
FROM orders o
LEFT JOIN deliveries d ON d.order_id = o.id
WHERE o.id = @id;

-- name: ViewerName :one
-- What somebody who looks at an order is called; no row where there is none.
SELECT coalesce((SELECT u.first_name FROM users u WHERE u.id = @user_id), '')::text AS name
FROM orders o
WHERE o.id = @id;

-- name: OrderByID :one
SELECT sqlc.embed(o), v.name AS vendor_name, u.first_name AS customer_name,
       p.method AS payment_method, p.state AS payment_state, p.refunded, p.refunding,
       d.id AS delivery_id, d.state AS delivery_state, d.leave_at_door, d.courier_id, c.name AS courier_name,
       EXISTS (SELECT 1 FROM handover_photos h WHERE h.order_id = o.id)::boolean AS photographed
FROM orders o
JOIN vendors v ON v.id = o.vendor_id
JOIN users u ON u.id = o.customer_id
CROSS JOIN LATERAL (SELECT n.method, n.state, n.refunded, n.refunding FROM payments n WHERE n.order_id = o.id ORDER BY n.id DESC LIMIT 1) p -- the newest
LEFT JOIN deliveries d ON d.order_id = o.id
LEFT JOIN couriers c ON c.user_id = d.courier_id
WHERE o.id = @id;

-- name: OrderItems :many
SELECT position, dish_id, name, quantity, unit_price, options, note, packaging, tax_category, tax_bp
FROM order_items
WHERE order_id = @order_id
ORDER BY position;

-- name: OrderLines :many
SELECT position, kind, label, amount, bearer, tax
FROM quote_lines
WHERE order_id = @order_id
ORDER BY position;

-- name: ListOrders :many
-- Newest first. A NULL filter is none; IDs sort by time of birth, so the cursor is an ID. Each combination of filters has an index of
-- its own, so the plan is made for the values: see DB.Orders.
SELECT sqlc.embed(o), v.name AS vendor_name, u.first_name AS customer_name, d.courier_id, c.name AS courier_name
FROM orders o
JOIN vendors v ON v.id = o.vendor_id
JOIN users u ON u.id = o.customer_id
LEFT JOIN deliveries d ON d.order_id = o.id
LEFT JOIN couriers c ON c.user_id = d.courier_id
WHERE (sqlc.narg(customer_id)::uuid IS NULL OR o.customer_id = sqlc.narg(customer_id))
  AND (sqlc.narg(vendor_id)::uuid IS NULL OR o.vendor_id = sqlc.narg(vendor_id))
  AND (sqlc.narg(courier_id)::uuid IS NULL OR d.courier_id = sqlc.narg(courier_id))
  AND (cardinality(@states::text[]) = 0 OR o.state = ANY (@states::text[]))
  AND (sqlc.narg(number)::text IS NULL OR o.number = sqlc.narg(number))
  AND (sqlc.narg(since)::timestamptz IS NULL OR o.placed_at >= sqlc.narg(since))
  AND (sqlc.narg(born)::uuid IS NULL OR o.id >= sqlc.narg(born))
  AND (sqlc.narg(before)::uuid IS NULL OR o.id < sqlc.narg(before))
ORDER BY o.id DESC
LIMIT @most;

-- name: LiveOrders :many
-- In no order. Where there are too many, those are left out whose next promise leaves most, as order.Promised has it.
SELECT sqlc.embed(o), v.name AS vendor_name, u.first_name AS customer_name, d.courier_id, c.name AS courier_name
FROM (
    SELECT x.id
    FROM orders x
    WHERE x.state IN ('pending_payment', 'scheduled', 'placed', 'accepted', 'preparing', 'ready', 'picked_up', 'undeliverable')
    ORDER BY least(
        CASE
            WHEN x.state = 'placed' THEN x.deadline_at
            WHEN x.state IN ('accepted', 'preparing') THEN x.ready_by
        END,
        x.promised_at,
        CASE WHEN x.estimated_at > now() THEN now() + (x.promised_at - x.estimated_at) END)
    LIMIT @most) live
JOIN orders o ON o.id = live.id
JOIN vendors v ON v.id = o.vendor_id
JOIN users u ON u.id = o.customer_id
LEFT JOIN deliveries d ON d.order_id = o.id
LEFT JOIN couriers c ON c.user_id = d.courier_id;

-- name: CountLiveOrders :one
SELECT count(*)::int AS live
FROM orders
WHERE state IN ('pending_payment', 'scheduled', 'placed', 'accepted', 'preparing', 'ready', 'picked_up', 'undeliverable');

-- name: IsMember :one
SELECT EXISTS (SELECT 1 FROM vendor_members WHERE vendor_id = @vendor_id AND user_id = @user_id)::boolean AS member;

-- name: TakeBackStock :many
-- The portions of an order that is made after all. The caller holds the vendor.
UPDATE dishes d
SET stock = d.stock - i.quantity
FROM (
    SELECT dish_id, sum(quantity)::int AS quantity
    FROM order_items
    WHERE order_id = @order_id
    GROUP BY dish_id
) i
WHERE d.id = i.dish_id
  AND d.stock >= i.quantity
  AND d.deleted_at IS NULL
RETURNING d.id, (d.stock = 0)::boolean AS sold_out;

-- name: CountedDishes :one
-- How many of an order's dishes are counted, or gone.
SELECT count(*)::int AS dishes
FROM dishes d
WHERE d.id IN (SELECT l.dish_id FROM order_items l WHERE l.order_id = @order_id)
  AND (d.stock IS NOT NULL OR d.deleted_at IS NOT NULL);

-- name: ExpiredLately :one
-- A statement of its own, after the vendor is held: one that waited for it would not see what was done meanwhile.
-- The one that is expiring counts as the others do; none does that came before the vendor was last paused for it.
SELECT count(*)::int AS expired
FROM (
    SELECT e.release_at, e.placed_at FROM orders e WHERE e.vendor_id = @vendor_id AND e.state = 'expired' AND e.ended_at > @since
    UNION ALL
    SELECT x.release_at, x.placed_at FROM orders x WHERE x.id = @expiring
) o
WHERE coalesce(o.release_at, o.placed_at) > coalesce((SELECT v.protected_at FROM vendors v WHERE v.id = @vendor_id), '-infinity');

-- name: ProtectVendor :exec
-- The caller holds the row's lock.
UPDATE vendors
SET protected_at = now(), paused_until = @paused_until, pause_reason = @pause_reason, turns_at = now(), version = @version
WHERE id = @id;

-- name: InsertNote :one
INSERT INTO order_notes (id, order_id, by_id, text)
VALUES (@id, @order_id, @by_id, @text)
RETURNING at, (SELECT u.first_name FROM users u WHERE u.id = by_id)::text AS name;

-- name: NotesOf :many
SELECT sqlc.embed(n), u.first_name
FROM order_notes n
JOIN users u ON u.id = n.by_id
WHERE n.order_id = @order_id
ORDER BY n.id
LIMIT @most;

-- name: CountNotes :one
SELECT count(*)::int AS notes
FROM order_notes
WHERE order_id = @order_id;

-- name: InsertRevision :exec
INSERT INTO order_revisions (order_id, number, items, lines, total, applied)
VALUES (@order_id, @number, @items, @lines, @total, @applied);

-- name: LastRevision :one
SELECT *
FROM order_revisions
WHERE order_id = @order_id
ORDER BY number DESC
LIMIT 1;

-- name: SettleRevision :exec
UPDATE order_revisions
SET state = @state, settled_at = now()
WHERE order_id = @order_id
  AND state = 'proposed';

-- name: KeepItems :exec
-- Leaves of an order's lines what a revision says.
WITH kept AS (
    SELECT unnest(@positions::int[]) AS position, unnest(@quantities::int[]) AS quantity
), gone AS (
    DELETE FROM order_items i
    WHERE i.order_id = @order_id
      AND i.position <> ALL (@positions::int[])
)
UPDATE order_items i
SET quantity = kept.quantity
FROM kept
WHERE i.order_id = @order_id
  AND i.position = kept.position;

-- name: DropQuoteLines :exec
DELETE FROM quote_lines
WHERE order_id = @order_id;

-- name: Reprice :exec
-- What is left to pay in cash, and the commission at the rate that the order was made with.
WITH unpaid AS (
    UPDATE payments p
    SET amount = @amount, updated_at = now()
    WHERE p.order_id = @order_id
      AND p.method = 'cod'
      AND p.state = 'created'
)
UPDATE orders o
SET commission = (o.commission_bps * (@base)::bigint + 5000) / 10000
WHERE o.id = @order_id;
