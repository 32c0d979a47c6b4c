package boot

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

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
