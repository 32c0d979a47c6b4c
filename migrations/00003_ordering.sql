-- Carts, orders, payments, couriers, deliveries and offers.

-- +goose Up

-- One cart a customer. Its items are a wish list; prices are looked up again for every quote and at checkout.
CREATE TABLE carts (
    customer_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    vendor_id   uuid        NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    items       jsonb       NOT NULL,
    fulfilment  text        NOT NULL,
    address_id  uuid REFERENCES addresses (id) ON DELETE SET NULL,
    tip         bigint      NOT NULL DEFAULT 0,
    quote_id    uuid        NOT NULL,
    quote_total bigint      NOT NULL,
    quoted_at   timestamptz NOT NULL,
    version     int         NOT NULL DEFAULT 1,
    CONSTRAINT carts_fulfilment_known CHECK (fulfilment IN ('delivery', 'pickup')),
    CONSTRAINT carts_tip_positive CHECK (tip >= 0)
);

CREATE TABLE couriers (
    user_id    uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    name       text        NOT NULL,
    phone      text        NOT NULL DEFAULT '',
    vehicle    text        NOT NULL,
    status     text        NOT NULL DEFAULT 'pending',
    online     boolean     NOT NULL DEFAULT false,
    lat        double precision,
    lng        double precision,
    located_at timestamptz,
    version    int         NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT couriers_vehicle_known CHECK (vehicle IN ('bicycle', 'motorbike', 'car', 'foot')),
    CONSTRAINT couriers_status_known CHECK (status IN ('pending', 'approved', 'rejected', 'suspended')),
    CONSTRAINT couriers_on_earth CHECK (lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180)
);
CREATE INDEX couriers_online ON couriers (lat) WHERE online AND status = 'approved';

CREATE SEQUENCE order_numbers;

CREATE TABLE orders (
    id             uuid PRIMARY KEY,
    number         text        NOT NULL,
    state          text        NOT NULL,
    version        int         NOT NULL,
    customer_id    uuid        NOT NULL REFERENCES users (id),
    vendor_id      uuid        NOT NULL REFERENCES vendors (id),
    city           text        NOT NULL,
    fulfilment     text        NOT NULL,
    currency       text        NOT NULL,
    total          bigint      NOT NULL,
    address        jsonb,               -- a copy: the customer may change theirs later
    note           text        NOT NULL DEFAULT '',
    delivery_pin   text        NOT NULL,
    order_code     text        NOT NULL,
    accept_seconds int         NOT NULL,
    placed_at      timestamptz NOT NULL DEFAULT now(),
    prep_minutes   int,                 -- as promised by the vendor
    ready_by       timestamptz,
    promised_at    timestamptz NOT NULL,
    deadline_at    timestamptz,         -- when the state's timer fires; NULL: the state has none
    ended_at       timestamptz,
    cancel_reason  text,
    cancelled_by   text,                -- role
    CONSTRAINT orders_state_known CHECK (state IN (
        'pending_payment', 'payment_failed', 'scheduled', 'placed', 'accepted', 'rejected', 'expired', 'preparing', 'ready',
        'picked_up', 'delivered', 'collected', 'undeliverable', 'returned', 'cancelled', 'completed')),
    CONSTRAINT orders_fulfilment_known CHECK (fulfilment IN ('delivery', 'pickup')),
    CONSTRAINT orders_total_positive CHECK (total >= 0),
    CONSTRAINT orders_address_for_delivery CHECK (fulfilment = 'pickup' OR address IS NOT NULL),
    CONSTRAINT orders_placed_has_deadline CHECK (state <> 'placed' OR deadline_at IS NOT NULL),
    CONSTRAINT orders_cancelled_has_reason CHECK (state NOT IN ('cancelled', 'rejected', 'expired') OR cancel_reason IS NOT NULL)
);
CREATE UNIQUE INDEX orders_number ON orders (number);
CREATE INDEX orders_customer ON orders (customer_id, id DESC);
CREATE INDEX orders_vendor ON orders (vendor_id, id DESC);
CREATE INDEX orders_deadline ON orders (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE INDEX orders_live ON orders (id)
    WHERE state IN ('pending_payment', 'scheduled', 'placed', 'accepted', 'preparing', 'ready', 'picked_up', 'undeliverable');

CREATE TABLE order_items (
    order_id   uuid   NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    position   int    NOT NULL,
    dish_id    uuid   NOT NULL REFERENCES dishes (id),
    name       text   NOT NULL,
    quantity   int    NOT NULL,
    unit_price bigint NOT NULL,           -- dish and chosen options together
    options    jsonb  NOT NULL DEFAULT '[]', -- [{"id","name","price"}]
    note       text   NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, position),
    CONSTRAINT order_items_quantity_bound CHECK (quantity BETWEEN 1 AND 99)
);

CREATE TABLE quote_lines (
    order_id uuid   NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    position int    NOT NULL,
    kind     text   NOT NULL,
    label    text   NOT NULL,
    amount   bigint NOT NULL,
    bearer   text   NOT NULL,
    PRIMARY KEY (order_id, position),
    CONSTRAINT quote_lines_kind_known CHECK (kind IN (
        'item', 'packaging', 'vendor_discount', 'platform_discount', 'tax', 'delivery_fee', 'small_order_fee', 'surge', 'tip')),
    CONSTRAINT quote_lines_bearer_known CHECK (bearer IN ('customer', 'vendor', 'platform'))
);

CREATE TABLE payments (
    id         uuid PRIMARY KEY,
    order_id   uuid        NOT NULL REFERENCES orders (id),
    method     text        NOT NULL,
    state      text        NOT NULL,
    amount     bigint      NOT NULL,
    currency   text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payments_method_known CHECK (method IN ('cod')),
    CONSTRAINT payments_state_known CHECK (state IN (
        'created', 'authorized', 'captured', 'partially_refunded', 'refunded', 'failed', 'voided')),
    CONSTRAINT payments_amount_positive CHECK (amount >= 0)
);
CREATE INDEX payments_order ON payments (order_id);

CREATE TABLE deliveries (
    id          uuid PRIMARY KEY,
    order_id    uuid             NOT NULL REFERENCES orders (id),
    vendor_id   uuid             NOT NULL REFERENCES vendors (id),
    state       text             NOT NULL DEFAULT 'unassigned',
    courier_id  uuid REFERENCES couriers (user_id),
    pickup_lat  double precision NOT NULL,
    pickup_lng  double precision NOT NULL,
    dropoff_lat double precision NOT NULL,
    dropoff_lng double precision NOT NULL,
    dispatch_at timestamptz,              -- from when on a courier is looked for; NULL: not yet
    updated_at  timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT deliveries_state_known CHECK (state IN (
        'unassigned', 'offered', 'assigned', 'at_store', 'picked_up', 'at_customer', 'delivered', 'failed', 'returning',
        'returned', 'cancelled')),
    CONSTRAINT deliveries_carried_by_somebody CHECK (
        (courier_id IS NOT NULL) = (state IN (
            'assigned', 'at_store', 'picked_up', 'at_customer', 'delivered', 'failed', 'returning', 'returned')))
);
CREATE UNIQUE INDEX deliveries_order ON deliveries (order_id);
CREATE INDEX deliveries_waiting ON deliveries (dispatch_at) WHERE state = 'unassigned' AND dispatch_at IS NOT NULL;
CREATE INDEX deliveries_courier ON deliveries (courier_id, id DESC) WHERE courier_id IS NOT NULL;
-- A courier carries one delivery at a time.
CREATE UNIQUE INDEX deliveries_one_a_courier ON deliveries (courier_id)
    WHERE state IN ('assigned', 'at_store', 'picked_up', 'at_customer', 'returning');

CREATE TABLE offers (
    id          uuid PRIMARY KEY,
    delivery_id uuid        NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    order_id    uuid        NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    courier_id  uuid        NOT NULL REFERENCES couriers (user_id),
    state       text        NOT NULL DEFAULT 'open',
    meters      int         NOT NULL,   -- from the courier to the vendor when it was made
    reason      text        NOT NULL DEFAULT '',
    offered_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    CONSTRAINT offers_state_known CHECK (state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn'))
);
CREATE UNIQUE INDEX offers_one_a_delivery ON offers (delivery_id) WHERE state = 'open';
CREATE UNIQUE INDEX offers_one_a_courier ON offers (courier_id) WHERE state = 'open';
CREATE INDEX offers_delivery ON offers (delivery_id);
CREATE INDEX offers_expiry ON offers (expires_at) WHERE state = 'open';

-- Answers to requests that carried an Idempotency-Key. A row is claimed before the work begins, and the answer is
-- written in the transaction of the work itself.
CREATE TABLE idempotency_keys (
    principal    uuid        NOT NULL,
    route        text        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL,
    claim        uuid        NOT NULL,   -- of the request that is running
    locked_until timestamptz NOT NULL,   -- past it, a claim whose process died may be taken over
    status       int,                    -- NULL while running
    body         bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, route, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- +goose Down
DROP TABLE idempotency_keys;
DROP TABLE offers;
DROP TABLE deliveries;
DROP TABLE payments;
DROP TABLE quote_lines;
DROP TABLE order_items;
DROP TABLE orders;
DROP SEQUENCE order_numbers;
DROP TABLE couriers;
DROP TABLE carts;
