// Package boot is the only composer: it turns settings into stores, stores into use cases, use cases into faces, and runs
// them together until it is told to stop.
//
// Starting goes up the layers and stopping goes down: first nobody new comes in, then what was begun is finished, then the
// loops end, then the stores are closed.
package boot

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	_ "time/tzdata" // vendors' wall clocks, also on machines without a zone database

	"github.com/zoop-dev/zoop/internal/api"
	"github.com/zoop-dev/zoop/internal/api/ws"
	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/feed"
	"github.com/zoop-dev/zoop/internal/app/fleet"
	"github.com/zoop-dev/zoop/internal/app/notify"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/app/pictures"
	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/app/rules"
	"github.com/zoop-dev/zoop/internal/app/support"
	"github.com/zoop-dev/zoop/internal/app/webhooks"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	moving "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/osrm"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/worker"
)

// App is a serving process.
type App struct {
	config   *config.Config
	log      *slog.Logger
	registry *prometheus.Registry
	draining atomic.Bool

	db    *postgres.DB
	redis *redis.Client

	accounts  *account.Service
	notifier  *notify.Notifier
	pictures  *pictures.Service
	catalog   *catalog.Service
	ordering  *ordering.Service
	billing   *billing.Service
	positions *positions.Positions
	fleet     *fleet.Service
	delivery  *delivery.Service
	reviews   *review.Service
	support   *support.Service
	webhooks  *webhooks.Service
	feed      *feed.Feed
	relay     *worker.Relay
	hub       *ws.Hub

	listener net.Listener
	server   *http.Server

	opsListener net.Listener
	ops         *http.Server
}

// New connects the stores and builds everything on them; nothing runs yet. It listens already, so that a taken port is
// told at once. onMail sees each mail that a development mailbox keeps; it may be nil.
// Errors: Invalid for settings that do not fit together, Unavailable when Postgres is away, Conflict for a taken port.
func New(ctx context.Context, c *config.Config, log *slog.Logger, onMail MailWatcher) (*App, error) {
	a := &App{config: c, log: log, registry: prometheus.NewRegistry()}
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := a.openStores(ctx); err != nil {
		return nil, err
	}
	if err := a.compose(ctx, onMail); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *App) openStores(ctx context.Context) error {
	db, err := postgres.Open(ctx, a.config.DatabaseURL, postgres.Options{MaxConns: a.config.MaxConns, Pooler: a.config.Pooler})
	if err != nil {
		return err
	}
	rdb, err := redis.Open(a.config.RedisURL, redis.Options{Log: a.log})
	if err != nil {
		db.Close()
		return err
	}
	db.RefundGrace = a.config.RefundGrace
	a.db, a.redis = db, rdb
	return nil
}

func (a *App) compose(ctx context.Context, onMail MailWatcher) error {
	gateways, err := newGateways(a.config)
	if err != nil {
		return err
	}
	if err := a.openPictures(ctx); err != nil {
		return err
	}
	a.relay = worker.NewRelay(a.db, a.redis, a.log, a.registry)
	a.feed = feed.New(a.db, a.redis, a.log, a.registry)
	a.accounts = account.New(a.db, account.Options{
		Ended: a.onSessionEnded, Wake: a.relay.Wake, Logger: a.log, Registry: a.registry, Pictures: a.pictures.Keep,
	})
	a.catalog = catalog.New(a.db, catalog.Options{
		Redis: a.redis, Wake: a.relay.Wake, Logger: a.log, Registry: a.registry, Pictures: a.pictures.Keep,
	})
	roads := osrm.New(osrm.Options{
		URL: a.config.OSRMURL, Profiles: a.config.OSRMProfiles, Timeout: a.config.OSRMTimeout, Log: a.log, Registry: a.registry,
	})
	a.db.Travel, a.db.Happened = roads, newAccuracy(a.registry).note
	a.ordering = ordering.New(a.db, ordering.Options{Wake: a.relay.Wake, CompleteAfter: a.config.CompleteAfter, Providers: names(gateways), Takes: takes(gateways), Roads: roads})
	returns, err := payment.ParseReturns(a.config.ReturnURLs)
	if err != nil {
		return err
	}
	a.billing = billing.New(a.db, billing.Options{Gateways: gateways, Returns: returns, Wake: a.relay.Wake, Log: a.log, Registry: a.registry})
	a.positions = positions.New(a.db, a.redis, a.log)
	a.fleet = fleet.New(a.db, fleet.Options{Wake: a.relay.Wake, Redraw: a.pictures.Redraw, Positions: a.positions})
	a.delivery = delivery.New(a.db, delivery.Options{
		Wake: a.relay.Wake, CompleteAfter: a.config.CompleteAfter, ArriveWithin: a.config.ArriveWithin, Pictures: a.pictures.Keep,
		Positions: a.positions, Roads: roads, Registry: a.registry,
	})
	a.reviews = review.New(a.db, review.Options{Wake: a.relay.Wake, Pictures: a.pictures.Keep})
	a.support = support.New(a.db, a.redis, a.relay.Wake)
	a.webhooks = webhooks.New(a.db, webhooks.Options{Open: a.config.WebhookNetworks, Wake: a.relay.Wake, Log: a.log, Registry: a.registry})
	if a.plays("worker") {
		sender, err := newSender(a.config, a.log, onMail)
		if err != nil {
			return err
		}
		a.notifier = notify.New(a.db, sender, a.log, a.registry)
	}
	if err := a.openOps(ctx); err != nil || !a.plays("api") {
		return err
	}
	return a.composeAPI(ctx)
}

func (a *App) composeAPI(ctx context.Context) error {
	ticketKey, err := a.accounts.SharedKey(ctx, "websocket tickets")
	if err != nil {
		return err
	}
	a.hub, err = ws.New(ws.Deps{
		DB: a.db, Redis: a.redis, Authorizer: topics{a.ordering, a.db}, Log: a.log, Registry: a.registry,
		TicketKey: ticketKey, Origins: a.config.Origins, OnLocation: a.onLocation,
		MaxConns: a.config.MaxSockets, MaxEach: a.config.SocketsEach,
	})
	if err != nil {
		return err
	}
	a.feed.Attach(a.hub.Sink())
	a.feed.Attach(feed.Sink{Records: a.positions.Records, Reset: a.positions.Reset})
	a.feed.Attach(feed.Sink{
		Records: a.catalog.Cache().Records,
		Reset:   func(string, int64) { a.catalog.Cache().Clear() },
		Current: a.catalog.Cache().Current,
	})
	handler, err := api.New(api.Deps{
		Log: a.log, Authenticate: a.accounts.Authenticate, Once: a.db.Once, Accounts: a.accounts, Catalog: a.catalog, Ordering: a.ordering, Billing: a.billing,
		Positions: a.positions, Fleet: a.fleet, Delivery: a.delivery, Reviews: a.reviews, Support: a.support, Webhooks: a.webhooks, Payouts: billing.NewPayouts(a.db), Papers: billing.NewPapers(a.db),
		Rules: rules.New(a.db), Pictures: a.pictures, PictureURL: a.config.MediaPublicURL,
		Sockets: a.hub, Ready: a.ready, Registry: a.registry,
		Metrics: promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}), Origins: a.config.Origins, HSTS: a.config.HSTS,
		Limits: a.limits(),
	})
	if err != nil {
		return err
	}
	a.server = newServer(a.farewell(handler), a.log)
	a.listener, err = listen(ctx, a.config)
	return err
}

func (a *App) plays(role string) bool { return slices.Contains(a.config.Roles, role) }

// Address is where the API listens; "" without the role api.
func (a *App) Address() string {
	if a.listener == nil {
		return ""
	}
	return a.listener.Addr().String()
}

// OpsAddress is where those are heard who watch over the process; "" where the settings name no place.
func (a *App) OpsAddress() string {
	if a.opsListener == nil {
		return ""
	}
	return a.opsListener.Addr().String()
}

// ready says whether the process can serve.
func (a *App) ready(ctx context.Context) error {
	if a.draining.Load() {
		return domain.Errorf(domain.Unavailable, "draining", "the process is stopping")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	return a.db.Ping(ctx)
}

// Run serves until ctx ends, then drains and closes everything. It returns nil after an orderly stop.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	// The loops outlive ctx: what a request began while draining still needs them.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, work := errgroup.WithContext(work)
	for _, run := range a.loops() {
		group.Go(func() error { return run(work) })
	}
	group.Go(func() error {
		select {
		case <-ctx.Done():
		case <-work.Done():
		}
		a.drain(context.WithoutCancel(ctx))
		stop()
		return nil
	})
	err := group.Wait()
	if err != nil && errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

func (a *App) loops() []func(context.Context) error {
	logged := func(l worker.Loop) func(context.Context) error {
		return func(ctx context.Context) error { return l.Run(ctx, a.log) }
	}
	runs := []func(context.Context) error{tendGarbage}
	if a.ops != nil {
		runs = append(runs, a.serveOps)
	}
	if a.plays("api") {
		runs = append(runs, a.serve, a.feed.Run, a.hub.Run, a.accounts.Run, a.positions.Run, a.followHints, a.followMoves)
	}
	if a.plays("relay") {
		runs = append(runs, a.relay.Run)
	}
	if a.plays("worker") {
		runs = append(runs, logged(worker.Deadlines(a.ordering)), logged(worker.Orphans(a.ordering)), logged(worker.Carts(a.ordering)), logged(worker.Promises(a.ordering)), logged(worker.Alerts(a.support)), logged(worker.OldAlerts(a.db)), logged(worker.Offers(a.delivery)), logged(worker.Couriers(a.fleet)), logged(worker.Deliveries(a.delivery)),
			logged(worker.Housekeeping(a.db)), logged(worker.Decisions(a.db)), logged(worker.Tracking(a.db)), logged(worker.Documents(a.db)), logged(worker.Slots(a.db)), logged(worker.Words(a.db)), logged(worker.Audit(a.db)), worker.Letters(a.db, a.notifier, a.log), logged(worker.Pictures(a.pictures)),
			logged(worker.Ratings(a.reviews)), logged(worker.Turns(a.catalog)), logged(worker.Zones(a.db)),
			logged(worker.Operations(a.billing)), logged(worker.Reconciliation(a.billing)), logged(worker.Backlog(a.billing)), logged(worker.GatewayEvents(a.db)),
			logged(worker.WeeklyPayouts(billing.NewPayouts(a.db))), logged(worker.Papers(billing.NewPapers(a.db))),
			logged(worker.Kitchens(a.ordering)),
			logged(worker.Webhooks(a.webhooks)), a.webhooks.Run, logged(worker.WebhookBacklog(a.webhooks)), logged(worker.OldWebhooks(a.webhooks)))
	}
	if a.plays("dispatch") {
		runs = append(runs, logged(worker.Dispatch(a.delivery)))
	}
	return runs
}

func (a *App) serve(context.Context) error { return serving(a.server.Serve(a.listener)) }

// followHints hears what other instances changed, sooner than the feed tells.
func (a *App) followHints(ctx context.Context) error {
	err := a.redis.FollowHints(ctx, func(h redis.Hint) {
		switch h.Kind {
		case redis.HintVendor:
			a.catalog.Hint(h.Key)
		case redis.HintSession:
			if session, err := domain.ParseID(h.Key); err == nil {
				a.hub.RevokeSession(session)
			}
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// followMoves hears where couriers are, from all instances, for the sockets of this one.
func (a *App) followMoves(ctx context.Context) error { return a.redis.FollowMoves(ctx, a.hub.Moved) }

// farewell has each answer of a draining process say that it is the connection's last. The server itself would rather close, at once,
// all that are idle, and with them those on which a request is under way already.
func (a *App) farewell(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// drain lets nobody new in and waits for what was begun, within the bound of the settings: balancers see /readyz say no for
// a while first, sockets are told to go elsewhere, then requests end.
func (a *App) drain(ctx context.Context) {
	a.draining.Store(true)
	if a.server == nil {
		return
	}
	a.log.InfoContext(ctx, "draining")
	ctx, cancel := context.WithTimeout(ctx, a.config.Drain)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-time.After(a.config.Unready):
	}
	if err := a.hub.Drain(ctx); err != nil {
		a.log.WarnContext(ctx, "sockets cut off", logkey.Error, err.Error())
	}
	if err := shutdown(ctx, a.server, a.listener); err != nil {
		a.log.WarnContext(ctx, "requests cut off", logkey.Error, err.Error())
		_ = a.server.Close()
	}
}

func (a *App) close() {
	if a.listener != nil {
		_ = a.listener.Close()
	}
	if a.opsListener != nil {
		_ = a.opsListener.Close()
	}
	_ = a.redis.Close()
	a.db.Close()
}

// onSessionEnded closes the sockets of a session that has ended. A process without the role api has none.
func (a *App) onSessionEnded(session domain.ID) {
	if a.hub != nil {
		a.hub.RevokeSession(session)
	}
}

// onLocation notes a position that came over a socket.
func (a *App) onLocation(ctx context.Context, actor domain.Actor, l ws.Location) error {
	fix := moving.Fix{Point: l.Point, At: l.At}
	if l.Accuracy != nil {
		fix.Accuracy = *l.Accuracy
	}
	return a.positions.Move(ctx, actor.ID, fix)
}
