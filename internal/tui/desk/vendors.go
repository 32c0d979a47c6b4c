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
)

var pause = Action{
	Name: "pause", Does: "pause or resume the vendor", Needs: domain.PauseVendors,
	Why: func(s Subject) string {
		if s.VendorID.IsNil() {
			return "no vendor is selected"
		}
		return ""
	},
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		v, err := e.Vendor(ctx, s.VendorID)
		if err != nil {
			return form.Form{}, err
		}
		d, err := e.DeskVendor(ctx, s.VendorID)
		if err != nil {
			return form.Form{}, err
		}
		name := sanitize.Line(v.Name)
		lengths := []form.Option{
			{Value: "15", Text: "for 15 minutes"}, {Value: "30", Text: "for 30 minutes"}, {Value: "60", Text: "for an hour"}, {Value: "120", Text: "for two hours"},
			{Value: "0", Text: "until it is resumed"},
		}
		facts := []string{"takes orders now"}
		switch {
		case v.PauseReason != nil:
			facts[0] = paused(d)
			lengths = append([]form.Option{{Value: resume, Text: "resume now"}}, lengths...)
		case !v.Open:
			facts[0] = "closed now"
		}
		facts = append(facts, "takes no new orders while it is paused; those that it has go on")
		if s.Touches != "" {
			facts = append(facts, s.Touches)
		}
		if d.Carts > 0 {
			facts = append(facts, fmt.Sprintf("%d carts are open with it, which cannot be ordered while it is paused", d.Carts))
		}
		return form.Form{
			Verb: "pause " + name, Title: "Pause or resume " + name, Facts: facts,
			Steps: []form.Step{
				{Name: "how", Prompt: "pause", Load: form.Choose(lengths...)},
				{Name: "reason", Prompt: "reason, which the vendor is told", Skip: func(a form.Answers) bool { return a["how"] == resume }},
			},
			Do:      func(ctx context.Context, a form.Answers) (form.Receipt, error) { return e.setPause(ctx, v, a) },
			Command: func(a form.Answers) string { return pauseCommand(v.ID, a) },
		}, nil
	},
}

// paused says until when a vendor is, by whom and why.
func paused(v dto.DeskVendor) string {
	if v.Pause == nil {
		return "it takes orders, when it is open"
	}
	text := "paused until it is resumed"
	if v.Pause.Until != nil {
		text = "paused until " + v.Pause.Until.Format("15:04 MST")
	}
	if by := v.Pause.By; by != nil {
		text += " by the " + string(by.Role)
		if by.Name != nil {
			text += " " + *by.Name
		}
	}
	return sanitize.Line(text + ": " + v.Pause.Reason)
}

func pauseCommand(id domain.ID, a form.Answers) string {
	if a["how"] == resume {
		return "zoop vendors resume " + id.String()
	}
	text := "zoop vendors pause " + id.String() + " --reason " + strconv.Quote(a["reason"])
	if a["how"] != "0" {
		text += " --for " + a["how"] + "m"
	}
	return text
}

const resume = "resume"

// setPause pauses or resumes a vendor whose pause is as it was shown.
func (e Env) setPause(ctx context.Context, v dto.Vendor, a form.Answers) (form.Receipt, error) {
	say, change := "resumed ", func(version int) (dto.Vendor, error) { return e.ResumeVendor(ctx, v.ID, client.IfMatch(version)) }
	if a["how"] != resume {
		r := dto.PauseRequest{Reason: a["reason"]}
		if minutes, _ := strconv.Atoi(a["how"]); minutes > 0 {
			r.Minutes = &minutes
		}
		say, change = "paused ", func(version int) (dto.Vendor, error) { return e.PauseVendor(ctx, v.ID, r, client.IfMatch(version)) }
	}
	say += sanitize.Line(v.Name)
	done, err := change(v.Version)
	if client.IsStatus(err, http.StatusPreconditionFailed) {
		// A vendor changes with every dish that is sold out: only another pause is a conflict.
		d, readErr := e.DeskVendor(ctx, v.ID)
		if readErr != nil || pauseChanged(v, d) {
			conflict := &ConflictError{Cause: err}
			if readErr == nil {
				conflict.What = []string{paused(d)}
			}
			return form.Receipt{}, conflict
		}
		v.Version = d.Version
		done, err = change(v.Version)
	}
	if err != nil {
		return form.Receipt{}, err
	}
	if done.Version == v.Version {
		return form.Receipt{Say: say + " (it was already)"}, nil
	}
	return form.Receipt{Say: say, Seen: form.ByVersion(v.ID, done.Version)}, nil
}

// pauseChanged says whether a vendor is paused otherwise than it was.
func pauseChanged(was dto.Vendor, is dto.DeskVendor) bool {
	if was.PauseReason == nil || is.Pause == nil {
		return (was.PauseReason == nil) != (is.Pause == nil)
	}
	same := was.PausedUntil == nil && is.Pause.Until == nil || was.PausedUntil != nil && is.Pause.Until != nil && was.PausedUntil.Equal(*is.Pause.Until)
	return !same || *was.PauseReason != is.Pause.Reason
}

var soldOut = Action{
	Name: "sold-out", Does: "a dish of the order is sold out, or back", Needs: domain.PauseVendors, Why: onOrder(nil),
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		o, err := e.Order(ctx, s.Order.ID)
		if err != nil {
			return form.Form{}, err
		}
		var dishes []form.Option
		seen := map[domain.ID]bool{}
		for _, item := range o.Items {
			if !seen[item.DishID] {
				seen[item.DishID] = true
				dishes = append(dishes, form.Option{Value: item.DishID.String(), Text: sanitize.Line(item.Name)})
			}
		}
		return form.Form{
			Verb: "sold out", Title: "A dish of " + sanitize.Line(o.Vendor.Name) + " is sold out, or back",
			Facts: []string{"orders that were placed keep it; new ones cannot have it"},
			Steps: []form.Step{
				{Name: "dish", Prompt: "dish", Load: form.Choose(dishes...)},
				{Name: "how", Prompt: "it is", Load: func(ctx context.Context, a form.Answers) ([]form.Option, error) {
					id, err := domain.ParseID(a["dish"])
					if err != nil {
						return nil, err
					}
					d, err := e.Dish(ctx, id)
					if err != nil {
						return nil, err
					}
					if !d.Available {
						return []form.Option{{Value: "back", Text: "back, it is sold out now"}}, nil
					}
					return []form.Option{
						{Value: "0", Text: "sold out until somebody says that it is back"}, {Value: "1", Text: "sold out for an hour"}, {Value: "4", Text: "sold out for four hours"},
					}, nil
				}},
			},
			Do: func(ctx context.Context, a form.Answers) (form.Receipt, error) { return e.setAvailable(ctx, o, a) },
		}, nil
	},
}

func (e Env) setAvailable(ctx context.Context, o dto.Order, a form.Answers) (form.Receipt, error) {
	id, err := domain.ParseID(a["dish"])
	if err != nil {
		return form.Receipt{}, err
	}
	r, say := dto.AvailabilityRequest{Available: a["how"] == "back"}, "sold out: "
	if r.Available {
		say = "back: "
	} else if hours, _ := strconv.Atoi(a["how"]); hours > 0 {
		until := e.Now().Add(time.Duration(hours) * time.Hour).UTC().Truncate(time.Second)
		r.Until = &until
	}
	d, err := e.PutAvailability(ctx, id, r)
	if err != nil {
		return form.Receipt{}, err
	}
	return form.Receipt{Say: say + sanitize.Line(d.Name), Seen: form.ByEvent(func(event board.Event) bool {
		of, _ := event.Told()["dishId"].(string)
		return event.SubjectID == o.Vendor.ID && of == id.String()
	})}, nil
}
