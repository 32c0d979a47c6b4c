package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

func (h *handlers) changePrepTime(c *call) (answer, error) {
	req, err := body[dto.AcceptRequest](c)
	if err != nil {
		return answer{}, err
	}
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.ChangePrep(c.Context(), c.actor, id, version, req.PrepMinutes)
	})
}

func (h *handlers) quoteCancel(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	reason := order.Reason(c.param("reason"))
	q, err := h.Ordering.CancelQuote(c.Context(), c.actor, id, reason)
	if err != nil {
		return answer{}, err
	}
	a, err := ok(dto.CancelQuote{
		Reason: dto.CancelReason(reason), State: dto.OrderState(q.State), Version: q.Version, Fee: fromMoney(q.Fee), Refund: fromMoney(q.Refund),
		Lost: fromMoney(q.Lost), Liable: dto.Liable(q.Liable), Restock: q.Restock, At: q.At.UTC(),
	})
	return versioned(a, q.Version), err
}

func (h *handlers) cancelOrder(c *call) (answer, error) {
	req, err := body[dto.CancelRequest](c)
	if err != nil {
		return answer{}, err
	}
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Cancel(c.Context(), c.actor, id, version, order.Reason(req.Reason))
	})
}

func (h *handlers) restoreOrder(c *call) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Restore(c.Context(), c.actor, id, version)
	})
}

func (h *handlers) proposeRevision(c *call) (answer, error) {
	req, err := body[dto.RevisionRequest](c)
	if err != nil {
		return answer{}, err
	}
	less := make([]order.Reduction, len(req.Items))
	for i, item := range req.Items {
		less[i] = order.Reduction{Line: item.Line, Quantity: item.Quantity}
	}
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Propose(c.Context(), c.actor, id, version, less)
	})
}

func (h *handlers) acceptRevision(c *call) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Agree(c.Context(), c.actor, id, version)
	})
}

func (h *handlers) refuseRevision(c *call) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		return h.Ordering.Refuse(c.Context(), c.actor, id, version)
	})
}

func (h *handlers) redeliverOrder(c *call) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		if err := h.Delivery.Redeliver(c.Context(), c.actor, id, version); err != nil {
			return ordering.Order{}, err
		}
		return h.Ordering.Order(c.Context(), c.actor, id)
	})
}

func (h *handlers) returnOrder(c *call) (answer, error) {
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		if err := h.Delivery.Return(c.Context(), c.actor, id, version); err != nil {
			return ordering.Order{}, err
		}
		return h.Ordering.Order(c.Context(), c.actor, id)
	})
}

func (h *handlers) listNotes(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	notes, err := h.Ordering.Notes(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	list := dto.NoteList{Data: make([]dto.Note, len(notes))}
	for i, n := range notes {
		list.Data[i] = fromNote(n)
	}
	return ok(list)
}

func (h *handlers) createNote(c *call) (answer, error) {
	req, err := body[dto.NoteRequest](c)
	if err != nil {
		return answer{}, err
	}
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	n, err := h.Ordering.AddNote(c.Context(), c.actor, id, req.Text)
	if err != nil {
		return answer{}, err
	}
	return created(fromNote(n))
}

func fromNote(n order.Note) dto.Note {
	return dto.Note{ID: n.ID, By: dto.Party{ID: n.By, Name: n.Name}, Text: n.Text, At: n.At.UTC()}
}

func (h *handlers) noteContact(c *call) (answer, error) {
	req, err := body[dto.ContactRequest](c)
	if err != nil {
		return answer{}, err
	}
	return c.changeDelivery(func(id domain.ID, version int) (delivery.Delivery, error) {
		return h.Delivery.Contact(c.Context(), c.actor, id, version, string(req.By))
	})
}

func (h *handlers) failDelivery(c *call) (answer, error) {
	req, err := body[dto.FailRequest](c)
	if err != nil {
		return answer{}, err
	}
	return c.changeDelivery(func(id domain.ID, version int) (delivery.Delivery, error) {
		return h.Delivery.Fail(c.Context(), c.actor, id, version, order.Reason(req.Reason))
	})
}

func (h *handlers) returnDelivery(c *call) (answer, error) {
	return c.changeDelivery(func(id domain.ID, version int) (delivery.Delivery, error) {
		return h.Delivery.TurnBack(c.Context(), c.actor, id, version)
	})
}
