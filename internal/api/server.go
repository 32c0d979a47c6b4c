package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// server turns the route table into a handler.
type server struct {
	log      *slog.Logger
	auth     func(ctx context.Context, token string) (domain.Actor, error)
	tickets  func(ctx context.Context, ticket string) (domain.Actor, error)
	duration *prometheus.HistogramVec
	keys     func(context.Context, domain.Request, func(context.Context) (domain.Answer, error)) (domain.Answer, error)
	limits   *limiter
	gate     *gate
	proxies  networks
	origins  *origins
	hsts     string // Strict-Transport-Security; "": not sent
	uploads  *uploads
}

func newDuration(reg prometheus.Registerer) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "zoop_http_request_duration_seconds", Help: "Time from a request's header to its answer.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "status"})
	reg.MustRegister(h)
	return h
}

// mount builds the router. It fails when a route is not in the contract, when the contract has one that is not here, and
// when a route does not say who may call it or has a path that is not to be matched.
func (s *server) mount(c *contract, routes []route) (http.Handler, error) {
	router := mux.NewRouter().SkipClean(true) // a path is what was sent: nothing is cleaned, nothing redirected
	for _, rt := range routes {
		if !rt.may.public && len(rt.may.grants) == 0 {
			return nil, fmt.Errorf("%s %s: the table does not say who may call it", rt.method, rt.path)
		}
		op, err := c.operation(rt.method, rt.path)
		if err != nil {
			return nil, err
		}
		matches, err := pathMatcher(rt.path)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", rt.method, rt.path, err)
		}
		served := []string{rt.method}
		if rt.method == http.MethodGet {
			served = append(served, http.MethodHead)
		}
		// The path comes first: of the other order the router forgets that it found the path, and says 404 for 405.
		router.MatcherFunc(matches).Methods(served...).Handler(s.serve(rt, op))
	}
	if missing := c.unserved(routes); len(missing) > 0 {
		return nil, fmt.Errorf("the contract promises what no route serves: %s", strings.Join(missing, ", "))
	}
	router.NotFoundHandler = http.HandlerFunc(s.notFound)
	router.MethodNotAllowedHandler = s.methodNotAllowed(router)
	return s.front(router), nil
}

func (c *contract) unserved(routes []route) []string {
	var missing []string
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			if !slices.ContainsFunc(routes, func(r route) bool { return r.method == method && r.path == path }) {
				missing = append(missing, method+" "+path)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// serve is the way of every request that a route serves: a time limit, is there room, who asks, not too often, may they, is it
// well-formed; then, in a slot, the handler. A page that is in memory takes no slot, and so little time that it needs no limit.
func (s *server) serve(rt route, op *operation) http.Handler {
	k := classOf(rt.method, rt.path, rt.may.public)
	duration := s.durations(rt)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		c := &call{Request: r, ctx: r.Context(), w: rec, op: op, requestID: rec.Header().Get("X-Request-Id")}
		defer s.finish(c, rt, rec, start, duration)
		if rt.raw == nil && !(op.atHand && anonymous(r)) {
			c.limitTime()
		}
		if err := s.dispatch(c, rt, k); err != nil {
			s.cut(c, err)
			writeProblem(c.Context(), s.log, rec, c.requestID, err)
		}
	})
}

// durations finds where a route's times are counted, by status; what is answered most often is not looked up each time.
func (s *server) durations(rt route) func(status int) prometheus.Observer {
	of := func(status int) prometheus.Observer {
		return s.duration.WithLabelValues(rt.method, rt.path, strconv.Itoa(status))
	}
	ok := sync.OnceValue(func() prometheus.Observer { return of(http.StatusOK) })
	return func(status int) prometheus.Observer {
		if status == http.StatusOK {
			return ok()
		}
		return of(status)
	}
}

func (s *server) dispatch(c *call, rt route, k class) error {
	c.address = clientAddress(c.Request, s.proxies)
	c.actor.From = domain.Origin{Address: addressText(c.address), RequestID: c.requestID}
	if !c.op.atHand {
		if err := s.gate.open(k); err != nil {
			return err
		}
	}
	if !rt.may.blind {
		if err := s.authenticate(c, rt.may); err != nil {
			return err
		}
	}
	if err := s.limits.take(c, k); err != nil {
		return err
	}
	if err := rt.may.check(c.actor); err != nil {
		return err
	}
	if rt.raw != nil {
		return s.gate.through(c, k, func() error { return rt.raw(c.w, c.Request, c.actor) })
	}
	var err error
	if c.query, err = c.op.checkParams(c.Request); err != nil {
		return err
	}
	if c.op.atHand {
		if a, ok, err := c.fromMemory(rt); ok || err != nil {
			if err == nil {
				err = a.write(c)
			}
			return err
		}
		if err := s.gate.open(k); err != nil {
			return err
		}
	}
	c.limitTime()
	if c.op.file != nil {
		release, err := s.uploads.take(c.actor)
		if err != nil {
			return err
		}
		defer release()
	}
	if err := c.readBody(); err != nil {
		return err
	}
	var a answer
	err = s.gate.through(c, k, func() (err error) {
		a, err = s.once(c, rt)
		return err
	})
	if err != nil {
		return err
	}
	return a.write(c)
}

// finish survives a panic of the handler, and counts and logs the request.
func (s *server) finish(c *call, rt route, rec *recorder, start time.Time, duration func(status int) prometheus.Observer) {
	p := recover()
	if c.cancel != nil {
		defer c.cancel()
	}
	if p != nil && p != http.ErrAbortHandler { //nolint:errorlint // it is the value itself
		err := &panicError{p, debug.Stack()}
		if rec.wrote {
			logPanic(c.Context(), s.log, c.requestID, err)
		} else {
			writeProblem(c.Context(), s.log, rec, c.requestID, err)
		}
	}
	took := time.Since(start)
	duration(rec.status).Observe(took.Seconds())
	if s.log.Enabled(c.Context(), slog.LevelDebug) { // else its arguments would be made for nothing
		s.log.DebugContext(c.Context(), "request", logkey.RequestID, c.requestID, logkey.Method, rt.method, logkey.Route, rt.path,
			logkey.Status, rec.status, logkey.Duration, took.Milliseconds(), logkey.Role, c.actor.Role)
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // it is the value itself
		panic(p) // the server cuts the connection
	}
}

// recorder remembers what was answered. Unwrap lets a WebSocket take the connection over.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (r *recorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.wrote = true
	return r.ResponseWriter.Write(b)
}

// Unwrap gives the writer below, for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
