// Package billing is the use case of money that is not in the order itself: what gateways are asked for and what they tell,
// refunds, and wallets.
//
// Gateways are called outside of transactions. What they are to be asked for is written down with the decision, and Operate
// asks; what they tell, by an answer, a webhook or when Reconcile asks, is recorded by one function, under the locks of the
// order and its payment, in one transaction with its entries in the books and its events. An order learns of its payment by
// its own timers: this package never moves one itself, save one that cannot be paid any more.
package billing

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// callTimeout bounds a call to a gateway: less than a round of a loop, and than a request may take.
const callTimeout = 6 * time.Second

// Service serves the use cases.
type Service struct {
	db       *postgres.DB
	gateways map[string]payment.Gateway
	returns  rules.Returns
	metrics  metrics
	wake     func()
	log      *slog.Logger
	now      func() time.Time
}

// Options are the service's settings.
type Options struct {
	Gateways []payment.Gateway
	Returns  rules.Returns         // where a gateway's page may send customers; zero: nowhere
	Wake     func()                // called after each commit that wrote events; may be nil
	Log      *slog.Logger          // may be nil
	Registry prometheus.Registerer // of its metrics; may be nil
	Now      func() time.Time      // what webhooks' signatures are compared with; nil: time.Now
}

// New makes the service.
func New(db *postgres.DB, o Options) *Service {
	s := &Service{db: db, gateways: map[string]payment.Gateway{}, returns: o.Returns, metrics: newMetrics(o.Registry), wake: o.Wake, log: o.Log, now: o.Now}
	for _, g := range o.Gateways {
		s.gateways[g.Name()] = observed{g, s.metrics.requests.MustCurryWith(prometheus.Labels{"gateway": g.Name()})}
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// gateway gives one by its name: Unavailable for one that the settings do not name.
func (s *Service) gateway(provider string) (payment.Gateway, error) {
	g, known := s.gateways[provider]
	if !known {
		return nil, domain.Errorf(domain.Unavailable, "payment.no_gateway", "this gateway cannot be reached at the moment")
	}
	return g, nil
}

// tell records what a gateway says of a payment, in a transaction of its own.
func (s *Service) tell(ctx context.Context, paymentID domain.ID, n news) error {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, p, err := tx.HoldPaymentByID(ctx, paymentID)
		if err != nil {
			return err
		}
		return s.store(ctx, tx, o, p, n)
	})
	if err == nil {
		s.wake()
	}
	return err
}

// store records news of a held payment and stores its order. Of more than is left of a payment it raises the alarm; again, should the
// transaction be done again.
func (s *Service) store(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) error {
	excess := p.Excess.Amount
	events, err := record(ctx, tx, o, p, n)
	if err != nil {
		return err
	}
	if p.Excess.Amount > excess {
		s.metrics.overdrawn.WithLabelValues(p.Provider).Inc()
		s.log.ErrorContext(ctx, "gateway has given back more than is left of a payment", logkey.Order, o.ID, logkey.Event, "payment.overdrawn")
	}
	if p.State != rules.Created {
		if err := tx.AskPaymentIn(ctx, p.ID, 0); err != nil {
			return err
		}
	}
	return tx.StoreOrder(ctx, o, domain.System, events...)
}
