package webhooks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
)

// The things that samples tell of, and nobody has.
var (
	sampleOrder    = domain.MustParseID("01900000-0000-7000-8000-000000000001")
	sampleCustomer = domain.MustParseID("01900000-0000-7000-8000-000000000002")
	sampleCourier  = domain.MustParseID("01900000-0000-7000-8000-000000000003")
	sampleDish     = domain.MustParseID("01900000-0000-7000-8000-000000000004")
	sampleOffer    = domain.MustParseID("01900000-0000-7000-8000-000000000005")
)

// Sample makes an event of a type, or a ping, that has not happened, such as a vendor's partner would be told. Invalid "type".
func Sample(kind string, vendorID domain.ID, now time.Time) (domain.Record, error) {
	if kind != rules.Ping && !slices.Contains(rules.Types, kind) {
		return domain.Record{}, domain.Invalidf("type", "enum", "must be ping, or a type of event such as order.placed")
	}
	r := domain.Record{
		Subject: domain.SubjectVendor, SubjectID: vendorID, Version: 1, Type: kind, ActorRole: domain.RoleSystem, VendorID: vendorID, At: now,
	}
	group, _, _ := strings.Cut(kind, ".")
	if group != "vendor" && kind != rules.Ping {
		r.Subject, r.SubjectID, r.CustomerID, r.City = domain.SubjectOrder, sampleOrder, sampleCustomer, "Lisboa"
	}
	if group == "delivery" {
		r.CourierID = sampleCourier
	}
	if role, found := sampleRoles[kind]; found {
		r.ActorRole = role
	}
	data := sampleData(kind, now.UTC())
	if data == nil {
		data = map[string]any{}
	}
	var err error
	if r.Data, err = json.Marshal(data); err != nil {
		return r, fmt.Errorf("encode sample: %w", err)
	}
	return r, nil
}

// sampleRoles are who does what, where it is not the system.
var sampleRoles = map[string]domain.Role{
	"order.placed": domain.RoleCustomer, "order.cancelled": domain.RoleCustomer, "order.accepted": domain.RoleVendor, "order.rejected": domain.RoleVendor,
	"order.preparing": domain.RoleVendor, "order.ready": domain.RoleVendor, "order.prep_time_changed": domain.RoleVendor, "order.collected": domain.RoleVendor,
	"order.revision_proposed": domain.RoleVendor, "order.revision_accepted": domain.RoleCustomer, "order.revision_refused": domain.RoleCustomer,
	"order.picked_up": domain.RoleCourier, "order.delivered": domain.RoleCourier, "delivery.at_store": domain.RoleCourier,
	"delivery.at_customer": domain.RoleCourier, "delivery.offer_declined": domain.RoleCourier, "review.created": domain.RoleCustomer,
}

// sampleData is what an event says besides, where it says something.
func sampleData(kind string, now time.Time) map[string]any {
	eur := func(cents int64) map[string]any { return map[string]any{"amount": cents, "currency": "EUR"} }
	placed := map[string]any{
		"number": "8F2K9Q", "vendorName": "Casa Lima", "fulfilment": "delivery", "total": eur(2590), "deadlineAt": now.Add(5 * time.Minute),
		"promisedAt": now.Add(40 * time.Minute),
	}
	switch kind {
	case "order.placed", "order.scheduled", "order.pending_payment":
		return placed
	case "order.accepted":
		return map[string]any{"prepMinutes": 20, "readyBy": now.Add(20 * time.Minute)}
	case "order.prep_time_changed":
		return map[string]any{"prepMinutes": 30, "readyBy": now.Add(30 * time.Minute), "was": now.Add(20 * time.Minute)}
	case "order.nudge":
		return map[string]any{"nudge": 1, "deadlineAt": now.Add(3 * time.Minute)}
	case "order.cancelled":
		return map[string]any{"reason": "CHANGED_MIND", "liable": "platform"}
	case "order.rejected":
		return map[string]any{"reason": "TOO_BUSY", "liable": "vendor"}
	case "order.revision_proposed":
		return map[string]any{"revision": 1, "total": eur(1990), "deadlineAt": now.Add(3 * time.Minute)}
	case "order.revision_accepted", "order.revision_refused", "order.revision_lapsed":
		return map[string]any{"revision": 1}
	case "payment.captured", "payment.authorized", "payment.refunded", "payment.partially_refunded":
		return map[string]any{"amount": eur(2590)}
	case "delivery.offered":
		return map[string]any{"meters": 777, "offerId": sampleOffer, "expiresAt": now.Add(time.Minute)}
	case "vendor.paused":
		return map[string]any{"reason": "too busy", "until": now.Add(time.Hour)}
	case "vendor.item_unavailable":
		return map[string]any{"dishId": sampleDish, "dishVersion": 3}
	case "vendor.webhook_disabled":
		return map[string]any{"webhookId": sampleOffer, "reason": "failing"}
	}
	return nil
}
