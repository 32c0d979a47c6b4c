package api

import (
	"fmt"
	"slices"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

func fromCities(cities []catalog.City) dto.CityList {
	list := dto.CityList{Data: make([]dto.City, len(cities))}
	for i, c := range cities {
		list.Data[i] = dto.City{Name: c.Name, Country: c.Country, Currency: string(c.Currency), Vendors: c.Vendors, Location: fromPoint(c.Location)}
	}
	return list
}

func fromFacets(cuisines []catalog.Cuisine) dto.Facets {
	out := dto.Facets{Cuisines: make([]dto.CuisineFacet, len(cuisines))}
	for i, c := range cuisines {
		out.Cuisines[i] = dto.CuisineFacet{Name: c.Name, Vendors: c.Vendors}
	}
	return out
}

func (b pictureBase) fromNear(near []catalog.NearView, next string) dto.VendorList {
	list := dto.VendorList{Data: make([]dto.Vendor, len(near)), NextCursor: some(next)}
	for i, n := range near {
		list.Data[i] = b.fromNearVendor(n)
	}
	return list
}

func (b pictureBase) fromNearVendor(n catalog.NearView) dto.Vendor {
	v := b.fromVendor(n.VendorView)
	fee := fromMoney(n.Fee)
	v.DeliveryFee, v.DistanceMeters, v.EtaMinutes = &fee, &n.Meters, some(n.ETAMinutes)
	return v
}

func (b pictureBase) fromVendor(v catalog.VendorView) dto.Vendor {
	out := dto.Vendor{
		ID: v.ID, Name: v.Name, Cuisines: v.Cuisines, Address: v.Address, Location: fromPoint(v.Location), City: v.City,
		Timezone: v.Timezone, Currency: string(v.Currency), Phone: v.Phone, Rating: dto.Rating{Average: v.RatingAverage, Count: v.RatingCount},
		CostForTwo: fromMoney(v.CostForTwo), PriceLevel: v.PriceLevel, Open: v.Clock.Open, OpensAt: at(v.Clock.OpensAt),
		ClosesAt: at(v.Clock.ClosesAt), PrepMinutes: v.PrepMinutes, MinimumOrder: fromMoney(v.MinOrder), ImageURL: b.url(v.Picture), Images: b.urls(v.Picture),
		AcceptSeconds: v.AcceptSeconds, PackagingFee: fromMoney(v.PackagingFee), TaxRate: int(v.TaxRate), TaxRates: fromTaxRates(v.TaxRates), Languages: v.Languages,
		TaxID: some(v.TaxID), Status: dto.VendorStatus(v.Status), StatusReason: some(v.StatusReason), Version: v.Version,
		Acceptance: dto.Acceptance(v.Acceptance), SlotCapacity: some(v.SlotCapacity),
	}
	if v.Busy {
		out.Busy, out.BusyMinutes, out.BusyUntil = true, some(v.BusyMinutes), at(v.BusyUntil)
	}
	if v.Paused {
		out.PauseReason = some(v.PauseReason)
		if v.PausedUntil.Before(vendor.Forever) {
			out.PausedUntil = at(v.PausedUntil)
		}
	}
	return out
}

func fromTaxRates(rates domain.TaxRates) *dto.TaxRates {
	if len(rates) == 0 {
		return nil
	}
	rate := func(c domain.TaxCategory) *int {
		bp, ok := rates[c]
		if !ok {
			return nil
		}
		n := int(bp)
		return &n
	}
	return &dto.TaxRates{Reduced: rate(domain.TaxReduced), Packaged: rate(domain.TaxPackaged), Alcohol: rate(domain.TaxAlcohol)}
}

// toTaxRates keeps absence.
func toTaxRates(rates *dto.TaxRates) *domain.TaxRates {
	if rates == nil {
		return nil
	}
	out := domain.TaxRates{}
	for c, rate := range map[domain.TaxCategory]*int{
		domain.TaxReduced: rates.Reduced, domain.TaxPackaged: rates.Packaged, domain.TaxAlcohol: rates.Alcohol,
	} {
		if rate != nil {
			out[c] = domain.BasisPoints(*rate)
		}
	}
	return &out
}

func fromHours(hours vendor.Hours) dto.Hours {
	out := dto.Hours{Week: []dto.Slot{}}
	for _, s := range hours.Slots() {
		out.Week = append(out.Week, dto.Slot{Day: days[s.Day], Opens: clock(s.Opens), Closes: clock(s.Closes)})
	}
	return out
}

func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

func toSlots(week []dto.Slot) []vendor.Slot {
	out := make([]vendor.Slot, len(week))
	for i, s := range week {
		out[i] = vendor.Slot{Day: slices.Index(days, s.Day), Opens: minuteOfDay(s.Opens), Closes: minuteOfDay(s.Closes)}
	}
	return out
}
