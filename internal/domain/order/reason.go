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

// VendorTimeout is the reason of an order that its vendor let expire.
const VendorTimeout Reason = "VENDOR_TIMEOUT"

// Reasons lists the codes of each group.
var Reasons = map[Group][]Reason{
	GroupVendor: {
		"ITEM_UNAVAILABLE", "TOO_BUSY", "CLOSING_EARLY", "STORE_CLOSED", "POS_OFFLINE", "PRICE_MISMATCH", "INSTRUCTIONS", "OTHER",
	},
	GroupCustomer: {"CHANGED_MIND", "TOO_SLOW", "MISTAKE", "DUPLICATE"},
	GroupPlatform: {VendorTimeout, "NO_COURIER", "PAYMENT_FAILED", "FRAUD", "OPS"},
}

// In says whether the reason belongs to a group.
func (r Reason) In(g Group) bool { return slices.Contains(Reasons[g], r) }
