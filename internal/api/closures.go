package api

import (
	"cmp"
	"net/http"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// busyTime is for how long a vendor is busy that does not say, in minutes, as the contract has it.
const busyTime = 60

func (h *handlers) putBusy(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.BusyRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.SetBusy(c.Context(), c.actor, id, version, req.ExtraMinutes, cmp.Or(deref(req.Minutes), busyTime)))
}

func (h *handlers) listClosures(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	closures, err := h.Catalog.Closures(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	list := dto.ClosureList{Data: make([]dto.Closure, len(closures))}
	for i, closure := range closures {
		list.Data[i] = fromClosure(closure)
	}
	return tagged("", list)
}

func (h *handlers) createClosure(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.ClosureRequest](c)
	if err != nil {
		return answer{}, err
	}
	closure, err := h.Catalog.Close(c.Context(), c.actor, id, version, req.From, req.Until, req.Reason)
	if err != nil {
		return answer{}, err
	}
	return created(fromClosure(closure))
}

func (h *handlers) deleteClosure(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	closureID, err := c.idNamed("closureId")
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, h.Catalog.Reopen(c.Context(), c.actor, id, closureID, version)
}

func fromClosure(c vendor.Closure) dto.Closure {
	return dto.Closure{ID: c.ID, StartsAt: c.From.UTC(), EndsAt: c.Until.UTC(), Reason: c.Reason}
}
