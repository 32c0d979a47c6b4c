package client

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// DeskFilter selects rows of the lists of staff's desk; the zero value selects those with work now.
type DeskFilter struct {
	City  string
	State string // of the row
	Text  string // a part of a name: with work or without
}

func (f DeskFilter) query() []string { return []string{"city", f.City, "state", f.State, "q", f.Text} }

// DeskVendors lists vendors with work now, the worst first, for staff.
func (c *Client) DeskVendors(ctx context.Context, f DeskFilter, p Page) (dto.DeskVendorList, error) {
	return get[dto.DeskVendorList](ctx, c, "/admin/desk/vendors", values(p.query(f.query()...)...))
}

// DeskVendor is one vendor's work now, for staff.
func (c *Client) DeskVendor(ctx context.Context, id domain.ID) (dto.DeskVendor, error) {
	return get[dto.DeskVendor](ctx, c, "/admin/desk/vendors/"+id.String(), nil)
}

// DeskCouriers lists couriers with work now, by ID, for staff.
func (c *Client) DeskCouriers(ctx context.Context, f DeskFilter, p Page) (dto.DeskCourierList, error) {
	return get[dto.DeskCourierList](ctx, c, "/admin/desk/couriers", values(p.query(f.query()...)...))
}

// DeskCourier is one courier's work now, for staff.
func (c *Client) DeskCourier(ctx context.Context, id domain.ID) (dto.DeskCourier, error) {
	return get[dto.DeskCourier](ctx, c, "/admin/desk/couriers/"+id.String(), nil)
}

// DeskDish is whether a dish can be ordered, and what was last done to it, for staff.
func (c *Client) DeskDish(ctx context.Context, id domain.ID) (dto.DeskDish, error) {
	return get[dto.DeskDish](ctx, c, "/admin/desk/dishes/"+id.String(), nil)
}

// DeskStreams tells how far events have come on their way to those who follow them, for staff.
func (c *Client) DeskStreams(ctx context.Context) (dto.DeskStreams, error) {
	return get[dto.DeskStreams](ctx, c, "/admin/desk/streams", nil)
}
