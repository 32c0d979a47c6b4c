package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/support"
)

func (h *handlers) viewOrder(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.ViewRequest](c)
	if err != nil {
		return answer{}, err
	}
	doing := ""
	if req.Doing != nil {
		doing = *req.Doing
	}
	others, err := h.Support.View(c.Context(), c.actor, id, doing)
	if err != nil {
		return answer{}, err
	}
	return ok(dto.ViewerList{Data: each(others, func(v support.Viewer) dto.Viewer { return dto.Viewer{Name: v.Name, Doing: some(v.Doing)} })})
}

func (h *handlers) leaveOrder(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	h.Support.Leave(c.Context(), c.actor, id)
	return noContent()
}
