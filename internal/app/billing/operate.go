package billing

import (
	"context"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

const (
	operationLease = 30 * time.Second // longer than a call and what follows it
	atOnce         = 8                // calls of a round
	firstPause     = time.Second      // before an operation is asked for again; doubles
	lastPause      = 10 * time.Minute
)

// Operate asks gateways for what is due: captures, voids and refunds. It says whether there may be more. Of two instances each
// operation is one's; if that one dies, it is due again, and has the same key at the gateway.
func (s *Service) Operate(ctx context.Context) (bool, error) {
	due, err := s.db.TakeOperations(ctx, operationLease, atOnce)
	if err != nil {
		return false, err
	}
	var group errgroup.Group
	for _, op := range due {
		group.Go(func() error { return s.operate(ctx, op) })
	}
	return len(due) == atOnce, group.Wait()
}

func (s *Service) operate(ctx context.Context, op postgres.DueOperation) error {
	progress, err := s.ask(ctx, op)
	switch {
	case err == nil && progress == payment.Done:
		return s.tell(ctx, op.PaymentID, outcomes[op.Verb].news(op, ""))
	case err == nil:
		return s.db.PutOffOperation(ctx, op.ID, pause(op.Attempts), "")
	case payment.Final(err):
		s.log.WarnContext(ctx, "gateway refuses", logkey.Task, op.Verb, logkey.Error, err.Error())
		return s.failed(ctx, op, payment.CodeOf(err))
	}
	s.log.InfoContext(ctx, "gateway did not answer", logkey.Task, op.Verb, logkey.Attempt, op.Attempts, logkey.Error, err.Error())
	return s.db.PutOffOperation(ctx, op.ID, pause(op.Attempts), payment.CodeOf(err))
}

func (s *Service) ask(ctx context.Context, op postgres.DueOperation) (payment.Progress, error) {
	g, err := s.gateway(op.Provider)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	o := payment.Operation{ID: op.ID, Reference: op.Reference, Amount: op.Amount}
	switch op.Verb {
	case rules.VerbCapture:
		return g.Capture(ctx, o)
	case rules.VerbVoid:
		return g.Void(ctx, o)
	}
	return g.Refund(ctx, o)
}

// outcome is what the end of an operation is told as.
type outcome struct{ done, failed payment.Kind }

var outcomes = map[string]outcome{
	rules.VerbCapture: {payment.KindCaptured, payment.KindCaptureFailed},
	rules.VerbVoid:    {payment.KindVoided, ""},
	rules.VerbRefund:  {payment.KindRefunded, payment.KindRefundFailed},
}

func (o outcome) news(op postgres.DueOperation, code string) news {
	n := news{kind: o.done, amount: op.Amount.Amount, operation: op.ID, code: code}
	if code != "" {
		n.kind = o.failed
	}
	return n
}

// failed ends an operation for good. A void that is refused means that the payment is not what we think: the gateway is asked.
func (s *Service) failed(ctx context.Context, op postgres.DueOperation, code string) error {
	if op.Verb != rules.VerbVoid {
		return s.tell(ctx, op.PaymentID, outcomes[op.Verb].news(op, code))
	}
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		_, p, err := tx.HoldPaymentByID(ctx, op.PaymentID)
		if err != nil {
			return err
		}
		if _, err := tx.EndOperation(ctx, p, op.Verb, op.ID, code); err != nil {
			return err
		}
		return tx.AskPaymentIn(ctx, p.ID, time.Millisecond)
	})
}

// pause is how long an operation waits after so many attempts.
func pause(attempts int) time.Duration {
	p := lastPause
	if attempts < 10 {
		p = min(lastPause, firstPause<<(max(attempts, 1)-1))
	}
	return p/2 + rand.N(p/2+1) //nolint:gosec // so that not all come back at once
}
