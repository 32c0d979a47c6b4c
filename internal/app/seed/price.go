package seed

import "github.com/zoop-dev/zoop/internal/domain"

// ladder is how menus of a currency write prices: below a bound in steps of some size, a charm taken off the step (149 for
// 150). All in minor units. Rungs rise; the last has no bound.
type ladder struct {
	rungs []rung
	add   int64 // step of what an option adds
}

type rung struct{ below, step, charm int64 }

// ladders are read off printed menus; a currency that is not here gets the dollar's.
var ladders = map[domain.Currency]ladder{
	"INR": {[]rung{{100_00, 5_00, 0}, {0, 10_00, 0}}, 5_00},
	"USD": {[]rung{{20_00, 50, 1}, {0, 1_00, 1}}, 25},
	"CAD": {[]rung{{20_00, 25, 0}, {0, 1_00, 5}}, 25},
	"AUD": {[]rung{{10_00, 50, 0}, {0, 1_00, 0}}, 50},
	"NZD": {[]rung{{20_00, 50, 0}, {0, 1_00, 0}}, 50},
	"GBP": {[]rung{{5_00, 25, 0}, {0, 50, 5}}, 25},
	"SGD": {[]rung{{5_00, 20, 0}, {0, 50, 0}}, 20},
	"BRL": {[]rung{{0, 1_00, 10}}, 1_00},
	"AED": {[]rung{{0, 1_00, 0}}, 1_00},
	"QAR": {[]rung{{0, 1_00, 0}}, 1_00},
	"ZAR": {[]rung{{30_00, 1_00, 0}, {0, 5_00, 0}}, 1_00},
	"TRY": {[]rung{{20_00, 50, 0}, {0, 1_00, 0}}, 50},
	"PHP": {[]rung{{0, 5_00, 0}}, 5_00},
	"LKR": {[]rung{{1_000_00, 10_00, 0}, {0, 50_00, 0}}, 10_00},
	"IDR": {[]rung{{20_000_00, 500_00, 0}, {0, 1_000_00, 0}}, 500_00},
}

func ladderOf(c domain.Currency) ladder {
	if l, ok := ladders[c]; ok {
		return l
	}
	return ladders["USD"]
}

// round gives the nearest price that a menu would show; always positive.
func (l ladder) round(amount int64) int64 {
	for _, r := range l.rungs {
		if r.below == 0 || amount < r.below {
			return max(1, (amount+r.step/2)/r.step)*r.step - r.charm
		}
	}
	return max(1, amount)
}

// extra gives the price of an option: nothing for nothing, else at least one step.
func (l ladder) extra(amount int64) int64 {
	if amount <= 0 {
		return 0
	}
	return max(1, (amount+l.add/2)/l.add) * l.add
}
