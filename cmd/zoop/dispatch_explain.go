package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

func (c *cli) dispatchExplain() *cobra.Command {
	var output string
	attempt := 0
	cmd := &cobra.Command{
		Use:   "explain ORDER [--attempt N]",
		Short: "Say why an order was offered to this courier, or why it waits",
		Long: `Say why an order was offered to this courier, and what they answered, or why it waits: its trip, who else could have gone and what that
would have cost, and who could not. Costs are seconds: TOTAL is what is compared, the others tell where it comes from and do not add up
to it. ` + "`docs/dispatch.md`" + ` has the words.

The newest attempt is explained, and those before it are listed; --attempt explains another one. As JSON it is all of them.`,
		Example: "  zoop dispatch explain 7K3P0Q\n  zoop dispatch explain 7K3P0Q --attempt 1\n" +
			"  zoop dispatch explain 7K3P0Q -o json | jq -r '.attempts[] | [.at, .outcome, .courier.name, .answer] | @tsv'",
		Args: exactly(1, "ORDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("attempt") && attempt < 1 {
				return usageError{fmt.Errorf("--attempt must be 1 or more")}
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			d, err := orders.Decision(cmd.Context(), o)
			if err != nil {
				return err
			}
			if attempt > 0 {
				d.Attempts = slices.DeleteFunc(d.Attempts, func(a dto.DispatchAttempt) bool { return a.Attempt != attempt })
				if len(d.Attempts) == 0 {
					return domain.Missing("attempt")
				}
			}
			if output == "json" {
				return c.printJSON(d)
			}
			return c.printDecision(d)
		},
	}
	cmd.Flags().IntVar(&attempt, "attempt", 0, "explain the one of this number (default the newest)")
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) printDecision(d dto.DeliveryDecision) error {
	head := fmt.Sprintf("order %s is %s, ", d.Order.Number, d.Order.State)
	if d.Order.ReadyBy != nil {
		head += "ready by " + stamp(*d.Order.ReadyBy) + ", "
	}
	head += "its delivery " + string(d.State)
	switch {
	case d.Courier == nil:
	case d.State == dto.DeliveryStateAssigned:
		head += " to " + courierText(*d.Courier)
	default:
		head += ", courier " + courierText(*d.Courier)
	}
	row(c.out, head)
	if len(d.Attempts) == 0 {
		row(c.out, notLookedAt(d))
		return nil
	}
	if err := c.printAttempt(d.Attempts[0]); err != nil {
		return err
	}
	if len(d.Attempts) > 1 {
		printf(c.out, "\nbefore, and explained with --attempt:\n")
		for _, a := range d.Attempts[1:] {
			row(c.out, attemptText(a))
		}
	}
	return nil
}

func notLookedAt(d dto.DeliveryDecision) string {
	if d.LookedForAt == nil {
		return "no courier is looked for"
	}
	return "a courier is looked for from " + stamp(*d.LookedForAt) + " on; no round has come to it yet"
}

// attemptText is an attempt in one line.
func attemptText(a dto.DispatchAttempt) string {
	text := fmt.Sprintf("attempt %d, %s: ", a.Attempt, stamp(a.At))
	switch a.Outcome {
	case dto.DispatchOutcomeOffered:
		text += "offered to " + courierOrNobody(a.Courier)
	case dto.DispatchOutcomeAssigned:
		text += "given by staff to " + courierOrNobody(a.Courier)
	default:
		why := wordsOf(outcomeWords, string(a.Outcome))
		if a.Outcome == dto.DispatchOutcomeNobody && a.Weighed > 0 {
			why = "because whoever could take it has enough to do"
		}
		text += "it waits, " + why
		if a.Courier != nil {
			text += "; " + courierText(*a.Courier) + " is planned, and leaves at " + stampOr(a.LeaveAt, "a time that is not known")
		}
		return text
	}
	if a.Answer == nil {
		return text
	}
	text += ", " + wordsOf(answerWords, string(*a.Answer))
	if a.AnswerReason != nil {
		text += " (" + *a.AnswerReason + ")"
	}
	return text
}

func courierOrNobody(v *dto.DispatchCourier) string {
	if v == nil {
		return "nobody"
	}
	return courierText(*v)
}

func courierText(v dto.DispatchCourier) string {
	if v.Vehicle == nil {
		return v.Name
	}
	return v.Name + " (" + string(*v.Vehicle) + ")"
}

func wordsOf(words map[string]string, word string) string {
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

func (c *cli) printAttempt(a dto.DispatchAttempt) error {
	row(c.out, attemptText(a))
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	if len(a.Stops) > 0 {
		printf(w, "\n")
		row(w, "TRIP", "ARRIVE", "DONE")
		if a.LeaveAt != nil {
			row(w, "set out", "", clock(*a.LeaveAt))
		}
		for _, s := range a.Stops {
			row(w, stopText(s), clock(s.ArriveAt), clock(s.DoneAt))
		}
	}
	if len(a.Candidates) > 0 {
		printf(w, "\n")
		row(w, fmt.Sprintf("COULD GO (%d)", a.Weighed), "TOTAL", "APPROACH", "IDLE", "PICKUP LATE", "DETOUR", "DELIVERY LATE", "FRESHNESS", "ELSEWHERE", "KEPT FOR", "ID")
		for _, k := range a.Candidates {
			row(w, candidateCells(k)...)
		}
	}
	if len(a.Excluded) > 0 {
		printf(w, "\n")
		row(w, "COULD NOT", "COURIERS", "WHY")
		for _, e := range a.Excluded {
			row(w, string(e.Reason), someText(e), wordsOf(exclusionWords, string(e.Reason)))
		}
	}
	return w.Flush()
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

func stopText(s dto.DispatchStop) string {
	switch {
	case s.Vendor != nil:
		return s.Vendor.Name
	case s.Order != nil:
		return "door of " + s.Order.Number
	}
	return "where the food was left"
}

func candidateCells(k dto.DispatchCandidate) []string {
	who := courierText(k.Courier)
	if k.Chosen {
		who += ", chosen"
	}
	kept := make([]string, len(k.KeptFor))
	for i, o := range k.KeptFor {
		kept[i] = o.Number
	}
	s := k.Score
	cells := []string{who}
	for _, n := range []int{s.Total, s.Approach, s.Idle, s.PickupLate, s.Detour, s.DeliveryLate, s.Freshness, s.Elsewhere} {
		cells = append(cells, strconv.Itoa(n))
	}
	text := strings.Join(kept, ", ")
	if text == "" {
		text = "-"
	}
	return append(cells, text, k.Courier.ID.String())
}

func someText(e dto.DispatchExclusion) string {
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
