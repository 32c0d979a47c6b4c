package billing_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// less has an order revised to so many portions of its first line.
func (b *bench) less(orderID domain.ID, portions int) ordering.Order {
	b.t.Helper()
	_, err := b.orders.Propose(b.ctx, b.owner, orderID, 0, []order.Reduction{{Line: 0, Quantity: portions}})
	require.NoError(b.t, err)
	o, err := b.orders.Agree(b.ctx, b.customer, orderID, 0)
	require.NoError(b.t, err)
	return o
}

// paid is an order by card of so many thalis that waits for its vendor.
func (b *bench) paid(portions int, does string) domain.ID {
	b.t.Helper()
	orderID, s := b.begun(portions)
	b.card(s, does)
	b.until(orderID, order.Placed, rules.Authorized)
	return orderID
}

func (b *bench) accept(orderID domain.ID) {
	b.t.Helper()
	_, err := b.orders.Accept(b.ctx, b.owner, orderID, 0, 10)
	require.NoError(b.t, err)
}

// rich has so many thalis' worth in the wallet.
func (b *bench) rich(portions int64) {
	b.t.Helper()
	_, err := b.Credit(b.ctx, b.admin, b.customer.ID, domain.Money{Amount: portions * total, Currency: "INR"}, "gift", encodeCredit)
	require.NoError(b.t, err)
}

func TestACardPaysForWhatIsLeft(t *testing.T) {
	for name, revise := range map[string]func(*bench, domain.ID){
		"before it is accepted": func(b *bench, id domain.ID) {
			b.less(id, 2)
			b.accept(id)
		},
		"before it is captured": func(b *bench, id domain.ID) {
			b.accept(id)
			b.less(id, 2)
		},
		"while it is captured": func(b *bench, id domain.ID) {
			b.accept(id)
			b.exec(`UPDATE payment_operations SET attempts = 1, next_at = now() + interval '1 hour'`)
			b.less(id, 2)
			b.exec(`UPDATE payment_operations SET next_at = now()`)
		},
		"when it is captured": func(b *bench, id domain.ID) {
			b.accept(id)
			b.until(id, order.Accepted, rules.Captured)
			b.less(id, 2)
		},
		"twice": func(b *bench, id domain.ID) {
			b.accept(id)
			b.until(id, order.Accepted, rules.Captured)
			b.less(id, 3)
			b.less(id, 2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, sandbox.Options{})
			id := b.paid(4, "is accepted")
			b.exec(`UPDATE vendors SET tax_bp = 2800, packaging_fee = 500`) // is not that of the order
			revise(b, id)
			b.eventually(func() bool {
				return b.scan(`SELECT captured - refunded FROM payments`) == 2*total && b.scan(`SELECT count(*) FROM payment_operations WHERE state = 'pending'`) == 0
			})
			b.verified()
			require.EqualValues(t, 2*total, b.balance("held"))
			b.handOver(id)
			b.closed()
			require.EqualValues(t, -2*total, b.balance("gateway"))
			require.EqualValues(t, 2*1_245, b.balance("tax"))
			require.Equal(t, b.scan(`SELECT commission FROM orders`), b.balance("commission"))
			require.Equal(t, []string{"V-000001 2 × Thali 49800, GST 5.00% 2490"}, b.papers(id))
			b.verified()
			_, err := b.refund(b.admin, id, billing.RefundWish{Reason: "MISSING_ITEM", Items: []postgres.RefundItem{{Position: 0, Portions: 2}}})
			require.NoError(t, err)
			b.until(id, order.Collected, rules.Refunded)
			require.Zero(t, b.balance("gateway"))
			b.verified()
		})
	}
}

func TestAWalletPaysForWhatIsLeft(t *testing.T) {
	b := setup(t, sandbox.Options{})
	b.rich(3)
	id, err := b.order(3, rules.Wallet)
	require.NoError(t, err)
	b.less(id, 2)
	require.EqualValues(t, total, b.balance("wallet"), "at once")
	b.verified()
	b.accept(id)
	b.less(id, 1)
	require.EqualValues(t, 2*total, b.balance("wallet"))
	b.verified()
	b.handOver(id)
	b.closed()
	require.EqualValues(t, 2*total, b.balance("wallet"))
	b.verified()

	id, err = b.order(2, rules.Wallet)
	require.NoError(t, err)
	b.less(id, 1)
	_, err = b.orders.Reject(b.ctx, b.owner, id, 0, "TOO_BUSY", nil)
	require.NoError(t, err)
	require.EqualValues(t, 2*total, b.balance("wallet"), "a revised order gives the rest back")
	b.closed()
	b.verified()
}

// confirmed orders what was quoted.
func (b *bench) confirmed(q ordering.Quoted, method rules.Method) (id domain.ID) {
	b.t.Helper()
	a, err := b.orders.Place(b.ctx, b.customer, ordering.Confirmation{QuoteID: q.QuoteID, Method: method}, func(o ordering.Order) (domain.Answer, error) {
		body, err := json.Marshal(o.ID)
		return domain.Answer{Status: 201, Body: body}, err
	})
	require.NoError(b.t, err)
	require.NoError(b.t, json.Unmarshal(a.Body, &id))
	return id
}

// couponed orders so many thalis by card with a fifth off, of which the vendor bears a quarter.
func (b *bench) couponed(portions int) domain.ID {
	b.t.Helper()
	b.exec(`INSERT INTO promotions (id, code, label, benefit, share, vendor_share, min_order, per_customer, currency)
	        VALUES ($1, 'FIFTH', 'Fifth off', 'percent', 2000, 2500, 60000, 1, 'INR')`, newID().String())
	q, err := b.orders.PutCart(b.ctx, b.customer, ordering.Wish{
		VendorID: b.vendor, Choices: []menu.Choice{{DishID: b.thali, Quantity: portions}}, Fulfilment: order.Pickup, CouponCode: "FIFTH",
	})
	require.NoError(b.t, err)
	require.Empty(b.t, q.Problems)
	id := b.confirmed(q, rules.Card)
	s, err := b.Begin(b.ctx, b.customer, id, "")
	require.NoError(b.t, err)
	b.card(s, "is accepted")
	b.until(id, order.Placed, rules.Authorized)
	return id
}

func TestADiscountOnWhatIsLeft(t *testing.T) {
	b := setup(t, sandbox.Options{})
	id := b.couponed(3)
	b.accept(id)
	b.until(id, order.Accepted, rules.Captured)
	o := b.less(id, 2)
	// 498.00, below the coupon's minimum; 99.60 off, 24.90 of it the vendor's; 5 % of 473.10.
	require.EqualValues(t, 49_800-2_490-7_470+2_366, o.Total.Amount)
	require.Equal(t, o.Quote.Total, o.Total)
	require.EqualValues(t, 2_490, b.scan(`SELECT vendor_amount FROM promotion_redemptions`))
	require.EqualValues(t, 7_470, b.scan(`SELECT platform_amount FROM promotion_redemptions`))
	require.EqualValues(t, 1, b.scan(`SELECT used FROM promotions`))
	require.EqualValues(t, 9_462, b.scan(`SELECT commission FROM orders`), "a fifth of 473.10")
	b.until(id, order.Accepted, rules.PartiallyRefunded)
	b.handOver(id)
	b.closed()
	require.EqualValues(t, -7_470, b.balance("promotions"))
	require.EqualValues(t, 2_366, b.balance("tax"))
	require.Equal(t, -o.Total.Amount, b.balance("gateway"))
	b.verified()
}

// Of what is given back the tax is that of the very dish, and the last portion takes what is left of it.
func TestTheTaxOfADishIsGivenBackWithIt(t *testing.T) {
	b := setup(t, sandbox.Options{})
	wine := newID()
	b.exec(`UPDATE vendors SET tax_rates = '{"alcohol": 2800}', packaging_fee = 333`)
	b.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet, tax_category, packaging)
	        SELECT $1, vendor_id, category_id, 'Wine', 10003, 'veg', 'alcohol', 7 FROM dishes`, wine.String())
	q, err := b.orders.PutCart(b.ctx, b.customer, ordering.Wish{
		VendorID: b.vendor, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}, {DishID: wine, Quantity: 2}}, Fulfilment: order.Pickup,
	})
	require.NoError(t, err)
	// 2 × 100.10 at 28 %: 56.056; 249 + 3.33 at 5 %: 12.6165.
	require.EqualValues(t, 5_606+1_262, q.Quote.Sum(pricing.Tax).Amount)
	id := b.confirmed(q, rules.COD)
	b.accept(id)
	b.exec(`UPDATE vendors SET tax_rates = '{}', tax_bp = 1000`)
	b.handOver(id)
	give := func(line int) int64 {
		r, err := b.refund(b.admin, id, billing.RefundWish{Reason: "QUALITY", Wallet: true, Items: []postgres.RefundItem{{Position: line, Portions: 1}}})
		require.NoError(t, err)
		return r.Amount.Amount
	}
	require.EqualValues(t, 10_003+7+2_803, give(1))
	require.EqualValues(t, 24_900+1_245, give(0))
	require.Equal(t, q.Quote.Total.Amount-b.balance("wallet"), give(1), "and the packaging of the order")
	require.Zero(t, b.balance("tax"))
	require.Zero(t, b.balance("commission"))
	b.closed()
	b.verified()
}

func TestARestoredOrderIsPaid(t *testing.T) {
	cancel := func(b *bench, id domain.ID) {
		_, err := b.orders.Cancel(b.ctx, b.admin, id, 0, "OPS")
		require.NoError(b.t, err)
	}
	restore := func(b *bench, id domain.ID) error {
		_, err := b.orders.Restore(b.ctx, b.admin, id, 0)
		return err
	}
	ended := func(b *bench, id domain.ID) {
		b.eventually(func() bool { return b.scan(`SELECT count(*) FROM payment_operations WHERE state = 'pending'`) == 0 })
		b.verified()
		b.handOver(id)
		b.closed()
		b.verified()
	}
	t.Run("by a card that was not captured", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		id := b.paid(1, "is accepted")
		b.accept(id)
		cancel(b, id)
		require.NoError(t, restore(b, id))
		b.until(id, order.Accepted, rules.Captured)
		ended(b, id)
	})
	t.Run("by a card that was not refunded", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		id := b.paid(2, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		b.less(id, 1)
		cancel(b, id)
		require.NoError(t, restore(b, id))
		ended(b, id)
		require.EqualValues(t, -total, b.balance("gateway"))
	})
	t.Run("by a card, while nobody is asked for the refund", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		b.db.RefundGrace = time.Minute
		id := b.paid(2, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		for range 2 {
			cancel(b, id)
			more, err := b.Operate(b.ctx)
			require.NoError(t, err)
			require.False(t, more)
			require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM payment_operations WHERE verb = 'refund' AND state = 'pending' AND attempts = 0`))
			waiting, oldest, err := b.db.PendingOperations(b.ctx)
			require.NoError(t, err)
			require.Empty(t, waiting, "it is no fault")
			require.Zero(t, oldest)
			b.verified()
			o, err := b.orders.Order(b.ctx, b.customer, id)
			require.NoError(t, err)
			require.Equal(t, o.Total, o.Refunding, "its customer sees that it is to come")
			require.NoError(t, restore(b, id))
		}
		cancel(b, id)
		b.exec(`UPDATE payment_operations SET next_at = now() WHERE state = 'pending'`)
		b.until(id, order.Cancelled, rules.Refunded)
		require.ErrorIs(t, restore(b, id), postgres.ErrNotRestorable)
		b.closed()
		b.verified()
	})
	t.Run("by a card that is not let go yet", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		b.db.RefundGrace = time.Minute
		id := b.paid(1, "is accepted")
		b.accept(id)
		cancel(b, id)
		_, err := b.Operate(b.ctx)
		require.NoError(t, err)
		require.NoError(t, restore(b, id))
		b.until(id, order.Accepted, rules.Captured)
		ended(b, id)
	})
	t.Run("a refund of staff and the end of what nobody accepted do not wait", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		b.db.RefundGrace = time.Minute
		id := b.paid(1, "is accepted")
		cancel(b, id)
		b.until(id, order.Cancelled, rules.Voided)
		id = b.paid(1, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		b.handOver(id)
		_, err := b.refund(b.admin, id, billing.RefundWish{Reason: "MISSING_ITEM"})
		require.NoError(t, err)
		b.until(id, order.Collected, rules.Refunded)
	})
	t.Run("not by a card that was refunded", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		id := b.paid(1, "is accepted")
		b.accept(id)
		b.until(id, order.Accepted, rules.Captured)
		cancel(b, id)
		b.exec(`UPDATE payment_operations SET attempts = 1 WHERE verb = 'refund'`)
		require.ErrorIs(t, restore(b, id), postgres.ErrNotRestorable, "it is being asked")
		b.until(id, order.Cancelled, rules.Refunded)
		require.ErrorIs(t, restore(b, id), postgres.ErrNotRestorable)
		b.closed()
		b.verified()
	})
	t.Run("not by a card that was voided", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		id := b.paid(1, "is accepted")
		b.accept(id)
		cancel(b, id)
		b.until(id, order.Cancelled, rules.Voided)
		require.ErrorIs(t, restore(b, id), postgres.ErrNotRestorable)
	})
	t.Run("by a wallet", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		b.rich(1)
		id, err := b.order(1, rules.Wallet)
		require.NoError(t, err)
		b.accept(id)
		_, err = b.orders.Start(b.ctx, b.owner, id, 0)
		require.NoError(t, err)
		o, err := b.orders.Order(b.ctx, b.customer, id)
		require.NoError(t, err)
		o, err = b.orders.Cancel(b.ctx, b.customer, id, o.Version, "CHANGED_MIND")
		require.NoError(t, err)
		require.Positive(t, o.Outcome.Fee.Amount)
		b.verified()
		require.NoError(t, restore(b, id), "the fee is given back, and all is taken")
		require.Zero(t, b.balance("wallet"))
		ended(b, id)
		require.EqualValues(t, 24_900, b.balance("vendor")+b.balance("commission"))
	})
	t.Run("not by a wallet that is spent", func(t *testing.T) {
		b := setup(t, sandbox.Options{})
		b.rich(1)
		id, err := b.order(1, rules.Wallet)
		require.NoError(t, err)
		b.accept(id)
		cancel(b, id)
		_, err = b.order(1, rules.Wallet)
		require.NoError(t, err)
		require.ErrorContains(t, restore(b, id), "wallet")
		b.verified()
	})
}

// A bank that does not take the difference back leaves it to the wallet: it is not the customer's loss.
func TestADifferenceThatTheBankRefuses(t *testing.T) {
	b := setup(t, sandbox.Options{})
	id := b.paid(2, "cannot be refunded")
	b.accept(id)
	b.until(id, order.Accepted, rules.Captured)
	b.less(id, 1)
	b.until(id, order.Accepted, rules.PartiallyRefunded)
	require.EqualValues(t, total, b.balance("wallet"))
	require.EqualValues(t, total, b.balance("held"))
	b.handOver(id)
	b.closed()
	b.verified()
}
