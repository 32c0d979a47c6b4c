// Package api is the REST face: the route table, the handlers, the contract they keep and the one map of errors to HTTP.
//
// A request is authenticated, checked against its row of the table and against openapi.yaml, and then handed to a use case;
// handlers only translate. What is wrong with a request is always answered as application/problem+json (RFC 9457).
package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/fleet"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/app/pictures"
	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/app/rules"
	"github.com/zoop-dev/zoop/internal/app/support"
	"github.com/zoop-dev/zoop/internal/app/webhooks"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/positions"
)

// Deps are what the handlers serve from.
type Deps struct {
	Log          *slog.Logger
	Authenticate func(ctx context.Context, token string) (domain.Actor, error)
	// Once runs work at most once for a request's key, and gives its first answer to every later request with that key.
	Once      func(ctx context.Context, r domain.Request, work func(context.Context) (domain.Answer, error)) (domain.Answer, error)
	Accounts  *account.Service
	Catalog   *catalog.Service
	Ordering  *ordering.Service
	Billing   *billing.Service
	Positions *positions.Positions
	Fleet     *fleet.Service
	Delivery  *delivery.Service
	Reviews   *review.Service
	Support   *support.Service
	Webhooks  *webhooks.Service
	Payouts   *billing.Payouts
	Papers    *billing.Papers
	Rules     *rules.Service
	Sockets   Sockets
	Origins   []string                        // web origins, besides our own host, whose pages may use the API; "*": all
	HSTS      time.Duration                   // for how long browsers shall come by TLS only; 0: not said
	Ready     func(ctx context.Context) error // Unavailable while draining or without Postgres
	Metrics   http.Handler
	Registry  prometheus.Registerer
	Limits    Limits

	Pictures   *pictures.Service
	PictureURL string // where clients get pictures, if not from here
}

// Sockets is the live feed's face, a neighbour of this package: neither imports the other.
type Sockets interface {
	// Serve takes the connection over; an error means that it did not.
	Serve(w http.ResponseWriter, r *http.Request, actor domain.Actor) error
	// Stream does so with the events of one order, as Server-Sent Events.
	Stream(w http.ResponseWriter, r *http.Request, actor domain.Actor, order domain.ID) error
	// NewTicket gives a ticket that opens one socket, and the seconds it lives.
	NewTicket(actor domain.Actor) (ticket string, expiresIn int, err error)
	// Redeem uses a ticket up, and gives who got it: Unauthenticated "ticket".
	Redeem(ctx context.Context, ticket string) (domain.Actor, error)
}

// handlers holds what every handler may use.
type handlers struct {
	Deps
	contract *contract
	pics     pictureBase
	exports  chan struct{} // a place for each that runs
}

// New builds the API's handler. It fails for an origin that is none (Invalid), and when the build is broken: a route without
// a contract or the reverse.
func New(d Deps) (http.Handler, error) {
	c, err := loadContract()
	if err != nil {
		return nil, err
	}
	o, err := newOrigins(d.Origins)
	if err != nil {
		return nil, err
	}
	h := &handlers{Deps: d, contract: c, pics: newPictureBase(d.PictureURL), exports: make(chan struct{}, maxExports)}
	s := &server{
		log: d.Log, auth: d.Authenticate, duration: newDuration(d.Registry), keys: d.Once, origins: o,
		limits: newLimiter(d.Limits, d.Registry), gate: newGate(d.Limits, d.Registry), proxies: d.Limits.Proxies,
		uploads: &uploads{by: map[domain.ID]int{}},
	}
	if d.Sockets != nil {
		s.tickets = d.Sockets.Redeem
	}
	if d.HSTS > 0 {
		s.hsts = fmt.Sprintf("max-age=%d; includeSubDomains", int(d.HSTS/time.Second))
	}
	return s.mount(c, h.routes())
}
