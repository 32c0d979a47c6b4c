package postgres

import (
	"context"
	"fmt"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// A zone is covered by at most 32 cells of the S2 library, from 100 km across down to 1 km. A point is looked for by the
// cells around it, one a level, and by the face of the cube, which stands for zones that have no cells of their own yet.
const (
	coarsest = 6
	finest   = 13
	maxCells = 32
)

var coverer = s2.RegionCoverer{MinLevel: coarsest, MaxLevel: finest, LevelMod: 1, MaxCells: maxCells}

// margin is what a covering reaches beyond its zone, for what the library and the database round differently.
const marginMeters = 1

// cover gives the cells of a vendor's zone. Whoever writes a zone writes them with it.
func cover(v vendor.Vendor) []int64 {
	var region s2.Region = s2.CapFromCenterAngle(sphere(v.Location), angle(float64(v.RadiusM)+marginMeters))
	if v.Ring != nil {
		region = loop(v.Ring)
	}
	return signed(coverer.Covering(region))
}

// around gives the cells that a zone which holds a point may have.
func around(p domain.Point) []int64 {
	leaf := s2.CellIDFromLatLng(s2.LatLngFromDegrees(p.Lat, p.Lng))
	cells := []s2.CellID{leaf.Parent(0)}
	for level := coarsest; level <= finest; level++ {
		cells = append(cells, leaf.Parent(level))
	}
	return signed(cells)
}

func sphere(p domain.Point) s2.Point { return s2.PointFromLatLng(s2.LatLngFromDegrees(p.Lat, p.Lng)) }

func angle(meters float64) s1.Angle { return s1.Angle(meters / domain.EarthMeters) }

func loop(ring vendor.Ring) *s2.Loop {
	corners := make([]s2.Point, len(ring))
	for i, c := range ring {
		corners[i] = sphere(c)
	}
	return s2.LoopFromPoints(corners)
}

// signed are the cells as Postgres has them: the same 64 bits.
func signed(cells []s2.CellID) []int64 {
	out := make([]int64, len(cells))
	for i, c := range cells {
		out[i] = int64(c) //nolint:gosec // a bit pattern
	}
	return out
}

// fromRing gives a drawn zone as its row has it, on Earth and on its plane; NULLs for a circle.
func fromRing(ring vendor.Ring) (corners []float64, plane pgtype.Polygon) {
	if ring == nil {
		return nil, pgtype.Polygon{}
	}
	for _, c := range ring {
		corners = append(corners, c.Lat, c.Lng)
	}
	for _, s := range ring.Plane() {
		plane.P = append(plane.P, pgtype.Vec2{X: s.X, Y: s.Y})
	}
	plane.Valid = true
	return corners, plane
}

func toRing(corners []float64) vendor.Ring {
	var ring vendor.Ring
	for i := 0; i+1 < len(corners); i += 2 {
		ring = append(ring, domain.Point{Lat: corners[i], Lng: corners[i+1]})
	}
	return ring
}

// coverBatch bounds how many zones one transaction covers.
const coverBatch = 500

// CoverZones gives cells to zones that were written without, in one transaction, and says whether there may be more. Until
// then they are found by looking at every one of them.
func (db *DB) CoverZones(ctx context.Context) (more bool, err error) {
	err = db.InTx(ctx, func(tx *Tx) error {
		rows, err := tx.HoldUncovered(ctx, coverBatch)
		if err != nil {
			return fmt.Errorf("hold zones without cells: %w", err)
		}
		more = len(rows) == coverBatch
		cells := make([]query.CoverZoneParams, len(rows))
		for i, r := range rows {
			cells[i] = query.CoverZoneParams{ID: r.ID, ZoneCells: cover(vendor.Vendor{
				Location: domain.Point{Lat: r.Lat, Lng: r.Lng}, RadiusM: r.RadiusM, Ring: toRing(r.ZoneRing),
			})}
		}
		tx.CoverZone(ctx, cells).Exec(func(_ int, e error) {
			if e != nil && err == nil {
				err = fmt.Errorf("cover a zone: %w", e)
			}
		})
		return err
	})
	return more && err == nil, err
}
