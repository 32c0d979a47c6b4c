package review

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// All lists the reviews of a state for staff, oldest first, after one of them (Nil: from the first).
func (s *Service) All(ctx context.Context, state rules.State, after domain.ID, limit int) ([]View, error) {
	return s.db.ReviewsOf(ctx, state, after, limit)
}

// Judge publishes or rejects a review, by the rule's verbs; a rejection has a reason for its customer. Version is the one that
// was judged. Errors: NotFound; Precondition when its customer has changed it meanwhile; those of the rule.
func (s *Service) Judge(ctx context.Context, actor domain.Actor, reviewID domain.ID, version int, word, reason string) (View, error) {
	var v View
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, held, _, err := tx.HoldReview(ctx, reviewID, domain.Nil)
		if err != nil {
			return err
		}
		v, err = apply(ctx, tx, actor, o, held, version, func(ctx context.Context, tx *postgres.Tx, _ *postgres.LockedOrder, r *rules.Review) ([]domain.Event, error) {
			event, err := r.Judge(word, actor.Role, reason)
			if err != nil {
				return nil, err
			}
			return []domain.Event{event}, tx.Audit(ctx, actor, postgres.AuditEntry{
				Action: "review." + word, Subject: "review", SubjectID: r.ID,
				Before: map[string]any{"state": held.State}, After: map[string]any{"state": r.State, "version": held.Version},
			})
		})
		return err
	})
	if err != nil {
		return View{}, err
	}
	s.wake()
	return v, nil
}
