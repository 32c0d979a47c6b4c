package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/fleet"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

func (h *handlers) getCourier(c *call) (answer, error) {
	return workAnswer(h.Fleet.AtWork(c.Context(), c.actor.ID))
}

func (h *handlers) getCourierForStaff(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return workAnswer(h.Fleet.AtWork(c.Context(), id))
}

func workAnswer(v fleet.Courier, w fleet.Worker, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	out := fromCourier(v)
	out.Carrying, out.ShiftEndsAt, out.Cash = &w.Carrying, at(w.ShiftEnd), fromCashRooms(w.Cash)
	out.Excluded = some(dto.Exclusion(w.Excluded))
	return ok(out)
}

func (h *handlers) patchCourier(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.CourierPatch](c)
	if err != nil {
		return answer{}, err
	}
	change := fleet.Terms{City: req.City, Capacity: req.Capacity}
	if req.Zone != nil {
		change.Zone = []domain.Point{}
		for _, p := range *req.Zone {
			change.Zone = append(change.Zone, domain.Point{Lat: p.Lat, Lng: p.Lng})
		}
	}
	if req.CashLimits != nil {
		change.CashLimits = []domain.Money{}
		for _, l := range *req.CashLimits {
			change.CashLimits = append(change.CashLimits, domain.Money{Amount: l.Amount, Currency: domain.Currency(l.Currency)})
		}
	}
	courier, err := h.Fleet.SetTerms(c.Context(), c.actor, id, version, change)
	return courierAnswer(courier, err)
}

func (h *handlers) putCourier(c *call) (answer, error) {
	req, err := body[dto.CourierRequest](c)
	if err != nil {
		return answer{}, err
	}
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	courier, err := h.Fleet.PutCourier(c.Context(), c.actor, version, fleet.Profile{
		Name: req.Name, Phone: req.Phone, Vehicle: string(req.Vehicle), City: req.City,
	})
	return courierAnswer(courier, err)
}

func (h *handlers) putCourierAvailability(c *call) (answer, error) {
	req, err := body[dto.OnlineRequest](c)
	if err != nil {
		return answer{}, err
	}
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	courier, err := h.Fleet.SetOnline(c.Context(), c.actor, version, req.Online)
	return courierAnswer(courier, err)
}

func (h *handlers) postLocation(c *call) (answer, error) {
	req, err := body[dto.LocationRequest](c)
	if err != nil {
		return answer{}, err
	}
	fixes, err := toFixes(req)
	if err != nil {
		return answer{}, err
	}
	if err := h.Positions.Move(c.Context(), c.actor.ID, fixes...); err != nil {
		return answer{}, err
	}
	return noContent()
}

// toFixes takes one position, or several.
func toFixes(req dto.LocationRequest) ([]rules.Fix, error) {
	switch one := req.Lat != nil && req.Lng != nil; {
	case one == (req.Points != nil), !one && (req.Lat != nil || req.Lng != nil):
		return nil, domain.Invalidf("points", "choice", "give either lat and lng or points")
	case one:
		return []rules.Fix{{Point: domain.Point{Lat: *req.Lat, Lng: *req.Lng}, Accuracy: deref(req.Accuracy), At: deref(req.At)}}, nil
	}
	fixes := make([]rules.Fix, len(req.Points))
	for i, p := range req.Points {
		fixes[i] = rules.Fix{Point: domain.Point{Lat: p.Lat, Lng: p.Lng}, Accuracy: deref(p.Accuracy), At: p.At}
	}
	return fixes, nil
}

func (h *handlers) listOffers(c *call) (answer, error) {
	offers, err := h.Delivery.Offers(c.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	list := dto.OfferList{Data: make([]dto.Offer, len(offers))}
	trips := map[domain.ID]int{}
	for _, f := range offers {
		trips[f.TripID]++
	}
	for i, f := range offers {
		list.Data[i] = dto.Offer{
			ID: f.ID, DeliveryID: f.DeliveryID, Order: fromOrderRef(f.Order), Pickup: fromStop(f.Pickup), Dropoff: fromPoint(f.Dropoff),
			MetersToPickup: f.Meters, ExpiresAt: f.ExpiresAt.UTC(), TripID: f.TripID, Place: f.Place, TripOrders: trips[f.TripID],
		}
	}
	return ok(list)
}

func (h *handlers) listDeliveries(c *call) (answer, error) {
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Delivery.Deliveries(c.Context(), c.actor, c.param("active") == "true", before, c.limit()+1)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(d delivery.Delivery) domain.ID { return d.ID })
	list := dto.DeliveryList{Data: make([]dto.Delivery, len(found)), NextCursor: next}
	for i, d := range found {
		list.Data[i] = fromDelivery(d)
	}
	return ok(list)
}

func (h *handlers) acceptOffer(c *call) (answer, error) {
	return c.changeDelivery(func(id domain.ID, version int) (delivery.Delivery, error) {
		return h.Delivery.Accept(c.Context(), c.actor, id, version)
	})
}

func (h *handlers) declineOffer(c *call) (answer, error) {
	req, err := body[dto.DeclineRequest](c)
	if err != nil {
		return answer{}, err
	}
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Delivery.Decline(c.Context(), c.actor, id, version, string(req.Reason)); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) giveBackDelivery(c *call) (answer, error) {
	req, err := body[dto.GiveBackRequest](c)
	if err != nil {
		return answer{}, err
	}
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Delivery.GiveBack(c.Context(), c.actor, id, version, string(req.Reason)); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) arriveDelivery(c *call) (answer, error) {
	req, err := body[dto.ArriveRequest](c)
	if err != nil {
		return answer{}, err
	}
	despite, err := toOverride(req.Override, rules.Override(deref(req.Reason)))
	if err != nil {
		return answer{}, err
	}
	return c.changeDelivery(func(id domain.ID, version int) (delivery.Delivery, error) {
		return h.Delivery.Arrive(c.Context(), c.actor, id, version, delivery.Arrival{At: string(req.At), Despite: despite})
	})
}

// toOverride is why a courier says to be there all the same. Invalid for a reason without the word, and the other way round.
func toOverride(yes *bool, why rules.Override) (rules.Override, error) {
	if deref(yes) != (why != "") {
		return "", domain.Invalidf("reason", "required", "override and reason go together")
	}
	return why, nil
}

func (h *handlers) pickupDelivery(c *call) (answer, error) {
	req, err := body[dto.PickupRequest](c)
	if err != nil {
		return answer{}, err
	}
	despite, err := toOverride(req.Override, rules.Override(deref(req.Reason)))
	if err != nil {
		return answer{}, err
	}
	return c.changeDelivery(func(id domain.ID, version int) (delivery.Delivery, error) {
		return h.Delivery.PickUp(c.Context(), c.actor, id, version, delivery.Pickup{Code: deref(req.OrderCode), Despite: despite})
	})
}

func (h *handlers) deliverDelivery(c *call) (answer, error) {
	req, err := body[dto.DeliverRequest](c)
	if err != nil {
		return answer{}, err
	}
	given := delivery.Handover{PIN: deref(req.Pin), Photo: deref(req.Photo), AgeChecked: deref(req.AgeChecked)}
	if given.Photo == (given.PIN != "") {
		return answer{}, domain.Invalidf("pin", "required", "either a pin or a photo is required")
	}
	return c.changeDelivery(func(id domain.ID, version int) (delivery.Delivery, error) {
		return h.Delivery.Deliver(c.Context(), c.actor, id, version, given)
	})
}

func (c *call) changeDelivery(change func(id domain.ID, version int) (delivery.Delivery, error)) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	d, err := change(id, version)
	if err != nil {
		return answer{}, err
	}
	return ok(fromDelivery(d))
}

func (h *handlers) approveCourier(c *call) (answer, error) {
	return h.judgeCourier(c, vendor.VerbApprove, "")
}

func (h *handlers) rejectCourier(c *call) (answer, error) {
	req, err := body[dto.ReasonRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.judgeCourier(c, vendor.VerbReject, req.Reason)
}

func (h *handlers) suspendCourier(c *call) (answer, error) {
	req, err := body[dto.ReasonRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.judgeCourier(c, vendor.VerbSuspend, req.Reason)
}

func (h *handlers) judgeCourier(c *call, verb, reason string) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	courier, err := h.Fleet.Judge(c.Context(), c.actor, id, version, verb, reason)
	return courierAnswer(courier, err)
}

func courierAnswer(v fleet.Courier, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(fromCourier(v))
}

func (h *handlers) listCouriers(c *call) (answer, error) {
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	couriers, err := h.Fleet.Couriers(c.Context(), fleet.Filter{
		Status: vendor.Status(c.param("status")), Before: before, Limit: c.limit() + 1,
	})
	if err != nil {
		return answer{}, err
	}
	couriers, next := cutPage(couriers, c.limit(), func(v fleet.Courier) domain.ID { return v.ID })
	list := dto.CourierList{Data: make([]dto.Courier, len(couriers)), NextCursor: next}
	for i, v := range couriers {
		list.Data[i] = fromCourier(v)
	}
	return ok(list)
}

func fromCourier(v fleet.Courier) dto.Courier {
	out := dto.Courier{
		ID: v.ID, Name: v.Name, Phone: v.Phone, Vehicle: dto.Vehicle(v.Vehicle), Status: dto.CourierStatus(v.Status), Online: v.Online,
		LocatedAt: at(v.LocatedAt), Version: v.Version, StatusReason: some(v.StatusReason),
		Rating: dto.Rating{Average: v.RatingAverage, Count: v.RatingCount}, City: some(v.City), Zone: fromRing(v.Zone), Capacity: v.Capacity,
	}
	if v.Location != nil {
		p := fromPoint(*v.Location)
		out.Location = &p
	}
	return out
}

func fromOrderRef(r delivery.OrderRef) dto.OrderRef {
	return dto.OrderRef{ID: r.ID, Number: r.Number, State: dto.OrderState(r.State), Version: r.Version, ReadyBy: at(r.ReadyBy)}
}

func fromStop(s delivery.Stop) dto.Stop {
	return dto.Stop{Name: s.Name, Address: s.Address, Location: fromPoint(s.Location), Instructions: some(s.Instructions), Phone: some(s.Phone)}
}

func fromDelivery(d delivery.Delivery) dto.Delivery {
	out := dto.Delivery{
		ID: d.ID, State: dto.DeliveryState(d.State), Order: fromOrderRef(d.Order), Pickup: fromStop(d.Pickup), Dropoff: fromStop(d.Dropoff),
		OrderCode: some(d.OrderCode), MinAge: some(d.MinAge), LeaveAtDoor: some(d.LeaveAtDoor),
	}
	if !d.TripID.IsNil() {
		out.TripID, out.Place = &d.TripID, &d.Place
	}
	if d.State == rules.AtCustomer {
		out.WaitUntil, out.Contacts = at(d.ArrivedAt.Add(rules.WaitAtDoor)), &d.Contacts
	}
	if d.Cash.Amount > 0 {
		cash := fromMoney(d.Cash)
		out.CashToCollect = &cash
	}
	return out
}
