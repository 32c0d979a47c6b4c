package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// AtWork is a courier and what keeps them from taking work. NotFound for who is no courier.
func (s *Service) AtWork(ctx context.Context, id domain.ID) (Courier, Worker, error) {
	c, err := s.db.CourierByID(ctx, id)
	if err != nil {
		return c, Worker{}, err
	}
	w, err := s.positions.Worker(ctx, id)
	if err == nil {
		c.Location, c.LocatedAt = w.At, w.SeenAt
	}
	return c, w, err
}

// Terms are what staff set of a courier's work; nil leaves one as it is.
type Terms struct {
	City       *string
	Capacity   *int           // rules.MinCapacity to rules.MaxCapacity
	Zone       []domain.Point // corners; none of them: everywhere
	CashLimits []domain.Money // one a currency; none of them: those of the city
}

// SetTerms changes them. Errors: Invalid; NotFound; Precondition when version (0: any) is not the courier's.
func (s *Service) SetTerms(ctx context.Context, actor domain.Actor, id domain.ID, version int, t Terms) (Courier, error) {
	ring, err := zoneOf(t.Zone)
	if err == nil && t.City != nil {
		t.City, err = cityLine(t.City)
	}
	if err != nil {
		return Courier{}, err
	}
	seen := map[domain.Currency]bool{}
	for _, l := range t.CashLimits {
		if !l.Currency.Known() || seen[l.Currency] {
			return Courier{}, domain.Invalidf("cashLimits", "currency", "must be known currencies, each once")
		}
		seen[l.Currency] = true
	}
	if t.Capacity != nil && (*t.Capacity < rules.MinCapacity || *t.Capacity > rules.MaxCapacity) {
		return Courier{}, domain.Invalidf("capacity", "range", "must be %d to %d", rules.MinCapacity, rules.MaxCapacity)
	}
	return s.changeCourier(ctx, actor, id, version, func(tx *postgres.Tx, c *Courier) (domain.Event, error) {
		before, after := map[string]any{}, map[string]any{}
		if t.City != nil {
			before["city"], after["city"] = c.City, *t.City
			c.City = *t.City
		}
		if t.Capacity != nil {
			before["capacity"], after["capacity"] = c.Capacity, *t.Capacity
			c.Capacity, c.Most = *t.Capacity, *t.Capacity
		}
		if t.Zone != nil {
			before["zone"], after["zone"] = c.Zone, ring
			c.Zone = ring
		}
		if t.CashLimits != nil {
			was, err := tx.CourierCashLimits(ctx, id)
			if err != nil {
				return domain.Event{}, err
			}
			before["cashLimits"], after["cashLimits"] = amounts(was), amounts(t.CashLimits)
			if err := tx.SetCourierCashLimits(ctx, id, t.CashLimits); err != nil {
				return domain.Event{}, err
			}
		}
		return domain.Event{Type: "courier.terms_changed"}, tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "courier.terms", Subject: "courier", SubjectID: id, Before: before, After: after,
		})
	})
}

func amounts(all []domain.Money) map[string]int64 {
	out := make(map[string]int64, len(all))
	for _, m := range all {
		out[string(m.Currency)] = m.Amount
	}
	return out
}

// zoneOf checks a zone by the rules of vendors' zones, as one around its first corner.
func zoneOf(corners []domain.Point) (vendor.Ring, error) {
	if len(corners) == 0 {
		return nil, nil //nolint:nilnil // everywhere
	}
	ring, err := vendor.NewRing(corners, corners[0])
	var e *domain.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		f := e.Fields[0]
		if f.Code == "far" {
			f.Message = "no corner may be more than 30 km from the first"
		}
		f.Message = strings.ReplaceAll(f.Message, "ring[", "zone[")
		return nil, domain.Invalidf("zone", f.Code, "%s", f.Message)
	}
	return ring, err
}

// CashLimit is how much cash the couriers of a city may have in their pockets.
type CashLimit = postgres.CashLimit

// CashLimits lists them.
func (s *Service) CashLimits(ctx context.Context) ([]CashLimit, error) { return s.db.CashLimits(ctx) }

// SetCashLimit limits the cash of a city's couriers, or with "" that of all others. Invalid for a blank city, an unknown currency, or an
// amount below zero.
func (s *Service) SetCashLimit(ctx context.Context, actor domain.Actor, l CashLimit) ([]CashLimit, error) {
	if !l.Amount.Currency.Known() || l.Amount.Amount < 0 {
		return nil, domain.Invalidf("limit", "range", "must be at least zero, in a known currency")
	}
	city, err := line("city", l.City)
	if err == nil && city == "" && l.City != "" {
		err = domain.Invalidf("city", "blank", "must not be blank")
	}
	if err != nil {
		return nil, err
	}
	l.City = city
	err = s.changeCashLimit(ctx, actor, "cash_limit.set", l, func(tx *postgres.Tx) error { return tx.SetCashLimit(ctx, l) })
	if err != nil {
		return nil, err
	}
	return s.db.CashLimits(ctx)
}

// DropCashLimit takes a city's limit away, or with "" that of all others. NotFound when there is none.
func (s *Service) DropCashLimit(ctx context.Context, actor domain.Actor, city string, currency domain.Currency) error {
	l := CashLimit{City: city, Amount: domain.Money{Currency: currency}}
	return s.changeCashLimit(ctx, actor, "cash_limit.drop", l, func(tx *postgres.Tx) error { return tx.DropCashLimit(ctx, city, currency) })
}

func (s *Service) changeCashLimit(ctx context.Context, actor domain.Actor, deed string, l CashLimit, change func(*postgres.Tx) error) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		was, err := tx.HoldCashLimit(ctx, l.City, l.Amount.Currency)
		if err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		facts := func(amount any) map[string]any {
			return map[string]any{"city": l.City, "currency": string(l.Amount.Currency), "amount": amount}
		}
		entry := postgres.AuditEntry{Action: deed, Subject: "cash_limit", After: facts(l.Amount.Amount)}
		if was != nil {
			entry.Before = facts(*was)
		}
		return tx.Audit(ctx, actor, entry)
	})
}

// Kinds are the kinds of documents.
var Kinds = []rules.Kind{rules.Identity, rules.Licence, rules.Insurance}

// KindOf reads one. NotFound for a word that is none.
func KindOf(word string) (rules.Kind, error) {
	if !slices.Contains(Kinds, rules.Kind(word)) {
		return "", domain.Missing("kind of document")
	}
	return rules.Kind(word), nil
}
