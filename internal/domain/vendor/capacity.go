package vendor

import "time"

// Acceptance is who says yes to a vendor's orders.
type Acceptance string

// The ways of acceptance.
const (
	Manual Acceptance = "manual" // somebody at the vendor
	Auto   Acceptance = "auto"   // the marketplace, the moment they are placed
)

// Quarter is a quarter of an hour, counted in UTC since 1970: the slot that a kitchen's places belong to. The zero Quarter
// is none.
type Quarter int64

const quarterSeconds = 15 * 60

// QuarterOf is the quarter that a moment lies in.
func QuarterOf(t time.Time) Quarter { return Quarter(t.Unix() / quarterSeconds) }

// Begins is the first moment of the quarter, in UTC.
func (q Quarter) Begins() time.Time { return time.Unix(int64(q)*quarterSeconds, 0).UTC() }

// QuartersAhead is how far a full kitchen may put an order off: two hours after it would be ready with an idle one.
const QuartersAhead = 8

// Plan is what a kitchen can promise for an order placed now.
type Plan struct {
	ReadyAt time.Time // zero: the kitchen is full
	Quarter Quarter   // whose place the order takes; zero: places are not counted
	FreeAt  time.Time // of a full kitchen: when it has a place again even if none is given back; zero: not before it closes
}

// Plan finds when an order placed now would be ready that takes so long, where so many places of each quarter are taken: after that time
// if that quarter has a place left, else at the beginning of the next one that has, within QuartersAhead and before the vendor
// closes.
func (v Vendor) Plan(now time.Time, prep time.Duration, taken map[Quarter]int) Plan {
	ready := now.Add(prep)
	if v.SlotCapacity == 0 {
		return Plan{ReadyAt: ready}
	}
	first, closes := QuarterOf(ready), v.ClockAt(now).ClosesAt
	q := first
	for taken[q] >= v.SlotCapacity {
		q++
	}
	if q == first {
		return Plan{ReadyAt: ready, Quarter: q}
	}
	open := func(t time.Time) bool { return closes.IsZero() || t.Before(closes) }
	if q <= first+QuartersAhead && open(q.Begins()) {
		return Plan{ReadyAt: q.Begins(), Quarter: q}
	}
	if free := (q - QuartersAhead).Begins().Add(-prep); free.After(now) && open(free) && open(q.Begins()) {
		return Plan{FreeAt: free}
	}
	return Plan{}
}

// PlanFor finds whether food can be ready at a moment ahead: of a kitchen whose quarter is taken no time.
func (v Vendor) PlanFor(ready time.Time, taken map[Quarter]int) Plan {
	if v.SlotCapacity == 0 {
		return Plan{ReadyAt: ready}
	}
	if q := QuarterOf(ready); taken[q] < v.SlotCapacity {
		return Plan{ReadyAt: ready, Quarter: q}
	}
	return Plan{}
}
