package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
)

func TestAVendorBeginsPendingAndUnseen(t *testing.T) {
	b := setup(t)
	owner, other := b.account(), b.account()
	v, err := b.Open(b.ctx, owner, request())
	require.NoError(t, err)
	require.Equal(t, vendor.Pending, v.Status)
	require.Equal(t, 1, v.Version)
	require.Equal(t, domain.Currency("INR"), v.Currency)
	require.Equal(t, "Asia/Kolkata", v.Timezone)
	require.Equal(t, domain.BasisPoints(500), v.TaxRate)
	require.Equal(t, 5000, v.RadiusM)
	require.False(t, v.Clock.Open)
	for who, actor := range map[string]domain.Actor{"anybody": anonymous, "a customer": customer, "another vendor": other} {
		_, err := b.VendorPage(b.ctx, actor, v.ID, encode[catalog.VendorView])
		requireKind(t, domain.NotFound, err)
		_, err = b.MenuPage(b.ctx, actor, v.ID, "", encodeMenu)
		requireKind(t, domain.NotFound, err)
		_, err = b.HoursPage(b.ctx, actor, v.ID, encode[vendor.Hours])
		require.Equal(t, domain.NotFound, domain.KindOf(err), who)
	}
	for _, actor := range []domain.Actor{owner, admin} {
		_, err := b.VendorPage(b.ctx, actor, v.ID, encode[catalog.VendorView])
		require.NoError(t, err)
		_, err = b.MenuPage(b.ctx, actor, v.ID, "", encodeMenu)
		require.NoError(t, err)
	}
	mine, err := b.Mine(b.ctx, owner)
	require.NoError(t, err)
	require.Len(t, mine, 1)
	mine, err = b.Mine(b.ctx, other)
	require.NoError(t, err)
	require.Empty(t, mine)
}

func TestOpeningAVendorIsChecked(t *testing.T) {
	b := setup(t)
	owner := b.account()
	for field, spoil := range map[string]func(*catalog.NewVendor){
		"name":              func(n *catalog.NewVendor) { n.Name = " \u00a0 " },
		"address":           func(n *catalog.NewVendor) { n.Address = "1\x00" },
		"cuisines":          func(n *catalog.NewVendor) { n.Cuisines = []string{"  "} },
		"location":          func(n *catalog.NewVendor) { n.Location = domain.Point{} },
		"country":           func(n *catalog.NewVendor) { n.Country = "XX" },
		"currency":          func(n *catalog.NewVendor) { n.Currency = "XXX" },
		"timezone":          func(n *catalog.NewVendor) { n.Timezone = "Asia/Atlantis" },
		"timezone of a box": func(n *catalog.NewVendor) { n.Timezone = "Local" },
		"timezone of files": func(n *catalog.NewVendor) { n.Timezone = "../../etc/passwd" },
	} {
		n := request()
		spoil(&n)
		_, err := b.Open(b.ctx, owner, n)
		requireKind(t, domain.Invalid, err)
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, strings.Fields(field)[0], e.Fields[0].Field)
	}
	for _, actor := range []domain.Actor{customer, admin, anonymous} {
		_, err := b.Open(b.ctx, actor, request())
		requireKind(t, domain.Forbidden, err)
	}
	n := request()
	n.Country, n.Location = "AE", domain.Point{Lat: 25.2, Lng: 55.27}
	v, err := b.Open(b.ctx, owner, n)
	require.NoError(t, err)
	require.Equal(t, domain.Currency("AED"), v.Currency)
}

// TestWhoMayChangeWhat goes through every write with everybody who could try.
func TestWhoMayChangeWhat(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	stranger, kitchen, manager := b.account(), b.account(), b.account()
	b.exec("INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, 'kitchen'), ($1, $3, 'manager')", v.ID, kitchen.ID, manager.ID)
	d := b.dish(owner, v.ID, "Masala dosa")
	empty := b.category(owner, v.ID, "Empty")
	name := "New name"
	writes := []struct {
		name                           string
		do                             func(domain.Actor) error
		owner, manager, kitchen, staff domain.Kind
	}{
		{"edit", func(a domain.Actor) error {
			_, err := b.Edit(b.ctx, a, v.ID, 0, catalog.Edit{Address: &name})
			return err
		}, "", "", domain.Forbidden, domain.Forbidden},
		{"hours", func(a domain.Actor) error { _, err := b.SetHours(b.ctx, a, v.ID, 0, allWeek()); return err }, "", "", domain.Forbidden, domain.Forbidden},
		{"pause", func(a domain.Actor) error { _, err := b.Pause(b.ctx, a, v.ID, 0, 5, "rush"); return err }, "", "", "", ""},
		{"resume", func(a domain.Actor) error { _, err := b.Resume(b.ctx, a, v.ID, 0); return err }, "", "", "", ""},
		{"add category", func(a domain.Actor) error {
			_, err := b.AddCategory(b.ctx, a, v.ID, catalog.CategoryEdit{Name: new(id2name())})
			return err
		}, "", "", domain.Forbidden, domain.Forbidden},
		{"edit category", func(a domain.Actor) error {
			_, err := b.EditCategory(b.ctx, a, empty.ID, 0, catalog.CategoryEdit{Position: &v.PrepMinutes})
			return err
		}, "", "", domain.Forbidden, domain.Forbidden},
		{"add dish", func(a domain.Actor) error {
			_, err := b.AddDish(b.ctx, a, v.ID, dishOf(d.CategoryID, "Idli", 5))
			return err
		}, "", "", domain.Forbidden, domain.Forbidden},
		{"edit dish", func(a domain.Actor) error {
			_, err := b.EditDish(b.ctx, a, d.ID, 0, catalog.DishEdit{Name: &name})
			return err
		}, "", "", domain.Forbidden, domain.Forbidden},
		{"sold out", func(a domain.Actor) error {
			_, err := b.SetAvailable(b.ctx, a, d.ID, 0, false, time.Time{})
			return err
		}, "", "", "", ""},
		{"suspend", func(a domain.Actor) error {
			_, err := b.Suspend(b.ctx, a, v.ID, 0, "x")
			return err
		}, domain.Forbidden, domain.Forbidden, domain.Forbidden, ""},
		{"approve", func(a domain.Actor) error { _, err := b.Approve(b.ctx, a, v.ID, 0); return err }, domain.Forbidden, domain.Forbidden, domain.Forbidden, ""},
		{"remove dish", func(a domain.Actor) error {
			if a == owner || a == manager { // it can be removed once
				d = b.dish(owner, v.ID, id2name())
			}
			return b.RemoveDish(b.ctx, a, d.ID, 0)
		}, "", "", domain.NotFound, domain.NotFound}, // it is gone by then
		{"remove category", func(a domain.Actor) error {
			if a == owner || a == manager {
				empty = b.category(owner, v.ID, id2name())
			}
			return b.RemoveCategory(b.ctx, a, empty.ID, 0)
		}, "", "", domain.NotFound, domain.NotFound},
	}
	for _, w := range writes {
		strangers := domain.NotFound
		if w.name == "suspend" || w.name == "approve" {
			strangers = domain.Forbidden
		}
		before := b.events(v.ID)
		require.Equal(t, strangers, domain.KindOf(w.do(stranger)), "%s by another vendor", w.name)
		require.Equal(t, domain.Forbidden, domain.KindOf(w.do(customer)), "%s by a customer", w.name)
		require.Equal(t, domain.Forbidden, domain.KindOf(w.do(anonymous)), "%s by nobody", w.name)
		require.Equal(t, before, b.events(v.ID), "%s left a trace", w.name)
		require.Equal(t, w.owner, domain.KindOf(w.do(owner)), "%s by its owner", w.name)
		require.Equal(t, w.manager, domain.KindOf(w.do(manager)), "%s by its manager", w.name)
		require.Equal(t, w.kitchen, domain.KindOf(w.do(kitchen)), "%s by its kitchen", w.name)
		require.Equal(t, w.staff, domain.KindOf(w.do(admin)), "%s by staff", w.name)
	}
}

func id2name() string { return domain.ID(id.New()).String() }

// events gives the types of a vendor's events, and fails unless their versions are 1, 2, 3… up to the vendor's own.
func (b *bundle) events(vendorID domain.ID) (types []string) {
	b.t.Helper()
	records, err := b.db.Timeline(b.ctx, vendorID, 0, 1000)
	require.NoError(b.t, err)
	for i, r := range records {
		require.Equal(b.t, i+1, r.Version)
		require.Equal(b.t, vendorID, r.VendorID)
		types = append(types, r.Type)
	}
	version, _, err := b.db.VendorState(b.ctx, vendorID)
	require.NoError(b.t, err)
	require.Len(b.t, records, version)
	return types
}

func TestAStrangersDishIsNotTellableFromNone(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Vada")
	stranger := b.account()
	there := b.RemoveDish(b.ctx, stranger, d.ID, 0)
	nowhere := b.RemoveDish(b.ctx, stranger, id.New(), 0)
	require.Equal(t, nowhere.Error(), there.Error())
}

func TestStandingFollowsTheTable(t *testing.T) {
	b := setup(t)
	owner := b.account()
	v, err := b.Open(b.ctx, owner, request())
	require.NoError(t, err)
	_, err = b.Suspend(b.ctx, admin, v.ID, 0, "too early")
	requireKind(t, domain.Conflict, err)
	v, err = b.Reject(b.ctx, admin, v.ID, 0, "no licence")
	require.NoError(t, err)
	require.Equal(t, "no licence", v.StatusReason)
	v, err = b.Approve(b.ctx, admin, v.ID, 0)
	require.NoError(t, err)
	require.Empty(t, v.StatusReason)
	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	requireKind(t, domain.Conflict, err)
	b.page(v.ID)
	_, err = b.Suspend(b.ctx, admin, v.ID, 0, "hygiene")
	require.NoError(t, err)
	_, err = b.VendorPage(b.ctx, anonymous, v.ID, encode[catalog.VendorView])
	requireKind(t, domain.NotFound, err) // though it was cached
	require.Equal(t, []string{"vendor.created", "vendor.rejected", "vendor.approved", "vendor.suspended"}, b.events(v.ID))
}

func TestAStaleVersionIsRefused(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	minutes := 33
	edited, err := b.Edit(b.ctx, owner, v.ID, v.Version, catalog.Edit{PrepMinutes: &minutes})
	require.NoError(t, err)
	require.Equal(t, v.Version+1, edited.Version)
	_, err = b.Edit(b.ctx, owner, v.ID, v.Version, catalog.Edit{PrepMinutes: &minutes})
	requireKind(t, domain.Precondition, err)
	_, err = b.SetHours(b.ctx, owner, v.ID, v.Version, nil)
	requireKind(t, domain.Precondition, err)

	d := b.dish(owner, v.ID, "Uttapam")
	name := "Onion uttapam"
	d2, err := b.EditDish(b.ctx, owner, d.ID, d.Version, catalog.DishEdit{Name: &name})
	require.NoError(t, err)
	require.Equal(t, d.Version+1, d2.Version)
	_, err = b.EditDish(b.ctx, owner, d.ID, d.Version, catalog.DishEdit{Name: &name})
	requireKind(t, domain.Precondition, err)
}

func TestAnEditThatChangesNothingIsNone(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Uttapam")
	v, err := b.Vendor(b.ctx, owner, v.ID)
	require.NoError(t, err)
	price := inr(v.MinOrder.Amount)
	again, err := b.Edit(b.ctx, owner, v.ID, v.Version, catalog.Edit{
		Name: &v.Name, Cuisines: v.Cuisines, Phone: &v.Phone, PrepMinutes: &v.PrepMinutes, MinimumOrder: &price, RadiusMeters: &v.RadiusM, TaxRates: &v.TaxRates,
	})
	require.NoError(t, err)
	require.Equal(t, v.Version, again.Version)
	same, err := b.EditDish(b.ctx, owner, d.ID, d.Version, catalog.DishEdit{Name: &d.Name, Price: &d.Price, Groups: &d.Groups, Tags: &d.Tags, Allergens: &d.Allergens})
	require.NoError(t, err)
	require.Equal(t, d.Version, same.Version)
	require.Equal(t, v.Version, b.page(v.ID).Version)
}

func TestPricesAreInTheVendorsCurrency(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Upma")
	dollar := domain.Money{Amount: 100, Currency: "USD"}
	groups := []menu.OptionGroup{{Name: "Size", Max: 1, Options: []menu.Option{{Name: "Large", Price: dollar}}}}
	_, vendorErr := b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{MinimumOrder: &dollar})
	_, priceErr := b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Price: &dollar})
	_, optionErr := b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Groups: &groups})
	for field, err := range map[string]error{
		"minimumOrder.currency": vendorErr, "price.currency": priceErr, "optionGroups[0].options[0].price.currency": optionErr,
	} {
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, domain.Invalid, e.Kind)
		require.Equal(t, field, e.Fields[0].Field)
	}
}

func TestAMenuIsBuiltAndTakenApart(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	first, second := b.category(owner, v.ID, "Breakfast"), b.category(owner, v.ID, "Lunch")
	require.Equal(t, []int{0, 1}, []int{first.Position, second.Position})
	_, err := b.AddCategory(b.ctx, owner, v.ID, catalog.CategoryEdit{Name: new("LUNCH")})
	requireKind(t, domain.Conflict, err)

	n := dishOf(first.ID, "Poha", 6000)
	n.Groups = &[]menu.OptionGroup{{Name: "Extras", Max: 2, Options: []menu.Option{
		{Name: "Sev", Price: domain.Money{Amount: 500, Currency: "INR"}, Available: true}, {Name: "Lemon", Available: true},
	}}}
	d, err := b.AddDish(b.ctx, owner, v.ID, n)
	require.NoError(t, err)
	require.Equal(t, domain.Money{Currency: "INR"}, d.Groups[0].Options[1].Price)
	requireKind(t, domain.Conflict, b.RemoveCategory(b.ctx, owner, first.ID, 0))

	groups := []menu.OptionGroup{{Name: "extras", Max: 1, Options: []menu.Option{{Name: "Peanuts"}, {Name: "SEV"}}}}
	d2, err := b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Groups: &groups, CategoryID: &second.ID})
	require.NoError(t, err)
	require.Equal(t, d.Groups[0].ID, d2.Groups[0].ID, "a group keeps its ID with its name")
	require.Equal(t, d.Groups[0].Options[0].ID, d2.Groups[0].Options[1].ID, "so does an option")
	require.NotEqual(t, d.Groups[0].Options[1].ID, d2.Groups[0].Options[0].ID)
	require.Equal(t, []string{"Poha"}, b.menu(v.ID).Names)

	_, strangers := b.vendor()
	elsewhere := b.category(strangers, mustMine(b, strangers), "Elsewhere")
	_, err = b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{CategoryID: &elsewhere.ID})
	requireKind(t, domain.Invalid, err)

	require.NoError(t, b.RemoveDish(b.ctx, owner, d.ID, 0))
	require.Empty(t, b.menu(v.ID).Names)
	_, err = b.Dish(b.ctx, anonymous, d.ID, "")
	requireKind(t, domain.NotFound, err)
	require.NoError(t, b.RemoveCategory(b.ctx, owner, second.ID, 0), "its only dish was removed")
}

func mustMine(b *bundle, actor domain.Actor) domain.ID {
	mine, err := b.Mine(b.ctx, actor)
	require.NoError(b.t, err)
	return mine[0].ID
}

func TestSoldOutUntil(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Pongal")
	for _, until := range []time.Time{noon, noon.Add(31 * 24 * time.Hour)} {
		_, err := b.SetAvailable(b.ctx, owner, d.ID, 0, false, until)
		requireKind(t, domain.Invalid, err)
	}
	_, err := b.SetAvailable(b.ctx, owner, d.ID, 0, true, noon.Add(time.Hour))
	requireKind(t, domain.Invalid, err)

	require.Equal(t, []string{"Pongal"}, b.menu(v.ID).Names)
	_, err = b.SetAvailable(b.ctx, owner, d.ID, 0, false, noon.Add(90*time.Second))
	require.NoError(t, err)
	require.Empty(t, b.menu(v.ID).Names)
	b.pass(89 * time.Second)
	require.Empty(t, b.menu(v.ID).Names)
	b.pass(time.Second)
	require.Equal(t, []string{"Pongal"}, b.menu(v.ID).Names, "it comes back by itself, to the second")

	b.exec("UPDATE dishes SET stock = 0 WHERE id = $1", d.ID)
	back, err := b.SetAvailable(b.ctx, owner, d.ID, 0, true, time.Time{})
	require.NoError(t, err)
	require.Nil(t, back.Stock)
	records, err := b.db.Timeline(b.ctx, v.ID, 0, 1000)
	require.NoError(t, err)
	sold := records[len(records)-2]
	require.Equal(t, "vendor.item_unavailable", sold.Type)
	var data struct {
		DishID domain.ID
		Until  time.Time
	}
	require.NoError(t, json.Unmarshal(sold.Data, &data))
	require.Equal(t, d.ID, data.DishID)
	require.True(t, noon.Add(90*time.Second).Equal(data.Until))
}

func TestThePageFollowsTheWallClock(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	_, err := b.SetHours(b.ctx, owner, v.ID, 0, []vendor.Slot{{Day: 0, Opens: 10 * 60, Closes: 12*60 + 1}, {Day: 0, Opens: 18 * 60, Closes: 60}})
	require.NoError(t, err)
	seen := b.page(v.ID).Clock
	require.True(t, seen.Open)
	require.True(t, noon.Add(time.Minute).Equal(seen.ClosesAt))
	b.pass(time.Minute)
	seen = b.page(v.ID).Clock
	require.False(t, seen.Open, "it closed at 12:01")
	require.True(t, noon.Add(6*time.Hour).Equal(seen.OpensAt))
	b.pass(6 * time.Hour)
	require.True(t, b.page(v.ID).Clock.Open)

	_, err = b.Pause(b.ctx, owner, v.ID, 0, 0, "kitchen fire")
	require.NoError(t, err)
	paused := b.page(v.ID)
	require.True(t, paused.Paused)
	require.True(t, paused.Clock.OpensAt.IsZero(), "nobody knows when")
	_, err = b.Resume(b.ctx, owner, v.ID, 0)
	require.NoError(t, err)
	again, err := b.Resume(b.ctx, owner, v.ID, 0)
	require.NoError(t, err)
	require.True(t, b.page(v.ID).Clock.Open)
	require.Equal(t, b.page(v.ID).Version, again.Version, "resuming twice is one event")
}

// Whoever says again what is so changes nothing: no event, no version, and nobody's pages are dropped.
func TestWhatIsSoAlreadyIsNoChange(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Thali")
	until := b.now().Add(time.Hour)
	five := 5
	week := []vendor.Slot{{Day: 0, Opens: 600, Closes: 1320}}
	plain, called := 3, "Mains"
	daily := menu.Schedule{Windows: []menu.Window{{Days: []int{0, 1}, From: 600, To: 1320}}}
	for name, say := range map[string]func() error{
		"a category": func() error {
			_, err := b.EditCategory(b.ctx, owner, d.CategoryID, 0, catalog.CategoryEdit{Name: &called, Position: &plain, Schedule: &daily, Translations: &menu.Translations{}})
			return err
		},
		"a pause":        func() error { _, err := b.Pause(b.ctx, owner, v.ID, 0, 5, "rush"); return err },
		"a pause, open":  func() error { _, err := b.Pause(b.ctx, owner, v.ID, 0, 0, "rush"); return err },
		"busy":           func() error { _, err := b.SetBusy(b.ctx, owner, v.ID, 0, 10, 20); return err },
		"stock":          func() error { _, err := b.SetStock(b.ctx, owner, d.ID, 0, &five); return err },
		"sold out until": func() error { _, err := b.SetAvailable(b.ctx, owner, d.ID, 0, false, until); return err },
		"hours":          func() error { _, err := b.SetHours(b.ctx, owner, v.ID, 0, week); return err },
		"zone":           func() error { _, err := b.SetZone(b.ctx, owner, v.ID, 0, catalog.Zone{RadiusMeters: 3210}); return err },
	} {
		require.NoError(t, say(), name)
		version := b.page(v.ID).Version
		require.NoError(t, say(), name)
		require.Equal(t, version, b.page(v.ID).Version, name)
	}
}

// A language that the menu is translated to does not become its own by a word: its texts would be in another.
func TestTranslationsDoNotBecomeTheMenu(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	edit := func(tags ...string) error {
		_, err := b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{Languages: tags})
		return err
	}
	require.NoError(t, edit("en", "hi"))
	err := edit("hi", "en")
	requireKind(t, domain.Conflict, err)
	require.ErrorContains(t, err, "take hi out of the languages first")
	require.NoError(t, edit("en"))
	require.NoError(t, edit("hi"), "that was what it was in all the time")
}
