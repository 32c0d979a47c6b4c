package vendor

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Profile is all there is to know of a vendor: what the rules need, and its page.
type Profile struct {
	Vendor
	Cuisines      []string
	Address       string
	Country       string // ISO 3166-1 alpha-2
	Timezone      string // IANA name of Place
	Phone         string
	TaxID         string // as its country's tax office writes it, for its invoices; "" while it has told none
	PauseReason   string // of the pause that is running or was the last
	AcceptSeconds int    // how long it may let an order wait
	MinOrder      domain.Money
	PackagingFee  domain.Money
	TaxRate       domain.BasisPoints // on food and packaging
	TaxRates      domain.TaxRates    // of dishes that are not taxed by TaxRate
	Languages     []string           // BCP 47 tags: the one that the menu is written in, then those it is translated to
	CostForTwo    domain.Money       // 0: nobody has told
	PriceLevel    int                // 1 … 4
	RatingAverage float64            // of 5, to a hundredth; 0: nobody has voted
	RatingCount   int                // votes, here and elsewhere
	Picture       string             // key of the picture, "" for none
	StatusReason  string             // for members and staff only
	Version       int
	MenuVersion   int // the Version in which somebody last changed the menu
	CreatedAt     time.Time
}

// Clock is what a vendor's page says about being open at a moment.
type Clock struct {
	Open     bool
	OpensAt  time.Time // when it opens next; zero while open, and when only somebody can open it
	ClosesAt time.Time // zero while closed, and when it never closes
	Until    time.Time // when this changes by itself; zero when it does not
}

// ClockAt reads the hours, the closures and the pause at a moment. A vendor that is not approved is closed until staff say
// otherwise.
func (v Vendor) ClockAt(now time.Time) Clock {
	var c Clock
	if v.Status != Approved {
		return c
	}
	if c.Open = v.Open(now); c.Open {
		c.ClosesAt = v.closesAfter(now)
	} else {
		c.OpensAt = v.opensAfter(now)
	}
	for _, until := range []time.Time{c.ClosesAt, c.OpensAt, v.PausedUntil, v.BusyUntil} {
		if until.After(now) && until.Before(Forever) && (c.Until.IsZero() || until.Before(c.Until)) {
			c.Until = until
		}
	}
	return c
}

// closesAfter is when an open vendor closes; zero for never.
func (v Vendor) closesAfter(now time.Time) time.Time {
	closes := v.Hours.TurnAt(now, v.Place).Until
	for _, c := range v.Closed {
		if c.From.After(now) && (closes.IsZero() || c.From.Before(closes)) {
			return c.From
		}
	}
	return closes
}

// opensAfter is when a closed vendor opens; zero when only somebody can open it.
func (v Vendor) opensAfter(now time.Time) time.Time {
	for range 2 * (len(v.Closed) + 2) { // from one thing that keeps it closed to the next: each lets go once, then hours begin
		turn := v.Hours.TurnAt(now, v.Place)
		switch closed := v.closedAt(now); {
		case v.Paused(now):
			now = v.PausedUntil
		case !closed.IsZero():
			now = closed
		case turn.On:
			return now
		default:
			now = turn.Until
		}
		if now.IsZero() || !now.Before(Forever) {
			break
		}
	}
	return time.Time{}
}
