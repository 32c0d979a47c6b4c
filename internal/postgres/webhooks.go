package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// WebhookDelivery is what an endpoint is told, and what became of that.
type WebhookDelivery struct {
	ID         domain.ID
	EndpointID domain.ID
	MessageID  string // the webhook-id that it is sent with
	Type       string
	Seq        int64 // of the event; 0 for a sample
	State      webhook.State
	Attempts   int       // in all
	NextAt     time.Time // of one that is pending
	CreatedAt  time.Time
	TriedAt    time.Time // zero: not yet
	Status     int       // of the last answer; 0: there was none
	Fault      webhook.Fault
	Answer     string
	Took       time.Duration

	sample  string
	eventID int64
	tries   int
	byHand  bool // somebody waits for it
}

// Test says whether it tells of something that has not happened.
func (d WebhookDelivery) Test() bool { return d.Seq == 0 }

// secretSeal ties a secret to its endpoint.
func secretSeal(endpoint domain.ID) []byte { return []byte("webhook secret " + endpoint.String()) }

// AddWebhook writes an endpoint of a vendor that is locked, with its secret: Conflict "webhook.too_many".
func (tx *Tx) AddWebhook(ctx context.Context, e webhook.Endpoint, secret []byte) (webhook.Endpoint, error) {
	n, err := tx.WebhookCount(ctx, e.VendorID)
	if err != nil {
		return e, fmt.Errorf("count webhooks: %w", err)
	}
	if n >= webhook.MaxEndpoints {
		return e, domain.Errorf(domain.Conflict, "webhook.too_many", "a vendor has at most %d webhooks", webhook.MaxEndpoints)
	}
	key, sealed, err := tx.seal(ctx, secret, secretSeal(e.ID))
	if err != nil {
		return e, fmt.Errorf("seal secret: %w", err)
	}
	row, err := tx.InsertWebhook(ctx, query.InsertWebhookParams{
		ID: e.ID, VendorID: e.VendorID, Url: e.URL, Events: e.Events, Note: e.Note, Key: key, Sealed: sealed,
	})
	return endpointOr("write webhook", row, err)
}

// Webhooks lists a vendor's endpoints, oldest first.
func (db *DB) Webhooks(ctx context.Context, vendorID domain.ID) ([]webhook.Endpoint, error) {
	return webhooksOf(ctx, db.q(), vendorID)
}

// Webhooks lists the endpoints of a vendor that is locked, oldest first.
func (tx *Tx) Webhooks(ctx context.Context, vendorID domain.ID) ([]webhook.Endpoint, error) {
	return webhooksOf(ctx, tx.Queries, vendorID)
}

func webhooksOf(ctx context.Context, q *query.Queries, vendorID domain.ID) ([]webhook.Endpoint, error) {
	rows, err := q.WebhooksOf(ctx, query.WebhooksOfParams{VendorID: vendorID, Most: webhook.MaxEndpoints})
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", classify(err))
	}
	out := make([]webhook.Endpoint, len(rows))
	for i, r := range rows {
		out[i] = toEndpoint(r)
	}
	return out, nil
}

// Webhook reads an endpoint of a vendor's: NotFound when it has none of that ID.
func (db *DB) Webhook(ctx context.Context, vendorID, id domain.ID) (webhook.Endpoint, error) {
	row, err := db.q().WebhookOf(ctx, query.WebhookOfParams{ID: id, VendorID: vendorID})
	return toEndpoint(row), missing("webhook", err)
}

// HoldWebhook locks an endpoint of a vendor's: NotFound when it has none of that ID.
func (tx *Tx) HoldWebhook(ctx context.Context, vendorID, id domain.ID) (webhook.Endpoint, error) {
	row, err := tx.LockWebhook(ctx, query.LockWebhookParams{ID: id, VendorID: vendorID})
	return toEndpoint(row), missing("webhook", err)
}

// SaveWebhook writes what a vendor says of an endpoint that is held.
func (tx *Tx) SaveWebhook(ctx context.Context, e webhook.Endpoint) (webhook.Endpoint, error) {
	row, err := tx.ChangeWebhook(ctx, query.ChangeWebhookParams{ID: e.ID, Url: e.URL, Events: e.Events, Note: e.Note})
	return endpointOr("save webhook", row, err)
}

// SwitchWebhook enables an endpoint that is held, or with a cause disables it.
func (tx *Tx) SwitchWebhook(ctx context.Context, id domain.ID, cause webhook.Cause) (webhook.Endpoint, error) {
	if cause == "" {
		row, err := tx.EnableWebhook(ctx, id)
		return endpointOr("enable webhook", row, err)
	}
	row, err := tx.DisableWebhook(ctx, query.DisableWebhookParams{ID: id, Reason: string(cause)})
	return endpointOr("disable webhook", row, err)
}

// RenewSecret gives an endpoint that is held another secret; the one before signs as well for the grace.
func (tx *Tx) RenewSecret(ctx context.Context, id domain.ID, secret []byte, grace time.Duration) (webhook.Endpoint, error) {
	key, sealed, err := tx.seal(ctx, secret, secretSeal(id))
	if err != nil {
		return webhook.Endpoint{}, fmt.Errorf("seal secret: %w", err)
	}
	row, err := tx.RotateWebhook(ctx, query.RotateWebhookParams{ID: id, GraceSeconds: grace.Seconds(), Key: key, Sealed: sealed})
	return endpointOr("renew secret", row, err)
}

// DropWebhook ends an endpoint that is held.
func (tx *Tx) DropWebhook(ctx context.Context, id domain.ID) error {
	if err := tx.DeleteWebhook(ctx, id); err != nil {
		return fmt.Errorf("delete webhook: %w", err)
	}
	return nil
}

// AddSample has an endpoint that is held told of something that has not happened.
func (tx *Tx) AddSample(ctx context.Context, endpoint, id domain.ID, kind, body string) (WebhookDelivery, error) {
	row, err := tx.InsertSample(ctx, query.InsertSampleParams{
		ID: id, EndpointID: endpoint, Type: kind, SubjectID: id, Sample: &body, GiveUpSeconds: webhook.GiveUpAfter.Seconds(),
	})
	if err != nil {
		return WebhookDelivery{}, fmt.Errorf("write sample: %w", err)
	}
	return toWebhookDelivery(row, nil), tx.hurry(ctx, endpoint)
}

func (tx *Tx) hurry(ctx context.Context, endpoint domain.ID) error {
	if err := tx.HurryWebhook(ctx, endpoint); err != nil {
		return fmt.Errorf("wake webhook: %w", err)
	}
	return nil
}

// WebhookDeliveries lists what an endpoint was told before a delivery, or lately, newest first: of a state, "" for any.
func (db *DB) WebhookDeliveries(ctx context.Context, endpoint domain.ID, state webhook.State, before domain.ID, limit int) ([]WebhookDelivery, error) {
	rows, err := db.q().WebhookDeliveriesBefore(ctx, query.WebhookDeliveriesBeforeParams{
		EndpointID: endpoint, Before: orNull(before), State: orAny(string(state)), Most: int32(limit), //nolint:gosec // a page's size
	})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", classify(err))
	}
	out := make([]WebhookDelivery, len(rows))
	for i, r := range rows {
		out[i] = toWebhookDelivery(r.WebhookDelivery, r.EventVersion)
	}
	return out, nil
}

// WebhookDelivery reads one delivery of an endpoint, with the event that it tells of, or the body of a sample. NotFound.
func (db *DB) WebhookDelivery(ctx context.Context, endpoint, id domain.ID) (d WebhookDelivery, of domain.Record, sample string, err error) {
	row, err := db.q().WebhookDelivery(ctx, query.WebhookDeliveryParams{ID: id, EndpointID: endpoint})
	if err != nil {
		return d, of, "", missing("delivery", err)
	}
	d = toWebhookDelivery(row.WebhookDelivery, row.EventVersion)
	if d.Test() {
		return d, of, d.sample, nil
	}
	event, err := db.q().EventOfWebhook(ctx, d.eventID)
	return d, toRecord(event), "", missing("event", err)
}

// Redeliver has something sent to an endpoint that is held once more, from the beginning of its schedule on. NotFound.
func (tx *Tx) Redeliver(ctx context.Context, endpoint, id domain.ID) error {
	_, err := tx.Queries.Redeliver(ctx, query.RedeliverParams{ID: id, EndpointID: endpoint, GiveUpSeconds: webhook.GiveUpAfter.Seconds()})
	if err != nil {
		return missing("delivery", err)
	}
	return tx.hurry(ctx, endpoint)
}

// RedeliverFailed has what failed since a moment sent to an endpoint that is held once more, the oldest first, at most so many. It says
// how many there were.
func (tx *Tx) RedeliverFailed(ctx context.Context, endpoint domain.ID, since time.Time, most int) (int, error) {
	n, err := tx.Queries.RedeliverFailed(ctx, query.RedeliverFailedParams{
		EndpointID: endpoint, Since: since, Most: int32(most), GiveUpSeconds: webhook.GiveUpAfter.Seconds(), //nolint:gosec // a bound
	})
	if err != nil {
		return 0, fmt.Errorf("send deliveries once more: %w", err)
	}
	return int(n), tx.hurry(ctx, endpoint)
}

func endpointOr(what string, row query.WebhookEndpoint, err error) (webhook.Endpoint, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return webhook.Endpoint{}, overtaken("webhook")
	}
	if err != nil {
		return webhook.Endpoint{}, fmt.Errorf("%s: %w", what, err)
	}
	return toEndpoint(row), nil
}

func toEndpoint(r query.WebhookEndpoint) webhook.Endpoint {
	return webhook.Endpoint{
		ID: r.ID, VendorID: r.VendorID, URL: r.Url, Events: r.Events, Note: r.Note, Version: r.Version, CreatedAt: r.CreatedAt,
		Status: webhook.Status(r.Status), Cause: webhook.Cause(r.DisabledReason), DisabledAt: orZero(r.DisabledAt),
		Health:      webhook.Health{Failures: r.Failures, Since: orZero(r.FailingSince), Slow: r.Slow},
		SucceededAt: orZero(r.SucceededAt), OldSecretEnd: orZero(r.OldUntil),
	}
}

func toWebhookDelivery(r query.WebhookDelivery, version *int) WebhookDelivery {
	d := WebhookDelivery{
		ID: r.ID, EndpointID: r.EndpointID, MessageID: webhook.SampleID(r.ID), Type: r.Type, Seq: orZero(r.Seq), State: webhook.State(r.State),
		Attempts: r.Attempts, NextAt: r.NextAt, CreatedAt: r.CreatedAt, TriedAt: orZero(r.TriedAt), Status: r.Status, Fault: webhook.Fault(r.Error),
		Answer: r.Answer, Took: time.Duration(r.Millis) * time.Millisecond,
		sample: orZero(r.Sample), eventID: orZero(r.EventID), tries: r.Tries,
	}
	if d.NextAt.Unix() == 0 {
		d.NextAt, d.byHand = d.CreatedAt, true
	}
	if !d.Test() {
		d.MessageID = webhook.MessageID(r.SubjectID, orZero(version))
	}
	return d
}
