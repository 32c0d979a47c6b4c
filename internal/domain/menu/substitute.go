package menu

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// strictness orders the diets by what they leave out: whoever eats by one eats everything of a stricter one.
var strictness = map[Diet]int{NonVeg: 0, Egg: 1, Veg: 2, Vegan: 3}

// Suits says whether whoever ordered a dish of the other diet can eat one of this.
func (d Diet) Suits(other Diet) bool { return strictness[d] >= strictness[other] }

// Substitutes picks, of dishes that can be had, those that may stand in for one that cannot, at most n, the nearest price
// first: of the same category, of a diet at least as strict, and for nobody older.
func Substitutes(gone Dish, offered []Dish, n int) []Dish {
	var out []Dish
	for _, d := range offered {
		if d.ID != gone.ID && d.CategoryID == gone.CategoryID && d.Diet.Suits(gone.Diet) && d.MinAge <= gone.MinAge {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b Dish) int {
		return cmp.Or(cmp.Compare(apart(a.Price, gone.Price), apart(b.Price, gone.Price)), cmp.Compare(a.Position, b.Position),
			bytes.Compare(a.ID[:], b.ID[:]))
	})
	return out[:min(n, len(out))]
}

func apart(a, b domain.Money) int64 { return max(a.Amount-b.Amount, b.Amount-a.Amount) }
