package order

import "slices"

// Reason says why an order ended before its time. It decides who pays for it.
type Reason string

// Group is whose reason it is.
type Group string

// The groups of reasons.
const (
	GroupVendor   Group = "vendor"
	GroupCustomer Group = "customer"
	GroupPlatform Group = "platform"
)

// Reasons that the marketplace itself gives.
const (
	VendorTimeout   Reason = "VENDOR_TIMEOUT"   // the vendor let the order expire
	VendorSuspended Reason = "VENDOR_SUSPENDED" // the vendor may not sell any more, and had not taken the order
)

// Reasons lists the codes of each group.
var Reasons = map[Group][]Reason{
	GroupVendor: {
		"ITEM_UNAVAILABLE", "TOO_BUSY", "CLOSING_EARLY", "STORE_CLOSED", "POS_OFFLINE", "PRICE_MISMATCH", "INSTRUCTIONS", "OTHER",
	},
	GroupCustomer: {"CHANGED_MIND", "TOO_SLOW", "MISTAKE", "DUPLICATE"},
	GroupPlatform: {VendorTimeout, VendorSuspended, "NO_COURIER", "PAYMENT_FAILED", "FRAUD", "OPS"},
}

// In says whether the reason belongs to a group.
func (r Reason) In(g Group) bool { return slices.Contains(Reasons[g], r) }
