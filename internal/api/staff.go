package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
)

func (h *handlers) getFeed(c *call) (answer, error) {
	snapshot, err := h.Support.Snapshot(c.Context())
	if err != nil {
		return answer{}, err
	}
	feed := dto.Feed{
		Epoch: snapshot.Epoch, Seq: snapshot.Seq, Orders: each(snapshot.Orders, fromSummary),
		TotalOrders: snapshot.TotalOrders, TotalAlerts: snapshot.TotalAlerts,
	}
	if feed.Alerts, err = fromAlerts(snapshot.Alerts); err != nil {
		return answer{}, err
	}
	return ok(feed)
}

func (h *handlers) listEvents(c *call) (answer, error) {
	page, err := h.Support.Events(c.Context(), int64(c.number("since", 0)), int(c.number("limit", 500)))
	if err != nil {
		return answer{}, err
	}
	events, err := fromRecords(page.Events)
	if err != nil {
		return answer{}, err
	}
	nameActors(events, page.Events, nil)
	return ok(dto.EventPage{Epoch: page.Epoch, Last: page.Last, Data: events})
}

func (h *handlers) createTicket(c *call) (answer, error) {
	ticket, expiresIn, err := h.Sockets.NewTicket(c.actor)
	if err != nil {
		return answer{}, err
	}
	return created(dto.Ticket{Ticket: ticket, ExpiresIn: expiresIn})
}
