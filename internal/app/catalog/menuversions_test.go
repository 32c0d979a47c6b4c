package catalog_test

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// everything is a document that says something of all that a document can say.
func everything(picture string) catalog.Document {
	text := func(s string) *string { return &s }
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	german := func(s string) menu.Translations { return menu.Translations{"de": {Name: s}} }
	packaging, reduced, spice, age, stock, no := inr(5_00), domain.TaxReduced, 2, 18, 7, false
	allergens, tags, name := []string{"milk"}, []string{"new"}, german("Hauptgerichte")
	texts := menu.Translations{"de": {Name: "Pfannkuchen", Description: "Knusprig"}}
	groups := []menu.OptionGroup{
		{Name: "Size", Min: 1, Max: 1, Variants: true, Translations: german("Größe"), Options: []menu.Option{
			{Name: "Large", Price: inr(90_00), Default: true, Translations: german("Groß")},
		}},
		{Name: "Extras", Max: 1, Options: []menu.Option{{Name: "Cheese", Price: inr(10_00)}}},
	}
	d := listedDish("Dosa", 90_00)
	d.Description, d.Packaging, d.TaxCategory, d.Allergens, d.Spice = text("Crisp"), &packaging, &reduced, &allergens, &spice
	d.Tags, d.MinAge, d.Groups, d.Translations = &tags, &age, &groups, &texts
	d.Picture, d.Stock, d.Available, d.Until = &picture, &stock, &no, noon.Add(24*time.Hour)
	c := heading("Mains", d, listedDish("Vada", 50_00))
	c.Translations, c.Schedule = &name, &menu.Schedule{
		Windows:  []menu.Window{{Days: []int{0, 6}, From: 22 * 60, To: 2 * 60}},
		StartsOn: domain.Date{Year: 2026, Month: 3, Day: 1}, EndsOn: domain.Date{Year: 2026, Month: 12, Day: 31},
	}
	return document(c, heading("Drinks", listedDish("Chai", 20_00)))
}

// full makes a vendor with such a menu.
func (b *bundle) full() (vendorID domain.ID, owner domain.Actor, picture string) {
	b.t.Helper()
	v, owner := b.vendor()
	b.exec("UPDATE vendors SET languages = '{en,de}' WHERE id = $1", v.ID)
	picture = strings.Repeat("a", 64)
	require.NoError(b.t, b.db.RegisterPicture(b.ctx, picture, 1000))
	b.replace(owner, v.ID, everything(picture))
	return v.ID, owner, picture
}

// bare is a menu without what a new one does not share with the one that it was made of: who it is, and what becomes of it.
func bare(m postgres.Menu, state bool) []menu.Category {
	for i := range m.Categories {
		c := &m.Categories[i]
		c.ID = domain.Nil
		for j := range c.Dishes {
			d := &c.Dishes[j]
			d.ID, d.VendorID, d.CategoryID, d.Version = domain.Nil, domain.Nil, domain.Nil, 0
			if !state {
				d.Stock, d.Available, d.UnavailableUntil = nil, true, time.Time{}
			}
			for k := range d.Groups {
				d.Groups[k].ID = domain.Nil
				for l := range d.Groups[k].Options {
					d.Groups[k].Options[l].ID = domain.Nil
				}
			}
		}
	}
	return m.Categories
}

// TestNoFieldIsForgottenByDocuments fails when a category, dish, group or option has a field of which a document says nothing.
func TestNoFieldIsForgottenByDocuments(t *testing.T) {
	b := setup(t)
	vendorID, owner, _ := b.full()
	c := b.whole(owner, vendorID).Categories[0]
	d := c.Dishes[0]
	zero := map[string]bool{ // unless they say so, or have been voted for
		"Category.Position": true, "Dish.Position": true, "Dish.Available": true, "Dish.RatingAverage": true, "Dish.RatingCount": true,
		"Option.UnavailableUntil": true, // not a document's to say
	}
	for _, v := range []any{c, d, d.Groups[0], d.Groups[0].Options[0], c.Schedule} {
		for i := range reflect.TypeOf(v).NumField() {
			name := reflect.TypeOf(v).Name() + "." + reflect.TypeOf(v).Field(i).Name
			require.True(t, zero[name] || !reflect.ValueOf(v).Field(i).IsZero(), "a document cannot say %s", name)
		}
	}
}

// Windows that end when they begin, a day later, were taken once. What is kept with them is still read, exported and restored.
func TestWindowsOfAWholeDayAreReadAsSuch(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, document(heading("Mains", listedDish("Dosa", 100))))
	b.exec(`UPDATE categories SET schedule = '{"windows":[{"days":[0],"from":0,"to":0},{"days":[1,2],"from":600,"to":600}]}' WHERE vendor_id = $1`, v.ID)
	want := []menu.Window{{Days: []int{0}, To: 24 * 60}, {Days: []int{1, 2}, From: 600, To: 599}}
	m := b.whole(owner, v.ID)
	require.Equal(t, want, m.Categories[0].Schedule.Windows)
	require.NoError(t, m.Categories[0].Schedule.Check())

	old := m.Vendor.MenuVersion
	b.replace(owner, v.ID, document(heading("Mains", listedDish("Vada", 100))))
	b.exec("UPDATE menu_versions SET document = $2 WHERE vendor_id = $1", v.ID, packed(t, `[{"id":"`+m.Categories[0].ID.String()+`","name":"Mains",
		"schedule":{"windows":[{"days":[0],"from":0,"to":0},{"days":[1,2],"from":600,"to":600}]},"translations":{},"dishes":[]}]`))
	_, err := b.RestoreMenu(b.ctx, owner, v.ID, 0, old, false)
	require.NoError(t, err)
	require.Equal(t, want, b.whole(owner, v.ID).Categories[0].Schedule.Windows)
}

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func TestRestoreMenu(t *testing.T) {
	b := setup(t)
	vendorID, owner, picture := b.full()
	before := b.whole(owner, vendorID)
	b.replace(owner, vendorID, document(heading("Mains", listedDish("Dosa", 95_00))))
	kept, err := b.MenuVersions(b.ctx, owner, vendorID)
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.Equal(t, postgres.KeptMenu{Version: before.Vendor.Version, At: kept[0].At, Cause: postgres.Replaced, Categories: 2, Dishes: 3}, kept[0])
	read, err := b.MenuVersion(b.ctx, owner, vendorID, kept[0].Version)
	require.NoError(t, err)
	require.Equal(t, bare(b.clone(before), false), bare(b.clone(read), false))

	// Nobody shows the picture now but the kept menu, which the collector of pictures respects.
	b.exec("UPDATE dishes SET picture = NULL WHERE vendor_id = $1", vendorID)
	b.exec("UPDATE pictures SET idle_since = now() - interval '1 hour'")
	doom, _, err := b.db.DoomPictures(b.ctx, time.Minute, time.Minute, 10)
	require.NoError(t, err)
	require.Empty(t, doom.Keys)

	// Orders have gone on, and so has the kitchen.
	b.exec("UPDATE dishes SET stock = 3 WHERE name = 'Dosa'")
	trial, err := b.RestoreMenu(b.ctx, owner, vendorID, 0, kept[0].Version, true)
	require.NoError(t, err)
	require.Equal(t, []string{"Vada", "Chai"}, differing(trial.Diff.Dishes.Added))
	r, err := b.RestoreMenu(b.ctx, owner, vendorID, 0, kept[0].Version, false)
	require.NoError(t, err)
	require.Equal(t, trial.Diff.Dishes, r.Diff.Dishes, "IDs too: they are those of before")
	after := b.whole(owner, vendorID)
	require.Equal(t, 3, *dishNamed(t, after, "Dosa").Stock, "stock is not restored")
	require.Equal(t, picture, dishNamed(t, after, "Dosa").Picture)
	for i := range before.Categories {
		require.Equal(t, before.Categories[i].ID, after.Categories[i].ID)
		for j := range before.Categories[i].Dishes {
			require.Equal(t, before.Categories[i].Dishes[j].ID, after.Categories[i].Dishes[j].ID)
		}
	}
	require.Equal(t, bare(b.clone(before), false), bare(b.clone(after), false))

	_, err = b.RestoreMenu(b.ctx, owner, vendorID, 0, 4711, false)
	requireKind(t, domain.NotFound, err)
	_, err = b.RestoreMenu(b.ctx, owner, vendorID, before.Vendor.Version, kept[0].Version, false)
	requireKind(t, domain.Precondition, err)
	stranger := b.account()
	_, err = b.MenuVersions(b.ctx, stranger, vendorID)
	requireKind(t, domain.NotFound, err)
}

// TestALanguageThatIsGivenUp takes its translations out of all that is read to be written back. They are there again with it,
// unless something else was written in their place.
func TestALanguageThatIsGivenUp(t *testing.T) {
	b := setup(t)
	vendorID, owner, picture := b.full()
	b.replace(owner, vendorID, document(heading("Mains", listedDish("Dosa", 95_00))))
	kept, err := b.MenuVersions(b.ctx, owner, vendorID)
	require.NoError(t, err)
	b.replace(owner, vendorID, everything(picture))
	before := b.whole(owner, vendorID)
	speak := func(languages ...string) {
		_, err := b.Edit(b.ctx, owner, vendorID, 0, catalog.Edit{Languages: languages})
		require.NoError(t, err)
	}
	written := func(c menu.Category) bool {
		text, err := encode(c)
		require.NoError(t, err)
		return strings.Contains(string(text), `"de":`)
	}
	require.True(t, written(before.Categories[0]))
	speak("en", "hi")
	now := b.whole(owner, vendorID)
	require.False(t, written(now.Categories[0]))
	old, err := b.MenuVersion(b.ctx, owner, vendorID, kept[0].Version)
	require.NoError(t, err)
	require.False(t, written(old.Categories[0]))
	name := "Mains, too"
	c, err := b.EditCategory(b.ctx, owner, now.Categories[0].ID, 0, catalog.CategoryEdit{Name: &name})
	require.NoError(t, err)
	require.False(t, written(c.Category))
	d, err := b.Dish(b.ctx, owner, now.Categories[0].Dishes[0].ID, "")
	require.NoError(t, err)
	require.False(t, written(menu.Category{Dishes: []menu.Dish{d.Dish}}))
	_, err = b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Groups: &d.Groups})
	require.NoError(t, err, "what was read can be written back")

	speak("en", "de")
	again := b.whole(owner, vendorID)
	require.Equal(t, before.Categories[0].Translations, again.Categories[0].Translations)
	require.Equal(t, before.Categories[0].Dishes[0].Translations, again.Categories[0].Dishes[0].Translations)
	require.Empty(t, again.Categories[0].Dishes[0].Groups[0].Translations, "the groups were written anew")
	_, err = b.RestoreMenu(b.ctx, owner, vendorID, 0, kept[0].Version, false)
	require.NoError(t, err)
	require.Equal(t, before.Categories[0].Dishes[0].Groups[0].Translations, b.whole(owner, vendorID).Categories[0].Dishes[0].Groups[0].Translations)
}

// clone reads a menu's categories again, so that taking things off them leaves the original alone.
func (b *bundle) clone(m postgres.Menu) postgres.Menu {
	out := postgres.Menu{Categories: make([]menu.Category, len(m.Categories))}
	for i, c := range m.Categories {
		c.Dishes = append([]menu.Dish(nil), c.Dishes...)
		for j, d := range c.Dishes {
			c.Dishes[j].Groups = append([]menu.OptionGroup(nil), d.Groups...)
			for k, g := range d.Groups {
				c.Dishes[j].Groups[k].Options = append([]menu.Option(nil), g.Options...)
			}
		}
		out.Categories[i] = c
	}
	return out
}

func TestCopyMenu(t *testing.T) {
	b := setup(t)
	from, owner, picture := b.full()
	to, _ := b.vendor()
	_, err := b.CopyMenu(b.ctx, owner, from, to.ID, 0, false)
	requireKind(t, domain.NotFound, err)
	other := func(role account.MemberRole) {
		b.exec("INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, $3) ON CONFLICT (user_id, vendor_id) DO UPDATE SET role = $3", to.ID, owner.ID, string(role))
	}
	other(account.Kitchen)
	_, err = b.CopyMenu(b.ctx, owner, from, to.ID, 0, false)
	requireKind(t, domain.Forbidden, err)
	_, err = b.CopyMenu(b.ctx, owner, to.ID, from, 0, false)
	requireKind(t, domain.Invalid, err)
	other(account.Manager)

	r, err := b.CopyMenu(b.ctx, owner, from, to.ID, 0, false)
	require.NoError(t, err)
	require.Len(t, r.Diff.Dishes.Added, 3)
	source, copied := b.whole(owner, from), b.whole(owner, to.ID)
	require.NotEqual(t, source.Categories[0].Dishes[0].ID, copied.Categories[0].Dishes[0].ID)
	require.Equal(t, picture, dishNamed(t, copied, "Dosa").Picture, "both show one picture")
	require.Nil(t, dishNamed(t, copied, "Dosa").Stock)
	require.True(t, dishNamed(t, copied, "Dosa").Available)
	require.Empty(t, dishNamed(t, copied, "Dosa").Translations, "the copy's vendor has no German")
	b.exec("UPDATE vendors SET languages = '{en,de}' WHERE id = $1", to.ID)
	r, err = b.CopyMenu(b.ctx, owner, from, to.ID, 0, false)
	require.NoError(t, err)
	require.Len(t, r.Diff.Dishes.Changed, 1)
	require.Equal(t, bare(b.clone(source), false), bare(b.clone(b.whole(owner, to.ID)), false))
	again, err := b.CopyMenu(b.ctx, owner, from, to.ID, r.Version, false)
	require.NoError(t, err)
	require.True(t, again.Diff.Empty())

	b.exec("UPDATE vendors SET currency = 'EUR' WHERE id = $1", to.ID)
	_, err = b.CopyMenu(b.ctx, owner, from, to.ID, 0, false)
	requireKind(t, domain.Conflict, err)
	require.ErrorContains(t, err, "INR")
	b.exec("UPDATE vendors SET currency = 'INR', languages = '{hi}' WHERE id = $1", to.ID)
	_, err = b.CopyMenu(b.ctx, owner, from, to.ID, 0, false)
	requireKind(t, domain.Conflict, err)
	_, err = b.CopyMenu(b.ctx, owner, from, from, 0, false)
	requireKind(t, domain.Invalid, err)
	_, err = b.ReplaceMenu(b.ctx, owner, from, 0, everything(strings.Repeat("b", 64)), false)
	requireKind(t, domain.Invalid, err)
}

func TestTwentyMenusAreKept(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	picture := strings.Repeat("c", 64)
	require.NoError(t, b.db.RegisterPicture(b.ctx, picture, 1000))
	pictured := listedDish("Dosa", 1)
	pictured.Picture = &picture
	b.replace(owner, v.ID, document(heading("Mains", pictured)))
	none := ""
	for n := range 22 {
		d := listedDish("Dosa", int64(2+n))
		d.Picture = &none
		b.replace(owner, v.ID, document(heading("Mains", d)))
	}
	kept, err := b.MenuVersions(b.ctx, owner, v.ID)
	require.NoError(t, err)
	require.Len(t, kept, 20)
	first, err := b.MenuVersion(b.ctx, owner, v.ID, kept[0].Version)
	require.NoError(t, err)
	require.Equal(t, []string{"# Mains", "Dosa 22"}, outline(first))
	var idle bool
	require.NoError(t, b.db.Pool().QueryRow(b.ctx, "SELECT idle_since IS NOT NULL FROM pictures WHERE key = $1", picture).Scan(&idle))
	require.True(t, idle, "a menu that is dropped lets go of its pictures")
}

// TestEditsKeepAMenuADay: the first of a day's single edits keeps the menu before it; selling out and being back is none.
func TestEditsKeepAMenuADay(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, document(heading("Mains", listedDish("Dosa", 100))))
	dosa := dishNamed(t, b.whole(owner, v.ID), "Dosa")
	kept := func() int {
		list, err := b.MenuVersions(b.ctx, owner, v.ID)
		require.NoError(t, err)
		return len(list)
	}
	_, err := b.SetAvailable(b.ctx, owner, dosa.ID, 0, false, time.Time{})
	require.NoError(t, err)
	require.Zero(t, kept())
	for _, spice := range []int{1, 2, 3} {
		_, err := b.EditDish(b.ctx, owner, dosa.ID, 0, catalog.DishEdit{Spice: &spice})
		require.NoError(t, err)
		require.Equal(t, 1, kept())
	}
	b.exec("UPDATE menu_versions SET kept_at = now() - interval '25 hours'")
	require.NoError(t, b.RemoveDish(b.ctx, owner, dosa.ID, 0))
	list, err := b.MenuVersions(b.ctx, owner, v.ID)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, postgres.Edited, list[0].Cause)
	_, err = b.RestoreMenu(b.ctx, owner, v.ID, 0, list[1].Version, false)
	require.NoError(t, err)
	require.Equal(t, dosa.ID, dishNamed(t, b.whole(owner, v.ID), "Dosa").ID)
}

// Somebody's own picture goes when they go: no menu may hold on to it.
func TestAMenuShowsNobodysOwnPicture(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	key := strings.Repeat("d", 64)
	require.NoError(t, b.db.RegisterPicture(b.ctx, key, 1000))
	b.exec("UPDATE users SET picture = $2 WHERE id = $1", owner.ID, key)
	dosa := listedDish("Dosa", 1)
	dosa.Picture = &key
	_, err := b.ReplaceMenu(b.ctx, owner, v.ID, 0, document(heading("Mains", dosa)), false)
	requireKind(t, domain.Invalid, err)
	b.exec("UPDATE users SET picture = NULL")
	b.replace(owner, v.ID, document(heading("Mains", dosa)))
}
