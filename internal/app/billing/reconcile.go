package billing

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// askAgain is how long a payment that is still open at the gateway is left alone.
const askAgain = time.Minute

// Reconcile asks gateways about payments of which nothing was heard in time, and records what they say. It says whether there
// may be more.
func (s *Service) Reconcile(ctx context.Context) (bool, error) {
	silent, err := s.db.TakeSilent(ctx, askAgain, atOnce)
	if err != nil {
		return false, err
	}
	var group errgroup.Group
	for _, p := range silent {
		group.Go(func() error { return s.inquire(ctx, p) })
	}
	return len(silent) == atOnce, group.Wait()
}

func (s *Service) inquire(ctx context.Context, p postgres.Silent) error {
	g, err := s.gateway(p.Provider)
	if err != nil {
		return nil //nolint:nilerr // it is asked again, once the settings name it
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	standing, err := g.Status(call, p.Reference)
	if err != nil {
		s.log.InfoContext(ctx, "gateway does not tell", logkey.Error, err.Error())
		if !payment.Final(err) || !p.Old {
			return nil
		}
		standing.State = rules.Failed // it has never known of it, or has forgotten it
	}
	n, told := newsOf(standing)
	if !told {
		if p.Old { // whoever pays by now does so for an order that is long gone, and the webhook will tell
			return s.db.InTx(ctx, func(tx *postgres.Tx) error { return tx.AskPaymentIn(ctx, p.ID, 0) })
		}
		return nil
	}
	return s.tell(ctx, p.ID, n)
}

// newsOf is what a standing tells; nothing while the customer has not paid. Refunds are told by the operations that asked
// for them.
func newsOf(s payment.Standing) (news, bool) {
	switch {
	case s.State.Taken():
		return news{kind: payment.KindCaptured, amount: s.Captured.Amount}, true
	case s.State == rules.Authorized:
		return news{kind: payment.KindAuthorized, amount: s.Authorized.Amount}, true
	case s.State == rules.Voided:
		return news{kind: payment.KindVoided}, true
	case s.State == rules.Failed:
		return news{kind: payment.KindFailed, code: s.Code}, true
	}
	return news{}, false
}
