package rules

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Commissions lists rules of commission, newest first.
func (s *Service) Commissions(ctx context.Context, f Filter) ([]postgres.Commission, error) {
	return s.db.AllCommissions(ctx, f)
}

// Commission reads one. NotFound when there is none.
func (s *Service) Commission(ctx context.Context, commissionID domain.ID) (postgres.Commission, error) {
	return s.db.Commission(ctx, commissionID)
}

// CreateCommission says what the marketplace keeps of a vendor's food, of a city's, or of everybody's.
// Errors: Invalid, naming the field; Conflict "commission.exists" for one of the same that begins at the same moment.
func (s *Service) CreateCommission(ctx context.Context, by domain.Actor, c pricing.CommissionRule) (postgres.Commission, error) {
	c.ID = id.New()
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		now, err := tx.Moment(ctx)
		if err != nil {
			return err
		}
		if err := checkCommission(ctx, tx, c, now); err != nil {
			return err
		}
		if err := tx.AddCommission(ctx, c); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("create", "commission", c.ID, nil, commissionFacts(c)))
	})
	if err != nil {
		return postgres.Commission{}, err
	}
	return s.db.Commission(ctx, c.ID)
}

// EditCommission replaces one; orders that were placed keep their rate.
// Errors: NotFound; Precondition for a stale version (0: whatever it is); those of CreateCommission; pricing.ErrNoCommission.
func (s *Service) EditCommission(ctx context.Context, by domain.Actor, commissionID domain.ID, version int, next pricing.CommissionRule) (postgres.Commission, error) {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		c, now, err := heldCommission(ctx, tx, commissionID, version)
		if err != nil {
			return err
		}
		if err := checkCommission(ctx, tx, next, now); err != nil {
			return err
		}
		before := c.CommissionRule
		c.CommissionRule = next
		c.ID = commissionID
		if err := tx.SaveCommission(ctx, &c); err != nil {
			return err
		}
		if err := leaves(ctx, tx, before, now); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("edit", "commission", c.ID, commissionFacts(before), commissionFacts(c.CommissionRule)))
	})
	if err != nil {
		return postgres.Commission{}, err
	}
	return s.db.Commission(ctx, commissionID)
}

// DeleteCommission takes one back, so that the next wider one is in force. Errors: NotFound; Precondition; pricing.ErrNoCommission.
func (s *Service) DeleteCommission(ctx context.Context, by domain.Actor, commissionID domain.ID, version int) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		c, now, err := heldCommission(ctx, tx, commissionID, version)
		if err != nil {
			return err
		}
		if err := tx.RemoveCommission(ctx, commissionID); err != nil {
			return err
		}
		if err := leaves(ctx, tx, c.CommissionRule, now); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("delete", "commission", c.ID, commissionFacts(c.CommissionRule), nil))
	})
}

// heldCommission locks a rule. Everybody's are locked before it, all in one order: of two changes the second knows what the first
// has left.
func heldCommission(ctx context.Context, tx *postgres.Tx, commissionID domain.ID, version int) (postgres.Commission, time.Time, error) {
	if _, err := tx.HoldEverybodys(ctx); err != nil {
		return postgres.Commission{}, time.Time{}, err
	}
	c, now, err := tx.HoldCommission(ctx, commissionID)
	if err != nil {
		return c, now, err
	}
	return c, now, domain.Fresh(version, c.Version)
}

// leaves makes sure that a change of what was a rule has left everybody one.
func leaves(ctx context.Context, tx *postgres.Tx, was pricing.CommissionRule, now time.Time) error {
	left, err := tx.HoldEverybodys(ctx)
	if err != nil {
		return err
	}
	return pricing.CheckLeft(was, left, now)
}

func checkCommission(ctx context.Context, tx *postgres.Tx, c pricing.CommissionRule, now time.Time) error {
	if err := c.Check(); err != nil {
		return err
	}
	if err := pricing.CheckAhead(c.EndsAt, now); err != nil {
		return err
	}
	return knownPlace(ctx, tx, c.Vendor, c.City)
}

func commissionFacts(c pricing.CommissionRule) map[string]any {
	facts := map[string]any{"city": c.City, "rate": c.Rate}
	if !c.Vendor.IsNil() {
		facts["vendorId"] = c.Vendor
	}
	return period(facts, c.StartsAt, c.EndsAt)
}
