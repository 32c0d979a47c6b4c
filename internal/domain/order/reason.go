package order

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Reason says why an order ended before its time. It decides who pays for it.
type Reason string

// Group is whose reason it is.
type Group string

// The groups of reasons.
const (
	GroupVendor   Group = "vendor"
	GroupCustomer Group = "customer"
	GroupPlatform Group = "platform"
	GroupDelivery Group = "delivery"
)

// Reasons that rules name.
const (
	ItemUnavailable Reason = "ITEM_UNAVAILABLE"
	TooSlow         Reason = "TOO_SLOW"
	VendorTimeout   Reason = "VENDOR_TIMEOUT"   // the vendor let the order expire
	VendorSuspended Reason = "VENDOR_SUSPENDED" // the vendor may not sell any more, and had not taken the order
	NoCourier       Reason = "NO_COURIER"       // nobody takes the delivery, and staff cancel it; or who had the food is gone (Lose)
	Unpaid          Reason = "PAYMENT_FAILED"
	CustomerAbsent  Reason = "CUSTOMER_ABSENT"
	BadAddress      Reason = "BAD_ADDRESS"
	Unsafe          Reason = "UNSAFE"
	Damaged         Reason = "DAMAGED"
)

// Reasons lists the codes of each group.
var Reasons = map[Group][]Reason{
	GroupVendor: {
		ItemUnavailable, "TOO_BUSY", "CLOSING_EARLY", "STORE_CLOSED", "POS_OFFLINE", "PRICE_MISMATCH", "INSTRUCTIONS", "OTHER",
	},
	GroupCustomer: {"CHANGED_MIND", TooSlow, "MISTAKE", "DUPLICATE"},
	GroupPlatform: {VendorTimeout, VendorSuspended, NoCourier, Unpaid, "FRAUD", "OPS"},
	GroupDelivery: {CustomerAbsent, "REFUSED", BadAddress, Unsafe, Damaged, "AGE_CHECK"},
}

// In says whether the reason belongs to a group.
func (r Reason) In(g Group) bool { return slices.Contains(Reasons[g], r) }

// groupsOf are the groups whose reasons a role may give. Staff speak for everybody who calls them.
func groupsOf(by domain.Role) []Group {
	switch {
	case by.Staff():
		return []Group{GroupCustomer, GroupVendor, GroupPlatform, GroupDelivery}
	case by == domain.RoleSystem:
		return []Group{GroupPlatform, GroupCustomer}
	case by == domain.RoleCustomer:
		return []Group{GroupCustomer}
	case by == domain.RoleVendor:
		return []Group{GroupVendor}
	case by == domain.RoleCourier:
		return []Group{GroupDelivery}
	}
	return nil
}

// mayGive is Invalid for a reason that is not a role's to give.
func mayGive(by domain.Role, reason Reason) error {
	if slices.ContainsFunc(groupsOf(by), reason.In) {
		return nil
	}
	return domain.Invalidf("reason", "enum", "%q is no reason of a %s", reason, by)
}

// AfterWaiting says whether a courier may give the reason only once they have waited at the door and called.
func (r Reason) AfterWaiting() bool { return r == CustomerAbsent || r == BadAddress }

// AtDoor says whether the reason can be known only at the door.
func (r Reason) AtDoor() bool { return r.In(GroupDelivery) && r != Unsafe && r != Damaged }
