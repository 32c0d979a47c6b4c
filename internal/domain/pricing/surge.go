package pricing

import (
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Surge is a rule by which delivery costs more for a while around some vendors; amounts are in minor units. Of several rules
// that apply it is the dearest alone.
type Surge struct {
	ID       domain.ID
	Label    string // shown on the quote's line
	Currency domain.Currency
	City     string       // whose vendors it is for; "": of any
	Centre   domain.Point // of the circle that vendors lie in; zero: anywhere
	RadiusM  int

	StartsAt, EndsAt time.Time       // from the former until before the latter; zero: no bound
	Windows          []domain.Window // by the vendor's clock; none: at any time of day

	Times domain.BasisPoints // what the fee of the delivery is multiplied by, above 10,000; 0: Flat is added
	Flat  int64
	Cap   int64 // most that it adds; 0: no bound
}

func (s *Surge) applies(o *Order) bool {
	at := &o.Scene
	switch {
	case s.Currency != o.Currency,
		s.City != "" && !strings.EqualFold(s.City, at.City),
		s.RadiusM > 0 && s.Centre.Meters(at.Location) > float64(s.RadiusM),
		at.Now.Before(s.StartsAt), !s.EndsAt.IsZero() && !at.Now.Before(s.EndsAt):
		return false
	}
	return domain.Within(s.Windows, at.Now, at.Place)
}

// adds is what it adds to a fee.
func (s *Surge) adds(fee domain.Money) int64 {
	amount := s.Flat
	if s.Times > 0 {
		amount = fee.Share(s.Times - 10_000).Amount
	}
	if s.Cap > 0 {
		amount = min(amount, s.Cap)
	}
	return amount
}

// surgeOf finds the dearest rule for an order's delivery, the first of equal ones, and what it adds to the fee; nothing when
// none applies.
func surgeOf(o *Order, fee int64) (rule *Surge, amount int64) {
	for i := range o.Surges {
		s := &o.Surges[i]
		if adds := s.adds(domain.Money{Amount: fee, Currency: o.Currency}); adds > amount && s.applies(o) {
			rule, amount = s, adds
		}
	}
	return rule, amount
}
