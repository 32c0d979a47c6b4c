package api

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/rules"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// priceRules serves one kind of rule: as it is asked for, as it is kept, and as it is answered.
type priceRules[Request, Rule, Kept, Answer any] struct {
	take func(Request) (Rule, error)
	show func(Kept) Answer
	of   func(Kept) (id domain.ID, version int)
	page func([]Answer, *string) any // the contract's list

	find   func(context.Context, rules.Filter) ([]Kept, error)
	read   func(context.Context, domain.ID) (Kept, error)
	add    func(context.Context, domain.Actor, Rule) (Kept, error)
	edit   func(context.Context, domain.Actor, domain.ID, int, Rule) (Kept, error)
	remove func(context.Context, domain.Actor, domain.ID, int) error
}

func (h *handlers) tariffs() priceRules[dto.TariffRequest, pricing.Tariff, postgres.Tariff, dto.Tariff] {
	return priceRules[dto.TariffRequest, pricing.Tariff, postgres.Tariff, dto.Tariff]{
		take: toTariff, show: fromTariff, of: func(t postgres.Tariff) (domain.ID, int) { return t.ID, t.Version },
		page: func(data []dto.Tariff, next *string) any { return dto.TariffList{Data: data, NextCursor: next} },
		find: h.Rules.Tariffs, read: h.Rules.Tariff, add: h.Rules.CreateTariff, edit: h.Rules.EditTariff, remove: h.Rules.DeleteTariff,
	}
}

func (h *handlers) surges() priceRules[dto.SurgeZoneRequest, pricing.Surge, postgres.Surge, dto.SurgeZone] {
	return priceRules[dto.SurgeZoneRequest, pricing.Surge, postgres.Surge, dto.SurgeZone]{
		take: toSurge, show: fromSurge, of: func(s postgres.Surge) (domain.ID, int) { return s.ID, s.Version },
		page: func(data []dto.SurgeZone, next *string) any { return dto.SurgeZoneList{Data: data, NextCursor: next} },
		find: h.Rules.Surges, read: h.Rules.Surge, add: h.Rules.CreateSurge, edit: h.Rules.EditSurge, remove: h.Rules.DeleteSurge,
	}
}

func (h *handlers) commissions() priceRules[dto.CommissionRequest, pricing.CommissionRule, postgres.Commission, dto.Commission] {
	return priceRules[dto.CommissionRequest, pricing.CommissionRule, postgres.Commission, dto.Commission]{
		take: func(r dto.CommissionRequest) (pricing.CommissionRule, error) { return toCommission(r), nil },
		show: fromCommission, of: func(c postgres.Commission) (domain.ID, int) { return c.ID, c.Version },
		page: func(data []dto.Commission, next *string) any { return dto.CommissionList{Data: data, NextCursor: next} },
		find: h.Rules.Commissions, read: h.Rules.Commission, add: h.Rules.CreateCommission, edit: h.Rules.EditCommission, remove: h.Rules.DeleteCommission,
	}
}

func (k priceRules[Request, Rule, Kept, Answer]) list(c *call) (answer, error) {
	f := rules.Filter{Currency: domain.Currency(c.param("currency")), City: c.param("city"), Limit: c.limit() + 1}
	var err error
	if f.Vendor, err = c.idParam("vendorId"); err != nil {
		return answer{}, err
	}
	if f.Before, err = c.before(); err != nil {
		return answer{}, err
	}
	found, err := k.find(c.Context(), f)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(r Kept) domain.ID { id, _ := k.of(r); return id })
	return ok(k.page(each(found, k.show), next))
}

func (k priceRules[Request, Rule, Kept, Answer]) get(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return k.answer(k.read(c.Context(), id))
}

// asked is the rule in a request's body.
func (k priceRules[Request, Rule, Kept, Answer]) asked(c *call) (rule Rule, err error) {
	req, err := body[Request](c)
	if err != nil {
		return rule, err
	}
	return k.take(req)
}

func (k priceRules[Request, Rule, Kept, Answer]) create(c *call) (answer, error) {
	rule, err := k.asked(c)
	if err != nil {
		return answer{}, err
	}
	return asCreated(k.answer(k.add(c.Context(), c.actor, rule)))
}

func (k priceRules[Request, Rule, Kept, Answer]) put(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	rule, err := k.asked(c)
	if err != nil {
		return answer{}, err
	}
	return k.answer(k.edit(c.Context(), c.actor, id, version, rule))
}

func (k priceRules[Request, Rule, Kept, Answer]) drop(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := k.remove(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

// answer is a rule as it is now.
func (k priceRules[Request, Rule, Kept, Answer]) answer(r Kept, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	_, version := k.of(r)
	return ruleAnswer(k.show(r), version, nil)
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
