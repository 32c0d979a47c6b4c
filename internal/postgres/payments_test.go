package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// sale is an order of 400 of food, 20 of tax and 60 for its delivery by a courier who has it; commission is 80.
type sale struct {
	bookkeeper
	customer, vendor, courier, order, payment domain.ID
}

func newSale(t *testing.T, method, provider, state string) sale {
	t.Helper()
	s := sale{newBooks(t), newID(), newID(), newID(), newID(), newID()}
	s.exec(`INSERT INTO users (id, email, first_name, role) SELECT id, id || '@example.com', 'Asha', 'customer' FROM unnest($1::uuid[]) id`, []string{s.customer.String(), s.courier.String()})
	s.exec(`INSERT INTO couriers (user_id, name, vehicle) VALUES ($1, 'Ravi', 'bicycle')`, s.courier.String())
	s.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, 'approved')`, s.vendor.String())
	s.exec(`INSERT INTO orders (id, number, state, version, customer_id, vendor_id, city, fulfilment, currency, total, address, delivery_pin, order_code,
	                            accept_seconds, promised_at, commission_bps, commission)
	        VALUES ($1, 'A1', 'accepted', 1, $2, $3, 'New Delhi', 'delivery', 'INR', 480, '{}', '', '', 300, now(), 2000, 80)`,
		s.order.String(), s.customer.String(), s.vendor.String())
	s.exec(`INSERT INTO quote_lines (order_id, position, kind, label, amount, bearer)
	        VALUES ($1, 0, 'item', 'Thali', 400, 'customer'), ($1, 1, 'tax', 'Tax', 20, 'customer'), ($1, 2, 'delivery_fee', 'Delivery', 60, 'customer')`, s.order.String())
	s.exec(`INSERT INTO deliveries (id, order_id, vendor_id, state, courier_id, pickup_lat, pickup_lng, dropoff_lat, dropoff_lng)
	        VALUES ($1, $2, $3, 'assigned', $4, 28.61, 77.21, 28.62, 77.22)`, newID().String(), s.order.String(), s.vendor.String(), s.courier.String())
	s.exec(`INSERT INTO payments (id, order_id, method, provider, provider_ref, state, amount, captured, currency)
	        VALUES ($1, $2, $3, $4, $5, $6, 480, CASE WHEN $6 = 'captured' THEN 480 ELSE 0 END, 'INR')`,
		s.payment.String(), s.order.String(), method, provider, map[bool]string{true: "pi_1"}[provider != ""], state)
	return s
}

func (s sale) exec(sql string, args ...any) {
	s.t.Helper()
	_, err := s.Pool().Exec(s.t.Context(), sql, args...)
	require.NoError(s.t, err)
}

// with holds the order and its payment.
func (s sale) with(do func(tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment) error) error {
	return s.InTx(s.t.Context(), func(tx *postgres.Tx) error {
		o, p, err := tx.HoldPaymentByID(s.t.Context(), s.payment)
		if err != nil {
			return err
		}
		return do(tx, o, p)
	})
}

// end ends the order with an outcome, and gives the event.
func (s sale) end(out order.Outcome) (event domain.Event) {
	s.t.Helper()
	require.NoError(s.t, s.with(func(tx *postgres.Tx, o *postgres.LockedOrder, _ *postgres.LockedPayment) (err error) {
		o.Outcome = out
		event, err = tx.ReleasePayment(s.t.Context(), o)
		return err
	}))
	return event
}

func (s sale) lines(sql string) []string {
	s.t.Helper()
	rows, err := s.Pool().Query(s.t.Context(), sql)
	require.NoError(s.t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(s.t, err)
	return lines
}

func (s sale) books() []string {
	return s.lines(`SELECT concat_ws(' ', t.kind, a.kind, e.amount) FROM transfers t JOIN entries e ON e.transfer_id = t.id
		JOIN accounts a ON a.id = e.account_id ORDER BY 1`)
}

func (s sale) asked() []string {
	return s.lines(`SELECT concat_ws(' ', verb, amount, state) FROM payment_operations ORDER BY 1`)
}

func (s sale) paid() []string {
	return s.lines(`SELECT concat_ws(' ', state, captured, refunded, refunding) FROM payments ORDER BY id`)
}

// half is a cancel that costs the customer half of it.
func half(liable order.Party) order.Outcome {
	out := order.Outcome{Policy: 1, Lost: inr(240), Fee: inr(0), Refund: inr(480), Liable: liable}
	if liable == order.OfCustomer {
		out.Fee, out.Refund = inr(240), inr(240)
	}
	return out
}

func TestCashAtTheDoor(t *testing.T) {
	s := newSale(t, "cod", "", "created")
	require.NoError(t, s.with(func(tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment) error {
		require.EqualValues(t, 80, p.Order.Bill.Commission)
		event, err := tx.SettleOrder(t.Context(), o)
		require.Equal(t, "payment.captured", event.Type)
		return err
	}))
	require.Equal(t, []string{"captured 480 0 0"}, s.paid())
	require.Equal(t, []string{
		"order.captured courier_cash -480", "order.captured held 480", "order.settled commission 80", "order.settled courier 60",
		"order.settled held -480", "order.settled tax 20", "order.settled vendor 320",
	}, s.books())
	err := s.with(func(tx *postgres.Tx, o *postgres.LockedOrder, _ *postgres.LockedPayment) error {
		_, err := tx.SettleOrder(t.Context(), o)
		return err
	})
	require.Equal(t, domain.Conflict, domain.KindOf(err), "once")
	s.sound()
}

func TestABillThatDoesNotAddUpIsNotSettled(t *testing.T) {
	s := newSale(t, "cod", "", "created")
	s.exec("UPDATE orders SET total = 481")
	require.ErrorContains(t, s.with(func(*postgres.Tx, *postgres.LockedOrder, *postgres.LockedPayment) error { return nil }), "come to 480, not 481")
}

// What was not paid cannot be kept: the platform bears what a customer would owe, and the vendor pays only when it is liable.
func TestACashOrderIsCancelled(t *testing.T) {
	for liable, want := range map[order.Party][]string{
		order.OfCustomer: {"order.cancelled refunds -160", "order.cancelled vendor 160"},
		order.OfPlatform: {"order.cancelled refunds -160", "order.cancelled vendor 160"},
		order.OfVendor:   nil,
		"":               nil, // it was free
	} {
		t.Run(string(liable), func(t *testing.T) {
			s := newSale(t, "cod", "", "created")
			out := half(liable)
			if liable == "" {
				out = order.Outcome{}
			}
			require.Equal(t, "payment.voided", s.end(out).Type)
			require.Equal(t, []string{"voided 0 0 0"}, s.paid())
			require.ElementsMatch(t, want, s.books())
		})
	}
}

func TestADamagedOrderIsTheCouriers(t *testing.T) {
	s := newSale(t, "card", "sandbox", "captured")
	s.exec("UPDATE deliveries SET state = 'returned'")
	s.end(order.Outcome{Policy: 1, Lost: inr(480), Fee: inr(0), Refund: inr(480), Liable: order.OfCourier})
	require.Equal(t, []string{"order.cancelled courier -320", "order.cancelled vendor 320"}, s.books(), "no fee for carrying it")
	require.Equal(t, []string{"refund 480 pending"}, s.asked())
}

func TestNobodyAtTheDoor(t *testing.T) {
	s := newSale(t, "card", "sandbox", "captured")
	s.exec("UPDATE deliveries SET state = 'returned'")
	s.end(order.Outcome{Policy: 1, Lost: inr(480), Fee: inr(480), Refund: inr(0), Liable: order.OfCustomer})
	require.Equal(t, []string{
		"order.cancelled courier 60", "order.cancelled fees 80", "order.cancelled held -480", "order.cancelled tax 20", "order.cancelled vendor 320",
	}, s.books())
	require.Empty(t, s.asked(), "nothing goes back")
}

func TestAWalletHasItBackAtOnce(t *testing.T) {
	s := newSale(t, "wallet", "", "authorized")
	require.NoError(t, s.post(ledger.Credited(newID(), s.customer, inr(500))))
	require.NoError(t, s.with(func(tx *postgres.Tx, _ *postgres.LockedOrder, p *postgres.LockedPayment) error {
		return tx.Transfer(t.Context(), p.Order.Captured(p.ID, ledger.Wallet(s.customer), 480))
	}))
	require.Equal(t, "payment.captured", s.end(half(order.OfCustomer)).Type, "of what is kept")
	require.Equal(t, []string{"captured 240 0 0"}, s.paid())
	require.Equal(t, 260, s.scan("SELECT balance FROM accounts WHERE kind = 'wallet'"))
	require.Zero(t, s.scan("SELECT sum(e.amount)::int FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'held'"))
	s.sound()
}

func TestAGatewayIsAskedToGiveBack(t *testing.T) {
	for _, tt := range []struct {
		state string
		out   order.Outcome
		asked []string
		paid  string
	}{
		{"created", order.Outcome{}, []string{"void 480 pending"}, "created 0 0 0"},
		{"authorized", order.Outcome{}, []string{"void 480 pending"}, "authorized 0 0 0"},
		{"authorized", half(order.OfCustomer), []string{"capture 240 pending"}, "authorized 0 0 0"},
		{"captured", half(order.OfVendor), []string{"refund 480 pending"}, "captured 480 0 480"},
		{"captured", half(order.OfCustomer), []string{"refund 240 pending"}, "captured 480 0 240"},
		{"voided", order.Outcome{}, nil, "voided 0 0 0"},
	} {
		t.Run(tt.state, func(t *testing.T) {
			s := newSale(t, "card", "stripe", tt.state)
			require.Empty(t, s.end(tt.out).Type, "the gateway has not answered")
			require.ElementsMatch(t, tt.asked, s.asked())
			require.Equal(t, []string{tt.paid}, s.paid())
		})
	}
}

// A capture that was asked for at the accept is dropped when nobody has begun it; one that runs is waited for, and what it
// has taken is given back then.
func TestACancelOvertakesTheCapture(t *testing.T) {
	ask := func(s sale) {
		require.NoError(s.t, s.with(func(tx *postgres.Tx, _ *postgres.LockedOrder, p *postgres.LockedPayment) error {
			return tx.AskGateway(s.t.Context(), payment.Operation{ID: newID(), PaymentID: p.ID, Verb: payment.VerbCapture, Amount: p.Amount})
		}))
	}
	s := newSale(t, "card", "sandbox", "authorized")
	ask(s)
	s.end(order.Outcome{})
	require.Equal(t, []string{"capture 480 failed", "void 480 pending"}, s.asked())

	t.Run("running", func(t *testing.T) {
		s := newSale(t, "card", "sandbox", "authorized")
		ask(s)
		s.exec("UPDATE payment_operations SET attempts = 1")
		s.end(half(order.OfCustomer))
		require.Equal(t, []string{"capture 480 pending"}, s.asked())
		s.exec("UPDATE payment_operations SET state = 'done', ended_at = now()")
		require.NoError(t, s.with(func(tx *postgres.Tx, _ *postgres.LockedOrder, p *postgres.LockedPayment) error {
			_, err := p.Capture(p.Amount)
			require.NoError(t, err)
			require.NoError(t, tx.SavePayment(t.Context(), p))
			_, err = tx.GiveBack(t.Context(), p, 240)
			return err
		}))
		require.Equal(t, []string{"capture 480 done", "refund 240 pending"}, s.asked())
	})
}

func TestAGatewayIsAskedOnceForEach(t *testing.T) {
	s := newSale(t, "card", "sandbox", "authorized")
	ask := func(verb string, amount int64) error {
		return s.with(func(tx *postgres.Tx, _ *postgres.LockedOrder, p *postgres.LockedPayment) error {
			return tx.AskGateway(t.Context(), payment.Operation{ID: newID(), PaymentID: p.ID, Verb: verb, Amount: inr(amount)})
		})
	}
	require.NoError(t, ask(payment.VerbCapture, 480))
	require.ErrorContains(t, ask(payment.VerbCapture, 480), "payment.asked")
	require.NoError(t, ask(payment.VerbRefund, 10))
	require.NoError(t, ask(payment.VerbRefund, 10))
	s.exec("UPDATE payment_operations SET state = 'failed', ended_at = now() WHERE verb = 'capture'")
	require.NoError(t, ask(payment.VerbCapture, 480), "the first one failed")
}

// TestTwoRefundsCannotBothWin: of many who ask for more than half of it, one is heard.
func TestTwoRefundsCannotBothWin(t *testing.T) {
	s := newSale(t, "card", "sandbox", "captured")
	won, lost := s.race(8, func() error {
		return s.with(func(tx *postgres.Tx, _ *postgres.LockedOrder, p *postgres.LockedPayment) error {
			if err := p.AskRefund(inr(300)); err != nil {
				return err
			}
			return tx.SavePayment(t.Context(), p)
		})
	})
	require.Equal(t, 1, won)
	for _, err := range lost {
		require.ErrorIs(t, err, payment.ErrRefund)
	}
	for _, wrong := range []string{
		"refunding = 481", "captured = 481", "refunded = 1", "state = 'voided'", "state = 'refunded', refunding = 0", "method = 'cod'", "provider = 'mattress'",
	} {
		require.NotEmpty(t, constraint(t, s.try("UPDATE payments SET "+wrong)), wrong)
	}
}

func TestARestoredOrderIsPaidAnew(t *testing.T) {
	s := newSale(t, "cod", "", "created")
	s.end(half(order.OfPlatform))
	restore := func() error {
		return s.with(func(tx *postgres.Tx, o *postgres.LockedOrder, _ *postgres.LockedPayment) error {
			_, err := tx.RestorePayment(t.Context(), o)
			return err
		})
	}
	require.NoError(t, restore())
	require.Equal(t, []string{"voided 0 0 0", "created 0 0 0"}, s.paid())
	require.Equal(t, []string{"order.cancelled refunds -160", "order.cancelled vendor 160", "reversal refunds 160", "reversal vendor -160"}, s.books())
	view, err := s.OrderByID(t.Context(), s.order)
	require.NoError(t, err)
	require.Equal(t, "created", view.PaymentState, "the newest counts")
	require.NoError(t, s.InTx(t.Context(), func(tx *postgres.Tx) error { // cancelled and restored once more
		o, err := tx.HoldOrder(t.Context(), s.order)
		require.NoError(t, err)
		o.Outcome = half(order.OfPlatform)
		_, err = tx.ReleasePayment(t.Context(), o)
		return err
	}))
	require.NoError(t, restore())
	require.Len(t, s.books(), 8)
	require.Zero(t, s.scan("SELECT sum(e.amount)::int FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'vendor'"))

	t.Run("prepaid", func(t *testing.T) {
		s := newSale(t, "card", "sandbox", "captured")
		s.exec("UPDATE payments SET state = 'refunded', refunded = captured")
		require.ErrorIs(t, s.with(func(tx *postgres.Tx, o *postgres.LockedOrder, _ *postgres.LockedPayment) error {
			_, err := tx.RestorePayment(t.Context(), o)
			return err
		}), postgres.ErrNotRestorable)
	})
}
