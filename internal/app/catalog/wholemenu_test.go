package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// heading is a category of a document.
func heading(name string, dishes ...catalog.DocumentDish) catalog.DocumentCategory {
	return catalog.DocumentCategory{CategoryEdit: catalog.CategoryEdit{Name: &name}, Dishes: dishes}
}

func listedDish(name string, amount int64) catalog.DocumentDish {
	d := dishOf(domain.Nil, name, amount)
	d.CategoryID = nil
	return catalog.DocumentDish{DishEdit: d.DishEdit}
}

func document(categories ...catalog.DocumentCategory) catalog.Document {
	return catalog.Document{Categories: categories}
}

func (b *bundle) replace(owner domain.Actor, vendorID domain.ID, doc catalog.Document) catalog.Replacement {
	b.t.Helper()
	r, err := b.ReplaceMenu(b.ctx, owner, vendorID, 0, doc, false)
	require.NoError(b.t, err)
	return r
}

func (b *bundle) whole(owner domain.Actor, vendorID domain.ID) postgres.Menu {
	b.t.Helper()
	m, err := b.WholeMenu(b.ctx, owner, vendorID)
	require.NoError(b.t, err)
	return m
}

// outline is a menu as names, in its order.
func outline(m postgres.Menu) (out []string) {
	for _, c := range m.Categories {
		out = append(out, "# "+c.Name)
		for _, d := range c.Dishes {
			out = append(out, fmt.Sprintf("%s %d", d.Name, d.Price.Amount))
		}
	}
	return out
}

func differing(list []menu.Difference) (out []string) {
	for _, d := range list {
		out = append(out, d.Name)
	}
	return out
}

func dishNamed(t *testing.T, m postgres.Menu, name string) menu.Dish {
	t.Helper()
	for _, c := range m.Categories {
		if i := slices.IndexFunc(c.Dishes, func(d menu.Dish) bool { return d.Name == name }); i >= 0 {
			return c.Dishes[i]
		}
	}
	require.Fail(t, "no dish "+name)
	return menu.Dish{}
}

func TestReplaceMenuByNames(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, document(
		heading("Mains", listedDish("Dosa", 100), listedDish("Thali", 200), listedDish("Vada", 50)), heading("Drinks", listedDish("Chai", 20)),
	))
	before := b.whole(owner, v.ID)
	require.Equal(t, []string{"# Mains", "Dosa 100", "Thali 200", "Vada 50", "# Drinks", "Chai 20"}, outline(before))
	b.menu(v.ID) // in the cache

	r := b.replace(owner, v.ID, document(
		heading("Drinks", listedDish("chai", 25), listedDish("Lassi", 60)), heading("Mains", listedDish("Thali", 200), listedDish("Vada", 50)),
	))
	require.Equal(t, before.Vendor.Version+1, r.Version, "one version for all of it")
	require.Equal(t, []string{"Lassi"}, differing(r.Diff.Dishes.Added))
	require.Equal(t, []string{"chai"}, differing(r.Diff.Dishes.Changed))
	require.Equal(t, []menu.FieldChange{{Field: "name", Before: "Chai", After: "chai"}, {Field: "price", Before: "INR 0.20", After: "INR 0.25"}}, r.Diff.Dishes.Changed[0].Fields)
	require.Equal(t, []string{"Dosa"}, differing(r.Diff.Dishes.Removed))
	require.Equal(t, []string{"Thali", "Vada"}, differing(r.Diff.Dishes.Unchanged))
	require.Len(t, slices.Concat(r.Diff.Categories.Changed, r.Diff.Categories.Unchanged), 2)

	after := b.whole(owner, v.ID)
	require.Equal(t, []string{"# Drinks", "chai 25", "Lassi 60", "# Mains", "Thali 200", "Vada 50"}, outline(after))
	require.Equal(t, dishNamed(t, before, "Chai").ID, dishNamed(t, after, "chai").ID)
	require.Equal(t, dishNamed(t, before, "Vada").Version, dishNamed(t, after, "Vada").Version, "what stays is not written")
	require.Equal(t, []string{"chai", "Lassi", "Thali", "Vada"}, b.menu(v.ID).Names, "the page is made anew")
	var events int
	require.NoError(t, b.db.Pool().QueryRow(b.ctx, "SELECT count(*) FROM events WHERE subject_id = $1 AND type = 'vendor.menu_changed'", v.ID).Scan(&events))
	require.Equal(t, 2, events)
}

func TestReplaceMenuByIDs(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, document(heading("A", listedDish("Dosa", 100), listedDish("Dosa", 110)), heading("B", listedDish("Chai", 20))))
	before := b.whole(owner, v.ID)
	a, bee := before.Categories[0], before.Categories[1]

	// The categories take each other's names, a dish goes to the other one, the two of one name stay themselves by their places.
	first, second := heading("B", listedDish("Dosa", 100), listedDish("Dosa", 110)), heading("A")
	first.ID, second.ID = a.ID, bee.ID
	moved := listedDish("Masala chai", 20)
	moved.ID = bee.Dishes[0].ID
	first.Dishes = append(first.Dishes, moved)
	r := b.replace(owner, v.ID, document(first, second))
	require.Equal(t, []menu.FieldChange{{Field: "name", Before: "Chai", After: "Masala chai"}, {Field: "category", Before: "B", After: "B"}}, r.Diff.Dishes.Changed[0].Fields)
	after := b.whole(owner, v.ID)
	require.Equal(t, []string{"# B", "Dosa 100", "Dosa 110", "Masala chai 20", "# A"}, outline(after))
	require.Equal(t, []domain.ID{a.ID, bee.ID}, []domain.ID{after.Categories[0].ID, after.Categories[1].ID})
	require.Equal(t, []domain.ID{a.Dishes[0].ID, a.Dishes[1].ID, bee.Dishes[0].ID},
		[]domain.ID{after.Categories[0].Dishes[0].ID, after.Categories[0].Dishes[1].ID, after.Categories[0].Dishes[2].ID})

	// A dish that was taken off comes back as itself, by its ID; a category that a name is taken from may go at once.
	gone := listedDish("Dosa", 100)
	gone.ID = a.Dishes[0].ID
	b.replace(owner, v.ID, document())
	require.Empty(t, b.whole(owner, v.ID).Categories)
	r = b.replace(owner, v.ID, document(heading("A", gone)))
	require.Equal(t, gone.ID, r.Diff.Dishes.Added[0].ID)
	require.Equal(t, gone.ID, b.whole(owner, v.ID).Categories[0].Dishes[0].ID)
}

// TestAnExportOutlivesItsCategories replaces a menu by another one, and imports what was exported before.
func TestAnExportOutlivesItsCategories(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, document(heading("A", listedDish("Dosa", 100)), heading("B", listedDish("Chai", 20), listedDish("Lassi", 30))))
	b.exec("UPDATE dishes SET rating_average = 4.5, rating_count = 9 WHERE vendor_id = $1", v.ID)
	before := b.whole(owner, v.ID)
	var export catalog.Document
	for _, c := range before.Categories {
		category := heading(c.Name)
		category.ID = c.ID
		for _, d := range c.Dishes {
			dish := listedDish(d.Name, d.Price.Amount)
			dish.ID = d.ID
			category.Dishes = append(category.Dishes, dish)
		}
		export.Categories = append(export.Categories, category)
	}
	b.replace(owner, v.ID, document(heading("b", listedDish("Thali", 200))))
	kept := b.whole(owner, v.ID).Categories[0].ID

	b.replace(owner, v.ID, export)
	after := b.whole(owner, v.ID)
	require.Equal(t, outline(before), outline(after))
	require.Equal(t, kept, after.Categories[1].ID, "the one that has the name")
	for i, c := range before.Categories {
		for j, d := range c.Dishes {
			again := after.Categories[i].Dishes[j]
			require.Equal(t, []any{d.ID, 4.5, 9}, []any{again.ID, again.RatingAverage, again.RatingCount})
		}
	}
	r := b.replace(owner, v.ID, export)
	require.True(t, r.Diff.Empty(), "again")
}

func TestReplaceMenuThatChangesNothing(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	doc := document(heading("Mains", listedDish("Dosa", 100)))
	trial, err := b.ReplaceMenu(b.ctx, owner, v.ID, 0, doc, true)
	require.NoError(t, err)
	require.Equal(t, []string{"Dosa"}, differing(trial.Diff.Dishes.Added))
	require.Equal(t, v.Version, trial.Version)
	require.Empty(t, b.whole(owner, v.ID).Categories)

	first := b.replace(owner, v.ID, doc)
	again := b.replace(owner, v.ID, doc)
	require.True(t, again.Diff.Empty())
	require.Equal(t, first.Version, again.Version)
	_, err = b.ReplaceMenu(b.ctx, owner, v.ID, first.Version-1, doc, false)
	requireKind(t, domain.Precondition, err)
	kept, err := b.MenuVersions(b.ctx, owner, v.ID)
	require.NoError(t, err)
	require.Empty(t, kept, "an empty menu is nothing to go back to")
}

// Whoever edits a menu is refused for what others did to that menu, and for nothing that it does not overwrite.
func TestAMenusIfMatchIsAboutTheMenu(t *testing.T) {
	b := live(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, document(heading("Mains", listedDish("Dosa", 100))))
	price := int64(100)
	edited := func(seen int) error {
		price++
		_, err := b.ReplaceMenu(b.ctx, owner, v.ID, seen, document(heading("Mains", listedDish("Dosa", price))), false)
		return err
	}
	dish := func() domain.ID { return b.whole(owner, v.ID).Categories[0].Dishes[0].ID }
	turned := func() {
		for more := true; more; {
			var err error
			more, err = b.Turn(b.ctx)
			require.NoError(t, err)
		}
	}
	for name, happens := range map[string]func() error{
		"the clock": func() error {
			b.exec("UPDATE vendors SET told_open = false, turns_at = now() WHERE id = $1", v.ID)
			turned()
			return nil
		},
		"the end of a pause": func() error {
			if _, err := b.Pause(b.ctx, owner, v.ID, 0, 5, "rush"); err != nil {
				return err
			}
			b.exec("UPDATE vendors SET paused_until = now() - interval '1 s', turns_at = now() WHERE id = $1", v.ID)
			turned()
			return nil
		},
		"an edit of the page": func() error {
			minutes := 25
			_, err := b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{PrepMinutes: &minutes})
			return err
		},
	} {
		seen := b.whole(owner, v.ID).Vendor.Version
		require.NoError(t, happens(), name)
		require.Greater(t, b.whole(owner, v.ID).Vendor.Version, seen, name)
		require.NoError(t, edited(seen), name)
		require.Equal(t, domain.Precondition, domain.KindOf(edited(seen)), "%s: it was edited by now", name)
	}
	for name, happens := range map[string]func() error{
		"a single dish": func() error {
			called := "Set Dosa"
			_, err := b.EditDish(b.ctx, owner, dish(), 0, catalog.DishEdit{Name: &called})
			return err
		},
		"what is sold out": func() error {
			_, err := b.SetAvailable(b.ctx, owner, dish(), 0, false, time.Time{})
			return err
		},
		"a category": func() error {
			_, err := b.AddCategory(b.ctx, owner, v.ID, catalog.CategoryEdit{Name: &[]string{"Drinks"}[0]})
			return err
		},
		"languages": func() error {
			_, err := b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{Languages: []string{"en", "de"}})
			return err
		},
	} {
		seen := b.whole(owner, v.ID).Vendor.Version
		require.NoError(t, happens(), name)
		require.Equal(t, domain.Precondition, domain.KindOf(edited(seen)), name)
		require.NoError(t, edited(seen+1), name)
		require.Equal(t, domain.Precondition, domain.KindOf(edited(seen+99)), "%s: a version that is to come", name)
	}
	minutes, seen := 30, b.whole(owner, v.ID).Vendor.Version
	require.NoError(t, edited(seen))
	_, err := b.Edit(b.ctx, owner, v.ID, seen, catalog.Edit{PrepMinutes: &minutes})
	requireKind(t, domain.Precondition, err)
}

func TestReplaceMenuNamesAllMistakes(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, document(heading("Mains", listedDish("Dosa", 100))))
	m := b.whole(owner, v.ID)
	twice, again := listedDish("Dosa", 100), listedDish("Dosa", 100)
	twice.ID, again.ID = m.Categories[0].Dishes[0].ID, m.Categories[0].Dishes[0].ID
	foreign, blank, dollars, late := listedDish("X", 1), listedDish(" ", 1), listedDish("Y", 1), listedDish("Z", 1)
	foreign.ID = id.New()
	dollars.Price = &domain.Money{Amount: 1, Currency: "USD"}
	no := false
	late.Available, late.Until = &no, noon.Add(31*24*time.Hour)
	_, err := b.ReplaceMenu(b.ctx, owner, v.ID, 0, document(heading("Mains", twice, again), heading("mains", foreign, blank, dollars, late)), false)
	requireKind(t, domain.Invalid, err)
	var fields []string
	for _, f := range err.(*domain.Error).Fields { //nolint:errorlint // requireKind has looked
		fields = append(fields, f.Field+" "+f.Code)
	}
	require.Equal(t, []string{
		"categories[0].dishes[1].id unique", "categories[1].dishes[0].id unknown", "categories[1].name unique", "categories[1].dishes[1].name blank",
		"categories[1].dishes[2].price.currency currency", "categories[1].dishes[3].availableAt range",
	}, fields)
	many := heading("Many")
	for range 2001 {
		many.Dishes = append(many.Dishes, listedDish("D", 1))
	}
	_, err = b.ReplaceMenu(b.ctx, owner, v.ID, 0, document(many), false)
	requireKind(t, domain.Invalid, err)
	require.Equal(t, m, b.whole(owner, v.ID))
}

func TestATrialRefusesWhatTheWriteWould(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, document(heading("Mains", listedDish("Dosa", 100))))
	m := b.whole(owner, v.ID)
	nowhere, sizes := strings.Repeat("0", 64), listedDish("Thali", 1)
	pictured := listedDish("Vada", 1)
	pictured.Picture = &nowhere
	sizes.Groups = &[]menu.OptionGroup{{Name: "Size", Max: 1, Options: []menu.Option{{Name: "S"}, {Name: " s "}}}}
	for field, doc := range map[string]catalog.Document{
		"categories[1].dishes[1].picture":                         document(heading("Drinks"), heading("Mains", listedDish("Dosa", 200), pictured)),
		"categories[0].dishes[0].optionGroups[0].options[1].name": document(heading("Mains", sizes)),
	} {
		for _, trial := range []bool{true, false} {
			_, err := b.ReplaceMenu(b.ctx, owner, v.ID, 0, doc, trial)
			requireField(t, field, err)
		}
	}
	require.Equal(t, m, b.whole(owner, v.ID))
}

func TestReplaceMenuLeavesStockUnlessItSaysSo(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	counted := listedDish("Dosa", 100)
	seven := 7
	counted.Stock = &seven
	b.replace(owner, v.ID, document(heading("Mains", counted, listedDish("Thali", 200))))
	thali := dishNamed(t, b.whole(owner, v.ID), "Thali")
	_, err := b.SetAvailable(b.ctx, owner, thali.ID, 0, false, noon.Add(time.Hour))
	require.NoError(t, err)

	r := b.replace(owner, v.ID, document(heading("Mains", listedDish("Dosa", 110), listedDish("Thali", 210))))
	require.Len(t, r.Diff.Dishes.Changed, 2)
	m := b.whole(owner, v.ID)
	require.Equal(t, 7, *dishNamed(t, m, "Dosa").Stock)
	require.False(t, dishNamed(t, m, "Thali").Available)
	require.True(t, noon.Add(time.Hour).Equal(dishNamed(t, m, "Thali").UnavailableUntil))

	// A document that says when a dish is back, and has lain until then.
	later, no := noon.Add(time.Hour), false
	waited := listedDish("Thali", 210)
	waited.Available, waited.Until = &no, later
	doc := document(heading("Mains", listedDish("Dosa", 110), waited))
	require.True(t, b.replace(owner, v.ID, doc).Diff.Empty())
	b.pass(time.Hour)
	require.True(t, b.replace(owner, v.ID, doc).Diff.Empty())
	require.True(t, dishNamed(t, b.whole(owner, v.ID), "Thali").Available, "as it is said, not as it is stored")
	_, err = b.SetAvailable(b.ctx, owner, thali.ID, 0, false, time.Time{})
	require.NoError(t, err)
	b.replace(owner, v.ID, doc)
	require.True(t, dishNamed(t, b.whole(owner, v.ID), "Thali").Available)
	_, err = b.SetAvailable(b.ctx, owner, thali.ID, 0, false, time.Time{})
	require.NoError(t, err)

	three, yes := 3, true
	counted = listedDish("Dosa", 110)
	counted.Stock = &three
	back := listedDish("Thali", 210)
	back.Available = &yes
	r = b.replace(owner, v.ID, document(heading("Mains", counted, back)))
	require.Equal(t, []menu.FieldChange{{Field: "stock", Before: "7", After: "3"}}, r.Diff.Dishes.Changed[0].Fields)
	m = b.whole(owner, v.ID)
	require.Equal(t, 3, *dishNamed(t, m, "Dosa").Stock)
	require.True(t, dishNamed(t, m, "Thali").Available)
}

// TestAStockInADocumentIsACount: orders that leave some do not raise the version that a document is checked against; the difference says what they
// had left.
func TestAStockInADocumentIsACount(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	counted := listedDish("Dosa", 100)
	counted.Stock = new(7)
	doc := document(heading("Mains", counted))
	read := b.replace(owner, v.ID, doc)
	dosa := dishNamed(t, b.whole(owner, v.ID), "Dosa")
	take := func(n int) {
		require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
			return tx.TakeStock(b.ctx, v.Profile, domain.Nil, map[domain.ID]int{dosa.ID: n})
		}))
	}
	take(2)
	r, err := b.ReplaceMenu(b.ctx, owner, v.ID, read.Version, doc, false)
	require.NoError(t, err)
	require.Equal(t, []menu.FieldChange{{Field: "stock", Before: "5", After: "7"}}, r.Diff.Dishes.Changed[0].Fields)
	take(3)
	r, err = b.ReplaceMenu(b.ctx, owner, v.ID, r.Version, document(heading("Mains", listedDish("Dosa", 100))), false)
	require.NoError(t, err)
	require.True(t, r.Diff.Empty())
	require.Equal(t, 4, *dishNamed(t, b.whole(owner, v.ID), "Dosa").Stock)
}

// TestReplaceMenuAgainstOrders takes stock, as orders do, while the whole menu is replaced again and again: no portion is lost.
func TestReplaceMenuAgainstOrders(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	counted := listedDish("Dosa", 100)
	stock := 200
	counted.Stock = &stock
	b.replace(owner, v.ID, document(heading("Mains", counted)))
	dosa := dishNamed(t, b.whole(owner, v.ID), "Dosa")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 25 {
				require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
					held, err := tx.HoldOffering(b.ctx, postgres.Cart{VendorID: v.ID, Choices: []menu.Choice{{DishID: dosa.ID, Quantity: 1}}}, time.Time{})
					if err != nil {
						return err
					}
					return tx.TakeStock(b.ctx, held.Vendor, domain.Nil, map[domain.ID]int{dosa.ID: 1})
				}))
			}
		})
	}
	wg.Go(func() {
		for n := range 25 {
			b.replace(owner, v.ID, document(heading("Mains", listedDish("Dosa", int64(101+n)))))
		}
	})
	wg.Go(func() { // single edits wait for the vendor, too
		for n := range 25 {
			spice := n % 3
			_, err := b.EditDish(b.ctx, owner, dosa.ID, 0, catalog.DishEdit{Spice: &spice})
			require.NoError(t, err)
		}
	})
	wg.Wait()
	after := dishNamed(t, b.whole(owner, v.ID), "Dosa")
	require.Equal(t, 100, *after.Stock)
	require.Equal(t, int64(125), after.Price.Amount)
}
