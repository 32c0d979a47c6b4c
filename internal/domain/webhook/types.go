package webhook

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Ping is the type of a sample that tells of nothing.
const Ping = "ping"

// Types are the types of events that concern vendors, sorted.
var Types = []string{
	"delivery.assigned", "delivery.at_customer", "delivery.at_store", "delivery.contacted", "delivery.courier_found", "delivery.courier_lost",
	"delivery.failed", "delivery.leave_at_door", "delivery.lost", "delivery.no_show", "delivery.offer_declined", "delivery.offer_expired",
	"delivery.offer_withdrawn", "delivery.offered", "delivery.photographed", "delivery.returning", "delivery.stalled", "delivery.stranded",
	"delivery.taken_away", "delivery.taken_over", "delivery.unclaimed",
	"order.accepted", "order.cancelled", "order.codes_locked", "order.codes_renewed", "order.collected", "order.completed", "order.delivered",
	"order.expired", "order.nudge", "order.payment_failed", "order.pending_payment", "order.picked_up", "order.placed",
	"order.prep_time_changed", "order.preparing", "order.ready", "order.rejected", "order.restored", "order.returned",
	"order.revision_accepted", "order.revision_lapsed", "order.revision_proposed", "order.revision_refused", "order.scheduled",
	"order.undeliverable",
	"payment.authorized", "payment.capture_failed", "payment.captured", "payment.failed", "payment.overdrawn", "payment.partially_refunded",
	"payment.refund_failed", "payment.refund_requested", "payment.refunded", "payment.reinstated", "payment.voided",
	"review.created", "review.edited", "review.published", "review.rejected", "review.removed", "review.replied", "review.reply_removed",
	"sla.at_risk", "sla.breached",
	"vendor.approved", "vendor.busy", "vendor.busy_ended", "vendor.closed", "vendor.created", "vendor.hours_changed",
	"vendor.item_unavailable", "vendor.member_changed", "vendor.member_invited", "vendor.member_joined", "vendor.member_removed",
	"vendor.member_uninvited", "vendor.menu_changed", "vendor.opened", "vendor.paused", "vendor.rated", "vendor.rejected", "vendor.resumed",
	"vendor.suspended", "vendor.updated", "vendor.webhook_disabled", "vendor.zone_changed",
}

// others are the types of events that are for staff, couriers or one customer alone, sorted.
var others = []string{
	"alert.acknowledged", "alert.closed", "alert.opened", "alert.snoozed", "alert.unacknowledged", "alert.woken",
	"cart.changed",
	"courier.approved", "courier.document_pictured", "courier.document_shown", "courier.document_verified", "courier.erased",
	"courier.offline", "courier.online", "courier.profile_changed", "courier.rejected", "courier.shift_dropped", "courier.shift_planned",
	"courier.suspended", "courier.terms_changed",
}

// All are all types of events, sorted but for those that concern vendors, which come first.
func All() []string { return slices.Concat(Types, others) }

// Kinds are what types begin with: order, payment, …
func Kinds() []string { return kindsOf(Types) }

func kindsOf(types []string) (kinds []string) {
	for _, t := range types {
		kind, _, _ := strings.Cut(t, ".")
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// CheckPattern says whether any event at all may have the type that somebody looks for, which may end with a star for whatever follows.
// Its error names what may be meant.
func CheckPattern(pattern string) error {
	all := All()
	start, open := strings.CutSuffix(pattern, "*")
	if slices.ContainsFunc(all, func(t string) bool { return t == start || open && strings.HasPrefix(t, start) }) {
		return nil
	}
	return errors.New(noType(pattern, all))
}

// noType says that a word is none of some types, and which are near: those that differ least, else those of its kind, else the kinds.
func noType(word string, types []string) string {
	const most = 5
	near := make([]string, 0, most)
	kind, _, _ := strings.Cut(word, ".")
	for far := 1; far <= 3 && len(near) == 0; far++ {
		for _, t := range types {
			if distance(word, t) == far && len(near) < most {
				near = append(near, t)
			}
		}
	}
	if kinds := kindsOf(types); len(near) == 0 && slices.Contains(kinds, kind) {
		for _, t := range types {
			if strings.HasPrefix(t, kind+".") && len(near) < most {
				near = append(near, t)
			}
		}
		near = append(near, kind+".*")
	} else if len(near) == 0 {
		return fmt.Sprintf("%q is no type of event; there are %s.*, and * for all", clip(word), strings.Join(kinds, ".*, "))
	}
	return fmt.Sprintf("%q is no type of event; near it are %s", clip(word), strings.Join(near, ", "))
}

// distance is how many letters have to be put in, taken out or changed to make one text of another.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
