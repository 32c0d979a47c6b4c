package api

import (
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/rules"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// promoter says for whom a route of promotions acts: the vendor in its path, or Nil, the marketplace.
type promoter func(c *call) (domain.ID, error)

func forVendor(c *call) (domain.ID, error) { return c.id() }

func forStaff(*call) (domain.ID, error) { return domain.Nil, nil }

// of gives whom the route acts for, and the promotion that the path names.
func (p promoter) of(c *call) (of, id domain.ID, err error) {
	if of, err = p(c); err != nil {
		return of, id, err
	}
	if of.IsNil() {
		id, err = c.id()
	} else {
		id, err = c.idNamed("promotionId")
	}
	return of, id, err
}

func (h *handlers) listPromotions(by promoter) handler {
	return func(c *call) (answer, error) {
		of, err := by(c)
		if err != nil {
			return answer{}, err
		}
		maker, err := c.idParam("vendorId")
		if err != nil {
			return answer{}, err
		}
		before, err := c.before()
		if err != nil {
			return answer{}, err
		}
		found, err := h.Rules.Promotions(c.Context(), c.actor, of, rules.PromotionFilter{
			State: pricing.State(c.param("state")), Code: strings.ToUpper(strings.TrimSpace(c.param("code"))), Maker: maker, By: c.param("by"),
			Before: before, Limit: c.limit() + 1,
		})
		if err != nil {
			return answer{}, err
		}
		found, next := cutPage(found, c.limit(), func(p postgres.Promotion) domain.ID { return p.ID })
		return ok(dto.PromotionList{Data: each(found, fromPromotion), NextCursor: next})
	}
}

func (h *handlers) getPromotion(by promoter) handler {
	return func(c *call) (answer, error) {
		of, id, err := by.of(c)
		if err != nil {
			return answer{}, err
		}
		return promotionAnswer(h.Rules.Promotion(c.Context(), c.actor, of, id))
	}
}

func (h *handlers) createPromotion(by promoter) handler {
	return func(c *call) (answer, error) {
		of, err := by(c)
		if err != nil {
			return answer{}, err
		}
		rule, err := c.promotionRule(of)
		if err != nil {
			return answer{}, err
		}
		return asCreated(promotionAnswer(h.Rules.CreatePromotion(c.Context(), c.actor, of, rule)))
	}
}

func (h *handlers) putPromotion(by promoter) handler {
	return func(c *call) (answer, error) {
		of, id, err := by.of(c)
		if err != nil {
			return answer{}, err
		}
		version, err := c.version()
		if err != nil {
			return answer{}, err
		}
		rule, err := c.promotionRule(of)
		if err != nil {
			return answer{}, err
		}
		return promotionAnswer(h.Rules.EditPromotion(c.Context(), c.actor, of, id, version, rule))
	}
}

// stepPromotion serves a verb.
func (h *handlers) stepPromotion(by promoter, verb string) handler {
	return func(c *call) (answer, error) {
		of, id, err := by.of(c)
		if err != nil {
			return answer{}, err
		}
		version, err := c.version()
		if err != nil {
			return answer{}, err
		}
		return promotionAnswer(h.Rules.StepPromotion(c.Context(), c.actor, of, id, verb, version))
	}
}

func promotionAnswer(p postgres.Promotion, err error) (answer, error) {
	return ruleAnswer(fromPromotion(p), p.Version, err)
}

// promotionRule reads the rule in the body.
func (c *call) promotionRule(of domain.ID) (pricing.Promotion, error) {
	if of.IsNil() {
		req, err := body[dto.PromotionRequest](c)
		if err != nil {
			return pricing.Promotion{}, err
		}
		return toPromotion(req)
	}
	req, err := body[dto.OwnPromotionRequest](c)
	if err != nil {
		return pricing.Promotion{}, err
	}
	return toPromotion(dto.PromotionRequest{
		Alone: req.Alone, Amount: req.Amount, Benefit: req.Benefit, Cap: req.Cap, Code: req.Code, Currency: req.Currency, EndsAt: req.EndsAt,
		FirstOrder: req.FirstOrder, Label: req.Label, Limit: req.Limit, MinOrder: req.MinOrder, PerCustomer: req.PerCustomer, Share: req.Share,
		StartsAt: req.StartsAt, Windows: req.Windows,
	})
}

func (h *handlers) listVendorOffers(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Rules.Offers(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	return ok(dto.OfferedPromotionList{Data: each(found, fromOffered)})
}
