package board

import (
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

// Order is what the board knows of an order. Its texts are clean. A value that has been handed out is never changed.
type Order struct {
	ID          domain.ID
	Number      string // "" until known
	State       order.State
	Version     int
	VendorID    domain.ID
	Vendor      string
	CourierID   domain.ID // Nil: none yet
	City        string
	Fulfilment  order.Fulfilment
	Total       domain.Money
	PlacedAt    time.Time
	ReadyBy     time.Time // zero until accepted
	PromisedAt  time.Time
	EstimatedAt time.Time // when its customer will have it, as its last event told; zero: nobody can tell
	DeadlineAt  time.Time // of the state's timer; zero: it has none
	EndedAt     time.Time // by this reader's clock; zero while live
	Due         time.Time // when the next promise breaks; for what has ended, when that was

	seq int64 // of the event that changed it last; 0: a snapshot
}

// after gives the order's value after an event, and whether that is news. A nil order is one that the board does not
// know: only its birth and its return to life make it known, so that an echo of something long ended does not raise it again.
func (o *Order) after(e Event) (Order, bool) {
	var next Order
	switch {
	case o != nil && e.Version > o.Version:
		next = *o
	case o == nil && e.Version == 1:
		next = birth(e)
	case o == nil && e.Type == restored:
		next = Order{ID: e.SubjectID, VendorID: e.VendorID, City: e.City} // the rest is to be fetched
	default:
		return next, false
	}
	next.Version, next.seq = e.Version, e.Seq
	s := order.State(strings.TrimPrefix(e.Type, "order."))
	if e.Type == restored {
		s = order.Accepted
	}
	if s.Known() {
		next.State = s
		next.DeadlineAt = e.instant("deadlineAt")
	}
	if at := e.instant("readyBy"); !at.IsZero() {
		next.ReadyBy = at
	}
	if at := e.instant("promisedAt"); !at.IsZero() {
		next.PromisedAt = at
	}
	if at := e.instant("estimatedAt"); !at.IsZero() {
		next.EstimatedAt = at
	}
	if e.Type == "order.revision_accepted" {
		next.Total = e.money("total")
	}
	switch e.Type {
	case "delivery.assigned", "delivery.at_store", "delivery.at_customer", "delivery.taken_over", "delivery.lost", "order.picked_up":
		if !e.CourierID.IsNil() {
			next.CourierID = e.CourierID
		}
	case "delivery.taken_away", "delivery.stranded", "order.cancelled": // whom the event names is told that they lose it
		next.CourierID = domain.Nil
	}
	return next, true
}

const restored = "order.restored"

// birth reads what the first event of an order says about it.
func birth(e Event) Order {
	return Order{
		ID: e.SubjectID, State: order.Placed, Number: e.text("number"), VendorID: e.VendorID, Vendor: e.text("vendorName"), City: e.City,
		Fulfilment: order.Fulfilment(e.text("fulfilment")), Total: e.money("total"), PlacedAt: e.At,
	}
}

// promised is what the rules of promises look at.
func (o *Order) promised() order.Promised {
	return order.Promised{State: o.State, DeadlineAt: o.DeadlineAt, ReadyBy: o.ReadyBy, PromisedAt: o.PromisedAt, EstimatedAt: o.EstimatedAt}
}

// Next is the promise of which least is left.
func (o *Order) Next(now time.Time) order.Stake { return o.promised().Next(now) }

// Left is the time until the next promise breaks, negative after, and when it is foretold to; ok is false when nothing is
// promised any more.
func (o *Order) Left(now time.Time) (left time.Duration, ok bool) {
	next := o.Next(now)
	return next.Left, next.Promise != order.NoPromise
}

// Risk is the greatest at which a promise is.
func (o *Order) Risk(now time.Time) order.Risk {
	return o.promised().Risk(now)
}

// Complete says whether the order can be shown; where not, its details are to be fetched.
func (o *Order) Complete() bool { return o.Number != "" && o.Vendor != "" }

// ShortCourier is what a courier is called on the board: names are personal, the end of the ID tells two apart.
func ShortCourier(id domain.ID) string {
	if id.IsNil() {
		return ""
	}
	text := id.String()
	return "c-" + text[len(text)-4:]
}
