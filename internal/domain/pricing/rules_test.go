package pricing

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

// june is a coupon that applies to thalis.
func june() Promotion {
	return Promotion{
		ID: id(12), Code: "JUNE", Label: "JUNE", Benefit: Percent, Share: 1000, Cap: 5000, MinOrder: 58_800, Currency: "INR", FirstOrder: true,
		PerCustomer: 2, UsedByThem: 1, Limit: 100, Used: 99, StartsAt: noon(), EndsAt: noon().Add(time.Second),
		Windows: []domain.Window{{Days: []int{2}, From: 12 * 60, To: 15 * 60}}, Vendors: []domain.ID{id(9), id(1)},
		Cities: []string{"Pune", "new delhi"}, Cuisines: []string{"sweets"}, VendorShare: 5000,
	}
}

func TestWhyACouponDoesNotApply(t *testing.T) {
	t.Parallel()
	o, p := thalis(), june()
	require.NoError(t, p.Check())
	o.Coupon = &p
	q := Price(o)
	require.Nil(t, q.Refusal)
	require.Equal(t, []Applied{{id(12), "JUNE", "JUNE", false, inr(2500), inr(2500)}}, q.Applied)
	for want, change := range map[Refusal]func(o *Order, p *Promotion){
		{Code: CouponNotYet, Until: noon().Add(1)}:     func(_ *Order, p *Promotion) { p.StartsAt = noon().Add(1) },
		{Code: CouponExpired}:                          func(_ *Order, p *Promotion) { p.EndsAt = noon() },
		{Code: CouponHours, Until: noon().Add(1800e9)}: func(_ *Order, p *Promotion) { p.Windows[0].From = 12*60 + 30 },
		{Code: CouponHours, Until: noon().Add(171e12)}: func(_ *Order, p *Promotion) { p.Windows = []domain.Window{{Days: []int{4}, From: 11*60 + 30}} },
		{Code: CouponCurrency}:                         func(_ *Order, p *Promotion) { p.Currency = "USD" },
		{Code: CouponVendor}:                           func(o *Order, _ *Promotion) { o.Scene.Vendor = id(2) },
		{Code: CouponCity}:                             func(o *Order, _ *Promotion) { o.Scene.City = "Delhi" },
		{Code: CouponCuisine}:                          func(o *Order, _ *Promotion) { o.Scene.Cuisines = []string{"Thai"} },
		{Code: CouponDelivery}:                         func(o *Order, p *Promotion) { p.Benefit, o.Delivery = FreeDelivery, false },
		{Code: CouponNotFirst}:                         func(o *Order, _ *Promotion) { o.Earlier = 1 },
		{Code: CouponExhausted}:                        func(_ *Order, p *Promotion) { p.Used = 100 },
		{Code: CouponUsed}:                             func(_ *Order, p *Promotion) { p.UsedByThem = 2 },
		{Code: CouponMinimum, Missing: inr(1)}:         func(_ *Order, p *Promotion) { p.MinOrder++ },
		{Code: CouponNoGain, Missing: domain.Money{}}:  func(_ *Order, p *Promotion) { p.Share, p.Cap = 1, 0; p.MinOrder = 0; p.Alone = true },
	} {
		o, p := thalis(), june()
		o.Coupon = &p
		if want.Code == CouponNoGain {
			o.Offers = []Promotion{{ID: id(3), Label: "1% off", Benefit: Percent, Share: 100}}
		}
		change(&o, &p)
		q := Price(o)
		require.NotNil(t, q.Refusal, want.Code)
		require.True(t, want.Until.Equal(q.Refusal.Until), "%s: %s", want.Code, q.Refusal.Until)
		require.Equal(t, want.Code, q.Refusal.Code)
		require.Equal(t, want.Missing, q.Refusal.Missing)
		require.NotEmpty(t, q.Refusal.Message())
		require.False(t, slices.ContainsFunc(q.Applied, func(a Applied) bool { return a.Code != "" }))
	}
	require.Equal(t, "dishes for another INR 0.01 are missing for the coupon", Refusal{Code: CouponMinimum, Missing: inr(1)}.Message())
}

func TestWhatGoesTogether(t *testing.T) {
	t.Parallel()
	percent := func(n byte, share domain.BasisPoints) Promotion {
		return Promotion{ID: id(n), Label: "x", Benefit: Percent, Share: share}
	}
	code := func(p Promotion) *Promotion { p.Code = "CODE"; return &p }
	alone := func(p Promotion) Promotion { p.Alone = true; return p }
	byVendor := func(p Promotion) Promotion { p.VendorShare = 10_000; return p }
	free := Promotion{ID: id(7), Label: "free", Benefit: FreeDelivery}
	for name, tc := range map[string]struct {
		offers []Promotion
		coupon *Promotion
		want   []domain.ID
	}{
		"the better of two on the food":                 {[]Promotion{percent(1, 1000), percent(2, 2000)}, nil, []domain.ID{id(2)}},
		"the older of two that are as good":             {[]Promotion{percent(2, 1000), percent(1, 1000)}, nil, []domain.ID{id(1)}},
		"what the vendor gives, for it lowers the tax":  {[]Promotion{percent(1, 1000), byVendor(percent(2, 1000))}, nil, []domain.ID{id(2)}},
		"food, delivery and coupon":                     {[]Promotion{percent(1, 1000), free}, code(percent(3, 1000)), []domain.ID{id(1), id(7), id(3)}},
		"a coupon that goes alone and is best":          {[]Promotion{percent(1, 1000), free}, code(alone(percent(3, 5000))), []domain.ID{id(3)}},
		"a coupon that goes alone and is not":           {[]Promotion{percent(1, 1000), free}, code(alone(percent(3, 1000))), []domain.ID{id(1), id(7)}},
		"one that goes alone and is best":               {[]Promotion{percent(1, 1000), free, alone(percent(2, 5000))}, code(percent(3, 1000)), []domain.ID{id(2)}},
		"a coupon when everything is free anyway":       {[]Promotion{percent(1, 10_000)}, code(percent(3, 1000)), []domain.ID{id(1)}},
		"as good as one that goes alone: no coupon":     {[]Promotion{alone(percent(2, 1000))}, code(percent(3, 1000)), []domain.ID{id(2)}},
		"a coupon for a delivery that is free anyway":   {[]Promotion{free}, code(free), []domain.ID{id(7)}},
		"the coupon is what is cut when both exceed it": {[]Promotion{percent(1, 6000)}, code(percent(3, 6000)), []domain.ID{id(1), id(3)}},
	} {
		o := thalis()
		o.Offers, o.Coupon = tc.offers, tc.coupon
		var got []domain.ID
		q := Price(o)
		for _, a := range q.Applied {
			got = append(got, a.Promotion)
		}
		require.Equal(t, tc.want, got, name)
		if strings.HasPrefix(name, "the coupon is what is cut") {
			require.Equal(t, []domain.Money{inr(35_280), inr(23_520)}, []domain.Money{q.Applied[0].Off(), q.Applied[1].Off()})
		}
	}
}

func TestFreeDeliveryLeavesTheFeeWhole(t *testing.T) {
	t.Parallel()
	o := thalis()
	o.Surges = []Surge{{Label: "Rain", Currency: "INR", Flat: 1000}}
	before := Price(o)
	o.Offers = []Promotion{{ID: id(1), Label: "Free delivery", Benefit: FreeDelivery, VendorShare: 2500}}
	q := Price(o)
	require.Equal(t, inr(4100), q.Sum(DeliveryFee))
	require.Equal(t, inr(1000), q.Sum(SurgeFee), "surge is not free")
	require.Equal(t, inr(-1025), q.Sum(VendorDiscount))
	require.Equal(t, inr(-3075), q.Sum(PlatformDiscount))
	require.Equal(t, before.Sum(Tax), q.Sum(Tax), "the food costs what it costs")
	require.Equal(t, before.Total.Amount-4100, q.Total.Amount)
}

func TestFeesGrowWithDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(0, 30000).Draw(t, "a"), rapid.Float64Range(0, 30000).Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		own := Tariff{Currency: "INR"}
		for range rapid.IntRange(1, MaxBands).Draw(t, "bands") {
			own.Bands = append(own.Bands, Band{
				rapid.IntRange(0, 30_000).Draw(t, "from"), rapid.Int64Range(0, 100).Draw(t, "fee"), rapid.Int64Range(0, 3).Draw(t, "per km"),
			})
		}
		slices.SortFunc(own.Bands, func(a, b Band) int { return a.From - b.From })
		own.Bands[0].From = 0
		if own.Check() == nil && own.Fee(a).Amount > own.Fee(b).Amount {
			t.Fatalf("%+v: %g m costs more than %g m", own, a, b)
		}
		for currency := range house {
			if Fee(currency, a).Amount > Fee(currency, b).Amount {
				t.Fatalf("%s: %g m costs more than %g m", currency, a, b)
			}
		}
	})
}

func TestTariffs(t *testing.T) {
	t.Parallel()
	for meters, want := range map[float64]int64{0: 2500, 2000: 2500, 2001: 3300, 3000: 3300, 3000.5: 4100} {
		require.Equal(t, inr(want), Fee("INR", meters), "%g m", meters)
	}
	require.Equal(t, int64(300), Fee("XXX", 0).Amount, "as the dollar")
	for currency := range house {
		require.NoError(t, DefaultTariff(currency).Check())
	}
	flat := func(city string, fee int64) Tariff {
		return Tariff{Currency: "INR", City: city, Bands: []Band{{Fee: fee}}}
	}
	tariffs := []Tariff{{Currency: "USD", Bands: []Band{{Fee: 1}}}, flat("", 2), flat("Pune", 3), flat("", 4)}
	require.Equal(t, inr(3), TariffOf(tariffs, "INR", "pune").Fee(9))
	require.Equal(t, inr(2), TariffOf(tariffs, "INR", "Delhi").Fee(9))
	require.Equal(t, int64(250), TariffOf(tariffs, "EUR", "Pune").Fee(9).Amount)
	steps := Tariff{Currency: "INR", Bands: []Band{{0, 1000, 100}, {1500, 1300, 0}, {5000, 2000, 50}}}
	require.NoError(t, steps.Check())
	for meters, want := range map[float64]int64{0: 1000, 1: 1100, 1500: 1200, 1501: 1300, 5000: 1300, 5001: 2050, 6001: 2100} {
		require.Equal(t, inr(want), steps.Fee(meters), "%g m", meters)
	}
	for food, want := range map[int64]int64{0: 20, 79: 20, 80: 20, 81: 19, 99: 1, 100: 0, 101: 0} {
		require.Equal(t, want, SmallOrder{Below: 100, Fee: 20}.fee(food), "%d", food)
	}
}

func TestTheDearestSurgeAlone(t *testing.T) {
	t.Parallel()
	rain := Surge{Label: "Rain", Currency: "INR", Centre: domain.Point{Lat: 28.63, Lng: 77.22}, RadiusM: 1000, Times: 15_000, Cap: 2000}
	night := Surge{Label: "Night", Currency: "INR", City: "new delhi", Flat: 1500, Windows: []domain.Window{{Days: []int{2}, From: 22 * 60, To: 2 * 60}}}
	o := thalis() // the fee is 41.00
	o.Surges = []Surge{night, rain}
	charged := func(change func(*Order)) (string, int64) {
		o := o
		change(&o)
		for _, l := range Price(o).Lines {
			if l.Kind == SurgeFee {
				return l.Label, l.Amount.Amount
			}
		}
		return "", 0
	}
	for name, tc := range map[string]struct {
		change func(*Order)
		label  string
		want   int64
	}{
		"at noon it only rains":   {func(*Order) {}, "Rain", 2000},
		"elsewhere it does not":   {func(o *Order) { o.Scene.Location.Lat += 0.01 }, "", 0},
		"at night, rain is more":  {func(o *Order) { o.Scene.Now = noon().Add(13 * time.Hour) }, "Rain", 2000},
		"at night, elsewhere":     {func(o *Order) { o.Scene.Now, o.Scene.Location.Lat = noon().Add(13*time.Hour), 1 }, "Night", 1500},
		"in another city":         {func(o *Order) { o.Scene.Now, o.Scene.Location.Lat, o.Scene.City = noon().Add(13*time.Hour), 1, "Pune" }, "", 0},
		"nearer, half of 33":      {func(o *Order) { o.Meters = 2500 }, "Rain", 1650},
		"the first of equal ones": {func(o *Order) { s := rain; s.Label = "Storm"; o.Surges = []Surge{rain, s} }, "Rain", 2000},
		"to collect":              {func(o *Order) { o.Delivery = false }, "", 0},
		"not yet":                 {func(o *Order) { s := rain; s.StartsAt = noon().Add(1); o.Surges = []Surge{s} }, "", 0},
		"no more":                 {func(o *Order) { s := rain; s.EndsAt = noon(); o.Surges = []Surge{s} }, "", 0},
		"dollars":                 {func(o *Order) { s := rain; s.Currency = "USD"; o.Surges = []Surge{s} }, "", 0},
	} {
		label, amount := charged(tc.change)
		require.Equal(t, tc.label, label, name)
		require.Equal(t, tc.want, amount, name)
	}
}

func TestWhichCommission(t *testing.T) {
	t.Parallel()
	now := noon()
	rules := []CommissionRule{
		{ID: id(1), Rate: 2000}, {ID: id(6), City: "new delhi", Rate: 1700, StartsAt: now.Add(-time.Hour)}, {ID: id(2), City: "New Delhi", Rate: 1800}, {ID: id(3), Vendor: id(1), Rate: 1500, EndsAt: now},
		{ID: id(4), Vendor: id(1), Rate: 1200, StartsAt: now}, {ID: id(5), Vendor: id(1), Rate: 1100, StartsAt: now.Add(time.Hour)},
		{ID: id(7), Rate: 1900},
	}
	for name, tc := range map[string]struct {
		scene Scene
		want  byte
	}{
		"before":             {Scene{Vendor: id(1), City: "New Delhi", Now: now.Add(-1)}, 3},
		"now":                {Scene{Vendor: id(1), City: "New Delhi", Now: now}, 4},
		"later":              {Scene{Vendor: id(1), City: "New Delhi", Now: now.Add(time.Hour)}, 5},
		"another vendor":     {Scene{Vendor: id(2), City: "New Delhi", Now: now}, 6},
		"that vendor before": {Scene{Vendor: id(2), City: "New Delhi", Now: now.Add(-2 * time.Hour)}, 2},
		"another city":       {Scene{Vendor: id(2), City: "Pune", Now: now}, 1},
	} {
		r, ok := CommissionOf(rules, tc.scene)
		require.True(t, ok)
		require.Equal(t, id(tc.want), r.ID, name)
	}
	_, ok := CommissionOf(rules[1:6], Scene{City: "Pune", Now: now})
	require.False(t, ok)
	o := thalis()
	o.Offers = []Promotion{{ID: id(1), Label: "free", Benefit: FreeDelivery, VendorShare: 10_000}}
	o.Portions, o.Packaging = []Portion{{Name: "Tea", Unit: inr(1000), Quantity: 1}}, inr(0)
	require.Equal(t, inr(0), Price(o).Commission(2000), "never below nothing: 10.00 − 41.00")
}
