package catalog

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Closures gives the closures of a vendor that have not ended, in the order in which they begin; at most vendor.MaxClosures.
// NotFound for a vendor that the actor may not know of.
func (s *Service) Closures(ctx context.Context, actor domain.Actor, id domain.ID) ([]vendor.Closure, error) {
	if _, err := s.Vendor(ctx, actor, id); err != nil {
		return nil, err
	}
	return s.db.Closures(ctx, id)
}

// Close closes a vendor for a time, told as vendor.NewClosure says; version is the vendor's that the caller saw, 0 for whatever
// it is. It returns NotFound, Forbidden, Precondition, Invalid, and Conflict "closures.exists" for one from and until the same moments as
// another, and "closures.too_many".
func (s *Service) Close(ctx context.Context, actor domain.Actor, vendorID domain.ID, version int, from, until, reason string) (vendor.Closure, error) {
	reason, err := requiredText("reason", reason)
	if err != nil {
		return vendor.Closure{}, err
	}
	var added vendor.Closure
	_, err = s.keep(ctx, change{actor: actor, needs: editVendor, version: version, on: onVendor(vendorID),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			if added, err = vendor.NewClosure(from, until, reason, s.now(), p.Place); err != nil {
				return nil, err
			}
			list, err := tx.ClosuresOf(ctx, vendorID)
			if err != nil {
				return nil, err
			}
			for _, c := range list {
				if c.From.Equal(added.From) && c.Until.Equal(added.Until) {
					return nil, domain.Errorf(domain.Conflict, "closures.exists", "it is closed for this time already").With("closureId", c.ID)
				}
			}
			if len(list) >= vendor.MaxClosures {
				return nil, domain.Errorf(domain.Conflict, "closures.too_many", "a vendor has at most %d closures ahead", vendor.MaxClosures)
			}
			added.ID = id.New()
			if err := tx.AddClosure(ctx, vendorID, added); err != nil {
				return nil, err
			}
			return closuresChanged(ctx, tx, p, "closed", added.ID)
		}})
	return added, err
}

// Reopen takes a closure back. It returns NotFound, Forbidden and Precondition.
func (s *Service) Reopen(ctx context.Context, actor domain.Actor, vendorID, closureID domain.ID, version int) error {
	_, err := s.keep(ctx, change{actor: actor, needs: editVendor, version: version, on: onVendor(vendorID),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			if err := tx.RemoveClosure(ctx, vendorID, closureID); err != nil {
				return nil, err
			}
			return closuresChanged(ctx, tx, p, "reopened", closureID)
		}})
	return err
}

// closuresChanged brings what the rules know of closures in step with their table, and tells which of them is new or gone.
func closuresChanged(ctx context.Context, tx *postgres.Tx, p *vendor.Profile, what string, closureID domain.ID) (*domain.Event, error) {
	list, err := tx.ClosuresOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	p.Closed = nil
	for _, c := range list {
		p.Closed = append(p.Closed, domain.Stretch{From: c.From, Until: c.Until})
	}
	return &domain.Event{Type: "vendor.hours_changed", Data: map[string]any{"change": what, "closureId": closureID}}, nil
}
