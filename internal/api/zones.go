package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

func (h *handlers) getZone(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return pageAnswer(h.Catalog.ZonePage(c.Context(), c.actor, id, func(v vendor.Vendor) ([]byte, error) {
		return encode(fromZone(v))
	}))
}

func (h *handlers) putZone(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.Zone](c)
	if err != nil {
		return answer{}, err
	}
	if (req.RadiusMeters == nil) == (req.Ring == nil) {
		return answer{}, domain.Invalidf("ring", "choice", "give either radiusMeters or ring")
	}
	return h.vendorAnswer(h.Catalog.SetZone(c.Context(), c.actor, id, version, toZone(req)))
}

func toZone(req dto.Zone) catalog.Zone {
	zone := catalog.Zone{RadiusMeters: deref(req.RadiusMeters)}
	for _, p := range req.Ring {
		zone.Ring = append(zone.Ring, domain.Point{Lat: p.Lat, Lng: p.Lng})
	}
	return zone
}

func fromZone(v vendor.Vendor) dto.Zone {
	if v.Ring == nil {
		return dto.Zone{RadiusMeters: &v.RadiusM}
	}
	return dto.Zone{Ring: fromRing(v.Ring)}
}

func fromRing(r vendor.Ring) []dto.Point {
	if r == nil {
		return nil
	}
	ring := make([]dto.Point, len(r))
	for i, p := range r {
		ring[i] = fromPoint(p)
	}
	return ring
}
