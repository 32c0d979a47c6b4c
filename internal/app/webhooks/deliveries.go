package webhooks

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/wire"
)

// MaxRedelivered is how many deliveries are sent once more by one request.
const MaxRedelivered = 1000

// Deliveries lists what an endpoint was told before a delivery, or lately, newest first: of a state, "" for any. Errors are those of List;
// NotFound.
func (s *Service) Deliveries(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID, state rules.State, before domain.ID, limit int) ([]postgres.WebhookDelivery, error) {
	if _, err := s.Get(ctx, actor, vendorID, endpoint); err != nil {
		return nil, err
	}
	return s.db.WebhookDeliveries(ctx, endpoint, state, before, limit)
}

// Delivery reads one of them, with the body that it is sent with. Errors are those of Deliveries.
func (s *Service) Delivery(ctx context.Context, actor domain.Actor, vendorID, endpoint, delivery domain.ID) (d postgres.WebhookDelivery, body []byte, err error) {
	if _, err := s.Get(ctx, actor, vendorID, endpoint); err != nil {
		return d, nil, err
	}
	d, event, sample, err := s.db.WebhookDelivery(ctx, endpoint, delivery)
	if err != nil || d.Test() {
		return d, []byte(sample), err
	}
	body, err = wire.Webhook(event, false)
	return d, body, err
}

// Redeliver sends something once more, whatever became of it, under the same ID: at once, and again by the schedule when that fails. Errors
// are those of Deliveries; Conflict "webhook.disabled".
func (s *Service) Redeliver(ctx context.Context, actor domain.Actor, vendorID, endpoint, delivery domain.ID) (d postgres.WebhookDelivery, err error) {
	err = s.onEndpoint(ctx, actor, vendorID, endpoint, domain.Onboard, func(tx *postgres.Tx, e rules.Endpoint) error {
		if e.Status != rules.Enabled {
			return errDisabled
		}
		if err := tx.Redeliver(ctx, endpoint, delivery); err != nil {
			return err
		}
		return s.noteStaff(ctx, tx, actor, deed("webhook.redeliver", e, nil, map[string]any{"delivery": delivery}))
	})
	if err != nil {
		return d, err
	}
	d, _, _, err = s.db.WebhookDelivery(ctx, endpoint, delivery)
	return d, err
}

// RedeliverFailed sends what failed since a moment once more, the oldest first, at most MaxRedelivered, and says how many there were. Errors
// are those of Redeliver.
func (s *Service) RedeliverFailed(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID, since time.Time) (n int, err error) {
	err = s.onEndpoint(ctx, actor, vendorID, endpoint, domain.Onboard, func(tx *postgres.Tx, e rules.Endpoint) error {
		if e.Status != rules.Enabled {
			return errDisabled
		}
		if n, err = tx.RedeliverFailed(ctx, endpoint, since, MaxRedelivered); err != nil {
			return err
		}
		return s.noteStaff(ctx, tx, actor, deed("webhook.redeliver", e, nil, map[string]any{"count": n, "since": since.UTC()}))
	})
	return n, err
}
