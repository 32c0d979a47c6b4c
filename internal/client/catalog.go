package client

import (
	"context"
	"net/http"
	"strconv"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Cities lists the cities with approved vendors, largest first.
func (c *Client) Cities(ctx context.Context) ([]dto.City, error) {
	list, err := get[dto.CityList](ctx, c, "/cities", values("limit", "100"))
	return list.Data, err
}

// Vendors lists a page of the vendors that deliver to a point.
func (c *Client) Vendors(ctx context.Context, p dto.ListVendorsParams) (dto.VendorList, error) {
	q := values("lat", degrees(p.Lat), "lng", degrees(p.Lng))
	text := func(name string, v *string) {
		if v != nil {
			q.Set(name, *v)
		}
	}
	flag := func(name string, v *bool) {
		if v != nil {
			q.Set(name, strconv.FormatBool(*v))
		}
	}
	text("q", p.Q)
	q["cuisine"] = p.Cuisine
	text("sort", (*string)(p.Sort))
	text("cursor", p.Cursor)
	flag("veg", p.Veg)
	flag("openNow", p.OpenNow)
	if p.MaxCost != nil {
		q.Set("maxCost", strconv.FormatInt(*p.MaxCost, 10))
	}
	if p.Limit != nil {
		q.Set("limit", strconv.Itoa(*p.Limit))
	}
	return get[dto.VendorList](ctx, c, "/vendors", q)
}

func degrees(d float64) string { return strconv.FormatFloat(d, 'f', 6, 64) }

// Vendor is one vendor.
func (c *Client) Vendor(ctx context.Context, id domain.ID) (dto.Vendor, error) {
	return get[dto.Vendor](ctx, c, "/vendors/"+id.String(), nil)
}

// Menu is a vendor's whole menu.
func (c *Client) Menu(ctx context.Context, vendorID domain.ID) (dto.Menu, error) {
	return get[dto.Menu](ctx, c, "/vendors/"+vendorID.String()+"/menu", nil)
}

// MenuDocument is a vendor's whole menu as its members write it; with state, also stock and what is sold out.
func (c *Client) MenuDocument(ctx context.Context, vendorID domain.ID, state bool) (dto.MenuDocument, error) {
	return get[dto.MenuDocument](ctx, c, "/vendors/"+vendorID.String()+"/menu/document", values("state", strconv.FormatBool(state)))
}

// PutMenu replaces a vendor's whole menu by a document: a dto.MenuDocument, or what is encoded as one. In a trial it only says
// what would change.
func (c *Client) PutMenu(ctx context.Context, vendorID domain.ID, document any, trial bool, opts ...CallOption) (dto.MenuDiff, error) {
	return do[dto.MenuDiff](ctx, c, request{
		method: http.MethodPut, path: "/vendors/" + vendorID.String() + "/menu", query: values("dryRun", strconv.FormatBool(trial)), body: document, opts: opts,
	})
}

// Hours are a vendor's opening hours.
func (c *Client) Hours(ctx context.Context, vendorID domain.ID) (dto.Hours, error) {
	return get[dto.Hours](ctx, c, "/vendors/"+vendorID.String()+"/hours", nil)
}

// Closures are when a vendor is closed whatever its hours say, from now on.
func (c *Client) Closures(ctx context.Context, vendorID domain.ID) (dto.ClosureList, error) {
	return get[dto.ClosureList](ctx, c, "/vendors/"+vendorID.String()+"/closures", nil)
}

// CreateVendor opens a vendor; it waits for approval.
func (c *Client) CreateVendor(ctx context.Context, r dto.VendorRequest) (dto.Vendor, error) {
	return post[dto.Vendor](ctx, c, "/vendors", r)
}

// PatchVendor changes a vendor's page.
func (c *Client) PatchVendor(ctx context.Context, id domain.ID, r dto.VendorPatch, opts ...CallOption) (dto.Vendor, error) {
	return patch[dto.Vendor](ctx, c, "/vendors/"+id.String(), r, opts...)
}

// PutHours replaces a vendor's opening hours.
func (c *Client) PutHours(ctx context.Context, vendorID domain.ID, r dto.Hours, opts ...CallOption) (dto.Vendor, error) {
	return put[dto.Vendor](ctx, c, "/vendors/"+vendorID.String()+"/hours", r, opts...)
}

// PauseVendor takes no orders for a while, or until resumed.
func (c *Client) PauseVendor(ctx context.Context, vendorID domain.ID, r dto.PauseRequest, opts ...CallOption) (dto.Vendor, error) {
	return post[dto.Vendor](ctx, c, "/vendors/"+vendorID.String()+"/pause", r, opts...)
}

// ResumeVendor takes orders again.
func (c *Client) ResumeVendor(ctx context.Context, vendorID domain.ID, opts ...CallOption) (dto.Vendor, error) {
	return post[dto.Vendor](ctx, c, "/vendors/"+vendorID.String()+"/resume", nil, opts...)
}

// CreateCategory adds a category to the menu.
func (c *Client) CreateCategory(ctx context.Context, vendorID domain.ID, r dto.CategoryRequest) (dto.Category, error) {
	return post[dto.Category](ctx, c, "/vendors/"+vendorID.String()+"/categories", r)
}

// PatchCategory renames or moves a category.
func (c *Client) PatchCategory(ctx context.Context, id domain.ID, r dto.CategoryPatch) (dto.Category, error) {
	return patch[dto.Category](ctx, c, "/categories/"+id.String(), r)
}

// DeleteCategory removes an empty category.
func (c *Client) DeleteCategory(ctx context.Context, id domain.ID) error {
	return remove(ctx, c, "/categories/"+id.String())
}

// CreateDish adds a dish.
func (c *Client) CreateDish(ctx context.Context, vendorID domain.ID, r dto.DishRequest) (dto.Dish, error) {
	return post[dto.Dish](ctx, c, "/vendors/"+vendorID.String()+"/dishes", r)
}

// PatchDish changes a dish.
func (c *Client) PatchDish(ctx context.Context, id domain.ID, r dto.DishPatch, opts ...CallOption) (dto.Dish, error) {
	return patch[dto.Dish](ctx, c, "/dishes/"+id.String(), r, opts...)
}

// DeleteDish takes a dish off the menu for good.
func (c *Client) DeleteDish(ctx context.Context, id domain.ID) error {
	return remove(ctx, c, "/dishes/"+id.String())
}

// PutAvailability says that a dish is sold out, or back.
func (c *Client) PutAvailability(ctx context.Context, dishID domain.ID, r dto.AvailabilityRequest, opts ...CallOption) (dto.Dish, error) {
	return put[dto.Dish](ctx, c, "/dishes/"+dishID.String()+"/availability", r, opts...)
}
