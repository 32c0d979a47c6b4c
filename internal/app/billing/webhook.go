package billing

import (
	"context"
	"errors"
	"net/http"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Webhook takes what a gateway posted: its raw body, signed. Each event has its effect once, in one transaction with the note
// that it was told; one that was told before, or that tells of nothing of ours, is nothing.
// Errors: NotFound for an unknown provider; Unauthenticated "webhook.forged" and "webhook.stale"; Invalid for what is signed and
// cannot be read, or contradicts the payment it is about.
func (s *Service) Webhook(ctx context.Context, provider string, header http.Header, body []byte) error {
	g, known := s.gateways[provider]
	if !known {
		return domain.Missing("gateway")
	}
	e, err := g.ParseWebhook(header, body, s.now())
	if err != nil {
		return unbelieved(err)
	}
	if e.Kind == payment.KindIgnored || e.Kind == payment.KindDeclined { // the customer may try another card
		return nil
	}
	paymentID, err := s.payment(ctx, provider, e)
	if domain.KindOf(err) == domain.NotFound {
		s.log.InfoContext(ctx, "webhook about no payment of ours", logkey.Event, e.ID)
		return nil
	}
	if err != nil {
		return err
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error { return s.hear(ctx, tx, provider, paymentID, e) })
	if domain.KindOf(err) == domain.NotFound { // its payment is not ours: another marketplace has the same account there
		s.log.InfoContext(ctx, "webhook about no payment of ours", logkey.Event, e.ID)
		return nil
	}
	if err == nil {
		s.wake()
	}
	return err
}

func unbelieved(err error) error {
	switch {
	case errors.Is(err, payment.ErrForged):
		return domain.Errorf(domain.Unauthenticated, "webhook.forged", "the body is not signed by the gateway")
	case errors.Is(err, payment.ErrStale):
		return domain.Errorf(domain.Unauthenticated, "webhook.stale", "it was signed more than %d minutes from now", int(payment.Tolerance.Minutes()))
	case errors.Is(err, payment.ErrMalformed):
		return domain.Invalidf("body", "event", "cannot be read as an event of the gateway")
	}
	return err
}

// payment finds what an event is about: by our own ID, or by the gateway's.
func (s *Service) payment(ctx context.Context, provider string, e payment.Event) (domain.ID, error) {
	if !e.PaymentID.IsNil() {
		return e.PaymentID, nil
	}
	return s.db.PaymentByReference(ctx, provider, e.Reference)
}

func (s *Service) hear(ctx context.Context, tx *postgres.Tx, provider string, paymentID domain.ID, e payment.Event) error {
	o, p, err := tx.HoldPaymentByID(ctx, paymentID)
	if err != nil {
		return err
	}
	fresh, err := tx.NoteEvent(ctx, provider, e.ID)
	if err != nil || !fresh {
		return err
	}
	if p.Provider != provider || p.Amount.Currency != e.Amount.Currency || p.Reference != "" && p.Reference != e.Reference {
		return domain.Invalidf("body", "payment", "contradicts the payment it is about")
	}
	p.Reference = e.Reference // the answer that told it may have been lost
	return s.store(ctx, tx, o, p, news{e.Kind, e.Amount.Amount, e.Operation, e.Code, e.Refund})
}
