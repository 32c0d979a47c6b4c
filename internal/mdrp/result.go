package mdrp

import (
	"context"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
)

// Result is a day in figures, taken from the files of its solution. Times are minutes, decisions milliseconds.
type Result struct {
	Instance        string   `json:"instance"`
	Orders          int      `json:"orders"`
	Delivered       int      `json:"delivered"`
	Undelivered     int      `json:"undelivered"`
	ClickToDoor     float64  `json:"clickToDoorMean"`
	ClickToDoorP90  int      `json:"clickToDoorP90"`
	ClickToDoorMax  int      `json:"clickToDoorMax"`
	ReadyToPickup   float64  `json:"readyToPickupMean"`
	Utilisation     float64  `json:"courierUtilisation"`
	OrdersPerBundle float64  `json:"ordersPerBundle"`
	Late            float64  `json:"lateShare"` // of what was delivered, past the instance's target
	Rounds          int      `json:"rounds"`
	DecisionP50     float64  `json:"decisionMsP50"`
	DecisionP99     float64  `json:"decisionMsP99"`
	Violations      []string `json:"violations"` // none: the solution is feasible
}

// Bench replays an instance and looks at what came of it.
func (in *Instance) Bench(ctx context.Context, p plan.Params, progress func(done, all int)) (Result, Files, error) {
	s, err := in.Replay(ctx, p, progress)
	if err != nil {
		return Result{}, nil, err
	}
	files := in.Files(s)
	r := in.Judge(files)
	slices.Sort(s.Rounds)
	r.Rounds = len(s.Rounds)
	r.DecisionP50, r.DecisionP99 = quantile(s.Rounds, 50), quantile(s.Rounds, 99)
	return r, files, nil
}

// Judge checks the files of a solution and takes its figures.
func (in *Instance) Judge(f Files) Result {
	c := in.check(f)
	g := &c.figures
	slices.Sort(g.clickToDoor)
	n := len(g.clickToDoor)
	r := Result{
		Instance: in.Name, Orders: len(in.Orders), Delivered: n, Undelivered: len(in.Orders) - n,
		ClickToDoor: mean(g.clickToDoor), ReadyToPickup: mean(g.readyToPickup),
		Utilisation: g.utilisation / float64(max(1, len(in.Couriers))), OrdersPerBundle: share(n, g.bundles), Late: share(g.late, n),
		Violations: append([]string{}, c.wrong...),
	}
	if n > 0 {
		r.ClickToDoorP90, r.ClickToDoorMax = g.clickToDoor[(n-1)*90/100], g.clickToDoor[n-1]
	}
	return r
}

// figures are what a checker counts on its way.
type figures struct {
	clickToDoor, readyToPickup []int
	late, bundles              int
	utilisation                float64 // sum over couriers
}

func (g *figures) order(o Order, e end, target int) {
	g.clickToDoor = append(g.clickToDoor, e.drop-o.Placed)
	g.readyToPickup = append(g.readyToPickup, e.pickup-o.Ready)
	if e.drop-o.Placed > target {
		g.late++
	}
}

// courier counts as the published evaluator does: what was driven and both services, by the length of the shift.
func (g *figures) courier(u Courier, driven, bundles, drops, pickupMinutes, dropMinutes int) {
	g.bundles += bundles
	if u.Off > u.On {
		g.utilisation += share(driven+bundles*pickupMinutes+drops*dropMinutes, u.Off-u.On)
	}
}

func mean(list []int) float64 {
	sum := 0
	for _, n := range list {
		sum += n
	}
	return share(sum, len(list))
}

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

func quantile(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*percent/100].Seconds() * 1000
}
