// Package osrm tells how long ways take: an OSRM server (project-osrm.org) is asked where there is one, and what it does not answer is
// estimated by plan.Roads. So nothing here fails: a server that is slow, dead or wrong only makes the times worse.
//
// Whoever needs many ways asks for them before (Know), whoever needs one does so with Ask; neither takes longer than its bound. Then the
// answers are in memory. A request has a time limit and a bounded answer, there are few of them at once, and a server that failed
// several times in a row is left alone for some seconds.
package osrm

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/limit"
)

// Bounds of what a server is asked for, and of what is remembered.
const (
	tile        = 100     // sources and destinations of a request: osrm-routed refuses more unless it is told otherwise
	atOnce      = 4       // requests of this process
	maxGrid     = 1 << 24 // ways from any to any place of what is asked for at once: 64 MB
	maxBody     = 4 << 20 // of an answer; a whole tile has about 150 kB
	maxWays     = 1 << 18 // remembered, of about 100 bytes each
	rememberFor = 30 * time.Minute
	failures    = 5 // in a row, until the server is left alone
	pause       = 5 * time.Second

	// DefaultTimeout bounds Know, and four times over Ask.
	DefaultTimeout = time.Second
)

// Options are a Router's settings.
type Options struct {
	URL      string            // of the server; {profile} in it stands for the profile; "": there is none
	Profiles map[string]string // by vehicle; the ways of others are estimated
	Timeout  time.Duration     // 0: DefaultTimeout
	Roads    *plan.Roads       // what estimates; nil: plan.City
	Log      *slog.Logger      // nil: silent
	Registry prometheus.Registerer
}

// Router knows how long ways take. It is a plan.Travel that answers from memory.
type Router struct {
	roads    plan.Roads
	url      string
	profiles map[plan.Vehicle]string
	timeout  time.Duration
	http     *http.Client
	slots    chan struct{}
	breaker  limit.Breaker
	ways     *otter.Cache[way, float32]
	log      *slog.Logger
	metrics  metrics
}

// way is one, from a place to a place.
type way struct {
	profile  string
	from, to spot
}

// spot is a place to the fifth decimal of a degree, about a metre: what a server is asked for.
type spot struct{ lat, lng int32 }

const perDegree = 1e5

func spotOf(p domain.Point) spot {
	round := func(deg float64) int32 {
		if deg < 0 {
			return int32(deg*perDegree - 0.5)
		}
		return int32(deg*perDegree + 0.5)
	}
	return spot{round(p.Lat), round(p.Lng)}
}

// New makes a router; it does not connect.
func New(o Options) *Router {
	r := &Router{
		roads: plan.City(), url: strings.TrimSuffix(o.URL, "/"), profiles: map[plan.Vehicle]string{}, timeout: o.Timeout, log: o.Log,
		http:  client(),
		slots: make(chan struct{}, atOnce), breaker: limit.Breaker{After: failures, Pause: pause},
		ways: otter.Must(&otter.Options[way, float32]{MaximumSize: maxWays, ExpiryCalculator: otter.ExpiryWriting[way, float32](rememberFor)}),
	}
	if o.URL != "" {
		for vehicle, profile := range o.Profiles {
			r.profiles[plan.Vehicle(vehicle)] = profile
		}
	}
	if o.Roads != nil {
		r.roads = *o.Roads
	}
	if r.timeout == 0 {
		r.timeout = DefaultTimeout
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.metrics = newMetrics(o.Registry, &r.breaker)
	return r
}

// Time implements plan.Travel from what is remembered, and estimates the rest.
func (r *Router) Time(from, to domain.Point, by plan.Vehicle, at time.Time) time.Duration {
	if profile, ok := r.profiles[by]; ok {
		if seconds, ok := r.ways.GetIfPresent(way{profile, spotOf(from), spotOf(to)}); ok && seconds >= 0 {
			return r.inTraffic(seconds, by, at)
		}
	}
	return r.roads.Time(from, to, by, at)
}

// inTraffic is how long a way takes at an hour that takes so many seconds on empty roads: a server knows no traffic.
func (r *Router) inTraffic(seconds float32, by plan.Vehicle, at time.Time) time.Duration {
	s := float64(seconds)
	if by == plan.Car || by == plan.Motorbike {
		s /= r.roads.Hours[at.Hour()]
	}
	return time.Duration(s * float64(time.Second))
}

// Ask has the server tell of one way, unless it is remembered, within a quarter of the router's time; Time then knows it, if the server
// did.
func (r *Router) Ask(ctx context.Context, from, to domain.Point, by plan.Vehicle) {
	profile, ok := r.profiles[by]
	if !ok {
		return
	}
	w := way{profile, spotOf(from), spotOf(to)}
	if seconds, ok := r.ways.GetIfPresent(w); ok {
		r.metrics.told(seconds, r.metrics.remembered)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout/4)
	defer cancel()
	seconds, err := r.route(ctx, w)
	if err != nil {
		r.metrics.estimated.Inc()
		return
	}
	r.ways.Set(w, seconds)
	r.metrics.told(seconds, r.metrics.asked)
}
