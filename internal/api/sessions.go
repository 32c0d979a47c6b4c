package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	app "github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// client is who asks, before they are anybody: by the name they give their device or, failing that, what it says of itself.
func (c *call) client(device *string) app.Client {
	from := app.Client{From: c.actor.From, Device: deref(device)}
	if from.Device == "" {
		agent := []rune(sanitize.Line(c.UserAgent()))
		from.Device = string(agent[:min(len(agent), account.MaxDeviceName)])
	}
	return from
}

func (h *handlers) listSessions(c *call) (answer, error) {
	sessions, err := h.Accounts.Sessions(c.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	list := dto.SessionList{Data: make([]dto.Session, len(sessions))}
	for i, s := range sessions {
		list.Data[i] = dto.Session{
			ID: s.ID, Device: s.Device, Network: s.Network, CreatedAt: s.CreatedAt, LastUsedAt: s.UsedAt, Current: s.ID == c.actor.Session,
		}
	}
	return ok(list)
}

func (h *handlers) endSession(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	if err := h.Accounts.EndSession(c.Context(), c.actor, id); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) endOtherSessions(c *call) (answer, error) {
	if err := h.Accounts.EndOtherSessions(c.Context(), c.actor); err != nil {
		return answer{}, err
	}
	return noContent()
}
