package account

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// MemberRole is what somebody is in a vendor's house; "" is nobody there.
type MemberRole string

// The roles of members, each with all rights of the next.
const (
	Owner   MemberRole = "owner"
	Manager MemberRole = "manager"
	Kitchen MemberRole = "kitchen"
)

// ParseMemberRole reads a role: Invalid for any other text.
func ParseMemberRole(s string) (MemberRole, error) {
	switch r := MemberRole(s); r {
	case Owner, Manager, Kitchen:
		return r, nil
	}
	return "", domain.Invalidf("role", "enum", "must be owner, manager or kitchen")
}

// MemberAction is what a member does with their vendor, as far as members differ.
type MemberAction string

// The actions.
const (
	RunOrders     MemberAction = "run orders"  // see, accept, cook, hand over
	RunMenu       MemberAction = "run menu"    // sold out and back, pause and resume
	EditMenu      MemberAction = "edit menu"   // dishes, prices, categories
	EditVendor    MemberAction = "edit vendor" // page, hours, zone
	SeeMoney      MemberAction = "see money"   // payouts and what is owed
	Promote       MemberAction = "promote"     // promotions of its own
	ManageHooks   MemberAction = "manage webhooks"
	ManageMembers MemberAction = "manage members" // who else is in, and as what
	ManageKeys    MemberAction = "manage keys"    // API keys of partners
	ManageBank    MemberAction = "manage bank"    // where it is paid to
)

// least is the lowest role that may do a thing: the one table of what members may.
var least = map[MemberAction]MemberRole{
	RunOrders: Kitchen, RunMenu: Kitchen,
	EditMenu: Manager, EditVendor: Manager, SeeMoney: Manager, Promote: Manager, ManageHooks: Manager,
	ManageMembers: Owner, ManageKeys: Owner, ManageBank: Owner,
}

var rank = map[MemberRole]int{Kitchen: 1, Manager: 2, Owner: 3}

// May says whether the role may do it; nobody may what is not in the table.
func (r MemberRole) May(a MemberAction) bool {
	need, known := least[a]
	return known && rank[r] >= rank[need]
}

// Member is somebody who works for a vendor, or was asked to.
type Member struct {
	ID      domain.ID // of the account; of the invitation, for somebody who was asked
	Role    MemberRole
	Name    string // "" for somebody who was asked
	Email   string
	Since   time.Time // when they came in or were asked
	Invited bool
	Until   time.Time // of an invitation
}

// Bounds of a vendor's house.
const (
	MaxMembers    = 100 // those who were asked included
	InvitationTTL = 14 * 24 * time.Hour
)

// ErrLastOwner keeps a vendor from being nobody's.
var ErrLastOwner = domain.Errorf(domain.Conflict, "member.last_owner", "a vendor has at least one owner; make somebody else one first")

// Loses is what happens to a house of so many owners when a member of one role gets another, or none: ErrLastOwner when
// nobody would own it any more.
func Loses(owners int, was, becomes MemberRole) error {
	if was == Owner && becomes != Owner && owners <= 1 {
		return ErrLastOwner
	}
	return nil
}
