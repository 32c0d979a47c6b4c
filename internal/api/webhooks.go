package api

import (
	"time"

	"github.com/go-json-experiment/json"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/webhooks"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/postgres"
)

func (h *handlers) listWebhooks(c *call) (answer, error) {
	vendorID, err := c.id()
	if err != nil {
		return answer{}, err
	}
	all, err := h.Webhooks.List(c.Context(), c.actor, vendorID)
	if err != nil {
		return answer{}, err
	}
	return ok(dto.WebhookList{Data: each(all, fromWebhook)})
}

func (h *handlers) createWebhook(c *call) (answer, error) {
	req, err := body[dto.WebhookRequest](c)
	if err != nil {
		return answer{}, err
	}
	vendorID, err := c.id()
	if err != nil {
		return answer{}, err
	}
	made, err := h.Webhooks.Create(c.Context(), c.actor, webhook.Endpoint{VendorID: vendorID, URL: req.URL, Events: req.Events, Note: deref(req.Note)})
	if err != nil {
		return answer{}, err
	}
	a, err := created(fromMadeWebhook(made))
	return secret(a), err
}

func (h *handlers) getWebhook(c *call) (answer, error) {
	vendorID, id, err := c.webhook()
	if err != nil {
		return answer{}, err
	}
	return webhookAnswer(h.Webhooks.Get(c.Context(), c.actor, vendorID, id))
}

func (h *handlers) patchWebhook(c *call) (answer, error) {
	req, err := body[dto.WebhookPatch](c)
	if err != nil {
		return answer{}, err
	}
	vendorID, id, version, err := c.webhookVersion()
	if err != nil {
		return answer{}, err
	}
	return webhookAnswer(h.Webhooks.Change(c.Context(), c.actor, vendorID, id, version, webhooks.Patch{URL: req.URL, Note: req.Note, Events: deref(req.Events)}))
}

func (h *handlers) deleteWebhook(c *call) (answer, error) {
	vendorID, id, version, err := c.webhookVersion()
	if err != nil {
		return answer{}, err
	}
	if err := h.Webhooks.Drop(c.Context(), c.actor, vendorID, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) switchWebhook(on bool) handler {
	return func(c *call) (answer, error) {
		vendorID, id, version, err := c.webhookVersion()
		if err != nil {
			return answer{}, err
		}
		return webhookAnswer(h.Webhooks.Switch(c.Context(), c.actor, vendorID, id, version, on))
	}
}

func (h *handlers) rotateWebhook(c *call) (answer, error) {
	req, err := body[dto.WebhookRotation](c)
	if err != nil {
		return answer{}, err
	}
	vendorID, id, err := c.webhook()
	if err != nil {
		return answer{}, err
	}
	grace := webhook.MaxGrace
	if req.GraceMinutes != nil {
		grace = time.Duration(*req.GraceMinutes) * time.Minute
	}
	made, err := h.Webhooks.Rotate(c.Context(), c.actor, vendorID, id, grace)
	if err != nil {
		return answer{}, err
	}
	a, err := ok(fromMadeWebhook(made))
	return secret(a), err
}

func (h *handlers) testWebhook(c *call) (answer, error) {
	req, err := body[dto.WebhookTest](c)
	if err != nil {
		return answer{}, err
	}
	vendorID, id, err := c.webhook()
	if err != nil {
		return answer{}, err
	}
	kind := webhook.Ping
	if req.Type != nil {
		kind = *req.Type
	}
	d, err := h.Webhooks.Try(c.Context(), c.actor, vendorID, id, kind)
	if err != nil {
		return answer{}, err
	}
	return accepted(fromWebhookDelivery(d))
}

func (h *handlers) redeliverWebhook(c *call) (answer, error) {
	req, err := body[dto.WebhookRedelivery](c)
	if err != nil {
		return answer{}, err
	}
	vendorID, id, err := c.webhook()
	if err != nil {
		return answer{}, err
	}
	n, err := h.Webhooks.RedeliverFailed(c.Context(), c.actor, vendorID, id, req.Since)
	if err != nil {
		return answer{}, err
	}
	return accepted(dto.WebhookRedelivered{Count: n, More: n == webhooks.MaxRedelivered})
}

func (h *handlers) listWebhookDeliveries(c *call) (answer, error) {
	vendorID, id, err := c.webhook()
	if err != nil {
		return answer{}, err
	}
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Webhooks.Deliveries(c.Context(), c.actor, vendorID, id, webhook.State(c.param("state")), before, c.limit()+1)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(d postgres.WebhookDelivery) domain.ID { return d.ID })
	return ok(dto.WebhookDeliveryList{Data: each(found, fromWebhookDelivery), NextCursor: next})
}

func (h *handlers) getWebhookDelivery(c *call) (answer, error) {
	vendorID, id, delivery, err := c.webhookDelivery()
	if err != nil {
		return answer{}, err
	}
	d, text, err := h.Webhooks.Delivery(c.Context(), c.actor, vendorID, id, delivery)
	if err != nil {
		return answer{}, err
	}
	out := fromWebhookDelivery(d)
	out.Payload = &dto.WebhookPayload{}
	if err := json.Unmarshal(text, out.Payload); err != nil {
		return answer{}, err
	}
	return ok(out)
}

func (h *handlers) redeliverWebhookDelivery(c *call) (answer, error) {
	vendorID, id, delivery, err := c.webhookDelivery()
	if err != nil {
		return answer{}, err
	}
	d, err := h.Webhooks.Redeliver(c.Context(), c.actor, vendorID, id, delivery)
	if err != nil {
		return answer{}, err
	}
	return accepted(fromWebhookDelivery(d))
}

func (c *call) webhook() (vendorID, id domain.ID, err error) {
	if vendorID, err = c.id(); err != nil {
		return vendorID, id, err
	}
	id, err = c.idNamed("webhookId")
	return vendorID, id, err
}

// webhookVersion is webhook with the version of If-Match.
func (c *call) webhookVersion() (vendorID, id domain.ID, version int, err error) {
	if vendorID, id, err = c.webhook(); err == nil {
		version, err = c.version()
	}
	return vendorID, id, version, err
}

func (c *call) webhookDelivery() (vendorID, id, delivery domain.ID, err error) {
	if vendorID, id, err = c.webhook(); err != nil {
		return vendorID, id, delivery, err
	}
	delivery, err = c.idNamed("deliveryId")
	return vendorID, id, delivery, err
}

func webhookAnswer(e webhook.Endpoint, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(fromWebhook(e))
	return versioned(a, e.Version), err
}

// secret is an answer that nobody keeps.
func secret(a answer) answer {
	a.header = map[string]string{"Cache-Control": "no-store"}
	return a
}

func fromWebhook(e webhook.Endpoint) dto.Webhook {
	return dto.Webhook{
		ID: e.ID, URL: e.URL, Events: e.Events, Note: some(e.Note), Status: dto.WebhookStatus(e.Status), DisabledReason: some(dto.WebhookDisabledReason(e.Cause)),
		DisabledAt: at(e.DisabledAt), Failures: e.Health.Failures, FailingSince: at(e.Health.Since), SucceededAt: at(e.SucceededAt),
		OldSecretUntil: at(e.OldSecretEnd), Version: e.Version, CreatedAt: e.CreatedAt.UTC(),
	}
}

func fromMadeWebhook(m webhooks.Made) dto.Webhook {
	out := fromWebhook(m.Endpoint)
	out.Secret = &m.Secret
	return out
}

func fromWebhookDelivery(d postgres.WebhookDelivery) dto.WebhookDelivery {
	out := dto.WebhookDelivery{
		ID: d.ID, WebhookID: d.EndpointID, MessageID: d.MessageID, Type: d.Type, Seq: some(d.Seq), Test: d.Test(), State: dto.WebhookDeliveryState(d.State),
		Attempts: d.Attempts, AttemptedAt: at(d.TriedAt), Status: some(d.Status), Error: some(dto.WebhookDeliveryError(d.Fault)), Answer: some(d.Answer),
		CreatedAt: d.CreatedAt.UTC(),
	}
	if d.State == webhook.Pending {
		out.NextAttemptAt = at(d.NextAt)
	}
	if d.Attempts > 0 {
		millis := int(d.Took.Milliseconds())
		out.Millis = &millis
	}
	return out
}
