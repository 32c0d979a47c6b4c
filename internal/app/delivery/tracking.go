package delivery

import (
	"context"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Tracking is how far an order is.
type Tracking struct {
	postgres.Tracking
	EstimatedAt time.Time // zero: nobody can tell
	Courier     *Bringer  // nil: nobody has it, or had it
}

// Bringer is who brings an order, as far as its customer is told.
type Bringer struct {
	FirstName string
	Vehicle   string
	Position  *Position // nil: not to be seen, or not known
}

// Position is where a courier was seen last.
type Position struct {
	Point  domain.Point
	At     time.Time
	Age    time.Duration
	Coarse bool // only the middle of the cell of a grid: see rules.Coarse
}

// Track tells how far an order is to its customer, its vendor's members, its courier and staff; NotFound for everybody else.
func (s *Service) Track(ctx context.Context, actor domain.Actor, orderID domain.ID) (Tracking, error) {
	t, err := s.db.Tracking(ctx, orderID, actor.ID)
	if err != nil {
		return Tracking{}, err
	}
	if !tracks(actor, t.Parties) {
		return Tracking{}, domain.Missing("order")
	}
	return s.tracking(ctx, t)
}

func tracks(actor domain.Actor, p postgres.Parties) bool {
	switch actor.Role {
	case domain.RoleCustomer:
		return p.CustomerID == actor.ID
	case domain.RoleVendor:
		return p.Member && actor.Reaches(p.VendorID)
	case domain.RoleCourier:
		return p.CourierID == actor.ID
	}
	return actor.Role.Staff()
}

// tracking adds who brings the order, and where they are while that may be seen, to what is known of it.
func (s *Service) tracking(ctx context.Context, known postgres.Tracking) (Tracking, error) {
	t := Tracking{Tracking: known}
	if !t.CourierID.IsNil() {
		c, err := s.db.CourierByID(ctx, t.CourierID)
		if err != nil {
			return Tracking{}, err
		}
		first, _, _ := strings.Cut(strings.TrimSpace(c.Name), " ")
		t.Courier = &Bringer{FirstName: first, Vehicle: c.Vehicle}
		if t.Way.State.Followed() {
			t.Way.Vehicle, t.Way.Courier = c.Vehicle, s.positions.LastSeen(ctx, c)
			t.Courier.Position = shown(t.Way, t.Now)
		}
	}
	if t.EndedAt.IsZero() {
		t.EstimatedAt = t.Estimate(t.Now, s.roads)
	}
	return t, nil
}

func shown(w rules.Way, now time.Time) *Position {
	p, coarse, ok := w.State.Shown(w.Courier, w.Next(), now)
	if !ok {
		return nil
	}
	return &Position{Point: p, At: w.Courier.At.Truncate(time.Millisecond), Age: max(now.Sub(w.Courier.At), 0), Coarse: coarse}
}
