package pricing

import (
	"math"

	"github.com/zoop-dev/zoop/internal/domain"
)

// tariff is what delivery costs in one currency, in minor units: base covers the first freeKm.
type tariff struct{ base, perKm, roundTo int64 }

const freeKm = 2

// tariffs are the house's own figures, about the price of a local bus ticket each.
var tariffs = map[domain.Currency]tariff{
	"AED": {500, 150, 25}, "AUD": {399, 100, 10}, "BRL": {599, 150, 10}, "BWP": {1500, 400, 50}, "CAD": {399, 100, 5},
	"EUR": {249, 70, 5}, "GBP": {199, 60, 5}, "IDR": {800_000, 250_000, 50_000}, "INR": {2500, 800, 100}, "LKR": {15000, 5000, 500},
	"NZD": {399, 110, 10}, "PHP": {3900, 1000, 100}, "QAR": {500, 150, 25}, "SGD": {299, 80, 5}, "TRY": {2000, 700, 50},
	"USD": {299, 80, 5}, "ZAR": {2500, 700, 50},
}

// Fee is the price of a delivery over a great-circle distance in metres: a base for the first two kilometres, then a price
// for each further kilometre begun. A currency without a tariff of its own pays the dollar's figures.
func Fee(c domain.Currency, meters float64) domain.Money {
	t, ok := tariffs[c]
	if !ok {
		t = tariffs["USD"]
	}
	extra := max(0, math.Ceil(meters/1000)-freeKm)
	amount := t.base + int64(extra)*t.perKm
	return domain.Money{Amount: (amount + t.roundTo - 1) / t.roundTo * t.roundTo, Currency: c}
}
