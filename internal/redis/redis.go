// Package redis speaks to Redis: event streams, a second-level cache, hints, rate limits, and the one use of tickets.
//
// Everything in Redis is disposable. Whatever is lost here is rebuilt from Postgres by the layers above, so nothing here
// is ever the only place of a fact, and the cache misses instead of failing while Redis is away. Every key starts with
// "zoop:". Every command has a time limit.
package redis

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/limit"
)

// The time limits of commands. A server in the same network answers in well under a millisecond.
const (
	dialTimeout    = 2 * time.Second
	commandTimeout = 2 * time.Second // bulk: a page of a stream
	quickTimeout   = 250 * time.Millisecond
)

// leaveAlone is how long the conveniences ask nothing after a failure, so that a dead Redis costs a request no time.
const leaveAlone = 500 * time.Millisecond

// Options bound a Client's use of the server.
type Options struct {
	PoolSize int          // connections a node; 0: 10 a processor
	Log      *slog.Logger // nil: silent

	LimitTimeout time.Duration // how long a request waits for its limits before they are judged in the process alone; 0: 50 ms
	QuickTimeout time.Duration // how long anybody waits for what they can do without; 0: 250 ms
}

// Client is a pool of connections to one server, to a Sentinel's master or to a Cluster.
type Client struct {
	rdb    goredis.UniversalClient
	log    *slog.Logger
	pause  limit.Breaker // of the conveniences
	limits limit.Breaker // of Limit, which is less patient

	limitTimeout time.Duration
	quickTimeout time.Duration
}

// Open prepares a client; it does not connect. The URL is redis://, rediss:// or unix://, with password and database.
// "?addr=host:port", repeated, names more nodes of a Cluster; with "?master=name" they are Sentinels that know the master.
// It returns Invalid for a URL it cannot read, without repeating it: it may hold a password.
func Open(address string, o Options) (*Client, error) {
	u, err := options(address)
	if err != nil {
		return nil, domain.Errorf(domain.Invalid, "redis_url", "the Redis URL cannot be read (it is not shown: it may hold a password)")
	}
	u.PoolSize = o.PoolSize
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{
		rdb: connect(u), log: o.Log, pause: limit.Breaker{Pause: leaveAlone}, limits: limit.Breaker{Pause: leaveAlone},
		limitTimeout: cmp.Or(o.LimitTimeout, limitTimeout), quickTimeout: cmp.Or(o.QuickTimeout, quickTimeout),
	}, nil
}

// lookAround is how old what is known of a Cluster's nodes may be. The library asks them again after a minute, or when one refuses a
// key; a master that died refuses nothing, and who took its place stays unknown.
const lookAround = time.Second

func connect(o *goredis.UniversalOptions) goredis.UniversalClient {
	if len(o.Addrs) < 2 || o.MasterName != "" {
		return goredis.NewUniversalClient(o)
	}
	cluster := o.Cluster()
	cluster.ClusterStateReloadInterval = lookAround
	return goredis.NewClusterClient(cluster)
}

// The library would write to standard error, past our logger, what it also returns as errors.
func init() { goredis.SetLogger(silent{}) }

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func options(address string) (*goredis.UniversalOptions, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	o := &goredis.UniversalOptions{
		ClientName: "zoop", DialTimeout: dialTimeout, DialerRetries: 1, ReadTimeout: commandTimeout, WriteTimeout: commandTimeout,
		PoolTimeout: commandTimeout, MaxRetries: 1, ContextTimeoutEnabled: true,
		// What a hosted Redis may announce about its maintenance is not needed: connections that break are made anew.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if u.User != nil {
		o.Username = u.User.Username()
		o.Password, _ = u.User.Password()
	}
	switch u.Scheme {
	case "unix":
		o.Addrs = []string{u.Path}
		return o, database(o, u.Query().Get("db"))
	case "rediss":
		o.TLSConfig = &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}
	case "redis":
	default:
		return nil, fmt.Errorf("scheme %q", u.Scheme)
	}
	host := u.Host
	if u.Port() == "" {
		host += ":6379"
	}
	o.Addrs = append([]string{host}, u.Query()["addr"]...)
	if o.MasterName = u.Query().Get("master"); o.MasterName != "" {
		o.SentinelUsername, o.SentinelPassword = o.Username, o.Password
	}
	return o, database(o, strings.Trim(u.Path, "/"))
}

func database(o *goredis.UniversalOptions, text string) (err error) {
	if text != "" {
		o.DB, err = strconv.Atoi(text)
	}
	return err
}

// Ping proves that the server answers: Unavailable when it does not.
func (c *Client) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	return away(c.rdb.Ping(ctx).Err())
}

// Close ends all connections.
func (c *Client) Close() error { return c.rdb.Close() }

// away makes any failure Unavailable and keeps its cause for the log; a caller that gave up stays what it is.
func away(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	e := domain.Errorf(domain.Unavailable, string(domain.Unavailable), "Redis is away")
	e.Cause = err
	return e
}
