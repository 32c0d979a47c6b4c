package account

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

// Sessions lists the actor's sessions that have not ended, the last used first; there are at most MaxSessions.
func (s *Service) Sessions(ctx context.Context, actor domain.Actor) ([]rules.Session, error) {
	return s.db.Sessions(ctx, actor.ID)
}

// EndSession ends one of the actor's sessions, this one too: NotFound also for another's. Its tokens stop working at once on
// this instance and within about a second on the others, which close its sockets.
func (s *Service) EndSession(ctx context.Context, actor domain.Actor, id domain.ID) error {
	ended, err := s.db.EndOwnSession(ctx, actor.ID, id)
	if err != nil {
		return err
	}
	s.revoke(ended.ID, ended.AccessUntil)
	return nil
}

// EndOtherSessions ends all of the actor's sessions but the one they act through.
func (s *Service) EndOtherSessions(ctx context.Context, actor domain.Actor) error {
	ended, err := s.db.EndOtherSessions(ctx, actor.ID, actor.Session)
	if err != nil {
		return err
	}
	for _, session := range ended {
		s.revoke(session.ID, session.AccessUntil)
	}
	return nil
}
