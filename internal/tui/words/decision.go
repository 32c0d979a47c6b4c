// Package words says in people's words what the API and its events say in codes.
package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// NotLookedAt says why a delivery has no attempts; at writes a time.
func NotLookedAt(d dto.DeliveryDecision, at func(time.Time) string) string {
	if d.LookedForAt == nil {
		return "no courier is looked for"
	}
	return "a courier is looked for from " + at(*d.LookedForAt) + " on; no round has come to it yet"
}

// Attempt says in one line what was decided and what became of it; at writes a time.
func Attempt(a dto.DispatchAttempt, at func(time.Time) string) string {
	text := fmt.Sprintf("attempt %d, %s: ", a.Attempt, at(a.At))
	switch a.Outcome {
	case dto.DispatchOutcomeOffered:
		text += "offered to " + courierOrNobody(a.Courier)
	case dto.DispatchOutcomeAssigned:
		text += "given by staff to " + courierOrNobody(a.Courier)
	default:
		why := of(outcomeWords, string(a.Outcome))
		if a.Outcome == dto.DispatchOutcomeNobody && a.Weighed > 0 {
			why = "because whoever could take it has enough to do"
		}
		text += "it waits, " + why
		if a.Courier != nil {
			leave := "a time that is not known"
			if a.LeaveAt != nil {
				leave = at(*a.LeaveAt)
			}
			text += "; " + Courier(*a.Courier) + " is planned, and leaves at " + leave
		}
		return text
	}
	if a.Answer == nil {
		return text
	}
	text += ", " + of(answerWords, string(*a.Answer))
	if a.AnswerReason != nil {
		text += " (" + *a.AnswerReason + ")"
	}
	return text
}

func courierOrNobody(v *dto.DispatchCourier) string {
	if v == nil {
		return "nobody"
	}
	return Courier(*v)
}

// Courier names a courier with what they ride.
func Courier(v dto.DispatchCourier) string {
	if v.Vehicle == nil {
		return v.Name
	}
	return v.Name + " (" + string(*v.Vehicle) + ")"
}

func of(words map[string]string, word string) string {
	if text, known := words[word]; known {
		return text
	}
	return word
}

// What the contract's words mean.
var (
	outcomeWords = map[string]string{
		"later":   "because a courier who leaves later is there in time",
		"busy":    "because the courier who suits best is still on the way",
		"queued":  "behind another trip of the same courier",
		"nobody":  "because no courier can take it",
		"surplus": "because more orders wait than a round looks at",
	}
	answerWords = map[string]string{
		"open": "who has not answered yet", "accepted": "who accepted", "declined": "who declined", "expired": "who did not answer in time",
		"withdrawn": "and taken back before they answered", "taken_away": "and taken from them",
	}
	exclusionWords = map[string]string{
		"suspended": "their account is suspended", "not_approved": "not approved", "offline": "offline", "off_shift": "not on their shift",
		"document_expired": "a document has expired", "offered": "thinking about another offer", "full": "carry as much as they can",
		"away": "not heard of for two minutes", "zone": "pick up elsewhere", "off": "off before the food can be fetched", "not_free": "not free soon enough",
		"refused": "said no or nothing, or it was taken from them", "capacity": "carry fewer orders at once", "cash": "would have too much cash",
		"far": "farther away than is asked yet",
	}
)

// Exclusion says why couriers could not go.
func Exclusion(r dto.DispatchExclusionReason) string { return of(exclusionWords, string(r)) }

// Some names some of those who could not go, and says how many they are.
func Some(e dto.DispatchExclusion) string {
	names := make([]string, len(e.Some))
	for i, v := range e.Some {
		names[i] = v.Name
	}
	text := strconv.Itoa(e.Count)
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	if e.Count > len(names) && len(names) > 0 {
		text += ", …"
	}
	return text
}
