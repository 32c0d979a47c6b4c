package billing_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
	"github.com/zoop-dev/zoop/internal/postgres"
)

var billingNotDue = billing.ErrNotDue

func encodeCredit(c billing.Credit) (domain.Answer, error) {
	body, err := json.Marshal(c)
	return domain.Answer{Status: 201, Body: body}, err
}

func encodeRefund(r billing.Refund) (domain.Answer, error) {
	body, err := json.Marshal(r)
	return domain.Answer{Status: 201, Body: body}, err
}

func (b *bench) refund(actor domain.Actor, orderID domain.ID, w billing.RefundWish) (billing.Refund, error) {
	a, err := b.Refund(b.ctx, actor, orderID, w, encodeRefund)
	var r billing.Refund
	if err == nil {
		require.NoError(b.t, json.Unmarshal(a.Body, &r))
	}
	return r, err
}

// handed is an order by card of so many thalis that was handed over.
func (b *bench) handed(portions int, does string) domain.ID {
	b.t.Helper()
	orderID, s := b.begun(portions)
	b.card(s, does)
	b.until(orderID, order.Placed, rules.Authorized)
	_, err := b.orders.Accept(b.ctx, b.owner, orderID, 0, 10)
	require.NoError(b.t, err)
	b.until(orderID, order.Accepted, rules.Captured)
	b.handOver(orderID)
	return orderID
}

func rupees(n int64) *domain.Money { return &domain.Money{Amount: n, Currency: "INR"} }

func TestAMissingDishIsTheVendors(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID := b.handed(3, "is accepted")
	commission := b.scan(`SELECT commission FROM orders`) / 3 // of one dish
	require.Positive(t, commission)
	vendor := b.balance("vendor")
	r, err := b.refund(b.admin, orderID, billing.RefundWish{Reason: "MISSING_ITEM", Items: []postgres.RefundItem{{Position: 0, Portions: 1}}})
	require.NoError(t, err)
	require.Equal(t, "pending", r.State)
	b.verified()
	require.Equal(t, *rupees(total), r.Amount)
	b.until(orderID, order.Collected, rules.PartiallyRefunded)
	require.Equal(t, vendor-(24_900-commission), b.balance("vendor"), "its share of the dish")
	require.Equal(t, 2*commission, b.balance("commission"), "ours on it is ours no more")
	require.EqualValues(t, 2*1_245, b.balance("tax"))
	require.EqualValues(t, -2*total, b.balance("gateway"))
	b.closed()
	require.Equal(t, []string{"V-000001 3 × Thali 74700, GST 5.00% 3735", "C-000001 of V-000001 MISSING_ITEM Refund: 1 of 3 × Thali 24900, GST 5.00% 1245"}, b.papers(orderID))
	_, err = b.refund(b.admin, orderID, billing.RefundWish{Reason: "MISSING_ITEM", Items: []postgres.RefundItem{{Position: 0, Portions: 3}}})
	require.ErrorContains(t, err, "of the 3 portions of line 1 are 2 left")
	require.ErrorIs(t, err, rules.ErrRefund)
	_, err = b.refund(b.admin, orderID, billing.RefundWish{Reason: "MISSING_ITEM", Items: []postgres.RefundItem{{Position: 0, Portions: 4}}})
	require.Equal(t, domain.Invalid, domain.KindOf(err), "it never had four")
	wish := billing.RefundWish{Reason: "MISSING_ITEM", Items: []postgres.RefundItem{{Position: 0, Portions: 2}}}
	quote, err := b.QuoteRefund(t.Context(), b.admin, orderID, wish)
	require.NoError(t, err)
	require.Equal(t, *rupees(2 * total), quote.Amount)
	require.Equal(t, "vendor", quote.Bearer)
	require.EqualValues(t, -2*total, b.balance("gateway"), "it was only asked")
	r, err = b.refund(b.admin, orderID, billing.RefundWish{Reason: "QUALITY"})
	require.NoError(t, err)
	require.Equal(t, *rupees(2 * total), r.Amount, "all that is left")
	b.until(orderID, order.Collected, rules.Refunded)
	require.Zero(t, b.balance("gateway"))
	b.closed()
	require.Equal(t, "C-000002 of V-000001 QUALITY Refund 49800, GST 5.00% 2490", b.papers(orderID)[2])
	b.verified()
}

// papers are an order's, without the years.
func (b *bench) papers(orderID domain.ID) (out []string) {
	b.t.Helper()
	papers, err := b.db.PapersOf(b.ctx, orderID)
	require.NoError(b.t, err)
	number := func(n string) string { return n[:2] + n[len(n)-6:] }
	for _, p := range papers {
		text := number(p.Number())
		if p.Reason != "" {
			text += " of " + number(p.Sale) + " " + p.Reason
		}
		for i, l := range p.Lines {
			text += strings.Repeat(",", min(i, 1)) + fmt.Sprintf(" %s %d", l.Label, l.Amount)
		}
		out = append(out, text)
	}
	return out
}

// verified makes all checks that operators can.
func (b *bench) verified() {
	b.t.Helper()
	verdicts, err := b.db.Verify(b.ctx, postgres.Verify{Most: 10, Grace: time.Minute})
	require.NoError(b.t, err)
	for _, v := range verdicts {
		if v.Name != "events.published" && v.Name != "events.versions" { // there is no relay
			require.Empty(b.t, v.Faults, v.Name)
		}
	}
}

func TestRefundsAreListed(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID := b.handed(2, "is accepted")
	for _, wrong := range []int64{0, -5} {
		_, err := b.refund(b.admin, orderID, billing.RefundWish{Reason: "GOODWILL", Amount: rupees(wrong), Wallet: true})
		require.ErrorContains(t, err, "amount.amount: must be at least 1")
		require.Equal(t, domain.Invalid, domain.KindOf(err))
	}
	first, err := b.refund(b.admin, orderID, billing.RefundWish{Reason: "GOODWILL", Amount: rupees(100), Wallet: true})
	require.NoError(t, err)
	_, err = b.refund(b.admin, orderID, billing.RefundWish{Reason: "MISSING_ITEM", Items: []postgres.RefundItem{{Position: 0, Portions: 1}}})
	require.NoError(t, err)
	list, err := b.Refunds(b.ctx, b.owner, orderID, domain.Nil, 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "pending", list[0].State, "the gateway is asked")
	require.Equal(t, []postgres.RefundItem{{Position: 0, Portions: 1}}, list[0].Items)
	require.Equal(t, "vendor", list[0].Bearer)
	require.Equal(t, first.At.UTC(), list[1].At.UTC())
	older, err := b.Refunds(b.ctx, b.customer, orderID, list[0].ID, 10)
	require.NoError(t, err)
	require.Len(t, older, 1)
	require.Equal(t, *rupees(100), older[0].Amount)
	require.Empty(t, older[0].Bearer, "who bears it is not the customer's business")
	for _, stranger := range []domain.Actor{b.account(domain.RoleCustomer), b.account(domain.RoleVendor), b.account(domain.RoleCourier)} {
		_, err = b.Refunds(b.ctx, stranger, orderID, domain.Nil, 10)
		require.Equal(t, domain.NotFound, domain.KindOf(err), stranger.Role)
	}
}

func TestAWalletSaysWhatItLacks(t *testing.T) {
	b := setup(t, sandbox.Options{})
	_, err := b.Credit(b.ctx, b.admin, b.customer.ID, *rupees(500), "sorry", encodeCredit)
	require.NoError(t, err)
	_, err = b.order(1, rules.Wallet)
	var short *domain.Error
	require.ErrorAs(t, err, &short)
	require.Equal(t, "wallet.insufficient", short.Code)
	require.Equal(t, map[string]any{
		"balance": map[string]any{"amount": int64(500), "currency": "INR"}, "amount": map[string]any{"amount": int64(total), "currency": "INR"},
	}, short.Details)
	require.Contains(t, short.Message, "INR 5.00")
	require.EqualValues(t, 500, b.balance("wallet"))
}

func TestCashOfNobody(t *testing.T) {
	b := setup(t, sandbox.Options{})
	s := billing.NewPayouts(b.db)
	for _, nobody := range []domain.ID{newID(), b.customer.ID} {
		_, err := s.Deposit(b.ctx, b.admin, nobody, *rupees(5))
		require.Equal(t, domain.NotFound, domain.KindOf(err))
	}
	_, err := s.Deposit(b.ctx, b.admin, b.account(domain.RoleCourier).ID, *rupees(5))
	require.ErrorContains(t, err, "cash.exceeds")
}

// TestCashKeepsNoFee: a customer who calls an order in cash off, late, is told that it costs nothing; the marketplace pays the vendor.
func TestCashKeepsNoFee(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID, err := b.order(1, rules.COD)
	require.NoError(t, err)
	o, err := b.orders.Accept(b.ctx, b.owner, orderID, 0, 10)
	require.NoError(t, err)
	_, err = b.orders.Start(b.ctx, b.owner, orderID, o.Version)
	require.NoError(t, err)
	quoted, err := b.orders.CancelQuote(b.ctx, b.customer, orderID, "CHANGED_MIND")
	require.NoError(t, err)
	require.Zero(t, quoted.Fee.Amount)
	require.Zero(t, quoted.Refund.Amount)
	require.Equal(t, order.OfPlatform, quoted.Liable)
	require.NotZero(t, quoted.Lost.Amount)
	gone, err := b.orders.Cancel(b.ctx, b.customer, orderID, quoted.Version, "CHANGED_MIND")
	require.NoError(t, err)
	require.Equal(t, quoted.Outcome, gone.Outcome, "what was quoted")
	require.Positive(t, b.balance("vendor"))
	require.Equal(t, -b.balance("vendor"), b.balance("refunds"))
	b.closed()
	b.verified()
}

func TestTwoRefundsAtOnce(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID := b.handed(1, "is accepted")
	var group sync.WaitGroup
	var won atomic.Int64
	for i := range 8 {
		group.Go(func() {
			_, err := b.Refund(b.ctx, b.admin, orderID, billing.RefundWish{Reason: "GOODWILL", Amount: rupees(total/2 + 1), Wallet: i%2 == 0}, encodeRefund)
			if err == nil {
				won.Add(1)
			} else if domain.KindOf(err) != domain.Conflict {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 1, won.Load())
	b.eventually(func() bool { return b.scan(`SELECT count(*) FROM payments WHERE state = 'partially_refunded'`) == 1 })
	require.EqualValues(t, -(total/2 + 1), b.balance("refunds"), "goodwill is ours")
	b.closed()
	require.Len(t, b.papers(orderID), 2)
	require.NotContains(t, b.papers(orderID)[1], "GST", "the sale stands")
	b.verified()
}

func TestRefundsHaveLimitsAndConditions(t *testing.T) {
	b := setup(t, sandbox.Options{})
	going, err := b.order(1, rules.COD)
	require.NoError(t, err)
	_, err = b.refund(b.admin, going, billing.RefundWish{Reason: "OPS", Wallet: true})
	require.ErrorIs(t, err, billing.ErrNotEnded)
	_, err = b.orders.Accept(b.ctx, b.owner, going, 0, 10)
	require.NoError(t, err)
	b.handOver(going)
	_, err = b.refund(b.admin, going, billing.RefundWish{Reason: "OPS"})
	require.ErrorIs(t, err, billing.ErrNoSource)
	_, err = b.refund(b.support, going, billing.RefundWish{Reason: "OPS", Amount: rupees(10_001), Wallet: true})
	require.Equal(t, domain.Forbidden, domain.KindOf(err))
	_, err = b.refund(b.support, going, billing.RefundWish{Reason: "OPS", Amount: rupees(10_000), Wallet: true})
	require.NoError(t, err)
	require.EqualValues(t, 10_000, b.balance("wallet"))
	require.EqualValues(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'order.refund'`))
	_, err = b.refund(b.admin, going, billing.RefundWish{Reason: "BOREDOM", Wallet: true})
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	_, err = b.refund(b.admin, going, billing.RefundWish{Reason: "OPS", Amount: rupees(total), Wallet: true})
	require.Equal(t, domain.Conflict, domain.KindOf(err), "more than is left")
	_, err = b.refund(b.admin, newID(), billing.RefundWish{Reason: "OPS"})
	require.Equal(t, domain.NotFound, domain.KindOf(err))
}

// TestARefundWhileThePaymentIsTaken: it is not too much, it is too early.
func TestARefundWhileThePaymentIsTaken(t *testing.T) {
	b := setup(t, sandbox.Options{})
	id := b.paid(1, "is accepted")
	b.accept(id)
	b.handOver(id)
	_, err := b.refund(b.admin, id, billing.RefundWish{Reason: "OPS"})
	require.ErrorIs(t, err, billing.ErrCapturing)
	b.until(id, order.Collected, rules.Captured)
	_, err = b.refund(b.admin, id, billing.RefundWish{Reason: "OPS"})
	require.NoError(t, err)
	b.until(id, order.Collected, rules.Refunded)
	b.verified()
}

func TestARefundThatTheBankRefuses(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID := b.handed(1, "cannot be refunded")
	vendor := b.balance("vendor")
	_, err := b.refund(b.admin, orderID, billing.RefundWish{Reason: "QUALITY"})
	require.NoError(t, err)
	require.Zero(t, b.balance("vendor"))
	b.eventually(func() bool { return b.scan(`SELECT count(*) FROM events WHERE type = 'payment.refund_failed'`) == 1 })
	require.Equal(t, vendor, b.balance("vendor"), "as if it had not been decided")
	require.EqualValues(t, -total, b.balance("gateway"))
	b.closed()
	require.Len(t, b.papers(orderID), 1, "nothing was given back")
	_, err = b.refund(b.admin, orderID, billing.RefundWish{Reason: "QUALITY", Wallet: true})
	require.NoError(t, err)
	b.closed()
	require.Len(t, b.papers(orderID), 2)
	b.verified()
}
