package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// TestWhoSaidThatADishIsSoldOut: of several who say so, or not, the last is told, whoever it was; what else of the dish, or of others, is
// changed since is nobody's word about that.
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
		change, err := b.db.DishChange(b.ctx, v.ID, dishID)
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

	b.replace(owner, v.ID, document(heading("Mains", listedDish("Idli", 9000))))
	require.Equal(t, &postgres.Change{What: "menu", Role: domain.RoleVendor, By: owner.ID, Name: "Vee"}, said(idli))
}
