package billing_test

import (
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
)

const total = 24_900 + 1_245 // of one thali for pickup, with 5 % of tax

func TestAPrepaidOrder(t *testing.T) {
	b := setup(t, sandbox.Options{Delay: 20 * time.Millisecond, Duplicates: 2, Disorder: 20 * time.Millisecond})
	orderID, s := b.begun(1)
	require.Equal(t, sandbox.Name, s.Provider)
	again, err := b.Begin(b.ctx, b.customer, orderID, "")
	require.NoError(t, err)
	require.Equal(t, s, again)
	_, err = b.Begin(b.ctx, b.account(domain.RoleCustomer), orderID, "")
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	require.Zero(t, b.scan(`SELECT count(*) FROM transfers`))

	b.card(s, "is accepted")
	b.until(orderID, order.Placed, rules.Authorized)
	_, err = b.Begin(b.ctx, b.customer, orderID, "")
	require.ErrorIs(t, err, billingNotDue)
	require.Zero(t, b.scan(`SELECT count(*) FROM transfers`), "held at the gateway is not ours")

	_, err = b.orders.Accept(b.ctx, b.owner, orderID, 0, 10)
	require.NoError(t, err)
	b.until(orderID, order.Accepted, rules.Captured)
	require.EqualValues(t, total, b.balance("held"))
	require.EqualValues(t, -total, b.balance("gateway"))

	b.handOver(orderID)
	b.closed()
	require.EqualValues(t, 24_900, b.balance("vendor")+b.balance("commission"))
	require.EqualValues(t, 1_245, b.balance("tax"))
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM transfers WHERE kind = 'order.captured'`))
	require.Equal(t, "order.pending_payment payment.authorized order.placed order.accepted payment.captured order.preparing order.ready order.collected",
		b.text(`SELECT string_agg(type, ' ' ORDER BY version) FROM events WHERE subject_id = $1 AND type <> 'order.nudge'`, orderID.String()))
}

// handOver cooks an order and hands it over the counter.
func (b *bench) handOver(orderID domain.ID) {
	b.t.Helper()
	_, err := b.orders.Start(b.ctx, b.owner, orderID, 0)
	require.NoError(b.t, err)
	_, err = b.orders.Ready(b.ctx, b.owner, orderID, 0)
	require.NoError(b.t, err)
	_, err = b.orders.Collect(b.ctx, b.owner, orderID, 0, b.text(`SELECT order_code FROM orders WHERE id = $1`, orderID.String()))
	require.NoError(b.t, err)
}

func TestACustomerWhoDoesNotPay(t *testing.T) {
	b := setup(t, sandbox.Options{})
	declined, s := b.begun(1)
	for attempt := range rules.MaxAttempts {
		if attempt > 0 {
			again, err := b.Begin(b.ctx, b.customer, declined, "")
			require.NoError(t, err)
			require.NotEqual(t, s.PaymentID, again.PaymentID)
			s = again
		}
		for range 3 {
			b.card(s, "declined")
		}
		b.eventually(func() bool {
			return b.scan(`SELECT count(*) FROM payments WHERE order_id = $1 AND state = 'failed'`, declined.String()) == int64(attempt+1)
		})
		b.verified()
	}
	b.until(declined, order.PaymentFailed, rules.Failed)
	require.EqualValues(t, 100, b.scan(`SELECT stock FROM dishes`), "its portion is back")
	_, err := b.Begin(b.ctx, b.customer, declined, "")
	require.ErrorIs(t, err, billingNotDue)
	require.ErrorContains(t, err, "order anew")

	left, s := b.begun(1)
	b.page(s, url.Values{"do": {"leave"}})
	b.until(left, order.PendingPayment, rules.Failed)
	b.exec(`UPDATE orders SET deadline_at = now() WHERE id = $1`, left.String())
	_, err = b.Begin(b.ctx, b.customer, left, "")
	require.ErrorIs(t, err, billingNotDue, "there is no time left")
	b.until(left, order.PaymentFailed, rules.Failed)

	late, s := b.begun(1)
	b.exec(`UPDATE orders SET deadline_at = now() WHERE id = $1`, late.String())
	b.until(late, order.PaymentFailed, rules.Voided)
	standing, err := b.gateway.Status(b.ctx, s.Reference)
	require.NoError(t, err)
	require.Equal(t, rules.Voided, standing.State, "the page takes no card any more")

	never, err := b.order(1, rules.Card)
	require.NoError(t, err)
	b.exec(`UPDATE orders SET deadline_at = now() WHERE id = $1`, never.String())
	b.until(never, order.PaymentFailed, rules.Voided)
	_, err = b.Begin(b.ctx, b.customer, never, "")
	require.ErrorIs(t, err, billingNotDue)
	require.Zero(t, b.scan(`SELECT count(*) FROM transfers`))
	require.EqualValues(t, 100, b.scan(`SELECT stock FROM dishes`))
}

// saying is a gateway that says what a test has it say.
type saying struct {
	payment.Gateway
	event payment.Event
}

func (g saying) ParseWebhook(http.Header, []byte, time.Time) (payment.Event, error) {
	return g.event, nil
}

// hears has the gateway say something of a payment.
func (b *bench) hears(kind payment.Kind, s billing.Session) {
	b.t.Helper()
	e := payment.Event{ID: newID().String(), Kind: kind, PaymentID: s.PaymentID, Reference: s.Reference, Amount: *rupees(total)}
	hearing := billing.New(b.db, billing.Options{Gateways: []payment.Gateway{saying{b.gateway, e}}})
	require.NoError(b.t, hearing.Webhook(b.ctx, sandbox.Name, nil, nil))
}

func TestACustomerPaysAgainAfterACardThatFailed(t *testing.T) {
	failed := func(b *bench) (id domain.ID, first, again billing.Session) {
		id, first = b.begun(1)
		b.page(first, url.Values{"do": {"leave"}})
		b.until(id, order.PendingPayment, rules.Failed)
		require.EqualValues(b.t, 99, b.scan(`SELECT stock FROM dishes`), "its portion is kept")
		var group sync.WaitGroup
		sessions := make([]billing.Session, 4)
		for i := range sessions {
			group.Go(func() {
				var err error
				sessions[i], err = b.Begin(b.ctx, b.customer, id, "")
				assert.NoError(b.t, err)
			})
		}
		group.Wait()
		for _, s := range sessions {
			require.Equal(b.t, sessions[0], s, "all at once are one")
		}
		require.EqualValues(b.t, 2, b.scan(`SELECT count(*) FROM payments`))
		return id, first, sessions[0]
	}
	t.Run("and it succeeds", func(t *testing.T) {
		b := setup(t, sandbox.Options{Duplicates: 2, Disorder: 10 * time.Millisecond})
		id, _, s := failed(b)
		b.card(s, "is accepted")
		b.until(id, order.Placed, rules.Authorized)
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		b.handOver(id)
		require.EqualValues(t, -total, b.balance("gateway"))
		b.closed()
		b.verified()
	})
	t.Run("and nobody pays", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		id, _, _ := failed(b)
		b.exec(`UPDATE orders SET deadline_at = now()`)
		b.until(id, order.PaymentFailed, rules.Voided)
		b.everythingIsFree()
	})
	for name, kind := range map[string]payment.Kind{"is held": payment.KindAuthorized, "is taken": payment.KindCaptured} {
		t.Run("and the first "+name+" after all", func(t *testing.T) {
			b := setup(t, sandbox.Options{})
			id, first, s := failed(b)
			b.hears(kind, first)
			b.hears(kind, first)
			require.Equal(t, "pending_payment", b.text(`SELECT state FROM orders`), "it waits for the other one")
			b.card(s, "is accepted")
			b.until(id, order.Placed, rules.Authorized)
			require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payment_operations WHERE payment_id = $1`, first.PaymentID.String()), "it goes back, once")
			if kind == payment.KindCaptured {
				require.EqualValues(t, total, b.scan(`SELECT refunding + refunded FROM payments WHERE id = $1`, first.PaymentID.String()))
			}
			b.accept(id)
			b.until(id, order.Accepted, rules.Captured)
			b.handOver(id)
			b.eventually(func() bool { return b.scan(`SELECT count(*) FROM payment_operations WHERE state = 'pending'`) == 0 })
			if kind == payment.KindCaptured { // of which this gateway knows nothing: it refuses, and they have it in their wallet
				require.EqualValues(t, total, b.balance("wallet"))
			}
			require.Len(t, b.papers(id), 1, "what went back was not sold")
			b.closed()
			b.verified()
		})
	}
}

func TestWhereACustomerComesBackTo(t *testing.T) {
	b := setup(t, sandbox.Options{})
	id, err := b.order(1, rules.Card)
	require.NoError(t, err)
	_, err = b.Begin(b.ctx, b.customer, id, "https://evil.example/")
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	plain, err := b.Begin(b.ctx, b.customer, id, "")
	require.NoError(t, err)
	for _, back := range []string{"https://app.example/orders?a=1&b=%22", "zoop-app://paid"} {
		s, err := b.Begin(b.ctx, b.customer, id, back)
		require.NoError(t, err)
		require.Equal(t, back, s.ReturnURL)
		require.Equal(t, plain.Session, s.Session, "it is the same payment")
	}
	b.card(plain, "is accepted")
	resp, err := http.Get(plain.HostedURL)
	require.NoError(t, err)
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(page), `<a href="zoop-app://paid"`)
}

// everythingIsFree sees that nothing hangs on the orders that there were.
func (b *bench) everythingIsFree() {
	b.t.Helper()
	require.EqualValues(b.t, 100, b.scan(`SELECT stock FROM dishes`))
	require.Zero(b.t, b.scan(`SELECT coalesce(sum(used), 0) FROM promotions`))
	require.Zero(b.t, b.scan(`SELECT count(*) FROM orders WHERE slot_at IS NOT NULL`))
	require.Zero(b.t, b.scan(`SELECT coalesce(sum(taken), 0) FROM vendor_slots`))
	require.Zero(b.t, b.balance("gateway"))
	b.closed()
	b.verified()
}

func TestACustomerWhoCancelsInsteadOfPaying(t *testing.T) {
	cancel := func(b *bench, id domain.ID) {
		_, err := b.orders.Cancel(b.ctx, b.customer, id, 0, "CHANGED_MIND")
		require.NoError(b.t, err)
		require.EqualValues(b.t, 100, b.scan(`SELECT stock FROM dishes`), "at once")
	}
	t.Run("who has not begun", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		b.exec(`UPDATE vendors SET slot_capacity = 1`)
		id, err := b.order(1, rules.Card)
		require.NoError(t, err)
		quote, err := b.orders.CancelQuote(b.ctx, b.customer, id, "MISTAKE")
		require.NoError(t, err)
		require.Zero(t, quote.Fee.Amount)
		cancel(b, id)
		b.until(id, order.Cancelled, rules.Voided)
		_, err = b.Begin(b.ctx, b.customer, id, "")
		require.ErrorIs(t, err, billingNotDue)
		b.everythingIsFree()
	})
	t.Run("who is at the gateway's page", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		id, s := b.begun(1)
		cancel(b, id)
		b.until(id, order.Cancelled, rules.Voided)
		standing, err := b.gateway.Status(b.ctx, s.Reference)
		require.NoError(t, err)
		require.Equal(t, rules.Voided, standing.State)
		b.everythingIsFree()
	})
	t.Run("whose money is taken all the same", func(t *testing.T) {
		b := setup(t, sandbox.Options{Duplicates: 3, Disorder: 10 * time.Millisecond})
		b.deaf.Store(true)
		id, s := b.begun(1)
		b.card(s, "is accepted")
		_, err := b.gateway.Capture(b.ctx, b.atGateway(total))
		require.NoError(t, err)
		cancel(b, id)
		b.deaf.Store(false)
		b.until(id, order.Cancelled, rules.Refunded)
		require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payment_operations WHERE verb = 'refund'`))
		b.everythingIsFree()
	})
	t.Run("at the moment when the bank says yes", func(t *testing.T) {
		b := setup(t, sandbox.Options{Duplicates: 2})
		for range 8 {
			id, s := b.begun(1)
			var group sync.WaitGroup
			group.Go(func() { b.card(s, "is accepted") })
			group.Go(func() {
				_, err := b.orders.Cancel(b.ctx, b.customer, id, 0, "CHANGED_MIND")
				assert.NoError(t, err)
			})
			group.Wait()
			b.until(id, order.Cancelled, rules.Voided)
			standing, err := b.gateway.Status(b.ctx, s.Reference)
			require.NoError(t, err)
			require.Equal(t, rules.Voided, standing.State)
		}
		b.everythingIsFree()
	})
}

// What promotions have paid wants no gateway: it is placed at once.
func TestAnOrderThatCostsNothing(t *testing.T) {
	b := setup(t, sandbox.Options{})
	b.exec(`INSERT INTO promotions (id, code, label, benefit, share, vendor_share, currency) VALUES ($1, 'GIFT', 'A gift', 'percent', 10000, 5000, 'INR')`, newID().String())
	b.exec(`UPDATE vendors SET tax_bp = 0`)
	free := func(method rules.Method) domain.ID {
		q, err := b.orders.PutCart(b.ctx, b.customer, ordering.Wish{
			VendorID: b.vendor, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}}, Fulfilment: order.Pickup, CouponCode: "GIFT",
		})
		require.NoError(t, err)
		require.Zero(t, q.Quote.Total.Amount)
		return b.confirmed(q, method)
	}
	for _, method := range []rules.Method{rules.Card, rules.Wallet, rules.COD} {
		id := free(method)
		require.Equal(t, "placed", b.text(`SELECT state FROM orders WHERE id = $1`, id.String()), method)
		_, err := b.Begin(b.ctx, b.customer, id, "")
		require.ErrorIs(t, err, billingNotDue)
		b.verified()
		b.accept(id)
		b.handOver(id)
		b.closed()
		b.verified()
		_, err = b.refund(b.admin, id, billing.RefundWish{Reason: "OPS", Wallet: true})
		require.Equal(t, domain.Conflict, domain.KindOf(err), "there is nothing to give back")

		id = free(method)
		_, err = b.orders.Cancel(b.ctx, b.customer, id, 0, "MISTAKE")
		require.NoError(t, err)
		id = free(method)
		b.accept(id)
		_, err = b.orders.Start(b.ctx, b.owner, id, 0)
		require.NoError(t, err)
		_, err = b.orders.Cancel(b.ctx, b.admin, id, 0, "OPS")
		require.NoError(t, err)
		b.closed()
		b.verified()
	}
	require.Zero(t, b.balance("gateway")+b.balance("wallet")+b.balance("courier_cash"))
}

// Whoever takes long to pay is promised the food that much later.
func TestAPromiseCountsFromThePayment(t *testing.T) {
	b := setup(t, sandbox.Options{})
	id, s := b.begun(1)
	b.exec(`UPDATE orders SET placed_at = placed_at - interval '7 minutes', promised_at = promised_at - interval '7 minutes'`)
	b.card(s, "is accepted")
	b.until(id, order.Placed, rules.Authorized)
	soonest := b.scan(`SELECT extract(epoch FROM promised_at - placed_at)::bigint / 60 FROM orders`)
	require.EqualValues(t, 7, soonest-b.scan(`SELECT prep_minutes FROM vendors`))
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM events e JOIN orders o ON o.id = e.subject_id
		WHERE e.type = 'order.placed' AND abs(extract(epoch FROM (e.data ->> 'promisedAt')::timestamptz - o.promised_at)) < 1`))
}

func TestABankThatAnswersTooLate(t *testing.T) {
	b := setup(t, sandbox.Options{SlowAfter: 300 * time.Millisecond})
	orderID, s := b.begun(1)
	b.deaf.Store(true) // so that nothing but asking tells
	b.card(s, "long time")
	b.exec(`UPDATE orders SET deadline_at = now() WHERE id = $1`, orderID.String())
	b.until(orderID, order.PaymentFailed, rules.Voided)
}

func TestThreeDSecure(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID, s := b.begun(1)
	b.card(s, "3-D Secure")
	b.page(s, url.Values{"do": {"approve"}})
	b.until(orderID, order.Placed, rules.Authorized)
}

func TestAnOrderThatIsNotMadeIsNotPaid(t *testing.T) {
	b := setup(t, sandbox.Options{})
	rejected, s := b.begun(1)
	b.card(s, "is accepted")
	b.until(rejected, order.Placed, rules.Authorized)
	_, err := b.orders.Reject(b.ctx, b.owner, rejected, 0, "TOO_BUSY", nil)
	require.NoError(t, err)
	b.until(rejected, order.Rejected, rules.Voided)
	standing, err := b.gateway.Status(b.ctx, s.Reference)
	require.NoError(t, err)
	require.Equal(t, rules.Voided, standing.State)
	require.Zero(t, b.scan(`SELECT count(*) FROM transfers`))

	taken, s := b.begun(1)
	b.card(s, "is accepted")
	b.until(taken, order.Placed, rules.Authorized)
	_, err = b.orders.Accept(b.ctx, b.owner, taken, 0, 10)
	require.NoError(t, err)
	b.until(taken, order.Accepted, rules.Captured)
	_, err = b.orders.Cancel(b.ctx, b.admin, taken, 0, "OPS")
	require.NoError(t, err)
	b.until(taken, order.Cancelled, rules.Refunded)
	b.closed()
	require.Zero(t, b.balance("gateway"))
}

func TestACardThatCannotBeCaptured(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID, s := b.begun(1)
	b.card(s, "cannot be captured")
	b.until(orderID, order.Placed, rules.Authorized)
	_, err := b.orders.Accept(b.ctx, b.owner, orderID, 0, 10)
	require.NoError(t, err)
	b.until(orderID, order.Cancelled, rules.Voided)
	require.Equal(t, "PAYMENT_FAILED", b.text(`SELECT cancel_reason FROM orders`))
	b.closed()

	cooked, s := b.begun(1)
	b.card(s, "cannot be captured")
	b.until(cooked, order.Placed, rules.Authorized)
	_, err = b.orders.Accept(b.ctx, b.owner, cooked, 0, 10)
	require.NoError(t, err)
	_, err = b.orders.Start(b.ctx, b.owner, cooked, 0)
	require.NoError(t, err)
	b.eventually(func() bool {
		return b.scan(`SELECT count(*) FROM events WHERE subject_id = $1 AND type = 'payment.capture_failed'`, cooked.String()) == 1
	})
	require.Equal(t, "preparing", b.text(`SELECT state FROM orders WHERE id = $1`, cooked.String()), "what is in the pan is not thrown away")
}

// A payment whose webhooks never come is found by asking.
func TestReconciliation(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID, s := b.begun(1)
	b.card(s, "no webhook")
	b.turn()
	require.Equal(t, "created", b.text(`SELECT state FROM payments`))
	b.exec(`UPDATE payments SET ask_at = now()`)
	b.until(orderID, order.Placed, rules.Authorized)
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payments WHERE ask_at IS NULL`), "nobody asks any more")
}

func TestAWallet(t *testing.T) {
	b := setup(t, sandbox.Options{})
	_, err := b.order(1, rules.Wallet)
	require.Equal(t, domain.Conflict, domain.KindOf(err))
	require.Zero(t, b.scan(`SELECT count(*) FROM orders`), "nothing is ordered")
	_, err = b.Credit(b.ctx, b.support, b.customer.ID, domain.Money{Amount: 10_001, Currency: "INR"}, "sorry", encodeCredit)
	require.Equal(t, domain.Forbidden, domain.KindOf(err), "past their limit")
	_, err = b.Credit(b.ctx, b.admin, b.customer.ID, domain.Money{Amount: total + 5, Currency: "INR"}, "sorry", encodeCredit)
	require.NoError(t, err)
	_, err = b.Credit(b.ctx, b.admin, b.owner.ID, domain.Money{Amount: 5, Currency: "INR"}, "sorry", encodeCredit)
	require.Equal(t, domain.NotFound, domain.KindOf(err))

	orderID, err := b.order(1, rules.Wallet)
	require.NoError(t, err)
	balances, err := b.Wallet(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, []domain.Money{{Amount: 5, Currency: "INR"}}, balances)
	_, err = b.orders.Cancel(b.ctx, b.customer, orderID, 0, "MISTAKE")
	require.NoError(t, err)
	require.EqualValues(t, total+5, b.balance("wallet"))
	b.closed()

	orderID, err = b.order(1, rules.Wallet)
	require.NoError(t, err)
	_, err = b.orders.Accept(b.ctx, b.owner, orderID, 0, 10)
	require.NoError(t, err)
	b.until(orderID, order.Accepted, rules.Captured)
	b.handOver(orderID)
	b.closed()
	require.EqualValues(t, 5, b.balance("wallet"))
	require.EqualValues(t, 24_900, b.balance("vendor")+b.balance("commission"))
}

// What a bank refuses once it is cooked, the marketplace bears, and the bank lets go.
func TestACaptureThatFailsOnceCookingHasBegun(t *testing.T) {
	for name, c := range map[string]struct {
		before, after func(*bench, domain.ID)
		state         order.State
		price         int64
	}{
		"before the handover": {nil, (*bench).collect, order.Collected, 4 * total},
		"after the handover":  {(*bench).collect, nil, order.Collected, 4 * total},
		"and it is revised":   {nil, func(b *bench, id domain.ID) { b.less(id, 2); b.verified(); b.collect(id) }, order.Collected, 2 * total},
		"and it is cancelled": {nil, func(b *bench, id domain.ID) {
			_, err := b.orders.Cancel(b.ctx, b.admin, id, 0, "OPS")
			require.NoError(b.t, err)
		}, order.Cancelled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, sandbox.Options{})
			id := b.paid(4, "cannot be captured")
			b.accept(id)
			_, err := b.orders.Start(b.ctx, b.owner, id, 0)
			require.NoError(t, err)
			if c.before != nil {
				c.before(b, id)
			}
			b.eventually(func() bool { return b.text(`SELECT state FROM payments`) == "voided" })
			b.verified()
			if c.after != nil {
				c.after(b, id)
			}
			b.until(id, c.state, rules.Voided)
			b.closed()
			b.verified()
			if c.price > 0 {
				require.Equal(t, -c.price, b.balance("refunds"))
				require.Equal(t, c.price, b.balance("vendor")+b.balance("commission")+b.balance("tax"))
			}
			require.Zero(t, b.balance("gateway"))
			require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payment_operations WHERE verb = 'capture'`))
			require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payment_operations WHERE verb = 'void'`))
			require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'payment.capture_failed'`))
		})
	}
}

// collect has an order that is being cooked handed over the counter.
func (b *bench) collect(orderID domain.ID) {
	b.t.Helper()
	_, err := b.orders.Ready(b.ctx, b.owner, orderID, 0)
	require.NoError(b.t, err)
	_, err = b.orders.Collect(b.ctx, b.owner, orderID, 0, b.text(`SELECT order_code FROM orders WHERE id = $1`, orderID.String()))
	require.NoError(b.t, err)
}

// What a gateway refuses for good is not waited for: its portion is free at once.
func TestAGatewayThatRefusesToBegin(t *testing.T) {
	b := setup(t, sandbox.Options{})
	id, err := b.order(1, rules.Card)
	require.NoError(t, err)
	b.exec(`UPDATE payments SET amount = 0`) // which no gateway takes
	_, err = b.Begin(b.ctx, b.customer, id, "")
	require.Equal(t, domain.Conflict, domain.KindOf(err))
	require.ErrorContains(t, err, "refuses")
	b.until(id, order.PaymentFailed, rules.Voided)
	require.EqualValues(t, 100, b.scan(`SELECT stock FROM dishes`))
}
