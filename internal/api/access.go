package api

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// access says who may call a route at all. Whether they may touch the very thing they name is the use case's to check.
type access struct {
	public bool
	blind  bool // who asks does not matter, so a token that has run out does no harm
	roles  []domain.Role
}

// Who may call a route.
var (
	public    = access{public: true}
	anybody   = access{public: true, blind: true}
	signedIn  = access{roles: []domain.Role{domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport}}
	customers = access{roles: []domain.Role{domain.RoleCustomer}}
	vendors   = access{roles: []domain.Role{domain.RoleVendor}}
	couriers  = access{roles: []domain.Role{domain.RoleCourier}}
	staff     = access{roles: []domain.Role{domain.RoleAdmin, domain.RoleSupport}}
	// keepers look after a vendor: its members, and staff.
	keepers = access{roles: []domain.Role{domain.RoleVendor, domain.RoleAdmin, domain.RoleSupport}}
	// askers may want an order cancelled.
	askers = access{roles: []domain.Role{domain.RoleCustomer, domain.RoleAdmin, domain.RoleSupport}}
)

func (a access) check(actor domain.Actor) error {
	switch {
	case a.public:
		return nil
	case actor.Anonymous():
		return domain.Errorf(domain.Unauthenticated, string(domain.Unauthenticated), "sign in first: Authorization: Bearer <access token>")
	case !slices.Contains(a.roles, actor.Role):
		return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "this is not for the role %s", actor.Role)
	}
	return nil
}
