package menu

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func nth(n int) domain.ID { return domain.ID{15: byte(n), 14: byte(n >> 8)} }

// TestArrange holds for any list and any new order: places are in that order, what has not moved is in its old order, and an
// order that stays changes no place.
func TestArrange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var before []Place
		position := 0
		for n := range rapid.IntRange(0, 12).Draw(t, "things") {
			position += rapid.IntRange(0, 2).Draw(t, "step")
			before = append(before, Place{nth(n), position})
		}
		var order []domain.ID
		for _, p := range before {
			order = append(order, p.ID)
		}
		same, moved := Arrange(before, order)
		require.Equal(t, before, append([]Place(nil), same...))
		for _, m := range moved {
			require.False(t, m)
		}
		order = append(order, nth(100), nth(101))
		order = rapid.Permutation(order).Draw(t, "order")[:rapid.IntRange(0, len(order)).Draw(t, "kept")]
		places, moved := Arrange(before, order)
		sorted := slices.Clone(places)
		slices.SortFunc(sorted, func(a, b Place) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
		require.Equal(t, places, sorted)
		last := -1
		for i, p := range places {
			require.Equal(t, order[i], p.ID)
			if was := slices.IndexFunc(before, func(b Place) bool { return b.ID == p.ID }); was >= 0 && !moved[p.ID] {
				require.Greater(t, was, last)
				last = was
			}
		}
	})
}

func TestOneThingThatMovesIsOneChange(t *testing.T) {
	t.Parallel()
	before := []Place{{nth(1), 0}, {nth(2), 1}, {nth(3), 2}, {nth(4), 3}}
	_, moved := Arrange(before, []domain.ID{nth(4), nth(1), nth(2), nth(3)})
	require.Equal(t, map[domain.ID]bool{nth(4): true, nth(1): false, nth(2): false, nth(3): false}, moved)
	high := []Place{{nth(1), 9_999}, {nth(2), 10_000}}
	places, _ := Arrange(high, []domain.ID{nth(1), nth(2), nth(3)})
	require.Equal(t, []Place{{nth(1), 0}, {nth(2), 1}, {nth(3), 2}}, places)
}

// full is a menu in which no field is zero.
func full() []Category {
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	stock := 7
	return []Category{{
		ID: nth(1), Name: "Mains", Position: 3, Translations: Translations{"de": {Name: "Hauptgerichte"}},
		Schedule: Schedule{
			Windows:  []Window{{Days: []int{0, 6}, From: 22 * 60, To: 2 * 60}},
			StartsOn: domain.Date{Year: 2026, Month: 3, Day: 1}, EndsOn: domain.Date{Year: 2026, Month: 12, Day: 31},
		},
		Dishes: []Dish{{
			ID: nth(2), VendorID: nth(3), CategoryID: nth(1), Name: "Dosa", Description: "Crisp", Price: inr(90_00), Packaging: inr(5_00),
			TaxCategory: domain.TaxReduced, Diet: Veg, Allergens: []string{"milk"}, Spice: 1, Tags: []string{"new"}, MinAge: 18,
			UnavailableUntil: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Stock: &stock, Position: 4, Picture: "aa", Version: 5,
			RatingAverage: 4.5, RatingCount: 9, Translations: Translations{"de": {Name: "Pfannkuchen", Description: "Knusprig"}},
			Groups: []OptionGroup{{
				ID: nth(6), Name: "Size", Min: 1, Max: 1, Variants: true, Translations: Translations{"de": {Name: "Größe"}},
				Options: []Option{{
					ID: nth(7), Name: "Large", Price: inr(90_00), Default: true, UnavailableUntil: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
					Translations: Translations{"de": {Name: "Groß"}},
				}},
			}},
		}},
	}}
}

// TestNoFieldIsForgottenInADiff changes every field of a menu there is, one at a time: each is found, but for those that say
// who it is, where it stands by number, what others have made of it, and whether an option is sold out.
func TestNoFieldIsForgottenInADiff(t *testing.T) {
	t.Parallel()
	ours := map[string]bool{
		"Category.ID": true, "Category.Position": true, "Dish.ID": true, "Dish.VendorID": true, "Dish.CategoryID": true, "Dish.Position": true,
		"Dish.Version": true, "Dish.RatingAverage": true, "Dish.RatingCount": true, "OptionGroup.ID": true,
		"Option.ID": true, "Option.Available": true, "Option.UnavailableUntil": true,
	}
	of := func(m []Category) []reflect.Value {
		d := &m[0].Dishes[0]
		return []reflect.Value{
			reflect.ValueOf(&m[0]).Elem(), reflect.ValueOf(d).Elem(), reflect.ValueOf(&d.Groups[0]).Elem(), reflect.ValueOf(&d.Groups[0].Options[0]).Elem(),
		}
	}
	require.True(t, Compare(full(), full()).Empty())
	for i, v := range of(full()) {
		for f := range v.NumField() {
			name := v.Type().Name() + "." + v.Type().Field(f).Name
			if ours[name] || name == "Category.Dishes" {
				continue
			}
			require.True(t, !v.Field(f).IsZero() || name == "Dish.Available", "full() leaves %s out", name)
			other := full()
			changed := of(other)[i].Field(f)
			if changed.Kind() == reflect.Bool {
				changed.SetBool(!changed.Bool())
			} else {
				changed.SetZero()
			}
			require.False(t, Compare(full(), other).Empty(), "a change of %s is not seen", name)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	before, after := full(), full()
	before[0].Dishes = append(before[0].Dishes, Dish{ID: nth(20), Name: "Vada"}, Dish{ID: nth(21), Name: "Idli"})
	after[0].Dishes[0].Price.Amount = 100_00
	after = append([]Category{{ID: nth(9), Name: "Drinks", Dishes: []Dish{{ID: nth(21), Name: "Idli"}, {ID: nth(22), Name: "Chai"}}}}, after...)
	d := Compare(before, after)
	require.Equal(t, Differences{
		Added: []Difference{{ID: nth(9), Name: "Drinks"}}, Unchanged: []Difference{{ID: nth(1), Name: "Mains"}},
	}, d.Categories)
	require.Equal(t, []Difference{{ID: nth(22), Name: "Chai", Category: "Drinks"}}, d.Dishes.Added)
	require.Equal(t, []Difference{{ID: nth(20), Name: "Vada", Category: "Mains"}}, d.Dishes.Removed)
	require.Equal(t, []Difference{
		{ID: nth(21), Name: "Idli", Category: "Drinks", Fields: []FieldChange{{"category", "Mains", "Drinks"}}},
		{ID: nth(2), Name: "Dosa", Category: "Mains", Fields: []FieldChange{{"price", "INR 90.00", "INR 100.00"}}},
	}, d.Dishes.Changed)
	require.Empty(t, d.Dishes.Unchanged)
}
