package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// serve starts a server, and gives the options of a city at it whose accounts have the token "<e-mail> <times minted>".
func serve(t *testing.T, handle http.HandlerFunc) Options {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	var minted atomic.Int32
	return Options{
		API: server.URL, Owners: []string{"owner@sim.zoop.test"}, OrdersPerMinute: 6000, Couriers: 2, Speed: 1000,
		Mint: func(_ context.Context, email, _ string, _ domain.Role) (string, error) {
			return fmt.Sprint(email, " ", minted.Add(1)), nil
		},
	}
}

func TestAccountsAreMintedAnewWhenRefused(t *testing.T) {
	t.Parallel()
	var seen []string
	opts := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		if strings.HasSuffix(seen[len(seen)-1], " 1") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"firstName":"A"}`)
	})
	require.NoError(t, opts.check())
	c, err := newCity(opts)
	require.NoError(t, err)
	api := c.as("a@sim.zoop.test", "A", domain.RoleCustomer)
	for range 2 {
		me, err := api.Me(t.Context())
		require.NoError(t, err)
		require.Equal(t, "A", me.FirstName)
	}
	require.Equal(t, []string{"Bearer a@sim.zoop.test 1", "Bearer a@sim.zoop.test 2", "Bearer a@sim.zoop.test 2"}, seen)
}

func TestCityNeedsVendors(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"data":[]}`) }))
	require.ErrorContains(t, err, "none of the owners has an approved vendor")
}

// A server that is away stops nobody, and the city still closes in time.
func TestCityClosesThoughTheServerIsAway(t *testing.T) {
	t.Parallel()
	opts := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/me/vendors"):
			fmt.Fprintf(w, `{"data":[{"id":%q,"status":"approved","city":"Here","location":{"lat":28.6,"lng":77.2}}]}`, domain.ID(id.New()))
		case strings.HasSuffix(r.URL.Path, "/cities"):
			_, _ = io.WriteString(w, `{"data":[{"name":"Here","location":{"lat":28.6,"lng":77.2}}]}`)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	var out bytes.Buffer
	opts.Duration, opts.Out = 1200*time.Millisecond, &out
	began := time.Now()
	report, err := Run(t.Context(), opts)
	require.NoError(t, err)
	require.Less(t, time.Since(began), time.Minute)
	require.Positive(t, report.Errors["http_503"])
	require.Contains(t, out.String(), "city closed")
}

// All of a trip is fetched before the first of its doors, which come by place.
func TestATripIsDrivenInItsOrder(t *testing.T) {
	t.Parallel()
	place := []int{1, 2}
	one, two := dto.Delivery{ID: id.New(), Place: &place[0]}, dto.Delivery{ID: id.New(), Place: &place[1]}
	for _, x := range []struct {
		one, two dto.DeliveryState
		next     domain.ID
	}{
		{dto.DeliveryStateAssigned, dto.DeliveryStateAssigned, one.ID},
		{dto.DeliveryStatePickedUp, dto.DeliveryStateAssigned, two.ID},
		{dto.DeliveryStateAssigned, dto.DeliveryStateAtStore, two.ID},
		{dto.DeliveryStatePickedUp, dto.DeliveryStatePickedUp, one.ID},
		{dto.DeliveryStatePickedUp, dto.DeliveryStateAtCustomer, two.ID},
	} {
		one.State, two.State = x.one, x.two
		require.Equal(t, x.next, first([]dto.Delivery{two, one}).ID, x)
	}
}

func TestACityIsPlayedAlone(t *testing.T) {
	t.Parallel()
	here, there := domain.ID(id.New()), domain.ID(id.New())
	opts := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/me/vendors") {
			fmt.Fprintf(w, `{"data":[{"id":%q,"status":"approved","city":"Here","location":{"lat":28.6,"lng":77.2}},
				{"id":%q,"status":"approved","city":"There","location":{"lat":12.9,"lng":77.6}}]}`, here, there)
			return
		}
		_, _ = io.WriteString(w, `{"data":[]}`)
	})
	open := func(name string) (*city, error) {
		opts.City = name
		require.NoError(t, opts.check())
		c, err := newCity(opts)
		require.NoError(t, err)
		_, err = c.openVendors(t.Context())
		return c, err
	}
	all, err := open("")
	require.NoError(t, err)
	require.Len(t, all.world.towns, 2)
	one, err := open("there")
	require.NoError(t, err)
	require.Len(t, one.world.towns, 1)
	require.Equal(t, []domain.ID{there}, one.world.towns[0].vendors)
	_, err = open("Nowhere")
	require.ErrorContains(t, err, "must be one of Here, There")
}

// Food that another courier left somewhere is not cooked again.
func TestStrandedFoodIsNotAwaited(t *testing.T) {
	t.Parallel()
	for state, waits := range map[dto.OrderState]bool{dto.OrderStatePreparing: true, dto.OrderStateReady: false, dto.OrderStatePickedUp: false} {
		b := &courier{job: &dto.Delivery{State: dto.DeliveryStateAtStore}}
		b.job.Order.State = state
		require.Equal(t, waits, !b.canFetch(), state)
	}
}

// Who gives up gives back all that they have, and comes online again; what was given up while nobody heard of them is brought after all.
func TestACourierWhoCannotGoOn(t *testing.T) {
	t.Parallel()
	left := []dto.Delivery{{ID: id.New(), State: dto.DeliveryStatePickedUp}, {ID: id.New(), State: dto.DeliveryStateAssigned}}
	var asked []string
	opts := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch path := strings.TrimPrefix(r.URL.Path, "/api/v1"); {
		case path == "/courier/deliveries":
			_ = json.NewEncoder(w).Encode(dto.DeliveryList{Data: left})
		case path == "/courier/location":
			w.WriteHeader(http.StatusNoContent)
		case path == "/courier/availability":
			asked = append(asked, string(body))
			_, _ = io.WriteString(w, `{}`)
		case strings.HasSuffix(path, "/give-back"):
			assert.Equal(t, "/deliveries/"+left[0].ID.String()+"/give-back", path)
			asked, left = append(asked, "give back"), left[1:]
			w.WriteHeader(http.StatusNoContent)
		case strings.HasSuffix(path, "/redeliver"):
			asked, left[0].State = append(asked, "bring again"), dto.DeliveryStatePickedUp
			_, _ = io.WriteString(w, `{}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	c, err := newCity(opts)
	require.NoError(t, err)
	c.world = &world{}
	b := &courier{city: c, dice: newDice(1, "courier", 0), api: c.as("ravi@sim.zoop.test", "Ravi", domain.RoleCourier), job: &left[0], more: true}
	b.giveUp(t.Context())
	require.Equal(t, []string{"give back", "give back", `{"online":false}`, `{"online":true}`}, asked)
	require.Nil(t, b.job)

	asked, left = nil, []dto.Delivery{{ID: id.New(), State: dto.DeliveryStateFailed}}
	require.True(t, b.recover(t.Context()))
	b.work(t.Context())
	require.Equal(t, []string{"bring again"}, asked)
	require.Equal(t, dto.DeliveryStatePickedUp, b.job.State)
}
