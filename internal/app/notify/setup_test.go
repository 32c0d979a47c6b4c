package notify_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/notify"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/lettertest"
	"github.com/zoop-dev/zoop/internal/mail"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// post is a sender that remembers, and fails when it is told to.
type post struct {
	mu   sync.Mutex
	sent []mail.Message
	fail error
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	p.sent = append(p.sent, m)
	return nil
}

// fixture is a marketplace of one vendor and a customer, whose words are as bad as they can be.
type fixture struct {
	*notify.Notifier
	t        *testing.T
	db       *postgres.DB
	post     post
	logs     bytes.Buffer
	registry *prometheus.Registry
	orders   *ordering.Service
	customer domain.Actor
	owner    domain.Actor
	vendor   domain.ID
	dish     domain.ID
	address  domain.ID
}

// evil is what strangers call themselves and their food.
const evil = "<b>\u202eX</b>\x1b[31m\r\nBcc: eve@evil.example http://evil.example/a"

// harmless is what a letter makes of it.
const harmless = "<b>X</b> Bcc: eve@evil. example http evil. example/a"

func newID() domain.ID { return domain.ID(id.New()) }

func setup(t *testing.T) *fixture {
	t.Helper()
	t.Parallel()
	f := &fixture{t: t, registry: prometheus.NewRegistry(), vendor: newID(), dish: newID(), address: newID()}
	var err error
	f.db, err = postgres.Open(t.Context(), dbtest.URL(t), postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(f.db.Close)
	f.Notifier = notify.New(f.db, &f.post, slog.New(slog.NewTextHandler(&f.logs, nil)), f.registry)
	f.orders = ordering.New(f.db, ordering.Options{})
	f.customer, f.owner = f.account("asha@example.com", domain.RoleCustomer), f.account("ravi@example.com", domain.RoleVendor)
	category := newID()
	f.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, tax_bp, status)
	        VALUES ($1, $2, '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 500, 'approved')`, f.vendor, evil)
	f.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, f.vendor, f.owner.ID)
	f.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, category, f.vendor)
	f.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) VALUES ($1, $2, $3, $4, 24900, 'veg')`, f.dish, f.vendor, category, evil)
	f.exec(`INSERT INTO addresses (id, user_id, label, line1, city, lat, lng) VALUES ($1, $2, $3, '2 Secret Street', 'New Delhi', 28.62, 77.22)`,
		f.address, f.customer.ID, evil)
	return f
}

func (f *fixture) exec(sql string, args ...any) {
	f.t.Helper()
	_, err := f.db.Pool().Exec(f.t.Context(), sql, args...)
	require.NoError(f.t, err)
}

func (f *fixture) account(email string, role domain.Role) domain.Actor {
	actor := domain.Actor{ID: newID(), Role: role}
	f.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, $3, $4)`, actor.ID, email, evil, string(role))
	return actor
}

// order places one for two portions, with a note, and gives its ID and number.
func (f *fixture) order() (domain.ID, string) {
	f.t.Helper()
	q, err := f.orders.PutCart(f.t.Context(), f.customer, ordering.Wish{
		VendorID: f.vendor, Choices: []menu.Choice{{DishID: f.dish, Quantity: 2, Note: evil}}, Fulfilment: order.Delivery, AddressID: f.address,
	})
	require.NoError(f.t, err)
	var o ordering.Order
	_, err = f.orders.Place(f.t.Context(), f.customer, ordering.Confirmation{QuoteID: q.QuoteID, Method: "cod", Note: evil},
		func(placed ordering.Order) (domain.Answer, error) {
			o = placed
			return domain.Answer{Status: 201}, nil
		})
	require.NoError(f.t, err)
	return o.ID, o.Number
}

// deliver tries the letter that was posted last.
func (f *fixture) deliver() (letter.Outcome, error) {
	f.t.Helper()
	p := lettertest.Last(f.t, f.db)
	p.Attempt = 1
	return f.Deliver(f.t.Context(), p)
}

// read delivers it and gives what was sent.
func (f *fixture) read(k letter.Kind) mail.Message {
	f.t.Helper()
	require.Equal(f.t, k, lettertest.Last(f.t, f.db).Kind)
	outcome, err := f.deliver()
	require.NoError(f.t, err)
	require.Equal(f.t, letter.Sent, outcome)
	return f.post.sent[len(f.post.sent)-1]
}
