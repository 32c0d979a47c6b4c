package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

func TestVendorsForStaff(t *testing.T) {
	b := setup(t)
	first, owner := b.vendor()
	second, _ := b.vendor()
	_, err := b.Suspend(b.ctx, admin, second.ID, 0, "mice")
	require.NoError(t, err)
	waiting, err := b.Open(b.ctx, owner, catalog.NewVendor{
		Name: "New", Cuisines: []string{"Thali"}, Address: "1", City: "Mumbai", Location: delhi, Phone: "+911234567", PrepMinutes: 20,
	})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		filter catalog.Filter
		want   []domain.ID
	}{
		"all, the newest first": {catalog.Filter{Limit: 10}, []domain.ID{waiting.ID, second.ID, first.ID}},
		"pending":               {catalog.Filter{Limit: 10, Status: vendor.Pending}, []domain.ID{waiting.ID}},
		"suspended":             {catalog.Filter{Limit: 10, Status: vendor.Suspended}, []domain.ID{second.ID}},
		"a city":                {catalog.Filter{Limit: 10, City: "mumbai"}, []domain.ID{waiting.ID}},
		"a page":                {catalog.Filter{Limit: 1, Before: waiting.ID}, []domain.ID{second.ID}},
		"none":                  {catalog.Filter{Limit: 10, Status: vendor.Rejected}, nil},
	} {
		views, err := b.All(b.ctx, c.filter)
		require.NoError(t, err)
		var found []domain.ID
		for _, v := range views {
			found = append(found, v.ID)
		}
		require.Equal(t, c.want, found, name)
	}
}
