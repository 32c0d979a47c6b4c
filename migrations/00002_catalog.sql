-- Vendors and their menus.

-- +goose Up

-- Great-circle metres by the haversine formula on the mean radius, the same as the kernel's Point.Meters.
-- +goose StatementBegin
CREATE FUNCTION meters(lat1 double precision, lng1 double precision, lat2 double precision, lng2 double precision)
    RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 2 * 6371008.8 * asin(least(1, sqrt(
    sind((lat2 - lat1) / 2) ^ 2 + cosd(lat1) * cosd(lat2) * sind((lng2 - lng1) / 2) ^ 2)));
-- +goose StatementEnd

CREATE TABLE vendors (
    id              uuid PRIMARY KEY,
    name            text             NOT NULL,
    cuisines        text[]           NOT NULL,
    address         text             NOT NULL,
    city            text             NOT NULL,
    country         text             NOT NULL, -- ISO 3166-1 alpha-2
    timezone        text             NOT NULL, -- IANA name
    currency        text             NOT NULL, -- ISO 4217
    phone           text             NOT NULL DEFAULT '',
    lat             double precision NOT NULL,
    lng             double precision NOT NULL,
    radius_m        int              NOT NULL DEFAULT 5000,
    -- A rectangle that holds the zone's circle, in degrees, for the index; the circle itself is checked with meters().
    -- A degree has 111,195 m on the mean radius: 110,000 leaves a margin, also for the circle's widest place, which lies
    -- a little poleward of its centre.
    zone            box GENERATED ALWAYS AS (box(
                        point(lng - radius_m / 110000.0 / greatest(cosd(lat), 0.01), lat - radius_m / 110000.0),
                        point(lng + radius_m / 110000.0 / greatest(cosd(lat), 0.01), lat + radius_m / 110000.0))) STORED,
    -- Opening hours: ranges of minutes since Monday 00:00 in the vendor's own time, within [0, 10080).
    open_minutes    int4multirange   NOT NULL DEFAULT '{}',
    paused_until    timestamptz,               -- the year 9999 until somebody resumes
    pause_reason    text             NOT NULL DEFAULT '',
    prep_minutes    int              NOT NULL DEFAULT 20,
    accept_seconds  int              NOT NULL DEFAULT 300,
    min_order       bigint           NOT NULL DEFAULT 0,
    packaging_fee   bigint           NOT NULL DEFAULT 0,
    tax_bp          int              NOT NULL DEFAULT 0, -- tax on food, hundredths of a percent
    cost_for_two    bigint           NOT NULL DEFAULT 0,
    price_level     int              NOT NULL DEFAULT 1,
    rating_average  double precision NOT NULL DEFAULT 0,
    rating_count    int              NOT NULL DEFAULT 0,
    image_url       text             NOT NULL DEFAULT '',
    status          text             NOT NULL DEFAULT 'pending',
    status_reason   text             NOT NULL DEFAULT '',
    source_key      text,                      -- where an import had it from; NULL for a vendor that signed up
    source_hash     bytea,                     -- of the imported row, so that the same row again changes nothing
    version         int              NOT NULL DEFAULT 1,
    created_at      timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT vendors_on_earth CHECK (lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180),
    CONSTRAINT vendors_radius_bound CHECK (radius_m BETWEEN 100 AND 30000),
    CONSTRAINT vendors_prep_bound CHECK (prep_minutes BETWEEN 1 AND 180),
    CONSTRAINT vendors_accept_bound CHECK (accept_seconds BETWEEN 180 AND 660),
    CONSTRAINT vendors_amounts_positive CHECK (min_order >= 0 AND packaging_fee >= 0 AND cost_for_two >= 0),
    CONSTRAINT vendors_tax_bound CHECK (tax_bp BETWEEN 0 AND 5000),
    CONSTRAINT vendors_price_level_bound CHECK (price_level BETWEEN 1 AND 4),
    CONSTRAINT vendors_status_known CHECK (status IN ('pending', 'approved', 'rejected', 'suspended'))
);
CREATE UNIQUE INDEX vendors_source_key ON vendors (source_key);
CREATE INDEX vendors_zone ON vendors USING gist (zone) WHERE status = 'approved';

CREATE TABLE vendor_members (
    vendor_id uuid NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    user_id   uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role      text NOT NULL DEFAULT 'owner',
    PRIMARY KEY (user_id, vendor_id),
    CONSTRAINT vendor_members_role_known CHECK (role IN ('owner', 'manager', 'kitchen'))
);
CREATE INDEX vendor_members_vendor ON vendor_members (vendor_id);

CREATE TABLE categories (
    id        uuid PRIMARY KEY,
    vendor_id uuid NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    name      text NOT NULL,
    position  int  NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX categories_vendor_name ON categories (vendor_id, lower(name));

CREATE TABLE dishes (
    id                uuid PRIMARY KEY,
    vendor_id         uuid        NOT NULL REFERENCES vendors (id) ON DELETE CASCADE,
    category_id       uuid        REFERENCES categories (id) ON DELETE SET NULL,
    name              text        NOT NULL,
    description       text        NOT NULL DEFAULT '',
    price             bigint      NOT NULL,
    diet              text        NOT NULL,
    allergens         text[]      NOT NULL DEFAULT '{}',
    spice             int         NOT NULL DEFAULT 0,
    available         boolean     NOT NULL DEFAULT true,
    unavailable_until timestamptz,             -- when an unavailable dish comes back by itself
    stock             int,                     -- NULL: not counted
    position          int         NOT NULL DEFAULT 0,
    image_url         text        NOT NULL DEFAULT '',
    -- A dish owns its option groups: they are always read and written with it.
    -- [{"id","name","min","max","options":[{"id","name","price","available"}]}]
    option_groups     jsonb       NOT NULL DEFAULT '[]',
    version           int         NOT NULL DEFAULT 1,
    deleted_at        timestamptz,             -- orders still name it
    CONSTRAINT dishes_price_bound CHECK (price BETWEEN 0 AND 1000000000000),
    CONSTRAINT dishes_diet_known CHECK (diet IN ('veg', 'nonveg', 'egg', 'vegan')),
    CONSTRAINT dishes_spice_bound CHECK (spice BETWEEN 0 AND 3),
    CONSTRAINT dishes_stock_bound CHECK (stock >= 0),
    CONSTRAINT dishes_in_a_category CHECK (category_id IS NOT NULL OR deleted_at IS NOT NULL)
);
CREATE INDEX dishes_vendor ON dishes (vendor_id, position) WHERE deleted_at IS NULL;
CREATE INDEX dishes_category ON dishes (category_id);
-- Who sells meat or fish, for the discovery of vendors that do not.
CREATE INDEX dishes_nonveg ON dishes (vendor_id) WHERE diet = 'nonveg' AND deleted_at IS NULL;

-- +goose Down
DROP TABLE dishes;
DROP TABLE categories;
DROP TABLE vendor_members;
DROP TABLE vendors;
DROP FUNCTION meters(double precision, double precision, double precision, double precision);
