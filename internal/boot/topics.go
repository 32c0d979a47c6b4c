package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/ws"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// topics decides who may follow what on the live feed, by the same rules as the REST API.
type topics struct {
	orders *ordering.Service
	db     *postgres.DB
}

// Authorize implements ws.Authorizer.
func (t topics) Authorize(ctx context.Context, actor domain.Actor, topic ws.Topic) error {
	switch topic.Kind {
	case ws.KindOrder:
		return t.orders.Authorize(ctx, actor, topic.ID)
	case ws.KindVendor:
		return t.vendor(ctx, actor, topic.ID)
	case ws.KindCourier:
		if actor.Role.Staff() || actor.Role == domain.RoleCourier && actor.ID == topic.ID {
			return nil
		}
	}
	return domain.Missing("topic")
}

func (t topics) vendor(ctx context.Context, actor domain.Actor, id domain.ID) error {
	if actor.Role.Staff() {
		return nil
	}
	member, err := t.db.Member(ctx, id, actor.ID)
	if err != nil {
		return err
	}
	if !member || !actor.Reaches(id) {
		return domain.Missing("topic")
	}
	return nil
}

// MemberOf implements ws.Authorizer.
func (t topics) MemberOf(ctx context.Context, actor domain.Actor) ([]domain.ID, error) {
	vendors, err := t.db.VendorsOf(ctx, actor.ID)
	ids := make([]domain.ID, len(vendors))
	for i, v := range vendors {
		ids[i] = v.ID
	}
	return ids, err
}
