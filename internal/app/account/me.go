package account

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/phone"
)

// Me gives the actor's own account.
func (s *Service) Me(ctx context.Context, actor domain.Actor) (rules.User, error) {
	return s.db.User(ctx, actor.ID)
}

// PatchMe changes the actor's own name or phone. Version is the one they saw, 0 when they do not care.
// It returns Invalid, or Precondition when the version is stale.
func (s *Service) PatchMe(ctx context.Context, actor domain.Actor, version int, p rules.UserPatch) (rules.User, error) {
	return s.db.ChangeUser(ctx, actor.ID, func(u rules.User) (rules.User, error) {
		if err := domain.Fresh(version, u.Version); err != nil {
			return u, err
		}
		u = p.Apply(u)
		if err := dialled("phone", p.Phone, &u.Phone); err != nil {
			return u, err
		}
		return u, u.Check()
	})
}

// dialled gives a number that was given its one form: Invalid for one that cannot be dialled from anywhere. "" takes it away.
func dialled(field string, given, to *string) error {
	if given == nil || *given == "" {
		return nil
	}
	e164, ok := phone.Normal(*given, "")
	if !ok {
		return domain.Invalidf(field, "phone", "must be a telephone number with its country's code, such as +911123456789")
	}
	*to = e164
	return nil
}

// Addresses lists the actor's addresses, oldest first; there are at most 20.
func (s *Service) Addresses(ctx context.Context, actor domain.Actor) ([]rules.Address, error) {
	return s.db.Addresses(ctx, actor.ID)
}

// CreateAddress saves an address of the actor's; its ID and version are given here. The first one is the default.
// It returns Invalid, or Conflict "address.too_many".
func (s *Service) CreateAddress(ctx context.Context, actor domain.Actor, address rules.Address) (rules.Address, error) {
	if err := dialled("contactPhone", &address.ContactPhone, &address.ContactPhone); err != nil {
		return address, err
	}
	if err := address.Check(); err != nil {
		return address, err
	}
	address.ID = id.New()
	return s.db.AddAddress(ctx, actor.ID, address)
}

// PatchAddress changes an address of the actor's; orders keep the copy they were placed with.
// It returns Invalid, NotFound also for another's address, or Precondition.
func (s *Service) PatchAddress(ctx context.Context, actor domain.Actor, addressID domain.ID, version int, p rules.AddressPatch) (rules.Address, error) {
	return s.db.ChangeAddress(ctx, actor.ID, addressID, func(address rules.Address) (rules.Address, error) {
		if err := domain.Fresh(version, address.Version); err != nil {
			return address, err
		}
		address = p.Apply(address)
		if err := dialled("contactPhone", p.ContactPhone, &address.ContactPhone); err != nil {
			return address, err
		}
		return address, address.Check()
	})
}

// DeleteAddress forgets an address of the actor's: NotFound also for another's, or Precondition. After the default the newest
// one is it.
func (s *Service) DeleteAddress(ctx context.Context, actor domain.Actor, addressID domain.ID, version int) error {
	return s.db.RemoveAddress(ctx, actor.ID, addressID, func(address rules.Address) error { return domain.Fresh(version, address.Version) })
}
