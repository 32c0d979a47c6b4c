package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of a connection. A request that is not here whole within readTimeout is cut off; a route that takes more than
// JSON gives itself longer. The answer's bound is wider than the handlers' own time limit.
const (
	readTimeout    = 4 * time.Second
	writeTimeout   = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 32 << 10 // net/http answers more with a bare 431
)

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// listen opens the API's address; past the most connections that the settings allow, newcomers wait until others go.
// Conflict when somebody else has it.
func listen(ctx context.Context, c *config.Config) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.HTTP)
	if err != nil {
		return nil, domain.Errorf(domain.Conflict, "http", "cannot listen on %s: %v (choose another with --http)", c.HTTP, err)
	}
	return netutil.LimitListener(l, c.MaxSockets), nil
}

// opsConns bounds the connections of those who watch over a process.
const opsConns = 64

// openOps listens for those who watch over the process, where the settings say so. Conflict when somebody else has the address.
func (a *App) openOps(ctx context.Context) error {
	if a.config.OpsHTTP == "" {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.config.OpsHTTP)
	if err != nil {
		return domain.Errorf(domain.Conflict, "ops_http", "cannot listen on %s: %v (choose another ops_http)", a.config.OpsHTTP, err)
	}
	a.opsListener = netutil.LimitListener(l, opsConns)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.ready(r.Context()); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	a.ops = newServer(mux, a.log)
	return nil
}

// serveOps goes on while the process drains, so that it can say so.
func (a *App) serveOps(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = a.ops.Close() })()
	return serving(a.ops.Serve(a.opsListener))
}

// lastCall is how long those who have a connection may ask, once nobody gets another.
const lastCall = 300 * time.Millisecond

// shutdown takes nobody new and ends a server when all is answered. The server does not answer what it reads once it was told to end,
// so those who have just come are waited for before.
func shutdown(ctx context.Context, server *http.Server, l net.Listener) error {
	_ = l.Close() // all that is wanted of it
	select {
	case <-ctx.Done():
	case <-time.After(lastCall):
	}
	return server.Shutdown(ctx)
}

// serving is how a server ended: as it was told is no error.
func serving(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serve: %w", err)
}
