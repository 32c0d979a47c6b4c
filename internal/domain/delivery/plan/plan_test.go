package plan

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// in gives a time so many minutes from noon.
func in(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func id(kind byte, n int) domain.ID { return domain.ID{kind, 15: byte(n)} }

// metres on a plane on which a minute is a hundred of them.
func metres(x, y float64) domain.Point { return domain.Point{Lng: x, Lat: y} }

func rider(n int, x, y float64) Courier {
	return Courier{ID: id('c', n), At: metres(x, y), Free: noon, CashRoom: -1}
}

// meal is an order of the vendor who stands at (x, 0), ready in so many minutes, for a door at (x, y).
func meal(n int, x, y float64, ready int) Order {
	return Order{ID: id('o', n), Vendor: id('v', int(x/100)), Pickup: metres(x, 0), Door: metres(x, y), Placed: noon, Ready: in(ready)}
}

func round(couriers []Courier, orders ...Order) Input {
	p := Defaults()
	p.Round, p.Nearby, p.Effort = time.Minute, 0, 5_000
	return Input{Now: noon, Couriers: couriers, Orders: orders, Travel: Plane{MetersPerMinute: 100}, Params: p}
}

func TestNobodyLeavesBeforeItMatters(t *testing.T) {
	t.Parallel()
	now := round([]Courier{rider(1, 0, 0)}, meal(1, 500, 300, 20))
	out := Decide(now)
	require.Empty(t, out.Trips)
	require.Equal(t, []Waiting{{Order: id('o', 1), Reason: Later, Courier: id('c', 1), Leave: in(13), Why: out.Waiting[0].Why}}, out.Waiting, "5 min of way and half a pickup before 20")

	now.Now = in(13)
	out = Decide(now)
	require.Empty(t, out.Waiting)
	require.Len(t, out.Trips, 1)
	trip := out.Trips[0]
	require.Equal(t, in(13), trip.Leave)
	require.Equal(t, []Stop{
		{Vendor: id('v', 5), Arrive: in(18), Done: in(20), Leave: in(22)},
		{Order: id('o', 1), Arrive: in(25), Done: in(27), Leave: in(29)},
	}, trip.Stops)
	require.Equal(t, []Candidate{{Courier: id('c', 1), Chosen: true, Score: Score{
		Total: trip.Why.Candidates[0].Score.Total, Approach: 300, Freshness: 420, Elsewhere: trip.Why.Candidates[0].Score.Elsewhere,
	}}}, trip.Why.Candidates, "no second is lost, and the food is 7 min old at the door")
}

func TestCouriersAreGivenToWhereTheyAreMissedLeast(t *testing.T) {
	t.Parallel()
	// Courier 1 is nearest to both vendors; the order of the far one is lost without courier 1, that of the near one is not.
	out := Decide(round([]Courier{rider(1, 500, 0), rider(2, 0, 0)}, meal(1, 400, 0, 0), meal(2, 1500, 0, 0)))
	require.Len(t, out.Trips, 2)
	require.Equal(t, []domain.ID{id('o', 2)}, out.Trips[0].Orders, "courier 1")
	require.Equal(t, []domain.ID{id('o', 1)}, out.Trips[1].Orders, "courier 2")
	best := out.Trips[1].Why.Candidates[0]
	require.Equal(t, id('c', 1), best.Courier)
	require.False(t, best.Chosen)
	require.Equal(t, []domain.ID{id('o', 2)}, best.Instead, "what the cheaper one is kept for")
}

func TestOrdersOfAVendorShareATrip(t *testing.T) {
	t.Parallel()
	out := Decide(round([]Courier{rider(1, 0, 0)}, meal(1, 200, 900, 0), meal(2, 200, 300, 1)))
	require.Len(t, out.Trips, 1)
	require.Equal(t, []domain.ID{id('o', 2), id('o', 1)}, out.Trips[0].Orders, "the door on the way first")
	score := out.Trips[0].Why.Candidates[0].Score
	require.Equal(t, 4*60, score.Detour, "order 1 waits for the handing over of order 2")
	require.Equal(t, (4+3)*60, score.PickupLate, "at 4, ready at 0 and at 1")
	require.Equal(t, (11-1+21)*60, score.Freshness, "handed over at 11 and 21, ready at 1 and at 0")
}

func TestVendorsCloseByShareATripWhereThatIsAllowed(t *testing.T) {
	t.Parallel()
	now := round([]Courier{rider(1, 0, 0)}, meal(1, 300, 900, 0), meal(2, 400, 900, 0))
	out := Decide(now)
	require.Len(t, out.Trips[0].Orders, 1)
	require.Equal(t, Queued, out.Waiting[0].Reason)

	now.Params.Nearby = time.Minute
	out = Decide(now)
	require.Empty(t, out.Waiting)
	require.Equal(t, []domain.ID{id('v', 3), id('v', 4)}, []domain.ID{out.Trips[0].Stops[0].Vendor, out.Trips[0].Stops[1].Vendor})
	require.Equal(t, []domain.ID{id('o', 2), id('o', 1)}, out.Trips[0].Orders)

	now.Orders[1].Alone = true
	require.Len(t, Decide(now).Trips[0].Orders, 1, "it goes with nothing else")
}

func TestWhoIsOutOfTheQuestion(t *testing.T) {
	t.Parallel()
	off, later, poor, small := rider(1, 0, 0), rider(2, 0, 0), rider(3, 0, 0), rider(5, 0, 0)
	off.Off, later.Free, poor.CashRoom, small.Off = in(3), in(61), 99, in(-1)
	order := meal(1, 200, 200, 0)
	order.Cash, order.Barred = 100, map[domain.ID]Exclusion{id('c', 4): ExcludedRefused, id('c', 77): ExcludedRefused}
	out := Decide(round([]Courier{off, later, poor, rider(4, 0, 0), small}, order))
	require.Empty(t, out.Trips)
	require.Equal(t, Nobody, out.Waiting[0].Reason)
	require.Equal(t, map[Exclusion][]domain.ID{
		ExcludedOff: {id('c', 5), id('c', 1)}, ExcludedLong: {id('c', 2)}, ExcludedCash: {id('c', 3)}, ExcludedRefused: {id('c', 4)},
	}, out.Waiting[0].Why.Who)

	order.Cash = 99
	out = Decide(round([]Courier{off, later, poor}, order))
	require.Equal(t, poor.ID, out.Trips[0].Courier)
	require.Equal(t, 1, out.Trips[0].Why.Weighed)

	off.Off, off.Capacity = in(4), 1
	out = Decide(round([]Courier{off}, meal(1, 200, 200, 0), meal(2, 200, 200, 0)))
	require.Len(t, out.Trips[0].Orders, 1, "a pickup at the very end of the shift, with room for one")
	require.Equal(t, Nobody, out.Waiting[0].Reason)
}

func TestABusyCourierNearbyIsWaitedFor(t *testing.T) {
	t.Parallel()
	near := rider(1, 300, 0)
	near.Free = in(3)
	out := Decide(round([]Courier{near, rider(2, 2000, 0)}, meal(1, 200, 200, 0)))
	require.Empty(t, out.Trips)
	why := out.Waiting[0].Why
	require.Equal(t, []Waiting{{Order: id('o', 1), Reason: Busy, Courier: near.ID, Leave: in(3), Why: why}}, out.Waiting)
	require.Len(t, why.Candidates, 2, "it tells of the one who has nothing to do")
	require.True(t, why.Candidates[0].Chosen)
	require.Less(t, why.Candidates[0].Score.Total, why.Candidates[1].Score.Total)
}

func TestWhatIsExpectedIsNeverGivenOut(t *testing.T) {
	t.Parallel()
	now := round([]Courier{rider(1, 0, 0)})
	now.Lately = []Order{meal(1, 200, 200, 0), meal(2, 200, 200, 0)}
	require.Equal(t, Output{}, Decide(now))
	now.Orders = []Order{meal(1, 200, 200, 0)}
	out := Decide(now)
	require.Equal(t, []domain.ID{id('o', 1)}, out.Trips[0].Orders)
}

func TestARoundIsBounded(t *testing.T) {
	t.Parallel()
	now := round([]Courier{rider(1, 0, 0)}, meal(1, 200, 200, 2), meal(2, 200, 200, 1), meal(3, 200, 200, 0))
	now.Params.Orders = 2
	out := Decide(now)
	require.Equal(t, []Waiting{{Order: id('o', 1), Reason: Surplus}}, out.Waiting, "what is ready last")
	require.Equal(t, Output{}, Decide(Input{}))
	require.Len(t, Decide(round(nil, now.Orders...)).Waiting, 3)
}

func TestFairness(t *testing.T) {
	t.Parallel()
	idle := rider(2, 0, 0)
	idle.Idle = 30 * time.Minute
	out := Decide(round([]Courier{rider(1, 0, 0), idle}, meal(1, 200, 200, 0)))
	require.Equal(t, idle.ID, out.Trips[0].Courier, "of two who are equally near, who has had nothing to do")
}

// anyRound draws couriers and orders of every kind.
func anyRound(t *rapid.T) Input {
	place := func() domain.Point {
		return metres(float64(rapid.IntRange(0, 30).Draw(t, "x")*100), float64(rapid.IntRange(0, 30).Draw(t, "y")*100))
	}
	at := func(from, to int) time.Time { return in(rapid.IntRange(from, to).Draw(t, "minute")) }
	vendors := rapid.SliceOfN(rapid.Custom(func(*rapid.T) domain.Point { return place() }), 1, 5).Draw(t, "vendors")
	now := round(nil)
	for n := range rapid.IntRange(0, 8).Draw(t, "couriers") {
		c := Courier{ID: id('c', n), At: place(), Free: at(-5, 70), Off: at(-5, 90), Capacity: rapid.IntRange(0, 3).Draw(t, "capacity"), CashRoom: int64(rapid.IntRange(-1, 2).Draw(t, "cash"))}
		c.Vehicle = rapid.SampledFrom([]Vehicle{Bicycle, Car}).Draw(t, "vehicle")
		now.Couriers = append(now.Couriers, c)
	}
	for n := range rapid.IntRange(0, 14).Draw(t, "orders") {
		v := rapid.IntRange(0, len(vendors)-1).Draw(t, "vendor")
		o := Order{ID: id('o', n), Vendor: id('v', v), Pickup: vendors[v], Door: place(), Placed: at(-20, 0), Ready: at(-10, 30), Cash: int64(rapid.IntRange(0, 1).Draw(t, "due"))}
		if rapid.IntRange(0, 3).Draw(t, "refuse") == 0 {
			o.Barred = map[domain.ID]Exclusion{id('c', rapid.IntRange(0, 7).Draw(t, "by")): ExcludedRefused}
		}
		now.Orders = append(now.Orders, o)
		if n%2 == 0 {
			now.Lately = append(now.Lately, o)
		}
	}
	now.Params.Effort = rapid.IntRange(0, 3000).Draw(t, "effort")
	now.Params.Nearby = time.Duration(rapid.IntRange(0, 5).Draw(t, "nearby")) * time.Minute
	return now
}

// TestWhatHoldsOfEveryRound: nobody gets two trips, no order two couriers, all is accounted for, and nobody is asked who must not be.
func TestWhatHoldsOfEveryRound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := anyRound(t)
		couriers, orders := map[domain.ID]Courier{}, map[domain.ID]Order{}
		for _, c := range now.Couriers {
			couriers[c.ID] = c
		}
		for _, o := range now.Orders {
			orders[o.ID] = o
		}
		out := Decide(now)
		for _, trip := range out.Trips {
			c, ok := couriers[trip.Courier]
			require.True(t, ok, "a courier has one trip at most")
			delete(couriers, trip.Courier)
			checkTrip(t, now, c, trip, orders)
		}
		for _, w := range out.Waiting {
			require.Contains(t, orders, w.Order, "an order is given out or waits, once")
			delete(orders, w.Order)
			require.Equal(t, w.Reason == Nobody, w.Courier.IsNil())
		}
		require.Empty(t, orders, "every order is accounted for")
	})
}

func checkTrip(t *rapid.T, now Input, c Courier, trip Trip, orders map[domain.ID]Order) {
	require.False(t, c.Free.After(now.Now), "who is told stands idle")
	require.LessOrEqual(t, len(trip.Orders), now.Params.Bundle)
	if c.Capacity > 0 {
		require.LessOrEqual(t, len(trip.Orders), c.Capacity)
	}
	at, leave, cash, doors := c.At, trip.Leave, int64(0), 0
	fetched := map[domain.ID]time.Time{}
	for _, s := range trip.Stops {
		place := orders[s.Order].Door
		for _, o := range now.Orders {
			if s.Order.IsNil() && o.Vendor == s.Vendor {
				place = o.Pickup
			}
		}
		require.Equal(t, leave.Add(now.Travel.Time(at, place, c.Vehicle, now.Now)), s.Arrive)
		at, leave = place, s.Leave
		if s.Order.IsNil() {
			require.False(t, s.Done.After(c.Off), "a pickup after the shift")
			fetched[s.Vendor] = s.Done
			continue
		}
		o, ok := orders[s.Order]
		require.True(t, ok)
		delete(orders, s.Order)
		require.Equal(t, o.ID, trip.Orders[doors])
		require.NotContains(t, o.Barred, c.ID)
		require.False(t, fetched[o.Vendor].Before(o.Ready), "fetched before it is ready")
		cash += o.Cash
		doors++
	}
	require.Len(t, trip.Orders, doors)
	if c.CashRoom >= 0 {
		require.LessOrEqual(t, cash, c.CashRoom)
	}
	text, err := json.Marshal(trip.Why)
	require.NoError(t, err)
	require.Less(t, len(text), 8_000, "an explanation is brief")
}

// TestARoundDependsOnItsInputOnly, and not on the order in which that is listed.
func TestARoundDependsOnItsInputOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := anyRound(t)
		want := Decide(now)
		r := rand.New(rand.NewPCG(1, uint64(len(now.Orders))))
		r.Shuffle(len(now.Orders), func(i, j int) { now.Orders[i], now.Orders[j] = now.Orders[j], now.Orders[i] })
		r.Shuffle(len(now.Couriers), func(i, j int) { now.Couriers[i], now.Couriers[j] = now.Couriers[j], now.Couriers[i] })
		r.Shuffle(len(now.Lately), func(i, j int) { now.Lately[i], now.Lately[j] = now.Lately[j], now.Lately[i] })
		require.Equal(t, want, Decide(now))
	})
}
