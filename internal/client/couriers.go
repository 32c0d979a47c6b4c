package client

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

func courierPath(id domain.ID, rest string) string { return "/admin/couriers/" + id.String() + rest }

// Couriers lists couriers of a standing, "" for any, newest first, for staff.
func (c *Client) Couriers(ctx context.Context, standing dto.Standing, p Page) (dto.CourierList, error) {
	return get[dto.CourierList](ctx, c, "/admin/couriers", values(p.query("status", string(standing))...))
}

// CourierFor is a courier, and why they get no offers, for staff.
func (c *Client) CourierFor(ctx context.Context, id domain.ID) (dto.Courier, error) {
	return get[dto.Courier](ctx, c, courierPath(id, ""), nil)
}

// PatchCourier changes where a courier works, how much they carry at once, and how much cash they may have.
func (c *Client) PatchCourier(ctx context.Context, id domain.ID, r dto.CourierPatch, opts ...CallOption) (dto.Courier, error) {
	return patch[dto.Courier](ctx, c, courierPath(id, ""), r, opts...)
}

// CourierShifts lists a courier's shifts that have not ended, oldest first, for staff.
func (c *Client) CourierShifts(ctx context.Context, id domain.ID) (dto.ShiftList, error) {
	return get[dto.ShiftList](ctx, c, courierPath(id, "/shifts"), nil)
}

// PlanCourierShift plans a shift of a courier, for staff. As with PlaceOrder, the same key and request give the first answer again.
func (c *Client) PlanCourierShift(ctx context.Context, key string, id domain.ID, r dto.ShiftRequest) (dto.Shift, error) {
	return do[dto.Shift](ctx, c, request{method: http.MethodPost, path: courierPath(id, "/shifts"), body: r, key: key})
}

// DropCourierShift takes a courier's shift back, for staff.
func (c *Client) DropCourierShift(ctx context.Context, id, shift domain.ID) error {
	return remove(ctx, c, courierPath(id, "/shifts/"+shift.String()))
}

// CourierDocuments lists what a courier has shown, of the numbers only their ends, for staff.
func (c *Client) CourierDocuments(ctx context.Context, id domain.ID) (dto.CourierDocumentList, error) {
	return get[dto.CourierDocumentList](ctx, c, courierPath(id, "/documents"), nil)
}

// CourierDocument is a courier's newest document of a kind with its whole number; that somebody looked is noted.
func (c *Client) CourierDocument(ctx context.Context, id domain.ID, kind dto.DocumentKind) (dto.CourierDocument, error) {
	return get[dto.CourierDocument](ctx, c, courierPath(id, "/documents/"+string(kind)), nil)
}

// CourierDocumentPicture writes the picture of a courier's newest document of a kind, a JPEG; that somebody looked is noted. An error may
// come after a part of it.
func (c *Client) CourierDocumentPicture(ctx context.Context, id domain.ID, kind dto.DocumentKind, to io.Writer) error {
	return c.download(ctx, courierPath(id, "/documents/"+string(kind)+"/picture"), nil, to)
}

// VerifyDocument notes that a courier's document which waits was looked at.
func (c *Client) VerifyDocument(ctx context.Context, id domain.ID, kind dto.DocumentKind, opts ...CallOption) (dto.CourierDocumentList, error) {
	return post[dto.CourierDocumentList](ctx, c, courierPath(id, "/documents/"+string(kind)+"/verify"), nil, opts...)
}

// ExpiringDocuments lists documents of approved couriers that expire within so many days, the first first.
func (c *Client) ExpiringDocuments(ctx context.Context, days int) (dto.ExpiringDocumentList, error) {
	return get[dto.ExpiringDocumentList](ctx, c, "/admin/courier-documents", values("days", strconv.Itoa(days)))
}

// CashLimits lists how much cash couriers may have in their pockets, by city.
func (c *Client) CashLimits(ctx context.Context) (dto.CashLimitList, error) {
	return get[dto.CashLimitList](ctx, c, "/admin/cash-limits", nil)
}

// PutCashLimit limits the cash of a city's couriers, or without a city that of all others.
func (c *Client) PutCashLimit(ctx context.Context, r dto.CashLimitRequest) (dto.CashLimitList, error) {
	return put[dto.CashLimitList](ctx, c, "/admin/cash-limits", r)
}

// DeleteCashLimit takes a limit away.
func (c *Client) DeleteCashLimit(ctx context.Context, city, currency string) error {
	_, err := do[none](ctx, c, request{method: http.MethodDelete, path: "/admin/cash-limits", query: values("city", city, "currency", currency)})
	return err
}

// Decision is how a delivery came to its courier, or why it waits, for staff.
func (c *Client) Decision(ctx context.Context, deliveryID domain.ID) (dto.DeliveryDecision, error) {
	return get[dto.DeliveryDecision](ctx, c, deliveryPath(deliveryID, "decision"), nil)
}

// AssignDelivery gives a delivery that nobody has fetched to a courier, for staff.
func (c *Client) AssignDelivery(ctx context.Context, deliveryID domain.ID, r dto.AssignRequest, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, deliveryPath(deliveryID, "assign"), r, opts...)
}

// TakeAway takes a delivery that nobody has fetched from whoever it was offered or given to, for staff.
func (c *Client) TakeAway(ctx context.Context, deliveryID domain.ID, reason dto.TakeAwayReason, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, deliveryPath(deliveryID, "take-away"), dto.TakeAwayRequest{Reason: reason}, opts...)
}

// RescueDelivery has another courier fetch food from one who cannot bring it, for staff.
func (c *Client) RescueDelivery(ctx context.Context, deliveryID domain.ID, r dto.RescueRequest, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, deliveryPath(deliveryID, "rescue"), r, opts...)
}

// LoseDelivery gives up on food that nobody will bring, for staff: its order cannot be delivered.
func (c *Client) LoseDelivery(ctx context.Context, deliveryID domain.ID, opts ...CallOption) (dto.Order, error) {
	return post[dto.Order](ctx, c, deliveryPath(deliveryID, "lose"), nil, opts...)
}
