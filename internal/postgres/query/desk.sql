-- name: DeskVendors :many
-- Vendors with orders to answer, cook or hand over, and those that are paused; with a name any whose name is like it; or one. The worst
-- come first: by late orders, by all that they have; with a name those before them who are called so, and whose name begins so, for they may
-- have nothing to do. How they cook and answer is looked up for those of the page alone.
WITH work AS (
    SELECT o.vendor_id,
           count(*) FILTER (WHERE o.state = 'placed')::int AS placed,
           count(*) FILTER (WHERE o.state IN ('accepted', 'preparing'))::int AS cooking,
           count(*) FILTER (WHERE o.state = 'ready')::int AS ready,
           count(*) FILTER (WHERE least(o.promised_at, CASE o.state WHEN 'placed' THEN o.deadline_at WHEN 'ready' THEN NULL ELSE o.ready_by END) < now())::int AS late
    FROM orders o
    WHERE o.state IN ('placed', 'accepted', 'preparing', 'ready')
    GROUP BY o.vendor_id
), found AS (
    SELECT w.vendor_id AS id
    FROM work w
    WHERE @name::text = '' AND sqlc.narg(only_id)::uuid IS NULL
    UNION
    SELECT v.id
    FROM vendors v
    WHERE @name = '' AND sqlc.narg(only_id) IS NULL AND v.paused_until > now()
    UNION
    SELECT v.id
    FROM vendors v
    WHERE @name <> '' AND lower(v.name) LIKE @name
    UNION
    SELECT v.id
    FROM vendors v
    WHERE v.id = sqlc.narg(only_id)
), page AS (
    SELECT n.*
    FROM (
        SELECT v.id, v.name, v.city, v.version, v.status, v.paused_until, v.pause_reason,
               CASE
                   WHEN v.status <> 'approved' THEN 'off'
                   WHEN v.paused_until > now() THEN 'paused'
                   WHEN open_at(v.open_minutes, v.closed, v.paused_until, v.timezone, now()) THEN 'open'
                   ELSE 'closed'
               END::text AS state,
               CASE
                   WHEN @name = '' THEN 0
                   WHEN lower(v.name) = @text::text THEN 2
                   WHEN starts_with(lower(v.name), @text) THEN 1
                   ELSE 0
               END::int AS fit,
               coalesce(w.placed, 0)::int AS placed, coalesce(w.cooking, 0)::int AS cooking, coalesce(w.ready, 0)::int AS ready,
               coalesce(w.late, 0)::int AS late, coalesce(w.placed + w.cooking + w.ready, 0)::int AS queue
        FROM found f
        CROSS JOIN LATERAL (
            -- Looked up one by one: there may be many more vendors than work.
            SELECT *
            FROM vendors
            WHERE id = f.id
            OFFSET 0) v
        LEFT JOIN work w ON w.vendor_id = f.id
        WHERE @city::text = '' OR lower(v.city) = lower(@city)) n
    WHERE (@state::text = '' OR n.state = @state)
      AND (n.fit, n.late, n.queue, n.id) < (@after_fit::int, @after_late::int, @after_queue::int, @after_id::uuid)
    ORDER BY n.fit DESC, n.late DESC, n.queue DESC, n.id DESC
    LIMIT @most
)
SELECT p.id, p.name, p.city, p.version, p.status, p.state, p.paused_until, p.pause_reason, p.placed, p.cooking, p.ready, p.late, p.queue, p.fit,
       k.cooked, k.p95_seconds, a.asked, a.accepted, c.carts,
       coalesce(b.actor_role, '')::text AS paused_role, coalesce(b.name, '')::text AS paused_name, b.actor_id AS paused_by
FROM page p
CROSS JOIN LATERAL (
    SELECT count(*)::int AS cooked, coalesce(percentile_disc(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM o.ready_at - o.accepted_at)), 0)::int AS p95_seconds
    FROM (
        SELECT r.accepted_at, r.ready_at
        FROM orders r
        WHERE r.vendor_id = p.id AND r.ready_at IS NOT NULL
        ORDER BY r.ready_at DESC
        LIMIT 50) o
    WHERE o.accepted_at IS NOT NULL) k
CROSS JOIN LATERAL (
    SELECT count(*)::int AS asked, count(o.accepted_at)::int AS accepted
    FROM (
        SELECT r.accepted_at, r.state
        FROM orders r
        WHERE r.vendor_id = p.id
        ORDER BY r.id DESC
        LIMIT 100) o
    WHERE o.accepted_at IS NOT NULL OR o.state IN ('rejected', 'expired')) a
CROSS JOIN LATERAL (
    SELECT count(*)::int AS carts
    FROM (SELECT FROM carts x WHERE x.vendor_id = p.id LIMIT 1000) x) c
LEFT JOIN LATERAL (
    SELECT e.actor_role, e.actor_id, u.first_name AS name
    FROM events e
    LEFT JOIN users u ON u.id = e.actor_id
    WHERE p.state = 'paused' AND e.subject_id = p.id AND e.type = 'vendor.paused'
    ORDER BY e.version DESC
    LIMIT 1) b ON true
ORDER BY p.fit DESC, p.late DESC, p.queue DESC, p.id DESC;

-- name: DeskCouriers :many
-- Couriers who are online or have something to bring; with a name any whose name is like it; or one. What keeps them from work is looked
-- up for those of the page alone.
WITH found AS (
    SELECT c.user_id AS id
    FROM couriers c
    WHERE @name::text = '' AND sqlc.narg(only_id)::uuid IS NULL AND c.online
    UNION
    SELECT d.courier_id
    FROM deliveries d
    WHERE @name = '' AND sqlc.narg(only_id) IS NULL
      AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')
    UNION
    SELECT c.user_id
    FROM couriers c
    WHERE @name <> '' AND lower(c.name) LIKE @name
    UNION
    SELECT c.user_id
    FROM couriers c
    WHERE c.user_id = sqlc.narg(only_id)
), page AS (
    SELECT n.*
    FROM (
        SELECT c.user_id, c.name, c.status, c.version,
               CASE
                   WHEN EXISTS (
                       SELECT FROM deliveries d
                       WHERE d.courier_id = c.user_id
                         AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')) THEN 'carrying'
                   WHEN EXISTS (SELECT FROM offers o WHERE o.courier_id = c.user_id AND o.state = 'open') THEN 'offered'
                   WHEN c.online THEN 'idle'
                   ELSE 'offline'
               END::text AS state
        FROM found f
        CROSS JOIN LATERAL (
            SELECT *
            FROM couriers
            WHERE user_id = f.id
            OFFSET 0) c
        WHERE (@city::text = '' OR lower(c.city) IN ('', lower(@city)))
          AND c.user_id > @after_id) n
    WHERE @state::text = '' OR n.state = @state
    ORDER BY n.user_id
    LIMIT @most
)
SELECT p.name, p.status, p.version, p.state, sqlc.embed(w)
FROM page p
JOIN courier_work w ON w.user_id = p.user_id
ORDER BY p.user_id;

-- name: Changes :many
-- The last that was done to a courier, or to one dish of a vendor's, oldest first, as far as the last 1000 events of theirs tell. What a whole
-- menu or orders do to a dish says of no version of it.
SELECT c.version, c.what, c.at, c.actor_role, c.actor_id, coalesce(u.first_name, '')::text AS name
FROM (
    SELECT coalesce((e.data ->> 'dishVersion')::int, e.version)::int AS version,
           CASE
               WHEN e.type = 'vendor.item_unavailable' THEN 'sold_out'
               WHEN e.type = 'vendor.menu_changed' THEN replace(e.data ->> 'change', 'dish_', '')
               ELSE split_part(e.type, '.', 2)
           END::text AS what,
           e.at, e.actor_role, e.actor_id
    FROM (
        SELECT *
        FROM events
        WHERE subject_id = @subject_id
        ORDER BY version DESC
        LIMIT 1000) e
    WHERE sqlc.narg(dish_id)::text IS NULL
       OR (e.data ->> 'dishId' = sqlc.narg(dish_id) AND e.data ? 'dishVersion')
    ORDER BY e.version DESC
    LIMIT 10) c
LEFT JOIN users u ON u.id = c.actor_id
ORDER BY c.version;

-- name: Outbox :one
-- The published order, and what waits for its place in it: at most so many events are counted.
SELECT r.epoch, r.last, w.waiting, coalesce(w.oldest, now())::timestamptz AS oldest, now()::timestamptz AS moment
FROM relay r
CROSS JOIN (
    SELECT count(*)::int AS waiting, min(e.at) AS oldest
    FROM (
        SELECT at
        FROM events
        WHERE pub_seq IS NULL
        ORDER BY id
        LIMIT @most) e) w;
