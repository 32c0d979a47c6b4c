package ordering

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/osrm"
)

// A quote asks a router how long the ride is, once, and the order keeps what the quote said, when nobody answers any more.
func TestAQuoteKeepsItsRide(t *testing.T) {
	b := setup(t)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte(`{"code":"Ok","routes":[{"duration":1800}]}`))
	}))
	t.Cleanup(server.Close)
	options := osrm.Options{URL: server.URL, Profiles: map[string]string{"motorbike": "driving"}, Timeout: 10 * time.Second}
	b.roads = osrm.New(options)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.GreaterOrEqual(t, q.Ride, 30*time.Minute, "and what the traffic of the hour adds")
	require.Equal(t, q.ReadyAt.Add(eta.Bring(q.Ride)), q.ExpectedAt)
	again, err := b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, q.Ride, again.Ride)
	require.EqualValues(t, 1, asked.Load())

	server.Close()
	b.roads = osrm.New(options) // another process, which has never heard of the way
	a, err := b.order("k", Confirmation{QuoteID: again.QuoteID})
	require.NoError(t, err)
	o, err := b.Order(b.ctx, b.customer, orderID(t, a))
	require.NoError(t, err)
	require.WithinDuration(t, again.PromisedAt, o.PromisedAt, time.Minute)

	q = b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.Less(t, q.Ride, 15*time.Minute, "estimated")
}
