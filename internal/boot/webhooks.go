package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
)

// MostDeliveries bounds how many deliveries one list reads.
const MostDeliveries = 1000

// Webhooks are those of one vendor, of the settings' API, as far as the bearer of its token may see and change them.
// Errors of its methods: *client.Problem.
type Webhooks struct {
	*client.Client
	Vendor domain.ID
}

// OpenWebhooks makes it, for a vendor, or with Nil the only one that the bearer works for. Errors: those of staffClient; Invalid when there
// is not one alone.
func OpenWebhooks(ctx context.Context, c *config.Config, dataDir string, vendor domain.ID) (*Webhooks, error) {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	if err != nil || !vendor.IsNil() {
		return &Webhooks{api, vendor}, err
	}
	mine, err := api.MyVendors(ctx)
	if client.IsCode(err, "forbidden") { // staff
		return nil, domain.Invalidf("--vendor", "required", "is needed: the token is no vendor's")
	}
	if err != nil {
		return nil, err
	}
	if len(mine) != 1 {
		return nil, domain.Invalidf("--vendor", "required", "is needed: the account works for %d vendors", len(mine))
	}
	return &Webhooks{api, mine[0].ID}, nil
}

// Deliveries reads up to most deliveries of a webhook (1 to MostDeliveries), newest first, of a state, "" for any, from a cursor on, or ""
// for the beginning. The list's NextCursor tells where the next begin.
func (w *Webhooks) Deliveries(ctx context.Context, id domain.ID, state string, most int, cursor string) (dto.WebhookDeliveryList, error) {
	all, next, err := upTo(most, cursor, func(p client.Page) ([]dto.WebhookDelivery, *string, error) {
		list, err := w.WebhookDeliveries(ctx, w.Vendor, id, state, p)
		return list.Data, list.NextCursor, err
	})
	return dto.WebhookDeliveryList{Data: all, NextCursor: next}, err
}
