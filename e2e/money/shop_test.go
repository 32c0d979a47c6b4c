package money

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// market is what the worlds on one Postgres share.
type market struct {
	t       *testing.T
	pool    *pgxpool.Pool
	db      *postgres.DB
	orders  *ordering.Service
	till    *billing.Service
	payouts *billing.Payouts
	road    *delivery.Service
	gateway *scripted
	shops   int
}

func newMarket(t *testing.T) *market {
	t.Helper()
	m := &market{t: t, pool: dbtest.New(t), gateway: &scripted{}}
	db, err := postgres.FromPool(t.Context(), m.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	m.db, m.payouts = db, billing.NewPayouts(db)
	m.till = billing.New(db, billing.Options{Gateways: []payment.Gateway{m.gateway}})
	m.orders = ordering.New(db, ordering.Options{Providers: []string{m.gateway.Name()}})
	m.road = delivery.New(db, delivery.Options{RoundEvery: time.Nanosecond, RoundLeast: time.Nanosecond})
	return m
}

// scripted is a gateway that does, or refuses, what it is told to, and whose webhooks are written here.
type scripted struct{ refuses bool }

func (*scripted) Name() string { return "sandbox" }

func (*scripted) Takes(domain.Money) bool { return true }

func (*scripted) Begin(_ context.Context, i payment.Intent) (payment.Session, error) {
	return payment.Session{Reference: "r-" + i.PaymentID.String()}, nil
}

func (*scripted) Status(context.Context, string) (payment.Standing, error) {
	return payment.Standing{}, &payment.Error{Step: "status", Verdict: payment.Transient}
}

func (g *scripted) Capture(context.Context, payment.Operation) (payment.Progress, error) {
	return g.answer("capture")
}

func (*scripted) Void(context.Context, payment.Operation) (payment.Progress, error) {
	return payment.Done, nil
}

func (g *scripted) Refund(context.Context, payment.Operation) (payment.Progress, error) {
	return g.answer("refund")
}

func (g *scripted) answer(step string) (payment.Progress, error) {
	if g.refuses {
		return "", &payment.Error{Step: step, Verdict: payment.Declined, Code: "card_declined"}
	}
	return payment.Done, nil
}

func (*scripted) ParseWebhook(_ http.Header, body []byte, _ time.Time) (e payment.Event, err error) {
	return e, json.Unmarshal(body, &e)
}

// shop is a world on Postgres: a vendor, a customer, two couriers and two of the staff, far from everybody else's.
type shop struct {
	*market
	terms
	ctx      context.Context
	fatal    func(format string, args ...any)
	customer domain.Actor
	owner    domain.Actor
	couriers [2]domain.Actor
	staff    [2]domain.Actor
	vendor   domain.ID
	address  domain.ID
	dishes   []domain.ID
	placed   []domain.ID // orders
	number   int
	since    time.Time
	heard    int // events of gateways
}

func newID() domain.ID { return domain.ID(id.New()) }

func (m *market) open(fatal func(string, ...any), of terms) *shop {
	m.shops++
	s := &shop{market: m, terms: of, ctx: m.t.Context(), fatal: fatal, vendor: newID(), address: newID(), number: m.shops, since: time.Now().Truncate(time.Millisecond)}
	s.customer, s.owner = s.account(domain.RoleCustomer), s.account(domain.RoleVendor)
	lng := -170 + float64(s.number%480)*0.7 // out of reach of the others' couriers
	for i := range s.couriers {
		s.staff[i], s.couriers[i] = s.account(domain.RoleAdmin), s.account(domain.RoleCourier)
		s.exec(`INSERT INTO couriers (user_id, name, vehicle, status, lat, lng) VALUES ($1, 'Ravi', 'motorbike', 'approved', 28.61, $2)`, s.couriers[i].ID, lng)
	}
	city := fmt.Sprintf("City %d", s.number)
	s.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, packaging_fee, tax_bp, tax_rates, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', $2, 'IN', 'UTC', $3, 28.61, $4, '{[0,10080)}', $5, $6, jsonb_build_object('reduced', $7::int), 'approved')`,
		s.vendor, city, s.Currency, lng, s.Packaging, int(s.Tax), int(s.rate(dish{Reduced: true})))
	s.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, s.vendor, s.owner.ID)
	s.exec(`INSERT INTO addresses (id, user_id, label, line1, city, lat, lng) VALUES ($1, $2, 'Home', '2 Janpath', $3, 28.62, $4)`, s.address, s.customer.ID, city, lng)
	s.menu()
	s.rules(city)
	s.banks()
	return s
}

// banks has those who are paid say where to.
func (s *shop) banks() {
	for _, of := range []ledger.Account{ledger.Vendor(s.vendor), ledger.Courier(s.couriers[0].ID), ledger.Courier(s.couriers[1].ID)} {
		require.NoError(s.t, s.db.InTx(s.ctx, func(tx *postgres.Tx) error {
			bank := payout.Bank{Holder: "Casa Lima", Scheme: payout.IFSC, Number: "001234567890", Routing: "HDFC0000001"}
			_, err := tx.SetBankAccount(s.ctx, of, postgres.BankAccount{}, bank, s.staff[0].ID)
			return err
		}))
	}
}

func (s *shop) menu() {
	category := newID()
	s.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, category, s.vendor)
	for _, d := range s.Dishes {
		dishID, taxed := newID(), "standard"
		if d.Reduced {
			taxed = "reduced"
		}
		s.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, packaging, diet, tax_category) VALUES ($1, $2, $3, 'Thali', $4, $5, 'veg', $6)`,
			dishID, s.vendor, category, d.Price, d.Packaging, taxed)
		s.dishes = append(s.dishes, dishID)
	}
}

func (s *shop) rules(city string) {
	s.exec(`INSERT INTO commission_rules (id, vendor_id, rate) VALUES ($1, $2, $3)`, newID(), s.vendor, int(s.Commission))
	band := s.Tariff.Bands[0]
	s.exec(`INSERT INTO delivery_tariffs (id, currency, city, bands, small_below, small_fee)
	        VALUES ($1, $2, $3, jsonb_build_array(jsonb_build_object('from', 0, 'fee', $4::bigint, 'perKm', $5::bigint)), $6, $7)`,
		newID(), s.Currency, city, band.Fee, band.PerKm, s.Tariff.SmallOrder.Below, s.Tariff.SmallOrder.Fee)
	for _, p := range s.Coupons {
		s.exec(`INSERT INTO promotions (id, code, label, benefit, share, amount, currency, vendors, vendor_share) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			newID(), s.code(p.Code), p.Label, string(p.Benefit), int(p.Share), p.Amount, string(p.Currency), []domain.ID{s.vendor}, int(p.VendorShare))
	}
}

func (s *shop) code(name string) string { return fmt.Sprintf("%s-%d", name, s.number) }

func (s *shop) account(role domain.Role) domain.Actor {
	actor := domain.Actor{ID: newID(), Role: role}
	s.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Asha', $3)`, actor.ID, actor.ID.String()+"@example.com", string(role))
	return actor
}

func (s *shop) exec(sql string, args ...any) int64 {
	tag, err := s.pool.Exec(s.ctx, sql, args...)
	if err != nil {
		s.fatal("%s: %v", sql, err)
	}
	return tag.RowsAffected()
}

// rows reads all rows of a query.
func rows[T any](s *shop, of pgx.RowToFunc[T], sql string, args ...any) []T {
	r, err := s.pool.Query(s.ctx, sql, args...)
	if err != nil {
		s.fatal("%s: %v", sql, err)
	}
	out, err := pgx.CollectRows(r, of)
	if err != nil {
		s.fatal("%s: %v", sql, err)
	}
	return out
}

// one reads a value; the zero one when there is none.
func one[T any](s *shop, sql string, args ...any) (value T) {
	for _, v := range rows(s, pgx.RowTo[T], sql, args...) {
		value = v
	}
	return value
}

// proved sees that zoop verify finds nothing since a time but what is for people to settle: what a bank has refused to give back.
func (s *shop) proved(since time.Time) {
	theirs := map[string]bool{}
	for _, orderID := range rows(s, pgx.RowTo[string], `
		SELECT o.id::text
		FROM orders o
		JOIN payments p ON p.order_id = o.id
		WHERE EXISTS (SELECT FROM payment_operations w WHERE w.payment_id = p.id AND w.verb = 'refund' AND w.state = 'failed')`) {
		theirs[orderID] = true
	}
	verdicts, err := s.db.Verify(s.ctx, postgres.Verify{Since: since, Grace: time.Hour, Most: postgres.MaxFaults})
	if err != nil {
		s.fatal("%v", err)
	}
	for _, v := range verdicts {
		for _, f := range v.Faults {
			if !theirs[f.ID] {
				s.fatal("%s: %s %s\n%s", v.Name, f.ID, f.Detail, s.look())
			}
		}
	}
}
