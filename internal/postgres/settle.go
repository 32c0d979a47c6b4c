package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// SettleOrder does what handing an order over does to its money: cash is taken, and what is held becomes everybody's. It gives
// the event that tells of the cash; there is none of what was paid before. What a gateway has not captured by then stands in
// the books as owed to Held. StoreOrder issues the invoice: its number is taken last, for that has every handover of the vendor's
// wait.
// Three round trips: payment with bill and parties, payment, books.
func (tx *Tx) SettleOrder(ctx context.Context, o *LockedOrder) (domain.Event, error) {
	p, sale, err := tx.holdSale(ctx, o)
	if err != nil {
		return domain.Event{}, err
	}
	o.papers = append(o.papers, sale)
	if p.Method != payment.COD {
		return domain.Event{}, tx.Transfer(ctx, p.Order.Settled())
	}
	total := p.Order.Bill.Total()
	captured, err := p.Capture(domain.Money{Amount: total, Currency: p.Amount.Currency})
	if err != nil {
		return domain.Event{}, err
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return domain.Event{}, err
	}
	return captured, tx.Transfer(ctx, p.Order.Captured(p.ID, p.Order.Till(), total), p.Order.Settled())
}

// ReleasePayment does what the end of an order before its time does to its money, by the order's Outcome: the customer gets
// back what is not their fee, and what is spent is the vendor's compensation, unless the vendor bears it. A courier who has
// carried the food gets the fee for it, unless they bear it. It gives the event that tells of the payment; of what a gateway
// does it is told when it is done.
func (tx *Tx) ReleasePayment(ctx context.Context, o *LockedOrder) (domain.Event, error) {
	var taken query.TakenRow
	p, err := tx.holdPayment(ctx, o, domain.Nil, func(q *query.Queries) (err error) { taken, err = q.Taken(ctx, o.ID); return err })
	if err != nil {
		return domain.Event{}, err
	}
	o.counted, o.redeemed = taken.Counted, taken.Redeemed
	lost := false
	if p.Provider != "" {
		if lost, err = tx.TakeBackLoss(ctx, o.ID); err != nil {
			return domain.Event{}, err
		}
	}
	kept := o.Outcome.Fee.Amount
	if lost || p.Method == payment.COD || p.State == payment.Voided || p.State == payment.Failed { // there is nothing to keep
		kept = 0
		if p.Provider != "" {
			o.Outcome.Fee.Amount = 0
		}
	}
	out := outcome(o, p, kept)
	if p.Provider != "" && p.Refunded.Amount+p.Excess.Amount > 0 {
		standing, err := tx.Standing(ctx, o.ID)
		if err != nil {
			return domain.Event{}, err
		}
		out.Borne = standing.Held - kept - p.left(kept).Amount
	}
	event, err := tx.GiveBack(ctx, p, kept)
	if err != nil {
		return domain.Event{}, err
	}
	return event, tx.Transfer(ctx, p.Order.Cancelled(id.New(), out))
}

// outcome is what the others get of an order that has ended, when so much is kept of what its customer paid.
func outcome(o *LockedOrder, p *LockedPayment, kept int64) ledger.Outcome {
	out := ledger.Outcome{Kept: kept, Liable: ledger.Party(o.Outcome.Liable)}
	if out.Liable != ledger.ByVendor {
		out.Vendor = p.Order.Bill.Compensation(o.Outcome.Lost.Amount)
	}
	if o.Delivery != nil && o.Delivery.State.Carried() && out.Liable != ledger.ByCourier && o.CancelReason != order.NoCourier { // who vanished with it has brought nothing
		out.Courier = p.Order.Bill.Delivery + p.Order.Bill.Surge
	}
	return out
}

// Forgo has the marketplace bear what was to be kept of the payment of an order that has ended, when nothing will come of it: what
// its end posted is taken back, and posted anew with nothing kept. The order has no fee then, also when the money comes after all.
func (tx *Tx) Forgo(ctx context.Context, o *LockedOrder, p *LockedPayment) error {
	if err := tx.takeBackEnd(ctx, o.ID); err != nil {
		return err
	}
	o.Outcome.Fee.Amount = 0
	return tx.Transfer(ctx, p.Order.Cancelled(id.New(), outcome(o, p, 0)))
}

// GiveBack gives the customer of an order that has ended what they have paid for it, but for what is kept: a wallet has it at
// once, a gateway is asked, after the RefundGrace where a restore may undo it. Doing it again gives back what has been taken since: whoever notes that a gateway has captured
// the payment of such an order calls it.
func (tx *Tx) GiveBack(ctx context.Context, p *LockedPayment, kept int64) (domain.Event, error) {
	if p.Provider != "" {
		return tx.giveBackByGateway(ctx, p, kept)
	}
	var event domain.Event
	var err error
	var back ledger.Transfer
	switch wallet := ledger.Wallet(p.Order.CustomerID); p.State {
	case payment.Created:
		event, err = p.Void()
	case payment.Authorized:
		back = p.Order.Released(p.ID, wallet, p.Amount.Amount-kept)
		event, err = p.take(kept)
	case payment.Captured, payment.PartiallyRefunded:
		left := p.left(kept)
		if left.Amount == 0 {
			return domain.Event{}, nil
		}
		back = p.Order.Released(id.New(), wallet, left.Amount)
		event, err = p.Refund(left)
	case payment.Refunded, payment.Failed, payment.Voided:
		return domain.Event{}, nil
	}
	if err != nil {
		return domain.Event{}, err
	}
	if err := tx.SavePayment(ctx, p); err != nil || len(back.Entries) == 0 {
		return event, err
	}
	return event, tx.Transfer(ctx, back)
}

// take captures what is kept of an authorised payment, and voids one of which nothing is.
func (p *LockedPayment) take(kept int64) (domain.Event, error) {
	if kept == 0 {
		return p.Void()
	}
	return p.Capture(domain.Money{Amount: kept, Currency: p.Amount.Currency})
}

// left is what may be refunded beyond what is kept.
func (p *LockedPayment) left(kept int64) domain.Money {
	left := p.Refundable()
	left.Amount = max(0, left.Amount-kept)
	return left
}

func (tx *Tx) giveBackByGateway(ctx context.Context, p *LockedPayment, kept int64) (domain.Event, error) {
	op := payment.Operation{ID: id.New(), PaymentID: p.ID, Amount: p.Amount}
	switch p.State {
	case payment.Created:
		if p.Reference != "" {
			return domain.Event{}, tx.AskVoid(ctx, p)
		}
		event, err := p.Void() // the gateway has never heard of it
		if err != nil {
			return domain.Event{}, err
		}
		return event, tx.SavePayment(ctx, p)
	case payment.Authorized:
		running, err := tx.DropCapture(ctx, p.ID)
		if err != nil {
			return domain.Event{}, fmt.Errorf("drop capture: %w", err)
		}
		if running { // it cannot be called back; when it is done, GiveBack is called again
			return domain.Event{}, nil
		}
		if kept == 0 {
			return domain.Event{}, tx.AskVoid(ctx, p)
		}
		op.Verb, op.Amount.Amount = payment.VerbCapture, kept
		return domain.Event{}, tx.askFrom(ctx, op, p.due)
	case payment.Captured, payment.PartiallyRefunded:
		op.Verb, op.Amount = payment.VerbRefund, p.left(kept)
		if op.Amount.Amount == 0 {
			return domain.Event{}, nil
		}
		if err := p.AskRefund(op.Amount); err != nil {
			return domain.Event{}, err
		}
		if err := tx.SavePayment(ctx, p); err != nil {
			return domain.Event{}, err
		}
		return domain.Event{}, tx.askFrom(ctx, op, p.due)
	case payment.Refunded, payment.Failed, payment.Voided:
	}
	return domain.Event{}, nil
}

// Bear has the marketplace bear the price of an order that is cooked, or was handed over, when nothing will come of its payment;
// once. What a gateway still holds of it is let go.
func (tx *Tx) Bear(ctx context.Context, o *LockedOrder, p *LockedPayment) error {
	if p.State.Taken() {
		return nil
	}
	borne, err := tx.standing(ctx, o.ID, ledger.OrderLost)
	if err != nil {
		return err
	}
	if len(borne) == 0 {
		if err := tx.Transfer(ctx, p.Order.Lost(id.New(), p.Order.Bill.Total())); err != nil {
			return err
		}
	}
	if p.State != payment.Authorized {
		return nil
	}
	return tx.AskVoid(ctx, p)
}

// TakeBackLoss takes back what Bear posted for an order, and says whether there was something.
func (tx *Tx) TakeBackLoss(ctx context.Context, orderID domain.ID) (bool, error) {
	return tx.takeBackAll(ctx, orderID, ledger.OrderLost)
}

// takeBackEnd takes back what an order's end posted and still stands.
func (tx *Tx) takeBackEnd(ctx context.Context, orderID domain.ID) error {
	_, err := tx.takeBackAll(ctx, orderID, ledger.OrderCancelled)
	return err
}

func (tx *Tx) standing(ctx context.Context, orderID domain.ID, kind ledger.Kind) ([]domain.ID, error) {
	ids, err := tx.StandingTransfers(ctx, query.StandingTransfersParams{OrderID: orderID, Kind: string(kind)})
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", kind, err)
	}
	return ids, nil
}

// takeBackAll takes back what of a kind stands of an order, and says whether there was something.
func (tx *Tx) takeBackAll(ctx context.Context, orderID domain.ID, kind ledger.Kind) (bool, error) {
	ids, err := tx.standing(ctx, orderID, kind)
	if err != nil || len(ids) == 0 {
		return false, err
	}
	back := make([]ledger.Transfer, len(ids))
	for i, posted := range ids {
		t, err := tx.TransferByID(ctx, posted)
		if err != nil {
			return false, err
		}
		if back[i], err = ledger.Reversal(t); err != nil {
			return false, err
		}
	}
	return true, tx.Transfer(ctx, back...)
}
