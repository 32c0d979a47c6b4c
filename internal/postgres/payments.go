package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// LockedPayment is a payment whose row, and whose order's row, the transaction holds.
type LockedPayment struct {
	payment.Payment
	Order ledger.Order // as the books see it
	Old   bool         // its customer has begun another one since
	Nth   int          // how many payments the order has; 0 where nobody has counted

	was payment.State
	due time.Time // from when on its gateway may be asked to undo it; zero: at once
}

// HoldPayment locks the newest payment of an order that is held. NotFound when it has none.
func (tx *Tx) HoldPayment(ctx context.Context, o *LockedOrder) (*LockedPayment, error) {
	return tx.holdPayment(ctx, o, domain.Nil)
}

// HoldPaymentByID locks a payment and its order, the order first, as everybody does. NotFound when there is none.
func (tx *Tx) HoldPaymentByID(ctx context.Context, paymentID domain.ID) (*LockedOrder, *LockedPayment, error) {
	orderID, err := tx.OrderOfPayment(ctx, paymentID)
	if err != nil {
		return nil, nil, missing("payment", fmt.Errorf("find payment: %w", err))
	}
	o, err := tx.HoldOrder(ctx, orderID)
	if err != nil {
		return nil, nil, err
	}
	var all query.PaymentsOfRow
	p, err := tx.holdPayment(ctx, o, paymentID, func(q *query.Queries) (err error) { all, err = q.PaymentsOf(ctx, o.ID); return err })
	if err != nil {
		return nil, nil, err
	}
	p.Old, p.Nth = all.Newest != p.ID, all.N
	return o, p, nil
}

// PayAgain opens another payment of a held order that waits for one, when its last one has failed and there is time left; else it does
// nothing.
func (tx *Tx) PayAgain(ctx context.Context, o *LockedOrder) error {
	was, err := tx.HoldPayment(ctx, o)
	if err != nil || o.State != order.PendingPayment || was.State != payment.Failed || !o.DeadlineAt().After(o.Now) {
		return err
	}
	err = tx.InsertPayment(ctx, query.InsertPaymentParams{
		ID: id.New(), OrderID: o.ID, Method: string(was.Method), Provider: was.Provider, State: string(payment.Created),
		Amount: o.Total.Amount, Currency: string(o.Total.Currency),
	})
	if err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	return nil
}

// holdPayment reads more in the same round trip.
func (tx *Tx) holdPayment(ctx context.Context, o *LockedOrder, paymentID domain.ID, more ...func(*query.Queries) error) (*LockedPayment, error) {
	var r query.LockPaymentRow
	lock := func(q *query.Queries) (err error) {
		r, err = q.LockPayment(ctx, query.LockPaymentParams{OrderID: o.ID, ID: orNull(paymentID)})
		return err
	}
	if err := together(ctx, tx.tx, append([]func(*query.Queries) error{lock}, more...)...); err != nil {
		return nil, missing("payment", fmt.Errorf("lock payment: %w", err))
	}
	p := &LockedPayment{Payment: toPayment(r.Payment), was: payment.State(r.Payment.State)}
	p.Order = ledger.Order{ID: o.ID, CustomerID: o.CustomerID, VendorID: o.VendorID, Bill: toBill(r)}
	if o.State == order.Cancelled && !o.AcceptedAt.IsZero() {
		p.due = o.EndedAt.Add(tx.db.RefundGrace)
	}
	if o.Delivery != nil {
		p.Order.CourierID = o.Delivery.CourierID
	}
	if p.Order.Bill.Total() != r.Total {
		return nil, fmt.Errorf("lock payment: the lines of order %s come to %d, not %d", o.ID, p.Order.Bill.Total(), r.Total)
	}
	return p, nil
}

// SavePayment writes what became of a held payment: its state, its reference and its amounts. It goes out with what is read next, or
// with the commit; so does its error come: Conflict when the payment is not any more what it was.
func (tx *Tx) SavePayment(ctx context.Context, p *LockedPayment) error {
	err := tx.writeOne("payment", func(tx *Tx) error {
		return tx.Queries.SavePayment(ctx, query.SavePaymentParams{
			ID: p.ID, State: string(p.State), ProviderRef: p.Reference, Captured: p.Captured.Amount, Refunded: p.Refunded.Amount,
			Refunding: p.Refunding.Amount, Excess: p.Excess.Amount, Was: string(p.was),
		})
	})
	p.was = p.State
	return err
}

// AskGateway writes down what a gateway is to be asked for, soon after this transaction. Conflict "payment.asked" for a second
// capture or void, unless the first one failed: then the transaction is lost.
func (tx *Tx) AskGateway(ctx context.Context, op payment.Operation) error {
	return tx.askFrom(ctx, op, time.Time{})
}

// askFrom is AskGateway from a moment on; zero: now.
func (tx *Tx) askFrom(ctx context.Context, op payment.Operation, due time.Time) error {
	p := query.AskGatewayParams{ID: op.ID, PaymentID: op.PaymentID, Verb: op.Verb, Amount: op.Amount.Amount}
	if !due.IsZero() {
		p.Due = &due
	}
	err := tx.Queries.AskGateway(ctx, p)
	if err != nil {
		return fmt.Errorf("ask gateway: %w", classify(err))
	}
	return nil
}

func toPayment(r query.Payment) payment.Payment {
	money := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: domain.Currency(r.Currency)} }
	return payment.Payment{
		ID: r.ID, OrderID: r.OrderID, Method: payment.Method(r.Method), Provider: r.Provider, Reference: r.ProviderRef,
		State: payment.State(r.State), Amount: money(r.Amount), Captured: money(r.Captured), Refunded: money(r.Refunded), Refunding: money(r.Refunding),
		Excess: money(r.Excess),
	}
}

func toBill(r query.LockPaymentRow) ledger.Bill {
	return ledger.Bill{
		Currency: domain.Currency(r.Payment.Currency), Food: r.Food, Packaging: r.Packaging, VendorDiscount: r.VendorDiscount,
		PlatformDiscount: r.PlatformDiscount, Tax: r.Tax, Delivery: r.Delivery, SmallOrder: r.SmallOrder, Surge: r.Surge, Tip: r.Tip,
		Commission: r.Commission,
	}
}
