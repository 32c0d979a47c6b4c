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
	ReturnURL string // as it was asked for: an app's own form of the gateway wants it, too
	payment.Session
}

// ErrNotDue refuses to take a payment that nobody waits for.
var ErrNotDue = domain.Errorf(domain.Conflict, "payment.not_due", "the order does not wait for a payment by card")

// notDue is ErrNotDue with how the order stands and what its customer may do.
func notDue(u postgres.Unpaid) error {
	text := ErrNotDue.Message
	switch {
	case u.OrderState == order.PaymentFailed:
		text = "the order was not paid in time, or not with so many cards: order anew"
	case !u.OrderState.Live():
		text = "the order has ended: nothing is to be paid"
	case u.Method == rules.Card && u.State != rules.Failed && u.State != rules.Voided:
		text = "the order is paid"
	}
	return domain.Errorf(ErrNotDue.Kind, ErrNotDue.Code, "%s", text).With("state", string(u.OrderState)).With("paymentState", string(u.State))
}

// Begin gives the customer of an order that waits for its payment the place to pay it. Asking again gives the same one, or another
// one after a payment that has failed, of which an order may have rules.MaxAttempts. back is where the gateway's page sends
// the customer; "": nowhere.
// Errors: NotFound for an order that is not theirs; Invalid for an address that is not listed; ErrNotDue; Conflict "payment.refused" with
// the gateway's code; Unavailable "payment.unavailable" when the gateway does not answer, and "payment.no_gateway".
func (s *Service) Begin(ctx context.Context, actor domain.Actor, orderID domain.ID, back string) (Session, error) {
	if err := s.returns.Check(back); err != nil {
		return Session{}, err
	}
	u, err := s.db.Unpaid(ctx, orderID)
	if err != nil {
		return Session{}, err
	}
	if actor.Role != domain.RoleCustomer || u.CustomerID != actor.ID {
		return Session{}, domain.Missing("order")
	}
	if u.State == rules.Failed && u.OrderState == order.PendingPayment {
		if u, err = s.again(ctx, orderID); err != nil {
			return Session{}, err
		}
	}
	if u.Method != rules.Card || u.State != rules.Created || u.OrderState != order.PendingPayment {
		return Session{}, notDue(u)
	}
	g, err := s.gateway(u.Provider)
	if err != nil {
		return Session{}, err
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	session, err := g.Begin(call, payment.Intent{PaymentID: u.ID, OrderID: orderID, Number: u.Number, Amount: u.Amount, ReturnURL: back})
	if err != nil {
		return Session{}, s.refused(ctx, orderID, u.ID, err)
	}
	return Session{u.ID, u.Provider, back, session}, s.begun(ctx, u.ID, session.Reference)
}

// again opens another payment of an order whose last one failed, while there is time, and gives the newest.
func (s *Service) again(ctx context.Context, orderID domain.ID) (postgres.Unpaid, error) {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, orderID)
		if err != nil {
			return err
		}
		return tx.PayAgain(ctx, o)
	})
	if err != nil {
		return postgres.Unpaid{}, err
	}
	return s.db.Unpaid(ctx, orderID)
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
