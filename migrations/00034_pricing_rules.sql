-- Rules of prices: promotions and who used them, what delivery costs, when it costs more, and what the marketplace keeps.

-- +goose Up

CREATE TABLE promotions (
    id           uuid PRIMARY KEY,
    code         text        NOT NULL DEFAULT '',   -- of a coupon, in capitals; '': it needs none
    vendor_id    uuid REFERENCES vendors (id),      -- who made it; NULL: the marketplace
    label        text        NOT NULL,
    benefit      text        NOT NULL,
    share        int         NOT NULL DEFAULT 0,    -- basis points, of percent
    amount       bigint      NOT NULL DEFAULT 0,    -- of flat
    currency     text        NOT NULL DEFAULT '',   -- '': it has no amounts and is for any
    min_order    bigint      NOT NULL DEFAULT 0,
    cap          bigint      NOT NULL DEFAULT 0,    -- 0: no bound
    first_order  boolean     NOT NULL DEFAULT false,
    per_customer int         NOT NULL DEFAULT 0,    -- 0: any number
    use_limit    int         NOT NULL DEFAULT 0,    -- 0: any number
    starts_at    timestamptz,
    ends_at      timestamptz,
    windows      jsonb       NOT NULL DEFAULT '[]', -- [{"days","from","to"}], as domain.Window
    vendors      uuid[]      NOT NULL DEFAULT '{}', -- empty: all
    cities       text[]      NOT NULL DEFAULT '{}',
    cuisines     text[]      NOT NULL DEFAULT '{}',
    vendor_share int         NOT NULL DEFAULT 0,    -- basis points of the discount
    alone        boolean     NOT NULL DEFAULT false,
    paused       boolean     NOT NULL DEFAULT false,
    used         int         NOT NULL DEFAULT 0,    -- redemptions that were not given back
    version      int         NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT promotions_benefit_known CHECK (benefit IN ('percent', 'flat', 'free_delivery')),
    CONSTRAINT promotions_code_form CHECK (code ~ '^([A-Z0-9-]{3,24})?$'),
    CONSTRAINT promotions_amounts_bound CHECK (
        share BETWEEN 0 AND 10000 AND vendor_share BETWEEN 0 AND 10000 AND amount >= 0 AND min_order >= 0 AND cap >= 0),
    CONSTRAINT promotions_used_bound CHECK (used >= 0 AND use_limit >= 0 AND per_customer >= 0 AND (use_limit = 0 OR used <= use_limit)),
    CONSTRAINT promotions_maker_pays CHECK (vendor_id IS NULL OR vendor_share = 10000 AND vendors = ARRAY [vendor_id])
);
CREATE UNIQUE INDEX promotions_code ON promotions (code) WHERE code <> '';
CREATE INDEX promotions_offered ON promotions (id) WHERE code = '' AND NOT paused; -- looked through for each quote
CREATE INDEX promotions_vendor ON promotions (vendor_id, id DESC) WHERE vendor_id IS NOT NULL;

CREATE TABLE promotion_redemptions (
    promotion_id    uuid        NOT NULL REFERENCES promotions (id),
    order_id        uuid        NOT NULL REFERENCES orders (id),
    customer_id     uuid        NOT NULL REFERENCES users (id),
    vendor_amount   bigint      NOT NULL,           -- borne by the vendor, in the order's currency
    platform_amount bigint      NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    given_back_at   timestamptz,                    -- when the order ended unmade
    PRIMARY KEY (promotion_id, order_id),
    CONSTRAINT promotion_redemptions_take_something CHECK (vendor_amount >= 0 AND platform_amount >= 0 AND vendor_amount + platform_amount > 0)
);
CREATE INDEX promotion_redemptions_order ON promotion_redemptions (order_id);
CREATE INDEX promotion_redemptions_customer ON promotion_redemptions (customer_id, promotion_id) WHERE given_back_at IS NULL;

CREATE TABLE delivery_tariffs (
    id          uuid PRIMARY KEY,
    currency    text   NOT NULL,
    city        text   NOT NULL DEFAULT '', -- '': wherever no city's own is for
    bands       jsonb  NOT NULL,            -- [{"from","fee","perKm"}], as pricing.Band
    small_below bigint NOT NULL DEFAULT 0,
    small_fee   bigint NOT NULL DEFAULT 0,
    version     int    NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX delivery_tariffs_place ON delivery_tariffs (currency, lower(city));

CREATE TABLE surge_zones (
    id        uuid PRIMARY KEY,
    label     text   NOT NULL,
    currency  text   NOT NULL,
    city      text   NOT NULL DEFAULT '',   -- '': of any
    lat       double precision NOT NULL DEFAULT 0,
    lng       double precision NOT NULL DEFAULT 0,
    radius_m  int    NOT NULL DEFAULT 0,    -- 0: anywhere
    starts_at timestamptz,
    ends_at   timestamptz,
    windows   jsonb  NOT NULL DEFAULT '[]',
    times     int    NOT NULL DEFAULT 0,    -- basis points; 0: flat is added
    flat      bigint NOT NULL DEFAULT 0,
    cap       bigint NOT NULL DEFAULT 0,
    version   int    NOT NULL DEFAULT 1,
    CONSTRAINT surge_zones_adds CHECK ((times > 10000) <> (flat > 0))
);
CREATE INDEX surge_zones_currency ON surge_zones (currency);

CREATE TABLE commission_rules (
    id        uuid PRIMARY KEY,
    vendor_id uuid REFERENCES vendors (id),
    city      text NOT NULL DEFAULT '',
    rate      int  NOT NULL,                -- basis points
    starts_at timestamptz,
    ends_at   timestamptz,
    version   int  NOT NULL DEFAULT 1,
    CONSTRAINT commission_rules_rate_bound CHECK (rate BETWEEN 0 AND 5000),
    CONSTRAINT commission_rules_of_one CHECK (vendor_id IS NULL OR city = '')
);
CREATE INDEX commission_rules_vendor ON commission_rules (vendor_id);

-- Everybody's, until staff say otherwise: a fifth of the food, in the midst of what marketplaces with couriers of their own ask for.
INSERT INTO commission_rules (id, rate)
VALUES ('00000000-0000-7000-8000-000000000026', 2000);

ALTER TABLE carts
    ADD COLUMN coupon_code text NOT NULL DEFAULT '',
    ADD CONSTRAINT carts_coupon_bound CHECK (length(coupon_code) <= 24);
ALTER TABLE quote_lines
    ADD COLUMN tax jsonb; -- of a line of tax: {"category","rate","value","parts":[{"label","amount"}]}

-- +goose Down
ALTER TABLE quote_lines
    DROP COLUMN tax;
ALTER TABLE carts
    DROP COLUMN coupon_code;
DROP TABLE commission_rules;
DROP TABLE surge_zones;
DROP TABLE delivery_tariffs;
DROP TABLE promotion_redemptions;
DROP TABLE promotions;
