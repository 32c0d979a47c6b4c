package account

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// StaffInvitationTTL is how long an invitation can be accepted.
const StaffInvitationTTL = 72 * time.Hour

// The verbs of staff about accounts.
const (
	VerbSuspend   = "suspend"
	VerbReinstate = "reinstate"
)

var byStaff = []domain.Role{domain.RoleAdmin, domain.RoleSupport}

// Machine is the table of an account's status.
var Machine = domain.Machine[Status]{Thing: "account", Table: map[Status][]domain.Transition[Status]{
	Active:    {{Verb: VerbSuspend, To: Suspended, By: byStaff, Event: "user.suspend"}},
	Suspended: {{Verb: VerbReinstate, To: Active, By: byStaff, Event: "user.reinstate"}},
}}

// Rights are what somebody on the staff may do, besides what the role gives.
type Rights struct {
	Permissions domain.Permissions // of support; an admin has all without naming them
	RefundLimit domain.Money       // of support, for one refund; zero: none
}

// AnyCurrency is that of a refund limit which holds in all of them, each in minor units of its own. It is what ISO 4217 writes where
// there is no currency.
const AnyCurrency domain.Currency = "XXX"

// Check bounds the rights that a role can have: Invalid, naming the field.
func (r Rights) Check(role domain.Role) error {
	switch role {
	case domain.RoleAdmin:
		if r.Permissions != 0 {
			return domain.Invalidf("permissions", "role", "an admin has all permissions, so none is named")
		}
		if r.RefundLimit.Amount != 0 {
			return domain.Invalidf("refundLimit", "role", "an admin's refunds have no limit")
		}
		return nil
	case domain.RoleSupport:
		return r.checkLimit()
	}
	return domain.Invalidf("role", "enum", "must be admin or support")
}

func (r Rights) checkLimit() error {
	limit := r.RefundLimit
	if limit.Amount < 0 || limit.Amount > domain.MaxAmount {
		return domain.Invalidf("refundLimit.amount", "range", "must be 0 to %d", domain.MaxAmount)
	}
	if limit.Amount > 0 && limit.Currency != AnyCurrency && !limit.Currency.Known() {
		return domain.Invalidf("refundLimit.currency", "unknown", "is no currency that the marketplace trades in")
	}
	return nil
}

// Rights are those of the account.
func (u User) Rights() Rights { return Rights{u.Permissions, u.RefundLimit} }

// MayManage says whether u may decide about another account. Nobody decides about themselves, so that an admin who suspends
// somebody is always one who is left. Only an admin decides about admins, and about others who may manage accounts.
// It returns Forbidden: "account.suspended", "permission", "account.self" or "account.admins_only".
func (u User) MayManage(other User) error {
	switch {
	case u.Status != Active:
		return u.MayAct()
	case u.ID == other.ID:
		return domain.Errorf(domain.Forbidden, "account.self", "nobody decides about their own account")
	case u.Role == domain.RoleAdmin:
		return nil
	case u.Role != domain.RoleSupport || !u.Permissions.Has(domain.ManageUsers):
		return domain.Errorf(domain.Forbidden, "permission", "this needs the permission users")
	case other.Role == domain.RoleAdmin || other.Permissions.Has(domain.ManageUsers):
		return domain.Errorf(domain.Forbidden, "account.admins_only",
			"only an admin decides about admins, and about others who may manage accounts")
	}
	return nil
}

// MayGrant says whether u may give rights to somebody of a role. An admin gives all. Support makes no admins, gives neither
// the permission users nor one that they lack, and no higher limit than their own.
// It returns Invalid when the role cannot have these rights, and Forbidden as MayManage does, or "permission", or "refund.limit".
func (u User) MayGrant(role domain.Role, r Rights) error {
	if err := r.Check(role); err != nil {
		return err
	}
	if err := u.MayManage(User{Role: role, Permissions: r.Permissions}); err != nil {
		return err
	}
	if u.Role == domain.RoleAdmin {
		return nil
	}
	if !u.Permissions.Has(r.Permissions) {
		return domain.Errorf(domain.Forbidden, "permission", "nobody gives a permission that they lack")
	}
	if r.RefundLimit.Amount == 0 {
		return nil
	}
	return MayRefund(u.RefundLimit, r.RefundLimit)
}

// MayRefund says whether support whose limit this is may give an amount back at once: Forbidden "refund.limit" past it,
// in another currency, and for any amount where there is no limit. Admins are not asked.
func MayRefund(limit, amount domain.Money) error {
	switch {
	case limit.Amount <= 0:
		return domain.Errorf(domain.Forbidden, "refund.limit", "the account has no refund limit, so it may give nothing back; "+
			"an admin gives it one (refundLimit of PATCH /api/v1/admin/users/{id}), or an operator (zoop token --refund-limit)")
	case limit.Currency == AnyCurrency && amount.Amount > limit.Amount:
		return domain.Errorf(domain.Forbidden, "refund.limit", "the account may give back at most %s at once", domain.Money{Amount: limit.Amount, Currency: amount.Currency})
	case limit.Currency == AnyCurrency && amount.Currency != AnyCurrency:
		return nil
	case amount.Currency != limit.Currency || amount.Amount > limit.Amount:
		return domain.Errorf(domain.Forbidden, "refund.limit", "the account may give back at most %s at once", limit)
	}
	return nil
}

// Invitation asks somebody to join the staff.
type Invitation struct {
	ID        domain.ID
	Email     string // as ParseEmail gives it
	Role      domain.Role
	Rights    Rights
	InvitedBy domain.ID // Nil: an operator at the command line, for the first admin
	CreatedAt time.Time
	ExpiresAt time.Time
}

// First says whether the invitation is for the marketplace's first admin.
func (i Invitation) First() bool { return i.InvitedBy.IsNil() }
