package desk

import (
	"context"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// Subject is what an action is about.
type Subject struct {
	Order    *board.Order // nil: none is selected
	VendorID domain.ID    // of the order, or the vendor itself
	Vendor   string
	Alert    *board.Alert   // nil: none is selected
	Alerts   []*board.Alert // that are marked: actions on alerts are about these then
	Touches  string         // what of the vendor is under way, for people; "" where nobody knows

	CourierID domain.ID // of the order, or the courier themselves
	Courier   string    // "" where only the ID is known
}

// ID is that of what was selected: the order, else the courier, else the vendor; Nil: nothing was.
func (s Subject) ID() domain.ID {
	switch {
	case s.Order != nil:
		return s.Order.ID
	case !s.CourierID.IsNil():
		return s.CourierID
	}
	return s.VendorID
}

// Of is an order as a subject.
func Of(o *board.Order) Subject {
	if o == nil {
		return Subject{}
	}
	return Subject{Order: o, VendorID: o.VendorID, Vendor: o.Vendor, CourierID: o.CourierID}
}

// Env is what actions work with.
type Env struct {
	API
	Now func() time.Time
	Key func() string // a new idempotency key
}

// Action is something that the console can do. Each is a file here and a line in Actions; its key is in the keymap by its name.
type Action struct {
	Name  string                    // "cancel"
	Of    func(s Subject) domain.ID // what it is about, Nil: nothing; nil: the order
	Does  string                    // "cancel the order"
	Needs domain.Permissions
	Why   func(s Subject) string // why it makes no sense for this subject; "": it may
	Open  func(ctx context.Context, e Env, s Subject) (form.Form, error)
}

// Actions lists what there is, in the order in which it is offered.
func Actions() []Action {
	return []Action{cancel, refund, restore, assign, takeAway, rescue, lose, pause, soldOut, suspend, note, acknowledge, snooze}
}

// About is what an action on a subject is about; Nil: nothing.
func (a Action) About(s Subject) domain.ID {
	if a.Of != nil {
		return a.Of(s)
	}
	return s.ID()
}

// Names are the names of actions.
func Names(actions []Action) []string {
	out := make([]string, len(actions))
	for i, a := range actions {
		out[i] = a.Name
	}
	return out
}

// onOrder refuses a subject without an order, and one that a rule refuses.
func onOrder(rule func(o *board.Order) string) func(Subject) string {
	return func(s Subject) string {
		if s.Order == nil {
			return "no order is selected"
		}
		if rule == nil {
			return ""
		}
		return rule(s.Order)
	}
}

// about says in a line what an order is, before something is done with it.
func about(o dto.Order) string {
	return sanitize.Line(strings.ToUpper(words.Code(string(o.State))) + ", of " + o.Customer.Name + " with " + o.Vendor.Name + ", " +
		amount(o.Quote.Total) + ", paid by " + words.Code(string(o.Payment.Method)) + " (" + words.Code(string(o.Payment.State)) + ")")
}

func amount(m dto.Money) string {
	return domain.Money{Amount: m.Amount, Currency: domain.Currency(m.Currency)}.String()
}

// typedNumber has a form confirmed by the order's number, as it is said on the phone.
func typedNumber(f form.Form, o dto.Order) form.Form {
	number := sanitize.Line(o.Number)
	f.Typed, f.Same = number, func(text string) bool { return order.ParseNumber(strings.TrimSpace(text)) == o.Number }
	return f
}

// changed is the receipt of a change of an order that was of version seen, or why it was not made. One whose answer died on the way, which
// the API can tell by its key, is read from the order.
func (e Env) changed(ctx context.Context, say string, id domain.ID, seen int, done dto.Order, err error) (form.Receipt, error) {
	if client.DoneUnheard(err) {
		done, err = e.Order(ctx, id)
	}
	if err != nil {
		return form.Receipt{}, e.meanwhile(ctx, id, seen, err)
	}
	return form.Receipt{Say: say, Seen: form.ByVersion(id, done.Version)}, nil
}

// nameOf is how a command line names an order.
func nameOf(o *board.Order) string {
	if o.Number == "" {
		return o.ID.String()
	}
	return o.Number
}

// quote writes a text that was typed as one word of a command line, which no shell reads anything into.
func quote(text string) string {
	if strings.ContainsAny(text, "$`\"\\!'") {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return `"` + text + `"`
}
