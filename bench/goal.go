package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Goal is one row of the table: what zoop does, against what the machine can do.
type Goal struct {
	Name    string // short, for -run
	Work    string // what zoop does
	Against string // what it is compared with
	Unit    string // of both sides' values
	Bar     float64
	Aim     float64
	Note    string // printed below the table
	AtMost  bool   // the ratio is a cost: bar and aim are upper bounds
	// Prepare sets up both sides. What it starts through the Place ends with the goal. It returns a skip where something is
	// missing that the goal needs.
	Prepare func(ctx context.Context, p *Place) (zoop, limit Side, err error)
}

// Side is one party of a pair: it works for about d and says how it went. What it says of work that failed is an error.
type Side func(ctx context.Context, d time.Duration) (Sample, error)

// Sample is one turn of a side.
type Sample struct {
	Value    float64       // in the goal's unit
	P50, P99 time.Duration // of a piece of work; 0: not measured
	Load     float64       // processors that the load generator took; 0: it is the side itself
	Server   time.Duration // processor time that the server took for a piece of work; 0: not measured
	Machine  time.Duration // that all processes took for it, stores and load generator among them; 0: not measured
}

// skip says why a goal cannot be measured here.
type skip string

func (s skip) Error() string { return string(s) }

// result is what came of a goal.
type result struct {
	Goal
	zoop, limit []Sample
	err         error
}

// run has both sides take turns.
func (g Goal) run(ctx context.Context, p *Place, rounds int, turn time.Duration) result {
	res := result{Goal: g}
	defer p.clear()
	zoop, limit, err := g.Prepare(ctx, p)
	if err != nil {
		res.err = err
		return res
	}
	for round := -1; round < rounds; round++ {
		d := turn
		if round < 0 {
			d = min(turn, time.Second) // to warm up: it does not count
		}
		for _, side := range []struct {
			Side
			name string
			to   *[]Sample
		}{{zoop, "zoop", &res.zoop}, {limit, "limit", &res.limit}} {
			s, err := side.Side(ctx, d)
			if err != nil {
				res.err = fmt.Errorf("%s: %w", side.name, err)
				return res
			}
			if round < 0 {
				continue
			}
			*side.to = append(*side.to, s)
			fmt.Fprintf(os.Stderr, "%s %d %-5s %s\n", g.Name, round+1, side.name, s.text(g.Unit))
		}
	}
	return res
}

func (s Sample) text(unit string) string {
	text := number(s.Value) + " " + unit
	if s.P99 > 0 {
		text += fmt.Sprintf(", p50 %s, p99 %s", short(s.P50), short(s.P99))
	}
	if s.Server > 0 {
		text += fmt.Sprintf(", server %.1f µs CPU each", float64(s.Server)/1e3)
	}
	if s.Machine > 0 {
		text += fmt.Sprintf(", machine %.1f µs CPU each", float64(s.Machine)/1e3)
	}
	if s.Load > 0 {
		text += fmt.Sprintf(", load generator %.2f CPU", s.Load)
	}
	return text
}

// ratios are those of the rounds, ascending.
func (r result) ratios() []float64 {
	all := make([]float64, len(r.zoop))
	for i := range all {
		all[i] = r.zoop[i].Value / r.limit[i].Value
	}
	slices.Sort(all)
	return all
}

// ratio is the median of the rounds' ratios.
func (r result) ratio() float64 { return middle(r.ratios()) }

// verdict is a word for the table.
func (r result) verdict() string {
	var s skip
	switch {
	case errors.As(r.err, &s):
		return "skipped: " + string(s)
	case r.err != nil:
		return "failed: " + strings.ReplaceAll(r.err.Error(), "\n", " ")
	case r.meets(r.Aim):
		return "aim reached"
	case r.meets(r.Bar):
		return "bar reached"
	}
	return "missed"
}

func (r result) meets(mark float64) bool {
	if r.AtMost {
		return r.ratio() <= mark
	}
	return r.ratio() >= mark
}

// line is the result for people who watch.
func (r result) line() string {
	if r.err != nil {
		return r.Name + ": " + r.verdict()
	}
	all := r.ratios()
	return fmt.Sprintf("%s: %.2f (%.2f to %.2f), bar %.2f, aim %.2f: %s", r.Name, r.ratio(), all[0], all[len(all)-1], r.Bar, r.Aim, r.verdict())
}

// median is that of one figure of a side's turns.
func median(samples []Sample, of func(Sample) float64) float64 {
	all := make([]float64, len(samples))
	for i, s := range samples {
		all[i] = of(s)
	}
	slices.Sort(all)
	return middle(all)
}

func middle(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// number has as many digits as mean something.
func number(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func short(d time.Duration) string {
	if d > 10*time.Millisecond {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
