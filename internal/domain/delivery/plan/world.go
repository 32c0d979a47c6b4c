package plan

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// world is an input made ready for many questions: sorted, with times in seconds from now and places as numbers. Places are
// vendors first, then doors, then couriers; nobody travels to where couriers are.
type world struct {
	Params
	now      time.Time
	travel   Travel
	couriers []courier // by ID
	orders   []order   // those that wait, then those that are expected; each by readiness
	vendors  []vendor
	surplus  []domain.ID // orders that are not planned for
	excluded []excluded  // couriers who are not planned for
	points   []domain.Point
	nodes    int32     // how many places there are
	vehicles []Vehicle // those in use
	legs     [][]int32 // by vehicle: seconds to a place from each, negative where not asked yet
	fars     [][]int32 // by vehicle: seconds from a place to where orders come from, on average; likewise

	round, pickHalf, dropHalf, lead int32
	scarce, outlying                float64 // Params.Scarce and Far, by how much there is to do for a courier
}

type courier struct {
	id        domain.ID
	node      int32
	free, off int32
	idle      bool // free now
	capacity  int
	vehicle   int
	cash      int64
	fair      float64
}

// excluded is a courier whom no trip is for.
type excluded struct {
	courier domain.ID
	why     Exclusion
}

type order struct {
	id                      domain.ID
	vendor                  int16
	node                    int32
	placed, ready, promised int32
	known                   int32   // nobody sets out before
	weight, lost            float64 // of a second's wait, and of nobody being planned for it
	cash                    int64
	reach                   int32             // longest way to the vendor; 0 is any
	barred                  map[int]Exclusion // by courier
}

type vendor struct {
	id       domain.ID
	expected bool // of orders that nobody has placed: a vendor of their own
	alone    bool // what is fetched there goes with nothing else
	orders   []int16
	next     []bool  // by vendor: whether one trip may visit both
	near     []int16 // couriers, the soonest there first; nil where not asked yet
	around   []int16 // vendors, the closest first; likewise
}

func newWorld(in Input) *world {
	w := &world{Params: in.Params, now: in.Now, travel: in.Travel}
	w.Bundle = min(max(w.Bundle, 1), MaxBundle)
	w.round, w.lead = max(1, seconds(w.Round)), seconds(w.Lead)
	w.pickHalf, w.dropHalf = seconds(w.PickupTime)/2, seconds(w.DropTime)/2
	orders, surplus := w.admit(in.Orders)
	expected, _ := w.admit(again(in.Lately, in.Now, w.Again))
	for _, o := range surplus {
		w.surplus = append(w.surplus, o.ID)
	}
	w.addVendors(orders, false)
	w.addVendors(expected, true)
	w.addOrders(orders, false)
	w.addOrders(expected, true)
	to := len(w.points)
	w.addCouriers(in.Couriers)
	w.nodes = int32(len(w.points)) //nolint:gosec // bounded by hard
	w.addBarred(orders)
	for range w.vehicles {
		w.legs = append(w.legs, slices.Repeat([]int32{-1}, len(w.points)*to))
		w.fars = append(w.fars, slices.Repeat([]int32{-1}, len(w.points)))
	}
	// quiet is how many orders a courier leave time for whoever stands far out: those are needed where they are.
	const quiet = 0.5
	load := float64(len(w.orders)) / float64(max(1, len(w.couriers)))
	w.scarce, w.outlying = w.Scarce*load, w.Far*min(1, max(0, load-quiet))
	w.addNext()
	return w
}

// seconds of a duration, within bounds that may be added up.
func seconds(d time.Duration) int32 {
	return int32(min(max(d/time.Second, math.MinInt32/8), math.MaxInt32/8)) //nolint:gosec // bounded here
}

func (w *world) since(t time.Time) int32 { return seconds(t.Sub(w.now)) }

func (w *world) time(s int32) time.Time { return w.now.Add(time.Duration(s) * time.Second) }

// hard bounds what a round looks at, whatever the parameters say.
const hard = 4096

// admit takes the orders that a round looks at, each once: those that are ready first, if there are too many.
func (w *world) admit(all []Order) (orders, surplus []Order) {
	orders = slices.Clone(all)
	slices.SortStableFunc(orders, func(a, b Order) int { return domain.CompareIDs(a.ID, b.ID) })
	orders = slices.CompactFunc(orders, func(a, b Order) bool { return a.ID == b.ID })
	slices.SortStableFunc(orders, func(a, b Order) int { return a.Ready.Compare(b.Ready) })
	n := min(len(orders), max(w.Orders, 1), hard)
	return orders[:n], orders[n:]
}

func (w *world) addVendors(orders []Order, expected bool) {
	for _, o := range orders {
		if w.vendor(o.Vendor, expected) < 0 {
			w.vendors = append(w.vendors, vendor{id: o.Vendor, expected: expected, alone: o.Alone})
			w.points = append(w.points, o.Pickup)
		}
	}
}

func (w *world) vendor(id domain.ID, expected bool) int {
	return slices.IndexFunc(w.vendors, func(v vendor) bool { return v.id == id && v.expected == expected })
}

// What an order costs that nobody is planned for, besides what it has waited already: more than any wait, but no wait is put up with
// for one that may never come. A way that is longer still is none.
const (
	lost         = 100 * 3600
	lostExpected = 2 * 3600
	longest      = 2 * lost * time.Second
)

func (w *world) addOrders(orders []Order, expected bool) {
	weight, lost := 1.0, float64(lost)
	if expected {
		weight, lost = w.Expected, w.Expected*lostExpected
	}
	for _, o := range orders {
		promised := o.Promised
		if promised.IsZero() {
			promised = o.Placed.Add(w.Target)
		}
		v := w.vendor(o.Vendor, expected)
		w.vendors[v].orders = append(w.vendors[v].orders, int16(len(w.orders))) //nolint:gosec // bounded by admit
		w.orders = append(w.orders, order{
			id: o.ID, vendor: int16(v), node: int32(len(w.points)), weight: weight, lost: lost, cash: o.Cash, reach: seconds(o.Reach), //nolint:gosec // bounded by admit
			placed: w.since(o.Placed), ready: w.since(o.Ready), promised: w.since(promised), known: max(0, w.since(o.Placed)),
		})
		last := &w.orders[len(w.orders)-1]
		last.lost += weight * (float64(max(0, -last.placed)) + w.Late*float64(max(0, -last.promised)))
		w.points = append(w.points, o.Door)
	}
}

// addCouriers takes those who can be free within the horizon, each once.
func (w *world) addCouriers(all []Courier) {
	couriers := slices.Clone(all)
	slices.SortStableFunc(couriers, func(a, b Courier) int { return domain.CompareIDs(a.ID, b.ID) })
	couriers = slices.CompactFunc(couriers, func(a, b Courier) bool { return a.ID == b.ID })
	for _, c := range couriers {
		off := int32(math.MaxInt32 / 4)
		if !c.Off.IsZero() {
			off = w.since(c.Off)
		}
		free := w.since(c.Free)
		switch {
		case off < max(0, free):
			w.excluded = append(w.excluded, excluded{c.ID, ExcludedOff})
		case free > seconds(w.Horizon) || len(w.couriers) == hard:
			w.excluded = append(w.excluded, excluded{c.ID, ExcludedLong})
		default:
			w.addCourier(c, free, off)
		}
	}
}

func (w *world) addCourier(c Courier, free, off int32) {
	by := slices.Index(w.vehicles, c.Vehicle)
	if by < 0 {
		by = len(w.vehicles)
		w.vehicles = append(w.vehicles, c.Vehicle)
	}
	capacity := w.Bundle
	if c.Capacity > 0 {
		capacity = min(capacity, c.Capacity)
	}
	w.couriers = append(w.couriers, courier{
		id: c.ID, node: int32(len(w.points)), free: max(0, free), off: off, idle: free <= 0, //nolint:gosec // bounded by addCouriers
		capacity: capacity, vehicle: by, cash: c.CashRoom, fair: w.Fair * float64(seconds(min(max(c.Idle, 0), time.Hour))),
	})
	w.points = append(w.points, c.At)
}

func (w *world) addBarred(orders []Order) {
	for i := range orders {
		for id, why := range orders[i].Barred {
			c, ok := w.courier(id)
			if !ok {
				continue
			}
			if w.orders[i].barred == nil {
				w.orders[i].barred = map[int]Exclusion{}
			}
			w.orders[i].barred[c] = why
		}
	}
}

// courier finds one by ID.
func (w *world) courier(id domain.ID) (int, bool) {
	return slices.BinarySearchFunc(w.couriers, id, func(c courier, id domain.ID) int { return domain.CompareIDs(c.id, id) })
}

// addNext tells which vendors share trips.
func (w *world) addNext() {
	for v := range w.vendors {
		a := &w.vendors[v]
		a.next = make([]bool, len(w.vendors))
		for other := range w.vendors {
			a.next[other] = other != v && !a.alone && !w.vendors[other].alone && w.Nearby > 0 && len(w.vehicles) > 0 && a.expected == w.vendors[other].expected &&
				w.leg(0, int32(v), int32(other)) <= seconds(w.Nearby) //nolint:gosec // bounded by admit
		}
	}
}

// leg is how many seconds a way takes, rounded up.
func (w *world) leg(by int, from, to int32) int32 {
	known := &w.legs[by][to*w.nodes+from]
	if *known < 0 {
		d := w.travel.Time(w.points[from], w.points[to], w.vehicles[by], w.now)
		*known = seconds(min(max(0, d), longest) + time.Second - 1)
	}
	return *known
}

// far is how many seconds a place is from where orders come from, on average.
func (w *world) far(by int, from int32) float64 {
	known := &w.fars[by][from]
	if *known < 0 {
		sum, n := 0, 0
		for v := range w.vendors {
			k := len(w.vendors[v].orders)
			sum += k * int(w.leg(by, from, int32(v))) //nolint:gosec // bounded by admit
			n += k
		}
		*known = int32(sum / max(1, n)) //nolint:gosec // a mean of such numbers
	}
	return float64(*known)
}

// near gives couriers by how soon they are at a vendor, without those who would be off by then.
func (w *world) near(of int16) []int16 {
	v := &w.vendors[of]
	if v.near == nil {
		soon := make([]int32, len(w.couriers))
		v.near = make([]int16, 0, len(w.couriers))
		for c := range w.couriers {
			u := &w.couriers[c]
			soon[c] = u.free + w.leg(u.vehicle, u.node, int32(of))
			if soon[c]+w.pickHalf <= u.off {
				v.near = append(v.near, int16(c)) //nolint:gosec // bounded by addCouriers
			}
		}
		slices.SortFunc(v.near, func(a, b int16) int { return cmp.Or(cmp.Compare(soon[a], soon[b]), cmp.Compare(a, b)) })
	}
	return v.near
}

// around gives vendors by their way from one, which comes first.
func (w *world) around(from int16) []int16 {
	v := &w.vendors[from]
	if v.around == nil {
		v.around = make([]int16, len(w.vendors))
		for i := range v.around {
			v.around[i] = int16(i) //nolint:gosec // bounded by admit
		}
		slices.SortStableFunc(v.around, func(a, b int16) int {
			return cmp.Compare(w.leg(0, int32(from), int32(a)), w.leg(0, int32(from), int32(b)))
		})
	}
	return v.around
}
