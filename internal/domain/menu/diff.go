package menu

import (
	"maps"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Diff is what two menus differ in.
type Diff struct{ Categories, Dishes Differences }

// Differences are things of one kind: those of the new menu in its order, those that are gone in the order of the old one.
type Differences struct{ Added, Changed, Removed, Unchanged []Difference }

// Difference is what became of one thing. Its names are those of the new menu, unless it is gone.
type Difference struct {
	ID       domain.ID
	Name     string
	Category string        // that a dish is in; "" for a category
	Fields   []FieldChange // of what was changed
}

// FieldChange is one field of the contract, before and after, as texts for people. Of a changed position, which counts from 1
// among the neighbours, both may be the same: what was around it has changed.
type FieldChange struct{ Field, Before, After string }

// Empty says whether the menus are the same.
func (d Diff) Empty() bool { return d.Categories.empty() && d.Dishes.empty() }

func (d Differences) empty() bool { return len(d.Added)+len(d.Changed)+len(d.Removed) == 0 }

// Compare says what makes one menu of a vendor out of another; both are sorted by position. Things are the same when they have
// the same ID. Of where something stands only its order among its neighbours counts.
func Compare(before, after []Category) Diff {
	b, a := listed(before), listed(after)
	return Diff{Categories: b.categories.compare(a.categories), Dishes: b.dishes.compare(a.dishes)}
}

// listing is the things of one kind on a menu, in its order.
type listing struct {
	order  []domain.ID
	things map[domain.ID]thing
}

type thing struct {
	Difference
	parent domain.ID // of a dish: its category
	rank   int       // among its neighbours, from 1
	fields func() []field
}

type listings struct{ categories, dishes listing }

func listed(menu []Category) listings {
	l := listings{listing{things: map[domain.ID]thing{}}, listing{things: map[domain.ID]thing{}}}
	for i, c := range menu {
		l.categories.add(thing{Difference{ID: c.ID, Name: c.Name}, domain.Nil, i + 1, c.fields})
		for j, d := range c.Dishes {
			fields := func() []field { return append(d.fields(), field{"category", c.ID.String(), c.Name}) }
			l.dishes.add(thing{Difference{ID: d.ID, Name: d.Name, Category: c.Name}, c.ID, j + 1, fields})
		}
	}
	return l
}

func (l *listing) add(t thing) {
	l.order = append(l.order, t.ID)
	l.things[t.ID] = t
}

func (l listing) compare(after listing) Differences {
	var out Differences
	for _, id := range l.order {
		if _, stays := after.things[id]; !stays {
			out.Removed = append(out.Removed, l.things[id].Difference)
		}
	}
	moved := l.moved(after)
	for _, id := range after.order {
		is := after.things[id]
		was, known := l.things[id]
		if !known {
			out.Added = append(out.Added, is.Difference)
			continue
		}
		change := is.Difference
		change.Fields = changes(was.fields(), is.fields())
		if moved[id] {
			change.Fields = append(change.Fields, FieldChange{"position", number(was.rank), number(is.rank)})
		}
		if len(change.Fields) > 0 {
			out.Changed = append(out.Changed, change)
		} else {
			out.Unchanged = append(out.Unchanged, change)
		}
	}
	return out
}

// moved are those that stand elsewhere among the neighbours that stay. A dish that changed its category has not moved besides.
func (l listing) moved(after listing) map[domain.ID]bool {
	before := map[domain.ID][]Place{} // by parent
	for i, id := range l.order {
		parent := l.things[id].parent
		before[parent] = append(before[parent], Place{id, i})
	}
	orders := map[domain.ID][]domain.ID{}
	for _, id := range after.order {
		parent := after.things[id].parent
		orders[parent] = append(orders[parent], id)
	}
	all := map[domain.ID]bool{}
	for parent, order := range orders {
		_, moved := Arrange(before[parent], order)
		maps.Copy(all, moved)
	}
	return all
}

func changes(before, after []field) []FieldChange {
	var out []FieldChange
	for i, f := range after {
		if before[i].value != f.value {
			out = append(out, FieldChange{f.name, before[i].shown, f.shown})
		}
	}
	return out
}
