package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/rules"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// ruleFilter reads what lists of tariffs, surges and commissions are filtered by.
func (c *call) ruleFilter() (f rules.Filter, err error) {
	f = rules.Filter{Currency: domain.Currency(c.param("currency")), City: c.param("city"), Limit: c.limit() + 1}
	if f.Vendor, err = c.idParam("vendorId"); err != nil {
		return f, err
	}
	f.Before, err = c.before()
	return f, err
}

func (h *handlers) listTariffs(c *call) (answer, error) {
	f, err := c.ruleFilter()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Rules.Tariffs(c.Context(), f)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(t postgres.Tariff) domain.ID { return t.ID })
	return ok(dto.TariffList{Data: each(found, fromTariff), NextCursor: next})
}

func (h *handlers) getTariff(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return tariffAnswer(h.Rules.Tariff(c.Context(), id))
}

func (h *handlers) createTariff(c *call) (answer, error) {
	req, err := body[dto.TariffRequest](c)
	if err != nil {
		return answer{}, err
	}
	rule, err := toTariff(req)
	if err != nil {
		return answer{}, err
	}
	return asCreated(tariffAnswer(h.Rules.CreateTariff(c.Context(), c.actor, rule)))
}

func (h *handlers) putTariff(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.TariffRequest](c)
	if err != nil {
		return answer{}, err
	}
	rule, err := toTariff(req)
	if err != nil {
		return answer{}, err
	}
	return tariffAnswer(h.Rules.EditTariff(c.Context(), c.actor, id, version, rule))
}

func (h *handlers) deleteTariff(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Rules.DeleteTariff(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func tariffAnswer(t postgres.Tariff, err error) (answer, error) {
	return ruleAnswer(fromTariff(t), t.Version, err)
}

func (h *handlers) listSurges(c *call) (answer, error) {
	f, err := c.ruleFilter()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Rules.Surges(c.Context(), f)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(s postgres.Surge) domain.ID { return s.ID })
	return ok(dto.SurgeZoneList{Data: each(found, fromSurge), NextCursor: next})
}

func (h *handlers) getSurge(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return surgeAnswer(h.Rules.Surge(c.Context(), id))
}

func (h *handlers) createSurge(c *call) (answer, error) {
	req, err := body[dto.SurgeZoneRequest](c)
	if err != nil {
		return answer{}, err
	}
	rule, err := toSurge(req)
	if err != nil {
		return answer{}, err
	}
	return asCreated(surgeAnswer(h.Rules.CreateSurge(c.Context(), c.actor, rule)))
}

func (h *handlers) putSurge(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.SurgeZoneRequest](c)
	if err != nil {
		return answer{}, err
	}
	rule, err := toSurge(req)
	if err != nil {
		return answer{}, err
	}
	return surgeAnswer(h.Rules.EditSurge(c.Context(), c.actor, id, version, rule))
}

func (h *handlers) deleteSurge(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Rules.DeleteSurge(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func surgeAnswer(s postgres.Surge, err error) (answer, error) {
	return ruleAnswer(fromSurge(s), s.Version, err)
}

func (h *handlers) listCommissions(c *call) (answer, error) {
	f, err := c.ruleFilter()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Rules.Commissions(c.Context(), f)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(r postgres.Commission) domain.ID { return r.ID })
	return ok(dto.CommissionList{Data: each(found, fromCommission), NextCursor: next})
}

func (h *handlers) getCommission(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return commissionAnswer(h.Rules.Commission(c.Context(), id))
}

func (h *handlers) createCommission(c *call) (answer, error) {
	req, err := body[dto.CommissionRequest](c)
	if err != nil {
		return answer{}, err
	}
	return asCreated(commissionAnswer(h.Rules.CreateCommission(c.Context(), c.actor, toCommission(req))))
}

func (h *handlers) putCommission(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.CommissionRequest](c)
	if err != nil {
		return answer{}, err
	}
	return commissionAnswer(h.Rules.EditCommission(c.Context(), c.actor, id, version, toCommission(req)))
}

func (h *handlers) deleteCommission(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Rules.DeleteCommission(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func commissionAnswer(r postgres.Commission, err error) (answer, error) {
	return ruleAnswer(fromCommission(r), r.Version, err)
}

// ruleAnswer answers with a rule as it is now.
func ruleAnswer(rule any, version int, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(rule)
	return versioned(a, version), err
}

// asCreated is the same answer for a thing that is new.
func asCreated(a answer, err error) (answer, error) {
	if err == nil {
		a.status = 201
	}
	return a, err
}

// each makes a list of a list.
func each[From, To any](list []From, to func(From) To) []To {
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = to(v)
	}
	return out
}
