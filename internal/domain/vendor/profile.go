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
	CostForTwo    domain.Money
	PriceLevel    int // 1 … 4
	RatingAverage float64
	RatingCount   int
	ImageURL      string
	StatusReason  string // for members and staff only
	Version       int
	CreatedAt     time.Time
}

// Acts says when the profile's open, opensAt and closesAt are next worth computing again: the earliest moment after now at
// which a pause ends or the hours begin or end; zero when nothing will change by itself.
func (v Vendor) Acts(now time.Time) time.Time {
	next := v.Hours.Closes(now, v.Place)
	if !v.Hours.Open(now, v.Place) {
		next = v.Hours.Opens(now, v.Place)
	}
	if v.Paused(now) && (next.IsZero() || v.PausedUntil.Before(next)) {
		next = v.PausedUntil
	}
	return next
}
