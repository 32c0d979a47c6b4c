package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// zoned is a database, and a vendor that was imported into it.
func zoned(t *testing.T) (*DB, SourcedVendor) {
	t.Helper()
	t.Parallel()
	db, err := FromPool(t.Context(), dbtest.New(t))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	p := vendor.Profile{Cuisines: []string{"Thai"}, Country: "IN", Timezone: "Asia/Kolkata", AcceptSeconds: 300, PriceLevel: 1, Version: 1}
	p.ID, p.Name, p.Status, p.Currency, p.PrepMinutes = id.New(), "Paper Crane", vendor.Approved, "INR", 20
	p.Location, p.RadiusM = domain.Point{Lat: 18.5, Lng: 73.8}, 5000
	v := SourcedVendor{Key: "x:1", Hash: []byte{1}, Profile: p, Menu: []menu.Category{}}
	importOne(t, db, v)
	return db, v
}

func importOne(t *testing.T, db *DB, v SourcedVendor) {
	t.Helper()
	_, err := db.ImportVendors(t.Context(), []SourcedVendor{v})
	require.NoError(t, err)
}

// held is a vendor as its row has it, and its cells.
func held(t *testing.T, db *DB, vendorID domain.ID) (vendor.Vendor, []int64) {
	t.Helper()
	row, err := db.q().Vendor(t.Context(), query.VendorParams{ID: vendorID})
	require.NoError(t, err)
	p, err := toProfile(row.Vendor)
	require.NoError(t, err)
	return p.Vendor, row.Vendor.ZoneCells
}

// requireCovered says that the cells of a row are those of its zone.
func requireCovered(t *testing.T, db *DB, vendorID domain.ID) {
	t.Helper()
	v, cells := held(t, db, vendorID)
	require.Equal(t, cover(v), cells)
}

func TestNoVendorWithoutCells(t *testing.T) {
	db, v := zoned(t)
	for _, cells := range []string{"NULL", "'{}'"} {
		_, err := db.pool.Exec(t.Context(), "UPDATE vendors SET zone_cells = "+cells)
		require.Error(t, err, cells)
	}
	_, err := db.pool.Exec(t.Context(), "INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, zone_cells) "+
		"SELECT gen_random_uuid(), name, cuisines, address, city, country, timezone, currency, lat, lng, NULL FROM vendors")
	require.ErrorContains(t, err, "zone_cells")
	requireCovered(t, db, v.Profile.ID)
}

func TestWritersKeepTheCellsInStep(t *testing.T) {
	db, v := zoned(t)
	requireCovered(t, db, v.Profile.ID)

	owner := domain.ID(id.New())
	_, err := db.pool.Exec(t.Context(), "INSERT INTO users (id, email, first_name, role) VALUES ($1, 'vee@example.com', 'Vee', 'vendor')", owner)
	require.NoError(t, err)
	fresh := v.Profile
	fresh.ID, fresh.Location = id.New(), domain.Point{Lat: -36.85, Lng: 174.76}
	require.NoError(t, db.InTx(t.Context(), func(tx *Tx) error { return tx.AddVendor(t.Context(), fresh, owner) }))
	requireCovered(t, db, fresh.ID)

	ring, err := vendor.NewRing([]domain.Point{{Lat: 18.47, Lng: 73.79}, {Lat: 18.51, Lng: 73.77}, {Lat: 18.53, Lng: 73.84}}, v.Profile.Location)
	require.NoError(t, err)
	drawn := v.Profile.Vendor
	drawn.Ring = ring
	require.NoError(t, db.InTx(t.Context(), func(tx *Tx) error { return tx.SaveZone(t.Context(), drawn) }))
	back, cells := held(t, db, drawn.ID)
	require.Equal(t, ring, back.Ring)
	require.Equal(t, cover(drawn), cells)

	v.Hash, v.Profile.Location = []byte{2}, domain.Point{Lat: 18.6, Lng: 73.9} // the file has it elsewhere: what was drawn stays
	importOne(t, db, v)
	requireCovered(t, db, drawn.ID)
	back.Ring = nil
	require.NoError(t, db.InTx(t.Context(), func(tx *Tx) error { return tx.SaveZone(t.Context(), back) }))
	v.Hash, v.Profile.Location = []byte{3}, domain.Point{Lat: 18.7, Lng: 74}
	importOne(t, db, v)
	moved, cells := held(t, db, drawn.ID)
	require.Equal(t, v.Profile.Location, moved.Location)
	require.Equal(t, cover(moved), cells, "a circle moves with its vendor")
}

func TestCellsOfAnotherZoneGiveWay(t *testing.T) {
	db, v := zoned(t)
	exec := func(sql string) {
		_, err := db.pool.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	for _, change := range []string{"radius_m = 9000", "lat = -20", "lng = 179.99", "zone_ring = '{0,0,0,1,1,0}', zone_plane = '((0,0),(1,1),(0,1))'"} {
		exec("UPDATE vendors SET " + change)
		_, cells := held(t, db, v.Profile.ID)
		require.Len(t, cells, 6, "%s: found by whoever looks anywhere", change)
		more, err := db.CoverZones(t.Context())
		require.NoError(t, err)
		require.False(t, more)
		requireCovered(t, db, v.Profile.ID)
	}
	_, before := held(t, db, v.Profile.ID)
	exec("UPDATE vendors SET name = 'Tin Cup', lat = lat")
	_, after := held(t, db, v.Profile.ID)
	require.Equal(t, before, after, "what leaves the zone as it is leaves the cells, too")
}
