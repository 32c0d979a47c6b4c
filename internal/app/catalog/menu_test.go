package catalog_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
)

func inr(amount int64) domain.Money { return domain.Money{Amount: amount, Currency: "INR"} }

func requireField(t *testing.T, field string, err error) {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, domain.Invalid, e.Kind)
	require.Equal(t, field, e.Fields[0].Field)
}

// TestTheMenuPageFollowsItsSchedules moves the clock to the second in which breakfast ends and begins, and over the night in
// which a vendor's clocks go forward.
func TestTheMenuPageFollowsItsSchedules(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	c := b.category(owner, v.ID, "Breakfast")
	_, err := b.AddDish(b.ctx, owner, v.ID, dishOf(c.ID, "Idli", 6000))
	require.NoError(t, err)
	require.Equal(t, []string{"Idli"}, b.menu(v.ID).Names)
	before := b.menu(v.ID).Version

	everyDay := []int{0, 1, 2, 3, 4, 5, 6}
	morning := menu.Schedule{Windows: []menu.Window{{Days: everyDay, From: 7 * 60, To: 12*60 + 2}}}
	seen, err := b.EditCategory(b.ctx, owner, c.ID, 0, catalog.CategoryEdit{Schedule: &morning})
	require.NoError(t, err)
	require.Equal(t, morning, seen.Schedule)
	require.Equal(t, []string{"Idli"}, b.menu(v.ID).Names)
	require.Equal(t, before+1, b.menu(v.ID).Version)
	b.pass(2*time.Minute - time.Second)
	require.Equal(t, []string{"Idli"}, b.menu(v.ID).Names)
	b.pass(time.Second)
	require.Empty(t, b.menu(v.ID).Names, "breakfast ends, to the second")
	b.pass(18*time.Hour + 58*time.Minute - time.Second)
	require.Empty(t, b.menu(v.ID).Names)
	b.pass(time.Second)
	require.Equal(t, []string{"Idli"}, b.menu(v.ID).Names, "and begins")
	require.Equal(t, before+1, b.menu(v.ID).Version, "time alone makes no version")

	b.exec("UPDATE vendors SET timezone = 'Europe/Berlin', version = version + 1 WHERE id = $1", v.ID)
	b.nanos.Store(time.Date(2026, 3, 29, 0, 59, 59, 0, time.UTC).UnixNano()) // 01:59:59; then it is 03:00
	night := menu.Schedule{Windows: []menu.Window{{Days: everyDay, From: 2*60 + 30, To: 3*60 + 1}}}
	b.pass(0)
	_, err = b.EditCategory(b.ctx, owner, c.ID, 0, catalog.CategoryEdit{Schedule: &night})
	require.NoError(t, err)
	require.Empty(t, b.menu(v.ID).Names)
	b.pass(time.Second)
	require.Equal(t, []string{"Idli"}, b.menu(v.ID).Names)
	b.pass(time.Minute)
	require.Empty(t, b.menu(v.ID).Names)

	wrong := menu.Schedule{Windows: []menu.Window{{From: 1, To: 2}}}
	_, err = b.EditCategory(b.ctx, owner, c.ID, 0, catalog.CategoryEdit{Schedule: &wrong})
	requireField(t, "schedule.windows[0].days", err)
}

func TestAnOptionIsSoldOutByItself(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Dosa")
	d, err := b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Groups: &[]menu.OptionGroup{
		{Name: "Size", Min: 1, Max: 1, Options: []menu.Option{{Name: "Large", Available: true}}},
	}})
	require.NoError(t, err)
	large := d.Groups[0].Options[0].ID
	require.Equal(t, []string{"Dosa"}, b.menu(v.ID).Names)
	after, err := b.SetOptionAvailable(b.ctx, owner, d.ID, large, d.Version, false, noon.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, d.Version+1, after.Version)
	require.Equal(t, menu.State{Reason: menu.SoldOut, Until: noon.Add(time.Minute)}, after.State, "its only size is gone")
	require.Empty(t, b.menu(v.ID).Names)
	b.pass(time.Minute)
	require.Equal(t, []string{"Dosa"}, b.menu(v.ID).Names, "it comes back by itself, to the second")

	_, err = b.SetOptionAvailable(b.ctx, owner, d.ID, large, d.Version, true, time.Time{})
	requireKind(t, domain.Precondition, err)
	_, err = b.SetOptionAvailable(b.ctx, owner, d.ID, d.ID, 0, true, time.Time{})
	requireKind(t, domain.NotFound, err)
	_, err = b.SetOptionAvailable(b.ctx, owner, d.ID, large, 0, true, b.now().Add(time.Hour))
	requireField(t, "until", err)
	_, err = b.SetOptionAvailable(b.ctx, b.account(), d.ID, large, 0, true, time.Time{})
	requireKind(t, domain.NotFound, err)
}

func TestStockIsSet(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Thali")
	for _, step := range []struct {
		stock *int
		names []string
		event string
	}{
		{new(3), []string{"Thali"}, "vendor.menu_changed"}, {new(0), nil, "vendor.item_unavailable"},
		{new(1), []string{"Thali"}, "vendor.menu_changed"}, {nil, []string{"Thali"}, "vendor.menu_changed"},
	} {
		before := b.menu(v.ID).Version
		got, err := b.SetStock(b.ctx, owner, d.ID, 0, step.stock)
		require.NoError(t, err)
		require.Equal(t, step.stock, got.Stock)
		require.Equal(t, step.names, b.menu(v.ID).Names)
		require.Equal(t, before+1, b.menu(v.ID).Version)
		records, err := b.db.Timeline(b.ctx, v.ID, 0, 1000)
		require.NoError(t, err)
		require.Equal(t, step.event, records[len(records)-1].Type)
	}
	_, err := b.SetAvailable(b.ctx, owner, d.ID, 0, false, time.Time{})
	require.NoError(t, err)
	_, err = b.SetStock(b.ctx, owner, d.ID, 0, new(7))
	require.NoError(t, err)
	require.Empty(t, b.menu(v.ID).Names, "what somebody has taken off the menu a count does not put back")
	_, err = b.SetStock(b.ctx, owner, d.ID, 1, new(7))
	requireKind(t, domain.Precondition, err)
}

func TestThePriceFollowsTheVariants(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Biryani") // at 120
	portions := func(half, full int64) *[]menu.OptionGroup {
		return &[]menu.OptionGroup{{Name: "Portion", Min: 1, Max: 1, Variants: true, Options: []menu.Option{
			{Name: "Half", Price: inr(half), Available: true}, {Name: "Full", Price: inr(full), Default: true, Available: true},
		}}}
	}
	d, err := b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Groups: portions(18000, 32000)})
	require.NoError(t, err)
	require.Equal(t, inr(18000), d.Price)
	_, err = b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Price: new(inr(12000))})
	requireField(t, "price", err)
	d, err = b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Groups: portions(20000, 19000), Price: new(inr(19000))})
	require.NoError(t, err)
	require.Equal(t, inr(19000), d.Price)
	require.True(t, d.Groups[0].Options[1].Default)

	d, err = b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{
		Packaging: new(inr(500)), TaxCategory: new(domain.TaxReduced), MinAge: new(18), Tags: &[]string{" new ", "New", ""},
		Allergens: &[]string{"Dairy", "milk", "Tree nuts", "Buckwheat"},
	})
	require.NoError(t, err)
	require.Equal(t, inr(500), d.Packaging)
	require.Equal(t, domain.TaxReduced, d.TaxCategory)
	require.Equal(t, 18, d.MinAge)
	require.Equal(t, []string{"new"}, d.Tags)
	require.Equal(t, []string{"milk", "nuts", "Buckwheat"}, d.Allergens)
	_, err = b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Packaging: &domain.Money{Amount: 1, Currency: "USD"}})
	requireField(t, "packaging.currency", err)
}

// names is a menu's first category, dish and option.
func names(m catalog.MenuView) ([]byte, error) {
	d := m.Categories[0].Dishes[0]
	return json.Marshal([]string{m.Categories[0].Name, d.Name, d.Description, d.Groups[0].Name, d.Groups[0].Options[0].Name})
}

func TestMenusInSeveralLanguages(t *testing.T) {
	b, reg := counted(t, catalog.Options{})
	v, owner := b.vendor()
	edit := func(languages ...string) error {
		_, err := b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{Languages: languages})
		return err
	}
	in := func(language, name string) *menu.Translations { return &menu.Translations{language: {Name: name}} }
	c := b.category(owner, v.ID, "Breakfast")
	_, err := b.EditCategory(b.ctx, owner, c.ID, 0, catalog.CategoryEdit{Translations: in("de", "Frühstück")})
	requireField(t, "translations", err)
	requireField(t, "languages[1]", edit("en", "klingonish"))
	requireField(t, "languages", edit("en", "de", "fr", "it", "hi", "ta", "te", "kn", "ml"))
	require.NoError(t, edit("EN", "de", "zh-hant", "de"))
	_, err = b.EditCategory(b.ctx, owner, c.ID, 0, catalog.CategoryEdit{Translations: in("en", "Breakfast!")})
	requireField(t, "translations", err)

	_, err = b.EditCategory(b.ctx, owner, c.ID, 0, catalog.CategoryEdit{Translations: in("DE", "Frühstück")})
	require.NoError(t, err)
	n := dishOf(c.ID, "Idli", 6000)
	n.Description = new("Steamed")
	n.Translations = &menu.Translations{"de": {Name: "Reiskuchen"}, "zh-Hant": {Name: "米糕", Description: "蒸"}}
	n.Groups = &[]menu.OptionGroup{{Name: "Dips", Max: 1, Translations: *in("de", "Soßen"), Options: []menu.Option{
		{Name: "Mint", Available: true, Translations: *in("de", "Minze")},
	}}}
	d, err := b.AddDish(b.ctx, owner, v.ID, n)
	require.NoError(t, err)

	english := []string{"Breakfast", "Idli", "Steamed", "Dips", "Mint"}
	german := []string{"Frühstück", "Reiskuchen", "Steamed", "Soßen", "Minze"}
	read := func(accept string) ([]string, string) {
		page, err := b.MenuPage(b.ctx, anonymous, v.ID, accept, names)
		require.NoError(t, err)
		return decode[[]string](t, page), page.Language
	}
	for accept, want := range map[string]struct {
		language string
		names    []string
	}{
		"":                        {"en", english},
		"de":                      {"de", german},
		"de-AT,de;q=0.9,en;q=0.5": {"de", german},
		"en-GB,de;q=0.9":          {"en", english},
		"fr,it":                   {"en", english},
		"zh-TW":                   {"zh-Hant", []string{"Breakfast", "米糕", "蒸", "Dips", "Mint"}},
		"de;q=0,en":               {"en", english},
		"*":                       {"en", english},
		"\xff, de;q=many":         {"en", english},
		string(make([]byte, 300)): {"en", english},
	} {
		got, language := read(accept)
		require.Equal(t, want.language, language, accept)
		require.Equal(t, want.names, got, accept)
	}
	require.InDelta(t, 3, number(t, reg, "zoop_catalog_cache_entries", "page"), 0, "a page for each language that was read, not for each header")

	seen, err := b.Dish(b.ctx, customer, d.ID, "de")
	require.NoError(t, err)
	require.Equal(t, []string{"Reiskuchen", "de"}, []string{seen.Name, seen.Language})
	require.Empty(t, seen.Translations, "who reads it in one language has no use for the others")
	require.Empty(t, seen.Groups[0].Options[0].Translations)
	seen, err = b.Dish(b.ctx, owner, d.ID, "de")
	require.NoError(t, err)
	require.Equal(t, []string{"Idli", "en"}, []string{seen.Name, seen.Language}, "who may change it sees what is there")
	require.Len(t, seen.Translations, 2)

	_, err = b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Translations: in("de", "Dampfkuchen")})
	require.NoError(t, err)
	got, _ := read("de")
	require.Equal(t, "Dampfkuchen", got[1], "a change drops the page in every language")
	require.NoError(t, edit("en"))
	got, language := read("de")
	require.Equal(t, english, got, "a language that the vendor gives up is read no more")
	require.Equal(t, "en", language)
}

// TestAnotherLanguageComesFromRedis reads on an instance what another has made.
func TestAnotherLanguageComesFromRedis(t *testing.T) {
	t.Parallel()
	url, redisURL := dbtest.URL(t), dbtest.Redis(t)
	one, two := instance(t, url, redisURL), instance(t, url, redisURL)
	v, owner := one.vendor()
	_, err := one.Edit(one.ctx, owner, v.ID, 0, catalog.Edit{Languages: []string{"en", "de"}})
	require.NoError(t, err)
	made, err := one.MenuPage(one.ctx, anonymous, v.ID, "de", func(m catalog.MenuView) ([]byte, error) { return []byte(`"deutsch"`), nil })
	require.NoError(t, err)
	taken, err := two.MenuPage(two.ctx, anonymous, v.ID, "de", func(m catalog.MenuView) ([]byte, error) { return []byte(`"made again"`), nil })
	require.NoError(t, err)
	require.Equal(t, made, taken)
	require.Equal(t, "en,de", taken.Languages)
	require.Equal(t, "de", taken.Language)
}

func TestTaxRatesOfAVendor(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	rates := domain.TaxRates{domain.TaxAlcohol: 1800, domain.TaxReduced: 0}
	seen, err := b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{TaxRates: &rates})
	require.NoError(t, err)
	require.Equal(t, rates, seen.TaxRates)
	require.Equal(t, rates, b.page(v.ID).TaxRates)
	for category, want := range map[domain.TaxCategory]domain.BasisPoints{
		domain.TaxStandard: 500, domain.TaxAlcohol: 1800, domain.TaxReduced: 0, domain.TaxPackaged: 500, domain.TaxExempt: 0,
	} {
		require.Equal(t, want, seen.TaxRates.Of(category, seen.TaxRate), category)
	}
}

// TestTheLastPortionLeavesEveryMenu has two instances show a menu while its last portion is ordered, and given back.
func TestTheLastPortionLeavesEveryMenu(t *testing.T) {
	t.Parallel()
	url, redisURL := dbtest.URL(t), dbtest.Redis(t)
	one, two := instance(t, url, redisURL), instance(t, url, redisURL)
	v, owner := one.vendor()
	d := one.dish(owner, v.ID, "Thali")
	_, err := one.SetStock(one.ctx, owner, d.ID, 0, new(2))
	require.NoError(t, err)
	diner := domain.Actor{ID: id.New(), Role: domain.RoleCustomer}
	one.exec("INSERT INTO users (id, email, first_name, role) VALUES ($1, 'asha@example.com', 'Asha', 'customer')", diner.ID)
	seen := func(names ...string) {
		t.Helper()
		for _, b := range []*bundle{one, two} {
			require.Eventually(t, func() bool { return slices.Equal(names, b.menu(v.ID).Names) }, time.Minute, time.Millisecond)
		}
	}
	seen("Thali")

	orders := ordering.New(one.db, ordering.Options{})
	q, err := orders.PutCart(one.ctx, diner, ordering.Wish{VendorID: v.ID, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: d.ID, Quantity: 2}}})
	require.NoError(t, err)
	var placed domain.ID
	_, err = orders.Place(one.ctx, diner, ordering.Confirmation{QuoteID: q.QuoteID, Method: "cod"}, func(o ordering.Order) (domain.Answer, error) {
		placed = o.ID
		return domain.Answer{Status: 201}, nil
	})
	require.NoError(t, err)
	seen()
	_, err = orders.Cancel(one.ctx, diner, placed, 0, "CHANGED_MIND")
	require.NoError(t, err)
	seen("Thali")
	_, err = orders.Cancel(one.ctx, diner, placed, 0, "CHANGED_MIND")
	require.Error(t, err)
	back, err := one.Dish(one.ctx, owner, d.ID, "")
	require.NoError(t, err)
	require.Equal(t, 2, *back.Stock, "given back once")
}
