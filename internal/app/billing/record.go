package billing

import (
	"context"
	"errors"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// news is what a gateway says of a payment, in whichever way it says it.
type news struct {
	kind      payment.Kind
	amount    int64     // of this step, in minor units
	operation domain.ID // Nil where the gateway did it by itself, or does not say
	code      string    // of a failure
	refund    string    // the gateway's name of what it gave back
}

// record takes news of a held payment over: the payment, what was asked for, the books, and what it means for the order. News
// may come in any order and again and again; what is known, or overtaken, changes nothing. It gives the events to store
// with the order.
func record(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	if p.Old && slices.Contains([]payment.Kind{payment.KindFailed, payment.KindAuthorized, payment.KindVoided, payment.KindCaptured}, n.kind) {
		return overtaken(ctx, tx, p, n)
	}
	switch n.kind {
	case payment.KindAuthorized:
		return authorized(ctx, tx, o, p, n)
	case payment.KindCaptured:
		return captured(ctx, tx, o, p, n)
	case payment.KindVoided:
		return voided(ctx, tx, o, p, n)
	case payment.KindFailed:
		events, err := advance(ctx, tx, p, rules.Seen{State: rules.Failed})
		if err == nil && p.State == rules.Failed && p.Nth >= rules.MaxAttempts { // else they may pay again, while the order waits
			o.PaymentLost(o.Now)
		}
		return events, err
	case payment.KindRefunded:
		return refunded(ctx, tx, o, p, n)
	case payment.KindRefundFailed:
		return refundFailed(ctx, tx, o, p, n)
	case payment.KindCaptureFailed:
		return captureFailed(ctx, tx, o, p, n)
	case payment.KindChargedBack:
		return unasked(ctx, tx, o, p, n, "chargeback")
	case payment.KindReinstated:
		return reinstated(ctx, tx, o, p, n)
	case payment.KindIgnored, payment.KindDeclined:
	}
	return nil, nil
}

// advance takes over a state and saves the payment, also when only its reference is new.
func advance(ctx context.Context, tx *postgres.Tx, p *postgres.LockedPayment, seen rules.Seen) ([]domain.Event, error) {
	events, err := p.Advance(seen)
	if err != nil {
		return nil, err
	}
	return events, tx.SavePayment(ctx, p)
}

// authorized: the order moves on, if it still waits. Money that is held for an order that has ended is let go.
func authorized(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	if n.amount != p.Amount.Amount {
		return nil, rules.ErrClaim
	}
	events, err := advance(ctx, tx, p, rules.Seen{State: rules.Authorized})
	switch {
	case err != nil:
		return nil, err
	case p.State == rules.Voided: // it was given up when the gateway had not heard of it
		return events, tx.AskVoid(ctx, p)
	case len(events) == 0:
		return nil, nil
	case o.EndedAt.IsZero():
		o.PaymentHeld(o.Now)
		return events, nil
	}
	_, err = tx.GiveBack(ctx, p, 0)
	return events, err
}

// captured: the money is with us, and in the books. What was taken for an order that has ended goes back, but for its fee; so does
// what was taken beyond the price, of one that was revised while it was being captured.
func captured(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	if _, err := tx.EndOperation(ctx, p, rules.VerbCapture, n.operation, ""); err != nil {
		return nil, err
	}
	was := p.State
	events, err := advance(ctx, tx, p, rules.Seen{State: rules.Captured, Captured: n.amount})
	if err != nil || was.Taken() {
		return events, err
	}
	err = tx.Transfer(ctx, p.Order.Captured(p.ID, ledger.Gateway(p.Provider), p.Captured.Amount))
	if err == nil {
		_, err = tx.TakeBackLoss(ctx, o.ID) // it is paid after all
	}
	switch {
	case err != nil:
		return nil, err
	case o.EndedAt.IsZero():
		o.PaymentHeld(o.Now)
		_, err = tx.GiveBack(ctx, p, o.Total.Amount)
	case o.State.HandedOver():
		_, err = tx.GiveBack(ctx, p, o.Total.Amount)
	default:
		err = giveBackHeld(ctx, tx, o, p)
	}
	return events, err
}

// giveBackHeld gives back what was taken for an order that ended before its time, but for what the books say was kept of it: of a fee
// that was forgone that is nothing.
func giveBackHeld(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment) error {
	standing, err := tx.Standing(ctx, o.ID)
	if err != nil {
		return err
	}
	_, err = tx.GiveBack(ctx, p, p.Captured.Amount-max(0, standing.Held))
	return err
}

// overtaken: of a payment that had failed, and whose customer has begun another one since, nothing is wanted any more.
func overtaken(ctx context.Context, tx *postgres.Tx, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	if n.kind == payment.KindVoided {
		if _, err := tx.EndOperation(ctx, p, rules.VerbVoid, n.operation, ""); err != nil {
			return nil, err
		}
	}
	was := p.State
	events, err := advance(ctx, tx, p, rules.Seen{State: rules.State(n.kind), Captured: n.amount}) // they are the same words
	if err != nil || p.State == was {
		return events, err
	}
	if p.State == rules.Captured {
		if err := tx.Transfer(ctx, p.Order.Captured(p.ID, ledger.Gateway(p.Provider), p.Captured.Amount)); err != nil {
			return nil, err
		}
	}
	_, err = tx.GiveBack(ctx, p, 0)
	return events, err
}

// voided: nothing will come of the payment. An order that hangs on it ends, or we bear it, once it is cooked; a fee that was to be kept
// of it is forgone.
func voided(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	if _, err := tx.EndOperation(ctx, p, rules.VerbVoid, n.operation, ""); err != nil {
		return nil, err
	}
	events, err := advance(ctx, tx, p, rules.Seen{State: rules.Voided})
	if err != nil || p.State != rules.Voided || len(events) == 0 {
		return events, err
	}
	if !o.EndedAt.IsZero() && !o.State.HandedOver() && o.Outcome.Fee.Amount > 0 {
		return events, tx.Forgo(ctx, o, p)
	}
	o.PaymentLost(o.Now)
	more, err := unpaid(ctx, tx, o, p)
	return append(events, more...), err
}

// captureFailed: nothing is cooked yet, so the order ends; or staff are told, and we bear it.
func captureFailed(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	ended, err := tx.EndOperation(ctx, p, rules.VerbCapture, n.operation, reason(n.code))
	if err != nil || len(ended) == 0 {
		return nil, err
	}
	if !o.EndedAt.IsZero() && !o.State.HandedOver() { // what is kept of it cannot be had: all of it is let go
		return nil, tx.AskVoid(ctx, p)
	}
	events := []domain.Event{{Type: "payment.capture_failed", Data: map[string]any{"reason": reason(n.code)}}}
	more, err := unpaid(ctx, tx, o, p)
	return append(events, more...), err
}

// unpaid ends an order whose payment is lost, while nothing is cooked. Once something is, the marketplace bears it.
func unpaid(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment) ([]domain.Event, error) {
	switch {
	case o.State == order.PendingPayment || !o.EndedAt.IsZero() && !o.State.HandedOver():
		return nil, nil
	case o.State != order.Scheduled && o.State != order.Placed && o.State != order.Accepted:
		return nil, tx.Bear(ctx, o, p)
	}
	event, err := o.Cancel(domain.RoleSystem, o.Now, order.Unpaid)
	if err != nil {
		return nil, err
	}
	return tx.EndOrder(ctx, o, event)
}

// refunded: what an operation asked for was given back. Of what was handed over there is a credit note.
func refunded(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	if n.operation.IsNil() {
		return unasked(ctx, tx, o, p, n, "gateway")
	}
	ended, err := tx.EndOperation(ctx, p, rules.VerbRefund, n.operation, "")
	if err != nil || len(ended) == 0 {
		return nil, err
	}
	amount := ended[0].Amount
	event, err := p.RefundDone(amount)
	if err != nil {
		return nil, err
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return nil, err
	}
	// What staff decide is in the books since they did; what an order's end gives back, from now on.
	err = tx.Transfer(ctx, p.Order.Released(n.operation, ledger.Gateway(p.Provider), amount.Amount))
	if errors.Is(err, postgres.ErrPosted) {
		err = nil
	}
	if err == nil && o.State.HandedOver() && !p.Old {
		err = tx.CreditRefund(ctx, o, n.operation)
	}
	return []domain.Event{event}, err
}

// refundFailed: the money may be asked for again. Staff are told by the event. What a revision has made too much is the customer's in
// any case: they have it in their wallet, but for what their bank has taken meanwhile.
func refundFailed(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	if n.operation.IsNil() {
		return reinstated(ctx, tx, o, p, n)
	}
	ended, err := tx.EndOperation(ctx, p, rules.VerbRefund, n.operation, reason(n.code))
	if err != nil || len(ended) == 0 {
		return nil, err
	}
	amount := ended[0].Amount
	if err := p.RefundFailed(amount); err != nil {
		return nil, err
	}
	absorbed, taken, err := p.Absorb()
	if err != nil {
		return nil, err
	}
	events := append([]domain.Event{{Type: "payment.refund_failed", Data: map[string]any{
		"reason": reason(n.code), "amount": map[string]any{"amount": amount.Amount, "currency": string(amount.Currency)},
	}}}, absorbed...)
	posted, err := tx.TransferOf(ctx, ledger.OrderRefunded, n.operation)
	held := amount.Amount // for them, by the operation
	switch {
	case domain.KindOf(err) == domain.NotFound:
		if rest := amount.Add(taken.Times(-1)); rest.Amount > 0 && (p.Old || o.EndedAt.IsZero() || o.State.HandedOver()) {
			given, err := p.Refund(rest)
			if err != nil {
				return nil, err
			}
			events = append(events, given)
			if err := tx.Transfer(ctx, p.Order.Released(n.operation, ledger.Wallet(o.CustomerID), rest.Amount)); err != nil {
				return nil, err
			}
		}
	case err != nil:
		return nil, err
	default:
		back, err := ledger.Reversal(posted)
		if err != nil {
			return nil, err
		}
		if err := tx.Transfer(ctx, back); err != nil {
			return nil, err
		}
		held = -posted.Of(ledger.Held)
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return nil, err
	}
	return events, level(ctx, tx, o, p, "failed "+n.operation.String(), min(held, taken.Amount))
}

// reason is a code that is never empty.
func reason(code string) string {
	if code == "" {
		return "unknown"
	}
	return code
}
