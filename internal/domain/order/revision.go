package order

import (
	"fmt"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// MaxRevisions is how often a vendor may ask for less in one order.
const MaxRevisions = 3

// Reduction is a line of an order that the vendor can make fewer of.
type Reduction struct {
	Line     int // place among the order's items, from 0
	Quantity int // that is left of it; 0: none
}

// Errors of revisions, for errors.Is.
var (
	ErrRevisionOpen = domain.Errorf(domain.Conflict, "order.revision_open", "the customer has not answered the revision yet")
	ErrNoRevision   = domain.Errorf(domain.Conflict, "order.no_revision", "there is no revision to answer")
	ErrRevisedOften = domain.Errorf(domain.Conflict, "order.revised_often", "an order is revised at most %d times; cancel it instead", MaxRevisions)
)

// Revising says whether a revision waits for the customer.
func (o *Order) Revising() bool { return !o.timer(VerbLapse).IsZero() }

// unrevised is ErrRevisionOpen while a revision waits for the customer.
func (o *Order) unrevised() error {
	if o.Revising() {
		return ErrRevisionOpen
	}
	return nil
}

// Propose asks the customer to take less than ordered, who has ReviseWithin to answer. A vendor who has not accepted yet has
// AnswerRevised left in any case once that is over; reminders end.
// Errors: ErrRevisionOpen, ErrRevisedOften; those of Machine.Step.
func (o *Order) Propose(by domain.Role, now time.Time) (domain.Event, error) {
	if _, err := Machine.Step(o.State, VerbPropose, by); err == nil {
		if err := o.unrevised(); err != nil {
			return domain.Event{}, err
		}
		if o.Revisions >= MaxRevisions {
			return domain.Event{}, ErrRevisedOften
		}
	}
	event, err := o.step(VerbPropose, by)
	if err != nil {
		return event, err
	}
	o.Revisions++
	lapses := now.Add(ReviseWithin)
	o.set(lapses, VerbLapse)
	o.stop(VerbNudge)
	if expires := o.timer(VerbExpire); !expires.IsZero() && expires.Before(lapses.Add(AnswerRevised)) {
		o.stop(VerbExpire)
		o.set(lapses.Add(AnswerRevised), VerbExpire)
	}
	event.Data = map[string]any{"revision": o.Revisions, "deadlineAt": lapses.UTC()}
	return event, nil
}

// Agree is the customer's yes: the order costs what the revision says. Errors: ErrNoRevision; those of Machine.Step.
func (o *Order) Agree(by domain.Role, total domain.Money) (domain.Event, error) {
	event, err := o.settle(VerbAgree, by)
	if err == nil {
		o.Total = total
		event.Data["total"] = map[string]any{"amount": total.Amount, "currency": string(total.Currency)}
	}
	return event, err
}

// MayAgree tells what Agree would, and changes nothing.
func (o *Order) MayAgree(by domain.Role) error {
	next := *o
	next.Timers = slices.Clone(o.Timers)
	_, err := next.settle(VerbAgree, by)
	return err
}

// Refuse is the customer's no: the order stays as it is, and the vendor makes it after all, or cancels it for
// ITEM_UNAVAILABLE at its own cost. Errors: ErrNoRevision; those of Machine.Step.
func (o *Order) Refuse(by domain.Role) (domain.Event, error) { return o.settle(VerbRefuse, by) }

// lapse takes silence for a no. Its timer has stopped already.
func (o *Order) lapse() (domain.Event, error) {
	event, err := o.step(VerbLapse, domain.RoleSystem)
	event.Data = map[string]any{"revision": o.Revisions}
	return event, err
}

func (o *Order) settle(verb string, by domain.Role) (domain.Event, error) {
	if _, err := Machine.Step(o.State, verb, by); err == nil && !o.Revising() {
		return domain.Event{}, ErrNoRevision
	}
	event, err := o.step(verb, by)
	if err == nil {
		o.stop(VerbLapse)
		event.Data["revision"] = o.Revisions
	}
	return event, err
}

// Reduce gives what is left of an order's items. The lines keep their positions' order.
// Errors: Invalid for a line that there is not, is named twice, or would not become fewer; and when nothing would be left.
func Reduce(items []Item, less []Reduction) ([]Item, error) {
	left := make(map[int]int, len(less))
	for i, r := range less {
		field := fmt.Sprintf("items[%d]", i)
		_, twice := left[r.Line]
		switch {
		case r.Line < 0 || r.Line >= len(items):
			return nil, domain.Invalidf(field+".line", "exists", "is no line of this order: it has %d, counted from 0", len(items))
		case twice:
			return nil, domain.Invalidf(field+".line", "duplicate", "is named twice")
		case r.Quantity < 0 || r.Quantity >= items[r.Line].Quantity:
			return nil, domain.Invalidf(field+".quantity", "range", "must be fewer than the %d ordered", items[r.Line].Quantity)
		}
		left[r.Line] = r.Quantity
	}
	var out []Item
	for position, item := range items {
		if quantity, named := left[position]; named {
			item.Quantity = quantity
		}
		if item.Quantity > 0 {
			out = append(out, item)
		}
	}
	if len(out) == 0 {
		return nil, domain.Invalidf("items", "empty", "leaves nothing of the order: cancel it instead")
	}
	if len(less) == 0 {
		return nil, domain.Invalidf("items", "minItems", "names nothing that is missing")
	}
	return out, nil
}
