package domain

// Role is what an account, or the marketplace itself, acts as.
type Role string

// The roles. System is the marketplace's own timers and loops, Operator whoever runs a command on the database itself; nobody
// signs in as either.
const (
	RoleCustomer Role = "customer"
	RoleVendor   Role = "vendor"
	RoleCourier  Role = "courier"
	RoleAdmin    Role = "admin"
	RoleSupport  Role = "support"
	RoleSystem   Role = "system"
	RoleOperator Role = "operator"
)

// Staff says whether the role belongs to the marketplace's own people.
func (r Role) Staff() bool { return r == RoleAdmin || r == RoleSupport }

// Known says whether an account can have the role.
func (r Role) Known() bool {
	switch r {
	case RoleCustomer, RoleVendor, RoleCourier, RoleAdmin, RoleSupport:
		return true
	}
	return false
}

// Actor is who does something, with which rights, and from where. The zero Actor is nobody.
type Actor struct {
	ID          ID // of the account; an API key acts for the account that made it
	Role        Role
	Session     ID          // the sign-in it acts through, or the token that was minted for it; Nil for keys and the system
	Permissions Permissions // of support staff; an admin has all without naming them
	Key         ID          // the API key it acts through; Nil: a person
	Vendor      ID          // the only vendor an API key is good for; Nil for people
	Scopes      Scopes      // of an API key
	From        Origin
}

// Origin is where a request came from, for the audit log.
type Origin struct {
	Address   string // the client's, behind proxies that are trusted
	RequestID string
}

// The actors that are nobody's account.
var (
	System   = Actor{Role: RoleSystem}   // timers and loops
	Operator = Actor{Role: RoleOperator} // a command that opened the database itself
)

// Anonymous says whether the actor is nobody.
func (a Actor) Anonymous() bool { return a.Role == "" }

// May says whether the actor is staff with a permission; none (0) asks for no more than being staff.
func (a Actor) May(p Permissions) bool {
	return a.Role == RoleAdmin || a.Role == RoleSupport && a.Permissions.Has(p)
}

// Reaches says whether the actor may touch what a vendor owns as far as its API key goes; people reach every vendor.
func (a Actor) Reaches(vendor ID) bool { return a.Key.IsNil() || a.Vendor == vendor }
