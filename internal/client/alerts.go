package client

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

func alertPath(id domain.ID, rest string) string { return "/admin/alerts/" + id.String() + rest }

// AlertFilter selects alerts; a condition that is "" is none.
type AlertFilter struct {
	State string // live (or ""), open, acknowledged, snoozed, closed
	Kind  dto.AlertKind
	City  string
}

// Alerts lists alerts, newest first, for staff.
func (c *Client) Alerts(ctx context.Context, f AlertFilter, p Page) (dto.AlertList, error) {
	return get[dto.AlertList](ctx, c, "/admin/alerts", values(p.query("state", f.State, "kind", string(f.Kind), "city", f.City)...))
}

// Alert is an alert, for staff.
func (c *Client) Alert(ctx context.Context, id domain.ID) (dto.Alert, error) {
	return get[dto.Alert](ctx, c, alertPath(id, ""), nil)
}

// AcknowledgeAlert says that the caller looks after an alert.
func (c *Client) AcknowledgeAlert(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Alert, error) {
	return post[dto.Alert](ctx, c, alertPath(id, "/acknowledge"), nil, opts...)
}

// UnacknowledgeAlert says that nobody looks after an alert.
func (c *Client) UnacknowledgeAlert(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Alert, error) {
	return post[dto.Alert](ctx, c, alertPath(id, "/unacknowledge"), nil, opts...)
}

// SnoozeAlert keeps an alert quiet for some minutes.
func (c *Client) SnoozeAlert(ctx context.Context, id domain.ID, minutes int, opts ...CallOption) (dto.Alert, error) {
	return post[dto.Alert](ctx, c, alertPath(id, "/snooze"), dto.SnoozeRequest{Minutes: minutes}, opts...)
}

// WakeAlert ends the snooze of an alert.
func (c *Client) WakeAlert(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Alert, error) {
	return post[dto.Alert](ctx, c, alertPath(id, "/wake"), nil, opts...)
}
