package billing

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	accounts "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// RefundWish is what staff decide to give back. Of Amount and Items at most one is given; with neither it is all that is left.
type RefundWish struct {
	Amount *domain.Money
	Items  []postgres.RefundItem
	Wallet bool // to the customer's wallet; else to where the money came from
	Reason rules.RefundReason
	Seen   int // the version of the order that was looked at; 0: whatever it is
}

// Refund is what came of it.
type Refund = postgres.GivenBack

// Refunds lists what was given back of an order before one, newest first, to its customer, its vendor's managers and owners, and
// staff. Who bears it is not told to the customer. NotFound for strangers' orders; Forbidden for the vendor's kitchen.
func (s *Service) Refunds(ctx context.Context, actor domain.Actor, orderID, before domain.ID, limit int) ([]Refund, error) {
	if err := maySee(ctx, s.db, actor, orderID); err != nil {
		return nil, err
	}
	list, err := s.db.Refunds(ctx, orderID, before, limit)
	if actor.Role == domain.RoleCustomer {
		for i := range list {
			list[i].Bearer = ""
		}
	}
	return list, err
}

// Booked is a transfer as the books tell it.
type Booked = postgres.Booked

// Ledger lists what the books say of an order after a transfer, oldest first, to staff. NotFound for an order that there is not.
func (s *Service) Ledger(ctx context.Context, actor domain.Actor, orderID, after domain.ID, limit int) ([]Booked, error) {
	if err := maySee(ctx, s.db, actor, orderID); err != nil {
		return nil, err
	}
	return s.db.Ledger(ctx, orderID, after, limit)
}

// Errors of Refund, for errors.Is.
var (
	ErrNotEnded  = domain.Errorf(domain.Conflict, "order.not_ended", "an order that goes on is cancelled, not refunded")
	ErrCapturing = domain.Errorf(domain.Conflict, "payment.capturing", "the gateway is about to take the payment: try again in a moment").With("retryAfter", 2)
	ErrNoSource  = domain.Errorf(domain.Conflict, "payment.no_source", "cash cannot be sent back: refund it to the wallet")
)

// Refund gives a customer back some of what they paid for an order that has ended. Who bears it follows from the reason; the
// marketplace does where nothing was handed over. encode turns it into the answer that is kept with it.
// Errors: NotFound; Precondition when the order is not as it was seen; ErrNotEnded; ErrNoSource; ErrCapturing while the gateway is asked for the payment; payment.ErrRefund for more than is left, which of two at once refuses the later;
// Conflict "payment.amount_unsupported" for what the gateway cannot give back; Invalid; Forbidden "refund.limit" for support past their limit.
func (s *Service) Refund(ctx context.Context, actor domain.Actor, orderID domain.ID, w RefundWish, encode func(Refund) (domain.Answer, error)) (domain.Answer, error) {
	var answer domain.Answer
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, r, events, err := s.refund(ctx, tx, actor, orderID, w)
		if err != nil {
			return err
		}
		if r.Wallet && o.State.HandedOver() { // what a gateway gives back is credited once it has
			if err := tx.CreditRefund(ctx, o, r.ID); err != nil {
				return err
			}
		}
		if err := tx.StoreOrder(ctx, o, actor, events...); err != nil {
			return err
		}
		if answer, err = encode(r); err != nil {
			return err
		}
		return tx.Keep(ctx, answer)
	})
	if err == nil {
		s.wake()
	}
	return answer, err
}

var errOnlyAsked = errors.New("only asked")

// QuoteRefund is what Refund would give back now, which is all undone. Errors: those of Refund.
func (s *Service) QuoteRefund(ctx context.Context, actor domain.Actor, orderID domain.ID, w RefundWish) (Refund, error) {
	var quote Refund
	err := s.db.InTx(ctx, func(tx *postgres.Tx) (err error) {
		if _, quote, _, err = s.refund(ctx, tx, actor, orderID, w); err == nil {
			err = errOnlyAsked
		}
		return err
	})
	if errors.Is(err, errOnlyAsked) {
		err = nil
	}
	return quote, err
}

// bearer is who bears what is wished for, which is checked.
func (w RefundWish) bearer() (ledger.Party, error) {
	switch {
	case w.Amount != nil && len(w.Items) > 0:
		return "", domain.Invalidf("items", "excluded", "say an amount or what it is for, not both")
	case w.Amount != nil && w.Amount.Amount < 1:
		return "", domain.Invalidf("amount.amount", "min", "must be at least 1 minor unit")
	}
	bearer, err := w.Reason.Bearer()
	return ledger.Party(bearer), err
}

func (s *Service) refund(ctx context.Context, tx *postgres.Tx, actor domain.Actor, orderID domain.ID, w RefundWish) (*postgres.LockedOrder, Refund, []domain.Event, error) {
	by, err := w.bearer()
	if err != nil {
		return nil, Refund{}, nil, err
	}
	o, err := tx.HoldOrder(ctx, orderID)
	if err != nil {
		return nil, Refund{}, nil, err
	}
	if err := o.Fresh(w.Seen); err != nil {
		return nil, Refund{}, nil, err
	}
	r, events, err := s.refundOf(ctx, tx, actor, o, w, by)
	return o, r, events, err
}

func (s *Service) refundOf(ctx context.Context, tx *postgres.Tx, actor domain.Actor, o *postgres.LockedOrder, w RefundWish, by ledger.Party) (Refund, []domain.Event, error) {
	p, err := tx.HoldPayment(ctx, o)
	if err != nil {
		return Refund{}, nil, err
	}
	switch {
	case o.EndedAt.IsZero():
		return Refund{}, nil, ErrNotEnded
	case !w.Wallet && p.Method == rules.COD:
		return Refund{}, nil, ErrNoSource
	case !o.State.HandedOver():
		by = ledger.ByPlatform
	}
	if err := taken(ctx, tx, p); err != nil {
		return Refund{}, nil, err
	}
	standing, err := tx.Standing(ctx, o.ID)
	if err != nil {
		return Refund{}, nil, err
	}
	part, err := partOf(ctx, tx, p, w, p.Order.Bill.Left(standing))
	if err != nil {
		return Refund{}, nil, err
	}
	r := Refund{State: "done", Refund: postgres.Refund{
		ID: id.New(), Amount: domain.Money{Amount: part.Total(), Currency: part.Currency}, Wallet: w.Wallet || p.Provider == "",
		Reason: string(w.Reason), Bearer: string(by), Items: w.Items, OrderID: o.ID, ByID: actor.ID, At: o.Now,
	}}
	if err := within(ctx, tx, actor, r.Amount); err != nil {
		return Refund{}, nil, err
	}
	if g, known := s.gateways[p.Provider]; known && !r.Wallet {
		if err := takes(g, r.Amount); err != nil {
			return Refund{}, nil, err
		}
	}
	event, err := give(ctx, tx, p, &r)
	if err != nil {
		return Refund{}, nil, err
	}
	to := ledger.Wallet(o.CustomerID)
	if !r.Wallet {
		to = ledger.Gateway(p.Provider)
	}
	back := p.Order.Refunded(r.ID, to, part, by)
	if !o.State.HandedOver() {
		back = p.Order.GivenBack(r.ID, to, part.Total(), standing.Held)
	}
	if err := tx.Transfer(ctx, back); err != nil {
		return Refund{}, nil, err
	}
	err = tx.Audit(ctx, actor, postgres.AuditEntry{
		Action: "order.refund", Subject: "order", SubjectID: o.ID, Before: map[string]any{"refunded": p.Refunded.Amount},
		After: map[string]any{"refund": r.ID, "amount": r.Amount.Amount, "currency": r.Amount.Currency, "reason": r.Reason, "bearer": r.Bearer, "wallet": r.Wallet},
	})
	return r, []domain.Event{event}, err
}

// taken is ErrCapturing while a gateway is about to take a payment: there will be something to give back.
func taken(ctx context.Context, tx *postgres.Tx, p *postgres.LockedPayment) error {
	if p.State != rules.Authorized || p.Provider == "" {
		return nil
	}
	capturing, err := tx.Capturing(ctx, p)
	if err == nil && capturing {
		err = ErrCapturing
	}
	return err
}

// give changes the payment: a wallet has it at once, a gateway is asked.
func give(ctx context.Context, tx *postgres.Tx, p *postgres.LockedPayment, r *Refund) (domain.Event, error) {
	if err := tx.NewRefund(ctx, p, r.Refund); err != nil {
		return domain.Event{}, err
	}
	if r.Wallet {
		event, err := p.Refund(r.Amount)
		if err != nil {
			return event, err
		}
		return event, tx.SavePayment(ctx, p)
	}
	r.State = "pending"
	if err := p.AskRefund(r.Amount); err != nil {
		return domain.Event{}, err
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return domain.Event{}, err
	}
	event := domain.Event{Type: "payment.refund_requested", Data: map[string]any{
		"amount": map[string]any{"amount": r.Amount.Amount, "currency": string(r.Amount.Currency)}, "reason": r.Reason,
	}}
	return event, tx.AskGateway(ctx, rules.Operation{ID: r.ID, PaymentID: p.ID, Verb: rules.VerbRefund, Amount: r.Amount})
}

// partOf is the part of the order's bill that is given back, of which so much is left.
func partOf(ctx context.Context, tx *postgres.Tx, p *postgres.LockedPayment, w RefundWish, rest ledger.Bill) (ledger.Bill, error) {
	left := p.Refundable()
	if w.Amount == nil && len(w.Items) == 0 {
		w.Amount = &left
	}
	if w.Amount != nil {
		if w.Amount.Currency != left.Currency {
			return ledger.Bill{}, domain.Invalidf("amount.currency", "currency", "the order was paid in %s", left.Currency)
		}
		if w.Amount.Amount < 1 || w.Amount.Amount > left.Amount { // nothing is left, or less than was asked for
			return ledger.Bill{}, refundable(left)
		}
		if w.Amount.Amount == p.Order.Bill.Total() {
			return p.Order.Bill, nil
		}
		return rest.Worth(w.Amount.Amount), nil
	}
	dishes, taxOnRest, err := tx.Portions(ctx, p.OrderID)
	if err != nil {
		return ledger.Bill{}, err
	}
	for i, item := range w.Items {
		if item.Position < 0 || item.Position >= len(dishes) {
			return ledger.Bill{}, domain.Invalidf(fmt.Sprintf("items[%d].position", i), "range", "the order has %d lines, from 0", len(dishes))
		}
		d := &dishes[item.Position]
		d.Back += item.Portions
		if item.Portions < 1 || d.Back > d.Portions {
			return ledger.Bill{}, domain.Invalidf(fmt.Sprintf("items[%d].portions", i), "range", "must be from 1 to the %d of the line", d.Portions)
		}
		if left := d.Portions - d.Gone; d.Back > left {
			return ledger.Bill{}, domain.Errorf(rules.ErrRefund.Kind, rules.ErrRefund.Code, "of the %d portions of line %d are %d left to be given back", d.Portions, item.Position+1, left).
				With("portions", left)
		}
	}
	part := p.Order.Bill.Part(dishes, taxOnRest).Within(rest)
	if part.Total() < 1 || part.Total() > left.Amount {
		return ledger.Bill{}, refundable(left)
	}
	return part, nil
}

func refundable(left domain.Money) error {
	return domain.Errorf(rules.ErrRefund.Kind, rules.ErrRefund.Code, "%s", rules.ErrRefund.Message).
		With("refundable", map[string]any{"amount": left.Amount, "currency": string(left.Currency)})
}

// within holds support to their limit.
func within(ctx context.Context, tx *postgres.Tx, actor domain.Actor, amount domain.Money) error {
	if actor.Role == domain.RoleAdmin {
		return nil
	}
	users, err := tx.HoldUsers(ctx, actor.ID)
	if err != nil {
		return err
	}
	u, known := users[actor.ID]
	if !known || !actor.Role.Staff() {
		return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "only staff refund")
	}
	return accounts.MayRefund(u.RefundLimit, amount)
}
