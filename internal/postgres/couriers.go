package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Courier is somebody who brings orders. Its standing follows the same table as a vendor's.
type Courier struct {
	ID        domain.ID
	Name      string
	Phone     string
	Vehicle   string
	Status    vendor.Status
	Online    bool
	Location  *domain.Point // nil until first seen
	LocatedAt time.Time
	Version   int

	RatingAverage float64 // of 5, to a hundredth; 0: nobody has voted
	RatingCount   int     // votes

	StatusReason string // why it was rejected or suspended

	City     string      // where it works; "": wherever it is
	Zone     vendor.Ring // the part of it where it picks up; nil: all of it
	Capacity int         // deliveries at once
	Most     int         // as many at once as staff let it carry; 0: as is usual of its vehicle
}

// MakeCourier makes a pending courier of version 0, and says whether it did: one that is there stays as it is.
func (db *DB) MakeCourier(ctx context.Context, c Courier) (bool, error) {
	n, err := db.q().MakeCourier(ctx, query.MakeCourierParams{
		UserID: c.ID, Name: c.Name, Phone: c.Phone, Vehicle: c.Vehicle, City: c.City, Capacity: c.Capacity,
	})
	if err != nil {
		return false, fmt.Errorf("make courier: %w", classify(err))
	}
	return n == 1, nil
}

// CourierByID reads a courier. NotFound when there is none.
func (db *DB) CourierByID(ctx context.Context, id domain.ID) (Courier, error) {
	r, err := db.q().CourierByID(ctx, id)
	if err != nil {
		return Courier{}, missing("courier", fmt.Errorf("read courier: %w", err))
	}
	return toCourier(r), nil
}

// HoldCourier locks a courier's row. NotFound when there is none.
func (tx *Tx) HoldCourier(ctx context.Context, id domain.ID) (Courier, error) {
	r, err := tx.LockCourier(ctx, id)
	if err != nil {
		return Courier{}, missing("courier", fmt.Errorf("lock courier: %w", err))
	}
	return toCourier(r), nil
}

// StoreCourier writes a held courier's profile, standing and presence with the events that tell of it, and sets its new version.
func (tx *Tx) StoreCourier(ctx context.Context, c *Courier, by domain.Actor, events ...domain.Event) error {
	version, err := tx.Append(ctx, domain.Record{
		Subject: domain.SubjectCourier, SubjectID: c.ID, Version: c.Version, ActorRole: by.Role, ActorID: by.ID, CourierID: c.ID,
	}, events...)
	if err != nil {
		return err
	}
	c.Version = version
	ring, _ := fromRing(c.Zone)
	err = tx.SaveCourier(ctx, query.SaveCourierParams{
		UserID: c.ID, Name: c.Name, Phone: c.Phone, Vehicle: c.Vehicle, Status: string(c.Status), Online: c.Online, Version: version,
		StatusReason: c.StatusReason, City: c.City, ZoneRing: ring, Capacity: c.Capacity, CapacityMost: zeroNull(c.Most),
	})
	if err != nil {
		return fmt.Errorf("save courier: %w", err)
	}
	return nil
}

// CourierStanding is what has to be known of a courier whose position comes.
type CourierStanding struct {
	Status    vendor.Status
	City      string
	LocatedAt time.Time // zero: never
	Now       time.Time // by the database's clock
	Followed  bool      // where they are is noted: they are approved, or were suspended and still carry something
}

// CourierStanding reads it. NotFound when there is no such courier.
func (db *DB) CourierStanding(ctx context.Context, id domain.ID) (CourierStanding, error) {
	r, err := db.q().CourierStanding(ctx, id)
	if err != nil {
		return CourierStanding{}, missing("courier", fmt.Errorf("read standing: %w", err))
	}
	return CourierStanding{vendor.Status(r.Status), r.City, orZero(r.LocatedAt), r.Moment, r.Followed}, nil
}

// Located is where a courier was at a moment.
type Located struct {
	CourierID domain.ID
	Point     domain.Point
	At        time.Time
}

// KeepPlaces notes the last positions of couriers in one statement, and says of whom: not of those who were seen later, of those
// whose row somebody holds, nor of those who are not approved and carry nothing.
func (db *DB) KeepPlaces(ctx context.Context, places []Located) ([]domain.ID, error) {
	var p query.KeepPlacesParams
	for _, l := range places {
		p.Ids, p.Lats, p.Lngs, p.At = append(p.Ids, l.CourierID), append(p.Lats, l.Point.Lat), append(p.Lngs, l.Point.Lng), append(p.At, l.At)
	}
	ids, err := db.q().KeepPlaces(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("keep places: %w", classify(err))
	}
	return ids, nil
}

func toCourier(r query.Courier) Courier {
	c := Courier{
		ID: r.UserID, Name: r.Name, Phone: r.Phone, Vehicle: r.Vehicle, Status: vendor.Status(r.Status), Online: r.Online,
		LocatedAt: orZero(r.LocatedAt), Version: r.Version, StatusReason: r.StatusReason,
		RatingAverage: r.RatingAverage, RatingCount: r.RatingCount, City: r.City, Zone: toRing(r.ZoneRing), Capacity: r.Capacity, Most: orZero(r.CapacityMost),
	}
	if r.Lat != nil && r.Lng != nil {
		c.Location = &domain.Point{Lat: *r.Lat, Lng: *r.Lng}
	}
	return c
}
