package seed

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
)

func rupees(amount float64) domain.Money { return domain.FromMajor(amount, "INR") }

// numberedIDs gives IDs that differ from each other and not from run to run.
func numberedIDs() func() domain.ID {
	n := 0
	return func() domain.ID {
		n++
		return domain.ID{byte(n >> 16), byte(n >> 8), byte(n)}
	}
}

func TestEveryCuisineMakesAMenu(t *testing.T) {
	t.Parallel()
	for code, c := range countries {
		for name := range dishes() {
			k := kitchen{key: name, cuisines: []string{name}, country: c, cost: c.typical(2), level: 2, diet: menu.NonVeg}
			made := candidate{kitchen: k}
			made.profile.Currency, made.profile.CostForTwo, made.profile.Name = k.cost.Currency, k.cost, code+" "+name
			checkMenu(t, made, dishes().compose(k, domain.ID{1}, numberedIDs()))
		}
	}
}

func TestComposeIsRepeatable(t *testing.T) {
	t.Parallel()
	k := kitchen{key: "zomato:1", cuisines: []string{"Thai", "Pizza", "Cafe"}, country: countries["1"], cost: rupees(700), level: 2, diet: menu.NonVeg}
	first := dishes().compose(k, domain.ID{1}, numberedIDs())
	require.Equal(t, first, dishes().compose(k, domain.ID{1}, numberedIDs()))
	k.key = "zomato:2"
	require.NotEqual(t, first, dishes().compose(k, domain.ID{1}, numberedIDs()))
}

func TestKitchensKeepTheirDiet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		cuisines []string
		want     menu.Diet
	}{
		{"Gulab Sweets", []string{"Mithai"}, menu.Veg},
		{"Thali Room", []string{"Gujarati", "Rajasthani"}, menu.Veg},
		{"Green Door", []string{"Vegetarian"}, menu.Veg},
		{"Shudh Vaishno Dhaba", []string{"North Indian"}, menu.Veg},
		{"Seed Vegan Kitchen", []string{"American"}, menu.Vegan},
		{"The Chop House", []string{"Steak", "Vegetarian"}, menu.NonVeg}, // has something vegetarian, too
		{"Veg and Non-Vegetarian Corner", []string{"North Indian"}, menu.NonVeg},
		{"Sweets and Kebabs", []string{"Mithai", "Kebab"}, menu.NonVeg},
		{"Nowhere", []string{"Martian"}, menu.NonVeg},
	} {
		diet := dietOf(c.name, c.cuisines)
		require.Equal(t, c.want, diet, c.name)
		k := kitchen{key: c.name, cuisines: c.cuisines, country: countries["1"], cost: rupees(400), level: 1, diet: diet}
		made := candidate{kitchen: k}
		made.profile.Currency, made.profile.CostForTwo = "INR", k.cost
		checkMenu(t, made, dishes().compose(k, domain.ID{1}, numberedIDs()))
	}
}

func TestMeatThatACountryAvoids(t *testing.T) {
	t.Parallel()
	for code, meat := range map[string]string{"1": "beef", "214": "pork"} {
		k := kitchen{key: "k", cuisines: []string{"Steak", "BBQ", "German"}, country: countries[code], cost: countries[code].typical(3), diet: menu.NonVeg}
		for _, d := range dishes().pick(k) {
			require.NotEqual(t, meat, d.meat, d.name)
		}
	}
}

func TestPricesLookLikeMenus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency domain.Currency
		in, out  int64
	}{
		{"INR", 4_21, 5_00}, {"INR", 87_00, 85_00}, {"INR", 244_00, 240_00}, {"USD", 12_31, 12_49}, {"USD", 20_60, 20_99},
		{"USD", 10, 49}, {"GBP", 8_20, 7_95}, {"BRL", 29_20, 28_90}, {"IDR", 43_210_00, 43_000_00}, {"ZAR", 88_00, 90_00},
		{"LKR", 1_230_00, 1_250_00}, {"AED", 0, 1_00},
	} {
		require.Equal(t, c.out, ladderOf(c.currency).round(c.in), c)
	}
	require.Equal(t, int64(5_00), ladderOf("INR").extra(1))
	require.Zero(t, ladderOf("INR").extra(0))
	for code, c := range countries {
		require.Contains(t, ladders, c.rules().Currency, code)
	}
}

func TestOpenings(t *testing.T) {
	t.Parallel()
	rests, nights := 0, 0
	for i := range 400 {
		key := DemoCourier("x", i)
		require.LessOrEqual(t, openings(key, []string{"Bakery"}, 1).Slots()[0].Opens, 8*hour)
		bar := openings(key, []string{"Bar Food"}, 2).Slots()
		if bar[0].Closes < bar[0].Opens {
			nights++
		}
		open := map[int]bool{}
		for _, s := range openings(key, []string{"North Indian"}, 1).Slots() {
			open[s.Day] = true
		}
		require.GreaterOrEqual(t, len(open), 6)
		if len(open) == 6 {
			rests++
		}
	}
	require.InDelta(t, 50, rests, 25)
	require.Greater(t, nights, 200)
}
