package review

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Filter selects published reviews of a vendor.
type Filter = postgres.ReviewFilter

// OfVendor lists the published reviews of a vendor, newest first. They are seen by whoever sees the vendor: NotFound for others.
func (s *Service) OfVendor(ctx context.Context, actor domain.Actor, f Filter) ([]View, error) {
	p, role, err := s.db.VendorFor(ctx, f.VendorID, actor.ID)
	if err != nil {
		return nil, err
	}
	insider := actor.Role.Staff() || role != "" && actor.Reaches(f.VendorID)
	if p.Status != vendor.Approved && !insider {
		return nil, domain.Missing("vendor")
	}
	return s.db.VendorReviews(ctx, f)
}

// Reply answers a published review for its vendor, in place of the answer before; "" takes it away. Version is the review's that
// the actor saw, 0 for whatever it is. Errors: NotFound for a review that is not published, or of a vendor that is not
// theirs; Forbidden for a member who may not edit the vendor's page; Precondition; Invalid for a text out of bounds.
func (s *Service) Reply(ctx context.Context, actor domain.Actor, reviewID domain.ID, version int, text string) (View, error) {
	var v View
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, held, role, err := tx.HoldReview(ctx, reviewID, actor.ID)
		if err != nil {
			return err
		}
		switch {
		case role == "" || !actor.Reaches(held.VendorID):
			return domain.Missing("review")
		case !role.May(account.EditVendor):
			return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "the role %s may not answer reviews", role)
		}
		v, err = apply(ctx, tx, actor, o, held, version, func(_ context.Context, _ *postgres.Tx, o *postgres.LockedOrder, r *rules.Review) ([]domain.Event, error) {
			event, err := r.Answer(text, o.Now)
			return []domain.Event{event}, err
		})
		return err
	})
	if err != nil {
		return View{}, err
	}
	s.wake()
	return v, nil
}
