package dbtest

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/zoop-dev/zoop/internal/local"
)

var errNoRedis = errors.New("no redis-server found: " + missing)

// Redis returns the address of an empty logical database, the test's own. FLUSHDB is the test's to call, FLUSHALL is not, and
// Pub/Sub channels are everybody's: a test that needs those takes OwnRedis.
func Redis(t testing.TB) string {
	t.Helper()
	s, err := startRedis()
	fail(t, err)
	var n int
	select {
	case n = <-s.free:
	default:
		t.Fatalf("dbtest: more than %d Redis databases in use at once", cap(s.free))
	}
	u, err := url.Parse(s.url)
	fail(t, err)
	u.Path = "/" + strconv.Itoa(n)
	t.Cleanup(func() {
		if err := flush(u.String()); err != nil {
			t.Errorf("dbtest: flush redis: %v", err)
			return // leave it out of use
		}
		s.free <- n
	})
	return u.String()
}

// sharedRedis is the Redis of this test binary and the logical databases that are free.
type sharedRedis struct {
	url  string
	free chan int
}

var startRedis = sync.OnceValues(func() (*sharedRedis, error) {
	c, err := openRedis()
	if err != nil {
		return nil, err
	}
	s := &sharedRedis{url: c.RedisURL(), free: make(chan int, local.UnsafeRedisDatabases)}
	for n := range local.UnsafeRedisDatabases {
		s.free <- n
	}
	return s, nil
})

func openRedis() (*local.Cluster, error) {
	ctx, cancel := background()
	defer cancel()
	c, err := openSlot(ctx, "redis", local.Options{SkipPostgres: true})
	if err != nil {
		return nil, err
	}
	if c.Demo() {
		return nil, errors.Join(errNoRedis, c.Close(ctx))
	}
	return c, nil
}

func flush(address string) error {
	o, err := redis.ParseURL(address)
	if err != nil {
		return err
	}
	client := redis.NewClient(o)
	defer client.Close()
	return client.FlushDB(context.Background()).Err()
}

// RedisServer is a Redis process of a test's own.
type RedisServer struct {
	t testing.TB
	c *local.Cluster
}

// OwnRedis starts a Redis process that no other test sees: it may be flushed, stopped and killed. It ends with the test.
func OwnRedis(t testing.TB) *RedisServer {
	t.Helper()
	c, err := openRedis()
	fail(t, err)
	t.Cleanup(func() {
		ctx, cancel := background()
		defer cancel()
		if err := c.Close(ctx); err != nil {
			t.Errorf("dbtest: %v", err)
		}
	})
	return &RedisServer{t: t, c: c}
}

// URL returns the server's address, which stays the same over restarts.
func (s *RedisServer) URL() string { return s.c.RedisURL() }

// Kill ends the server as a crash would. It stays down until Restart.
func (s *RedisServer) Kill() { s.c.Redis().Kill() }

// Freeze has the server hang: it takes connections, and answers nothing until Thaw.
func (s *RedisServer) Freeze() { s.c.Redis().Freeze() }

// Thaw ends what Freeze began.
func (s *RedisServer) Thaw() { s.c.Redis().Thaw() }

// Stop ends the server in an orderly way. It stays down until Restart.
func (s *RedisServer) Stop() {
	s.t.Helper()
	ctx, cancel := background()
	defer cancel()
	fail(s.t, s.c.Redis().Stop(ctx))
}

// Restart brings the server up, empty, at the same address; one that runs is stopped first.
func (s *RedisServer) Restart() {
	s.t.Helper()
	s.Stop()
	ctx, cancel := background()
	defer cancel()
	fail(s.t, s.c.Redis().Start(ctx))
}
