package webhook

import (
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

// Kinds are what types begin with: order, payment, …
func Kinds() (kinds []string) {
	for _, t := range Types {
		kind, _, _ := strings.Cut(t, ".")
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
