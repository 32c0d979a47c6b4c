package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// ErrNotRestorable refuses to restore an order whose money a gateway has let go, or is letting go: only its customer can pay again.
var ErrNotRestorable = domain.Errorf(domain.Conflict, "payment.not_restorable", "the money is on its way back to its customer, or has been let go, and only they can pay again: they order anew")

// RestorePayment undoes ReleasePayment for an order that is restored: what its cancellation posted is taken back, and its price is
// with us, or will be, as it was. Cash is paid at handover, in a new payment; a wallet pays anew, and has back what was kept as a
// fee; a gateway keeps what nobody has begun to have it give back. It gives the events that tell of the payment.
// Errors: ErrNotRestorable, also once staff have refunded something; Conflict "wallet.insufficient": then the transaction is lost.
func (tx *Tx) RestorePayment(ctx context.Context, o *LockedOrder) ([]domain.Event, error) {
	p, err := tx.HoldPayment(ctx, o)
	if err != nil {
		return nil, err
	}
	refunded, err := tx.HasRefunds(ctx, o.ID)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for refunds: %w", err)
	case refunded:
		return nil, ErrNotRestorable
	}
	if err := tx.takeBackEnd(ctx, o.ID); err != nil {
		return nil, err
	}
	if p.Provider != "" {
		return nil, tx.keepAtGateway(ctx, o, p)
	}
	var events []domain.Event
	if p.Method == payment.Wallet {
		fee, err := tx.GiveBack(ctx, p, 0)
		if err != nil {
			return nil, err
		}
		events = append(events, fee)
	}
	more, err := tx.payAnew(ctx, o, p)
	return append(events, more...), err
}

// payAnew has another payment of an order without a gateway, which a wallet pays at once.
func (tx *Tx) payAnew(ctx context.Context, o *LockedOrder, was *LockedPayment) ([]domain.Event, error) {
	p := &LockedPayment{Payment: payment.New(id.New(), o.ID, was.Method, "", o.Total), Order: was.Order, was: payment.Created}
	err := tx.InsertPayment(ctx, query.InsertPaymentParams{
		ID: p.ID, OrderID: o.ID, Method: string(p.Method), State: string(p.State), Amount: p.Amount.Amount, Currency: string(p.Amount.Currency),
	})
	if err != nil {
		return nil, fmt.Errorf("insert payment: %w", err)
	}
	if p.Method == payment.COD {
		return nil, nil
	}
	authorized, err := p.Authorize()
	if err != nil {
		return nil, err
	}
	captured, err := p.Capture(p.Amount)
	if err != nil {
		return nil, err
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return nil, err
	}
	return []domain.Event{authorized, captured}, tx.Transfer(ctx, p.Order.Captured(p.ID, ledger.Wallet(o.CustomerID), p.Amount.Amount))
}

// keepAtGateway withdraws what a gateway was to give back and nobody has begun to ask it for. ErrNotRestorable when that does not
// leave us the price of the order.
func (tx *Tx) keepAtGateway(ctx context.Context, o *LockedOrder, p *LockedPayment) error {
	if p.Excess.Amount > 0 { // their bank has taken what we were about to give back
		return ErrNotRestorable
	}
	w, err := tx.WithdrawOperations(ctx, query.WithdrawOperationsParams{PaymentID: p.ID, Total: o.Total.Amount})
	if err != nil {
		return fmt.Errorf("withdraw operations: %w", err)
	}
	if w.Refunds > 0 {
		if err := p.RefundFailed(domain.Money{Amount: w.Refunds, Currency: p.Amount.Currency}); err != nil {
			return err
		}
		if err := tx.SavePayment(ctx, p); err != nil {
			return err
		}
	}
	held := p.State == payment.Authorized && !w.Going
	if !held && p.Refundable().Amount < o.Total.Amount {
		return ErrNotRestorable
	}
	_, err = tx.GiveBack(ctx, p, o.Total.Amount) // captures it, or gives back what a revision has made too much
	if err != nil || !p.State.Taken() {
		return err
	}
	standing, err := tx.Standing(ctx, o.ID)
	if err != nil || standing.Held <= o.Total.Amount {
		return err
	}
	return tx.Transfer(ctx, p.Order.Released(id.New(), ledger.Refunds, standing.Held-o.Total.Amount)) // they have it from the gateway, unasked
}
