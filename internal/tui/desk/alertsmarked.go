package desk

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// mostNamed bounds the alerts that a dialog about several names.
const mostNamed = 8

func alertName(a *board.Alert) string { return words.AlertKind(a.Kind) + " " + words.AlertSubject(a) }

// marked is a dialog about several alerts, without what it does.
func marked(verb string, alerts []*board.Alert, facts ...string) form.Form {
	name := fmt.Sprintf("%d alerts", len(alerts))
	if len(alerts) == 1 {
		name = alertName(alerts[0])
	}
	var of []string
	for _, a := range alerts[:min(mostNamed, len(alerts))] {
		of = append(of, words.Alert(a))
	}
	return form.Form{Verb: verb + " " + name, Title: "Marked: " + name, Facts: append(andMore(of, len(alerts)), facts...)}
}

// acknowledgeMarked looks after all marked alerts; where that is so already, nobody does then.
func (e Env) acknowledgeMarked(alerts []*board.Alert) form.Form {
	if slices.ContainsFunc(alerts, func(a *board.Alert) bool { return !a.Acknowledged }) {
		open := slices.DeleteFunc(slices.Clone(alerts), func(a *board.Alert) bool { return a.Acknowledged })
		f := marked("acknowledge", open, "you look after them then; they stay until their causes have gone")
		e.forEach(&f, open, "acknowledged", e.AcknowledgeAlert)
		f.Command = sameForEach(open, "zoop alerts ack %s")
		return f
	}
	f := marked("give up", alerts, "nobody looks after them then")
	e.forEach(&f, alerts, "gave up", e.UnacknowledgeAlert)
	f.Command = sameForEach(alerts, "zoop alerts unack %s")
	return f
}

// snoozeMarked snoozes all marked alerts, or wakes them.
func (e Env) snoozeMarked(alerts []*board.Alert) form.Form {
	snoozed := slices.ContainsFunc(alerts, func(a *board.Alert) bool { return a.Snoozed(e.Now()) })
	f := marked("snooze", alerts, "they are hidden and not counted meanwhile, for everybody")
	f.Steps = []form.Step{{Name: "how", Prompt: "snooze", Load: form.Choose(lengths(snoozed)...)}}
	waking, snoozing := form.Form{}, map[string]form.Form{}
	e.forEach(&waking, alerts, "woke", e.WakeAlert)
	f.Do = func(ctx context.Context, answers form.Answers) (form.Receipt, error) {
		how := answers["how"]
		if how == wake {
			return waking.Do(ctx, answers)
		}
		minutes, err := strconv.Atoi(how)
		if err != nil {
			return form.Receipt{}, err
		}
		deed, begun := snoozing[how]
		if !begun {
			e.forEach(&deed, alerts, "snoozed", func(ctx context.Context, id domain.ID, opts ...client.CallOption) (dto.Alert, error) {
				return e.SnoozeAlert(ctx, id, minutes, opts...)
			})
			snoozing[how] = deed
		}
		return deed.Do(ctx, answers)
	}
	f.Command = func(answers form.Answers) string {
		if answers["how"] == wake {
			return sameForEach(alerts, "zoop alerts wake %s")(answers)
		}
		return sameForEach(alerts, "zoop alerts snooze %s --for "+answers["how"]+"m")(answers)
	}
	return f
}

// forEach has a form do the same to each alert, of the version that was shown. What was done once is not done again when the form is sent once
// more. An alert that has changed meanwhile is left as it is, and what has become of it is said.
func (e Env) forEach(f *form.Form, alerts []*board.Alert, say string, do func(context.Context, domain.ID, ...client.CallOption) (dto.Alert, error)) {
	done, keys := map[domain.ID]bool{}, map[domain.ID]string{}
	for _, a := range alerts {
		keys[a.ID] = e.Key()
	}
	var seen []func(board.Batch) bool
	f.Do = func(ctx context.Context, _ form.Answers) (form.Receipt, error) {
		var left []*board.Alert
		var conflict error
		for _, a := range alerts {
			if done[a.ID] {
				continue
			}
			changed, err := do(ctx, a.ID, client.IfMatch(a.Version), client.Once(keys[a.ID]))
			if client.DoneUnheard(err) {
				changed, err = e.Alert(ctx, a.ID)
			}
			switch {
			case client.IsStatus(err, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed):
				conflict, left = err, append(left, a)
				continue
			case err != nil:
				return form.Receipt{}, err
			case changed.Version != a.Version:
				seen = append(seen, form.ByVersion(changed.ID, changed.Version))
			}
			done[a.ID] = true
		}
		switch {
		case len(done) == 0 && conflict != nil:
			return form.Receipt{}, &ConflictError{Cause: conflict, What: e.becomeOf(ctx, left)}
		case conflict != nil:
			return form.Receipt{Say: fmt.Sprintf("%s %d of %d", say, len(done), len(alerts)), Left: e.becomeOf(ctx, left), Seen: seenAll(seen)}, nil
		}
		return form.Receipt{Say: fmt.Sprintf("%s %d", say, len(done)), Seen: seenAll(seen)}, nil
	}
}

// becomeOf says what has become of alerts that could not be changed any more as they were shown, some of them by name.
func (e Env) becomeOf(ctx context.Context, alerts []*board.Alert) (out []string) {
	for _, was := range alerts[:min(mostNamed, len(alerts))] {
		is, err := e.Alert(ctx, was.ID)
		if err != nil {
			out = append(out, alertName(was))
			continue
		}
		out = append(out, alertName(was)+": "+e.standing(is))
	}
	return andMore(out, len(alerts))
}

// andMore ends a list of some of so many.
func andMore(some []string, of int) []string {
	if more := of - len(some); more > 0 {
		some = append(some, fmt.Sprintf("and %d more", more))
	}
	return some
}

// seenAll is what is seen once all of some things are; nil for none.
func seenAll(seen []func(board.Batch) bool) func(board.Batch) bool {
	if len(seen) == 0 {
		return nil
	}
	left := slices.Clone(seen)
	return func(b board.Batch) bool {
		left = slices.DeleteFunc(left, func(seen func(board.Batch) bool) bool { return seen(b) })
		return len(left) == 0
	}
}

// sameForEach is the command line that does the same to each alert.
func sameForEach(alerts []*board.Alert, command string) func(form.Answers) string {
	return func(form.Answers) string {
		lines := make([]string, len(alerts))
		for i, a := range alerts {
			lines[i] = fmt.Sprintf(command, a.ID)
		}
		return strings.Join(lines, " && ")
	}
}
