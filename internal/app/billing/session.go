package billing

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// askAfter is when the gateway is asked about a payment of which nothing was heard.
const askAfter = 30 * time.Second

// Session is where a customer pays for an order.
type Session struct {
	PaymentID domain.ID
	Provider  string
	payment.Session
}

// ErrNotDue refuses to take a payment that nobody waits for.
var ErrNotDue = domain.Errorf(domain.Conflict, "payment.not_due", "the order does not wait for a payment by card")

// Begin gives the customer of an order that waits for its payment the place to pay it. Asking again gives the same one.
// Errors: NotFound for an order that is not theirs; ErrNotDue; Conflict "payment.refused" with the gateway's code;
// Unavailable "payment.unavailable" when the gateway does not answer, and "payment.no_gateway".
func (s *Service) Begin(ctx context.Context, actor domain.Actor, orderID domain.ID) (Session, error) {
	u, err := s.db.Unpaid(ctx, orderID)
	if err != nil {
		return Session{}, err
	}
	if actor.Role != domain.RoleCustomer || u.CustomerID != actor.ID {
		return Session{}, domain.Missing("order")
	}
	if u.Method != rules.Card || u.State != rules.Created || u.OrderState != order.PendingPayment {
		return Session{}, domain.Errorf(ErrNotDue.Kind, ErrNotDue.Code, "%s", ErrNotDue.Message).With("state", string(u.OrderState)).With("paymentState", string(u.State))
	}
	g, err := s.gateway(u.Provider)
	if err != nil {
		return Session{}, err
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	session, err := g.Begin(call, payment.Intent{PaymentID: u.ID, OrderID: orderID, Number: u.Number, Amount: u.Amount})
	if err != nil {
		return Session{}, s.refused(ctx, orderID, u.ID, err)
	}
	return Session{u.ID, u.Provider, session}, s.begun(ctx, u.ID, session.Reference)
}

// begun keeps the gateway's name for a payment. If its order has ended meanwhile, the gateway lets it go again.
func (s *Service) begun(ctx context.Context, paymentID domain.ID, reference string) error {
	late := false
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, p, err := tx.HoldPaymentByID(ctx, paymentID)
		if err != nil {
			return err
		}
		if p.Reference == "" {
			p.Reference = reference
			if err := tx.SavePayment(ctx, p); err != nil {
				return err
			}
		}
		if late = o.State != order.PendingPayment && !p.State.Taken() && p.State != rules.Authorized; late {
			return tx.AskVoid(ctx, p)
		}
		if p.State == rules.Created {
			return tx.AskPaymentIn(ctx, p.ID, askAfter)
		}
		return nil
	})
	if err == nil && late {
		err = ErrNotDue
	}
	return err
}

// refused tells a caller that a gateway did not do what was asked of it. An order that it refuses for good fails at once.
func (s *Service) refused(ctx context.Context, orderID, paymentID domain.ID, err error) error {
	s.log.WarnContext(ctx, "gateway", logkey.Order, orderID, logkey.Error, err.Error())
	if payment.Final(err) {
		if err := s.lost(ctx, paymentID); err != nil {
			return err
		}
		return domain.Errorf(domain.Conflict, "payment.refused", "the gateway refuses it: %s", payment.CodeOf(err)).With("reason", payment.CodeOf(err))
	}
	return domain.Errorf(domain.Unavailable, "payment.unavailable", "the gateway does not answer; try again").With("retryAfter", 2)
}

// lost has the order of a payment that no gateway has begun fail, instead of waiting until its time is up.
func (s *Service) lost(ctx context.Context, paymentID domain.ID) error {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, p, err := tx.HoldPaymentByID(ctx, paymentID)
		if err != nil || p.State != rules.Created || p.Reference != "" {
			return err
		}
		o.PaymentLost(o.Now)
		return tx.StoreOrder(ctx, o, domain.System)
	})
	if err == nil {
		s.wake()
	}
	return err
}
