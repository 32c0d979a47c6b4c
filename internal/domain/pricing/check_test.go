package pricing

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// refused requires that a rule is Invalid at a field.
func refused(t *testing.T, err error, field string) {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e, field)
	require.Equal(t, domain.Invalid, e.Kind)
	require.Equal(t, field, e.Fields[0].Field, e.Message)
}

func TestWhatIsNoPromotion(t *testing.T) {
	t.Parallel()
	for field, changes := range map[string][]func(p *Promotion){
		"code":        {func(p *Promotion) { p.Code = "june" }, func(p *Promotion) { p.Code = "JU" }, func(p *Promotion) { p.Code = "JÜNE" }},
		"label":       {func(p *Promotion) { p.Label = "" }, func(p *Promotion) { p.Label = strings.Repeat("ü", 61) }, func(p *Promotion) { p.Label = "a\nb" }},
		"benefit":     {func(p *Promotion) { p.Benefit = "gift" }},
		"share":       {func(p *Promotion) { p.Share = 0 }, func(p *Promotion) { p.Share = 10_001 }, func(p *Promotion) { p.Benefit = FreeDelivery }},
		"amount":      {func(p *Promotion) { p.Amount = 1 }, func(p *Promotion) { p.Benefit, p.Share, p.Cap = Flat, 0, 0 }},
		"minOrder":    {func(p *Promotion) { p.MinOrder = -1 }, func(p *Promotion) { p.MinOrder = MaxRuleAmount + 1 }},
		"cap":         {func(p *Promotion) { p.Cap = -1 }, func(p *Promotion) { p.Benefit, p.Share, p.Amount = Flat, 0, 1 }},
		"perCustomer": {func(p *Promotion) { p.PerCustomer = -1 }},
		"limit":       {func(p *Promotion) { p.Limit = MaxUses + 1 }},
		"vendorShare": {func(p *Promotion) { p.VendorShare = -1 }, func(p *Promotion) { p.VendorShare = 10_001 }},
		"endsAt":      {func(p *Promotion) { p.EndsAt = p.StartsAt }},
		"windows[0]":  {func(p *Promotion) { p.Windows[0].To = 1441 }},
		"currency":    {func(p *Promotion) { p.Currency = "" }, func(p *Promotion) { p.Currency = "XXX" }},
		"vendors":     {func(p *Promotion) { p.Vendors = slices.Repeat([]domain.ID{id(1)}, 201) }},
		"vendors[0]":  {func(p *Promotion) { p.Vendors[0] = domain.Nil }},
		"cities":      {func(p *Promotion) { p.Cities = slices.Repeat([]string{"x"}, 201) }},
		"cities[1]":   {func(p *Promotion) { p.Cities[1] = "" }},
		"cuisines[0]": {func(p *Promotion) { p.Cuisines[0] = " x" }},
	} {
		for _, change := range changes {
			p := june()
			change(&p)
			refused(t, p.Check(), field)
		}
	}
	require.NoError(t, Promotion{Label: "x", Benefit: Percent, Share: 1}.Check(), "no amounts, no currency")
	require.NoError(t, Promotion{Label: "x", Benefit: FreeDelivery, Cap: 5, Currency: "KWD"}.Check())
	code, err := CheckCode("code", " june-26 ")
	require.NoError(t, err)
	require.Equal(t, "JUNE-26", code)
}

func TestWhatIsNoTariff(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(x *Tariff){
		"bands":            func(x *Tariff) { x.Bands = nil },
		"bands[0].from":    func(x *Tariff) { x.Bands[0].From = 1 },
		"bands[1].from":    func(x *Tariff) { x.Bands[1].From = 0 },
		"bands[1].fee":     func(x *Tariff) { x.Bands[1].Fee-- },
		"bands[1].perKm":   func(x *Tariff) { x.Bands[1].PerKm = -1 },
		"currency":         func(x *Tariff) { x.Currency = "XXX" },
		"city":             func(x *Tariff) { x.City = strings.Repeat("x", 81) },
		"smallOrder.below": func(x *Tariff) { x.SmallOrder.Below = -1 },
		"smallOrder.fee":   func(x *Tariff) { x.SmallOrder = SmallOrder{Below: 5, Fee: 6} },
	} {
		x := DefaultTariff("INR")
		require.NoError(t, x.Check())
		change(&x)
		refused(t, x.Check(), field)
	}
	refused(t, Tariff{Currency: "INR", Bands: make([]Band, 11)}.Check(), "bands")
	refused(t, Tariff{Currency: "INR", Bands: make([]Band, 1), SmallOrder: SmallOrder{Below: 1}}.Check(), "smallOrder.fee")
}

func TestWhatIsNoSurge(t *testing.T) {
	t.Parallel()
	for field, changes := range map[string][]func(s *Surge){
		"label":    {func(s *Surge) { s.Label = "" }},
		"currency": {func(s *Surge) { s.Currency = "" }},
		"centre":   {func(s *Surge) { s.Centre = domain.Point{} }},
		"radiusM":  {func(s *Surge) { s.RadiusM = 0 }, func(s *Surge) { s.RadiusM = 99 }, func(s *Surge) { s.RadiusM = 50_001 }},
		"times":    {func(s *Surge) { s.Times = 10_000 }, func(s *Surge) { s.Times = 50_001 }},
		"flat":     {func(s *Surge) { s.Flat = 1 }, func(s *Surge) { s.Times = 0 }, func(s *Surge) { s.Times, s.Flat = 0, -1 }},
		"cap":      {func(s *Surge) { s.Cap = -1 }},
		"windows":  {func(s *Surge) { s.Windows = make([]domain.Window, 15) }},
		"endsAt":   {func(s *Surge) { s.StartsAt, s.EndsAt = noon(), noon() }},
	} {
		for _, change := range changes {
			s := Surge{Label: "Rain", Currency: "INR", Centre: domain.Point{Lat: 1, Lng: 1}, RadiusM: 100, Times: 10_001}
			require.NoError(t, s.Check())
			change(&s)
			refused(t, s.Check(), field)
		}
	}
}

func TestWhatIsNoCommission(t *testing.T) {
	t.Parallel()
	require.NoError(t, CommissionRule{Rate: 5000, City: "Pune"}.Check())
	refused(t, CommissionRule{Vendor: id(1), City: "Pune"}.Check(), "city")
	refused(t, CommissionRule{Rate: 5001}.Check(), "rate")
	refused(t, CommissionRule{Rate: -1}.Check(), "rate")
	refused(t, CommissionRule{StartsAt: noon(), EndsAt: noon()}.Check(), "endsAt")
}
