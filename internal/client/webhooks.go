package client

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

func webhooksPath(vendor domain.ID, rest string) string {
	return "/vendors/" + vendor.String() + "/webhooks" + rest
}

func webhookPath(vendor, id domain.ID, rest string) string {
	return webhooksPath(vendor, "/"+id.String()+rest)
}

// Webhooks lists a vendor's webhooks, oldest first.
func (c *Client) Webhooks(ctx context.Context, vendor domain.ID) (dto.WebhookList, error) {
	return get[dto.WebhookList](ctx, c, webhooksPath(vendor, ""), nil)
}

// Webhook reads one.
func (c *Client) Webhook(ctx context.Context, vendor, id domain.ID) (dto.Webhook, error) {
	return get[dto.Webhook](ctx, c, webhookPath(vendor, id, ""), nil)
}

// CreateWebhook makes one; its secret is in this answer alone.
func (c *Client) CreateWebhook(ctx context.Context, vendor domain.ID, r dto.WebhookRequest) (dto.Webhook, error) {
	return post[dto.Webhook](ctx, c, webhooksPath(vendor, ""), r)
}

// PatchWebhook changes one.
func (c *Client) PatchWebhook(ctx context.Context, vendor, id domain.ID, r dto.WebhookPatch, opts ...CallOption) (dto.Webhook, error) {
	return patch[dto.Webhook](ctx, c, webhookPath(vendor, id, ""), r, opts...)
}

// DeleteWebhook ends one.
func (c *Client) DeleteWebhook(ctx context.Context, vendor, id domain.ID) error {
	return remove(ctx, c, webhookPath(vendor, id, ""))
}

// SwitchWebhook switches one on or off.
func (c *Client) SwitchWebhook(ctx context.Context, vendor, id domain.ID, on bool, opts ...CallOption) (dto.Webhook, error) {
	verb := map[bool]string{true: "/enable", false: "/disable"}[on]
	return post[dto.Webhook](ctx, c, webhookPath(vendor, id, verb), nil, opts...)
}

// RotateWebhook gives one another secret, which is in this answer alone; the one before signs as well for the grace, in whole minutes.
func (c *Client) RotateWebhook(ctx context.Context, vendor, id domain.ID, grace time.Duration) (dto.Webhook, error) {
	minutes := int(grace / time.Minute)
	return post[dto.Webhook](ctx, c, webhookPath(vendor, id, "/rotate"), dto.WebhookRotation{GraceMinutes: &minutes})
}

// TestWebhook sends one something that has not happened: of a type of event, or "ping".
func (c *Client) TestWebhook(ctx context.Context, vendor, id domain.ID, kind string) (dto.WebhookDelivery, error) {
	return post[dto.WebhookDelivery](ctx, c, webhookPath(vendor, id, "/test"), dto.WebhookTest{Type: &kind})
}

// WebhookDeliveries lists what one was told, newest first: of a state, "" for any.
func (c *Client) WebhookDeliveries(ctx context.Context, vendor, id domain.ID, state string, p Page) (dto.WebhookDeliveryList, error) {
	return get[dto.WebhookDeliveryList](ctx, c, webhookPath(vendor, id, "/deliveries"), values(p.query("state", state)...))
}

// WebhookDelivery reads one delivery with its payload.
func (c *Client) WebhookDelivery(ctx context.Context, vendor, id, delivery domain.ID) (dto.WebhookDelivery, error) {
	return get[dto.WebhookDelivery](ctx, c, webhookPath(vendor, id, "/deliveries/"+delivery.String()), nil)
}

// RedeliverWebhookDelivery sends one delivery once more.
func (c *Client) RedeliverWebhookDelivery(ctx context.Context, vendor, id, delivery domain.ID) (dto.WebhookDelivery, error) {
	return post[dto.WebhookDelivery](ctx, c, webhookPath(vendor, id, "/deliveries/"+delivery.String()+"/redeliver"), nil)
}

// RedeliverWebhook sends what failed since a moment once more, a part of it at a time.
func (c *Client) RedeliverWebhook(ctx context.Context, vendor, id domain.ID, since time.Time) (dto.WebhookRedelivered, error) {
	return post[dto.WebhookRedelivered](ctx, c, webhookPath(vendor, id, "/redeliver"), dto.WebhookRedelivery{Since: since})
}
