// Package account holds the rules of who is who: addresses of people, sign-in codes and the times that sessions last.
package account

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Status says whether an account may be used.
type Status string

// The statuses.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// User is an account: a person with one role.
type User struct {
	ID        domain.ID
	Email     string // as ParseEmail gives it
	FirstName string
	LastName  string
	Phone     string // empty where not known
	Picture   string // key of the picture, empty for none
	Role      domain.Role
	Status    Status
	Version   int
	CreatedAt time.Time

	StatusReason string             // why staff suspended it
	Permissions  domain.Permissions // of support staff
	RefundLimit  domain.Money       // of support staff, for one refund; zero: none
}

// MayAct is nil for an account in use; Forbidden "account.suspended" for another.
func (u User) MayAct() error {
	if u.Status != Active {
		return domain.Errorf(domain.Forbidden, "account.suspended", "the account is suspended")
	}
	return nil
}

// MintedPermissions are those of a support account that an operator's token is the first to need: what the day's work
// takes, and not what could give rights to others or move money out.
const MintedPermissions = domain.Onboard | domain.PauseVendors | domain.Refund | domain.Reassign | domain.ReadAudit | domain.Moderate

// Profile is who signs up, before there is an account.
type Profile struct {
	FirstName string
	LastName  string
	Role      domain.Role
}

// Check bounds a profile: Invalid for a nameless one, and for a role that nobody may choose for themselves.
func (p Profile) Check() error {
	switch p.Role {
	case domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier:
	default:
		return domain.Invalidf("role", "enum", "must be customer, vendor or courier")
	}
	if err := Line("firstName", p.FirstName, 1, 80); err != nil {
		return err
	}
	return Line("lastName", p.LastName, 0, 80)
}

// Times of codes, sessions and tokens.
const (
	CodeTTL       = 5 * time.Minute
	CodeWindow    = 15 * time.Minute // within which an address gets at most CodesAWindow codes
	AccessTTL     = 15 * time.Minute
	SessionTTL    = 30 * 24 * time.Hour // since the last refresh
	Leeway        = time.Minute         // by which clocks may differ when a token is checked
	MintedTTL     = 12 * time.Hour      // of an operator's token, unless they say
	MaxMintedTTL  = 24 * time.Hour
	CodesAWindow  = 5
	CodeAttempts  = 5 // guesses that are compared with one code
	MaxAddresses  = 20
	CodeDigits    = 6
	MaxDeviceName = 80
)

// Purpose says why a code is sent.
type Purpose string

// The purposes.
const (
	SignUp  Purpose = "sign_up"
	SignIn  Purpose = "sign_in"
	Already Purpose = "already" // asked to sign up, but has an account: the code signs in
	Decoy   Purpose = "decoy"   // has no account: goes the way of the others, and is never sent
)
