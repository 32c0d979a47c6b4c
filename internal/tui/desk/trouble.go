package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/feed"
	"github.com/zoop-dev/zoop/internal/tui/widget"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// ConflictError says that somebody was faster, and what they did.
type ConflictError struct {
	Cause error
	What  []string // clean; empty where nobody knows
}

// Error implements error.
func (e *ConflictError) Error() string { return e.Cause.Error() }

// Unwrap gives the API's answer.
func (e *ConflictError) Unwrap() error { return e.Cause }

// maxMeanwhile bounds the events, or changes, that a conflict tells.
const maxMeanwhile = 5

// meanwhile adds to a refused change what has happened to the order since the version that was looked at.
func (e Env) meanwhile(ctx context.Context, id domain.ID, seen int, err error) error {
	if !client.IsStatus(err, http.StatusConflict, http.StatusPreconditionFailed) {
		return err
	}
	conflict := &ConflictError{Cause: err}
	events, readErr := e.Timeline(ctx, id)
	if readErr != nil {
		return conflict
	}
	conflict.What = Meanwhile(events, seen, e.Now())
	return conflict
}

// Meanwhile says what the newest events of a timeline after a version tell, and who did it. Clean.
func Meanwhile(events []dto.Event, seen int, now time.Time) (what []string) {
	speaker := words.Speaker{Zone: time.UTC, Money: domain.Money.String, Known: []string{"estimatedAt"}}
	for _, raw := range events {
		event := feed.Event(raw)
		if event.Version <= seen {
			continue
		}
		text := since(event.Version, event.At, now, event.Type+" by "+words.By(event))
		if said := speaker.Data(event); said != "" {
			text += ": " + said
		}
		what = append(what, text)
	}
	return what[max(0, len(what)-maxMeanwhile):]
}

// Became says what was done to a dish or a courier after a version, of changes oldest first, and last how it stands. Clean.
func Became(changes []dto.DeskChange, seen int, now time.Time, stands string) (what []string) {
	for _, c := range changes {
		if c.Version > seen {
			what = append(what, since(c.Version, c.At, now, words.Change(c)))
		}
	}
	return append(what[max(0, len(what)-maxMeanwhile):], stands)
}

// since says what somebody did, how long ago, and which version of the thing it made.
func since(version int, at, now time.Time, did string) string {
	return fmt.Sprintf("version %d, %s ago: %s", version, widget.Short(max(0, now.Sub(at))), did)
}

// Trouble says in words why something was not done; again: the same may be tried once more, which does nothing twice.
func Trouble(err error) (say []string, again bool) {
	var conflict *ConflictError
	var p *client.Problem
	detail := ""
	if errors.As(err, &p) {
		if detail = p.Title; p.Detail != nil && *p.Detail != "" {
			detail = *p.Detail
		}
		for _, f := range p.Errors {
			if text := f.Field + ": " + f.Message; text != detail {
				detail += "; " + text
			}
		}
		detail = sanitize.Line(detail)
	}
	switch {
	case errors.As(err, &conflict) && len(conflict.What) > 0:
		return append([]string{"not done, somebody was faster: " + detail}, conflict.What...), false
	case client.DoneUnheard(err):
		return []string{"done, but its answer is lost: look at how it is now"}, false
	case p == nil && errors.Is(err, client.ErrUnreachable), p == nil && errors.Is(err, context.DeadlineExceeded):
		return []string{"no answer from the API: nobody knows whether it was done. Going on asks once more, and does nothing twice"}, true
	case p == nil:
		return []string{"not done: " + sanitize.Line(err.Error())}, false
	case p.Details["overridable"] == true:
		return []string{"not done: " + detail, "where they know of it, override"}, false
	case p.Status == http.StatusUnauthorized:
		return []string{"not done: the API refuses this token"}, false
	case p.Status == http.StatusForbidden:
		return []string{"not allowed: " + detail}, false
	case p.Status >= http.StatusInternalServerError && p.Status != http.StatusServiceUnavailable:
		return []string{"the API failed: nobody knows whether it was done (" + detail + "). Going on asks once more, and does nothing twice"}, true
	case client.Transient(err):
		return []string{"not done, for now: " + detail + ". Going on asks once more"}, true
	}
	return []string{"not done: " + detail}, false
}
