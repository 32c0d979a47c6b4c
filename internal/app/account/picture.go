package account

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

// SetPicture makes a picture of an uploaded file the actor's own; version is the one they saw, 0 when they do not care.
// It returns Precondition, and what keeping the picture returns: Invalid and Unavailable.
func (s *Service) SetPicture(ctx context.Context, actor domain.Actor, version int, upload []byte) (rules.User, error) {
	u, err := s.db.User(ctx, actor.ID)
	if err == nil {
		err = domain.Fresh(version, u.Version) // before the file costs anything
	}
	if err != nil {
		return u, err
	}
	key, err := s.keep(ctx, upload)
	if err != nil {
		return u, err
	}
	return s.showPicture(ctx, actor, version, key)
}

// DropPicture takes the actor's own picture away, if there is one: Precondition.
func (s *Service) DropPicture(ctx context.Context, actor domain.Actor, version int) error {
	_, err := s.showPicture(ctx, actor, version, "")
	return err
}

func (s *Service) showPicture(ctx context.Context, actor domain.Actor, version int, key string) (rules.User, error) {
	return s.db.ChangePicture(ctx, actor.ID, func(u rules.User) (string, error) { return key, domain.Fresh(version, u.Version) })
}
