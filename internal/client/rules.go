package client

import (
	"context"
	"net/http"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// PromotionFilter selects promotions of a list; each zero value leaves out a condition.
type PromotionFilter struct {
	State  dto.PromotionState
	Code   string
	Vendor domain.ID                  // only those that this vendor has made
	By     dto.ListPromotionsParamsBy // only the marketplace's own, or only vendors'
}

// Promotions lists promotions of the marketplace and of vendors, newest first, for staff.
func (c *Client) Promotions(ctx context.Context, f PromotionFilter, p Page) (dto.PromotionList, error) {
	pairs := []string{"state", string(f.State), "code", f.Code, "by", string(f.By)}
	if !f.Vendor.IsNil() {
		pairs = append(pairs, "vendorId", f.Vendor.String())
	}
	return get[dto.PromotionList](ctx, c, "/admin/promotions", values(p.query(pairs...)...))
}

// Promotion is one promotion, with what it has taken off, for staff.
func (c *Client) Promotion(ctx context.Context, id domain.ID) (dto.Promotion, error) {
	return get[dto.Promotion](ctx, c, "/admin/promotions/"+id.String(), nil)
}

// CreatePromotion makes a promotion of the marketplace. As with PlaceOrder, the same key and request give the first answer again.
func (c *Client) CreatePromotion(ctx context.Context, key string, r dto.PromotionRequest) (dto.Promotion, error) {
	return do[dto.Promotion](ctx, c, request{method: http.MethodPost, path: "/admin/promotions", body: r, key: key})
}

// StepPromotion pauses, resumes or ends a promotion: the verbs "pause", "resume" and "end".
func (c *Client) StepPromotion(ctx context.Context, id domain.ID, verb string, opts ...CallOption) (dto.Promotion, error) {
	return post[dto.Promotion](ctx, c, "/admin/promotions/"+id.String()+"/"+verb, nil, opts...)
}

// VendorOffers lists what a vendor's customers may have off now without a code.
func (c *Client) VendorOffers(ctx context.Context, vendorID domain.ID) (dto.OfferedPromotionList, error) {
	return get[dto.OfferedPromotionList](ctx, c, "/vendors/"+vendorID.String()+"/offers", nil)
}

// Commissions lists rules of commission, newest first, for staff: of a vendor, of a city, or with Nil and "" all.
func (c *Client) Commissions(ctx context.Context, vendorID domain.ID, city string, p Page) (dto.CommissionList, error) {
	pairs := []string{"city", city}
	if !vendorID.IsNil() {
		pairs = append(pairs, "vendorId", vendorID.String())
	}
	return get[dto.CommissionList](ctx, c, "/admin/commissions", values(p.query(pairs...)...))
}

// CreateCommission makes a rule of commission. As with PlaceOrder, the same key and request give the first answer again.
func (c *Client) CreateCommission(ctx context.Context, key string, r dto.CommissionRequest) (dto.Commission, error) {
	return do[dto.Commission](ctx, c, request{method: http.MethodPost, path: "/admin/commissions", body: r, key: key})
}
