package ordering

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Confirmation is what a customer says when ordering: the price they were shown, and how they pay it.
type Confirmation struct {
	QuoteID       domain.ID     // of the cart's last quote; Nil when ExpectedTotal is given
	ExpectedTotal *domain.Money // or the total itself
	Method        payment.Method
	Provider      string // the gateway of a card; "": the first
	Note          string
	Age           int       // the customer says that they are at least so many years old; 0: nothing
	ScheduledFor  time.Time // when the customer wants it; zero: as soon as can be
}

// Errors of Place, for errors.Is.
var (
	ErrPriceChanged = domain.Errorf(domain.Conflict, "price_changed", "the price is no longer what you confirmed; here is the new quote")
	ErrQuoteExpired = domain.Errorf(domain.Conflict, "quote_expired", "the quote is older than %d minutes or was replaced; here is a new one", int(pricing.QuoteTTL/time.Minute))
	ErrAge          = domain.Errorf(domain.Conflict, "age_not_confirmed", "the cart has dishes that are sold from an age on; confirm to have reached it")
	ErrNotOrderable = domain.Errorf(domain.Conflict, "cart_problems", "the cart cannot be ordered as it is")
)

// RequoteError is ErrPriceChanged, ErrQuoteExpired, ErrAge or ErrNotOrderable together with the cart as it stands now.
type RequoteError struct {
	Reason *domain.Error
	Cart   Quoted
}

// Error implements error.
func (e *RequoteError) Error() string { return e.Reason.Error() }

// Unwrap gives the reason.
func (e *RequoteError) Unwrap() error { return e.Reason }

// Place orders what is in the customer's cart at the price that Postgres has in the order's own transaction. encode turns
// the new order into the answer, which is kept in that transaction: whoever asks again with the same key gets it.
//
// Errors: Invalid when neither a quote nor a total is confirmed; NotFound for an empty cart; Conflict "payment.amount_unsupported" for what
// no card can be charged with; *RequoteError. Nothing is
// ordered when it returns one.
//
// Round trips of Place under a key, 5: Unhurried+ClaimKey, begin+LockCart, HoldToOrder+OrderStamp+AddressOf+CartVendor+DishesByID,
// InsertOrder+InsertOrderItems+InsertQuoteLines+InsertPayment+InsertDelivery+AppendEvent+DeleteCart+JobInsertFastMany+
// OrderByID+OrderItems+OrderLines, FinishKey+commit. Counted dishes and a kitchen that counts its places take one more each.
func (s *Service) Place(ctx context.Context, actor domain.Actor, c Confirmation, encode func(Order) (domain.Answer, error)) (domain.Answer, error) {
	var answer domain.Answer
	if err := s.payable(&c); err != nil {
		return answer, err
	}
	if c.QuoteID.IsNil() && c.ExpectedTotal == nil {
		return answer, domain.Invalidf("quoteId", "required", "confirm the price by quoteId or expectedTotal")
	}
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		id, err := s.place(ctx, tx, actor, c)
		if err != nil {
			return err
		}
		view, err := tx.OrderView(ctx, id)
		if err != nil {
			return err
		}
		if answer, err = encode(redact(view, actor)); err != nil {
			return err
		}
		return tx.Keep(ctx, answer)
	})
	if err == nil {
		s.wake()
		return answer, nil
	}
	var reason *domain.Error
	if errors.As(err, &reason) && (errors.Is(err, ErrPriceChanged) || errors.Is(err, ErrQuoteExpired) || errors.Is(err, ErrAge) || errors.Is(err, ErrNotOrderable)) {
		if cart, cartErr := s.cartFor(ctx, actor, c.ScheduledFor); cartErr == nil {
			return answer, &RequoteError{reason, cart}
		}
	}
	return answer, err
}

// place does it, inside the transaction.
func (s *Service) place(ctx context.Context, tx *postgres.Tx, actor domain.Actor, c Confirmation) (domain.ID, error) {
	cart, err := tx.HoldCart(ctx, actor.ID)
	if err != nil {
		return domain.Nil, err
	}
	offer, err := tx.HoldOffering(ctx, cart, c.ScheduledFor)
	if err != nil {
		return domain.Nil, err
	}
	q := quoteFor(cart, offer, c.ScheduledFor)
	release, err := q.releaseAt()
	if err != nil {
		return domain.Nil, err
	}
	if err := confirmed(c, q); err != nil {
		return domain.Nil, err
	}
	if c.Method == payment.Card && q.Quote.Total.Amount == 0 { // promotions have paid all of it, and no gateway takes nothing
		c.Method, c.Provider = payment.Wallet, ""
	}
	if c.Method == payment.Card && !s.takes(c.Provider, q.Quote.Total) {
		return domain.Nil, unsupported(q.Quote.Total)
	}
	if err := takeStock(ctx, tx, q); err != nil {
		return domain.Nil, err
	}
	plan, err := tx.TakePlace(ctx, q.offer)
	if err != nil {
		return domain.Nil, err
	}
	if plan.ReadyAt.IsZero() {
		return domain.Nil, ErrNotOrderable
	}
	q.promise(plan)
	n, events, err := s.newOrder(actor, c, q, release)
	if err != nil {
		return domain.Nil, err
	}
	if err := tx.Place(ctx, n, actor, events[0], events[1:]...); err != nil {
		return domain.Nil, err
	}
	if err := redeem(ctx, tx, n); err != nil {
		return domain.Nil, err
	}
	switch n.PaymentMethod {
	case payment.Card: // it is confirmed when it is paid
		return n.ID, nil
	case payment.Wallet:
		if err := tx.PayFromWallet(ctx, n); err != nil {
			return domain.Nil, err
		}
	case payment.COD:
	}
	return n.ID, tx.Post(ctx, letter.AboutOrder(letter.OrderConfirmed, actor.ID, n.ID, n.PlacedAt))
}

// payable checks how the customer wants to pay, and chooses the gateway where they do not.
func (s *Service) payable(c *Confirmation) error {
	switch {
	case c.Method != payment.Card && c.Provider != "":
		return domain.Invalidf("payment.provider", "unexpected", "only cards are paid by a gateway")
	case c.Method != payment.Card:
		return nil
	case len(s.providers) == 0:
		return domain.Invalidf("payment.method", "unsupported", "no cards are taken here")
	case c.Provider == "":
		c.Provider = s.providers[0]
	case !slices.Contains(s.providers, c.Provider):
		return domain.Invalidf("payment.provider", "unsupported", "cards are taken by %s", strings.Join(s.providers, ", "))
	}
	return nil
}

// unsupported refuses a price that the gateway of a card cannot charge.
func unsupported(total domain.Money) error {
	return domain.Errorf(domain.Conflict, "payment.amount_unsupported", "no card can be charged with exactly %s: pay otherwise, or change the tip", total)
}

// confirmed compares what the customer agreed to with what Postgres says now.
func confirmed(c Confirmation, q Quoted) error {
	total := q.Quote.Total
	switch {
	case slices.ContainsFunc(q.Problems, Problem.Blocks):
		return ErrNotOrderable
	case c.Age < q.MinAge:
		return tooYoung(q.MinAge)
	case c.ExpectedTotal != nil && *c.ExpectedTotal != total:
		return ErrPriceChanged
	case c.QuoteID.IsNil():
		return nil
	case c.QuoteID != q.QuoteID || q.expired():
		return ErrQuoteExpired
	case q.QuoteTotal != total.Amount:
		return ErrPriceChanged
	}
	return nil
}

// tooYoung is ErrAge with the age to confirm.
func tooYoung(minAge int) error {
	e := domain.Errorf(ErrAge.Kind, ErrAge.Code, "the cart has dishes that are sold from the age of %d on; confirm to have reached it", minAge)
	e.Fields = []domain.FieldError{{Field: "confirmedAge", Code: "min", Message: fmt.Sprintf("must be at least %d", minAge)}}
	return e
}

// takeStock takes the counted dishes.
func takeStock(ctx context.Context, tx *postgres.Tx, q Quoted) error {
	wanted := portions(q.Choices)
	maps.DeleteFunc(wanted, func(dishID domain.ID, _ int) bool { return q.offer.Dishes[dishID].Stock == nil })
	return tx.TakeStock(ctx, q.offer.Vendor, q.CustomerID, wanted)
}

// newOrder makes the order that a cart becomes, and the events that tell of it: it is placed and, with a vendor that accepts
// everything, accepted; or it is scheduled.
func (s *Service) newOrder(actor domain.Actor, c Confirmation, q Quoted, release time.Time) (postgres.NewOrder, []domain.Event, error) {
	now, ordinal := q.offer.Now, q.offer.Ordinal
	v := q.offer.Vendor
	o, placed := order.Begin(order.New{
		ID: domain.ID(id.New()), Fulfilment: q.Fulfilment, OrderCode: secret(4), Total: q.Quote.Total,
		Tip: domain.Money{Amount: q.Tip, Currency: v.Currency}, PromisedAt: q.PromisedAt, AcceptWithin: time.Duration(v.AcceptSeconds) * time.Second,
		ScheduledFor: q.ScheduledFor, ReleaseAt: release,
		Prepaid: c.Method == payment.Card, Cash: c.Method == payment.COD,
	}, now)
	if q.plan.Quarter != 0 {
		o.SlotAt = q.plan.Quarter.Begins()
	}
	number := order.Number(ordinal)
	placed.Data["number"] = number
	placed.Data["vendorName"] = v.Name
	placed.Data["total"] = map[string]any{"amount": q.Quote.Total.Amount, "currency": string(q.Quote.Total.Currency)}
	placed.Data["promisedAt"], placed.Data["estimatedAt"] = q.PromisedAt.UTC(), q.ExpectedAt.UTC()
	o.Estimated.Now, o.Estimated.Placed = q.ExpectedAt, q.ExpectedAt
	events := []domain.Event{placed}
	if v.Acceptance == vendor.Auto && o.State == order.Placed {
		accepted, err := o.Accept(domain.RoleSystem, now, min(v.PrepAt(now), order.MaxPrepMinutes))
		if err != nil {
			return postgres.NewOrder{}, nil, err
		}
		events = append(events, accepted)
	}
	n := postgres.NewOrder{
		Order: o, Number: number, CustomerID: actor.ID, Vendor: v, Items: q.Items, Quote: q.Quote, Note: c.Note, PIN: secret(4),
		MinAge: q.MinAge, PlacedAt: now, PaymentID: domain.ID(id.New()), PaymentMethod: c.Method, Provider: c.Provider,
	}
	n.Commission, n.CommissionBps = commission(q)
	if q.Fulfilment == order.Delivery {
		n.Address, n.DeliveryID = q.offer.Address, domain.ID(id.New())
		if o.State == order.Accepted {
			n.DispatchAt = delivery.DispatchAt(now, o.ReadyBy)
		}
	}
	if o.State == order.Accepted {
		n.Estimated.Accepted = s.db.Estimate(n, q.offer.Kitchen)
		n.Estimated.Now, events[1].Data["estimatedAt"] = n.Estimated.Accepted, n.Estimated.Accepted.UTC()
	}
	return n, events, nil
}

// secret makes a code of so many decimal digits.
func secret(digits int) string {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, err := rand.Int(rand.Reader, most)
	if err != nil {
		panic("no randomness: " + err.Error()) // the platform promises that this does not happen
	}
	return fmt.Sprintf("%0*d", digits, n)
}
