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
	PauseReason   string // of the pause that is running or was the last
	AcceptSeconds int    // how long it may let an order wait
	MinOrder      domain.Money
	PackagingFee  domain.Money
	TaxRate       domain.BasisPoints // on food and packaging
	TaxRates      domain.TaxRates    // of dishes that are not taxed by TaxRate
	Languages     []string           // BCP 47 tags: the one that the menu is written in, then those it is translated to
	CostForTwo    domain.Money
	PriceLevel    int     // 1 … 4
	RatingAverage float64 // of 5, to a hundredth; 0: nobody has voted
	RatingCount   int     // votes, here and elsewhere
	Picture       string  // key of the picture, "" for none
	StatusReason  string  // for members and staff only
	Version       int
	CreatedAt     time.Time
}

// Clock is what a vendor's page says about being open at a moment.
type Clock struct {
	Open     bool
	OpensAt  time.Time // when it opens next; zero while open, and when only somebody can open it
	ClosesAt time.Time // zero while closed, and when it never closes
	Until    time.Time // when this changes by itself; zero when it does not
}

// ClockAt reads the hours and the pause at a moment. A vendor that is not approved is closed until staff say otherwise.
func (v Vendor) ClockAt(now time.Time) Clock {
	switch {
	case v.Status != Approved:
		return Clock{}
	case v.Paused(now) && !v.PausedUntil.Before(Forever):
		return Clock{}
	case v.Paused(now):
		opens := v.PausedUntil
		if !v.Hours.Open(opens, v.Place) {
			opens = v.Hours.Opens(opens, v.Place)
		}
		return Clock{OpensAt: opens, Until: v.PausedUntil}
	case v.Hours.Open(now, v.Place):
		closes := v.Hours.Closes(now, v.Place)
		return Clock{Open: true, ClosesAt: closes, Until: closes}
	}
	opens := v.Hours.Opens(now, v.Place)
	return Clock{OpensAt: opens, Until: opens}
}
