-- name: MakeCourier :execrows
INSERT INTO couriers (user_id, name, phone, vehicle, city, capacity)
VALUES (@user_id, @name, @phone, @vehicle, @city, @capacity)
ON CONFLICT (user_id) DO NOTHING;

-- name: CourierByID :one
SELECT *
FROM couriers
WHERE user_id = @user_id;

-- name: LockCourier :one
-- Offers to them may be written meanwhile.
SELECT *
FROM couriers
WHERE user_id = @user_id
FOR NO KEY UPDATE;

-- name: SaveCourier :exec
UPDATE couriers
SET name = @name, phone = @phone, vehicle = @vehicle, status = @status, status_reason = @status_reason, online = @online,
    city = @city, zone_ring = @zone_ring, capacity = @capacity, capacity_most = sqlc.narg(capacity_most), version = @version
WHERE user_id = @user_id;

-- name: CourierStanding :one
-- What has to be known of a courier whose position comes, and the time. Followed: also who was suspended, as long as they carry something.
SELECT c.status, c.city, c.located_at, clock_timestamp()::timestamptz AS moment,
       (c.status = 'approved' OR EXISTS (
           SELECT FROM deliveries d
           WHERE d.courier_id = c.user_id
             AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')))::boolean AS followed
FROM couriers c
WHERE c.user_id = @user_id;

-- name: KeepPlaces :many
-- The last position of each. A courier whose row somebody holds is left for the next time, so that nobody waits here and no two of
-- these wait for each other. Who is not taken: those, those who were seen later, and those who are not approved and carry nothing.
WITH held AS (
    SELECT c.user_id, n.lat, n.lng, n.at
    FROM (SELECT unnest(@ids::uuid[]) AS id, unnest(@lats::float8[]) AS lat, unnest(@lngs::float8[]) AS lng, unnest(@at::timestamptz[]) AS at) n
    JOIN couriers c ON c.user_id = n.id
    WHERE (c.status = 'approved' OR EXISTS (
              SELECT FROM deliveries d
              WHERE d.courier_id = c.user_id
                AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')))
      AND (c.located_at IS NULL OR c.located_at < n.at)
    FOR UPDATE OF c SKIP LOCKED
)
UPDATE couriers c
SET lat = held.lat, lng = held.lng, located_at = held.at
FROM held
WHERE c.user_id = held.user_id
RETURNING c.user_id;

-- name: DeliveryByID :one
SELECT *
FROM deliveries
WHERE id = @id;

-- name: DeliveryOfOrder :one
-- The caller holds the order's lock, which guards its delivery too, but not what else its courier has to do.
SELECT sqlc.embed(d), coalesce((SELECT jsonb_agg(j) FROM courier_jobs j WHERE j.courier_id = d.courier_id), '[]')::jsonb AS jobs,
       c.vehicle, c.lat, c.lng, c.located_at
FROM deliveries d
LEFT JOIN couriers c ON c.user_id = d.courier_id
WHERE d.order_id = @order_id;

-- name: CourierPlace :one
SELECT vehicle, lat, lng, located_at
FROM couriers
WHERE user_id = @user_id;

-- name: SaveDelivery :exec
-- The old state is a guard: division_by_zero when somebody was faster.
WITH saved AS (
    UPDATE deliveries
    SET state = @state, courier_id = sqlc.narg(courier_id), dispatch_at = sqlc.narg(dispatch_at), arrived_at = sqlc.narg(arrived_at),
        contacts = @contacts, slot = @slot, leave_at_door = @leave_at_door, trip_id = sqlc.narg(trip_id), place = @place,
        unclaimed_at = sqlc.narg(unclaimed_at), lost_at = sqlc.narg(lost_at), acted_at = sqlc.narg(acted_at),
        contacted_at = sqlc.narg(contacted_at), updated_at = now()
    WHERE id = @id
      AND state = @was
    RETURNING true
)
SELECT 1 / count(*) FROM saved;

-- name: StrandDelivery :exec
-- It is fetched where it is now.
UPDATE deliveries
SET pickup_lat = @lat, pickup_lng = @lng, stranded_by = @stranded_by
WHERE id = @id;

-- name: UnstrandDelivery :exec
-- Its food is with a courier again: where it came from is where it goes back to.
UPDATE deliveries d
SET pickup_lat = v.lat, pickup_lng = v.lng, stranded_by = NULL
FROM vendors v
WHERE v.id = d.vendor_id
  AND d.id = @id;

-- name: InsertOffer :execrows
-- No row: the courier has another trip to answer. Of two trips that are offered at once the first place lets only one be.
INSERT INTO offers (id, delivery_id, order_id, courier_id, state, meters, expires_at, trip_id, place)
SELECT @id, @delivery_id, @order_id, @courier_id, @state, @meters, @expires_at, @trip_id, @place
WHERE @state <> 'open'
   OR NOT EXISTS (SELECT FROM offers f WHERE f.courier_id = @courier_id AND f.state = 'open' AND f.trip_id <> @trip_id);

-- name: OfferByID :one
-- Barred: the account of its courier has been suspended since. Gone: its courier is offline.
SELECT sqlc.embed(f), (f.expires_at <= now())::boolean AS late, (u.status <> 'active')::boolean AS barred,
       EXISTS (SELECT FROM couriers c WHERE c.user_id = f.courier_id AND NOT c.online) AS gone
FROM offers f
JOIN users u ON u.id = f.courier_id
WHERE f.id = @id;

-- name: CloseOffer :execrows
-- Conditional: of two who answer at once, one wins.
UPDATE offers
SET state = @state, reason = @reason
WHERE id = @id
  AND state = 'open';

-- name: WithdrawOffers :many
UPDATE offers
SET state = @state, reason = @reason
WHERE delivery_id = @delivery_id
  AND state = 'open'
RETURNING courier_id;

-- name: LateOffers :many
-- Also those of couriers who may not take offers any more, or are offline.
SELECT f.id, (f.expires_at <= now())::boolean AS late
FROM offers f
WHERE f.state = 'open'
  AND (f.expires_at <= now()
       OR NOT EXISTS (SELECT 1 FROM couriers c JOIN users u ON u.id = c.user_id
                      WHERE c.user_id = f.courier_id AND c.status = 'approved' AND c.online AND u.status = 'active'))
ORDER BY f.expires_at
LIMIT @most;

-- name: OffersOf :many
SELECT sqlc.embed(f), sqlc.embed(d), o.number, o.state AS order_state, o.version AS order_version, o.ready_by,
       v.name AS vendor_name, v.address AS vendor_address, coalesce(s.name, '')::text AS stranded_name
FROM offers f
JOIN deliveries d ON d.id = f.delivery_id
LEFT JOIN couriers s ON s.user_id = d.stranded_by
JOIN orders o ON o.id = f.order_id
JOIN vendors v ON v.id = d.vendor_id
WHERE f.courier_id = @courier_id
  AND f.state = 'open'
  AND f.expires_at > now()
ORDER BY f.offered_at, f.place;

-- name: DeliveriesOf :many
SELECT sqlc.embed(d), sqlc.embed(o), p.method AS payment_method, v.name AS vendor_name, v.address AS vendor_address, u.first_name AS customer_name,
       coalesce(s.name, '')::text AS stranded_name, coalesce(s.phone, '')::text AS stranded_phone
FROM deliveries d
LEFT JOIN couriers s ON s.user_id = d.stranded_by AND d.state IN ('assigned', 'at_store')
JOIN orders o ON o.id = d.order_id
CROSS JOIN LATERAL (SELECT n.method FROM payments n WHERE n.order_id = o.id ORDER BY n.id DESC LIMIT 1) p -- the newest
JOIN vendors v ON v.id = d.vendor_id
JOIN users u ON u.id = o.customer_id
WHERE d.courier_id = @courier_id
  AND (NOT @active::boolean OR d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning'))
  AND (sqlc.narg(before)::uuid IS NULL OR d.id < sqlc.narg(before))
  AND (sqlc.narg(exactly)::uuid IS NULL OR d.id = sqlc.narg(exactly))
ORDER BY d.id DESC
LIMIT @most;
