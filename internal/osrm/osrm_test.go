package osrm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

const patience = 30 * time.Second

var night = time.Date(2026, 5, 4, 2, 0, 0, 0, time.UTC)

// fake speaks as osrm-routed does: a degree takes a hundred thousand seconds, and what is wrong with it can be told.
type fake struct {
	*httptest.Server
	asked    atomic.Int32
	now, max atomic.Int32 // requests at once
	mu       sync.Mutex
	paths    []string
	instead  http.HandlerFunc            // answers all; nil: nothing is wrong
	change   func(table [][]any) [][]any // of the durations
	nowhere  func(lat, lng float64) bool // no road is there
	snap     float64                     // degrees that places are moved by
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked.Add(1)
	now := f.now.Add(1)
	defer f.now.Add(-1)
	for most := f.max.Load(); now > most && !f.max.CompareAndSwap(most, now); most = f.max.Load() {
	}
	f.mu.Lock()
	f.paths = append(f.paths, r.URL.String())
	f.mu.Unlock()
	if f.instead != nil {
		f.instead(w, r)
		return
	}
	say := func(status int, what map[string]any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(what)
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if len(parts) != 4 || parts[1] != "v1" {
		say(http.StatusBadRequest, map[string]any{"code": "InvalidUrl", "message": "URL string malformed"})
		return
	}
	var at []domain.Point
	var snapped []map[string]any
	for i, pair := range strings.Split(parts[3], ";") {
		lng, lat, _ := strings.Cut(pair, ",")
		var p domain.Point
		p.Lng, _ = strconv.ParseFloat(lng, 64)
		p.Lat, _ = strconv.ParseFloat(lat, 64)
		if f.nowhere != nil && f.nowhere(p.Lat, p.Lng) {
			say(http.StatusBadRequest, map[string]any{"code": "NoSegment", "message": fmt.Sprintf("Could not find a matching segment for coordinate %d", i)})
			return
		}
		at = append(at, p)
		snapped = append(snapped, map[string]any{"location": []float64{p.Lng + f.snap, p.Lat}, "name": ""})
	}
	seconds := func(a, b domain.Point) float64 { return 1e5 * (abs(a.Lat-b.Lat) + abs(a.Lng-b.Lng)) }
	if parts[0] == "route" {
		say(http.StatusOK, map[string]any{
			"code": "Ok", "waypoints": snapped, "routes": []any{map[string]any{"duration": seconds(at[0], at[1]), "distance": 1.0}},
		})
		return
	}
	index := func(option string) (out []int) {
		for n := range strings.SplitSeq(r.URL.Query().Get(option), ";") {
			i, _ := strconv.Atoi(n)
			out = append(out, i)
		}
		return out
	}
	from, to := index("sources"), index("destinations")
	if len(from)*len(to) > 10_000 {
		say(http.StatusBadRequest, map[string]any{"code": "TooBig", "message": "Too many table coordinates"})
		return
	}
	var table [][]any
	var sources, targets []any
	for _, i := range from {
		var row []any
		for _, j := range to {
			row = append(row, seconds(at[i], at[j]))
		}
		table, sources = append(table, row), append(sources, snapped[i])
	}
	for _, j := range to {
		targets = append(targets, snapped[j])
	}
	if f.change != nil {
		table = f.change(table)
	}
	say(http.StatusOK, map[string]any{"code": "Ok", "durations": table, "sources": sources, "destinations": targets})
}

func abs(x float64) float64 { return max(x, -x) }

var driving = map[string]string{"car": "driving", "motorbike": "driving"}

func router(t *testing.T, f *fake, o Options) (*Router, *prometheus.Registry) {
	t.Helper()
	reg := prometheus.NewRegistry()
	if o.Profiles == nil {
		o.Profiles = driving
	}
	if o.Timeout == 0 {
		o.Timeout = patience
	}
	o.URL, o.Registry = f.URL, reg
	return New(o), reg
}

func line(n int, lat float64) (points []domain.Point) {
	for i := range n {
		points = append(points, domain.Point{Lat: lat, Lng: 77.2 + float64(i)*0.001})
	}
	return points
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

func ways(t *testing.T, reg *prometheus.Registry, from string) float64 {
	t.Helper()
	return value(t, reg, "zoop_osrm_ways_total", from)
}

// value is of the counter, or the count of the histogram, whose last label is so.
func value(t *testing.T, reg *prometheus.Registry, name, label string) (sum float64) {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetValue() == label {
					sum += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
				}
			}
		}
	}
	return sum
}

func TestATableIsAskedInTilesAndRemembered(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	r, reg := router(t, f, Options{})
	from, to := line(250, 28.60), line(130, 28.61)
	k := r.Know(t.Context(), Want{plan.Car, from, to}, Want{plan.Motorbike, from[:10], to})
	require.Zero(t, k.Guessed)
	require.Equal(t, 250*130, k.Ways, "cars and motorbikes take the same roads")
	require.EqualValues(t, 6, f.asked.Load())
	require.LessOrEqual(t, f.max.Load(), int32(atOnce))
	require.InDelta(t, (seconds(1000 + 700)).Seconds(), k.Time(from[0], to[7], plan.Car, night).Seconds(), 0.01)
	require.Contains(t, f.paths[0], "/table/v1/driving/77.", "longitude comes first")

	// By day, there is traffic.
	noon := night.Add(11 * time.Hour)
	require.InDelta(t, 1700/0.75, k.Time(from[0], to[7], plan.Car, noon).Seconds(), 0.01)

	// Whoever is not told of goes by Roads.
	require.Equal(t, plan.City().Time(from[0], to[7], plan.Bicycle, night), k.Time(from[0], to[7], plan.Bicycle, night))
	stranger := domain.Point{Lat: 28.7, Lng: 77.1}
	require.Equal(t, plan.City().Time(stranger, to[7], plan.Car, night), k.Time(stranger, to[7], plan.Car, night))

	// One who moved and one new door are asked for, and nothing else.
	moved, door := domain.Point{Lat: 28.62, Lng: 77.3}, domain.Point{Lat: 28.63, Lng: 77.25}
	k = r.Know(t.Context(), Want{plan.Car, append([]domain.Point{moved}, from[1:]...), append([]domain.Point{door}, to...)})
	require.Zero(t, k.Guessed)
	require.InDelta(t, 6000, k.Time(moved, door, plan.Car, night).Seconds(), 0.01)
	require.EqualValues(t, 6+2+3, f.asked.Load(), "131 columns for who moved, and one for the others")
	require.InDelta(t, 250*130+131+249, ways(t, reg, "server"), 0)
	require.InDelta(t, 249*130, ways(t, reg, "memory"), 0)
	require.InDelta(t, 1700, r.Time(from[0], to[7], plan.Car, night).Seconds(), 0.01, "the router remembers, too")
}

func TestOneWayIsAsked(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	r, reg := router(t, f, Options{})
	a, b := domain.Point{Lat: -33.45, Lng: -70.66}, domain.Point{Lat: -33.46, Lng: -70.65}
	require.Equal(t, plan.City().Time(a, b, plan.Car, night), r.Time(a, b, plan.Car, night))
	for range 2 {
		r.Ask(t.Context(), a, b, plan.Car)
	}
	require.Equal(t, 2000*time.Second, r.Time(a, b, plan.Car, night).Round(time.Second))
	require.EqualValues(t, 1, f.asked.Load())
	require.Equal(t, "/route/v1/driving/-70.66000,-33.45000;-70.65000,-33.46000?generate_hints=false&overview=false", f.paths[0])
	r.Ask(t.Context(), a, b, plan.Foot)
	require.EqualValues(t, 1, f.asked.Load(), "no profile, no question")
	require.InDelta(t, 1, ways(t, reg, "memory"), 0)
}

func TestEachProfileMayHaveItsServer(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	r := New(Options{URL: f.URL + "/routed-{profile}/", Profiles: map[string]string{"bicycle": "bike"}})
	f.instead = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	r.Ask(t.Context(), line(1, 1)[0], line(1, 2)[0], plan.Bicycle)
	require.Contains(t, f.paths[0], "/routed-bike/route/v1/bike/77.2")
}

func TestWithoutAServerAllIsEstimated(t *testing.T) {
	t.Parallel()
	r := New(Options{Profiles: driving})
	from, to := line(2, 28.6), line(2, 28.7)
	r.Ask(t.Context(), from[0], to[0], plan.Car)
	k := r.Know(t.Context(), Want{plan.Car, from, to})
	require.Zero(t, k.Ways)
	require.Equal(t, plan.City().Time(from[0], to[1], plan.Car, night), k.Time(from[0], to[1], plan.Car, night))
}

// What is wrong with a server costs no more than the time that there is, and leaves estimates.
func TestBadServers(t *testing.T) {
	t.Parallel()
	answer := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	for name, c := range map[string]struct {
		instead http.HandlerFunc
		change  func([][]any) [][]any
		outcome string
	}{
		"slow":      {instead: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, outcome: "slow"},
		"500":       {instead: answer(500, `{"code":"Ok"}`), outcome: "failed"},
		"redirect":  {instead: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, outcome: "failed"},
		"garbage":   {instead: answer(200, `<html>`), outcome: "malformed"},
		"empty":     {instead: answer(200, ``), outcome: "malformed"},
		"another":   {instead: answer(200, `{"code":"Ok","durations":[["x"]]}`), outcome: "malformed"},
		"no table":  {instead: answer(400, `{"code":"TooBig","message":"Too many table coordinates"}`), outcome: "refused"},
		"endless":   {instead: endless, outcome: "malformed"},
		"torn":      {instead: torn, outcome: "failed"},
		"short":     {change: func(t [][]any) [][]any { return t[1:] }, outcome: "malformed"},
		"short row": {change: func(t [][]any) [][]any { t[1] = t[1][1:]; return t }, outcome: "malformed"},
		"negative":  {change: func(t [][]any) [][]any { t[1][0] = -1.5; return t }, outcome: "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.instead, f.change = c.instead, c.change
			timeout := patience
			if name == "slow" {
				timeout = 100 * time.Millisecond
			}
			r, reg := router(t, f, Options{Timeout: timeout})
			from, to := line(3, 28.6), line(2, 28.7)
			k := r.Know(t.Context(), Want{plan.Car, from, to})
			require.Equal(t, 6, k.Guessed)
			require.Equal(t, plan.City().Time(from[0], to[1], plan.Car, night), k.Time(from[0], to[1], plan.Car, night))
			require.InDelta(t, 1, value(t, reg, "zoop_osrm_request_duration_seconds", c.outcome), 0)
			require.InDelta(t, 6, ways(t, reg, "estimate"), 0)
			if c.instead != nil {
				r.Ask(t.Context(), from[0], to[0], plan.Car)
				require.Equal(t, plan.City().Time(from[0], to[0], plan.Car, night), r.Time(from[0], to[0], plan.Car, night))
			}
		})
	}
}

func endless(w http.ResponseWriter, _ *http.Request) {
	for {
		if _, err := w.Write(make([]byte, 1<<16)); err != nil {
			return
		}
	}
}

func torn(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"code":"Ok",`))
}

func TestWaysThatAreNotThereAreEstimatedAndNotAskedAgain(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.change = func(table [][]any) [][]any { table[0][1] = nil; return table }
	r, _ := router(t, f, Options{})
	from, to := line(2, 28.6), line(2, 28.7)
	for range 2 {
		k := r.Know(t.Context(), Want{plan.Car, from, to})
		require.Equal(t, 1, k.Guessed)
		require.Equal(t, plan.City().Time(from[0], to[1], plan.Car, night), k.Time(from[0], to[1], plan.Car, night))
		require.InDelta(t, 10_000, k.Time(from[0], to[0], plan.Car, night).Seconds(), 0.01)
	}
	require.EqualValues(t, 1, f.asked.Load())
}

// Somebody in another country takes no other place's times away, and is no trouble of the server's.
func TestPlacesTooFarAway(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	r, _ := router(t, f, Options{})
	away := domain.Point{Lat: 40, Lng: 77.2}
	from, to := append(line(1, 28.6), away), line(2, 28.7)
	for range 2 * failures {
		k := r.Know(t.Context(), Want{plan.Car, from, to})
		require.Equal(t, 2, k.Guessed)
		require.Equal(t, plan.City().Time(away, to[0], plan.Car, night), k.Time(away, to[0], plan.Car, night))
		require.InDelta(t, 10_000, k.Time(from[0], to[0], plan.Car, night).Seconds(), 0.01)
	}
	r.Ask(t.Context(), away, to[0], plan.Car)
	require.False(t, r.breaker.Open())
	require.EqualValues(t, 1, f.asked.Load())
}

// A place that is on no road takes no other place's times away.
func TestPlacesOffTheRoads(t *testing.T) {
	t.Parallel()
	sea := domain.Point{Lat: 10, Lng: 77.2}
	f := newFake(t)
	f.nowhere = func(lat, _ float64) bool { return lat < 20 }
	r, _ := router(t, f, Options{})
	from, to := append(line(2, 28.6), sea), append([]domain.Point{sea}, line(2, 28.7)...)
	k := r.Know(t.Context(), Want{plan.Car, from, to})
	require.Equal(t, 2+2, k.Guessed, "those of the sea, which is no way from itself")
	require.InDelta(t, 10_000, k.Time(from[0], to[1], plan.Car, night).Seconds(), 0.01)
	before := f.asked.Load()
	require.Equal(t, 4, r.Know(t.Context(), Want{plan.Car, from, to}).Guessed)
	require.Equal(t, before, f.asked.Load(), "it is remembered")
	r.Ask(t.Context(), sea, from[0], plan.Car)
	require.Equal(t, plan.City().Time(sea, from[0], plan.Car, night), r.Time(sea, from[0], plan.Car, night))
}

// A server whose map is of another place answers with the roads at its edge.
func TestRoadsFarAwayAreNotTheseRoads(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.snap = 0.02
	r, _ := router(t, f, Options{})
	from, to := line(2, 28.6), line(2, 28.7)
	require.Equal(t, 4, r.Know(t.Context(), Want{plan.Car, from, to}).Guessed)
	r.Ask(t.Context(), from[0], from[1], plan.Car)
	require.Equal(t, plan.City().Time(from[0], from[1], plan.Car, night), r.Time(from[0], from[1], plan.Car, night))
}

func TestADeadServerIsLeftAloneAndTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.instead = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	r, reg := router(t, f, Options{})
	r.breaker.Pause = time.Hour
	places := line(40, 28.6)
	for _, p := range places {
		r.Ask(t.Context(), places[0], p, plan.Car)
	}
	require.EqualValues(t, failures, f.asked.Load())
	require.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP zoop_osrm_left_alone 1 while the OSRM server is not asked, because it failed several times in a row.
# TYPE zoop_osrm_left_alone gauge
zoop_osrm_left_alone 1
`), "zoop_osrm_left_alone"))

	r, _ = router(t, f, Options{})
	r.breaker.Pause = 50 * time.Millisecond
	for range failures {
		r.Ask(t.Context(), places[0], places[1], plan.Car)
	}
	f.instead = nil
	require.Eventually(t, func() bool { // now and then one is asked, to find out
		r.Ask(t.Context(), places[0], places[9], plan.Car)
		return r.Time(places[0], places[9], plan.Car, night).Round(time.Second) == 900*time.Second
	}, patience, 10*time.Millisecond)
	require.False(t, r.breaker.Open())
}

// Many who each ask of a few places of their own have no places in common: what would be too large a table is estimated.
func TestATableIsBounded(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	r, reg := router(t, f, Options{Timeout: 30 * time.Second})
	wants := []Want{{plan.Car, line(2, 28.6), line(2, 28.7)}}
	for i := range 5000 {
		own := line(8, 28.8+float64(i)/1e5)
		wants = append(wants, Want{plan.Car, own, own})
	}
	k := r.Know(t.Context(), wants...)
	require.LessOrEqual(t, len(k.profiles["driving"].seconds), maxGrid)
	require.InDelta(t, 10_000, k.Time(wants[0].From[0], wants[0].To[0], plan.Car, night).Seconds(), 0.01, "who comes first is asked for")
	require.Equal(t, 4+5000*64, k.Ways)
	last := wants[5000].From
	require.Equal(t, plan.City().Time(last[0], last[1], plan.Car, night), k.Time(last[0], last[1], plan.Car, night))
	require.InDelta(t, float64(k.Guessed), ways(t, reg, "estimate"), 0)
}

func TestFewRequestsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	held := make(chan struct{})
	inside := make(chan struct{}, 100)
	f.instead = func(w http.ResponseWriter, _ *http.Request) {
		inside <- struct{}{}
		<-held
		w.WriteHeader(http.StatusBadRequest)
	}
	r, _ := router(t, f, Options{Timeout: 10 * time.Second})
	done := make(chan *Known)
	go func() {
		done <- r.Know(context.WithoutCancel(t.Context()), Want{plan.Car, line(300, 28.6), line(300, 28.7)})
	}()
	for range atOnce {
		<-inside
	}
	close(held)
	require.Equal(t, 90_000, (<-done).Guessed)
	require.LessOrEqual(t, f.max.Load(), int32(atOnce))
}

func TestWhoeverHasGoneSaysNothingOfTheServer(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	r, _ := router(t, f, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	f.instead = func(_ http.ResponseWriter, req *http.Request) { cancel(); <-req.Context().Done() }
	for range 2 * failures {
		r.Know(ctx, Want{plan.Car, line(2, 28.6), line(2, 28.7)})
	}
	require.True(t, r.breaker.Enter())
}

// Whatever is asked for and remembered in whatever order, each wanted way is told once, and none is told wrongly.
func TestTilesCoverWhatIsUnknown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := &grid{}
		rows, columns := rapid.IntRange(1, 230).Draw(t, "rows"), rapid.IntRange(1, 230).Draw(t, "columns")
		g.sources, g.targets = make([]spot, rows), make([]spot, columns)
		g.seconds = make([]float32, rows*columns)
		for range rapid.IntRange(0, 300).Draw(t, "unknown") {
			g.seconds[rapid.IntRange(0, len(g.seconds)-1).Draw(t, "at")] = unknown
		}
		if rapid.Bool().Draw(t, "new row") {
			for j := range columns {
				g.row(rows - 1)[j] = unknown
			}
		}
		times := make([]int, len(g.seconds))
		for _, b := range g.tiles() {
			require.LessOrEqual(t, len(b.rows), tile)
			require.LessOrEqual(t, len(b.columns), tile)
			for _, i := range b.rows {
				for _, j := range b.columns {
					times[i*columns+j]++
				}
			}
		}
		for at, s := range g.seconds {
			require.LessOrEqual(t, times[at], 1)
			if s == unknown {
				require.Equal(t, 1, times[at])
			}
		}
	})
}
