-- Couriers as dispatch sees them, with their cash; and what was found wanting: a first shift ahead took its courier offline at once,
-- who worked in no city had no city's limit of cash, and nobody could be taken offline while the clock was behind.

-- +goose Up
-- Of each currency in which a courier's cash is limited: the limit, what is in their pocket, and what they are about to be given at
-- the doors that they are on the way to. A limit of their own goes before their city's, and that before everybody's; who works
-- wherever they are has the least of all.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION cash_rooms(courier uuid, place text) RETURNS jsonb
    LANGUAGE sql STABLE
RETURN (
    SELECT coalesce(jsonb_object_agg(l.currency, jsonb_build_object(
        'limit', l.amount,
        'held', coalesce((SELECT -a.balance FROM accounts a WHERE a.id = account_id('courier_cash', courier, '', l.currency)), 0),
        'due', coalesce((
            SELECT sum(o.total)
            FROM deliveries d
            JOIN orders o ON o.id = d.order_id
            WHERE d.courier_id = courier
              AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')
              AND o.currency = l.currency
              AND EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.method = 'cod' AND p.state = 'created')), 0))), '{}')
    FROM (
        SELECT DISTINCT ON (x.currency) x.currency, x.amount
        FROM (
            SELECT c.currency, c.amount, 1 AS rank FROM courier_cash_limits c WHERE c.courier_id = courier
            UNION ALL
            SELECT c.currency, c.amount, CASE WHEN c.city = '' AND place <> '' THEN 3 ELSE 2 END
            FROM cash_limits c
            WHERE c.city IN ('', lower(place)) OR place = ''
        ) x
        ORDER BY x.currency, x.rank, x.amount) l);
-- +goose StatementEnd

CREATE OR REPLACE VIEW courier_work AS
SELECT c.user_id, c.city, c.vehicle, c.lat, c.lng, c.located_at, c.zone_ring, c.capacity, c.online, p.online_at, l.carrying,
       coalesce(s.shift_ends_at, to_timestamp(0))::timestamptz AS shift_ends_at, -- 1970: not in a shift
       (s.has_shifts AND s.shift_ends_at IS NULL)::boolean AS off_shift,
       CASE
           WHEN u.status <> 'active' THEN 'suspended'
           WHEN c.status <> 'approved' THEN 'not_approved'
           WHEN NOT c.online THEN 'offline'
           WHEN s.has_shifts AND s.shift_ends_at IS NULL THEN 'off_shift'
           WHEN EXISTS (
               SELECT FROM courier_documents d
               WHERE d.courier_id = c.user_id
                 AND d.verified
                 AND d.kind = ANY (needed_documents(c.vehicle))
                 AND d.expires_on < (now() AT TIME ZONE 'UTC')::date) THEN 'document_expired'
           WHEN EXISTS (SELECT FROM offers o WHERE o.courier_id = c.user_id AND o.state = 'open') THEN 'offered'
           WHEN l.carrying >= c.capacity THEN 'full'
           WHEN c.located_at IS NULL OR c.located_at <= now() - interval '2 minutes' THEN 'away'
           ELSE ''
       END::text AS excluded,
       -- Where no cash is limited, nobody looks at it.
       CASE
           WHEN EXISTS (SELECT FROM cash_limits) OR EXISTS (SELECT FROM courier_cash_limits) THEN cash_rooms(c.user_id, c.city)
           ELSE '{}'
       END::jsonb AS cash,
       now()::timestamptz AS moment
FROM couriers c
JOIN users u ON u.id = c.user_id
LEFT JOIN courier_presence p ON p.courier_id = c.user_id AND p.offline_at IS NULL
CROSS JOIN LATERAL (
    SELECT count(*)::int AS carrying
    FROM deliveries d
    WHERE d.courier_id = c.user_id
      AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')) l
CROSS JOIN LATERAL (
    -- Whoever has had shifts in the last four weeks works in shifts; one may begin a quarter of an hour early.
    SELECT count(*) > 0 AS has_shifts, max(h.ends_at) FILTER (WHERE h.ends_at > now()) AS shift_ends_at
    FROM courier_shifts h
    WHERE h.courier_id = c.user_id
      AND h.starts_at <= now() + interval '15 minutes'
      AND h.ends_at > now() - interval '28 days') s;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_presence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.online THEN
        INSERT INTO courier_presence (courier_id, online_at) VALUES (NEW.user_id, clock_timestamp());
    ELSE
        UPDATE courier_presence SET offline_at = greatest(clock_timestamp(), online_at) WHERE courier_id = NEW.user_id AND offline_at IS NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_presence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.online THEN
        INSERT INTO courier_presence (courier_id, online_at) VALUES (NEW.user_id, clock_timestamp());
    ELSE
        UPDATE courier_presence SET offline_at = clock_timestamp() WHERE courier_id = NEW.user_id AND offline_at IS NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
DROP VIEW courier_work;
CREATE VIEW courier_work AS
SELECT c.user_id, c.city, c.vehicle, c.lat, c.lng, c.located_at, c.zone_ring, c.capacity, c.online, p.online_at, l.carrying,
       coalesce(s.shift_ends_at, to_timestamp(0))::timestamptz AS shift_ends_at, -- 1970: not in a shift
       (s.has_shifts AND s.shift_ends_at IS NULL)::boolean AS off_shift,
       CASE
           WHEN u.status <> 'active' THEN 'suspended'
           WHEN c.status <> 'approved' THEN 'not_approved'
           WHEN NOT c.online THEN 'offline'
           WHEN s.has_shifts AND s.shift_ends_at IS NULL THEN 'off_shift'
           WHEN EXISTS (
               SELECT FROM courier_documents d
               WHERE d.courier_id = c.user_id
                 AND d.verified
                 AND d.kind = ANY (needed_documents(c.vehicle))
                 AND d.expires_on < (now() AT TIME ZONE 'UTC')::date) THEN 'document_expired'
           WHEN EXISTS (SELECT FROM offers o WHERE o.courier_id = c.user_id AND o.state = 'open') THEN 'offered'
           WHEN l.carrying >= c.capacity THEN 'full'
           WHEN c.located_at IS NULL OR c.located_at <= now() - interval '2 minutes' THEN 'away'
           ELSE ''
       END::text AS excluded
FROM couriers c
JOIN users u ON u.id = c.user_id
LEFT JOIN courier_presence p ON p.courier_id = c.user_id AND p.offline_at IS NULL
CROSS JOIN LATERAL (
    SELECT count(*)::int AS carrying
    FROM deliveries d
    WHERE d.courier_id = c.user_id
      AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')) l
CROSS JOIN LATERAL (
    -- Whoever has had shifts in the last four weeks works in shifts; one may begin a quarter of an hour early.
    SELECT count(*) > 0 AS has_shifts,
           max(h.ends_at) FILTER (WHERE h.starts_at <= now() + interval '15 minutes' AND h.ends_at > now()) AS shift_ends_at
    FROM courier_shifts h
    WHERE h.courier_id = c.user_id
      AND h.ends_at > now() - interval '28 days') s;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION cash_rooms(courier uuid, place text) RETURNS jsonb
    LANGUAGE sql STABLE
RETURN (
    SELECT coalesce(jsonb_object_agg(l.currency, jsonb_build_object(
        'limit', l.amount,
        'held', coalesce((SELECT -a.balance FROM accounts a WHERE a.id = account_id('courier_cash', courier, '', l.currency)), 0),
        'due', coalesce((
            SELECT sum(o.total)
            FROM deliveries d
            JOIN orders o ON o.id = d.order_id
            WHERE d.courier_id = courier
              AND d.state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'failed', 'returning')
              AND o.currency = l.currency
              AND EXISTS (SELECT FROM payments p WHERE p.order_id = o.id AND p.method = 'cod' AND p.state = 'created')), 0))), '{}')
    FROM (
        SELECT DISTINCT ON (x.currency) x.currency, x.amount
        FROM (
            SELECT c.currency, c.amount, 1 AS rank FROM courier_cash_limits c WHERE c.courier_id = courier
            UNION ALL
            SELECT c.currency, c.amount, CASE c.city WHEN '' THEN 3 ELSE 2 END FROM cash_limits c WHERE c.city IN ('', lower(place))
        ) x
        ORDER BY x.currency, x.rank) l);
-- +goose StatementEnd
