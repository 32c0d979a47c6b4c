package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain/letter"
)

func (h *handlers) getPreferences(c *call) (answer, error) {
	p, err := h.Accounts.MailPreferences(c.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	return ok(fromPreferences(p))
}

func (h *handlers) putPreferences(c *call) (answer, error) {
	req, err := body[dto.Preferences](c)
	if err != nil {
		return answer{}, err
	}
	p := letter.Preferences{Orders: req.Mail.OrderConfirmations, Changes: req.Mail.OrderChanges, News: req.Mail.News}
	if err := h.Accounts.SetMailPreferences(c.Context(), c.actor, p); err != nil {
		return answer{}, err
	}
	return ok(fromPreferences(p))
}

func fromPreferences(p letter.Preferences) dto.Preferences {
	return dto.Preferences{Mail: dto.MailPreferences{OrderConfirmations: p.Orders, OrderChanges: p.Changes, News: p.News}}
}
