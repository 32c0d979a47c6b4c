package eta

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// What a kitchen is learned from.
const (
	Window  = 28 * 24 * time.Hour // back from now
	History = 1000                // most orders, the newest
)

// Which quantiles are expected and promised. A promise is a newsvendor's stock: whoever minds a minute too late four times as much as
// one that was promised in vain promises what four of five keep to.
const (
	expected = 0.5
	promised = 0.8
)

// How much evidence counts as much as what is known of others.
const (
	ownWeight   = 30.0 // orders of a vendor, against those who cook the like
	hourWeight  = 20.0 // orders around an hour, against the vendor's whole day
	loadWeight  = 20.0 // orders with so many others, against the usual
	groupWeight = 3.0  // vendors of a kind, against a wider kind
)

// Bounds of what is believed: who forgets to say that food is ready, or says so at once, is not a slow or a quick cook.
const (
	maxCooking = 3 * time.Hour
	maxAnswer  = 30 * time.Minute
	maxEarly   = 15 * time.Minute
	maxLate    = time.Hour
)

// Cooked is an order that was made ready.
type Cooked struct {
	AskedAt    time.Time // its vendor; zero: not known
	AcceptedAt time.Time
	ReadyBy    time.Time // as its vendor said last
	ReadyAt    time.Time
	Planned    bool // for a slot: that says nothing of how long cooking takes
}

// Spread is what half of the orders keep to, and what four of five do.
type Spread struct{ Typical, Cautious time.Duration }

// Record is what an own history tells of a vendor, or of many on average.
type Record struct {
	Cooking Spread
	Answer  Spread
	Late    Spread
}

// Group is what is known of vendors of a kind, each counting the same.
type Group struct {
	Vendors int
	Mean    Record
}

// And is both groups as one.
func (g Group) And(other Group) Group {
	n := g.Vendors + other.Vendors
	if n == 0 {
		return g
	}
	mix := func(a, b time.Duration) time.Duration {
		return (a*time.Duration(g.Vendors) + b*time.Duration(other.Vendors)) / time.Duration(n)
	}
	both := func(a, b Spread) Spread { return Spread{mix(a.Typical, b.Typical), mix(a.Cautious, b.Cautious)} }
	return Group{n, Record{both(g.Mean.Cooking, other.Mean.Cooking), both(g.Mean.Answer, other.Mean.Answer), both(g.Mean.Late, other.Mean.Late)}}
}

// doubt is how much longer than a vendor says four of five orders take, of its time, as long as nothing is known of anybody.
const doubt = 0.2

// Expect is what is expected of a vendor that says so much of itself, by kinds that it belongs to, from the widest to the narrowest: of
// all, of a cuisine, of a cuisine in its city. Each is believed the more, the more vendors it has.
func Expect(s Stated, kinds ...Group) Record {
	said := time.Duration(s.Minutes) * time.Minute
	r := Record{Cooking: Spread{said, said + time.Duration(doubt*float64(said))}}
	for _, k := range kinds {
		r = r.toward(k.Mean, float64(k.Vendors), groupWeight)
	}
	return r
}

// toward moves a record as far to another one as that has weight.
func (r Record) toward(other Record, weight, against float64) Record {
	mix := func(a, b Spread) Spread {
		return Spread{blend(a.Typical, b.Typical, weight, against), blend(a.Cautious, b.Cautious, weight, against)}
	}
	return Record{mix(r.Cooking, other.Cooking), mix(r.Answer, other.Answer), mix(r.Late, other.Late)}
}

func blend(a, b time.Duration, weight, against float64) time.Duration {
	if weight <= 0 {
		return a
	}
	return a + time.Duration(float64(b-a)*weight/(weight+against))
}

// Learn finds out how long a vendor's orders take, on its wall clock, from those that it made ready and from what was expected of it.
// Own is what its orders alone tell, orders how many of them told how long the cooking takes.
func Learn(place *time.Location, history []Cooked, prior Record) (k Kitchen, own Record, orders int) {
	history = slices.Clone(history)
	slices.SortStableFunc(history, func(a, b Cooked) int { return a.AcceptedAt.Compare(b.AcceptedAt) })
	cooks := cooksOf(place, history)
	var answers, lates []float64
	for _, c := range history {
		if !c.AskedAt.IsZero() {
			answers = append(answers, within(c.AcceptedAt.Sub(c.AskedAt), 0, maxAnswer))
		}
		lates = append(lates, within(c.ReadyAt.Sub(c.ReadyBy), -maxEarly, maxLate))
	}
	took := make([]float64, len(cooks))
	for i, c := range cooks {
		took[i] = c.took
	}
	own = Record{spread(took), spread(answers), spread(lates)}
	belief := prior
	belief.Cooking = Record{Cooking: prior.Cooking}.toward(own, float64(len(took)), ownWeight).Cooking
	belief.Answer = Record{Answer: prior.Answer}.toward(own, float64(len(answers)), ownWeight).Answer
	belief.Late = Record{Late: prior.Late}.toward(own, float64(len(lates)), ownWeight).Late

	k.Answer, k.Late = minutes(belief.Answer.Typical), minutes(belief.Late.Typical)
	factors := k.hours(belief, own.Cooking.Typical, cooks)
	k.loads(own.Cooking.Typical, factors, cooks)
	return k, own, len(cooks)
}

// cook is an order of which it is known how long its cooking took.
type cook struct {
	hour int
	load int     // others that were cooked when it was accepted
	took float64 // seconds
}

// cooksOf tells of each order how many others were being cooked when it was accepted. They are sorted by that.
func cooksOf(place *time.Location, history []Cooked) []cook {
	var out []cook
	var busy []time.Time // until when the others were
	for _, c := range history {
		busy = slices.DeleteFunc(busy, func(ready time.Time) bool { return !ready.After(c.AcceptedAt) })
		load := len(busy)
		busy = append(busy, c.ReadyAt)
		if !c.Planned {
			out = append(out, cook{c.AcceptedAt.In(place).Hour(), load, within(c.ReadyAt.Sub(c.AcceptedAt), 0, maxCooking)})
		}
	}
	return out
}

// hours fills in what goes by the hour, and gives by how much each differs from the day. An hour is learned with its neighbours.
func (k *Kitchen) hours(belief Record, day time.Duration, cooks []cook) (factors [24]float64) {
	for h := range factors {
		var took, others []float64
		for _, c := range cooks {
			if d := (c.hour - h + 24) % 24; d <= 1 || d == 23 {
				took, others = append(took, c.took), append(others, float64(c.load))
			}
		}
		factors[h] = 1
		if n := float64(len(took)); n > 0 && day > 0 {
			factors[h] = (n*clamp(quantile(took, expected)/day.Seconds(), 0.5, 2) + hourWeight) / (n + hourWeight)
			k.Usual[h] = int(math.Round(quantile(others, expected)))
		}
		times := func(d time.Duration) time.Duration { return time.Duration(float64(d) * factors[h]) }
		k.Cooking[h] = max(1, minutes(times(belief.Cooking.Typical)))
		k.Margin[h] = margin(times(belief.Cooking.Cautious-belief.Cooking.Typical), belief.Answer.Cautious-belief.Answer.Typical)
	}
	return factors
}

// margin is what is promised beyond what is expected of things that are late independently of each other, in whole minutes.
func margin(parts ...time.Duration) int {
	sum := 0.0
	for _, p := range parts {
		sum += p.Minutes() * p.Minutes()
	}
	return int(math.Ceil(math.Sqrt(sum) - 1e-9))
}

// loads fills in what more or fewer orders than usual cost: never less, the more there are.
func (k *Kitchen) loads(day time.Duration, factors [24]float64, cooks []cook) {
	var by [loads][]float64
	for _, c := range cooks {
		if day > 0 {
			s := step(c.load, k.Usual[c.hour])
			by[s] = append(by[s], c.took/(day.Seconds()*factors[c.hour]))
		}
	}
	var percent, weight [loads]float64
	for s, rest := range by {
		n := float64(len(rest))
		percent[s], weight[s] = 100, n+loadWeight
		if n > 0 {
			percent[s] = (n*100*clamp(quantile(rest, expected), 0.5, 3) + 100*loadWeight) / (n + loadWeight)
		}
	}
	for s := range percent {
		if s < asEver {
			percent[s] = min(percent[s], 100)
		} else {
			percent[s] = max(percent[s], 100)
		}
	}
	percent[asEver] = 100
	all := append(rising(percent[:asEver], weight[:asEver]), 100)
	all = append(all, rising(percent[asEver+1:], weight[asEver+1:])...)
	for s, p := range all {
		k.Load[s] = int(math.Round(p))
	}
}

// rising are the numbers closest to some that never fall (pool adjacent violators).
func rising(values, weights []float64) []float64 {
	type pool struct {
		sum, weight float64
		n           int
	}
	var pools []pool
	for i, v := range values {
		pools = append(pools, pool{v * weights[i], weights[i], 1})
		for n := len(pools); n > 1 && pools[n-2].sum*pools[n-1].weight > pools[n-1].sum*pools[n-2].weight; n = len(pools) {
			a, b := pools[n-2], pools[n-1]
			pools = append(pools[:n-2], pool{a.sum + b.sum, a.weight + b.weight, a.n + b.n})
		}
	}
	out := make([]float64, 0, len(values))
	for _, p := range pools {
		for range p.n {
			out = append(out, p.sum/p.weight)
		}
	}
	return out
}

func spread(seconds []float64) Spread {
	of := func(q float64) time.Duration { return time.Duration(quantile(seconds, q) * float64(time.Second)) }
	return Spread{of(expected), of(promised)}
}

// quantile of numbers in any order, between two of them where it lies there; of none 0.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i == len(sorted)-1 {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

func minutes(d time.Duration) int { return int(math.Round(d.Minutes())) }

// within is a duration within bounds, in seconds.
func within(d, least, most time.Duration) float64 { return clamp(d, least, most).Seconds() }

func clamp[T cmp.Ordered](v, least, most T) T { return min(max(v, least), most) }
