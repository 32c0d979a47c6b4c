package client

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Courier is the caller's courier profile.
func (c *Client) Courier(ctx context.Context) (dto.Courier, error) {
	return get[dto.Courier](ctx, c, "/courier/profile", nil)
}

// PutCourier creates or changes the caller's courier profile.
func (c *Client) PutCourier(ctx context.Context, r dto.CourierRequest) (dto.Courier, error) {
	return put[dto.Courier](ctx, c, "/courier/profile", r)
}

// PutOnline starts or stops the taking of offers.
func (c *Client) PutOnline(ctx context.Context, online bool) (dto.Courier, error) {
	return put[dto.Courier](ctx, c, "/courier/availability", dto.OnlineRequest{Online: online})
}

// PostLocation says where the courier is.
func (c *Client) PostLocation(ctx context.Context, r dto.LocationRequest) error {
	_, err := post[none](ctx, c, "/courier/location", r)
	return err
}

// Offers lists the offers that wait for the courier's answer.
func (c *Client) Offers(ctx context.Context) ([]dto.Offer, error) {
	list, err := get[dto.OfferList](ctx, c, "/courier/offers", nil)
	return list.Data, err
}

// AcceptOffer takes the delivery.
func (c *Client) AcceptOffer(ctx context.Context, id domain.ID) (dto.Delivery, error) {
	return post[dto.Delivery](ctx, c, "/offers/"+id.String()+"/accept", nil)
}

// DeclineOffer leaves the delivery to another courier.
func (c *Client) DeclineOffer(ctx context.Context, id domain.ID, reason dto.DeclineRequestReason) error {
	_, err := post[none](ctx, c, "/offers/"+id.String()+"/decline", dto.DeclineRequest{Reason: reason})
	return err
}

// Deliveries lists the courier's deliveries, newest first; active leaves out those that have ended.
func (c *Client) Deliveries(ctx context.Context, active bool, p Page) (dto.DeliveryList, error) {
	only := ""
	if active {
		only = "true"
	}
	return get[dto.DeliveryList](ctx, c, "/courier/deliveries", values(p.query("active", only)...))
}

// ArriveDelivery says that the courier stands at the vendor's or at the customer's door.
func (c *Client) ArriveDelivery(ctx context.Context, id domain.ID, at dto.ArriveRequestAt) (dto.Delivery, error) {
	return post[dto.Delivery](ctx, c, deliveryPath(id, "arrive"), dto.ArriveRequest{At: at})
}

// PickUpDelivery says that the courier has the food; the code is needed ("" for none) unless the courier has arrived.
func (c *Client) PickUpDelivery(ctx context.Context, id domain.ID, orderCode string) (dto.Delivery, error) {
	var r dto.PickupRequest
	if orderCode != "" {
		r.OrderCode = &orderCode
	}
	return post[dto.Delivery](ctx, c, deliveryPath(id, "pickup"), r)
}

// DeliverDelivery hands the food to the customer who gave the PIN, and who is old enough for it, where that matters.
func (c *Client) DeliverDelivery(ctx context.Context, id domain.ID, pin string, ageChecked bool) (dto.Delivery, error) {
	r := dto.DeliverRequest{Pin: &pin}
	if ageChecked {
		r.AgeChecked = &ageChecked
	}
	return post[dto.Delivery](ctx, c, deliveryPath(id, "deliver"), r)
}

// GiveBackDelivery says that the courier cannot go on: another one goes, and fetches food that the courier has from where they are.
func (c *Client) GiveBackDelivery(ctx context.Context, id domain.ID, reason dto.GiveBackRequestReason) error {
	_, err := post[none](ctx, c, deliveryPath(id, "give-back"), dto.GiveBackRequest{Reason: reason})
	return err
}

// RedeliverOrder has an order that could not be delivered brought after all, by the courier who has its food.
func (c *Client) RedeliverOrder(ctx context.Context, id domain.ID) error {
	_, err := post[dto.Order](ctx, c, "/orders/"+id.String()+"/redeliver", nil)
	return err
}

func deliveryPath(id domain.ID, verb string) string { return "/deliveries/" + id.String() + "/" + verb }
