package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

var cancel = Action{
	Name: "cancel", Does: "cancel the order", Needs: domain.Refund,
	Why: onOrder(func(o *board.Order) string {
		if !o.State.Live() {
			return "the order has ended"
		}
		return ""
	}),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		var quote dto.CancelQuote
		key := e.Key()
		return typedNumber(form.Form{
			Verb: "cancel " + sanitize.Line(o.Number), Title: "Cancel order " + sanitize.Line(o.Number), Facts: []string{about(o)},
			Steps: []form.Step{{Name: "reason", Prompt: "reason", Load: form.Choose(cancelReasons(o)...)}},
			Ask: func(ctx context.Context, a form.Answers) (_ []string, err error) {
				if quote, err = e.CancelQuote(ctx, o.ID, dto.CancelReason(a["reason"])); err != nil {
					return nil, err
				}
				return quoted(quote), nil
			},
			Do: func(ctx context.Context, _ form.Answers) (form.Receipt, error) {
				done, err := e.CancelOrder(ctx, o.ID, quote.Reason, client.IfMatch(quote.Version), client.Once(key))
				return e.changed(ctx, "cancelled "+sanitize.Line(o.Number), o.ID, quote.Version, done, err)
			},
			Command: func(a form.Answers) string { return "zoop orders cancel " + o.Number + " --reason " + a["reason"] },
		}, o), nil
	},
}

// cancelReasons are the codes that make sense of an order as it is, with whose they are, the usual one first.
func cancelReasons(o dto.Order) []form.Option {
	var out []form.Option
	offer := func(r order.Reason, g order.Group) {
		out = append(out, form.Option{Value: string(r), Text: fmt.Sprintf("%-17s %s", r, g)})
	}
	state := order.State(o.State)
	searched := o.Fulfilment == dto.FulfilmentDelivery && o.Courier == nil && (state == order.Accepted || state == order.Preparing || state == order.Ready)
	if searched {
		offer(order.NoCourier, order.GroupPlatform)
	}
	for _, g := range []order.Group{order.GroupCustomer, order.GroupVendor, order.GroupPlatform, order.GroupDelivery} {
		for _, r := range order.Reasons[g] {
			switch {
			case r == order.NoCourier && (searched || o.Fulfilment != dto.FulfilmentDelivery):
			case r == order.VendorTimeout && state != order.Placed, r == order.Unpaid && state != order.PendingPayment:
			case g == order.GroupDelivery && state != order.PickedUp && state != order.Undeliverable: // nobody has been at the door
			default:
				offer(r, g)
			}
		}
	}
	return out
}

// quoted says what a cancel would cost.
func quoted(q dto.CancelQuote) []string {
	out := []string{"goes back " + amount(q.Refund) + ", fee " + amount(q.Fee), "lost " + amount(q.Lost) + ", borne by " + words.Code(string(q.Liable))}
	if q.Restock {
		out[1] += "; its portions go back to the menu"
	}
	return out
}

var restore = Action{
	Name: "restore", Does: "undo a cancel of the last ten minutes", Needs: domain.Refund,
	Why: onOrder(func(o *board.Order) string {
		if o.State != order.Cancelled {
			return "the order is not cancelled"
		}
		return ""
	}),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		key := e.Key()
		return typedNumber(form.Form{
			Verb: "restore " + sanitize.Line(o.Number), Title: "Undo the cancel of order " + sanitize.Line(o.Number),
			Facts: []string{about(o), "its portions and its place in the kitchen are taken again"},
			Do: func(ctx context.Context, _ form.Answers) (form.Receipt, error) {
				done, err := e.RestoreOrder(ctx, o.ID, client.IfMatch(o.Version), client.Once(key))
				return e.changed(ctx, "restored "+sanitize.Line(o.Number), o.ID, o.Version, done, err)
			},
			Command: func(form.Answers) string { return "zoop orders restore " + o.Number },
		}, o), nil
	},
}

var note = Action{
	Name: "note", Does: "write a note about the order", Why: onOrder(nil),
	Open: func(_ context.Context, e Env, s Subject) (form.Form, error) {
		o, key := s.Order, e.Key()
		return form.Form{
			Verb: "note on " + o.Number, Title: "Note on order " + o.Number,
			Facts: []string{"for staff only: customers, vendors and couriers do not see it"},
			Steps: []form.Step{{Name: "text", Prompt: "text"}},
			Do: func(ctx context.Context, a form.Answers) (form.Receipt, error) {
				_, err := e.AddNote(ctx, key, o.ID, a["text"])
				if client.DoneUnheard(err) {
					err = nil
				}
				return form.Receipt{Say: "noted on " + o.Number}, err
			},
			Command: func(a form.Answers) string {
				return "zoop orders note " + nameOf(o) + " --text " + quote(a["text"]) + " --key " + key
			},
		}, nil
	},
}

// refundReasons are why something is given back.
var refundReasons = []dto.RefundRequestReason{
	dto.RefundMissingItem, dto.RefundWrongItem, dto.RefundQuality, dto.RefundDamaged, dto.RefundNotReceived, dto.RefundLate, dto.RefundGoodwill, dto.RefundOps,
}

var refund = Action{
	Name: "refund", Does: "give back some or all of what was paid", Needs: domain.Refund,
	Why: onOrder(func(o *board.Order) string {
		if o.State.Live() {
			return "the order has not ended: cancel it instead"
		}
		return ""
	}),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		given, err := e.Refunds(ctx, o.ID, client.Page{Limit: 100})
		if err != nil {
			return form.Form{}, err
		}
		most, err := e.mostAtOnce(ctx, domain.Currency(o.Quote.Total.Currency))
		if err != nil {
			return form.Form{}, err
		}
		facts := append([]string{about(o)}, most...)
		for _, r := range given.Data {
			facts = append(facts, sanitize.Line("given back already: "+amount(r.Amount)+", "+words.Code(r.Reason)+", "+string(r.State)))
		}
		key := e.Key()
		return typedNumber(form.Form{
			Verb: "refund " + sanitize.Line(o.Number), Title: "Refund order " + sanitize.Line(o.Number), Facts: facts, Steps: refundSteps(o),
			Ask: func(ctx context.Context, a form.Answers) ([]string, error) {
				q, err := e.QuoteRefund(ctx, o.ID, refundOf(o, a))
				if err != nil {
					return nil, err
				}
				return []string{"goes back " + amount(q.Amount) + ", borne by " + words.Code(string(q.Bearer))}, nil
			},
			Do: func(ctx context.Context, a form.Answers) (form.Receipt, error) {
				r, err := e.RefundOrder(ctx, key, o.ID, refundOf(o, a), client.IfMatch(o.Version))
				if client.DoneUnheard(err) {
					return form.Receipt{Say: "refunded " + sanitize.Line(o.Number) + ", as its refunds tell"}, nil
				}
				if err != nil {
					return form.Receipt{}, e.meanwhile(ctx, o.ID, o.Version, err)
				}
				return form.Receipt{
					Say: "gave back " + amount(r.Amount) + " of " + sanitize.Line(o.Number),
					Seen: form.ByEvent(func(event board.Event) bool {
						return event.SubjectID == o.ID && event.Version > o.Version && strings.HasPrefix(event.Type, "payment.")
					}),
				}, nil
			},
			Command: func(a form.Answers) string { return refundCommand(o, a) + " --key " + key },
		}, o), nil
	},
}

// mostAtOnce says what the operator gives back at once of what was paid in a currency, where it is known and bounded: who is asked five
// questions first learns it late. Who may give nothing of it back is not asked.
func (e Env) mostAtOnce(ctx context.Context, paid domain.Currency) ([]string, error) {
	me, err := e.Me(ctx)
	if err != nil || me.Role != dto.Role(domain.RoleSupport) {
		return nil, nil //nolint:nilerr // the API says it afterwards
	}
	limit := domain.Money{}
	if me.RefundLimit != nil {
		limit = domain.Money{Amount: me.RefundLimit.Amount, Currency: domain.Currency(me.RefundLimit.Currency)}
	}
	switch {
	case limit.Amount <= 0:
		return nil, errors.New("you give nothing back, for your account has no refund limit; an admin gives it one")
	case account.MayRefund(limit, domain.Money{Amount: 1, Currency: paid}) != nil:
		return nil, fmt.Errorf("it was paid in %s, and you give back at most %s at once", paid, limit)
	case limit.Currency == account.AnyCurrency:
		limit.Currency = paid
	}
	return []string{sanitize.Line("you give back at most " + limit.String() + " at once")}, nil
}

func refundSteps(o dto.Order) []form.Step {
	is := func(what string) func(form.Answers) bool {
		return func(a form.Answers) bool { return a["what"] != what }
	}
	items := make([]form.Option, len(o.Items))
	for i, item := range o.Items {
		items[i] = form.Option{Value: strconv.Itoa(i + 1), Text: sanitize.Line(fmt.Sprintf("line %d: %d x %s", i+1, item.Quantity, item.Name))}
	}
	return []form.Step{
		{Name: "what", Prompt: "give back", Load: form.Choose(
			form.Option{Value: "all", Text: "all that is left"}, form.Option{Value: "line", Text: "portions of a line"}, form.Option{Value: "amount", Text: "an amount"},
		)},
		{Name: "line", Prompt: "of", Load: form.Choose(items...), Skip: is("line")},
		{Name: "portions", Prompt: "portions", Skip: is("line"), Load: func(_ context.Context, a form.Answers) ([]form.Option, error) {
			n, err := strconv.Atoi(a["line"])
			if err != nil || n < 1 || n > len(o.Items) {
				return nil, errors.New("the order has no such line")
			}
			var out []form.Option
			for k := range o.Items[n-1].Quantity {
				out = append(out, form.Option{Value: strconv.Itoa(k + 1), Text: strconv.Itoa(k + 1)})
			}
			return out, nil
		}},
		{Name: "amount", Prompt: "amount", Begin: o.Quote.Total.Currency + " ", Skip: is("amount"), Check: func(text string, _ form.Answers) error {
			m, err := domain.ParseMoney("amount", text)
			switch {
			case err != nil:
				return err
			case string(m.Currency) != o.Quote.Total.Currency:
				return fmt.Errorf("the order was paid in %s", sanitize.Line(o.Quote.Total.Currency))
			case m.Amount < 1:
				return errors.New("the amount must be more than nothing")
			}
			return nil
		}},
		{Name: "reason", Prompt: "reason", Load: form.Choose(form.Words(refundReasons...)...)},
		{Name: "to", Prompt: "to", Load: form.Choose(targets(o)...)},
	}
}

// targets are where a refund may go: cash cannot be sent back.
func targets(o dto.Order) []form.Option {
	if o.Payment.Method == "cod" {
		return []form.Option{{Value: "wallet", Text: "wallet: at once, for it was paid in cash"}}
	}
	return []form.Option{{Value: "source", Text: "source: what it was paid with"}, {Value: "wallet", Text: "wallet: at once"}}
}

// refundOf is what the API is asked for; the answers have passed their checks.
func refundOf(o dto.Order, a form.Answers) dto.RefundRequest {
	to := dto.RefundRequestTo(a["to"])
	r := dto.RefundRequest{Reason: dto.RefundRequestReason(a["reason"]), To: &to}
	switch a["what"] {
	case "amount":
		m, _ := domain.ParseMoney("amount", a["amount"])
		r.Amount = &dto.Money{Amount: m.Amount, Currency: o.Quote.Total.Currency}
	case "line":
		line, _ := strconv.Atoi(a["line"])
		portions, _ := strconv.Atoi(a["portions"])
		r.Items = []dto.RefundItem{{Position: line - 1, Portions: portions}}
	}
	return r
}

func refundCommand(o dto.Order, a form.Answers) string {
	parts := []string{"zoop orders refund", o.Number, "--reason", a["reason"]}
	switch a["what"] {
	case "amount":
		parts = append(parts, "--amount", quote(a["amount"]))
	case "line":
		parts = append(parts, "--item", a["line"]+"="+a["portions"])
	}
	if a["to"] == "wallet" {
		parts = append(parts, "--to", "wallet")
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " ")
}
