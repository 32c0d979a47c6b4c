package support_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/support"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// bench is a marketplace with a vendor, a customer and two of its staff.
type bench struct {
	*support.Service
	db         *postgres.DB
	t          *testing.T
	ctx        context.Context
	pool       *pgxpool.Pool
	vendor     domain.ID
	buyer      domain.ID
	asha, ravi domain.Actor
}

func newID() domain.ID { return domain.ID(id.New()) }

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, ctx: t.Context(), pool: dbtest.New(t), vendor: newID()}
	db, err := postgres.FromPool(b.ctx, b.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b.Service, b.db = support.New(db, nil, nil), db
	b.buyer, b.asha, b.ravi = b.user("customer"), domain.Actor{ID: b.user("support"), Role: domain.RoleSupport}, domain.Actor{ID: b.user("support"), Role: domain.RoleSupport}
	b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved')`, b.vendor)
	return b
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

func (b *bench) user(role string) domain.ID {
	n := newID()
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Asha', $3)`, n, n.String()+"@example.com", role)
	return n
}

func (b *bench) courier() domain.ID {
	n := b.user("courier")
	b.exec(`INSERT INTO couriers (user_id, name, vehicle, status, online, city, lat, lng, located_at) VALUES ($1, 'Ravi', 'motorbike', 'approved', true, 'New Delhi', 28.61, 77.21, now())`, n)
	return n
}

// order is one in a state with a delivery in a state.
func (b *bench) order(state, delivery string) domain.ID {
	b.t.Helper()
	n := newID()
	b.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code, accept_seconds, promised_at,
	                            ended_at, deadline_at, deadline_verb, cancel_reason, cancel_fee, cancel_lost, cancel_liable, cancel_restock, cancel_strike)
	        VALUES ($1::uuid, right($1::uuid::text, 12), $2, 1, $3, $4, 'New Delhi', 'delivery', 'INR', 24900, '{}', '0042', '4711', 300, now(),
	                CASE WHEN $2 = 'expired' THEN now() END, CASE WHEN $2 = 'placed' THEN now() END, CASE WHEN $2 = 'placed' THEN 'expire' END, 'VENDOR_TIMEOUT', 0, 0, 'vendor', true, true)`, n, state, b.buyer, b.vendor)
	b.exec(`INSERT INTO payments (id, order_id, method, provider, state, amount, currency) VALUES ($1, $1, 'card', 'sandbox', 'authorized', 24900, 'INR')`, n)
	var courier any
	if delivery != "unassigned" && delivery != "cancelled" {
		courier = b.courier()
	}
	b.exec(`INSERT INTO deliveries (id, order_id, vendor_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng, state, courier_id)
	        VALUES ($1, $1, $2, 28.61, 77.21, 28.62, 77.22, $3, $4)`, n, b.vendor, delivery, courier)
	return n
}

// sweep looks for causes as if the last look were long ago.
func (b *bench) sweep() {
	b.t.Helper()
	b.exec(`UPDATE alert_sweeps SET swept_at = 'epoch'`)
	require.NoError(b.t, b.SweepAlerts(b.ctx))
}

// open are the alerts of a subject that are not closed.
func (b *bench) open(subject domain.ID) (kinds []string) {
	b.t.Helper()
	rows, err := b.pool.Query(b.ctx, `SELECT kind FROM alerts WHERE subject_id = $1 AND closed_at IS NULL ORDER BY kind`, subject)
	require.NoError(b.t, err)
	kinds, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(b.t, err)
	return kinds
}

func (b *bench) events(a domain.ID) (types []string) {
	b.t.Helper()
	rows, err := b.pool.Query(b.ctx, `SELECT type FROM events WHERE subject = 'alert' AND subject_id = $1 AND vendor_id IS NULL AND courier_id IS NULL AND customer_id IS NULL ORDER BY version`, a)
	require.NoError(b.t, err)
	types, err = pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(b.t, err)
	return types
}

// only is the one alert that is not closed.
func (b *bench) only() support.Alert {
	b.t.Helper()
	all, err := b.Alerts(b.ctx, support.AlertFilter{Limit: 10})
	require.NoError(b.t, err)
	require.Len(b.t, all, 1)
	return all[0]
}

// TestEveryCauseHasItsAlert gives each cause, sees one alert about it, takes the cause away, and sees the alert closed.
func TestEveryCauseHasItsAlert(t *testing.T) {
	b := setup(t)
	sql := func(set string) func(domain.ID) { return func(n domain.ID) { b.exec(set, n) } }
	for kind, c := range map[alert.Kind]struct {
		subject domain.Subject
		of      func() domain.ID
		on, off func(domain.ID)
	}{
		alert.SLAAtRisk: {"order", func() domain.ID { return b.order("preparing", "assigned") },
			sql(`UPDATE orders SET sla_risk = 'at_risk', sla_promise = 'food' WHERE id = $1`), sql(`UPDATE orders SET sla_risk = '', sla_promise = '' WHERE id = $1`)},
		alert.SLABreached: {"order", func() domain.ID { return b.order("picked_up", "picked_up") },
			sql(`UPDATE orders SET sla_risk = 'breached', sla_promise = 'door' WHERE id = $1`), sql(`UPDATE orders SET sla_risk = '', sla_promise = '' WHERE id = $1`)},
		alert.Unanswered: {"order", func() domain.ID { return b.order("placed", "unassigned") },
			sql(`UPDATE orders SET sla_risk = 'at_risk', sla_promise = 'answer' WHERE id = $1`), sql(`UPDATE orders SET sla_risk = '', sla_promise = '' WHERE id = $1`)},
		alert.NoCourier: {"order", func() domain.ID { return b.order("ready", "unassigned") },
			sql(`UPDATE deliveries SET unclaimed_at = now() WHERE id = $1`), sql(`UPDATE deliveries SET unclaimed_at = NULL WHERE id = $1`)},
		alert.CourierLost: {"order", func() domain.ID { return b.order("picked_up", "picked_up") },
			sql(`UPDATE deliveries SET lost_at = now() WHERE id = $1`), sql(`UPDATE deliveries SET lost_at = NULL WHERE id = $1`)},
		alert.FoodStranded: {"order", func() domain.ID { return b.order("picked_up", "unassigned") },
			func(n domain.ID) {
				b.exec(`UPDATE deliveries SET stranded_by = $2, unclaimed_at = now() WHERE id = $1`, n, b.courier())
			},
			func(n domain.ID) {
				b.exec(`UPDATE deliveries SET state = 'picked_up', courier_id = $2 WHERE id = $1`, n, b.courier())
			}},
		alert.PaymentStuck: {"order", func() domain.ID { return b.order("accepted", "unassigned") },
			sql(`INSERT INTO payment_operations (id, payment_id, verb, amount, created_at) VALUES ($1, $1, 'capture', 24900, now() - interval '11 minutes')`),
			sql(`UPDATE payment_operations SET state = 'done', ended_at = now() WHERE id = $1`)},
		alert.RefundFailed: {"order", func() domain.ID { return b.order("delivered", "delivered") },
			sql(`INSERT INTO payment_operations (id, payment_id, verb, amount, state, ended_at) VALUES ($1, $1, 'refund', 24900, 'failed', now())`),
			func(n domain.ID) {
				b.exec(`INSERT INTO payment_operations (id, payment_id, verb, amount, created_at) VALUES ($1, $2, 'refund', 24900, now() + interval '1 second')`, newID(), n)
			}},
		alert.PaymentExcess: {"order", func() domain.ID { return b.order("delivered", "delivered") },
			sql(`UPDATE payments SET state = 'refunded', captured = amount, refunded = amount, excess = 100, updated_at = now() WHERE id = $1`), sql(`UPDATE payments SET excess = 0 WHERE id = $1`)},
		alert.CashLimit: {"courier", b.courier,
			func(n domain.ID) {
				b.exec(`INSERT INTO courier_cash_limits (courier_id, currency, amount) VALUES ($1, 'INR', 500)`, n)
				b.exec(`INSERT INTO accounts (id, kind, owner_id, currency, balance) VALUES (account_id('courier_cash', $1, '', 'INR'), 'courier_cash', $1, 'INR', -500)`, n)
			},
			sql(`UPDATE accounts SET balance = -499 WHERE owner_id = $1`)},
		alert.VendorSilent: {"vendor", func() domain.ID { return b.vendor },
			func(domain.ID) { b.order("expired", "cancelled"); b.order("expired", "cancelled") },
			func(domain.ID) {
				b.exec(`UPDATE orders SET ended_at = now() - interval '16 minutes' WHERE state = 'expired'`)
			}},
	} {
		subject := c.of()
		b.sweep()
		require.Empty(t, b.open(subject), kind)
		c.on(subject)
		b.sweep()
		b.sweep()
		require.Equal(t, []string{string(kind)}, b.open(subject), kind)
		a := b.only()
		require.Equal(t, kind, a.Kind)
		require.Equal(t, c.subject, a.Subject)
		require.Equal(t, "New Delhi", a.City)
		require.Equal(t, kind.Severity(), a.Severity)
		require.Equal(t, kind == alert.CashLimit, a.Name == "", kind)
		c.off(subject)
		b.sweep()
		require.Empty(t, b.open(subject), kind)
		require.Equal(t, []string{"alert.opened", "alert.closed"}, b.events(a.ID), kind)
	}
	for _, k := range alert.Kinds {
		var n int
		require.NoError(t, b.pool.QueryRow(b.ctx, `SELECT count(*) FROM alerts WHERE kind = $1`, string(k.Kind)).Scan(&n))
		require.Equal(t, 1, n, k.Kind)
	}
}

// TestAVendorPausedForSilenceIsSilent for as long as it is paused for that.
func TestAVendorPausedForSilenceIsSilent(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE vendors SET protected_at = now(), paused_until = '9999-01-01', pause_reason = $2 WHERE id = $1`, b.vendor, order.ProtectReason)
	b.sweep()
	require.Equal(t, []string{"vendor_silent"}, b.open(b.vendor))
	b.exec(`UPDATE vendors SET pause_reason = 'holiday' WHERE id = $1`, b.vendor)
	b.sweep()
	require.Empty(t, b.open(b.vendor))
}

// TestStaffLookAfterAlerts acknowledges, snoozes and wakes one, with its versions, its events and the audit log.
func TestStaffLookAfterAlerts(t *testing.T) {
	b := setup(t)
	n := b.order("ready", "unassigned")
	b.exec(`UPDATE deliveries SET unclaimed_at = now()`)
	b.sweep()
	a := b.only()

	got, err := b.Acknowledge(b.ctx, b.asha, a.ID, 1)
	require.NoError(t, err)
	require.Equal(t, alert.Acknowledged, got.State(got.Now))
	require.Equal(t, "Asha", got.AcknowledgedName)
	require.Equal(t, 2, got.Version)
	_, err = b.Acknowledge(b.ctx, b.ravi, a.ID, 1)
	require.Equal(t, domain.Precondition, domain.KindOf(err), "somebody was faster")
	got, err = b.Acknowledge(b.ctx, b.ravi, a.ID, 0)
	require.NoError(t, err)
	require.Equal(t, b.asha.ID, got.AcknowledgedBy, "it stays theirs")
	require.Equal(t, 2, got.Version)

	got, err = b.Snooze(b.ctx, b.ravi, a.ID, 2, 30*time.Minute)
	require.NoError(t, err)
	require.Equal(t, alert.Snoozed, got.State(got.Now))
	for state, want := range map[alert.State]int{"": 1, alert.Open: 0, alert.Acknowledged: 0, alert.Snoozed: 1, alert.Closed: 0} {
		all, err := b.Alerts(b.ctx, support.AlertFilter{State: state, Kind: alert.NoCourier, City: "new delhi", Limit: 10})
		require.NoError(t, err)
		require.Len(t, all, want, state)
	}
	for _, f := range []support.AlertFilter{{Kind: alert.CashLimit}, {City: "Pune"}, {Before: a.ID}} {
		f.Limit = 10
		all, err := b.Alerts(b.ctx, f)
		require.NoError(t, err)
		require.Empty(t, all)
	}

	b.exec(`UPDATE deliveries SET unclaimed_at = NULL`)
	b.sweep()
	_, err = b.Unacknowledge(b.ctx, b.asha, a.ID, 0)
	require.ErrorIs(t, err, alert.ErrClosed)
	_, err = b.Acknowledge(b.ctx, b.asha, a.ID, 1)
	require.ErrorIs(t, err, alert.ErrClosed, "that its cause has gone matters more than that it has changed")
	b.exec(`UPDATE deliveries SET unclaimed_at = now()`)
	b.sweep()
	again := b.only()
	require.NotEqual(t, a.ID, again.ID, "another alert")
	require.Equal(t, alert.Snoozed, again.State(again.Now), "as quiet as the last one would be")
	require.True(t, again.AcknowledgedAt.IsZero())
	got, err = b.Wake(b.ctx, b.asha, again.ID, 1)
	require.NoError(t, err)
	require.Equal(t, alert.Open, got.State(got.Now))

	require.Equal(t, []string{"alert.opened", "alert.acknowledged", "alert.snoozed", "alert.closed"}, b.events(a.ID))
	require.Equal(t, []string{"alert.opened", "alert.woken"}, b.events(again.ID))
	rows, err := b.pool.Query(b.ctx, `SELECT action || ' ' || (after ->> 'state') FROM audit_log WHERE subject = 'alert' AND actor_role = 'support' AND after ->> 'subjectId' = $1 ORDER BY id`, n.String())
	require.NoError(t, err)
	deeds, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"alert.acknowledge acknowledged", "alert.snooze snoozed", "alert.wake open"}, deeds)

	_, err = b.Alert(b.ctx, newID())
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	b.exec(`UPDATE alerts SET closed_at = now() - interval '91 days' WHERE id = $1`, a.ID)
	forgotten, err := b.db.ForgetAlerts(b.ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, forgotten)
}

// TestManyInstancesOpenOneAlert has several look for the same causes at once.
func TestManyInstancesOpenOneAlert(t *testing.T) {
	b := setup(t)
	for range 30 {
		b.order("ready", "unassigned")
	}
	b.exec(`UPDATE deliveries SET unclaimed_at = now()`)
	var group sync.WaitGroup
	errs := make([]error, 6)
	for n := range errs {
		group.Go(func() { errs[n] = b.SweepAlerts(b.ctx) })
	}
	group.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	all, err := b.Alerts(b.ctx, support.AlertFilter{Limit: 100})
	require.NoError(t, err)
	require.Len(t, all, 30)
	snapshot, err := b.Snapshot(b.ctx)
	require.NoError(t, err)
	require.Len(t, snapshot.Alerts, 30)
}

// A snapshot that has no room for everything holds what is most in danger, and says how much there is.
func TestSnapshotHoldsTheWorst(t *testing.T) {
	b := setup(t)
	b.Bound(2, 1)
	order := func(state, due string) domain.ID {
		n := b.order(state, "unassigned")
		b.exec(`UPDATE orders SET deadline_at = CASE WHEN state = 'placed' THEN now() + $2::interval END, ready_by = CASE WHEN state = 'preparing' THEN now() + $2::interval END,
		            promised_at = now() + $2::interval + interval '20 minutes' WHERE id = $1`, n, due)
		return n
	}
	order("ready", "0")
	cooking, waiting := order("preparing", "-3 minutes"), order("placed", "1 minute")
	order("preparing", "10 minutes")
	s, err := b.Snapshot(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 4, s.TotalOrders)
	require.ElementsMatch(t, []domain.ID{cooking, waiting}, []domain.ID{s.Orders[0].ID, s.Orders[1].ID})
	late := order("ready", "-40 minutes") // the newest, and the worst
	foretold := order("picked_up", "0")
	b.exec(`UPDATE orders SET estimated_at = promised_at + interval '15 minutes' WHERE id = $1`, foretold)
	s, err = b.Snapshot(b.ctx)
	require.NoError(t, err)
	require.Equal(t, 6, s.TotalOrders)
	require.ElementsMatch(t, []domain.ID{late, foretold}, []domain.ID{s.Orders[0].ID, s.Orders[1].ID})

	alerts := func(kind, severity string) domain.ID {
		n := newID()
		b.exec(`INSERT INTO alerts (id, kind, severity, subject, subject_id, city, name) VALUES ($1, $2, $3, 'order', $4, 'New Delhi', '8F2K')`, n, kind, severity, late)
		return n
	}
	alerts("sla_at_risk", "warn")
	worst := alerts("sla_breached", "crit")
	alerts("no_courier", "crit")
	s, err = b.Snapshot(b.ctx)
	require.NoError(t, err)
	require.Len(t, s.Alerts, 1)
	require.Equal(t, worst, s.Alerts[0].ID)
	require.Equal(t, 3, s.TotalAlerts)
	b.Bound(20, 200)
	s, err = b.Snapshot(b.ctx)
	require.NoError(t, err)
	require.Len(t, s.Alerts, 3)
	require.Equal(t, 3, s.TotalAlerts)
	require.Len(t, s.Orders, 6)
	require.Equal(t, 6, s.TotalOrders)
}
