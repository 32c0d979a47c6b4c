package rules

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Filter selects tariffs, surges or commissions.
type Filter = postgres.RuleFilter

// Tariffs lists tariffs, newest first.
func (s *Service) Tariffs(ctx context.Context, f Filter) ([]postgres.Tariff, error) {
	return s.db.AllTariffs(ctx, f)
}

// Tariff reads one. NotFound when there is none.
func (s *Service) Tariff(ctx context.Context, tariffID domain.ID) (postgres.Tariff, error) {
	return s.db.Tariff(ctx, tariffID)
}

// CreateTariff sets what delivery costs in a currency or, of that, a city. Errors: Invalid, naming the field; Conflict "tariff.exists".
func (s *Service) CreateTariff(ctx context.Context, by domain.Actor, t pricing.Tariff) (postgres.Tariff, error) {
	t.ID = id.New()
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := checkTariff(ctx, tx, t); err != nil {
			return err
		}
		if err := tx.AddTariff(ctx, t); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("create", "tariff", t.ID, nil, tariffFacts(t)))
	})
	if err != nil {
		return postgres.Tariff{}, err
	}
	return s.db.Tariff(ctx, t.ID)
}

// EditTariff replaces one. Errors: NotFound; Precondition for a stale version (0: whatever it is); those of CreateTariff.
func (s *Service) EditTariff(ctx context.Context, by domain.Actor, tariffID domain.ID, version int, next pricing.Tariff) (postgres.Tariff, error) {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		t, err := heldTariff(ctx, tx, tariffID, version)
		if err != nil {
			return err
		}
		if err := checkTariff(ctx, tx, next); err != nil {
			return err
		}
		before := t.Tariff
		t.Tariff = next
		t.ID = tariffID
		if err := tx.SaveTariff(ctx, &t); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("edit", "tariff", t.ID, tariffFacts(before), tariffFacts(t.Tariff)))
	})
	if err != nil {
		return postgres.Tariff{}, err
	}
	return s.db.Tariff(ctx, tariffID)
}

// DeleteTariff takes one back, so that the next wider one is in force. Errors: NotFound; Precondition.
func (s *Service) DeleteTariff(ctx context.Context, by domain.Actor, tariffID domain.ID, version int) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		t, err := heldTariff(ctx, tx, tariffID, version)
		if err != nil {
			return err
		}
		if err := tx.RemoveTariff(ctx, tariffID); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("delete", "tariff", t.ID, tariffFacts(t.Tariff), nil))
	})
}

func heldTariff(ctx context.Context, tx *postgres.Tx, tariffID domain.ID, version int) (postgres.Tariff, error) {
	t, err := tx.HoldTariff(ctx, tariffID)
	if err != nil {
		return t, err
	}
	return t, domain.Fresh(version, t.Version)
}

func checkTariff(ctx context.Context, tx *postgres.Tx, t pricing.Tariff) error {
	if err := t.Check(); err != nil {
		return err
	}
	return knownPlace(ctx, tx, domain.Nil, t.City)
}

func tariffFacts(t pricing.Tariff) map[string]any {
	bands := make([][3]int64, len(t.Bands))
	for i, b := range t.Bands {
		bands[i] = [3]int64{int64(b.From), b.Fee, b.PerKm}
	}
	return map[string]any{
		"currency": t.Currency, "city": t.City, "bands": bands, "smallBelow": t.SmallOrder.Below, "smallFee": t.SmallOrder.Fee,
	}
}

// Surges lists rules of surge, newest first.
func (s *Service) Surges(ctx context.Context, f Filter) ([]postgres.Surge, error) {
	return s.db.AllSurges(ctx, f)
}

// Surge reads one. NotFound when there is none.
func (s *Service) Surge(ctx context.Context, surgeID domain.ID) (postgres.Surge, error) {
	return s.db.Surge(ctx, surgeID)
}

// CreateSurge makes delivery cost more for a while. Errors: Invalid, naming the field.
func (s *Service) CreateSurge(ctx context.Context, by domain.Actor, r pricing.Surge) (postgres.Surge, error) {
	r.ID = id.New()
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if err := checkSurge(ctx, tx, r); err != nil {
			return err
		}
		if err := tx.AddSurge(ctx, r); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("create", "surge", r.ID, nil, surgeFacts(r)))
	})
	if err != nil {
		return postgres.Surge{}, err
	}
	return s.db.Surge(ctx, r.ID)
}

// EditSurge replaces one. Errors: NotFound; Precondition for a stale version (0: whatever it is); Invalid.
func (s *Service) EditSurge(ctx context.Context, by domain.Actor, surgeID domain.ID, version int, next pricing.Surge) (postgres.Surge, error) {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		r, err := heldSurge(ctx, tx, surgeID, version)
		if err != nil {
			return err
		}
		if err := checkSurge(ctx, tx, next); err != nil {
			return err
		}
		before := r.Surge
		r.Surge = next
		r.ID = surgeID
		if err := tx.SaveSurge(ctx, &r); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("edit", "surge", r.ID, surgeFacts(before), surgeFacts(r.Surge)))
	})
	if err != nil {
		return postgres.Surge{}, err
	}
	return s.db.Surge(ctx, surgeID)
}

// DeleteSurge takes one back. Errors: NotFound; Precondition.
func (s *Service) DeleteSurge(ctx context.Context, by domain.Actor, surgeID domain.ID, version int) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		r, err := heldSurge(ctx, tx, surgeID, version)
		if err != nil {
			return err
		}
		if err := tx.RemoveSurge(ctx, surgeID); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("delete", "surge", r.ID, surgeFacts(r.Surge), nil))
	})
}

func heldSurge(ctx context.Context, tx *postgres.Tx, surgeID domain.ID, version int) (postgres.Surge, error) {
	r, err := tx.HoldSurge(ctx, surgeID)
	if err != nil {
		return r, err
	}
	return r, domain.Fresh(version, r.Version)
}

func checkSurge(ctx context.Context, tx *postgres.Tx, r pricing.Surge) error {
	if err := r.Check(); err != nil {
		return err
	}
	now, err := tx.Moment(ctx)
	if err != nil {
		return err
	}
	if err := pricing.CheckAhead(r.EndsAt, now); err != nil {
		return err
	}
	return knownPlace(ctx, tx, domain.Nil, r.City)
}

func surgeFacts(r pricing.Surge) map[string]any {
	return period(map[string]any{
		"label": r.Label, "currency": r.Currency, "city": r.City, "lat": r.Centre.Lat, "lng": r.Centre.Lng, "radiusM": r.RadiusM,
		"windows": r.Windows, "times": r.Times, "flat": r.Flat, "cap": r.Cap,
	}, r.StartsAt, r.EndsAt)
}
