package mdrp

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// checker recomputes a day from the files of its solution, and shares nothing with the replay but the instance.
type checker struct {
	*Instance
	orders   map[string]Order
	couriers map[string]Courier
	ends     map[string]end
	trips    map[string][]bundle // by courier, in order
	moves    map[string][]move
	wrong    []string
	figures  figures
}

// end is a line of OrdersDoneFile; never where there is NaN.
type end struct {
	placed, ready, pickup, drop int
	courier                     string
}

const never = math.MinInt

// bundle is a line of AssignmentsFile.
type bundle struct {
	given, pickup int
	orders        []string
}

// move is a line of MovesFile.
type move struct {
	leave    int
	from, to string
}

// mostWrong bounds how many violations are told.
const mostWrong = 20

func (c *checker) fail(format string, args ...any) {
	if len(c.wrong) < mostWrong {
		c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
	}
}

// check holds the files against the rules: those of the published evaluator, and that couriers are told only while they stand
// idle, leave no earlier than they are told, and are never diverted.
func (in *Instance) check(f Files) *checker {
	c := &checker{
		Instance: in, orders: map[string]Order{}, couriers: map[string]Courier{},
		ends: map[string]end{}, trips: map[string][]bundle{}, moves: map[string][]move{},
	}
	for _, o := range in.Orders {
		c.orders[o.ID] = o
	}
	for _, u := range in.Couriers {
		c.couriers[u.ID] = u
	}
	c.each(f, AssignmentsFile, 4, c.readBundle)
	c.each(f, OrdersDoneFile, 6, c.readEnd)
	c.each(f, MovesFile, 4, c.readMove)
	c.ordersOnce()
	for _, u := range in.Couriers {
		c.courier(u)
	}
	return c
}

// each calls read with the words of each line below the first.
func (c *checker) each(f Files, name string, least int, read func([]string)) {
	lines := strings.Split(f[name], "\n")
	for i, line := range lines[1:] {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case len(words) < least:
			c.fail("%s:%d: %d words, at least %d wanted", name, i+2, len(words), least)
		default:
			read(words)
		}
	}
}

func (c *checker) whole(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		c.fail("%q is no whole number of minutes", word)
		return never
	}
	return n
}

func (c *checker) readBundle(words []string) {
	if _, ok := c.couriers[words[2]]; !ok {
		c.fail("an assignment is for courier %q, who does not exist", words[2])
		return
	}
	c.trips[words[2]] = append(c.trips[words[2]], bundle{c.whole(words[0]), c.whole(words[1]), words[3:]})
}

func (c *checker) readEnd(words []string) {
	o, ok := c.orders[words[0]]
	if _, twice := c.ends[words[0]]; !ok || twice {
		c.fail("order %s is told of twice, or does not exist", words[0])
		return
	}
	e := end{placed: c.whole(words[1]), ready: c.whole(words[2]), pickup: never, drop: never}
	if words[5] != "NaN" {
		e.pickup, e.drop, e.courier = c.whole(words[3]), c.whole(words[4]), words[5]
	}
	if e.placed != o.Placed || e.ready != o.Ready {
		c.fail("order %s was placed at %d and ready at %d, not %d and %d", o.ID, o.Placed, o.Ready, e.placed, e.ready)
	}
	c.ends[o.ID] = e
}

func (c *checker) readMove(words []string) {
	c.moves[words[0]] = append(c.moves[words[0]], move{c.whole(words[1]), words[2], words[3]})
}

// ordersOnce: each order is told of, and in an assignment of the courier it is said to have, or in none.
func (c *checker) ordersOnce() {
	carrier := map[string]string{}
	for u, list := range c.trips {
		for _, b := range list {
			for _, o := range b.orders {
				if _, ok := c.orders[o]; !ok || carrier[o] != "" {
					c.fail("order %s is in two assignments, or does not exist", o)
				}
				carrier[o] = u
			}
		}
	}
	for _, o := range c.Orders {
		e, ok := c.ends[o.ID]
		if !ok || e.courier != carrier[o.ID] {
			c.fail("order %s is assigned to courier %q, but said to be with %q", o.ID, carrier[o.ID], e.courier)
		}
	}
}

// courier follows somebody through the day.
func (c *checker) courier(u Courier) {
	w := &walker{checker: c, Courier: u, idle: u.On, at: u.ID, place: u.At, moves: c.moves[u.ID]}
	for _, b := range c.trips[u.ID] {
		if !w.trip(b) {
			return
		}
	}
	if len(w.moves) > 0 {
		c.fail("courier %s moves to %s without an assignment", u.ID, w.moves[0].to)
	}
	c.figures.courier(u, w.driven, w.bundles, w.drops, c.PickupMinutes, c.DropMinutes)
}

// walker is a courier on the way.
type walker struct {
	*checker
	Courier
	idle   int // from when on
	at     string
	place  Place
	moves  []move // still to come
	driven int
	bundles,
	drops int
}

// trip follows an assignment; false where what comes after makes no sense any more.
func (w *walker) trip(b bundle) bool {
	if b.given < w.idle {
		w.fail("courier %s is assigned %v at %d, but idle only from %d on", w.ID, b.orders, b.given, w.idle)
	}
	vendor := w.orders[b.orders[0]].Vendor
	arrived, ok := w.follow(vendor, w.Vendors[vendor], b.given)
	if !ok {
		return false
	}
	if b.pickup < arrived+w.PickupMinutes/2 {
		w.fail("courier %s picks up %v at %d, having arrived at %d", w.ID, b.orders, b.pickup, arrived)
	}
	if b.pickup > w.Off {
		w.fail("courier %s picks up %v at %d, but is off at %d", w.ID, b.orders, b.pickup, w.Off)
	}
	w.bundles++
	w.idle = b.pickup + w.PickupMinutes/2
	for _, id := range b.orders {
		if !w.order(b, w.orders[id], vendor) {
			return false
		}
	}
	return true
}

func (w *walker) order(b bundle, o Order, vendor string) bool {
	e := w.ends[o.ID]
	switch {
	case o.Vendor != vendor:
		w.fail("order %s is from %s, not from %s as others of its assignment", o.ID, o.Vendor, vendor)
	case b.given < o.Placed:
		w.fail("order %s is assigned at %d, but placed at %d", o.ID, b.given, o.Placed)
	case b.pickup < o.Ready:
		w.fail("order %s is picked up at %d, but ready at %d", o.ID, b.pickup, o.Ready)
	case e.pickup != b.pickup:
		w.fail("order %s is picked up at %d, but said to be at %d", o.ID, b.pickup, e.pickup)
	}
	arrived, ok := w.follow(o.ID, o.Door, w.idle)
	if !ok {
		return false
	}
	if want := arrived + w.DropMinutes/2; e.drop != want {
		w.fail("order %s is handed over at %d, but said to be at %d", o.ID, want, e.drop)
	}
	w.drops++
	w.idle = e.drop + w.DropMinutes/2
	w.figures.order(o, e, w.Target)
	return true
}

// follow takes the next move, which must lead to a place and not begin before a time.
func (w *walker) follow(to string, place Place, earliest int) (arrived int, ok bool) {
	if len(w.moves) == 0 {
		w.fail("courier %s never goes to %s", w.ID, to)
		return 0, false
	}
	m := w.moves[0]
	if m.from != w.at || m.to != to {
		w.fail("courier %s goes from %s to %s instead of from %s to %s", w.ID, m.from, m.to, w.at, to)
		return 0, false
	}
	if m.leave < earliest {
		w.fail("courier %s leaves for %s at %d instead of %d or later", w.ID, to, m.leave, earliest)
	}
	way := math.Hypot(place.X-w.place.X, place.Y-w.place.Y) / w.MetersPerMinute
	minutes := int(math.Ceil(way))
	w.moves, w.at, w.place = w.moves[1:], to, place
	w.driven += minutes
	return m.leave + minutes, true
}
