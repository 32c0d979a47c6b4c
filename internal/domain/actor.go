package domain

// Role is what an account, or the marketplace itself, acts as.
type Role string

// The roles. System is the marketplace's own timers and loops; nobody signs in as it.
const (
	RoleCustomer Role = "customer"
	RoleVendor   Role = "vendor"
	RoleCourier  Role = "courier"
	RoleAdmin    Role = "admin"
	RoleSupport  Role = "support"
	RoleSystem   Role = "system"
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

// Actor is who does something. The zero Actor is nobody.
type Actor struct {
	ID      ID
	Role    Role
	Session ID // the sign-in it acts through, or the token that was minted for it; Nil for the system
}

// System is the actor of timers and loops.
var System = Actor{Role: RoleSystem}

// Anonymous says whether the actor is nobody.
func (a Actor) Anonymous() bool { return a.Role == "" }
