package plan

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestAssignIsExact compares with every pairing there is.
func TestAssignIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, columns := rapid.IntRange(0, 6).Draw(t, "rows"), rapid.IntRange(0, 7).Draw(t, "columns")
		rows := make([][]Edge, n)
		for r := range rows {
			for c := range columns {
				if rapid.IntRange(0, 3).Draw(t, "edge") > 0 {
					rows[r] = append(rows[r], Edge{c, float64(rapid.IntRange(-50, 50).Draw(t, "cost"))})
				}
			}
		}
		least := cheapest(rows, map[int]bool{})
		got, ok := Assign(rows, columns)
		require.Equal(t, !math.IsInf(least, 1), ok)
		if !ok {
			return
		}
		sum, taken := 0.0, map[int]bool{}
		for r, c := range got {
			require.False(t, taken[c], "a column has one row")
			taken[c] = true
			cost := math.Inf(1)
			for _, e := range rows[r] {
				if e.To == c {
					cost = e.Cost
				}
			}
			sum += cost
		}
		require.InDelta(t, least, sum, 1e-9)
	})
}

// cheapest tries everything.
func cheapest(rows [][]Edge, taken map[int]bool) float64 {
	if len(rows) == 0 {
		return 0
	}
	best := math.Inf(1)
	for _, e := range rows[0] {
		if !taken[e.To] {
			taken[e.To] = true
			best = min(best, e.Cost+cheapest(rows[1:], taken))
			delete(taken, e.To)
		}
	}
	return best
}

func BenchmarkAssign(b *testing.B) {
	rows := make([][]Edge, 250)
	for r := range rows {
		for k := range 48 {
			rows[r] = append(rows[r], Edge{(r + k*7) % 400, float64((r*31 + k*k*17) % 997)})
		}
	}
	for b.Loop() {
		Assign(rows, 400)
	}
}
