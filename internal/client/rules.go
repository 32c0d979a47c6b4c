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

// Tariffs lists tariffs of delivery, newest first, for staff: of a currency, of a city, "" for any.
func (c *Client) Tariffs(ctx context.Context, currency, city string, p Page) (dto.TariffList, error) {
	return get[dto.TariffList](ctx, c, "/admin/tariffs", values(p.query("currency", currency, "city", city)...))
}

// CreateTariff makes a tariff. As with PlaceOrder, the same key and request give the first answer again.
func (c *Client) CreateTariff(ctx context.Context, key string, r dto.TariffRequest) (dto.Tariff, error) {
	return do[dto.Tariff](ctx, c, request{method: http.MethodPost, path: "/admin/tariffs", body: r, key: key})
}

// DeleteTariff takes a tariff away.
func (c *Client) DeleteTariff(ctx context.Context, id domain.ID) error {
	return remove(ctx, c, "/admin/tariffs/"+id.String())
}

// Surges lists rules of surge, newest first, for staff: of a currency, of a city, "" for any.
func (c *Client) Surges(ctx context.Context, currency, city string, p Page) (dto.SurgeZoneList, error) {
	return get[dto.SurgeZoneList](ctx, c, "/admin/surges", values(p.query("currency", currency, "city", city)...))
}

// CreateSurge makes a rule of surge. As with PlaceOrder, the same key and request give the first answer again.
func (c *Client) CreateSurge(ctx context.Context, key string, r dto.SurgeZoneRequest) (dto.SurgeZone, error) {
	return do[dto.SurgeZone](ctx, c, request{method: http.MethodPost, path: "/admin/surges", body: r, key: key})
}

// DeleteSurge takes a rule of surge away.
func (c *Client) DeleteSurge(ctx context.Context, id domain.ID) error {
	return remove(ctx, c, "/admin/surges/"+id.String())
}
