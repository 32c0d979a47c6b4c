package desk

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

const back = "back"

var soldOut = Action{
	Name: "sold-out", Does: "a dish of the order is sold out, or back", Needs: domain.PauseVendors, Why: onOrder(nil),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		key := e.Key()
		var seen dto.DeskDish              // as the question about it found it
		var asked *dto.AvailabilityRequest // the same when it is asked for once more
		return form.Form{
			Verb: "sold out", Title: "A dish of " + sanitize.Line(o.Vendor.Name) + " is sold out, or back",
			Facts: []string{"orders that were placed keep it; new ones cannot have it"},
			Steps: []form.Step{
				{Name: "dish", Prompt: "dish", Load: form.Choose(dishesOf(o)...)},
				{Name: "how", Prompt: "it is", Load: func(ctx context.Context, a form.Answers) (_ []form.Option, err error) {
					id, err := domain.ParseID(a["dish"])
					if err != nil {
						return nil, err
					}
					if seen, err = e.DeskDish(ctx, id); err != nil {
						return nil, err
					}
					if !seen.Available {
						return []form.Option{{Value: back, Text: back + ", it " + standing(seen)}}, nil
					}
					return []form.Option{
						{Value: "0", Text: "sold out until somebody says that it is back"}, {Value: "1", Text: "sold out for an hour"}, {Value: "4", Text: "sold out for four hours"},
					}, nil
				}},
			},
			Do: func(ctx context.Context, a form.Answers) (form.Receipt, error) {
				if asked == nil {
					asked = e.availability(a["how"])
				}
				return e.setAvailable(ctx, key, o.Vendor.ID, seen, *asked)
			},
			Command: func(a form.Answers) string {
				switch a["how"] {
				case back:
					return "zoop menu back " + a["dish"]
				case "0":
					return "zoop menu sold-out " + a["dish"]
				}
				return "zoop menu sold-out " + a["dish"] + " --for " + a["how"] + "h"
			},
		}, nil
	},
}

// dishesOf are the dishes of an order, each once.
func dishesOf(o dto.Order) (out []form.Option) {
	seen := map[domain.ID]bool{}
	for _, item := range o.Items {
		if !seen[item.DishID] {
			seen[item.DishID] = true
			out = append(out, form.Option{Value: item.DishID.String(), Text: sanitize.Line(item.Name)})
		}
	}
	return out
}

// standing says how a dish stands, and when it comes back by itself.
func standing(d dto.DeskDish) string {
	return words.DishStanding(d.Available, d.UnavailableReason, d.AvailableAt, func(t time.Time) string { return t.UTC().Format("15:04") + " UTC" })
}

// availability is what is asked for of a dish: it is back, or sold out for so many hours, 0 until somebody says otherwise.
func (e Env) availability(how string) *dto.AvailabilityRequest {
	r := &dto.AvailabilityRequest{Available: how == back}
	if hours, _ := strconv.Atoi(how); hours > 0 {
		until := e.Now().Add(time.Duration(hours) * time.Hour).UTC().Truncate(time.Second)
		r.Until = &until
	}
	return r
}

// setAvailable says of a dish that can be ordered, or not, as it was shown, whether it can from now on, once for the key.
func (e Env) setAvailable(ctx context.Context, key string, vendorID domain.ID, seen dto.DeskDish, r dto.AvailabilityRequest) (form.Receipt, error) {
	say := "sold out: " + sanitize.Line(seen.Name)
	if r.Available {
		say = "back: " + sanitize.Line(seen.Name)
	}
	change := func(version int) (dto.Dish, error) {
		return e.PutAvailability(ctx, seen.ID, r, client.IfMatch(version), client.Once(key))
	}
	done, err := change(seen.Version)
	if client.IsStatus(err, http.StatusPreconditionFailed) {
		// A dish changes with its price and its picture, too: only whether it can be ordered is a conflict.
		is, readErr := e.DeskDish(ctx, seen.ID)
		if readErr != nil || is.Available != seen.Available {
			conflict := &ConflictError{Cause: err}
			if readErr == nil {
				conflict.What = Became(is.Changes, seen.Version, e.Now(), fmt.Sprintf("version %d %s", is.Version, standing(is)))
			}
			return form.Receipt{}, conflict
		}
		seen.Version = is.Version
		done, err = change(seen.Version)
	}
	version := done.Version
	if client.DoneUnheard(err) {
		var is dto.DeskDish
		is, err = e.DeskDish(ctx, seen.ID)
		version = is.Version
	}
	if err != nil {
		return form.Receipt{}, err
	}
	if version == seen.Version {
		return form.Receipt{Say: say + " (it was already)"}, nil
	}
	return form.Receipt{Say: say, Seen: form.ByEvent(func(event board.Event) bool {
		of, _ := event.Told()["dishId"].(string)
		return event.SubjectID == vendorID && of == seen.ID.String()
	})}, nil
}
