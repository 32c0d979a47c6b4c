package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/fleet"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/media"
)

func (h *handlers) listShifts(c *call) (answer, error) { return h.shifts(c, c.actor.ID) }

func (h *handlers) listCouriersShifts(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return h.shifts(c, id)
}

func (h *handlers) shifts(c *call, courier domain.ID) (answer, error) {
	shifts, err := h.Fleet.Shifts(c.Context(), courier, c.moment("since"), c.moment("until"))
	if err != nil {
		return answer{}, err
	}
	list := dto.ShiftList{Data: make([]dto.Shift, len(shifts))}
	for i, s := range shifts {
		list.Data[i] = fromShift(s)
	}
	return ok(list)
}

func fromShift(s fleet.Shift) dto.Shift {
	return dto.Shift{ID: s.ID, StartsAt: s.Start.UTC(), EndsAt: s.End.UTC()}
}

// moment is a query parameter that the contract has found to be a time; zero without it.
func (c *call) moment(name string) time.Time {
	t, _ := time.Parse(time.RFC3339, c.param(name))
	return t
}

func (h *handlers) planShift(c *call) (answer, error) { return h.newShift(c, c.actor.ID) }

func (h *handlers) planCouriersShift(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return h.newShift(c, id)
}

func (h *handlers) newShift(c *call, courier domain.ID) (answer, error) {
	req, err := body[dto.ShiftRequest](c)
	if err != nil {
		return answer{}, err
	}
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	shift, err := h.Fleet.PlanShift(c.Context(), c.actor, courier, version, req.StartsAt, req.EndsAt)
	if err != nil {
		return answer{}, err
	}
	return created(fromShift(shift))
}

func (h *handlers) dropShift(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Fleet.DropShift(c.Context(), c.actor, c.actor.ID, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) dropCouriersShift(c *call) (answer, error) {
	courier, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	id, err := c.idNamed("shiftId")
	if err != nil {
		return answer{}, err
	}
	if err := h.Fleet.DropShift(c.Context(), c.actor, courier, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) listDocuments(c *call) (answer, error) {
	return documentsAnswer(h.Fleet.Documents(c.Context(), c.actor.ID))
}

func (h *handlers) listCouriersDocuments(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return documentsAnswer(h.Fleet.Documents(c.Context(), id))
}

func (h *handlers) putDocument(c *call) (answer, error) {
	req, err := body[dto.DocumentRequest](c)
	if err != nil {
		return answer{}, err
	}
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	d := rules.Document{Number: req.Number}
	if d.Kind, err = c.documentKind(); err != nil {
		return answer{}, err
	}
	if req.ExpiresOn != nil {
		if d.ExpiresOn, err = domain.ParseDate("expiresOn", *req.ExpiresOn); err != nil {
			return answer{}, err
		}
	}
	return documentsAnswer(h.Fleet.PutDocument(c.Context(), c.actor, version, d))
}

func (c *call) documentKind() (rules.Kind, error) {
	return fleet.KindOf(mux.Vars(c.Request)["kind"])
}

func (h *handlers) getCouriersDocument(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	kind, err := c.documentKind()
	if err != nil {
		return answer{}, err
	}
	d, err := h.Fleet.OpenDocument(c.Context(), c.actor, id, kind)
	if err != nil {
		return answer{}, err
	}
	out := fromCourierDocument(d)
	out.Number = d.Number
	a, err := ok(out)
	a.header = map[string]string{"Cache-Control": "no-store"}
	return a, err
}

func (h *handlers) putDocumentPicture(c *call) (answer, error) {
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	kind, err := c.documentKind()
	if err != nil {
		return answer{}, err
	}
	return documentsAnswer(h.Fleet.PutDocumentPicture(c.Context(), c.actor, version, kind, c.payload))
}

func (h *handlers) getCouriersDocumentPicture(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	kind, err := c.documentKind()
	if err != nil {
		return answer{}, err
	}
	picture, err := h.Fleet.OpenDocumentPicture(c.Context(), c.actor, id, kind)
	if err != nil {
		return answer{}, err
	}
	return privatePicture(picture), nil
}

// privatePicture is shown to its caller and nobody else, and kept by no cache.
func privatePicture(picture []byte) answer {
	return answer{status: http.StatusOK, raw: picture, header: map[string]string{
		"Content-Type": media.ContentType, "Content-Security-Policy": "default-src 'none'; sandbox", "Content-Disposition": "inline",
		"Cache-Control": "no-store",
	}}
}

func (h *handlers) verifyDocument(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	kind, err := c.documentKind()
	if err != nil {
		return answer{}, err
	}
	return documentsAnswer(h.Fleet.VerifyDocument(c.Context(), c.actor, id, version, kind))
}

func (h *handlers) listExpiringDocuments(c *call) (answer, error) {
	found, err := h.Fleet.Expiring(c.Context(), int(c.number("days", 30)))
	if err != nil {
		return answer{}, err
	}
	list := dto.ExpiringDocumentList{Data: make([]dto.ExpiringDocument, len(found))}
	for i, d := range found {
		list.Data[i] = dto.ExpiringDocument{CourierID: d.CourierID, Name: d.Name, Phone: d.Phone, Document: fromCourierDocument(d.CourierDocument)}
	}
	return ok(list)
}

func documentsAnswer(all []fleet.Document, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	list := dto.CourierDocumentList{Data: make([]dto.CourierDocument, len(all))}
	for i, d := range all {
		list.Data[i] = fromCourierDocument(d)
	}
	return ok(list)
}

func fromCourierDocument(d fleet.Document) dto.CourierDocument {
	out := dto.CourierDocument{Kind: dto.DocumentKind(d.Kind), Number: d.Masked, Verified: d.Verified, ChangedAt: d.ChangedAt.UTC()}
	if d.Pictured {
		out.Picture = &d.Pictured
	}
	if !d.ExpiresOn.IsZero() {
		out.ExpiresOn = some(d.ExpiresOn.String())
	}
	return out
}

func (h *handlers) listCashLimits(c *call) (answer, error) {
	return cashLimitsAnswer(h.Fleet.CashLimits(c.Context()))
}

func (h *handlers) putCashLimit(c *call) (answer, error) {
	req, err := body[dto.CashLimitRequest](c)
	if err != nil {
		return answer{}, err
	}
	return cashLimitsAnswer(h.Fleet.SetCashLimit(c.Context(), c.actor, fleet.CashLimit{
		City: deref(req.City), Amount: domain.Money{Amount: req.Limit.Amount, Currency: domain.Currency(req.Limit.Currency)},
	}))
}

func (h *handlers) deleteCashLimit(c *call) (answer, error) {
	if err := h.Fleet.DropCashLimit(c.Context(), c.actor, c.param("city"), domain.Currency(c.param("currency"))); err != nil {
		return answer{}, err
	}
	return noContent()
}

func cashLimitsAnswer(all []fleet.CashLimit, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	list := dto.CashLimitList{Data: make([]dto.CashLimit, len(all))}
	for i, l := range all {
		list.Data[i] = dto.CashLimit{City: some(l.City), Limit: fromMoney(l.Amount)}
	}
	return ok(list)
}
