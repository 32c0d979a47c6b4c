package seed

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	t.Parallel()
	table, err := readTable()
	require.NoError(t, err)
	used := map[string]bool{}
	for name, c := range table {
		require.GreaterOrEqual(t, len(c.dishes), minDishes, name)
		for _, d := range c.dishes {
			require.NotEmpty(t, d.description, d.name)
			for _, g := range d.groups {
				used[g.name] = true
				require.NotEmpty(t, g.options)
				require.LessOrEqual(t, g.most, len(g.options))
			}
		}
	}
	require.Greater(t, len(used), 30)
	for _, c := range countries {
		require.NotNil(t, table.find(c.home), c.home)
	}
	require.NotNil(t, table.find(generalCuisine))
}

func TestTableFaults(t *testing.T) {
	t.Parallel()
	for _, lines := range [][]string{
		{"Dal | Lentils | vegan 1 | 30 | | "},
		{"= A", "Dal | Lentils | vegan 1 | 30 | | "},
		{"= A", "@ Nowhere"},
		{"= A", "@ Mains", "Dal | Lentils | vegan | 30 | | "},
		{"= A", "@ Mains", "Dal | Lentils | vegan 1 | x | | "},
		{"= A", "@ Mains", "Dal | Lentils | vegan 1 | 30 | | sprinkles"},
		{"= A", "= A"},
		{"= A", "@ Mains", "Dal | Lentils | vegan 1 | 30 | milk | "},
		{"= A", "@ Mains", "Dal | Lentils | veg 1 | 30 | stardust | "},
		{"= A", "@ Mains", "Roti | Bread | veg 1 | 30 | | done"},
		{"= A", "kind: veg", "@ Mains", "Egg | Egg | egg 1 | 30 | egg | "},
		{"= A", "@ Mains", "Dal | Lentils | veg 1 | 30 | | ", "dal | Lentils | veg 1 | 30 | | "},
		{"= A", "like: B"},
	} {
		groups, err := readGroups()
		require.NoError(t, err)
		r := tableReader{table: table{}, groups: groups}
		failed := slices.ContainsFunc(lines, func(l string) bool { return r.line(l) != nil })
		require.True(t, failed || r.check() != nil, lines)
	}
}
