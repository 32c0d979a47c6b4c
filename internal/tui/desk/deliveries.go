package desk

import (
	"context"
	"errors"
	"strconv"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// brought says why no courier can be chosen for an order.
func brought(o *board.Order) string {
	switch {
	case o.Fulfilment == order.Pickup:
		return "the order is collected by its customer"
	case !o.State.Live():
		return "the order has ended"
	case o.State == order.PickedUp:
		return "its food was fetched: rescue it"
	}
	return ""
}

// fetched says why food cannot be rescued or given up on.
func fetched(o *board.Order) string {
	if o.State != order.PickedUp {
		return "no courier is on the way with its food"
	}
	return ""
}

var errNotBrought = errors.New("nobody brings this order")

var assign = Action{
	Name: "assign", Does: "give the order to a courier, who is not asked", Needs: domain.Reassign, Why: onOrder(brought),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		if o.Delivery == nil {
			return form.Form{}, errNotBrought
		}
		key := e.Key()
		facts := []string{about(o), "the courier is not asked: call them. Whoever has it loses it"}
		if o.Courier != nil {
			facts = append(facts, sanitize.Line("it is with "+o.Courier.Name))
		}
		who := func(a form.Answers) string {
			if a["courier"] == other {
				return a["id"]
			}
			return a["courier"]
		}
		return form.Form{
			Verb: "assign " + sanitize.Line(o.Number), Title: "Assign order " + sanitize.Line(o.Number), Facts: facts,
			Steps: []form.Step{
				{Name: "courier", Prompt: "courier", Load: func(ctx context.Context, _ form.Answers) ([]form.Option, error) {
					d, err := e.Decision(ctx, o.Delivery.ID)
					return couriersOf(d), err
				}},
				{Name: "id", Prompt: "ID of the courier", Skip: func(a form.Answers) bool { return a["courier"] != other }, Check: func(text string, _ form.Answers) error {
					_, err := domain.ParseID(text)
					return err
				}},
				{Name: "override", Prompt: "when they could not be asked", Load: form.Choose(
					form.Option{Value: "no", Text: "then not"}, form.Option{Value: "yes", Text: "override: they know of it, though offline, away or engaged"},
				)},
			},
			Do: func(ctx context.Context, a form.Answers) (form.Receipt, error) {
				id, err := domain.ParseID(who(a))
				if err != nil {
					return form.Receipt{}, err
				}
				r := dto.AssignRequest{CourierID: id}
				if yes := a["override"] == "yes"; yes {
					r.Override = &yes
				}
				done, err := e.AssignDelivery(ctx, o.Delivery.ID, r, client.IfMatch(o.Version), client.Once(key))
				return e.changed(ctx, "assigned "+sanitize.Line(o.Number), o.ID, o.Version, done, err)
			},
			Command: func(a form.Answers) string {
				command := "zoop dispatch assign " + o.Number + " " + who(a)
				if a["override"] == "yes" {
					command += " --override"
				}
				return command
			},
		}, nil
	},
}

// other is the option of a courier who is not in the list.
const other = "another"

// couriersOf are those whom the newest attempt weighed, the cheapest first, then some who could not go.
func couriersOf(d dto.DeliveryDecision) []form.Option {
	var out []form.Option
	if len(d.Attempts) > 0 {
		a := d.Attempts[0]
		for _, c := range a.Candidates {
			text := words.Courier(c.Courier) + ", " + strconv.Itoa(c.Score.Total) + " s"
			if len(c.KeptFor) > 0 {
				text += ", kept for " + c.KeptFor[0].Number
			}
			out = append(out, form.Option{Value: c.Courier.ID.String(), Text: sanitize.Line(text)})
		}
		for _, e := range a.Excluded {
			for _, c := range e.Some {
				out = append(out, form.Option{Value: c.ID.String(), Text: sanitize.Line(words.Courier(c) + ": " + words.Exclusion(e.Reason))})
			}
		}
	}
	return append(out, form.Option{Value: other, Text: "another: type their ID"})
}

var takeAway = Action{
	Name: "take-away", Does: "take the order from its courier, and look for another", Needs: domain.Reassign, Why: onOrder(brought),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		if o.Delivery == nil {
			return form.Form{}, errNotBrought
		}
		key := e.Key()
		facts := []string{about(o), "whoever it was offered or given to loses it, and is not asked for it for an hour"}
		if o.Courier != nil {
			facts[1] = sanitize.Line(o.Courier.Name + " loses it, and is not asked for it for an hour")
		}
		return form.Form{
			Verb: "take away " + sanitize.Line(o.Number), Title: "Take order " + sanitize.Line(o.Number) + " from its courier", Facts: facts,
			Steps: []form.Step{{Name: "reason", Prompt: "reason", Load: form.Choose(form.Words(
				dto.TakeAwayReasonNOTMOVING, dto.TakeAwayReasonUNREACHABLE, dto.TakeAwayReasonACCIDENT, dto.TakeAwayReasonVEHICLE, dto.TakeAwayReasonOTHER,
			)...)}},
			Do: func(ctx context.Context, a form.Answers) (form.Receipt, error) {
				done, err := e.TakeAway(ctx, o.Delivery.ID, dto.TakeAwayReason(a["reason"]), client.IfMatch(o.Version), client.Once(key))
				return e.changed(ctx, "took away "+sanitize.Line(o.Number), o.ID, o.Version, done, err)
			},
			Command: func(a form.Answers) string { return "zoop dispatch take-away " + o.Number + " --reason " + a["reason"] },
		}, nil
	},
}

var rescue = Action{
	Name: "rescue", Does: "have another courier fetch food from one who cannot bring it", Needs: domain.Reassign, Why: onOrder(fetched),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		if o.Delivery == nil {
			return form.Form{}, errNotBrought
		}
		key := e.Key()
		return form.Form{
			Verb: "rescue " + sanitize.Line(o.Number), Title: "Rescue the food of order " + sanitize.Line(o.Number),
			Facts: []string{about(o), "another courier is looked for, and fetches it where the first was seen last"},
			Steps: []form.Step{{Name: "reason", Prompt: "reason", Load: form.Choose(form.Words(
				dto.RescueReasonUNREACHABLE, dto.RescueReasonACCIDENT, dto.RescueReasonVEHICLE, dto.RescueReasonOTHER,
			)...)}},
			Do: func(ctx context.Context, a form.Answers) (form.Receipt, error) {
				done, err := e.RescueDelivery(ctx, o.Delivery.ID, dto.RescueRequest{Reason: dto.RescueReason(a["reason"])}, client.IfMatch(o.Version), client.Once(key))
				return e.changed(ctx, "another courier is looked for, for "+sanitize.Line(o.Number), o.ID, o.Version, done, err)
			},
			Command: func(a form.Answers) string { return "zoop dispatch rescue " + o.Number + " --reason " + a["reason"] },
		}, nil
	},
}

var lose = Action{
	Name: "lose", Does: "give up on food that nobody will bring", Needs: domain.Reassign, Why: onOrder(fetched),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		if o.Delivery == nil {
			return form.Form{}, errNotBrought
		}
		key := e.Key()
		return typedNumber(form.Form{
			Verb: "lose " + sanitize.Line(o.Number), Title: "Give up on the food of order " + sanitize.Line(o.Number),
			Facts: []string{about(o), "it cannot be delivered then, at the marketplace's cost, and its customer is told"},
			Do: func(ctx context.Context, _ form.Answers) (form.Receipt, error) {
				done, err := e.LoseDelivery(ctx, o.Delivery.ID, client.IfMatch(o.Version), client.Once(key))
				return e.changed(ctx, "gave up on "+sanitize.Line(o.Number), o.ID, o.Version, done, err)
			},
			Command: func(form.Answers) string { return "zoop dispatch lose " + o.Number },
		}, o), nil
	},
}
