package client

import (
	"context"
	"strconv"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// ApproveVendor lets a vendor sell.
func (c *Client) ApproveVendor(ctx context.Context, id domain.ID) (dto.Vendor, error) {
	return post[dto.Vendor](ctx, c, "/admin/vendors/"+id.String()+"/approve", nil)
}

// RejectVendor turns a pending vendor down.
func (c *Client) RejectVendor(ctx context.Context, id domain.ID, reason string) (dto.Vendor, error) {
	return post[dto.Vendor](ctx, c, "/admin/vendors/"+id.String()+"/reject", dto.ReasonRequest{Reason: reason})
}

// SuspendVendor stops a vendor from selling.
func (c *Client) SuspendVendor(ctx context.Context, id domain.ID, reason string) (dto.Vendor, error) {
	return post[dto.Vendor](ctx, c, "/admin/vendors/"+id.String()+"/suspend", dto.ReasonRequest{Reason: reason})
}

// ApproveCourier lets a courier take offers.
func (c *Client) ApproveCourier(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Courier, error) {
	return post[dto.Courier](ctx, c, courierPath(id, "/approve"), nil, opts...)
}

// RejectCourier turns a pending courier down.
func (c *Client) RejectCourier(ctx context.Context, id domain.ID, reason string, opts ...CallOption) (dto.Courier, error) {
	return post[dto.Courier](ctx, c, courierPath(id, "/reject"), dto.ReasonRequest{Reason: reason}, opts...)
}

// SuspendCourier stops a courier from taking offers.
func (c *Client) SuspendCourier(ctx context.Context, id domain.ID, reason string, opts ...CallOption) (dto.Courier, error) {
	return post[dto.Courier](ctx, c, courierPath(id, "/suspend"), dto.ReasonRequest{Reason: reason}, opts...)
}

// LiveOrders is the staff's snapshot of all live orders, with the place in the event order at which it was true.
func (c *Client) LiveOrders(ctx context.Context) (dto.Feed, error) {
	return get[dto.Feed](ctx, c, "/admin/feed", nil)
}

// Events lists up to limit (1 to 1000) published events after a place, oldest first.
func (c *Client) Events(ctx context.Context, since int64, limit int) (dto.EventPage, error) {
	return get[dto.EventPage](ctx, c, "/admin/events",
		values("since", strconv.FormatInt(since, 10), "limit", strconv.Itoa(limit)))
}

// AuditFilter selects entries of the audit log; the zero value selects all.
type AuditFilter struct {
	Actor  domain.ID // of one account
	Action string    // one kind of deed, such as vendor.suspend
}

// Audit lists entries of the audit log, newest first.
func (c *Client) Audit(ctx context.Context, f AuditFilter, p Page) (dto.AuditList, error) {
	return get[dto.AuditList](ctx, c, "/admin/audit", values(p.query(f.query()...)...))
}

// AuditAfter lists up to limit (1 to 100) entries after a place in the audit log, oldest first. Whoever goes on from the last
// place they saw misses none.
func (c *Client) AuditAfter(ctx context.Context, f AuditFilter, place int64, limit int) (dto.AuditList, error) {
	return get[dto.AuditList](ctx, c, "/admin/audit",
		values(append(f.query(), "after", strconv.FormatInt(place, 10), "limit", strconv.Itoa(limit))...))
}

func (f AuditFilter) query() []string {
	actor := ""
	if !f.Actor.IsNil() {
		actor = f.Actor.String()
	}
	return []string{"actor", actor, "action", f.Action}
}
