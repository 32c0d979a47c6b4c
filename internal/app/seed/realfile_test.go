package seed

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
)

// realFile is the export that lies beside the repository; a test that needs it is skipped where it does not.
func realFile(t testing.TB) *os.File {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "vendors", "zomato.csv")
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		t.Skipf("the real export is not there: %s", path)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// examineAll reads a whole file without a database.
func examineAll(t testing.TB, r io.Reader) (*batch, Result) {
	t.Helper()
	from, err := open(r)
	require.NoError(t, err)
	im := &importing{seen: map[string]int{}, result: Result{Reasons: map[string]int{}, Repaired: map[string]int{}}}
	all := &batch{}
	for {
		row, fault, err := from.next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		im.add(all, row, fault)
	}
	for _, faults := range all.faults {
		require.NoError(t, im.reject(faults))
	}
	for _, kinds := range all.repaired {
		for _, k := range kinds {
			im.result.Repaired[k]++
		}
	}
	return all, im.result
}

func TestRealFile(t *testing.T) {
	t.Parallel()
	all, result := examineAll(t, realFile(t))
	require.Equal(t, 9551, all.rows)
	require.Equal(t, map[string]int{
		"Latitude: " + reasonNowhere:   497,
		"Latitude: " + reasonElsewhere: 4, // 28,0 · 35,34 · 0,175 · a town in Canada under the code of the United States
	}, result.Reasons)
	require.Len(t, all.candidates, 9551-501)
	require.Equal(t, 9, result.Repaired[repairedCuisines])
	require.Equal(t, 16, result.Repaired[repairedCost]) // of 18; two lie at 0,0

	covered := map[string]bool{}
	for _, c := range all.candidates {
		p := c.profile
		_, err := time.LoadLocation(p.Timezone)
		require.NoError(t, err, p.Timezone)
		require.NotEmpty(t, p.Hours, p.Name)
		require.NotContains(t, p.Name+p.City+p.Address, "\uFFFD")
		for _, name := range p.Cuisines {
			covered[name] = dishes().find(name) != nil
		}
		checkMenu(t, c, dishes().compose(c.kitchen, domain.ID{1}, func() domain.ID { return domain.ID{2} }))
	}
	missing := 0
	for name, ok := range covered {
		if !ok {
			t.Logf("no dishes of its own: %s", name)
			missing++
		}
	}
	require.Zero(t, missing, "of %d cuisines", len(covered))
	require.GreaterOrEqual(t, len(covered), 60)
}

// checkMenu holds a composed menu to its promises.
func checkMenu(t testing.TB, c candidate, categories []menu.Category) {
	t.Helper()
	names, count, currency := map[string]bool{}, 0, c.profile.Currency
	for i, category := range categories {
		require.Equal(t, i, category.Position)
		require.NotEmpty(t, category.Dishes)
		for _, d := range category.Dishes {
			count++
			lower := strings.ToLower(d.Name)
			require.False(t, names[lower], "%s: %s twice", c.profile.Name, d.Name)
			names[lower] = true
			require.Positive(t, d.Price.Amount)
			require.Less(t, d.Price.Amount, 3*c.profile.CostForTwo.Amount+1000_00, "%s: %s", c.profile.Name, d.Name)
			require.Equal(t, currency, d.Price.Currency)
			require.LessOrEqual(t, strictness[d.Diet], strictness[c.kitchen.diet], "%s: %s", c.profile.Name, d.Name)
			require.NoError(t, menu.CheckGroups(d.Groups), d.Name)
		}
	}
	require.GreaterOrEqual(t, count, minDishes, "%s %v", c.profile.Name, c.profile.Cuisines)
	require.LessOrEqual(t, count, maxDishes)
}
