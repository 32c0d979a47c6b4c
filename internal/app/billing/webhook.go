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
	outcome, err := s.webhook(ctx, g, header, body)
	s.metrics.webhooks.WithLabelValues(provider, outcome).Inc()
	return err
}

func (s *Service) webhook(ctx context.Context, g payment.Gateway, header http.Header, body []byte) (outcome string, _ error) {
	e, err := g.ParseWebhook(header, body, s.now())
	if err != nil {
		return unheard(err), unbelieved(err)
	}
	if e.Kind == payment.KindIgnored || e.Kind == payment.KindDeclined { // the customer may try another card
		return "ignored", nil
	}
	fresh := false
	paymentID, err := s.payment(ctx, g.Name(), e)
	if err == nil {
		err = s.db.InTx(ctx, func(tx *postgres.Tx) (err error) {
			fresh, err = s.hear(ctx, tx, g.Name(), paymentID, e)
			return err
		})
	}
	switch {
	case domain.KindOf(err) == domain.NotFound: // its payment is not ours: another marketplace has the same account there
		s.log.InfoContext(ctx, "webhook about no payment of ours", logkey.Event, e.ID)
		return "foreign", nil
	case err != nil:
		return unheard(err), err
	case !fresh:
		return "repeated", nil
	}
	s.wake()
	return "taken", nil
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

// hear says whether the event was not told before.
func (s *Service) hear(ctx context.Context, tx *postgres.Tx, provider string, paymentID domain.ID, e payment.Event) (fresh bool, _ error) {
	o, p, err := tx.HoldPaymentByID(ctx, paymentID)
	if err != nil {
		return false, err
	}
	if fresh, err = tx.NoteEvent(ctx, provider, e.ID); err != nil || !fresh {
		return false, err
	}
	if p.Provider != provider || p.Amount.Currency != e.Amount.Currency || p.Reference != "" && p.Reference != e.Reference {
		return false, domain.Invalidf("body", "payment", "contradicts the payment it is about")
	}
	p.Reference = e.Reference // the answer that told it may have been lost
	return true, s.store(ctx, tx, o, p, news{e.Kind, e.Amount.Amount, e.Operation, e.Code, e.Refund})
}
