-- name: Tracking :one
-- What is to be known of an order to say how far it is, and to whom it may be said.
SELECT o.id, o.state, o.version, o.fulfilment, o.customer_id, o.vendor_id, o.promised_at, o.accepted_at, o.ready_by, o.ended_at,
       o.asked_at, o.ready_at, o.estimated_placed, v.timezone, coalesce(k.answer, 0)::int AS answer, coalesce(k.late, 0)::int AS late,
       v.name AS vendor_name, v.lat AS vendor_lat, v.lng AS vendor_lng,
       d.state AS delivery_state, d.leave_at_door, d.courier_id, d.pickup_lat, d.pickup_lng, d.dropoff_lat, d.dropoff_lng,
       coalesce((SELECT jsonb_agg(j) FROM courier_jobs j WHERE j.courier_id = d.courier_id), '[]')::jsonb AS jobs,
       EXISTS (SELECT 1 FROM vendor_members m WHERE m.vendor_id = o.vendor_id AND m.user_id = @user_id)::boolean AS member,
       clock_timestamp()::timestamptz AS moment
FROM orders o
JOIN vendors v ON v.id = o.vendor_id
LEFT JOIN kitchens k ON k.vendor_id = o.vendor_id
LEFT JOIN deliveries d ON d.order_id = o.id
WHERE o.id = @id;

-- name: TrackedOrders :many
-- What couriers have taken on, of each in the order in which they come to the doors: see plan.NextDoor.
SELECT d.courier_id::uuid AS courier_id, d.order_id, d.state, o.version
FROM deliveries d
JOIN orders o ON o.id = d.order_id
WHERE d.courier_id = ANY(@couriers::uuid[])
  AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')
ORDER BY d.courier_id, d.state = 'at_customer' DESC, d.state IN ('failed', 'returning'), d.place, d.order_id;

-- name: OrderOfLink :one
SELECT l.order_id
FROM tracking_links l
JOIN orders o ON o.id = l.order_id
WHERE l.token_hash = @token_hash
  AND l.expires_at > now()
  AND (o.ended_at IS NULL OR o.ended_at > now() - make_interval(secs => @after_end_seconds::float8));

-- name: MakeTrackingLink :one
-- The order is held. No row: it has as many as it may have.
INSERT INTO tracking_links (token_hash, order_id, expires_at)
SELECT @token_hash, @order_id, now() + make_interval(secs => @life_seconds::float8)
WHERE (SELECT count(*) FROM tracking_links WHERE order_id = @order_id AND expires_at > now()) < @most::int
RETURNING expires_at;

-- name: DropTrackingLinks :exec
DELETE FROM tracking_links
WHERE order_id = @order_id;

-- name: ForgetTrackingLinks :execrows
DELETE FROM tracking_links
WHERE token_hash IN (SELECT l.token_hash FROM tracking_links l WHERE l.expires_at < now() ORDER BY l.expires_at LIMIT @most FOR UPDATE SKIP LOCKED);

-- name: SaveHandoverPhoto :exec
-- The order is held. The photo before is idle unless somebody else shows it.
WITH before AS (
    SELECT picture FROM handover_photos WHERE order_id = @order_id
), released AS (
    UPDATE pictures
    SET idle_since = clock_timestamp()
    FROM before
    WHERE key = before.picture AND key <> @picture
)
INSERT INTO handover_photos (order_id, picture, taken_at)
VALUES (@order_id, @picture, @taken_at)
ON CONFLICT (order_id) DO UPDATE
SET picture = excluded.picture, taken_at = excluded.taken_at;

-- name: HandoverPhotographed :one
-- Whether there is a photo of a visit that began then.
SELECT EXISTS (SELECT 1 FROM handover_photos WHERE order_id = @order_id AND taken_at >= @since)::boolean;

-- name: HandoverPhoto :one
SELECT p.picture, o.customer_id
FROM handover_photos p
JOIN orders o ON o.id = p.order_id
WHERE p.order_id = @order_id
  AND p.taken_at > now() - make_interval(secs => @kept_seconds::float8);

-- name: ForgetHandoverPhotos :execrows
WITH gone AS (
    DELETE FROM handover_photos
    WHERE order_id IN (SELECT p.order_id FROM handover_photos p WHERE p.taken_at < now() - make_interval(secs => @kept_seconds::float8)
                       ORDER BY p.taken_at LIMIT @most FOR UPDATE SKIP LOCKED)
    RETURNING picture
)
UPDATE pictures
SET idle_since = clock_timestamp()
WHERE key IN (SELECT picture FROM gone);
