package review

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/domain"
)

// The verbs of staff.
const (
	VerbPublish = "publish"
	VerbReject  = "reject"
)

var byStaff = []domain.Role{domain.RoleAdmin, domain.RoleSupport}

// Machine is the table of staff's verdicts.
var Machine = domain.Machine[State]{Thing: "review", Table: map[State][]domain.Transition[State]{
	Pending: {
		{Verb: VerbPublish, To: Published, By: byStaff, Event: "review.published"},
		{Verb: VerbReject, To: Rejected, By: byStaff, Event: "review.rejected"},
	},
	Published: {{Verb: VerbReject, To: Rejected, By: byStaff, Event: "review.rejected"}},
	Rejected:  {{Verb: VerbPublish, To: Published, By: byStaff, Event: "review.published"}},
}}

// reach finds what leads out of the marketplace: an address of the web or of mail, and seven or more digits in a row, however
// they are grouped, as telephone numbers have. It errs on the side of asking staff.
var reach = regexp.MustCompile(`(?i)://|www\.|@|[\p{L}\p{N}]\.(com|net|org|info|biz|shop|site|online|xyz|app|io|co|uk|br)\b|[\p{L}\p{N}]\.\pL{2,}/|(\pN[\s().+-]*){7}`)

// Plain says whether a review may be published without anybody having looked at it: it has no picture, and nothing in its text
// leads out of the marketplace.
func (r *Review) Plain() bool { return len(r.Photos) == 0 && !reach.MatchString(r.Text) }

// settle finds the state of a review whose customer has just said something, and gives the events that tell of it.
func (r *Review) settle(said string) []domain.Event {
	was := r.State
	r.State, r.Reason = Pending, ""
	if r.Plain() && !r.Watched {
		r.State = Published
	}
	events := []domain.Event{{Type: said, Data: map[string]any{"state": string(r.State)}}}
	if r.State == Published && was != Published {
		events = append(events, domain.Event{Type: "review.published"})
	}
	return events
}

// Judge publishes or rejects a review; a rejection has a reason, which its customer reads. What was rejected once is published
// by staff alone, until they do. Errors: Invalid for a reason out of bounds; those of Machine.Step.
func (r *Review) Judge(verb string, by domain.Role, reason string) (domain.Event, error) {
	t, err := Machine.Step(r.State, verb, by)
	if err != nil {
		return domain.Event{}, err
	}
	if verb == VerbReject {
		if reason == "" || utf8.RuneCountInString(reason) > MaxReason {
			return domain.Event{}, domain.Invalidf("reason", "length", "must have 1 to %d characters", MaxReason)
		}
		if err := domain.CheckLines("reason", reason); err != nil {
			return domain.Event{}, err
		}
	}
	r.State, r.Reason, r.Watched = t.To, reason, verb == VerbReject
	return domain.Event{Type: t.Event}, nil
}

// Answer is the vendor's reply, which takes the place of the one before; "" takes it away. The same again is no event.
// Errors: NotFound for a review that is not published; Invalid for a text out of bounds.
func (r *Review) Answer(text string, now time.Time) (domain.Event, error) {
	if r.State != Published {
		return domain.Event{}, domain.Missing("review")
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" && text != "" {
		return domain.Event{}, domain.Invalidf("text", "minLength", "says nothing")
	}
	text = trimmed
	if err := checkText("text", text); err != nil || text == r.Reply {
		return domain.Event{}, err
	}
	r.Reply, r.RepliedAt = text, now
	if text == "" {
		r.RepliedAt = time.Time{}
		return domain.Event{Type: "review.reply_removed"}, nil
	}
	return domain.Event{Type: "review.replied"}, nil
}
