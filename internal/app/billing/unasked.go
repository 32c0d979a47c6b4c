package billing

import (
	"context"
	"crypto/sha256"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// unasked: the gateway has given back what nobody here asked it for, because somebody works in its dashboard or the customer's bank
// said so. It is recorded once, all of it, at the marketplace's expense but for what the customer was to have back anyway: so the
// books have what the gateway has. The payment takes what is left of it. The rest is its Excess, until a refund of ours fails, whose money
// it has taken (refundFailed); if none does, more has gone than ever came, and staff are told at once (Service.store).
// Conflict while the capture has not been told: the gateway tells it again.
func unasked(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news, reason string) ([]domain.Event, error) {
	if n.refund == "" {
		return nil, nil
	}
	source := sourceOf(p.Provider, n.refund)
	if _, err := tx.TransferOf(ctx, ledger.OrderRefunded, source); domain.KindOf(err) != domain.NotFound {
		return nil, err // it is known
	}
	held, err := spare(ctx, tx, o)
	if err != nil {
		return nil, err
	}
	due := min(held, p.Refundable().Amount-price(o, p))
	events, err := p.TakeBack(domain.Money{Amount: n.amount, Currency: p.Amount.Currency})
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		e.Data["reason"] = reason
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return nil, err
	}
	return events, tx.Transfer(ctx, p.Order.GivenBack(source, ledger.Gateway(p.Provider), n.amount, due))
}

// spare is what is held of an order beyond its price, and no gateway is about to give back.
func spare(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder) (int64, error) {
	standing, err := tx.Standing(ctx, o.ID)
	if err == nil && o.EndedAt.IsZero() {
		standing.Held -= o.Total.Amount
	}
	return standing.Held, err
}

// price is what of an order's payment is ours to keep, in minor units: a fee once it has ended before its time.
func price(o *postgres.LockedOrder, p *postgres.LockedPayment) int64 {
	switch {
	case p.Old:
		return 0
	case !o.EndedAt.IsZero() && !o.State.HandedOver():
		return o.Outcome.Fee.Amount
	}
	return o.Total.Amount
}

// reinstated: what the gateway gave back unasked is with us again. What was not recorded, or was before, changes nothing. What the
// order does not cost by now goes back to its customer.
func reinstated(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, n news) ([]domain.Event, error) {
	if n.refund == "" {
		return nil, nil
	}
	posted, err := tx.TransferOf(ctx, ledger.OrderRefunded, sourceOf(p.Provider, n.refund))
	if domain.KindOf(err) == domain.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := tx.TransferOf(ctx, ledger.Reversed, posted.ID); domain.KindOf(err) != domain.NotFound {
		return nil, err
	}
	back, err := ledger.Reversal(posted)
	if err != nil {
		return nil, err
	}
	event, err := p.Reinstate(domain.Money{Amount: posted.Of(ledger.Gateway(p.Provider)), Currency: p.Amount.Currency})
	if err != nil {
		return nil, err
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return nil, err
	}
	if err := tx.Transfer(ctx, back); err != nil {
		return nil, err
	}
	if err := level(ctx, tx, o, p, "reinstated "+n.refund, -posted.Of(ledger.Held)-p.Refundable().Amount); err != nil {
		return nil, err
	}
	_, err = tx.GiveBack(ctx, p, price(o, p))
	return []domain.Event{event}, err
}

// level has as much held for a customer as there is to give back of their payment beyond the price. What is more they have already, by
// something that the gateway gave back at our expense: until now nobody knew that it would stay. What lacks had gone at our expense, and has come
// back. Of a payment that is not their newest the caller knows how much is held that should not be.
func level(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment, cause string, amount int64) error {
	if !p.Old {
		held, err := spare(ctx, tx, o)
		if err != nil {
			return err
		}
		amount = held - max(0, p.Refundable().Amount-price(o, p))
	}
	if amount == 0 {
		return nil
	}
	return tx.Transfer(ctx, p.Order.Released(sourceOf(p.Provider, cause), ledger.Refunds, amount))
}

// sourceOf is what the books call a refund that a gateway has a name for: the same each time it is told.
func sourceOf(provider, refund string) (id domain.ID) {
	sum := sha256.Sum256([]byte(provider + "/" + refund))
	copy(id[:], sum[:])
	return id
}

// takes is Conflict "payment.amount_unsupported" for what a gateway cannot move exactly.
func takes(g payment.Gateway, m domain.Money) error {
	if g.Takes(m) {
		return nil
	}
	return domain.Errorf(domain.Conflict, "payment.amount_unsupported", "the gateway does not move exactly %s: choose a rounder amount, or the wallet", m)
}
