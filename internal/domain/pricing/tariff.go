package pricing

import (
	"math"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Tariff is what delivery costs in a currency or, of that, in a city; amounts are in minor units.
type Tariff struct {
	ID         domain.ID
	Currency   domain.Currency
	City       string // "": wherever no city's own tariff is for
	Bands      []Band
	SmallOrder SmallOrder
}

// Band is the fee from beyond a distance until the next band.
type Band struct {
	From  int   // metres, of the great circle; 0 for the first, which also holds it
	Fee   int64 // in any case
	PerKm int64 // for each kilometre begun beyond From
}

// SmallOrder is the fee for a delivery of little food: what is missing up to Below, before any discount, but at most Fee. So a
// bigger cart does not cost less, as it would if a whole fee went at a threshold. The zero one is never asked for.
type SmallOrder struct{ Below, Fee int64 }

func (s SmallOrder) fee(food int64) int64 { return max(0, min(s.Fee, s.Below-food)) }

// Fee is the price of a delivery over a great-circle distance in metres.
func (t Tariff) Fee(meters float64) domain.Money {
	b := t.Bands[0]
	for _, next := range t.Bands[1:] {
		if meters <= float64(next.From) {
			break
		}
		b = next
	}
	km := max(0, math.Ceil((meters-float64(b.From))/1000))
	return domain.Money{Amount: b.Fee + int64(km)*b.PerKm, Currency: t.Currency}
}

// TariffOf is the tariff for a currency in a city: the city's own, else the currency's, else the house's. Of several it is the
// first.
func TariffOf(tariffs []Tariff, c domain.Currency, city string) Tariff {
	best := -1
	for i, t := range tariffs {
		switch {
		case t.Currency != c:
		case t.City != "" && strings.EqualFold(t.City, city):
			return t
		case t.City == "" && best < 0:
			best = i
		}
	}
	if best >= 0 {
		return tariffs[best]
	}
	return DefaultTariff(c)
}

// houseKm is how far the first fee of the house's tariffs reaches, in metres.
const houseKm = 2000

// house are the house's own figures, about the price of a local bus ticket each: for the first two kilometres, and for each
// further one.
var house = map[domain.Currency][2]int64{
	"AED": {500, 150}, "AUD": {400, 100}, "BHD": {500, 150}, "BRL": {600, 150}, "BWP": {1500, 400}, "CAD": {400, 100},
	"EUR": {250, 70}, "GBP": {200, 60}, "IDR": {800_000, 250_000}, "INR": {2500, 800}, "JPY": {300, 80}, "KWD": {500, 150},
	"LKR": {15000, 5000}, "NZD": {400, 110}, "PHP": {3900, 1000}, "QAR": {500, 150}, "SGD": {300, 80}, "TRY": {2000, 700},
	"USD": {300, 80}, "ZAR": {2500, 700},
}

// DefaultTariff is the house's tariff in a currency, without a fee for small orders. A currency without one has the dollar's
// figures.
func DefaultTariff(c domain.Currency) Tariff {
	f, ok := house[c]
	if !ok {
		f = house["USD"]
	}
	return Tariff{Currency: c, Bands: []Band{{Fee: f[0]}, {From: houseKm, Fee: f[0], PerKm: f[1]}}}
}

// Fee is the price of a delivery by the house's tariff.
func Fee(c domain.Currency, meters float64) domain.Money { return DefaultTariff(c).Fee(meters) }
