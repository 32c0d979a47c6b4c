package catalog_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// flower has eight corners around a place, by turns far from it and near.
func flower(at domain.Point, far, near float64) []domain.Point {
	var corners []domain.Point
	for i := range 8 {
		corners = append(corners, toward(at, []float64{far, near}[i%2], float64(i)*45))
	}
	return corners
}

func TestADrawnZoneIsWhereTheVendorIsFound(t *testing.T) {
	b := setup(t)
	for _, at := range []domain.Point{delhi, {Lat: -16.5, Lng: 179.99}, {Lat: 51.9, Lng: -179.98}, {Lat: 89.95, Lng: 10}, {Lat: -89.99, Lng: -100}, {Lat: 0.01, Lng: 0.01}} {
		owner := b.account()
		request := request()
		request.Location = at
		v, err := b.Open(b.ctx, owner, request)
		require.NoError(t, err)
		_, err = b.Approve(b.ctx, admin, v.ID, 0)
		require.NoError(t, err)
		set, err := b.SetZone(b.ctx, owner, v.ID, 0, catalog.Zone{Ring: flower(at, 20000, 6000)})
		require.NoError(t, err)
		for bearing := 0.0; bearing < 360; bearing += 7.5 {
			for _, meters := range []float64{1, 5999, 6100, 9000, 13000, 19999, 20001, 40000} {
				p := toward(at, meters, bearing)
				if math.Mod(bearing, 45) == 0 && meters > 13000 && meters < 19999.5 {
					continue // along the edge of a leaf
				}
				found := slices.Contains(b.near(catalog.Query{Point: p}).IDs, v.ID)
				require.Equal(t, set.DeliversTo(p), found, "%v: %g m at %g°", at, meters, bearing)
			}
		}
		b.exec("DELETE FROM vendors WHERE id = $1", v.ID)
		b.Cache().Clear()
	}
}

func TestSetZone(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	zone := func() string {
		page, err := b.ZonePage(b.ctx, anonymous, v.ID, func(z vendor.Vendor) ([]byte, error) {
			return []byte(fmt.Sprintf("%d %d", z.RadiusM, len(z.Ring))), nil
		})
		require.NoError(t, err)
		return string(page.Body)
	}
	require.Equal(t, "5000 0", zone())
	far := toward(delhi, 18000, 0)
	require.NotContains(t, b.near(catalog.Query{Point: far}).IDs, v.ID)

	_, err := b.SetZone(b.ctx, owner, v.ID, 1, catalog.Zone{RadiusMeters: 20000})
	requireKind(t, domain.Precondition, err)
	_, err = b.SetZone(b.ctx, b.account(), v.ID, 0, catalog.Zone{RadiusMeters: 20000})
	requireKind(t, domain.NotFound, err)
	_, err = b.SetZone(b.ctx, owner, v.ID, 0, catalog.Zone{Ring: flower(far, 3000, 2000)})
	requireKind(t, domain.Invalid, err)
	require.Equal(t, "5000 0", zone())

	before := b.page(v.ID).Version
	_, err = b.SetZone(b.ctx, owner, v.ID, 0, catalog.Zone{RadiusMeters: 20000})
	require.NoError(t, err)
	require.Equal(t, "20000 0", zone())
	require.Equal(t, before+1, b.page(v.ID).Version)
	require.Contains(t, b.near(catalog.Query{Point: far}).IDs, v.ID, "at once")

	_, err = b.SetZone(b.ctx, owner, v.ID, 0, catalog.Zone{Ring: flower(delhi, 3000, 2000)})
	require.NoError(t, err)
	require.Equal(t, "3000 8", zone())
	require.NotContains(t, b.near(catalog.Query{Point: far}).IDs, v.ID)

	radius := 19000
	_, err = b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{RadiusMeters: &radius})
	require.NoError(t, err)
	require.Equal(t, "19000 0", zone(), "a radius takes the place of what was drawn")
	require.Contains(t, b.near(catalog.Query{Point: far}).IDs, v.ID)
}
