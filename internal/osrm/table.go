package osrm

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

// Want is what somebody will ask about: the ways of a vehicle from each of some places to each of others.
type Want struct {
	By       plan.Vehicle
	From, To []domain.Point
}

// Known are ways that were asked for before. It is a plan.Travel that estimates what nobody told.
type Known struct {
	router   *Router
	profiles map[string]*grid
	Ways     int // of vehicles that the server is asked about
	Guessed  int // of these, that are estimated
}

// grid is a matrix of seconds, by place.
type grid struct {
	from, to map[spot]int
	sources  []spot
	targets  []spot
	seconds  []float32 // by from, then to; unasked where nobody asked
}

const (
	unasked = float32(-2)
	unknown = float32(-3)
)

// Know finds out how long ways take, from memory and from the server, within the router's time and ctx. It returns what it knows by then,
// and never fails. Of wants with too many places together the last are estimated.
func (r *Router) Know(ctx context.Context, wants ...Want) *Known {
	k := &Known{router: r, profiles: map[string]*grid{}}
	var asked []Want
	for _, w := range wants {
		if profile, ok := r.profiles[w.By]; ok && k.add(profile, w) {
			asked = append(asked, w)
		}
	}
	for _, w := range asked {
		k.profiles[r.profiles[w.By]].mark(w)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	var group sync.WaitGroup
	for profile, g := range k.profiles {
		r.recall(profile, g)
		for _, t := range g.tiles() {
			group.Go(func() { r.fill(ctx, profile, g, t) })
		}
	}
	group.Wait()
	for _, g := range k.profiles {
		k.count(g)
	}
	r.metrics.estimated.Add(float64(k.Guessed))
	return k
}

// add gives a vehicle's places their numbers, unless there are too many.
func (k *Known) add(profile string, w Want) bool {
	g := k.profiles[profile]
	if g == nil {
		g = &grid{from: map[spot]int{}, to: map[spot]int{}}
		k.profiles[profile] = g
	}
	if (len(g.sources)+len(w.From))*(len(g.targets)+len(w.To)) > maxGrid {
		n := len(w.From) * len(w.To)
		k.Ways, k.Guessed = k.Ways+n, k.Guessed+n
		return false
	}
	number := func(points []domain.Point, known map[spot]int, all *[]spot) {
		for _, p := range points {
			s := spotOf(p)
			if _, ok := known[s]; !ok {
				known[s] = len(*all)
				*all = append(*all, s)
			}
		}
	}
	number(w.From, g.from, &g.sources)
	number(w.To, g.to, &g.targets)
	return true
}

// mark notes which ways are wanted.
func (g *grid) mark(w Want) {
	if g.seconds == nil {
		g.seconds = slices.Repeat([]float32{unasked}, len(g.sources)*len(g.targets))
	}
	for _, from := range w.From {
		row := g.row(g.from[spotOf(from)])
		for _, to := range w.To {
			row[g.to[spotOf(to)]] = unknown
		}
	}
}

func (g *grid) row(from int) []float32 {
	return g.seconds[from*len(g.targets) : (from+1)*len(g.targets)]
}

// recall fills in what is remembered.
func (r *Router) recall(profile string, g *grid) {
	n := 0
	for i, from := range g.sources {
		row := g.row(i)
		for j, to := range g.targets {
			if row[j] != unknown {
				continue
			}
			if from == to {
				row[j] = 0
			} else if seconds, ok := r.ways.GetIfPresent(way{profile, from, to}); ok {
				row[j] = seconds
				if seconds >= 0 {
					n++
				}
			}
		}
	}
	r.metrics.remembered.Add(float64(n))
}

// box is a part of a grid that one request asks for.
type box struct{ rows, columns []int }

// tiles are requests that ask for all that is unknown, and for little besides: rows that lack about as much are asked for together.
func (g *grid) tiles() (out []box) {
	lacks := make([]int, len(g.sources))
	var rows []int
	for i := range g.sources {
		for _, s := range g.row(i) {
			if s == unknown {
				lacks[i]++
			}
		}
		if lacks[i] > 0 {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int { return lacks[b] - lacks[a] })
	for len(rows) > 0 {
		n := 1
		for n < min(len(rows), tile) && 4*lacks[rows[n]] >= lacks[rows[0]] {
			n++
		}
		some := rows[:n]
		rows = rows[n:]
		var columns []int
		for j := range g.targets {
			if slices.ContainsFunc(some, func(i int) bool { return g.row(i)[j] == unknown }) {
				columns = append(columns, j)
			}
		}
		for few := range slices.Chunk(columns, tile) {
			out = append(out, box{slices.Clone(some), slices.Clone(few)})
		}
	}
	return out
}

// fill asks for a box, and once more without the places that are on no road. Boxes have no way in common.
func (r *Router) fill(ctx context.Context, profile string, g *grid, b box) {
	for range 4 {
		err := r.table(ctx, profile, g, b)
		var no *refusal
		if !errors.As(err, &no) {
			return
		}
		off := no.off()
		switch {
		case off >= 0 && off < len(b.rows):
			g.strike(r, profile, b.rows[off:off+1], b.columns)
			b.rows = slices.Delete(b.rows, off, off+1)
		case off >= len(b.rows) && off < len(b.rows)+len(b.columns):
			off -= len(b.rows)
			g.strike(r, profile, b.rows, b.columns[off:off+1])
			b.columns = slices.Delete(b.columns, off, off+1)
		default:
			return
		}
		if len(b.rows) == 0 || len(b.columns) == 0 {
			return
		}
	}
}

// strike remembers that there are no such ways.
func (g *grid) strike(r *Router, profile string, rows, columns []int) {
	for _, i := range rows {
		for _, j := range columns {
			g.set(r, profile, i, j, noWay)
		}
	}
}

func (g *grid) set(r *Router, profile string, i, j int, seconds float32) {
	if g.row(i)[j] != unknown { // it was asked for only because its row and its column were
		return
	}
	g.row(i)[j] = seconds
	r.ways.Set(way{profile, g.sources[i], g.targets[j]}, seconds)
}

// table asks for a box with one request.
func (r *Router) table(ctx context.Context, profile string, g *grid, b box) error {
	spots := make([]spot, 0, len(b.rows)+len(b.columns))
	for _, i := range b.rows {
		spots = append(spots, g.sources[i])
	}
	for _, j := range b.columns {
		spots = append(spots, g.targets[j])
	}
	options := url.Values{
		"sources": {numbers(0, len(b.rows))}, "destinations": {numbers(len(b.rows), len(spots))}, "annotations": {"duration"},
	}
	return r.ask(ctx, "table", profile, spots, options, func(a answer) error { return r.take(profile, g, b, spots, a) })
}

// numbers lists from … to-1.
func numbers(from, to int) string {
	text := make([]string, 0, to-from)
	for n := from; n < to; n++ {
		text = append(text, strconv.Itoa(n))
	}
	return strings.Join(text, ";")
}

// take reads a table, all of it or nothing.
func (r *Router) take(profile string, g *grid, b box, spots []spot, a answer) error {
	if len(a.Durations) != len(b.rows) {
		return errMalformed
	}
	seconds := make([]float32, 0, len(b.rows)*len(b.columns))
	for i, row := range a.Durations {
		if len(row) != len(b.columns) {
			return errMalformed
		}
		lost := len(a.Sources) == len(b.rows) && a.Sources[i].far(spots[i])
		for j := range row {
			s, err := believe(row[j])
			if err != nil {
				return err
			}
			if lost || len(a.Destinations) == len(b.columns) && a.Destinations[j].far(spots[len(b.rows)+j]) {
				s = noWay
			}
			seconds = append(seconds, s)
		}
	}
	n := 0
	for i := range b.rows {
		for j := range b.columns {
			s := seconds[i*len(b.columns)+j]
			if s >= 0 && g.row(b.rows[i])[b.columns[j]] == unknown {
				n++
			}
			g.set(r, profile, b.rows[i], b.columns[j], s)
		}
	}
	r.metrics.asked.Add(float64(n))
	return nil
}

func (k *Known) count(g *grid) {
	for _, s := range g.seconds {
		if s != unasked {
			k.Ways++
		}
		if s == unknown || s == noWay {
			k.Guessed++
		}
	}
}

// Time implements plan.Travel.
func (k *Known) Time(from, to domain.Point, by plan.Vehicle, at time.Time) time.Duration {
	if g := k.profiles[k.router.profiles[by]]; g != nil {
		i, ok := g.from[spotOf(from)]
		j, too := g.to[spotOf(to)]
		if ok && too && g.row(i)[j] >= 0 {
			return k.router.inTraffic(g.row(i)[j], by, at)
		}
	}
	return k.router.roads.Time(from, to, by, at)
}
