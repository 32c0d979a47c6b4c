package plan

import "math"

// Edge is a pairing that an assignment may use.
type Edge struct {
	To   int // column
	Cost float64
}

// Assign pairs every row with a column of its own, so that the sum of costs is the least there is. It answers with the column
// of each row, or false where no such pairing exists. Rows list the columns they may have; costs may be negative.
//
// It is the method of shortest augmenting paths (Jonker and Volgenant 1987) on sparse rows: exact, O(rows × edges) at worst.
func Assign(rows [][]Edge, columns int) ([]int, bool) {
	a := assignment{
		rows: rows, row: make([]int, columns), column: make([]int, len(rows)), price: make([]float64, columns),
		dist: make([]float64, columns), from: make([]int, columns), done: make([]bool, columns),
	}
	for c := range a.row {
		a.row[c] = -1
	}
	for r := range rows {
		a.column[r] = -1
	}
	for r := range rows {
		if !a.augment(r) {
			return nil, false
		}
	}
	return a.column, true
}

// assignment keeps, for columns, prices under which every chosen edge is the cheapest of its row.
type assignment struct {
	rows   [][]Edge
	row    []int // by column, or -1
	column []int // by row, or -1
	price  []float64
	dist   []float64 // shortest way to each column
	from   []int     // row before each column on that way
	done   []bool
}

// augment pairs one more row, along the shortest alternating path to a free column.
func (a *assignment) augment(root int) bool {
	for c := range a.dist {
		a.dist[c], a.done[c] = math.Inf(1), false
	}
	r, base := root, 0.0
	var scanned []int
	for {
		less := a.slack(r) - base
		for _, e := range a.rows[r] {
			if d := e.Cost - a.price[e.To] - less; !a.done[e.To] && d < a.dist[e.To] {
				a.dist[e.To], a.from[e.To] = d, r
			}
		}
		next, least := -1, math.Inf(1)
		for c, d := range a.dist {
			if !a.done[c] && d < least {
				next, least = c, d
			}
		}
		if next < 0 {
			return false
		}
		if a.row[next] < 0 {
			a.reprice(scanned, least)
			a.flip(root, next)
			return true
		}
		a.done[next] = true
		scanned = append(scanned, next)
		r, base = a.row[next], least
	}
}

// slack is what the row's chosen edge costs above its column's price; 0 for a row that has none yet.
func (a *assignment) slack(r int) float64 {
	c := a.column[r]
	if c < 0 {
		return 0
	}
	for _, e := range a.rows[r] {
		if e.To == c {
			return e.Cost - a.price[c]
		}
	}
	return 0
}

func (a *assignment) reprice(scanned []int, least float64) {
	for _, c := range scanned {
		a.price[c] += a.dist[c] - least
	}
}

func (a *assignment) flip(root, c int) {
	for {
		r := a.from[c]
		a.row[c] = r
		a.column[r], c = c, a.column[r]
		if r == root {
			return
		}
	}
}
