package pricing

import (
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// CommissionRule is what the marketplace keeps of a vendor's food: a vendor's own rule, a city's, or with neither everybody's.
type CommissionRule struct {
	ID               domain.ID
	Vendor           domain.ID
	City             string
	Rate             domain.BasisPoints
	StartsAt, EndsAt time.Time // from the former until before the latter; zero: no bound
}

// rank is how closely a rule is about a scene; 0: not at all.
func (r CommissionRule) rank(s Scene) int {
	switch {
	case s.Now.Before(r.StartsAt) || !r.EndsAt.IsZero() && !s.Now.Before(r.EndsAt):
		return 0
	case !r.Vendor.IsNil():
		return which(r.Vendor == s.Vendor, 3)
	case r.City != "":
		return which(strings.EqualFold(r.City, s.City), 2)
	}
	return 1
}

func which(yes bool, rank int) int {
	if yes {
		return rank
	}
	return 0
}

// CommissionOf finds the rule for an order: the vendor's, else the city's, else everybody's, and of several the one that began
// last, the first of equal ones. False without any: then nothing is kept, for nobody agreed to it.
func CommissionOf(rules []CommissionRule, s Scene) (CommissionRule, bool) {
	var best CommissionRule
	most := 0
	for _, r := range rules {
		rank := r.rank(s)
		if rank > most || rank == most && rank > 0 && r.StartsAt.After(best.StartsAt) {
			best, most = r, rank
		}
	}
	return best, most > 0
}

// Commission is a commission on a quote: a share of dishes and packaging less the vendor's discounts, without tax; never below
// nothing.
func (q Quote) Commission(rate domain.BasisPoints) domain.Money {
	base := q.Sum(Item, Packaging, VendorDiscount)
	base.Amount = max(0, base.Amount)
	return base.Share(rate)
}
