package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// pageAnswer answers with what the catalogue gave, encoded by it or long before.
func pageAnswer(p catalog.Page, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, raw: p.Body, etag: p.ETag, gzip: p.Gzip, zipTag: p.GzipETag}, nil
}

// vendorAnswer answers with a vendor after a change.
func (h *handlers) vendorAnswer(v catalog.VendorView, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(h.pics.fromVendor(v))
	return versioned(a, v.Version), err
}

func (h *handlers) listCities(c *call) (answer, error) {
	return pageAnswer(h.Catalog.Cities(c.Context(), c.limit(), func(cities []catalog.City) ([]byte, error) {
		return encode(fromCities(cities))
	}))
}

func (h *handlers) listVendors(c *call) (answer, error) {
	q := c.nearby()
	q.Cuisines, q.Sort, q.Limit, q.Cursor = c.params("cuisine"), c.param("sort"), c.limit(), c.param("cursor")
	return pageAnswer(h.Catalog.Near(c.Context(), q, func(list []catalog.NearView, next string) ([]byte, error) {
		return encode(h.pics.fromNear(list, next))
	}))
}

func (h *handlers) listFacets(c *call) (answer, error) {
	return pageAnswer(h.Catalog.Cuisines(c.Context(), c.nearby(), func(list []catalog.Cuisine) ([]byte, error) {
		return encode(fromFacets(list))
	}))
}

// nearby is what lists of vendors and their facets are filtered by.
func (c *call) nearby() catalog.Query {
	q := catalog.Query{
		Point: domain.Point{Lat: c.number("lat", 0), Lng: c.number("lng", 0)}, Text: c.param("q"), Veg: c.param("veg") == "true",
		OpenNow: c.param("openNow") == "true",
	}
	if most, err := strconv.ParseInt(c.param("maxCost"), 10, 64); err == nil {
		q.MaxCost = &most
	}
	return q
}

func (h *handlers) getVendor(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return pageAnswer(h.Catalog.VendorPage(c.Context(), c.actor, id, func(v catalog.VendorView) ([]byte, error) {
		return encode(h.pics.fromVendor(v))
	}))
}

func (h *handlers) listMyVendors(c *call) (answer, error) {
	views, err := h.Catalog.Mine(c.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	list := dto.VendorList{Data: make([]dto.Vendor, len(views))}
	for i, v := range views {
		list.Data[i] = h.pics.fromVendor(v)
	}
	return ok(list)
}

func (h *handlers) createVendor(c *call) (answer, error) {
	req, err := body[dto.VendorRequest](c)
	if err != nil {
		return answer{}, err
	}
	v, err := h.Catalog.Open(c.Context(), c.actor, catalog.NewVendor{
		Name: req.Name, Address: req.Address, City: req.City, Country: deref(req.Country), Timezone: deref(req.Timezone),
		Phone: req.Phone, Cuisines: req.Cuisines, Location: domain.Point{Lat: req.Location.Lat, Lng: req.Location.Lng},
		PrepMinutes: req.PrepMinutes, Currency: domain.Currency(deref(req.Currency)), CostForTwo: toPrice(req.CostForTwo), PriceLevel: deref(req.PriceLevel),
	})
	if err != nil {
		return answer{}, err
	}
	return created(h.pics.fromVendor(v))
}

func (h *handlers) patchVendor(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.VendorPatch](c)
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.Edit(c.Context(), c.actor, id, version, catalog.Edit{
		Name: req.Name, Address: req.Address, Phone: req.Phone, TaxID: req.TaxID, Cuisines: deref(req.Cuisines), PrepMinutes: req.PrepMinutes,
		AcceptSeconds: req.AcceptSeconds, RadiusMeters: req.RadiusMeters, MinimumOrder: toPrice(req.MinimumOrder),
		PackagingFee: toPrice(req.PackagingFee), CostForTwo: toPrice(req.CostForTwo), PriceLevel: req.PriceLevel, TaxRates: toTaxRates(req.TaxRates), Languages: req.Languages,
		Acceptance: (*vendor.Acceptance)(req.Acceptance), SlotCapacity: req.SlotCapacity,
	}))
}

func (h *handlers) getHours(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return pageAnswer(h.Catalog.HoursPage(c.Context(), c.actor, id, func(hours vendor.Hours) ([]byte, error) {
		return encode(fromHours(hours))
	}))
}

func (h *handlers) putHours(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.Hours](c)
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.SetHours(c.Context(), c.actor, id, version, toSlots(req.Week)))
}

func (h *handlers) pauseVendor(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.PauseRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.Pause(c.Context(), c.actor, id, version, deref(req.Minutes), req.Reason))
}

func (h *handlers) resumeVendor(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.Resume(c.Context(), c.actor, id, version))
}

func (h *handlers) listAllVendors(c *call) (answer, error) {
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	views, err := h.Catalog.All(c.Context(), catalog.Filter{
		Status: vendor.Status(c.param("status")), City: c.param("city"), Before: before, Limit: c.limit() + 1,
	})
	if err != nil {
		return answer{}, err
	}
	views, next := cutPage(views, c.limit(), func(v catalog.VendorView) domain.ID { return v.ID })
	list := dto.VendorList{Data: make([]dto.Vendor, len(views)), NextCursor: next}
	for i, v := range views {
		list.Data[i] = h.pics.fromVendor(v)
	}
	return ok(list)
}

func (h *handlers) approveVendor(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.Approve(c.Context(), c.actor, id, version))
}

func (h *handlers) rejectVendor(c *call) (answer, error) {
	id, version, reason, err := c.verdict()
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.Reject(c.Context(), c.actor, id, version, reason))
}

func (h *handlers) suspendVendor(c *call) (answer, error) {
	id, version, reason, err := c.verdict()
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.Suspend(c.Context(), c.actor, id, version, reason))
}

// target is the path's ID with the version of If-Match.
func (c *call) target() (id domain.ID, version int, err error) {
	if id, err = c.id(); err == nil {
		version, err = c.version()
	}
	return id, version, err
}

// verdict is the path's ID with the version of If-Match and the reason in the body.
func (c *call) verdict() (id domain.ID, version int, reason string, err error) {
	if id, version, err = c.target(); err != nil {
		return id, version, "", err
	}
	req, err := body[dto.ReasonRequest](c)
	return id, version, req.Reason, err
}

// days are the contract's names of a week's days, from Monday on.
var days = []dto.Day{dto.Mon, dto.Tue, dto.Wed, dto.Thu, dto.Fri, dto.Sat, dto.Sun}

// minuteOfDay reads "23:30", which the contract has checked.
func minuteOfDay(text string) int {
	hours, minutes, _ := strings.Cut(text, ":")
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	return h*60 + m
}
