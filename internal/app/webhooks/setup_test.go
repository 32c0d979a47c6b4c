package webhooks_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/webhooks"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/webhook"
)

const patience = time.Minute

var loopback = rules.Networks{netip.MustParsePrefix("127.0.0.0/8")}

func newID() domain.ID { return id.New() }

// bench is a marketplace of one vendor, with its owner, manager and cook, and staff.
type bench struct {
	*webhooks.Service
	t       *testing.T
	ctx     context.Context
	url     string
	pool    *pgxpool.Pool
	db      *postgres.DB
	vendor  domain.ID
	owner   domain.Actor
	manager domain.Actor
	kitchen domain.Actor
	admin   domain.Actor
}

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	b := &bench{t: t, ctx: ctx, url: dbtest.URL(t)}
	b.db = b.open()
	b.pool = b.db.Pool()
	b.Service = webhooks.New(b.db, webhooks.Options{Open: loopback})
	b.owner, b.manager, b.kitchen = b.account(domain.RoleVendor), b.account(domain.RoleVendor), b.account(domain.RoleVendor)
	b.admin = b.account(domain.RoleAdmin)
	b.vendor = b.newVendor(b.owner)
	for who, role := range map[domain.ID]account.MemberRole{b.manager.ID: account.Manager, b.kitchen.ID: account.Kitchen} {
		b.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, $3)`, b.vendor, who, string(role))
	}
	return b
}

func (b *bench) open() *postgres.DB {
	b.t.Helper()
	db, err := postgres.Open(b.ctx, b.url, postgres.Options{MaxConns: 8})
	require.NoError(b.t, err)
	b.t.Cleanup(db.Close)
	return db
}

func (b *bench) newVendor(owner domain.Actor) domain.ID {
	n := newID()
	b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved')`, n)
	b.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, n, owner.ID)
	return n
}

func (b *bench) account(role domain.Role) domain.Actor {
	actor := domain.Actor{ID: newID(), Role: role}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Asha', $3)`, actor.ID, actor.ID.String()+"@example.com", string(role))
	return actor
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

func (b *bench) count(sql string, args ...any) (n int) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&n))
	return n
}

// happens appends an event of an order of the vendor's, and publishes what waits.
func (b *bench) happens(order domain.ID, version int, kind string) {
	b.t.Helper()
	b.appends(b.vendor, order, version, kind)
	b.publish()
}

func (b *bench) appends(vendor, order domain.ID, version int, kind string) {
	b.t.Helper()
	b.exec(`INSERT INTO events (subject, subject_id, version, type, actor_role, vendor_id, customer_id, city, data)
	        VALUES ('order', $1, $2, $3, 'system', $4, $5, 'New Delhi', '{"n":1}')`, order, version, kind, vendor, newID())
}

func (b *bench) publish() {
	b.t.Helper()
	for {
		state, _, err := b.db.Publish(b.ctx)
		require.NoError(b.t, err)
		if !state.Waiting {
			return
		}
	}
}

// told looks through all that was published.
func (b *bench) told() {
	b.t.Helper()
	for more := true; more; {
		var err error
		more, err = b.Tell(b.ctx)
		require.NoError(b.t, err)
	}
}

// runs has a service send until the test ends, or stop is called.
func (b *bench) runs(s *webhooks.Service) (stop func()) {
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); require.NoError(b.t, <-done) }) }
	b.t.Cleanup(stop)
	return stop
}

func (b *bench) make(url string, events ...string) webhooks.Made {
	b.t.Helper()
	return b.makeFor(b.vendor, url, events...)
}

func (b *bench) makeFor(vendor domain.ID, url string, events ...string) webhooks.Made {
	b.t.Helper()
	if len(events) == 0 {
		events = []string{"*"}
	}
	m, err := b.Create(b.ctx, b.owner, rules.Endpoint{VendorID: vendor, URL: url, Events: events})
	require.NoError(b.t, err)
	return m
}

// hurry has all that waits for its next attempt wait no longer.
func (b *bench) hurry() {
	b.exec(`UPDATE webhook_deliveries SET next_at = now() WHERE state = 'pending'`)
	b.exec(`UPDATE webhook_endpoints e SET due_at = now(), held_until = CASE WHEN turn IS NULL THEN now() ELSE held_until END
	        WHERE EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.state = 'pending')`)
}

func (b *bench) until(sql string, args ...any) {
	b.t.Helper()
	require.True(b.t, dbtest.Within(patience, func() bool { return b.count("SELECT ("+sql+")::int", args...) == 1 }), sql)
}

func (b *bench) endpoint(id domain.ID) rules.Endpoint {
	b.t.Helper()
	e, err := b.db.Webhook(b.ctx, b.vendor, id)
	require.NoError(b.t, err)
	return e
}

// came is one request to a receiver.
type came struct {
	ID     string
	Header http.Header
	Body   []byte
	Event  struct {
		Type string
		Test bool
		Data struct {
			Seq       int64
			SubjectID string
			Version   int
		}
	}
}

// receiver is an endpoint's own server.
type receiver struct {
	*httptest.Server
	t    *testing.T
	mu   sync.Mutex
	came []came
	more chan struct{}
}

// receives answers by a function, nil for 200, and remembers what came.
func receives(t *testing.T, answer func(w http.ResponseWriter, c came)) *receiver {
	t.Helper()
	r := &receiver{t: t, more: make(chan struct{}, 1)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := came{ID: req.Header.Get("webhook-id"), Header: req.Header}
		c.Body, _ = io.ReadAll(req.Body)
		_ = json.Unmarshal(c.Body, &c.Event)
		r.mu.Lock()
		r.came = append(r.came, c)
		r.mu.Unlock()
		select {
		case r.more <- struct{}{}:
		default:
		}
		if answer != nil {
			answer(w, c)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []came {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.came)
}

// wait gives what came once there is so much.
func (r *receiver) wait(n int) []came {
	r.t.Helper()
	deadline := time.After(patience)
	for {
		if all := r.all(); len(all) >= n {
			return all
		}
		select {
		case <-r.more:
		case <-deadline:
			require.FailNow(r.t, "webhooks did not come", "%d of %d", len(r.all()), n)
		}
	}
}

// signedBy says whether a secret has signed it.
func (c came) signedBy(t *testing.T, secret string) bool {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	return w.Verify(c.Body, c.Header) == nil
}

// another is the service of another process, which waits longer for answers than any test does.
func (b *bench) another() *webhooks.Service {
	return webhooks.New(b.open(), webhooks.Options{Sender: webhook.New(webhook.Options{Open: loopback, Timeout: 5 * time.Minute})})
}
