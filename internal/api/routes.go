package api

import (
	"net/http"

	"github.com/zoop-dev/zoop/internal/domain"
)

// route is one row of the table below.
type route struct {
	method string
	path   string
	may    access
	handle handler
	raw    func(w http.ResponseWriter, r *http.Request, actor domain.Actor) // instead of handle, for what is no JSON call
}

// routes is the whole API on one screen. A test holds it equal to the contract, openapi.yaml.
func (h *handlers) routes() []route {
	return []route{
		{"GET", "/healthz", public, h.healthz, nil},
		{"GET", "/readyz", public, h.readyz, nil},
		{"GET", "/metrics", public, nil, h.metrics},
		{"GET", "/version", public, h.version, nil},
		{"GET", "/openapi.json", public, h.openapi, nil},
		{"GET", "/docs", public, h.docs, nil},
	}
}
