package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/id"
)

// TestWhatWasDoneToADish is told with who it was and the version of the dish that it made, whatever it was: nobody is named for how the dish
// stands. What the whole menu says of it, and what was done to another dish, is not told.
func TestWhatWasDoneToADish(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	c := b.category(owner, v.ID, "Mains")
	n := dishOf(c.ID, "Masala dosa", 12000)
	n.Groups = &[]menu.OptionGroup{{Name: "Size", Min: 1, Max: 1, Options: []menu.Option{{Name: "Large", Price: domain.Money{Amount: 100, Currency: "INR"}, Available: true}}}}
	dosa, err := b.AddDish(b.ctx, owner, v.ID, n)
	require.NoError(t, err)
	idli, err := b.AddDish(b.ctx, owner, v.ID, dishOf(c.ID, "Idli", 9000))
	require.NoError(t, err)
	asha := domain.Actor{ID: id.New(), Role: domain.RoleSupport, Permissions: domain.PauseVendors}
	b.exec("INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Asha', 'support')", asha.ID, fmt.Sprintf("%s@example.com", asha.ID))
	told := func(dishID domain.ID) (out []string) {
		t.Helper()
		all, err := b.db.DishChanges(b.ctx, v.ID, dishID)
		require.NoError(t, err)
		for _, c := range all {
			require.WithinDuration(t, time.Now(), c.At, time.Minute)
			require.Equal(t, map[string]domain.ID{"Asha": asha.ID, "Vee": owner.ID}[c.Name], c.By)
			out = append(out, fmt.Sprintf("%d %s by %s (%s)", c.Version, c.What, c.Name, c.Role))
		}
		return out
	}
	require.Empty(t, told(dosa.ID), "that it was made is no change")

	stock := func(n int) {
		t.Helper()
		_, err := b.SetStock(b.ctx, owner, dosa.ID, 0, &n)
		require.NoError(t, err)
	}
	off := func(by domain.Actor, dishID domain.ID, available bool, until time.Time) {
		t.Helper()
		_, err := b.SetAvailable(b.ctx, by, dishID, 0, available, until)
		require.NoError(t, err)
	}
	off(asha, dosa.ID, false, b.now().Add(time.Hour))
	off(owner, idli.ID, false, time.Time{})
	stock(0)
	stock(5)
	require.Equal(t, []string{"2 sold_out by Asha (support)", "3 sold_out by Vee (vendor)", "4 restocked by Vee (vendor)"}, told(dosa.ID))
	off(asha, dosa.ID, true, time.Time{})
	off(asha, dosa.ID, true, time.Time{}) // changes nothing
	_, err = b.SetOptionAvailable(b.ctx, owner, dosa.ID, dosa.Groups[0].Options[0].ID, 0, false, time.Time{})
	require.NoError(t, err)
	name := "Mysore dosa"
	seen, err := b.EditDish(b.ctx, owner, dosa.ID, 0, catalog.DishEdit{Name: &name})
	require.NoError(t, err)
	require.Equal(t, []string{"5 available by Asha (support)", "6 option_unavailable by Vee (vendor)", "7 changed by Vee (vendor)"}, told(dosa.ID)[3:])
	require.Equal(t, 7, seen.Version)
	require.Equal(t, []string{"2 sold_out by Vee (vendor)"}, told(idli.ID))

	yes, listed := true, listedDish("Idli", 9000)
	listed.Available = &yes
	b.replace(owner, v.ID, document(heading("Mains", listed)))
	seen, err = b.Dish(b.ctx, asha, idli.ID, "")
	require.NoError(t, err)
	require.True(t, seen.State.Available)
	require.Greater(t, seen.Version, 2)
	require.Len(t, told(idli.ID), 1, "a whole menu does not say which version it made of each dish")

	for range 6 {
		off(asha, idli.ID, false, time.Time{})
		off(asha, idli.ID, true, time.Time{})
	}
	last := told(idli.ID)
	require.Len(t, last, 10)
	require.Equal(t, fmt.Sprintf("%d available by Asha (support)", seen.Version+12), last[9])
}

// TestAnOlderReleaseNamesNobody: its events do not say of which version of a dish they tell.
func TestAnOlderReleaseNamesNobody(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d, err := b.AddDish(b.ctx, owner, v.ID, dishOf(b.category(owner, v.ID, "Mains").ID, "Idli", 9000))
	require.NoError(t, err)
	_, err = b.SetAvailable(b.ctx, owner, d.ID, 0, false, time.Time{})
	require.NoError(t, err)
	b.exec("UPDATE events SET data = data - 'dishVersion' WHERE subject_id = $1", v.ID)
	all, err := b.db.DishChanges(b.ctx, v.ID, d.ID)
	require.NoError(t, err)
	require.Empty(t, all)
}
