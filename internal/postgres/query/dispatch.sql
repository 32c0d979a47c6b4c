-- name: DueCities :many
-- Where something waits for a courier, and the last round is some time ago or something has changed since; longest ago first, with when
-- that was, which names the round that is to follow it.
SELECT w.city::text AS city, (c.city IS NULL)::boolean AS fresh, coalesce(c.round_at, to_timestamp(0))::timestamptz AS round_at
FROM (
    SELECT lower(o.city) AS city, max(greatest(d.dispatch_at, d.updated_at)) AS changed_at
    FROM deliveries d
    JOIN orders o ON o.id = d.order_id
    WHERE d.state = 'unassigned'
      AND d.dispatch_at <= now()
    GROUP BY 1) w
LEFT JOIN dispatch_cities c ON c.city = w.city
WHERE c.city IS NULL
   OR c.round_at <= now() - make_interval(secs => @every_seconds::float8)
   OR w.changed_at > c.round_at AND c.round_at <= now() - make_interval(secs => @least_seconds::float8)
ORDER BY c.round_at NULLS FIRST, w.city
LIMIT @most;

-- name: AddCity :exec
INSERT INTO dispatch_cities (city)
VALUES (@city)
ON CONFLICT (city) DO NOTHING;

-- name: HoldCity :one
-- No row: somebody else makes the round, or has made it.
SELECT now()::timestamptz AS moment
FROM dispatch_cities
WHERE city = @city
  AND round_at = @round_at
FOR UPDATE SKIP LOCKED;

-- name: LimitIdle :exec
-- Whoever holds a city and does not go on loses it.
SELECT set_config('idle_in_transaction_session_timeout', @milliseconds::text, true);

-- name: EndRound :exec
UPDATE dispatch_cities
SET round_at = @round_at, orders = @orders, couriers = @couriers, trips = @trips
WHERE city = @city;

-- name: WaitingDeliveries :many
-- What waits in a city, what is ready first before the rest; with the couriers who said no in the last ten minutes, and those from whom it was
-- taken away within the hour: it has been looked for since somebody lost it last.
SELECT d.id, d.order_id, d.vendor_id, d.pickup_lat, d.pickup_lng, d.dropoff_lat, d.dropoff_lng, o.currency, o.state AS order_state,
       o.placed_at, o.promised_at, o.ready_by, o.ready_at, coalesce(k.late, 0)::int AS late, v.timezone,
       CASE WHEN EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.method = 'cod' AND p.state = 'created') THEN o.total ELSE 0 END::bigint AS cash,
       (SELECT count(*) FROM offers f WHERE f.delivery_id = d.id)::int AS offered,
       ARRAY(SELECT f.courier_id FROM offers f
             WHERE f.delivery_id = d.id
               AND (f.state IN ('declined', 'expired') AND f.offered_at > now() - interval '10 minutes'
                    OR f.state = 'taken_away' AND greatest(f.offered_at, d.dispatch_at) > now() - interval '1 hour'))::uuid[] AS refused
FROM deliveries d
JOIN orders o ON o.id = d.order_id
JOIN vendors v ON v.id = d.vendor_id
LEFT JOIN kitchens k ON k.vendor_id = d.vendor_id
WHERE d.state = 'unassigned'
  AND d.dispatch_at <= now()
  AND lower(o.city) = @city::text
ORDER BY o.ready_by NULLS FIRST, d.id
LIMIT @most;

-- name: LatelyOrdered :many
-- What was ordered in a city lately and has not ended; since is an ID of that time.
SELECT o.id, o.vendor_id, d.pickup_lat, d.pickup_lng, d.dropoff_lat, d.dropoff_lng, o.placed_at, o.ready_by
FROM orders o
JOIN deliveries d ON d.order_id = o.id
WHERE o.state IN ('pending_payment', 'scheduled', 'placed', 'accepted', 'preparing', 'ready', 'picked_up', 'undeliverable')
  AND o.state IN ('placed', 'accepted', 'preparing', 'ready', 'picked_up')
  AND o.id >= @since
  AND lower(o.city) = @city::text
ORDER BY o.id DESC
LIMIT @most;

-- name: JobsOf :many
SELECT *
FROM courier_jobs
WHERE courier_id = ANY (@courier_ids::uuid[])
ORDER BY courier_id, id;

-- name: IdleSince :many
-- Since when couriers have had nothing to do: their last delivery, or the hour that they came.
SELECT p.courier_id, greatest(p.online_at, (
    SELECT d.updated_at
    FROM deliveries d
    WHERE d.courier_id = p.courier_id
    ORDER BY d.id DESC
    LIMIT 1))::timestamptz AS idle_since
FROM courier_presence p
WHERE p.courier_id = ANY (@courier_ids::uuid[])
  AND p.offline_at IS NULL;

-- name: SaveDecision :exec
-- Of a delivery that is offered, or given to somebody, by this transaction: the offer is written.
INSERT INTO dispatch_decisions (delivery_id, attempt, at, outcome, courier_id, leave_at, orders, stops, why)
SELECT @delivery_id, count(*), @at, @outcome, sqlc.narg(courier_id), sqlc.narg(leave_at), @orders::uuid[], sqlc.narg(stops), sqlc.narg(why)
FROM offers
WHERE delivery_id = @delivery_id
ON CONFLICT (delivery_id, attempt) DO UPDATE
SET at = excluded.at, outcome = excluded.outcome, courier_id = excluded.courier_id, leave_at = excluded.leave_at,
    orders = excluded.orders, stops = excluded.stops, why = excluded.why;

-- name: SaveWaiting :exec
-- Why deliveries wait, when that has changed, and once a minute.
INSERT INTO dispatch_decisions (delivery_id, attempt, at, outcome, courier_id, leave_at, why)
SELECT w.delivery_id, w.attempt, @at, w.outcome, w.courier_id, w.leave_at, w.why
FROM jsonb_to_recordset(@waiting::jsonb) AS w (delivery_id uuid, attempt int, outcome text, courier_id uuid, leave_at timestamptz, why jsonb)
JOIN deliveries d ON d.id = w.delivery_id AND d.state = 'unassigned'
ON CONFLICT (delivery_id, attempt) DO UPDATE
SET at = excluded.at, outcome = excluded.outcome, courier_id = excluded.courier_id, leave_at = excluded.leave_at, why = excluded.why
WHERE dispatch_decisions.outcome NOT IN ('offered', 'assigned')
  AND (dispatch_decisions.at < excluded.at - interval '1 minute'
       OR (dispatch_decisions.outcome, dispatch_decisions.courier_id) IS DISTINCT FROM (excluded.outcome, excluded.courier_id));

-- name: DecisionsOf :many
-- Newest first, each with what became of its offer and the courier's name.
SELECT sqlc.embed(x), coalesce(f.state, '')::text AS answer, coalesce(f.reason, '')::text AS answer_reason
FROM dispatch_decisions x
LEFT JOIN LATERAL (
    SELECT o.state, o.reason
    FROM offers o
    WHERE o.delivery_id = x.delivery_id
    ORDER BY o.offered_at, o.id
    OFFSET x.attempt - 1
    LIMIT 1) f ON x.outcome = 'offered' OR x.outcome = 'assigned' AND f.state <> 'accepted' -- whom staff gave it to was not asked
WHERE x.delivery_id = @delivery_id
ORDER BY x.attempt DESC
LIMIT @most;

-- name: CourierNames :many
SELECT user_id, name, vehicle
FROM couriers
WHERE user_id = ANY (@courier_ids::uuid[]);

-- name: ForgetDecisions :execrows
DELETE FROM dispatch_decisions
WHERE ctid IN (
    SELECT x.ctid
    FROM dispatch_decisions x
    WHERE x.at < now() - make_interval(secs => @seconds::float8)
    LIMIT @most);

-- name: UnclaimedDeliveries :many
-- What nobody has taken for so long, though its food is ready or soon will be. Of what waits and what is offered: an OR of both would have
-- all deliveries looked at.
SELECT d.id, d.order_id
FROM (
    SELECT w.id FROM deliveries w WHERE w.state = 'unassigned' AND w.dispatch_at <= now()
    UNION
    SELECT f.delivery_id FROM offers f WHERE f.state = 'open') u
JOIN deliveries d ON d.id = u.id
JOIN orders o ON o.id = d.order_id
WHERE d.unclaimed_at IS NULL
  AND greatest(coalesce(o.accepted_at, d.dispatch_at), o.ready_by - make_interval(secs => @early_seconds::float8)) <= now() - make_interval(secs => @seconds::float8)
ORDER BY d.id
LIMIT @most;

-- name: AssignedTo :many
-- What a courier has taken on and not fetched.
SELECT d.id, d.order_id
FROM deliveries d
WHERE d.courier_id = @courier_id
  AND d.state IN ('assigned', 'at_store')
ORDER BY d.order_id;

-- name: OpenTrip :many
-- The open offers of a trip, in the order in which orders are locked.
SELECT f.id, f.order_id
FROM offers f
WHERE f.trip_id = @trip_id
  AND f.state = 'open'
ORDER BY f.order_id;

-- name: TakeAwayOffer :exec
-- The courier who accepted it is not asked again.
UPDATE offers
SET state = 'taken_away', reason = @reason
WHERE delivery_id = @delivery_id
  AND courier_id = @courier_id
  AND state = 'accepted';

-- name: FoodOnTheRoad :many
-- Deliveries whose couriers have the food and, by Postgres, were not seen and did nothing for so long, or of whom it was told that nobody hears of them.
SELECT d.id, d.order_id, d.courier_id::uuid AS courier_id, c.city, c.located_at, d.acted_at, d.lost_at, now()::timestamptz AS moment
FROM deliveries d
JOIN couriers c ON c.user_id = d.courier_id
WHERE d.state IN ('picked_up', 'at_customer')
  AND (d.lost_at IS NOT NULL OR greatest(c.located_at, d.acted_at) < now() - make_interval(secs => @seconds::float8))
ORDER BY d.lost_at NULLS FIRST, d.id -- those of whom it was told already do not stand before the others
LIMIT @most;
