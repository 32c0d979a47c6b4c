package sim

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

var delhi = domain.Point{Lat: 28.6139, Lng: 77.2090}

func TestDiceAreRepeatable(t *testing.T) {
	t.Parallel()
	a, b := newDice(7, "courier", 3), newDice(7, "courier", 3)
	for range 100 {
		require.Equal(t, a.Uint64(), b.Uint64())
	}
	require.NotEqual(t, newDice(7, "courier", 3).Uint64(), newDice(7, "courier", 4).Uint64())
	require.NotEqual(t, newDice(7, "courier", 3).Uint64(), newDice(7, "vendor", 3).Uint64())
	require.NotEqual(t, newDice(7, "courier", 3).Uint64(), newDice(8, "courier", 3).Uint64())
}

func TestArrivalsKeepTheirRate(t *testing.T) {
	t.Parallel()
	d := newDice(1, "arrivals", 0)
	var total time.Duration
	for range 30_000 {
		total += d.next(300)
	}
	require.InDelta(t, 100, total.Minutes(), 2)
}

func TestNearStaysWithinItsCircle(t *testing.T) {
	t.Parallel()
	d := newDice(1, "x", 0)
	farthest := 0.0
	for range 2000 {
		farthest = max(farthest, delhi.Meters(d.near(delhi, 2500)))
	}
	require.InDelta(t, 2480, farthest, 30)
}

func TestRideMovesAtItsSpeedAlongALine(t *testing.T) {
	t.Parallel()
	r := newRide(delhi, offset(delhi, 0.5, 3000), 10)
	require.InDelta(t, 390, r.total.Seconds(), 1)
	require.InDelta(t, 1000, delhi.Meters(r.at(130*time.Second)), 10)
	require.Equal(t, r.to, r.at(time.Hour))
	require.InDelta(t, 28.6, r.heading(), 0.5) // half a radian
	require.InDelta(t, 270, newRide(delhi, offset(delhi, -1.5708, 500), 10).heading(), 0.5)

	nowhere := newRide(delhi, delhi, 10)
	require.Equal(t, delhi, nowhere.at(0))
}

func TestPeopleHaveDifferentNamesAndDoors(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for n := range maxCustomers {
		box := mailbox("customer", n)
		require.False(t, seen[box], box)
		seen[box] = true
		who, ok := whoseDoor(doorplate(n))
		require.True(t, ok)
		require.Equal(t, n, who)
	}
	for _, stranger := range []string{"", "Lake Road", "0 Lake Road", "2001 Lake Road", "7 Nowhere", "seven"} {
		_, ok := whoseDoor(stranger)
		require.False(t, ok, stranger)
	}
}

func money(amount int64) dto.Money { return dto.Money{Amount: amount, Currency: "INR"} }

func option(available bool, price int64) dto.Option {
	return dto.Option{ID: id.New(), Price: money(price), Available: available}
}

func TestBasketIsValid(t *testing.T) {
	t.Parallel()
	size := dto.OptionGroup{Min: 1, Max: 1, Options: []dto.Option{option(true, 0), option(false, 5), option(true, 50)}}
	extras := dto.OptionGroup{Min: 0, Max: 2, Options: []dto.Option{option(true, 10), option(true, 20), option(true, 30)}}
	stuck := dto.OptionGroup{Min: 1, Max: 1, Options: []dto.Option{option(false, 0)}}
	pizza := dto.Dish{ID: id.New(), Price: money(200), Available: true, OptionGroups: []dto.OptionGroup{size, extras}}
	soldOut := dto.Dish{ID: id.New(), Price: money(1), Available: false}
	impossible := dto.Dish{ID: id.New(), Price: money(1), Available: true, OptionGroups: []dto.OptionGroup{stuck}}
	menu := dto.Menu{Categories: []dto.Category{{Dishes: []dto.Dish{soldOut, impossible}}, {Dishes: []dto.Dish{pizza}}}}

	d := newDice(1, "x", 0)
	for range 300 {
		items := fill(d, menu, 900)
		worth := int64(0)
		for _, item := range items {
			require.Equal(t, pizza.ID, item.DishID)
			worth += pizza.Price.Amount * int64(item.Quantity)
			sizes, more := 0, 0
			for _, chosen := range item.Options {
				require.NotEqual(t, size.Options[1].ID, chosen, "not on offer")
				if chosen == size.Options[0].ID || chosen == size.Options[2].ID {
					sizes++
				} else {
					more++
				}
			}
			require.Equal(t, 1, sizes)
			require.LessOrEqual(t, more, 2)
		}
		require.GreaterOrEqual(t, worth+80*int64(2*len(items)), int64(900))
	}
	require.Empty(t, fill(d, dto.Menu{Categories: []dto.Category{{Dishes: []dto.Dish{soldOut}}}}, 0))
}

func TestMistakesDiffer(t *testing.T) {
	t.Parallel()
	for code, wrong := range map[string]string{"1234": "1235", "0009": "0000", "ABZ": "ABA", "": "0000"} {
		require.Equal(t, wrong, mistake(code))
	}
}

func TestAgendaGoesByTime(t *testing.T) {
	t.Parallel()
	var a agenda
	now := time.Now()
	for _, seconds := range []int{3, 1, 2} {
		a.add(task{at: now.Add(time.Duration(seconds) * time.Second), state: string(rune('0' + seconds))})
	}
	_, ok := a.due(now)
	require.False(t, ok)
	require.Equal(t, time.Second, a.wait(now, time.Minute))
	var got string
	for next, ok := a.due(now.Add(time.Hour)); ok; next, ok = a.due(now.Add(time.Hour)) {
		got += next.state
	}
	require.Equal(t, "123", got)
	require.Equal(t, time.Minute, a.wait(now, time.Minute))
}

// newKitchen is a vendor's bot that has no server to talk to.
func newKitchen() *kitchen {
	c := &city{opts: Options{Speed: 10}, tally: newTally(), door: newDoor()}
	return &kitchen{city: c, dice: newDice(1, "vendor", 0), tickets: map[domain.ID]*ticket{}}
}

func TestKitchenGoesByTheNewestVersion(t *testing.T) {
	t.Parallel()
	k := newKitchen()
	vendorID, order := domain.ID(id.New()), domain.ID(id.New())
	tell := func(version int, name string) {
		k.hear(dto.Event{Type: name, Subject: dto.EventSubjectOrder, SubjectID: order, VendorID: &vendorID, Version: version})
	}
	tell(1, "order.placed")
	tell(3, "order.preparing") // a snapshot was ahead of the feed
	tell(2, "order.accepted")
	require.Equal(t, dto.OrderStatePreparing, k.tickets[order].state)
	tell(4, "delivery.offered")
	tell(5, "order.ready")
	tell(7, "order.picked_up")
	require.Equal(t, 1, k.city.tally.report().Live)
	tell(9, "order.delivered")
	tell(9, "order.delivered")
	tell(10, "order.completed")
	require.Empty(t, k.tickets)
	r := k.city.tally.report()
	require.Equal(t, map[string]int{"delivered": 1}, r.Ended)
	require.Zero(t, r.Live)
}

func TestTallyCountsEachEndOnceAndErrorsByCode(t *testing.T) {
	t.Parallel()
	tl := newTally()
	order := domain.ID(id.New())
	tl.begin(order)
	tl.end(order, "expired")
	tl.begin(order) // an old message came late
	tl.end(order, "expired")
	tl.end(id.New(), "delivered") // never seen alive: somebody else's
	for i := range 100 {
		tl.place(time.Duration(i+1) * time.Millisecond)
	}
	tl.failed(errors.New("connection refused"))
	tl.failed(&client.Problem{Problem: dto.Problem{Code: "price_changed"}})
	r := tl.report()
	require.Equal(t, map[string]int{"expired": 1}, r.Ended)
	require.Equal(t, map[string]int{"unreachable": 1, "price_changed": 1}, r.Errors)
	require.Equal(t, 100, r.Placed)
	require.Equal(t, 51*time.Millisecond, r.P50)
	require.Equal(t, 100*time.Millisecond, r.P99)
	require.Contains(t, r.Line(), "placed 100")
	require.Equal(t, 5, strings.Count(r.String(), "\n"))
}

func TestDoorForgetsTheOldest(t *testing.T) {
	t.Parallel()
	d := newDoor()
	pin, code := "1234", "9876"
	first := domain.ID(id.New())
	d.tell(dto.Order{ID: first, DeliveryPin: &pin, OrderCode: &code, Fulfilment: dto.FulfilmentDelivery})
	said, ok := d.ask(first)
	require.True(t, ok)
	require.Equal(t, secret{pin: "1234"}, said) // the customer of a delivery does not know its code
	d.say(first, code)
	d.tell(dto.Order{ID: first, DeliveryPin: &pin, Fulfilment: dto.FulfilmentDelivery})
	said, _ = d.ask(first)
	require.Equal(t, secret{pin: "1234", code: "9876"}, said, "its kitchen does")
	for range maxSecrets {
		d.tell(dto.Order{ID: id.New(), Fulfilment: dto.FulfilmentPickup, OrderCode: &code})
	}
	_, ok = d.ask(first)
	require.False(t, ok)
	require.Len(t, d.secrets, maxSecrets)
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {Owners: []string{"a"}}, {Speed: -1}} {
		_, err := Run(t.Context(), o)
		require.Error(t, err)
	}
	require.Equal(t, 6, couriersFor(1, 10))
	require.Greater(t, couriersFor(300, 1), couriersFor(300, 10))
}
