package catalog_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TestWhoSaidThatADishIsSoldOut: of several who say so, or not, the last is told of whom the dish stands as it does; what else of the dish, or
// of others, is changed since is nobody's word about that.
func TestWhoSaidThatADishIsSoldOut(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	c := b.category(owner, v.ID, "Mains")
	add := func(name string) domain.ID {
		d, err := b.AddDish(b.ctx, owner, v.ID, dishOf(c.ID, name, 12000))
		require.NoError(t, err)
		return d.ID
	}
	dosa, idli := add("Masala dosa"), add("Idli")
	asha := domain.Actor{ID: id.New(), Role: domain.RoleSupport, Permissions: domain.PauseVendors}
	b.exec("INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Asha', 'support')", asha.ID, fmt.Sprintf("%s@example.com", asha.ID))
	said := func(dishID domain.ID) *postgres.Change {
		t.Helper()
		d, err := b.Dish(b.ctx, asha, dishID, "")
		require.NoError(t, err)
		change, err := b.db.DishChange(b.ctx, d.Dish, d.State, d.At)
		require.NoError(t, err)
		if change != nil {
			require.WithinDuration(t, time.Now(), change.At, time.Minute)
			change.At = time.Time{}
		}
		return change
	}
	require.Nil(t, said(dosa), "nobody has")

	_, err := b.SetAvailable(b.ctx, asha, dosa, 0, false, time.Time{})
	require.NoError(t, err)
	byAsha := postgres.Change{What: "sold_out", Role: domain.RoleSupport, By: asha.ID, Name: "Asha"}
	require.Equal(t, &byAsha, said(dosa))
	require.Nil(t, said(idli))
	name := "Mysore dosa"
	_, err = b.EditDish(b.ctx, owner, dosa, 0, catalog.DishEdit{Name: &name})
	require.NoError(t, err)
	_, err = b.SetAvailable(b.ctx, owner, idli, 0, false, time.Time{})
	require.NoError(t, err)
	require.Equal(t, &byAsha, said(dosa))

	_, err = b.SetAvailable(b.ctx, owner, dosa, 0, true, time.Time{})
	require.NoError(t, err)
	require.Equal(t, &postgres.Change{What: "back", Role: domain.RoleVendor, By: owner.ID, Name: "Vee"}, said(dosa))
	none := 0
	_, err = b.SetStock(b.ctx, owner, dosa, 0, &none)
	require.NoError(t, err)
	require.Equal(t, "sold_out", said(dosa).What)

	listed := listedDish("Idli", 9000)
	b.replace(owner, v.ID, document(heading("Mains", listed)))
	require.Equal(t, &postgres.Change{What: "sold_out", Role: domain.RoleVendor, By: owner.ID, Name: "Vee"}, said(idli), "the menu left it so")
	yes := true
	listed.Available = &yes
	b.replace(owner, v.ID, document(heading("Mains", listed)))
	require.Equal(t, &postgres.Change{What: "menu", Role: domain.RoleVendor, By: owner.ID, Name: "Vee"}, said(idli))
}

// TestPortionsThatComeBackAreNobodysWord about a dish that somebody took off, or that could be had all the time.
func TestPortionsThatComeBackAreNobodysWord(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	ravi := domain.Actor{ID: id.New(), Role: domain.RoleSupport, Permissions: domain.PauseVendors}
	b.exec("INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Ravi', 'support')", ravi.ID, fmt.Sprintf("%s@example.com", ravi.ID))
	byRavi := "sold_out by Ravi"
	for _, tt := range []struct {
		name string
		do   string
		want string
	}{
		{"restocked while it is off", "off stock=5", byRavi},
		{"none left, and restocked, while it is off", "off stock=0 stock=5", byRavi},
		{"none left, then off, then restocked", "stock=0 off stock=5", byRavi},
		{"off for a while, and restocked", "stock=3 off-1h stock=5", byRavi},
		{"off for a while, restocked, and back by itself", "off-1h stock=5 pass=2h", ""},
		{"back by itself", "off-1h pass=2h", ""},
		{"never off", "stock=5 stock=3", ""},
		{"never off since somebody brought it back", "off back stock=5", "back by Ravi"},
		{"none left", "stock=0", "sold_out by Vee"},
		{"some again", "stock=0 stock=5 stock=8", "back by Vee"},
		{"none left while it is off", "off-1h stock=0", "sold_out by Vee"},
		{"an option", "off back option", "sold_out by Vee"},
		{"not served", "off back late", ""},
	} {
		c := b.category(owner, v.ID, tt.name)
		n := dishOf(c.ID, tt.name, 12000)
		n.Groups = &[]menu.OptionGroup{{Name: "Size", Min: 1, Max: 1, Options: []menu.Option{{Name: "Large", Price: domain.Money{Amount: 100, Currency: "INR"}, Available: true}}}}
		d, err := b.AddDish(b.ctx, owner, v.ID, n)
		require.NoError(t, err, tt.name)
		for _, step := range strings.Fields(tt.do) {
			verb, to, _ := strings.Cut(step, "=")
			switch verb {
			case "off":
				_, err = b.SetAvailable(b.ctx, ravi, d.ID, 0, false, time.Time{})
			case "off-1h":
				_, err = b.SetAvailable(b.ctx, ravi, d.ID, 0, false, b.now().Add(time.Hour))
			case "back":
				_, err = b.SetAvailable(b.ctx, ravi, d.ID, 0, true, time.Time{})
			case "stock":
				left, _ := strconv.Atoi(to)
				_, err = b.SetStock(b.ctx, owner, d.ID, 0, &left)
			case "option":
				_, err = b.SetOptionAvailable(b.ctx, owner, d.ID, d.Groups[0].Options[0].ID, 0, false, time.Time{})
			case "pass":
				b.pass(2 * time.Hour)
			case "late":
				_, err = b.EditCategory(b.ctx, owner, c.ID, 0, catalog.CategoryEdit{Schedule: &menu.Schedule{EndsOn: domain.DateOf(b.now()).Add(-1)}})
			}
			require.NoError(t, err, "%s: %s", tt.name, step)
		}
		seen, err := b.Dish(b.ctx, ravi, d.ID, "")
		require.NoError(t, err)
		change, err := b.db.DishChange(b.ctx, seen.Dish, seen.State, seen.At)
		require.NoError(t, err)
		got := ""
		if change != nil {
			got = change.What + " by " + change.Name
		}
		require.Equal(t, tt.want, got, tt.name)
	}
}
