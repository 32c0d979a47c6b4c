package api

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/fleet"
	"github.com/zoop-dev/zoop/internal/app/support"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/redis"
)

// deskFilter reads the parameters of a list of the desk, one longer than asked.
func (c *call) deskFilter() support.Filter {
	return support.Filter{City: c.param("city"), State: c.param("state"), Text: c.param("q"), Limit: c.limit() + 1}
}

func (h *handlers) listDeskVendors(c *call) (answer, error) {
	after, err := deskPlace(c.param("cursor"))
	if err != nil {
		return answer{}, err
	}
	all, err := h.Support.Vendors(c.Context(), c.deskFilter(), after)
	if err != nil {
		return answer{}, err
	}
	list := dto.DeskVendorList{}
	if limit := c.limit(); len(all) > limit {
		all = all[:limit]
		list.NextCursor = some(deskCursor(all[limit-1].Place()))
	}
	list.Data = make([]dto.DeskVendor, len(all))
	for i, v := range all {
		list.Data[i] = fromDeskVendor(v)
	}
	return ok(list)
}

// deskCursor writes a place of the list of vendors; how well a name fits is told where one does.
func deskCursor(p support.Place) string {
	cursor := fmt.Sprintf("%d.%d.%s", p.Late, p.Queue, p.ID)
	if p.Fit > 0 {
		cursor += fmt.Sprintf(".%d", p.Fit)
	}
	return cursor
}

// deskPlace reads a cursor of the list of vendors; "" is its beginning.
func deskPlace(text string) (support.Place, error) {
	if text == "" {
		return support.Start, nil
	}
	parts := strings.Split(text, ".")
	if len(parts) == 3 {
		parts = append(parts, "0")
	}
	if len(parts) == 4 {
		late, lateErr := strconv.ParseInt(parts[0], 10, 32)
		queue, queueErr := strconv.ParseInt(parts[1], 10, 32)
		id, idErr := domain.ParseID(parts[2])
		fit, fitErr := strconv.ParseInt(parts[3], 10, 32)
		if lateErr == nil && queueErr == nil && idErr == nil && fitErr == nil {
			return support.Place{Fit: int(fit), Late: int(late), Queue: int(queue), ID: id}, nil
		}
	}
	return support.Place{}, domain.Invalidf("cursor", "form", "is no cursor of this list")
}

func (h *handlers) getDeskVendor(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	v, err := h.Support.Vendor(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return ok(fromDeskVendor(v))
}

func fromDeskVendor(v support.DeskVendor) dto.DeskVendor {
	out := dto.DeskVendor{
		ID: v.ID, Name: v.Name, City: v.City, Status: dto.DeskVendorStatus(v.Status), State: dto.DeskVendorState(v.State), Version: v.Version,
		Placed: v.Placed, Cooking: v.Cooking, Ready: v.Ready, Late: v.Late, Carts: v.Carts,
		Prep:    dto.DeskPrep{Orders: v.Cooked, P95Seconds: int(v.P95.Seconds())},
		Answers: dto.DeskAnswers{Asked: v.Asked, Accepted: v.Accepted},
	}
	if p := v.Pause; p != nil {
		out.Pause = &dto.DeskPause{Reason: p.Reason}
		if p.Until.Before(vendor.Forever) {
			out.Pause.Until = at(p.Until)
		}
		if p.Role != "" {
			by := fromDeskActor(p.Role, p.By, p.Name)
			out.Pause.By = &by
		}
	}
	return out
}

func (h *handlers) getDeskDish(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	v, err := h.Catalog.Dish(c.Context(), c.actor, id, "")
	if err != nil {
		return answer{}, err
	}
	changes, err := h.Support.DishChanges(c.Context(), v.Dish)
	if err != nil {
		return answer{}, err
	}
	return ok(dto.DeskDish{
		ID: v.ID, VendorID: v.VendorID, Name: v.Name, Available: v.State.Available,
		UnavailableReason: some(dto.DishUnavailableReason(v.State.Reason)), AvailableAt: at(v.State.Until), Changes: fromChanges(changes), Version: v.Version,
	})
}

func fromChanges(all []support.Change) []dto.DeskChange {
	out := make([]dto.DeskChange, len(all))
	for i, c := range all {
		out[i] = dto.DeskChange{Version: c.Version, What: c.What, At: c.At, By: fromDeskActor(c.Role, c.By, c.Name)}
	}
	return out
}

func fromDeskActor(role domain.Role, id domain.ID, name string) dto.DeskActor {
	out := dto.DeskActor{Role: dto.Role(role), Name: some(name)}
	if !id.IsNil() {
		out.ID = &id
	}
	return out
}

func (h *handlers) listDeskCouriers(c *call) (answer, error) {
	after, err := c.before() // the same form: an ID
	if err != nil {
		return answer{}, err
	}
	all, err := h.Fleet.Desk(c.Context(), c.deskFilter(), after)
	if err != nil {
		return answer{}, err
	}
	all, next := cutPage(all, c.limit(), func(v fleet.DeskCourier) domain.ID { return v.CourierID })
	list := dto.DeskCourierList{Data: make([]dto.DeskCourier, len(all)), NextCursor: next}
	for i, v := range all {
		list.Data[i] = fromDeskCourier(v)
	}
	return ok(list)
}

func (h *handlers) getDeskCourier(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	v, err := h.Fleet.AtDesk(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return ok(fromDeskCourier(v))
}

func fromDeskCourier(v fleet.DeskCourier) dto.DeskCourier {
	out := dto.DeskCourier{
		ID: v.CourierID, Name: v.Name, Vehicle: dto.Vehicle(v.Vehicle), City: some(v.City), Status: dto.DeskCourierStatus(v.Status),
		State: dto.DeskCourierState(v.State), Carrying: v.Carrying, Capacity: v.Capacity, SeenAt: at(v.SeenAt), ShiftEndsAt: at(v.ShiftEnd),
		Cash: fromCashRooms(v.Cash), Changes: fromChanges(v.Changes), Version: v.Version,
	}
	if v.Excluded != "" {
		why := dto.Exclusion(v.Excluded)
		out.Excluded = &why
	}
	return out
}

func (h *handlers) getDeskStreams(c *call) (answer, error) {
	s, err := h.Support.Streams(c.Context())
	if err != nil {
		return answer{}, err
	}
	out := dto.DeskStreams{Epoch: s.Epoch, Last: s.Last, Waiting: s.Waiting, Streams: make([]dto.DeskStream, len(s.Streams))}
	if s.Waiting > 0 {
		out.WaitingSeconds = some(s.Oldest.Seconds())
	}
	for i, info := range s.Streams {
		out.Streams[i] = fromStream(info, s.Last)
	}
	return ok(out)
}

// fromStream tells of a stream; last is the newest event that it should have.
func fromStream(s redis.Info, last int64) dto.DeskStream {
	out := dto.DeskStream{
		Name: s.Name, Length: s.Length, First: s.First, Last: s.Last, Behind: max(0, last-s.Last), Groups: make([]dto.DeskGroup, len(s.Groups)),
	}
	for i, g := range s.Groups {
		out.Groups[i] = dto.DeskGroup{Name: g.Name, Consumers: g.Consumers, Pending: g.Pending}
		if g.Lag >= 0 {
			out.Groups[i].Lag = &g.Lag
		}
	}
	return out
}
