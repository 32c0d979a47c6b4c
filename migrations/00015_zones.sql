-- A vendor's zone may be drawn, and is found by cells.

-- +goose Up

-- The point's place on the plane that touches the Earth at lat0, lng0, in metres, by the gnomonic projection: the same as
-- the kernel's vendor.Project, for points that are near.
-- +goose StatementBegin
CREATE FUNCTION on_plane(lat0 double precision, lng0 double precision, lat double precision, lng double precision)
    RETURNS point
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN point(
    6371008.8 * cosd(lat) * sind(lng - lng0) / (sind(lat0) * sind(lat) + cosd(lat0) * cosd(lat) * cosd(lng - lng0)),
    6371008.8 * (cosd(lat0) * sind(lat) - sind(lat0) * cosd(lat) * cosd(lng - lng0))
        / (sind(lat0) * sind(lat) + cosd(lat0) * cosd(lat) * cosd(lng - lng0)));
-- +goose StatementEnd

ALTER TABLE vendors
    -- The corners of a zone that is drawn, in degrees: lat, lng, lat, lng, … NULL: the zone is the circle of radius_m,
    -- which otherwise is one around the vendor that holds the ring.
    ADD COLUMN zone_ring  double precision[],
    -- The same on the plane that touches the Earth at the first corner, where its edges are straight.
    ADD COLUMN zone_plane polygon,
    -- S2 cells that cover the zone, for the index. The default is the six that cover the Earth: right for every zone, and
    -- soon replaced by smaller ones.
    ADD COLUMN zone_cells bigint[] NOT NULL DEFAULT
        '{1152921504606846976,3458764513820540928,5764607523034234880,8070450532247928832,-8070450532247928832,-5764607523034234880}',
    ADD CONSTRAINT vendors_ring_bound CHECK (cardinality(zone_ring) BETWEEN 6 AND 400 AND cardinality(zone_ring) % 2 = 0),
    ADD CONSTRAINT vendors_ring_on_plane CHECK (npoints(zone_plane) * 2 IS NOT DISTINCT FROM cardinality(zone_ring)),
    ADD CONSTRAINT vendors_covered CHECK (cardinality(zone_cells) BETWEEN 1 AND 32);

-- fastupdate would make the readers after an import go through a list of what is new.
CREATE INDEX vendors_cells ON vendors USING gin (zone_cells) WITH (fastupdate = off) WHERE status = 'approved';
-- Zones that wait for cells of their own.
CREATE INDEX vendors_uncovered ON vendors (id) WHERE zone_cells @> '{1152921504606846976,3458764513820540928}';

-- Whoever changes a zone gives the new one's cells in the same statement; cells that were left as they were may be another
-- zone's, so they give way to those that cover everything.
-- +goose StatementBegin
CREATE FUNCTION uncover_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.zone_cells := '{1152921504606846976,3458764513820540928,5764607523034234880,8070450532247928832,-8070450532247928832,-5764607523034234880}';
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER vendors_zone_moved
    BEFORE UPDATE OF lat, lng, radius_m, zone_ring ON vendors
    FOR EACH ROW
    WHEN (NEW.zone_cells = OLD.zone_cells
          AND (NEW.zone_ring IS DISTINCT FROM OLD.zone_ring
               OR NEW.zone_ring IS NULL AND (NEW.lat, NEW.lng, NEW.radius_m) IS DISTINCT FROM (OLD.lat, OLD.lng, OLD.radius_m)))
    EXECUTE FUNCTION uncover_zone();

-- Whether the zone of a vendor so many metres away holds a point. Whoever asks for many looks for their cells first:
-- zone_cells && the cells around the point.
-- +goose StatementBegin
CREATE FUNCTION zone_holds(distance double precision, radius_m int, ring double precision[], plane polygon,
                           lat double precision, lng double precision)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN plane IS NULL THEN distance <= radius_m
    WHEN meters(ring[1], ring[2], lat, lng) > 1000000 THEN false -- the plane shows the far side of the Earth, too
    ELSE plane @> on_plane(ring[1], ring[2], lat, lng)
END;
-- +goose StatementEnd

ALTER TABLE vendors DROP COLUMN zone;

-- +goose Down
ALTER TABLE vendors
    ADD COLUMN zone box GENERATED ALWAYS AS (box(
        point(lng - radius_m / 110000.0 / greatest(cosd(lat), 0.01), lat - radius_m / 110000.0),
        point(lng + radius_m / 110000.0 / greatest(cosd(lat), 0.01), lat + radius_m / 110000.0))) STORED;
CREATE INDEX vendors_zone ON vendors USING gist (zone) WHERE status = 'approved';
DROP FUNCTION zone_holds(double precision, int, double precision[], polygon, double precision, double precision);
DROP TRIGGER vendors_zone_moved ON vendors;
DROP FUNCTION uncover_zone();
ALTER TABLE vendors
    DROP COLUMN zone_cells,
    DROP COLUMN zone_plane,
    DROP COLUMN zone_ring;
DROP FUNCTION on_plane(double precision, double precision, double precision, double precision);
