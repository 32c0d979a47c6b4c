package postgres

import (
	"encoding/json"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// groupJSON is an option group as dishes.option_groups holds it; prices are minor units of the vendor's currency.
type groupJSON struct {
	ID      domain.ID    `json:"id"`
	Name    string       `json:"name"`
	Min     int          `json:"min"`
	Max     int          `json:"max"`
	Options []optionJSON `json:"options"`
}

type optionJSON struct {
	ID        domain.ID `json:"id"`
	Name      string    `json:"name"`
	Price     int64     `json:"price"`
	Available bool      `json:"available"`
}

// toDish reads a row of dishes, whose prices are in its vendor's currency.
func toDish(r query.Dish, currency domain.Currency) (menu.Dish, error) {
	groups, err := toGroups(r.OptionGroups, currency)
	if err != nil {
		return menu.Dish{}, fmt.Errorf("dish %s: %w", r.ID, err)
	}
	d := menu.Dish{
		ID: r.ID, VendorID: r.VendorID, CategoryID: orNil(r.CategoryID), Name: r.Name, Description: r.Description,
		Price: domain.Money{Amount: r.Price, Currency: currency}, Diet: menu.Diet(r.Diet), Allergens: r.Allergens, Spice: r.Spice,
		Available: r.Available, Stock: r.Stock, Position: r.Position, Picture: textOr(r.Picture), Groups: groups, RatingAverage: r.RatingAverage, RatingCount: r.RatingCount, Version: r.Version,
	}
	if r.UnavailableUntil != nil {
		d.UnavailableUntil = *r.UnavailableUntil
	}
	return d, nil
}

func toGroups(text []byte, currency domain.Currency) ([]menu.OptionGroup, error) {
	if string(text) == "[]" {
		return nil, nil
	}
	var stored []groupJSON
	if err := json.Unmarshal(text, &stored); err != nil {
		return nil, fmt.Errorf("decode option groups: %w", err)
	}
	groups := make([]menu.OptionGroup, len(stored))
	for i, g := range stored {
		groups[i] = menu.OptionGroup{ID: g.ID, Name: g.Name, Min: g.Min, Max: g.Max, Options: make([]menu.Option, len(g.Options))}
		for j, o := range g.Options {
			groups[i].Options[j] = menu.Option{
				ID: o.ID, Name: o.Name, Price: domain.Money{Amount: o.Price, Currency: currency}, Available: o.Available,
			}
		}
	}
	return groups, nil
}

func fromGroups(groups []menu.OptionGroup) ([]byte, error) {
	stored := make([]groupJSON, len(groups)) // never null: the column holds an array
	for i, g := range groups {
		stored[i] = groupJSON{g.ID, g.Name, g.Min, g.Max, make([]optionJSON, len(g.Options))}
		for j, o := range g.Options {
			stored[i].Options[j] = optionJSON{o.ID, o.Name, o.Price.Amount, o.Available}
		}
	}
	text, err := json.Marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("encode option groups: %w", err)
	}
	return text, nil
}
