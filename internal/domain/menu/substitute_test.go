package menu

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestSubstitutes(t *testing.T) {
	t.Parallel()
	mains, drinks := domain.ID{1}, domain.ID{2}
	dish := func(name string, category domain.ID, price int64, diet Diet) Dish {
		return Dish{ID: domain.ID([]byte(name + "                ")[:16]), Name: name, CategoryID: category, Diet: diet, Price: domain.Money{Amount: price, Currency: "INR"}}
	}
	cider := dish("cider", mains, 101, Vegan)
	cider.MinAge = 18
	offered := []Dish{
		dish("far", mains, 300, Veg), dish("dearer", mains, 120, Veg), dish("cheaper", mains, 85, Vegan), dish("itself", mains, 100, Veg),
		dish("omelette", mains, 100, Egg), dish("chicken", mains, 100, NonVeg), dish("lassi", drinks, 100, Veg), dish("farthest", mains, 1, Veg),
		dish("further", mains, 200, Veg), cider,
	}
	names := func(list []Dish) (out []string) {
		for _, d := range list {
			out = append(out, d.Name)
		}
		return out
	}
	require.Equal(t, []string{"cheaper", "dearer", "farthest"}, names(Substitutes(dish("itself", mains, 100, Veg), offered, 3)))
	require.Equal(t, []string{"cheaper"}, names(Substitutes(dish("itself", mains, 100, Vegan), offered, 3)))
	require.Equal(t, []string{"chicken"}, names(Substitutes(dish("gone", mains, 100, NonVeg), offered, 1)), "whoever eats meat eats what has none, too")
	require.Empty(t, Substitutes(dish("gone", domain.ID{3}, 100, NonVeg), offered, 3))
	for _, d := range []Diet{Veg, NonVeg, Egg, Vegan} {
		require.True(t, d.Suits(d))
		require.True(t, Vegan.Suits(d))
		require.True(t, d.Suits(NonVeg))
	}
	require.False(t, Egg.Suits(Veg))
	require.False(t, Veg.Suits(Vegan))
	require.False(t, NonVeg.Suits(Egg))
}
