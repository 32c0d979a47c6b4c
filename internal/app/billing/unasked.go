package billing

import (
	"context"
	"crypto/sha256"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/id"
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
	due := min(n.amount, max(0, p.Refundable().Amount-price(o, p)))
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
	if err := tx.Transfer(ctx, back); err != nil {
		return nil, err
	}
	return []domain.Event{event}, giveOn(ctx, tx, o, p)
}

// giveOn saves a payment and has its gateway give back what of it is beyond the price.
func giveOn(ctx context.Context, tx *postgres.Tx, o *postgres.LockedOrder, p *postgres.LockedPayment) error {
	amount := domain.Money{Amount: p.Refundable().Amount - price(o, p), Currency: p.Amount.Currency}
	if amount.Amount < 1 {
		return tx.SavePayment(ctx, p)
	}
	standing, err := tx.Standing(ctx, o.ID)
	if err != nil {
		return err
	}
	if o.EndedAt.IsZero() {
		standing.Held -= o.Total.Amount
	}
	if err := p.AskRefund(amount); err != nil {
		return err
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return err
	}
	op := rules.Operation{ID: id.New(), PaymentID: p.ID, Verb: rules.VerbRefund, Amount: amount}
	if err := tx.Transfer(ctx, p.Order.GivenBack(op.ID, ledger.Gateway(p.Provider), amount.Amount, standing.Held)); err != nil {
		return err
	}
	return tx.AskGateway(ctx, op)
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
