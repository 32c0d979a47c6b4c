package billing_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
	"github.com/zoop-dev/zoop/internal/postgres"
)

const secret = "a secret of a test, long enough for it"

// bench is a marketplace of one vendor and one customer, with a sandbox whose webhooks come back to it.
type bench struct {
	*billing.Service
	t        *testing.T
	ctx      context.Context
	pool     *pgxpool.Pool
	db       *postgres.DB
	orders   *ordering.Service
	gateway  *sandbox.Client
	customer domain.Actor
	owner    domain.Actor
	admin    domain.Actor
	support  domain.Actor
	vendor   domain.ID
	thali    domain.ID   // INR 249.00, so 279.95 with 5 % of tax and 18.50 for the way
	deaf     atomic.Bool // webhooks are refused
}

func newID() domain.ID { return domain.ID(id.New()) }

func setup(t *testing.T, o sandbox.Options) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, ctx: t.Context(), pool: dbtest.New(t), vendor: newID(), thali: newID()}
	db, err := postgres.FromPool(b.ctx, b.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b.db = db
	front, hook := httptest.NewUnstartedServer(nil), httptest.NewServer(http.HandlerFunc(b.webhook))
	t.Cleanup(hook.Close)
	o.Secret, o.PublicURL, o.WebhookURL, o.RetryFirst = secret, "http://"+front.Listener.Addr().String(), hook.URL, 5*time.Millisecond
	server, err := sandbox.New(o)
	require.NoError(t, err)
	front.Config.Handler = server
	front.Start()
	t.Cleanup(front.Close)
	b.gateway, err = sandbox.NewClient(o.PublicURL, secret, 0)
	require.NoError(t, err)
	returns, err := rules.ParseReturns([]string{"https://app.example", "zoop-app:"})
	require.NoError(t, err)
	b.Service = billing.New(db, billing.Options{Gateways: []payment.Gateway{b.gateway}, Returns: returns, Log: slog.New(slog.DiscardHandler)})
	b.orders = ordering.New(db, ordering.Options{Providers: []string{sandbox.Name}})
	b.market()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	return b
}

func (b *bench) market() {
	b.customer, b.owner, b.admin, b.support = b.account(domain.RoleCustomer), b.account(domain.RoleVendor), b.account(domain.RoleAdmin), b.account(domain.RoleSupport)
	b.support.Permissions = domain.AllPermissions
	category := newID()
	b.exec(`UPDATE users SET refund_limit = 10000, refund_currency = 'INR', permissions = 4 WHERE id = $1`, b.support.ID.String())
	b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, tax_bp, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 500, 'approved')`, b.vendor.String())
	b.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, b.vendor.String(), b.owner.ID.String())
	b.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, category.String(), b.vendor.String())
	b.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet, stock) VALUES ($1, $2, $3, 'Thali', 24900, 'veg', 100)`,
		b.thali.String(), b.vendor.String(), category.String())
}

// webhook is what the API does with one.
func (b *bench) webhook(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if b.deaf.Load() || b.Webhook(r.Context(), sandbox.Name, r.Header, body) != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

func (b *bench) account(role domain.Role) domain.Actor {
	actor := domain.Actor{ID: newID(), Role: role}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Asha', $3)`, actor.ID.String(), actor.ID.String()+"@example.com", string(role))
	return actor
}

func (b *bench) scan(sql string, args ...any) (n int64) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&n))
	return n
}

func (b *bench) text(sql string, args ...any) (text string) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&text))
	return text
}

// balance folds an account's entries, or those of one order's transfers.
func (b *bench) balance(kind string) int64 {
	b.t.Helper()
	return b.scan(`SELECT coalesce(sum(e.amount), 0)::bigint FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = $1`, kind)
}

// order places one order of so many thalis for pickup.
func (b *bench) order(portions int, method rules.Method) (domain.ID, error) {
	b.t.Helper()
	q, err := b.orders.PutCart(b.ctx, b.customer, ordering.Wish{
		VendorID: b.vendor, Choices: []menu.Choice{{DishID: b.thali, Quantity: portions}}, Fulfilment: order.Pickup,
	})
	require.NoError(b.t, err)
	a, err := b.orders.Place(b.ctx, b.customer, ordering.Confirmation{QuoteID: q.QuoteID, Method: method}, func(o ordering.Order) (domain.Answer, error) {
		body, err := json.Marshal(o.ID)
		return domain.Answer{Status: 201, Body: body}, err
	})
	if err != nil {
		return domain.Nil, err
	}
	var orderID domain.ID
	require.NoError(b.t, json.Unmarshal(a.Body, &orderID))
	return orderID, nil
}

// begun is an order by card whose session was begun.
func (b *bench) begun(portions int) (domain.ID, billing.Session) {
	b.t.Helper()
	orderID, err := b.order(portions, rules.Card)
	require.NoError(b.t, err)
	s, err := b.Begin(b.ctx, b.customer, orderID, "")
	require.NoError(b.t, err)
	return orderID, s
}

// card posts a sandbox card's number, found by what it does, on the hosted page.
func (b *bench) card(s billing.Session, does string) {
	b.t.Helper()
	for _, c := range sandbox.Cards {
		if strings.Contains(c.Does, does) {
			b.page(s, url.Values{"card": {c.Number}})
			return
		}
	}
	require.FailNow(b.t, "no such card", does)
}

func (b *bench) page(s billing.Session, form url.Values) {
	b.t.Helper()
	resp, err := http.PostForm(s.HostedURL, form)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	require.Less(b.t, resp.StatusCode, 400)
}

// until runs the loops until an order is in a state, and its payment, too.
func (b *bench) until(orderID domain.ID, state order.State, paid rules.State) {
	b.t.Helper()
	b.eventually(func() bool {
		return b.text(`SELECT o.state || ' ' || p.state FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = $1 ORDER BY p.id DESC LIMIT 1`, orderID.String()) ==
			string(state)+" "+string(paid)
	})
}

func (b *bench) eventually(enough func() bool) {
	b.t.Helper()
	if !dbtest.Within(time.Minute, func() bool {
		if enough() {
			return true
		}
		b.turn()
		return enough()
	}) {
		orders := b.text(`SELECT coalesce(string_agg(o.state || ' ' || p.state || ' ' || coalesce((SELECT string_agg(op.verb || ' ' || op.state || ' ' || op.error, ',') FROM payment_operations op WHERE op.payment_id = p.id), ''), '; '), '')
				FROM orders o JOIN payments p ON p.order_id = o.id`)
		require.FailNow(b.t, "it did not come to that", orders)
	}
}

// turn runs each loop once.
func (b *bench) turn() {
	b.t.Helper()
	for _, loop := range []func(context.Context) (bool, error){b.orders.FireDue, b.Operate, b.Reconcile} {
		_, err := loop(b.ctx)
		require.NoError(b.t, err)
	}
}

// closed sees that the books of what is over are: nothing is held, and each account's entries come to what is expected.
func (b *bench) closed() {
	b.t.Helper()
	require.Zero(b.t, b.balance("held"), "held")
	require.Zero(b.t, b.scan(`SELECT coalesce(sum(amount), 0)::bigint FROM entries`))
}
