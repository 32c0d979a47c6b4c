package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api"
	app "github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// world is the whole API, composed as for production, with one of everybody on a database of its own.
type world struct {
	t        *testing.T
	pool     *pgxpool.Pool
	accounts *app.Service
	url      string
	callers  []*caller
	vendor   domain.ID // whose members are among the callers
	category domain.ID
	dish     domain.ID
}

// caller is one kind of somebody.
type caller struct {
	name        string
	id          domain.ID
	token       string
	dead        bool // the token opens nothing
	role        domain.Role
	member      account.MemberRole // of the world's vendor
	permissions domain.Permissions
	key         bool // an API key
	scopes      domain.Scopes
}

// target is one request, short of who sends it.
type target struct {
	path    string
	body    string
	headers []string // name, value, …
	id      string   // the thing that the path names
}

// elsewhere is the same request about a thing that does not exist.
func (x target) elsewhere() target {
	x.path = strings.Replace(x.path, x.id, domain.ID(id.New()).String(), 1)
	return x
}

// asOf is the same request of somebody who has seen a version of the thing.
func (x target) asOf(version string) target {
	x.headers = append(slices.Clone(x.headers), "If-Match", version)
	return x
}

// fixture says how a route is called by somebody who may.
type fixture struct {
	make  func(w *world) target
	wants []int // statuses of one who may; empty: any success
	spent bool  // the call uses up its caller, so a new account of the same role makes it
}

// newWorld takes settings of the process besides the usual ones.
func newWorld(t *testing.T, env ...string) *world {
	t.Helper()
	t.Parallel()
	url := dbtest.URL(t)
	c, err := config.Load(config.Sources{Env: append([]string{
		"ZOOP_DATABASE_URL=" + url, "ZOOP_REDIS_URL=" + dbtest.Redis(t), "ZOOP_MAIL_DIR=" + t.TempDir(), "ZOOP_HTTP=127.0.0.1:0",
		"ZOOP_ROLES=api", "ZOOP_UNREADY=0s", "ZOOP_RATE_LIMITS=0", "ZOOP_MEDIA_DIR=" + t.TempDir(),
		"ZOOP_SANDBOX_URL=" + newSandbox(t), "ZOOP_SANDBOX_SECRET=" + sandboxSecret,
	}, env...)})
	require.NoError(t, err)
	served, err := boot.New(t.Context(), c, slog.New(slog.DiscardHandler), nil)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- served.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	db, err := postgres.Open(t.Context(), url, postgres.Options{MaxConns: 4})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	w := &world{t: t, pool: db.Pool(), accounts: app.New(db, app.Options{}), url: "http://" + served.Address()}
	w.populate()
	return w
}

func (w *world) populate() {
	w.vendor, w.category, w.dish = id.New(), id.New(), id.New()
	w.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 'approved')`, w.vendor)
	w.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, w.category, w.vendor)
	w.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) VALUES ($1, $2, $3, 'Thali', 24900, 'veg')`, w.dish, w.vendor, w.category)

	w.callers = append(w.callers, &caller{name: "nobody"}, &caller{name: "a forger", token: "not.a.token", dead: true})
	over := w.join("somebody who signed out", domain.RoleCustomer)
	require.NoError(w.t, w.accounts.Logout(w.t.Context(), w.actor(over)))
	w.exec(`UPDATE sessions SET revoked_at = now() - interval '1 minute' WHERE user_id = $1`, over.id)
	over.dead = true
	w.join("customer", domain.RoleCustomer)
	w.join("another customer", domain.RoleCustomer)
	for _, role := range []account.MemberRole{account.Owner, account.Manager, account.Kitchen} {
		c := w.join("the vendor's "+string(role), domain.RoleVendor)
		c.member = role
		w.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, $3)`, w.vendor, c.id, string(role))
	}
	other := w.otherVendor(w.join("another vendor's owner", domain.RoleVendor))
	owner := w.who("the vendor's owner")
	w.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, other, owner.id)
	for _, name := range domain.AllScopes.Names() {
		w.partner(owner, w.vendor, name)
	}
	w.partner(owner, w.vendor, domain.AllScopes.Names()...)
	w.partner(owner, other, domain.AllScopes.Names()...)
	w.join("courier", domain.RoleCourier)
	w.join("another courier", domain.RoleCourier)
	w.join("admin", domain.RoleAdmin)
	for _, name := range append([]string{""}, domain.AllPermissions.Names()...) {
		w.support(name)
	}
}

// support joins a member of staff with one permission, or none.
func (w *world) support(permission string) {
	var names []string
	if permission != "" {
		names = []string{permission}
	}
	p, err := domain.ParsePermissions(names)
	require.NoError(w.t, err)
	email := fmt.Sprintf("support-%d@example.com", p)
	w.exec(`INSERT INTO users (id, email, first_name, role, permissions) VALUES ($1, $2, 'Sam', 'support', $3)`, domain.ID(id.New()), email, int(p))
	c := w.joinAs("support with "+permission, domain.RoleSupport, email)
	c.permissions = p
}

// partner gives an owner's key to one of their vendors. What it may reach of the others they own is nothing.
func (w *world) partner(owner *caller, vendorID domain.ID, scopes ...string) {
	set, err := domain.ParseScopes(scopes)
	require.NoError(w.t, err)
	k, err := w.accounts.CreateKey(w.t.Context(), w.actor(owner), vendorID, account.APIKey{Name: "till", Scopes: set})
	require.NoError(w.t, err)
	c := &caller{name: "a key for " + strings.Join(scopes, ", "), id: owner.id, token: k.Secret, role: owner.role, key: true, scopes: set}
	if c.member = owner.member; vendorID != w.vendor {
		c.name, c.member = "a key of another vendor", ""
	}
	w.callers = append(w.callers, c)
}

func (w *world) otherVendor(owner *caller) domain.ID {
	other := domain.ID(id.New())
	w.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
	        VALUES ($1, 'Other', '{Thali}', '2 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved')`, other)
	w.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, other, owner.id)
	return other
}

// like is a new account of a caller's role, known to no test but its own.
func (w *world) like(c *caller) *caller {
	if c.role == "" || c.dead {
		return c
	}
	n := len(w.callers)
	w.joinAs(c.name, c.role, fresh()+"@example.com")
	other := w.callers[n]
	w.callers = w.callers[:n]
	return other
}

func (w *world) join(name string, role domain.Role) *caller {
	return w.joinAs(name, role, strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "'", "")+"@example.com")
}

func (w *world) joinAs(name string, role domain.Role, email string) *caller {
	m, err := w.accounts.Mint(w.t.Context(), app.Mint{Email: email, Role: role, Name: "Asha"})
	require.NoError(w.t, err)
	c := &caller{name: name, id: m.User.ID, token: m.Token, role: role}
	w.callers = append(w.callers, c)
	return c
}

func (w *world) actor(c *caller) domain.Actor {
	a, err := w.accounts.Authenticate(w.t.Context(), c.token)
	require.NoError(w.t, err)
	return a
}

// who finds a caller by name.
func (w *world) who(name string) *caller {
	i := slices.IndexFunc(w.callers, func(c *caller) bool { return c.name == name })
	require.GreaterOrEqual(w.t, i, 0, name)
	return w.callers[i]
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), sql, args...)
	require.NoError(w.t, err, sql)
}

// target makes the request of a route: by its fixture, or just its path.
func (w *world) target(row api.Row, f fixture) target {
	if f.make == nil {
		return target{path: row.Path}
	}
	return f.make(w)
}

// call sends a request and gives the status, and the problem when it is one.
func (w *world) call(t *testing.T, method string, x target, c *caller) (int, map[string]any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, w.url+x.path, strings.NewReader(x.body))
	require.NoError(t, err)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(x.headers); i += 2 {
		req.Header.Set(x.headers[i], x.headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	if res.Header.Get("Content-Type") == "text/event-stream" {
		return res.StatusCode, nil // it has no end
	}
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var problem map[string]any
	if res.StatusCode >= 400 {
		require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"), "%s", text)
		require.NoError(t, json.Unmarshal(text, &problem))
	}
	return res.StatusCode, problem
}

// passing is what changes without anybody having done anything.
var passing = []string{"sessions", "refresh_tokens", "idempotency_keys", "goose_db_version", "signing_keys", "relay", "api_key_uses"}

// sum is a digest of all that the database holds.
func (w *world) sum(t *testing.T) map[string]string {
	t.Helper()
	rows, err := w.pool.Query(t.Context(), `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	require.NoError(t, err)
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		if !slices.Contains(passing, name) && !strings.HasPrefix(name, "river_") {
			tables = append(tables, name)
		}
	}
	require.NoError(t, rows.Err())
	sums := map[string]string{}
	for _, name := range tables {
		var digest string
		err := w.pool.QueryRow(t.Context(), `SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM `+name+` t`).Scan(&digest)
		require.NoError(t, err)
		sums[name] = digest
	}
	return sums
}
