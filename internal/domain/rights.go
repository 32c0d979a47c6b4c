package domain

import (
	"slices"
	"strings"
)

// Permissions are what support staff may do beyond looking, as a set.
type Permissions uint16

// The permissions.
const (
	Onboard      Permissions = 1 << iota // approve, reject and suspend vendors and couriers
	PauseVendors                         // take a vendor off for a while, and put it back
	Refund                               // give money back, up to the member's own limit
	Reassign                             // give a delivery to another courier
	Payouts                              // approve payouts
	ManageUsers                          // see and suspend accounts, invite staff and change their permissions
	ReadAudit                            // read the audit log
	Moderate                             // publish and reject reviews
	Pricing                              // set rules of prices: promotions, tariffs, surges, commissions
)

var permissionNames = []string{"onboard", "pause_vendors", "refund", "reassign", "payouts", "users", "audit", "moderate", "pricing"}

// AllPermissions is the whole set.
const AllPermissions = Pricing<<1 - 1

// Has says whether all of some permissions are in the set.
func (p Permissions) Has(some Permissions) bool { return p&some == some }

// Names lists the set by name, in the order above.
func (p Permissions) Names() []string { return setNames(uint16(p), permissionNames) }

// ParsePermissions reads names; Invalid for an unknown one.
func ParsePermissions(names []string) (Permissions, error) {
	set, err := parseSet("permissions", names, permissionNames)
	return Permissions(set), err
}

// Scopes are what an API key may be used for, as a set.
type Scopes uint16

// The scopes.
const (
	OrdersRead  Scopes = 1 << iota // see the vendor's orders
	OrdersWrite                    // accept, reject, start, ready, collect
	MenuWrite                      // categories, dishes, availability
	VendorWrite                    // page, hours, pauses
)

var scopeNames = []string{"orders:read", "orders:write", "menu:write", "vendor:write"}

// AllScopes is the whole set.
const AllScopes = VendorWrite<<1 - 1

// Has says whether all of some scopes are in the set.
func (s Scopes) Has(some Scopes) bool { return s&some == some }

// Names lists the set by name, in the order above.
func (s Scopes) Names() []string { return setNames(uint16(s), scopeNames) }

// ParseScopes reads names; Invalid for an unknown one.
func ParseScopes(names []string) (Scopes, error) {
	set, err := parseSet("scopes", names, scopeNames)
	return Scopes(set), err
}

func setNames(set uint16, all []string) []string {
	names := []string{}
	for i, name := range all {
		if set&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

func parseSet(field string, names, all []string) (set uint16, err error) {
	for _, name := range names {
		i := slices.Index(all, name)
		if i < 0 {
			return 0, Invalidf(field, "enum", "%q is none of %s", clip(name, 40), strings.Join(all, ", "))
		}
		set |= 1 << i
	}
	return set, nil
}
