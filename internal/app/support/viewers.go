package support

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
)

// Viewer is somebody of the staff who looks at an order, by the name that the others know, and what they are about to do.
type Viewer = redis.Viewer

// The bounds of presence.
const (
	viewFor    = 10 * time.Second // a console says so every three
	maxViewers = 20               // at one order
)

// View notes that a member of the staff looks at an order, and is about to do something there, or not (""), for ten seconds. It
// gives the others, by name; nobody while Redis is away. NotFound for an order that there is not.
func (s *Service) View(ctx context.Context, actor domain.Actor, orderID domain.ID, doing string) ([]Viewer, error) {
	name, err := s.db.ViewerName(ctx, orderID, actor.ID)
	if err != nil {
		return nil, err
	}
	return s.redis.View(ctx, orderID, actor.ID, Viewer{Name: name, Doing: doing}, viewFor, maxViewers), nil
}

// Leave notes that a member of the staff looks at an order no more, if Redis is there.
func (s *Service) Leave(ctx context.Context, actor domain.Actor, orderID domain.ID) {
	s.redis.Leave(ctx, orderID, actor.ID)
}
