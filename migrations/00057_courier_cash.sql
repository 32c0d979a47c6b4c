-- How much cash couriers may have in their pockets, and who of them can take work.

-- +goose Up
CREATE TABLE cash_limits (
    city     text   NOT NULL DEFAULT '', -- in lower case; '': everywhere else
    currency text   NOT NULL,
    amount   bigint NOT NULL,
    PRIMARY KEY (city, currency),
    CONSTRAINT cash_limits_city_form CHECK (city = lower(city) AND char_length(city) <= 80),
    CONSTRAINT cash_limits_amount_bound CHECK (amount >= 0)
);
CREATE TABLE courier_cash_limits (
    courier_id uuid   NOT NULL REFERENCES couriers (user_id) ON DELETE CASCADE,
    currency   text   NOT NULL,
    amount     bigint NOT NULL,
    PRIMARY KEY (courier_id, currency),
    CONSTRAINT courier_cash_limits_amount_bound CHECK (amount >= 0)
);

-- Of each currency in which a courier's cash is limited: the limit, what is in their pocket, and what they are about to be given at
-- the doors that they are on the way to. A limit of their own goes before their city's, and that before everybody's.
-- +goose StatementBegin
CREATE FUNCTION cash_rooms(courier uuid, place text) RETURNS jsonb
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

-- Who can take work, and why the others cannot; '' is why not for one who can. Away is the last of the reasons: whoever hears of
-- them later than Postgres does need not ask for the others.
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

-- Who is online is looked for all the time, and few of all couriers are.
DROP INDEX couriers_online;
CREATE INDEX couriers_online ON couriers (user_id) WHERE online;

-- +goose Down
DROP INDEX couriers_online;
CREATE INDEX couriers_online ON couriers (lat) WHERE online AND status = 'approved';
DROP VIEW courier_work;
DROP FUNCTION cash_rooms(uuid, text);
DROP TABLE courier_cash_limits;
DROP TABLE cash_limits;
