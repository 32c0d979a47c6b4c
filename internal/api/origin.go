package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

// What a page of a listed origin may send and read. There are no cookies, so credentials are never allowed.
const (
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id"
	corsExposed = "ETag, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
	corsMaxAge  = "7200" // seconds; browsers keep it no longer
)

// origins are the web origins, besides our own host, whose pages may use the API. "*" lets all in.
type origins struct {
	listed []string
	any    bool
	guard  *http.CrossOriginProtection
}

// newOrigins fails for what is no origin, such as one with a path.
func newOrigins(list []string) (*origins, error) {
	o := &origins{any: slices.Contains(list, "*"), guard: http.NewCrossOriginProtection()}
	for _, origin := range list {
		if origin == "*" {
			continue
		}
		origin = strings.ToLower(origin)
		if err := o.guard.AddTrustedOrigin(origin); err != nil {
			return nil, domain.Invalidf("origins", "origin", "%q is no origin such as https://app.example: %v", origin, err)
		}
		o.listed = append(o.listed, origin)
	}
	return o, nil
}

// admit lets in what may come: clients that are no browser, our own pages, those of listed origins, and whoever only
// reads, as a browser shows a foreign page nothing of that. It returns Forbidden for a foreign page that would change
// something, or asks whether it may.
func (o *origins) admit(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	origin := r.Header.Get("Origin")
	if origin != "" && (o.any || slices.Contains(o.listed, origin)) {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", corsExposed)
		return nil
	}
	if o.any {
		return nil
	}
	if preflights(r) || o.guard.Check(r) != nil {
		return domain.Errorf(domain.Forbidden, "origin", "pages of this origin may not do that; the setting origins lists those that may")
	}
	return nil
}

// preflight answers the question of a browser whose origin has been let in.
func (o *origins) preflight(w http.ResponseWriter, r *http.Request, methods []string) {
	if !preflights(r) {
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", corsMaxAge)
}

func preflights(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}
