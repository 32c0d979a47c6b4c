package ordering

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
)

// A courier hears the order's code at the counter: told before, it would prove nothing.
func TestACourierReadsTheCodeOnceTheyHaveArrived(t *testing.T) {
	t.Parallel()
	ravi := domain.Actor{ID: domain.ID(id.New()), Role: domain.RoleCourier}
	for state, code := range map[delivery.State]string{delivery.Assigned: "", delivery.AtStore: "4711", delivery.PickedUp: "4711"} {
		v := Order{DeliveryState: string(state)}
		v.CourierID, v.OrderCode, v.Fulfilment = ravi.ID, "4711", order.Delivery
		require.Equal(t, code, redact(v, ravi).OrderCode, state)
		require.Equal(t, "4711", redact(v, domain.Actor{Role: domain.RoleVendor}).OrderCode, state)
	}
}
