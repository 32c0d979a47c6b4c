package account

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
)

// Me gives the actor's own account.
func (s *Service) Me(ctx context.Context, actor domain.Actor) (rules.User, error) {
	return s.db.User(ctx, actor.ID)
}

// PatchMe changes the actor's own name or phone. Version is the one they saw, 0 when they do not care.
// It returns Invalid, or Precondition when the version is stale.
func (s *Service) PatchMe(ctx context.Context, actor domain.Actor, version int, p rules.UserPatch) (rules.User, error) {
	return s.db.ChangeUser(ctx, actor.ID, func(u rules.User) (rules.User, error) {
		if err := fresh(version, u.Version); err != nil {
			return u, err
		}
		u = p.Apply(u)
		return u, u.Check()
	})
}

// Addresses lists the actor's addresses, oldest first; there are at most 20.
func (s *Service) Addresses(ctx context.Context, actor domain.Actor) ([]rules.Address, error) {
	return s.db.Addresses(ctx, actor.ID)
}

// CreateAddress saves an address of the actor's; its ID and version are given here.
// It returns Invalid, or Conflict "address.too_many".
func (s *Service) CreateAddress(ctx context.Context, actor domain.Actor, address rules.Address) (rules.Address, error) {
	if err := address.Check(); err != nil {
		return address, err
	}
	address.ID, address.Version = id.New(), 1
	return address, s.db.AddAddress(ctx, actor.ID, address)
}

// PatchAddress changes an address of the actor's; orders keep the copy they were placed with.
// It returns Invalid, NotFound also for another's address, or Precondition.
func (s *Service) PatchAddress(ctx context.Context, actor domain.Actor, addressID domain.ID, version int, p rules.AddressPatch) (rules.Address, error) {
	return s.db.ChangeAddress(ctx, actor.ID, addressID, func(address rules.Address) (rules.Address, error) {
		if err := fresh(version, address.Version); err != nil {
			return address, err
		}
		address = p.Apply(address)
		return address, address.Check()
	})
}

// DeleteAddress forgets an address of the actor's: NotFound also for another's, or Precondition.
func (s *Service) DeleteAddress(ctx context.Context, actor domain.Actor, addressID domain.ID, version int) error {
	return s.db.RemoveAddress(ctx, actor.ID, addressID, func(address rules.Address) error { return fresh(version, address.Version) })
}

// fresh compares the version that somebody saw, 0 for none, with the one there is: Precondition.
func fresh(seen, current int) error {
	return domain.Fresh(seen, current)
}
