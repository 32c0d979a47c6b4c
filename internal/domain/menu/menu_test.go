package menu

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) // a Monday

func TestChoosingOptions(t *testing.T) {
	t.Parallel()
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	option := func(id domain.ID, price int64) Option {
		return Option{ID: id, Name: id.String(), Price: inr(price), Available: true}
	}
	small, large, cheese, bacon := domain.ID{1}, domain.ID{2}, domain.ID{3}, domain.ID{4}
	pizza := Dish{Name: "Margherita", Price: inr(20000), Available: true, Groups: []OptionGroup{
		{Name: "Size", Min: 1, Max: 1, Options: []Option{option(small, 0), option(large, 8000)}},
		{Name: "Extras", Min: 0, Max: 2, Options: []Option{option(cheese, 3000), {ID: bacon, Price: inr(5000)}}},
	}}
	require.NoError(t, CheckGroups(pizza.Groups))
	for name, tc := range map[string]struct {
		options []domain.ID
		unit    int64
		code    string
	}{
		"one of each":    {[]domain.ID{large, cheese}, 31000, ""},
		"only the must":  {[]domain.ID{small}, 20000, ""},
		"none":           {nil, 20000, "options_invalid"},
		"two sizes":      {[]domain.ID{small, large}, 28000, "options_invalid"},
		"one twice":      {[]domain.ID{small, cheese, cheese}, 23000, "options_invalid"},
		"another dish's": {[]domain.ID{small, {9}}, 20000, "options_invalid"},
		"sold out":       {[]domain.ID{small, bacon}, 25000, "option_unavailable"},
	} {
		unit, _, problems := pizza.Choose(tc.options, noon)
		require.Equal(t, inr(tc.unit), unit, name)
		if tc.code == "" {
			require.Empty(t, problems, name)
			continue
		}
		require.Len(t, problems, 1, name)
		require.Equal(t, tc.code, problems[0].Code, name)
	}
}

func TestVariants(t *testing.T) {
	t.Parallel()
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	half, full, raita := domain.ID{1}, domain.ID{2}, domain.ID{3}
	biryani := Dish{Name: "Biryani", Price: inr(18000), Available: true, Groups: []OptionGroup{
		{Name: "Extras", Max: 1, Options: []Option{{ID: raita, Price: inr(4000), Available: true}}},
		{Name: "Portion", Min: 1, Max: 1, Variants: true, Options: []Option{
			{ID: half, Name: "Half", Price: inr(18000), Available: true}, {ID: full, Name: "Full", Price: inr(32000), Default: true, Available: true},
		}},
	}}
	require.NoError(t, CheckGroups(biryani.Groups))
	require.Equal(t, []domain.ID{full}, biryani.Defaults())
	cheapest, ok := biryani.CheapestVariant()
	require.True(t, ok)
	require.Equal(t, inr(18000), cheapest)
	for _, tc := range []struct {
		options []domain.ID
		unit    int64
		wrong   int
	}{
		{[]domain.ID{half}, 18000, 0}, {[]domain.ID{full}, 32000, 0}, {[]domain.ID{raita, full}, 36000, 0}, {[]domain.ID{full, raita}, 36000, 0},
		{[]domain.ID{raita}, 22000, 1}, {[]domain.ID{half, full}, 50000, 1},
	} {
		unit, _, problems := biryani.Choose(tc.options, noon)
		require.Equal(t, inr(tc.unit), unit)
		require.Len(t, problems, tc.wrong)
	}
	_, ok = Dish{Groups: biryani.Groups[:1]}.CheapestVariant()
	require.False(t, ok)
	for name, groups := range map[string][]OptionGroup{
		"two of variants":        {biryani.Groups[1], {Name: "Size", Min: 1, Max: 1, Variants: true, Options: sized(2)}},
		"variants to leave":      {{Min: 0, Max: 1, Variants: true, Options: sized(2)}},
		"several variants":       {{Min: 1, Max: 2, Variants: true, Options: sized(2)}},
		"more defaults than max": {{Max: 1, Options: []Option{{Name: "A", Default: true}, {Name: "B", Default: true}}}},
		"min above max":          {{Min: 2, Max: 1, Options: sized(3)}},
		"max above options":      {{Max: 4, Options: sized(3)}},
		"options of one name":    {{Max: 1, Options: []Option{{Name: "Half"}, {Name: "half"}}}},
		"groups of one name":     {{Name: "Size", Max: 1, Options: sized(1)}, {Name: "size", Max: 1, Options: sized(1)}},
	} {
		require.Equal(t, domain.Invalid, domain.KindOf(CheckGroups(groups)), name)
	}
}

// sized are so many options.
func sized(n int) []Option {
	out := make([]Option, n)
	for i := range out {
		out[i].Name = strings.Repeat("X", i) + "L"
	}
	return out
}

func TestStates(t *testing.T) {
	t.Parallel()
	none, some, later := 0, 3, noon.Add(time.Hour)
	until := func(minutes int) Schedule { // every day from 11:00
		return Schedule{Windows: []Window{{Days: []int{0, 1, 2, 3, 4, 5, 6}, From: 11 * 60, To: minutes}}}
	}
	on, off := Schedule{}, Schedule{Windows: []Window{{Days: []int{0, 1, 2, 3, 4, 5, 6}, From: 13 * 60, To: 14 * 60}}}
	tomorrow := noon.Add(23 * time.Hour)
	size := func(options ...Option) []OptionGroup { return []OptionGroup{{Min: 1, Max: 1, Options: options}} }
	for name, tc := range map[string]struct {
		dish     Dish
		schedule Schedule
		want     State
	}{
		"available":             {Dish{Available: true}, on, State{Available: true}},
		"counted":               {Dish{Available: true, Stock: &some}, on, State{Available: true}},
		"none left":             {Dish{Available: true, Stock: &none}, on, State{Reason: SoldOut}},
		"sold out":              {Dish{}, on, State{Reason: SoldOut}},
		"sold out for a time":   {Dish{UnavailableUntil: later}, on, State{Reason: SoldOut, Until: later}},
		"back":                  {Dish{UnavailableUntil: noon}, on, State{Available: true}},
		"not served":            {Dish{Available: true}, off, State{Reason: OutOfSchedule, Until: later}},
		"sold out, and off":     {Dish{}, off, State{Reason: SoldOut}},
		"no size left":          {Dish{Available: true, Groups: size(Option{}, Option{})}, on, State{Reason: SoldOut}},
		"a size comes back":     {Dish{Available: true, Groups: size(Option{}, Option{UnavailableUntil: later})}, on, State{Reason: SoldOut, Until: later}},
		"back when it is over":  {Dish{UnavailableUntil: later}, until(12*60 + 30), State{Reason: SoldOut, Until: tomorrow}},
		"back as it ends":       {Dish{UnavailableUntil: later}, until(13 * 60), State{Reason: SoldOut, Until: tomorrow}},
		"back before it ends":   {Dish{UnavailableUntil: later}, until(13*60 + 1), State{Reason: SoldOut, Until: later}},
		"back for no other day": {Dish{UnavailableUntil: later}, Schedule{EndsOn: domain.DateOf(noon).Add(-1)}, State{Reason: SoldOut}},
		"back without a size": {
			Dish{UnavailableUntil: later, Groups: size(Option{UnavailableUntil: later.Add(time.Minute)})}, on,
			State{Reason: SoldOut, Until: later.Add(time.Minute)},
		},
		"served when a size is back": {
			Dish{Available: true, Groups: size(Option{UnavailableUntil: later.Add(time.Minute)})}, off,
			State{Reason: OutOfSchedule, Until: later.Add(time.Minute)},
		},
		"served without a size": {Dish{Available: true, Groups: size(Option{})}, off, State{Reason: OutOfSchedule}},
		"a size is there":       {Dish{Available: true, Groups: size(Option{}, Option{UnavailableUntil: noon})}, on, State{Available: true}},
	} {
		require.Equal(t, tc.want, tc.dish.StateAt(noon, tc.schedule, time.UTC), name)
	}
}

func TestTheNextChangeIsTheFirst(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	menu := []Category{
		{Dishes: []Dish{{Available: true, UnavailableUntil: at(1)}, {UnavailableUntil: at(40)}, {UnavailableUntil: at(-5)}}},
		{Dishes: []Dish{{Available: true, Groups: []OptionGroup{{Options: []Option{{UnavailableUntil: at(30)}}}}}}},
		{Schedule: Schedule{Windows: []Window{{Days: []int{0}, From: 11 * 60, To: 12*60 + 20}}}},
	}
	for i, want := range []time.Time{at(20), at(30), at(40), {}} {
		require.Equal(t, want, NextChange(menu, noon, time.UTC))
		switch i {
		case 0:
			menu = menu[:2]
		case 1:
			menu = menu[:1]
		case 2:
			menu = nil
		}
	}
}

func TestTranslationsLeaveTheOriginalAlone(t *testing.T) {
	t.Parallel()
	german := func(name string) Translations { return Translations{"de": {Name: name}} }
	c := Category{Name: "Breakfast", Translations: german("Frühstück"), Dishes: []Dish{{
		Name: "Rice cakes", Description: "Steamed", Translations: Translations{"de": {Name: "Reiskuchen"}, "fr": {Description: "À la vapeur"}},
		Groups: []OptionGroup{{Name: "Dips", Translations: german("Soßen"), Options: []Option{{Name: "Mint", Translations: german("Minze")}, {Name: "Sambar"}}}},
	}}}
	de := c.In("de")
	require.Equal(t, "Frühstück", de.Name)
	require.Equal(t, []string{"Reiskuchen", "Steamed"}, []string{de.Dishes[0].Name, de.Dishes[0].Description})
	require.Equal(t, "Soßen", de.Dishes[0].Groups[0].Name)
	require.Equal(t, []string{"Minze", "Sambar"}, []string{de.Dishes[0].Groups[0].Options[0].Name, de.Dishes[0].Groups[0].Options[1].Name})
	fr := c.In("fr")
	require.Equal(t, []string{"Breakfast", "Rice cakes", "À la vapeur"}, []string{fr.Name, fr.Dishes[0].Name, fr.Dishes[0].Description})
	require.Equal(t, c, c.In("it"))
	require.Equal(t, "Mint", c.Dishes[0].Groups[0].Options[0].Name)
}

func TestAllergensHaveOneName(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for other, name := range allergens {
		require.Equal(t, name, Allergen(name), "%s is its own name", name)
		require.Equal(t, name, Allergen(other))
		names[name] = true
	}
	require.Len(t, names, 14)
	require.Equal(t, "milk", Allergen("Dairy"))
	require.Equal(t, "Buckwheat", Allergen("Buckwheat"))
}
