package api

import (
	"fmt"
	"slices"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// purse takes the amounts of a rule, which are all in one currency.
type purse struct {
	currency domain.Currency // "": none so far
	err      error           // Invalid, for the first amount in another one
}

// take gives an amount in minor units, 0 for none.
func (p *purse) take(field string, m *dto.Price) int64 {
	switch {
	case m == nil:
		return 0
	case p.currency == "":
		p.currency = domain.Currency(m.Currency)
	case string(p.currency) != m.Currency && p.err == nil:
		p.err = domain.Invalidf(field+".currency", "currency", "must be %s, as the rest of the rule", p.currency)
	}
	return m.Amount
}

func toPromotion(r dto.PromotionRequest) (pricing.Promotion, error) {
	money := purse{currency: domain.Currency(deref(r.Currency))}
	p := pricing.Promotion{
		Code: deref(r.Code), Label: r.Label, Benefit: pricing.Benefit(r.Benefit), Share: domain.BasisPoints(deref(r.Share)),
		Amount: money.take("amount", r.Amount), Cap: money.take("cap", r.Cap), MinOrder: money.take("minOrder", r.MinOrder),
		FirstOrder: deref(r.FirstOrder), PerCustomer: deref(r.PerCustomer), Limit: deref(r.Limit), StartsAt: deref(r.StartsAt), EndsAt: deref(r.EndsAt),
		Windows: toWindows(r.Windows), Vendors: r.Vendors, Cities: r.Cities, Cuisines: r.Cuisines, VendorShare: domain.BasisPoints(deref(r.VendorShare)),
		Alone: deref(r.Alone),
	}
	p.Currency = money.currency
	return p, money.err
}

func fromPromotion(p postgres.Promotion) dto.Promotion {
	out := dto.Promotion{
		ID: p.ID, Code: some(p.Code), VendorID: some(p.Maker), Label: p.Label, Benefit: dto.Benefit(p.Benefit), Share: some(int(p.Share)),
		Amount: amountOf(p.Amount, p.Currency), Cap: amountOf(p.Cap, p.Currency), MinOrder: amountOf(p.MinOrder, p.Currency),
		Currency: some(string(p.Currency)), FirstOrder: p.FirstOrder, PerCustomer: some(p.PerCustomer), Limit: some(p.Limit), StartsAt: at(p.StartsAt),
		EndsAt: at(p.EndsAt), Windows: fromWindows(p.Windows), Alone: p.Alone, Vendors: listOf(p.Vendors), Cities: listOf(p.Cities),
		Cuisines: listOf(p.Cuisines), VendorShare: int(p.VendorShare), State: dto.PromotionState(p.State), Held: p.Held, Used: p.Used,
		Version: p.Version, CreatedAt: p.CreatedAt.UTC(),
	}
	for _, s := range p.Spent {
		out.Spent = append(out.Spent, dto.Spending{Vendor: fromMoney(s.Vendor), Platform: fromMoney(s.Platform)})
	}
	return out
}

// fromOffered is what everybody may know of a promotion.
func fromOffered(p postgres.Promotion) dto.OfferedPromotion {
	return dto.OfferedPromotion{
		ID: p.ID, Label: p.Label, Benefit: dto.Benefit(p.Benefit), Share: some(int(p.Share)), Amount: amountOf(p.Amount, p.Currency),
		Cap: amountOf(p.Cap, p.Currency), MinOrder: amountOf(p.MinOrder, p.Currency), ByVendor: !p.Maker.IsNil(), FirstOrder: p.FirstOrder,
		PerCustomer: some(p.PerCustomer), Alone: p.Alone, Windows: fromWindows(p.Windows), EndsAt: at(p.EndsAt),
	}
}

func toTariff(r dto.TariffRequest) (pricing.Tariff, error) {
	money := purse{currency: domain.Currency(r.Currency)}
	t := pricing.Tariff{Currency: money.currency, City: deref(r.City)}
	for i, b := range r.Bands {
		field := fmt.Sprintf("bands[%d]", i)
		t.Bands = append(t.Bands, pricing.Band{From: b.From, Fee: money.take(field+".fee", &b.Fee), PerKm: money.take(field+".perKm", b.PerKm)})
	}
	if s := r.SmallOrder; s != nil {
		t.SmallOrder = pricing.SmallOrder{Below: money.take("smallOrder.below", &s.Below), Fee: money.take("smallOrder.fee", &s.Fee)}
	}
	return t, money.err
}

func fromTariff(t postgres.Tariff) dto.Tariff {
	price := func(amount int64) dto.Price { return dto.Price{Amount: amount, Currency: string(t.Currency)} }
	out := dto.Tariff{ID: t.ID, Currency: string(t.Currency), City: some(t.City), Bands: make([]dto.TariffBand, len(t.Bands)), Version: t.Version}
	for i, b := range t.Bands {
		perKm := price(b.PerKm)
		out.Bands[i] = dto.TariffBand{From: b.From, Fee: price(b.Fee), PerKm: &perKm}
	}
	if t.SmallOrder.Fee > 0 {
		out.SmallOrder = &dto.SmallOrder{Below: price(t.SmallOrder.Below), Fee: price(t.SmallOrder.Fee)}
	}
	return out
}

func toSurge(r dto.SurgeZoneRequest) (pricing.Surge, error) {
	money := purse{currency: domain.Currency(r.Currency)}
	s := pricing.Surge{
		Label: r.Label, Currency: money.currency, City: deref(r.City), RadiusM: deref(r.RadiusM), StartsAt: deref(r.StartsAt), EndsAt: deref(r.EndsAt),
		Windows: toWindows(r.Windows), Times: domain.BasisPoints(deref(r.Times)), Flat: money.take("flat", r.Flat), Cap: money.take("cap", r.Cap),
	}
	if r.Centre != nil {
		s.Centre = domain.Point{Lat: r.Centre.Lat, Lng: r.Centre.Lng}
	}
	return s, money.err
}

func fromSurge(s postgres.Surge) dto.SurgeZone {
	out := dto.SurgeZone{
		ID: s.ID, Label: s.Label, Currency: string(s.Currency), City: some(s.City), RadiusM: some(s.RadiusM), StartsAt: at(s.StartsAt),
		EndsAt: at(s.EndsAt), Windows: fromWindows(s.Windows), Times: some(int(s.Times)), Flat: amountOf(s.Flat, s.Currency),
		Cap: amountOf(s.Cap, s.Currency), Version: s.Version,
	}
	if s.RadiusM > 0 {
		centre := fromPoint(s.Centre)
		out.Centre = &centre
	}
	return out
}

func toCommission(r dto.CommissionRequest) pricing.CommissionRule {
	return pricing.CommissionRule{
		Vendor: deref(r.VendorID), City: deref(r.City), Rate: domain.BasisPoints(r.Rate), StartsAt: deref(r.StartsAt), EndsAt: deref(r.EndsAt),
	}
}

func fromCommission(c postgres.Commission) dto.Commission {
	return dto.Commission{
		ID: c.ID, VendorID: some(c.Vendor), City: some(c.City), Rate: int(c.Rate), StartsAt: at(c.StartsAt), EndsAt: at(c.EndsAt), Version: c.Version,
	}
}

// amountOf leaves an amount of nothing out.
func amountOf(amount int64, c domain.Currency) *dto.Money {
	if amount == 0 {
		return nil
	}
	return &dto.Money{Amount: amount, Currency: string(c)}
}

// listOf gives a list that is never null.
func listOf[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func fromWindows(windows []domain.Window) []dto.Window {
	out := make([]dto.Window, len(windows))
	for i, w := range windows {
		out[i] = dto.Window{From: clock(w.From), To: clock(w.To), Days: make([]dto.Day, len(w.Days))}
		for j, d := range w.Days {
			out[i].Days[j] = days[d]
		}
	}
	return out
}

func toWindows(windows []dto.Window) []domain.Window {
	var out []domain.Window
	for _, w := range windows {
		window := domain.Window{From: minuteOfDay(w.From), To: minuteOfDay(w.To)}
		for _, d := range w.Days {
			window.Days = append(window.Days, slices.Index(days, d))
		}
		slices.Sort(window.Days)
		out = append(out, window)
	}
	return out
}
