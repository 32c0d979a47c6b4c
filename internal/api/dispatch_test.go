package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// A stop is at a vendor, at a door, or where food was left, which nobody takes for a vendor without a name.
func TestStopsOfATrip(t *testing.T) {
	t.Parallel()
	order, vendor, left := domain.ID(id.New()), domain.ID(id.New()), domain.ID(id.New())
	x := explanation{delivery.Explained{Orders: map[domain.ID]postgres.OrderName{order: {VendorName: "Casa Lima"}}}}
	named := x.Orders[order]
	named.VendorID, named.Number = vendor, "7K3P0Q"
	x.Orders[order] = named
	require.Equal(t, "Casa Lima", x.stop(plan.Stop{Vendor: vendor}).Vendor.Name)
	require.Equal(t, "7K3P0Q", x.stop(plan.Stop{Order: order}).Order.Number)
	at := x.stop(plan.Stop{Vendor: left})
	require.Nil(t, at.Vendor)
	require.Nil(t, at.Order)
}
