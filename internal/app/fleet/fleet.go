// Package fleet is the use case of those who carry: what they say of themselves and show, what staff make of it, their terms and shifts,
// and when they are online.
package fleet

import (
	"context"
	"log/slog"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/phone"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Service serves the use cases.
type Service struct {
	db        *postgres.DB
	wake      func()
	redraw    Redraw
	positions *positions.Positions
}

// Options are the service's settings.
type Options struct {
	Wake      func()               // called after each commit that wrote events; may be nil
	Redraw    Redraw               // nil: no pictures of documents
	Positions *positions.Positions // nil: those that Postgres has
}

// New makes the service.
func New(db *postgres.DB, o Options) *Service {
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Positions == nil {
		o.Positions = positions.New(db, nil, slog.New(slog.DiscardHandler))
	}
	return &Service{db: db, wake: o.Wake, redraw: o.Redraw, positions: o.Positions}
}

// Courier is a courier's profile.
type Courier = postgres.Courier

// Worker is a courier as dispatch sees them.
type Worker = postgres.Worker

// Filter selects couriers for staff.
type Filter = postgres.StandingFilter

// Couriers lists couriers of any standing for staff, newest first.
func (s *Service) Couriers(ctx context.Context, f Filter) ([]Courier, error) {
	return s.db.Couriers(ctx, f)
}

// Profile is what couriers say of themselves.
type Profile struct {
	Name    string
	Phone   string // to be dialled from anywhere
	Vehicle string
	City    *string // where they work, "" for wherever they are; nil: as it was
}

// PutCourier creates or changes the actor's own profile; a new one waits for approval. Saying again what is so already
// changes nothing. Invalid for a blank name, and a number that cannot be dialled from anywhere; Conflict "courier.documents_missing" for a vehicle that
// needs more than an approved courier has shown; Precondition when version (0: any) is not the courier's.
func (s *Service) PutCourier(ctx context.Context, actor domain.Actor, version int, p Profile) (Courier, error) {
	if err := p.tidy(); err != nil {
		return Courier{}, err
	}
	e164, ok := phone.Normal(p.Phone, "")
	if !ok {
		return Courier{}, domain.Invalidf("phone", "phone", "must be a telephone number with its country's code, such as +911123456789")
	}
	if version == 0 { // whoever saw a version saw a courier
		made, err := s.db.MakeCourier(ctx, p.of(Courier{ID: actor.ID, Phone: e164}))
		if err != nil {
			return Courier{}, err
		}
		if made {
			return s.db.CourierByID(ctx, actor.ID)
		}
	}
	return s.changeCourier(ctx, actor, actor.ID, version, func(tx *postgres.Tx, c *Courier) (domain.Event, error) {
		was := *c
		*c = p.of(*c)
		c.Phone = e164
		if err := mayDrive(ctx, tx, &was, c); err != nil {
			return domain.Event{}, err
		}
		if c.Name == was.Name && c.Phone == was.Phone && c.Vehicle == was.Vehicle && c.City == was.City {
			return domain.Event{}, nil
		}
		return domain.Event{Type: "courier.profile_changed"}, nil
	})
}

func (p *Profile) tidy() (err error) {
	if p.Name, err = line("name", p.Name); err == nil && p.Name == "" {
		err = domain.Invalidf("name", "blank", "must not be blank")
	}
	if err == nil && p.City != nil {
		p.City, err = cityLine(p.City)
	}
	return err
}

// line is one of text without blanks around it. Invalid, naming the field, for what is none.
func line(field, text string) (string, error) {
	return strings.TrimSpace(text), domain.CheckLine(field, text)
}

func cityLine(city *string) (*string, error) {
	text, err := line("city", *city)
	return &text, err
}

// of is a courier as the profile says; how much a new vehicle carries at once is what is usual of it, and no more than staff have said.
func (p Profile) of(c Courier) Courier {
	if c.Vehicle != p.Vehicle {
		c.Capacity = rules.Capacity(p.Vehicle)
		if c.Most > 0 {
			c.Capacity = min(c.Capacity, c.Most)
		}
	}
	c.Name, c.Vehicle = p.Name, p.Vehicle
	if p.City != nil {
		c.City = *p.City
	}
	return c
}

// SetOnline starts or stops the offers to the actor; one that waits for their answer then is taken back by ExpireOffers, and cannot be accepted
// meanwhile. Saying again what is so already changes nothing.
// Conflict "courier.not_approved" for one that may not take offers, and "courier.off_shift", with nextShiftAt, for one who works in
// shifts and has none now; Precondition when version (0: any) is not the courier's.
func (s *Service) SetOnline(ctx context.Context, actor domain.Actor, version int, online bool) (Courier, error) {
	return s.changeCourier(ctx, actor, actor.ID, version, func(tx *postgres.Tx, c *Courier) (domain.Event, error) {
		if online && c.Status != vendor.Approved {
			return domain.Event{}, domain.Errorf(domain.Conflict, "courier.not_approved", "the courier is %s", c.Status).
				With("status", string(c.Status))
		}
		if c.Online == online {
			return domain.Event{}, nil
		}
		c.Online = online
		if online {
			if err := onShift(ctx, tx, c.ID); err != nil {
				return domain.Event{}, err
			}
			return domain.Event{Type: "courier.online"}, nil
		}
		return domain.Event{Type: "courier.offline"}, nil
	})
}

func onShift(ctx context.Context, tx *postgres.Tx, courier domain.ID) error {
	off, next, err := tx.OffShift(ctx, courier)
	if err != nil || !off {
		return err
	}
	e := domain.Errorf(domain.Conflict, "courier.off_shift", "the courier works in shifts, and has none now")
	if !next.IsZero() {
		e = e.With("nextShiftAt", next.UTC())
	}
	return e
}

// standing is what may become of a courier: the same as of a vendor.
var standing = domain.Machine[vendor.Status]{Thing: "courier", Table: vendor.Machine.Table}

// Judge approves, rejects or suspends a courier by a verb of vendor.Machine; a suspended one is offline. What it carries it
// brings to the end; an offer that it has not answered is taken back by ExpireOffers, and cannot be accepted meanwhile.
// Who approves has looked at the documents that the vehicle needs. The reason is kept with the profile, for the courier to read, and nowhere that nothing is ever taken out of.
// Errors: NotFound; Conflict "courier.illegal_transition", and "courier.documents_missing" with which; Precondition as for SetOnline.
func (s *Service) Judge(ctx context.Context, actor domain.Actor, id domain.ID, version int, verb, reason string) (Courier, error) {
	return s.changeCourier(ctx, actor, id, version, func(tx *postgres.Tx, c *Courier) (domain.Event, error) {
		t, err := standing.Step(c.Status, verb, actor.Role)
		if err != nil {
			return domain.Event{}, err
		}
		if verb == vendor.VerbApprove {
			if err := approveDocuments(ctx, tx, c); err != nil {
				return domain.Event{}, err
			}
		}
		entry := postgres.AuditEntry{
			Action: "courier." + verb, Subject: "courier", SubjectID: id,
			Before: map[string]any{"status": c.Status, "online": c.Online}, After: map[string]any{"status": t.To, "online": false},
		}
		c.Status, c.StatusReason, c.Online = t.To, reason, false
		return domain.Event{Type: "courier." + string(t.To)}, tx.Audit(ctx, actor, entry)
	})
}

func (s *Service) changeCourier(ctx context.Context, actor domain.Actor, id domain.ID, version int,
	verb func(*postgres.Tx, *Courier) (domain.Event, error),
) (Courier, error) {
	var c Courier
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		if c, err = tx.HoldCourier(ctx, id); err != nil {
			return err
		}
		if err := domain.Fresh(version, c.Version); err != nil {
			return err
		}
		event, err := verb(tx, &c)
		if err != nil || event.Type == "" {
			return err
		}
		return tx.StoreCourier(ctx, &c, actor, event)
	})
	if err == nil {
		s.wake()
		s.positions.Changed(id)
		if !c.Online {
			s.positions.Forget(ctx, id, c.City)
		}
	}
	return c, err
}
