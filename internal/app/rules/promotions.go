package rules

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// PromotionFilter selects promotions.
type PromotionFilter = postgres.PromotionFilter

// In all that follows of is the vendor for which somebody acts, whose own promotions alone they reach then; Nil: they act as staff,
// for the marketplace. Acting for a vendor is for its managers and owners: NotFound of the vendor for strangers, Forbidden for its
// kitchen.

// Promotions lists promotions, newest first.
func (s *Service) Promotions(ctx context.Context, actor domain.Actor, of domain.ID, f PromotionFilter) ([]postgres.Promotion, error) {
	if !of.IsNil() {
		if err := s.mayLook(ctx, actor, of); err != nil {
			return nil, err
		}
		f.Maker = of
	}
	return s.db.Promotions(ctx, f)
}

// Promotion reads one, with what it has taken off. NotFound when there is none.
func (s *Service) Promotion(ctx context.Context, actor domain.Actor, of, promotionID domain.ID) (postgres.Promotion, error) {
	if !of.IsNil() {
		if err := s.mayLook(ctx, actor, of); err != nil {
			return postgres.Promotion{}, err
		}
	}
	p, err := s.db.Promotion(ctx, promotionID)
	if err == nil && !of.IsNil() && p.Maker != of {
		return postgres.Promotion{}, domain.Missing("promotion")
	}
	return p, err
}

// CreatePromotion makes one; its code may be typed in small letters.
// Errors: Invalid, naming the field; Conflict "promotion.code_taken", and "promotions.too_many" for a vendor with
// pricing.MaxOwnPromotions that have not ended, and past pricing.MaxOffers of the marketplace without a code.
func (s *Service) CreatePromotion(ctx context.Context, actor domain.Actor, of domain.ID, p pricing.Promotion) (postgres.Promotion, error) {
	m := pricing.Managed{Maker: of, Version: 1}
	m.ID = id.New()
	return s.change(ctx, m.ID, func(tx *postgres.Tx) error {
		next, err := ruled(ctx, tx, actor, of, p)
		if err != nil {
			return err
		}
		now, err := tx.Moment(ctx)
		if err != nil {
			return err
		}
		if err := m.Become(next, false, now); err != nil {
			return err
		}
		if err := tx.AddPromotion(ctx, m); err != nil {
			return err
		}
		if err := counted(ctx, tx, m); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, entry("create", "promotion", m.ID, nil, promotionFacts(m)))
	})
}

// EditPromotion replaces the rule of one; version is the one that the caller saw, 0 for whatever it is.
// Errors: NotFound; Precondition; those of CreatePromotion; Conflict "promotion.redeemed" for other terms than orders have used it
// by; Forbidden "promotion.vendors" for staff, of a vendor's own.
func (s *Service) EditPromotion(ctx context.Context, actor domain.Actor, of, promotionID domain.ID, version int, p pricing.Promotion) (postgres.Promotion, error) {
	return s.change(ctx, promotionID, func(tx *postgres.Tx) error {
		next, err := ruled(ctx, tx, actor, of, p)
		if err != nil {
			return err
		}
		m, now, err := tx.HoldPromotion(ctx, promotionID)
		if err != nil {
			return err
		}
		if err := reaches(of, m, version); err != nil {
			return err
		}
		if of.IsNil() && !m.Maker.IsNil() {
			return domain.Errorf(domain.Forbidden, "promotion.vendors", "the promotion is a vendor's own: it may be paused or ended, but not changed")
		}
		redeemed, err := tx.Redeemed(ctx, promotionID)
		if err != nil {
			return err
		}
		before := m
		if err := m.Become(next, redeemed, now); err != nil {
			return err
		}
		if err := tx.SavePromotion(ctx, &m); err != nil {
			return err
		}
		if err := counted(ctx, tx, m); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, entry("edit", "promotion", m.ID, promotionFacts(before), promotionFacts(m)))
	})
}

// StepPromotion pauses, resumes or ends one, as pricing.Managed.Step says; what changes nothing leaves its version as it is.
// Errors: NotFound; Precondition; Conflict "promotion.ended"; Forbidden "promotion.held".
func (s *Service) StepPromotion(ctx context.Context, actor domain.Actor, of, promotionID domain.ID, verb string, version int) (postgres.Promotion, error) {
	return s.change(ctx, promotionID, func(tx *postgres.Tx) error {
		if !of.IsNil() {
			if _, err := house(ctx, tx, actor, of); err != nil {
				return err
			}
		}
		m, now, err := tx.HoldPromotion(ctx, promotionID)
		if err != nil {
			return err
		}
		if err := reaches(of, m, version); err != nil {
			return err
		}
		before := m
		changed, err := m.Step(verb, of.IsNil(), now)
		if err != nil || !changed {
			return err
		}
		if err := tx.SavePromotion(ctx, &m); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, entry(verb, "promotion", m.ID, promotionFacts(before), promotionFacts(m)))
	})
}

// Offers lists the promotions without a code that a vendor's customers may have now, the vendor's own first; at most 250. Of a coupon
// nothing is said. NotFound for a vendor that the actor may not know of.
func (s *Service) Offers(ctx context.Context, actor domain.Actor, vendorID domain.ID) ([]postgres.Promotion, error) {
	v, role, err := s.db.VendorFor(ctx, vendorID, actor.ID)
	if err != nil {
		return nil, err
	}
	insider := actor.Role.Staff() || role != "" && actor.Reaches(vendorID)
	if v.Status != vendor.Approved && !insider {
		return nil, domain.Missing("vendor")
	}
	return s.db.Offers(ctx, vendorID)
}

// change makes a change of a promotion, and reads it as it is then.
func (s *Service) change(ctx context.Context, promotionID domain.ID, do func(tx *postgres.Tx) error) (postgres.Promotion, error) {
	if err := s.db.InTx(ctx, do); err != nil {
		return postgres.Promotion{}, err
	}
	return s.db.Promotion(ctx, promotionID)
}

// ruled completes a rule by what follows from who makes it, and looks up what it names.
func ruled(ctx context.Context, tx *postgres.Tx, actor domain.Actor, of domain.ID, p pricing.Promotion) (_ pricing.Promotion, err error) {
	if !of.IsNil() {
		v, err := house(ctx, tx, actor, of)
		if err != nil {
			return p, err
		}
		if p, err = p.OwnBy(of, v.Currency); err != nil {
			return p, err
		}
	}
	if p.Code != "" {
		if p.Code, err = pricing.CheckCode("code", p.Code); err != nil {
			return p, err
		}
	}
	if err := p.Check(); err != nil {
		return p, err
	}
	return p, known(ctx, tx, p.Vendors, p.Cities, p.Cuisines)
}

// house locks a vendor for somebody who may run its promotions.
func house(ctx context.Context, tx *postgres.Tx, actor domain.Actor, vendorID domain.ID) (vendor.Profile, error) {
	v, role, err := tx.VendorForWrite(ctx, vendorID, actor.ID)
	if err != nil {
		return v, err
	}
	return v, mayPromote(role)
}

func (s *Service) mayLook(ctx context.Context, actor domain.Actor, vendorID domain.ID) error {
	_, role, err := s.db.VendorFor(ctx, vendorID, actor.ID)
	if err != nil {
		return err
	}
	return mayPromote(role)
}

func mayPromote(role account.MemberRole) error {
	switch {
	case role.May(account.Promote):
		return nil
	case role == "":
		return domain.Missing("vendor")
	}
	return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "the role %s may not %s", role, account.Promote)
}

// reaches says whether a promotion is of whom somebody acts for, and as they saw it.
func reaches(of domain.ID, m pricing.Managed, version int) error {
	if !of.IsNil() && m.Maker != of {
		return domain.Missing("promotion")
	}
	return domain.Fresh(version, m.Version)
}

// counted holds the bounds of what a quote looks at.
func counted(ctx context.Context, tx *postgres.Tx, m pricing.Managed) error {
	most := pricing.MaxOffers
	if !m.Maker.IsNil() {
		most = pricing.MaxOwnPromotions
	}
	n, err := tx.LivePromotions(ctx, m.Maker)
	if err != nil {
		return err
	}
	if n > most && (!m.Maker.IsNil() || m.Code == "") {
		return domain.Errorf(domain.Conflict, "promotions.too_many", "at most %d may be kept that have not ended; end another one first", most)
	}
	return nil
}

func promotionFacts(m pricing.Managed) map[string]any {
	facts := map[string]any{
		"label": m.Label, "benefit": m.Benefit, "share": m.Share, "amount": m.Amount, "currency": m.Currency, "minOrder": m.MinOrder, "cap": m.Cap,
		"firstOrder": m.FirstOrder, "perCustomer": m.PerCustomer, "limit": m.Limit, "windows": m.Windows, "vendors": m.Vendors,
		"cities": m.Cities, "cuisines": m.Cuisines, "vendorShare": m.VendorShare, "alone": m.Alone, "code": m.Code,
		"paused": m.Paused, "held": m.Held, "used": m.Used, "version": m.Version,
	}
	if !m.Maker.IsNil() {
		facts["vendorId"] = m.Maker
	}
	return period(facts, m.StartsAt, m.EndsAt)
}
