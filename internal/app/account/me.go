package account

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
)

// Me gives the actor's own account.
func (a *Accounts) Me(ctx context.Context, actor domain.Actor) (rules.User, error) {
	return a.db.User(ctx, actor.ID)
}

// PatchMe changes the actor's own name or phone. Version is the one they saw, 0 when they do not care.
// It returns Invalid, or Precondition when the version is stale.
func (a *Accounts) PatchMe(ctx context.Context, actor domain.Actor, version int, p rules.UserPatch) (rules.User, error) {
	return a.db.ChangeUser(ctx, actor.ID, func(u rules.User) (rules.User, error) {
		if err := fresh(version, u.Version); err != nil {
			return u, err
		}
		u = p.Apply(u)
		return u, u.Check()
	})
}

// Addresses lists the actor's addresses, oldest first; there are at most 20.
func (a *Accounts) Addresses(ctx context.Context, actor domain.Actor) ([]rules.Address, error) {
	return a.db.Addresses(ctx, actor.ID)
}

// CreateAddress saves an address of the actor's; its ID and version are given here.
// It returns Invalid, or Conflict "address.too_many".
func (a *Accounts) CreateAddress(ctx context.Context, actor domain.Actor, address rules.Address) (rules.Address, error) {
	if err := address.Check(); err != nil {
		return address, err
	}
	address.ID, address.Version = id.New(), 1
	return address, a.db.AddAddress(ctx, actor.ID, address)
}

// PatchAddress changes an address of the actor's; orders keep the copy they were placed with.
// It returns Invalid, NotFound also for another's address, or Precondition.
func (a *Accounts) PatchAddress(ctx context.Context, actor domain.Actor, addressID domain.ID, version int, p rules.AddressPatch) (rules.Address, error) {
	return a.db.ChangeAddress(ctx, actor.ID, addressID, func(address rules.Address) (rules.Address, error) {
		if err := fresh(version, address.Version); err != nil {
			return address, err
		}
		address = p.Apply(address)
		return address, address.Check()
	})
}

// DeleteAddress forgets an address of the actor's: NotFound also for another's.
func (a *Accounts) DeleteAddress(ctx context.Context, actor domain.Actor, addressID domain.ID) error {
	found, err := a.db.RemoveAddress(ctx, actor.ID, addressID)
	if err == nil && !found {
		return domain.Missing("address")
	}
	return err
}

// fresh compares the version that somebody saw, 0 for none, with the one there is: Precondition.
func fresh(seen, current int) error {
	if seen != 0 && seen != current {
		return domain.Errorf(domain.Precondition, string(domain.Precondition), "it is at version %d by now", current).With("version", current)
	}
	return nil
}
