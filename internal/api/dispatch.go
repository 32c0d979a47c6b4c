package api

import (
	"cmp"
	"math"
	"slices"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/postgres"
)

func (h *handlers) assignDelivery(c *call) (answer, error) {
	req, err := body[dto.AssignRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.changeDelivered(c, func(id domain.ID, version int) error {
		return h.Delivery.AssignTo(c.Context(), c.actor, id, version, req.CourierID, deref(req.Override))
	})
}

func (h *handlers) takeAwayDelivery(c *call) (answer, error) {
	req, err := body[dto.TakeAwayRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.changeDelivered(c, func(id domain.ID, version int) error {
		return h.Delivery.TakeAway(c.Context(), c.actor, id, version, string(req.Reason))
	})
}

func (h *handlers) rescueDelivery(c *call) (answer, error) {
	req, err := body[dto.RescueRequest](c)
	if err != nil {
		return answer{}, err
	}
	var at *domain.Point
	if req.Location != nil {
		at = &domain.Point{Lat: req.Location.Lat, Lng: req.Location.Lng}
	}
	return h.changeDelivered(c, func(id domain.ID, version int) error {
		return h.Delivery.Rescue(c.Context(), c.actor, id, version, at, string(req.Reason))
	})
}

func (h *handlers) loseDelivery(c *call) (answer, error) {
	return h.changeDelivered(c, func(id domain.ID, version int) error {
		return h.Delivery.Lose(c.Context(), c.actor, id, version)
	})
}

// changeDelivered changes the path's delivery, and answers its order.
func (h *handlers) changeDelivered(c *call, change func(id domain.ID, version int) error) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		orderID, err := h.Delivery.OrderOf(c.Context(), id)
		if err == nil {
			err = change(id, version)
		}
		if err != nil {
			return ordering.Order{}, err
		}
		return h.Ordering.Order(c.Context(), c.actor, orderID)
	})
}

func (h *handlers) getDecision(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	x, err := h.Delivery.Decision(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return ok(explanation{x}.decision())
}

// explanation says what is known of how a delivery came to its courier in the contract's words.
type explanation struct{ delivery.Explained }

func (x explanation) decision() dto.DeliveryDecision {
	out := dto.DeliveryDecision{
		DeliveryID: x.ID, Order: fromOrderRef(x.Orders[x.OrderID].OrderRef), State: dto.DeliveryState(x.State), LookedForAt: at(x.DispatchAt),
		Courier: x.courierOrNone(x.CourierID), Attempts: make([]dto.DispatchAttempt, len(x.Attempts)),
	}
	for i, a := range x.Attempts {
		out.Attempts[i] = x.attempt(a)
	}
	return out
}

func (x explanation) attempt(a postgres.Decided) dto.DispatchAttempt {
	out := dto.DispatchAttempt{
		Attempt: a.Attempt, At: a.At.UTC(), Outcome: dto.DispatchOutcome(a.Outcome), Courier: x.courierOrNone(a.CourierID), LeaveAt: at(a.Leave),
		Answer: some(dto.DispatchAttemptAnswer(a.Answer)), AnswerReason: some(a.AnswerReason), Orders: x.orders(a.Orders),
		Stops: make([]dto.DispatchStop, len(a.Stops)), Candidates: []dto.DispatchCandidate{}, Excluded: []dto.DispatchExclusion{},
	}
	for i, s := range a.Stops {
		out.Stops[i] = x.stop(s)
	}
	if a.Why == nil {
		return out
	}
	out.Weighed = a.Why.Weighed
	for _, c := range a.Why.Candidates {
		out.Candidates = append(out.Candidates, dto.DispatchCandidate{
			Courier: x.courier(c.Courier), Chosen: c.Chosen, Score: fromScore(c.Score), KeptFor: x.orders(c.Instead),
		})
	}
	for reason, count := range a.Why.Excluded {
		e := dto.DispatchExclusion{Reason: dto.DispatchExclusionReason(reason), Count: count, Some: []dto.DispatchCourier{}}
		for _, id := range a.Why.Who[reason] {
			e.Some = append(e.Some, x.courier(id))
		}
		out.Excluded = append(out.Excluded, e)
	}
	slices.SortFunc(out.Excluded, func(a, b dto.DispatchExclusion) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

func fromScore(s plan.Score) dto.DispatchScore {
	return dto.DispatchScore{
		Total: int(math.Round(s.Total)), Approach: s.Approach, Idle: s.Idle, PickupLate: s.PickupLate, Detour: s.Detour,
		DeliveryLate: s.DeliveryLate, Freshness: s.Freshness, Elsewhere: s.Elsewhere,
	}
}

func (x explanation) courier(id domain.ID) dto.DispatchCourier {
	who := x.Couriers[id]
	return dto.DispatchCourier{ID: id, Name: who.Name, Vehicle: some(dto.Vehicle(who.Vehicle))}
}

func (x explanation) courierOrNone(id domain.ID) *dto.DispatchCourier {
	if id.IsNil() {
		return nil
	}
	who := x.courier(id)
	return &who
}

func (x explanation) orders(ids []domain.ID) []dto.OrderName {
	out := make([]dto.OrderName, len(ids))
	for i, id := range ids {
		out[i] = dto.OrderName{ID: id, Number: x.Orders[id].Number}
	}
	return out
}

func (x explanation) stop(s plan.Stop) dto.DispatchStop {
	out := dto.DispatchStop{ArriveAt: s.Arrive.UTC(), DoneAt: s.Done.UTC(), LeaveAt: s.Leave.UTC()}
	if s.Vendor.IsNil() {
		out.Order = &x.orders([]domain.ID{s.Order})[0]
		return out
	}
	for _, o := range x.Orders {
		if o.VendorID == s.Vendor {
			out.Vendor = &dto.Party{ID: s.Vendor, Name: o.VendorName}
		}
	}
	return out // without either: stranded food is where it was left
}
