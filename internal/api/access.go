package api

import (
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

// access says who may call a route: everybody, or whoever one of the grants describes. The role, the permission and the
// scope are checked here, before anything is read; that the thing in the path stands in the right relation to the caller
// is checked by the use case, in the statement or under the lock that finds it. The matrix test holds both against this table.
type access struct {
	public bool
	blind  bool // who asks does not matter, so a token that has run out does no harm
	ticket bool // a ticket in the address will do, of a client that cannot set headers
	grants []grant
	scope  domain.Scopes // what an API key needs; 0: it is not for API keys
}

// grant is one cell of the table: a role, and what must bind its bearer to the thing that the path names.
type grant struct {
	role  domain.Role
	to    relation
	act   account.MemberAction // what a member must be allowed to do, where members differ
	needs domain.Permissions   // of support staff; 0: all may
}

// relation is between the caller and the thing in the path.
type relation string

const (
	self     relation = "self"     // the path names nothing: it is the caller's own
	own      relation = "own"      // it belongs to the caller: their order, their address
	member   relation = "member"   // it belongs to a vendor that the caller works for
	carrying relation = "carrying" // the delivery, its order or the offer is the caller's
	whatever relation = "whatever" // no matter whose it is
)

// The words that rows of the table are made of.
var (
	public    = access{public: true}
	anybody   = access{public: true, blind: true}
	signedIn  = selves(domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport)
	customers = selves(domain.RoleCustomer)
	vendors   = selves(domain.RoleVendor)
	couriers  = selves(domain.RoleCourier)
	// owners are those to whom a thing belongs, whoever they are.
	owners   = all(own, domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport)
	customer = all(own, domain.RoleCustomer)
	courier  = all(carrying, domain.RoleCourier)
)

func all(to relation, roles ...domain.Role) access {
	var a access
	for _, r := range roles {
		a.grants = append(a.grants, grant{role: r, to: to})
	}
	return a
}

func selves(roles ...domain.Role) access { return all(self, roles...) }

// members are those of the vendor who may do this.
func members(act account.MemberAction) access {
	return access{grants: []grant{{role: domain.RoleVendor, to: member, act: act}}}
}

// staff are admins, and support with a permission; 0 asks for none.
func staff(needs domain.Permissions) access {
	return access{grants: []grant{{role: domain.RoleAdmin, to: whatever}, {role: domain.RoleSupport, to: whatever, needs: needs}}}
}

// or adds who else may.
func (a access) or(b access) access {
	a.grants = append(a.grants[:len(a.grants):len(a.grants)], b.grants...)
	return a
}

// orTicket lets in who brings a ticket instead of a token, as whoever got it.
func (a access) orTicket() access {
	a.ticket = true
	return a
}

// with lets API keys in that have a scope.
func (a access) with(scope domain.Scopes) access {
	a.scope = scope
	return a
}

func (a access) check(actor domain.Actor) error {
	if a.public {
		return nil
	}
	if actor.Anonymous() {
		return domain.Errorf(domain.Unauthenticated, string(domain.Unauthenticated), "sign in first: Authorization: Bearer <access token>")
	}
	if !actor.Key.IsNil() && (a.scope == 0 || !actor.Scopes.Has(a.scope)) {
		return a.refuseKey()
	}
	for _, g := range a.grants {
		if g.role != actor.Role {
			continue
		}
		if g.needs != 0 && !actor.May(g.needs) {
			return domain.Errorf(domain.Forbidden, "permission", "this needs the permission %s", strings.Join(g.needs.Names(), ", "))
		}
		return nil
	}
	return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "this is not for the role %s", actor.Role)
}

func (a access) refuseKey() error {
	if a.scope == 0 {
		return domain.Errorf(domain.Forbidden, "scope", "this is not for API keys")
	}
	return domain.Errorf(domain.Forbidden, "scope", "the API key lacks the scope %s", strings.Join(a.scope.Names(), ", "))
}
