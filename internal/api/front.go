package api

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// methods are those that a path may be served for; whoever serves GET serves HEAD.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// headers are those of every answer. A handler may replace them, as the page for people and pictures have to; the values are
// shared by all answers, so nobody changes one in its place.
var headers = []struct {
	name  string // in canonical form
	value []string
}{
	{"Cache-Control", []string{"no-store"}},
	{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"Vary", []string{"Origin"}}, // see origins
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"X-Frame-Options", []string{"DENY"}},
}

// front stands before the router. What it does holds for every request, also for those that no route serves: an ID, the
// headers that browsers go by, and who among them may come.
func (s *server) front(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Request-Id"] = []string{requestID(r)}
		for _, of := range headers {
			h[of.name] = of.value
		}
		if s.hsts != "" {
			h.Set("Strict-Transport-Security", s.hsts)
		}
		if err := s.origins.admit(w, r); err != nil {
			s.refuse(w, r, err)
			return
		}
		if r.Method == http.MethodOptions {
			s.options(router, w, r)
			return
		}
		router.ServeHTTP(w, r)
	})
}

// options says what a path is served for, to anybody who asks and to a browser that asks for a page of another origin.
func (s *server) options(router *mux.Router, w http.ResponseWriter, r *http.Request) {
	allowed := allowedMethods(router, r)
	if len(allowed) == 0 {
		s.refuse(w, r, domain.Missing("route"))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.origins.preflight(w, r, allowed)
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, domain.Missing("route"))
}

func (s *server) methodNotAllowed(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := strings.Join(allowedMethods(router, r), ", ")
		w.Header().Set("Allow", allowed)
		s.refuse(w, r, domain.Errorf(domain.Invalid, codeMethod, "this path is served for %s only", allowed))
	})
}

// allowedMethods finds out what a request's path is served for; nothing means that there is no such path.
func allowedMethods(router *mux.Router, r *http.Request) []string {
	var out []string
	for _, method := range methods {
		var match mux.RouteMatch
		probe := *r
		probe.Method = method
		if router.Match(&probe, &match) && match.MatchErr == nil {
			out = append(out, method)
		}
	}
	if len(out) > 0 {
		out = append(out, http.MethodOptions)
	}
	return out
}

// refuse answers a request that gets to no handler.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(r.Context(), s.log, w, w.Header().Get("X-Request-Id"), err)
}

// requestID is the caller's own, when it is short and plain, so that it can be followed through systems; else a new one.
func requestID(r *http.Request) string {
	given := r.Header.Get("X-Request-Id")
	plain := func(b rune) bool {
		return b == '-' || b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
	}
	if given != "" && len(given) <= 64 && strings.IndexFunc(given, func(b rune) bool { return !plain(b) }) < 0 {
		return given
	}
	return domain.ID(id.New()).String()
}
