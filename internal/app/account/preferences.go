package account

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
)

// MailPreferences gives which mail the actor wants.
func (s *Service) MailPreferences(ctx context.Context, actor domain.Actor) (letter.Preferences, error) {
	return s.db.MailPreferences(ctx, actor.ID)
}

// SetMailPreferences says which mail the actor wants, from now on: letters that wait are judged by it, too.
func (s *Service) SetMailPreferences(ctx context.Context, actor domain.Actor, p letter.Preferences) error {
	return s.db.SetMailPreferences(ctx, actor.ID, p)
}
