package desk

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/feed"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// ofAlert is the alert of a subject, or the first of several.
func ofAlert(s Subject) domain.ID {
	switch {
	case len(s.Alerts) > 0:
		return s.Alerts[0].ID
	case s.Alert == nil:
		return domain.Nil
	}
	return s.Alert.ID
}

func onAlert(s Subject) string {
	if s.Alert == nil && len(s.Alerts) == 0 {
		return "no alert is selected"
	}
	return ""
}

// readAlert reads an alert, and what its dialog says of it.
func (e Env) readAlert(ctx context.Context, s Subject) (a dto.Alert, name string, facts []string, err error) {
	if a, err = e.Alert(ctx, s.Alert.ID); err != nil {
		return a, "", nil, err
	}
	clean := feed.Alert(a)
	facts = []string{words.Alert(&clean) + ", since " + a.OpenedAt.UTC().Format("15:04:05") + " UTC", e.standing(a)}
	return a, words.AlertKind(clean.Kind) + " " + words.AlertSubject(&clean), facts, nil
}

// standing says how an alert stands.
func (e Env) standing(a dto.Alert) string {
	by := func(p *dto.Party) string {
		if p == nil {
			return ""
		}
		return " by " + sanitize.Line(p.Name)
	}
	switch {
	case a.ClosedAt != nil:
		return "closed at " + a.ClosedAt.UTC().Format("15:04:05") + " UTC: its cause has gone"
	case a.SnoozedUntil != nil && a.SnoozedUntil.After(e.Now()):
		return "snoozed" + by(a.SnoozedBy) + " until " + a.SnoozedUntil.UTC().Format("15:04:05") + " UTC"
	case a.AcknowledgedAt != nil:
		return "acknowledged" + by(a.AcknowledgedBy) + " at " + a.AcknowledgedAt.UTC().Format("15:04:05") + " UTC"
	}
	return "nobody looks after it"
}

var acknowledge = Action{
	Name: "acknowledge", Does: "look after the alert, or not any more", Of: ofAlert, Why: onAlert,
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		if len(s.Alerts) > 0 {
			return e.acknowledgeMarked(s.Alerts), nil
		}
		a, name, facts, err := e.readAlert(ctx, s)
		if err != nil {
			return form.Form{}, err
		}
		key := e.Key()
		verb, say, command, do := "acknowledge", "acknowledged ", "zoop alerts ack ", e.AcknowledgeAlert
		facts = append(facts, "you look after it then; it stays until its cause has gone")
		if a.AcknowledgedAt != nil {
			verb, say, command, do = "give up", "gave up ", "zoop alerts unack ", e.UnacknowledgeAlert
			facts[len(facts)-1] = "nobody looks after it then"
		}
		return form.Form{
			Verb: verb + " " + name, Title: "Alert: " + name, Facts: facts,
			Do: func(ctx context.Context, _ form.Answers) (form.Receipt, error) {
				done, err := do(ctx, a.ID, client.IfMatch(a.Version), client.Once(key))
				return e.seenAlert(ctx, say+name, a, done, err)
			},
			Command: func(form.Answers) string { return command + a.ID.String() },
		}, nil
	},
}

const wake = "wake"

// lengths are for how long an alert may be snoozed; one that is, may be woken as well.
func lengths(snoozed bool) []form.Option {
	out := []form.Option{
		{Value: "15", Text: "for 15 minutes"}, {Value: "30", Text: "for 30 minutes"}, {Value: "60", Text: "for an hour"}, {Value: "240", Text: "for four hours"},
		{Value: "1440", Text: "for a day"},
	}
	if snoozed {
		return append([]form.Option{{Value: wake, Text: "wake it now"}}, out...)
	}
	return out
}

var snooze = Action{
	Name: "snooze", Does: "snooze the alert, or wake it", Of: ofAlert, Why: onAlert,
	Open: func(ctx context.Context, e Env, s Subject) (form.Form, error) {
		if len(s.Alerts) > 0 {
			return e.snoozeMarked(s.Alerts), nil
		}
		a, name, facts, err := e.readAlert(ctx, s)
		if err != nil {
			return form.Form{}, err
		}
		key, options := e.Key(), lengths(a.SnoozedUntil != nil && a.SnoozedUntil.After(e.Now()))
		return form.Form{
			Verb: "snooze " + name, Title: "Alert: " + name, Facts: append(facts, "it is hidden and not counted meanwhile, for everybody"),
			Steps: []form.Step{{Name: "how", Prompt: "snooze", Load: form.Choose(options...)}},
			Do: func(ctx context.Context, answers form.Answers) (form.Receipt, error) {
				if answers["how"] == wake {
					done, err := e.WakeAlert(ctx, a.ID, client.IfMatch(a.Version), client.Once(key))
					return e.seenAlert(ctx, "woke "+name, a, done, err)
				}
				minutes, err := strconv.Atoi(answers["how"])
				if err != nil {
					return form.Receipt{}, err
				}
				done, err := e.SnoozeAlert(ctx, a.ID, minutes, client.IfMatch(a.Version), client.Once(key))
				return e.seenAlert(ctx, "snoozed "+name, a, done, err)
			},
			Command: func(answers form.Answers) string {
				if answers["how"] == wake {
					return "zoop alerts wake " + a.ID.String()
				}
				return "zoop alerts snooze " + a.ID.String() + " --for " + answers["how"] + "m"
			},
		}, nil
	},
}

// seenAlert is the receipt of a change of an alert; a refusal says what has become of it meanwhile.
func (e Env) seenAlert(ctx context.Context, say string, seen, done dto.Alert, err error) (form.Receipt, error) {
	if client.DoneUnheard(err) {
		done, err = e.Alert(ctx, seen.ID)
	}
	switch {
	case err == nil && done.Version == seen.Version:
		return form.Receipt{Say: say + " (it was already)"}, nil
	case err == nil:
		return form.Receipt{Say: say, Seen: form.ByVersion(done.ID, done.Version)}, nil
	case !client.IsStatus(err, http.StatusConflict, http.StatusPreconditionFailed):
		return form.Receipt{}, err
	}
	conflict := &ConflictError{Cause: err}
	if now, readErr := e.Alert(ctx, seen.ID); readErr == nil {
		conflict.What = []string{fmt.Sprintf("version %d: %s", now.Version, e.standing(now))}
	}
	return form.Receipt{}, conflict
}
