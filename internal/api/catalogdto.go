package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

func fromCities(cities []catalog.City) dto.CityList {
	list := dto.CityList{Data: make([]dto.City, len(cities))}
	for i, c := range cities {
		list.Data[i] = dto.City{Name: c.Name, Country: c.Country, Currency: string(c.Currency), Vendors: c.Vendors, Location: fromPoint(c.Location)}
	}
	return list
}

func (b pictureBase) fromNear(near []catalog.NearView, next string) dto.VendorList {
	list := dto.VendorList{Data: make([]dto.Vendor, len(near)), NextCursor: some(next)}
	for i, n := range near {
		v := b.fromVendor(n.VendorView)
		fee := fromMoney(n.Fee)
		v.DeliveryFee, v.DistanceMeters, v.EtaMinutes = &fee, &n.Meters, &n.ETAMinutes
		list.Data[i] = v
	}
	return list
}

func (b pictureBase) fromVendor(v catalog.VendorView) dto.Vendor {
	out := dto.Vendor{
		ID: v.ID, Name: v.Name, Cuisines: v.Cuisines, Address: v.Address, Location: fromPoint(v.Location), City: v.City,
		Timezone: v.Timezone, Currency: string(v.Currency), Phone: v.Phone, Rating: dto.Rating{Average: v.RatingAverage, Count: v.RatingCount},
		CostForTwo: fromMoney(v.CostForTwo), PriceLevel: v.PriceLevel, Open: v.Clock.Open, OpensAt: at(v.Clock.OpensAt),
		ClosesAt: at(v.Clock.ClosesAt), PrepMinutes: v.PrepMinutes, MinimumOrder: fromMoney(v.MinOrder), ImageURL: b.url(v.Picture), Images: b.urls(v.Picture),
		Status: dto.VendorStatus(v.Status), StatusReason: some(v.StatusReason), Version: v.Version,
	}
	if v.Paused {
		out.PauseReason = some(v.PauseReason)
		if v.PausedUntil.Before(vendor.Forever) {
			out.PausedUntil = at(v.PausedUntil)
		}
	}
	return out
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

func (b pictureBase) fromMenu(m catalog.MenuView) dto.Menu {
	out := dto.Menu{
		VendorID: m.Vendor.ID, Version: m.Vendor.Version, Currency: string(m.Vendor.Currency), Categories: make([]dto.Category, len(m.Categories)),
	}
	for i, c := range m.Categories {
		out.Categories[i] = b.fromCategory(c, m.At)
	}
	return out
}

func (b pictureBase) fromCategory(c menu.Category, now time.Time) dto.Category {
	out := dto.Category{ID: c.ID, Name: c.Name, Position: c.Position, Dishes: make([]dto.Dish, len(c.Dishes))}
	for i, d := range c.Dishes {
		out.Dishes[i] = b.fromDish(d, now)
	}
	return out
}

func (b pictureBase) fromDish(d menu.Dish, now time.Time) dto.Dish {
	out := dto.Dish{
		ID: d.ID, VendorID: d.VendorID, CategoryID: d.CategoryID, Name: d.Name, Description: d.Description, Price: fromMoney(d.Price),
		ImageURL: b.url(d.Picture), Images: b.urls(d.Picture), Diet: dto.Diet(d.Diet), Allergens: d.Allergens, Spice: d.Spice, Available: d.AvailableAt(now),
		Stock: d.Stock, Position: d.Position, OptionGroups: make([]dto.OptionGroup, len(d.Groups)), Version: d.Version,
		Rating: dto.Rating{Average: d.RatingAverage, Count: d.RatingCount},
	}
	for i, g := range d.Groups {
		group := dto.OptionGroup{ID: g.ID, Name: g.Name, Min: g.Min, Max: g.Max, Options: make([]dto.Option, len(g.Options))}
		for j, o := range g.Options {
			group.Options[j] = dto.Option{ID: o.ID, Name: o.Name, Price: fromMoney(o.Price), Available: o.Available}
		}
		out.OptionGroups[i] = group
	}
	return out
}

// toPrice keeps absence.
func toPrice(p *dto.Price) *domain.Money {
	if p == nil {
		return nil
	}
	return &domain.Money{Amount: p.Amount, Currency: domain.Currency(p.Currency)}
}

// toGroups keeps absence. An option without a price costs nothing more; one that does not say so is available.
func toGroups(groups *dto.OptionGroupRequests) *[]menu.OptionGroup {
	if groups == nil {
		return nil
	}
	out := make([]menu.OptionGroup, len(*groups))
	for i, g := range *groups {
		out[i] = menu.OptionGroup{Name: g.Name, Min: g.Min, Max: g.Max, Options: make([]menu.Option, len(g.Options))}
		for j, o := range g.Options {
			option := menu.Option{Name: o.Name, Available: o.Available == nil || *o.Available}
			if price := toPrice(o.Price); price != nil {
				option.Price = *price
			}
			out[i].Options[j] = option
		}
	}
	return &out
}
