package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Worker is a courier as dispatch sees them.
type Worker struct {
	CourierID domain.ID
	City      string // "": wherever they are
	Vehicle   string
	At        *domain.Point // nil: nobody has seen them
	SeenAt    time.Time
	Capacity  int
	Carrying  int          // deliveries
	Zone      *vendor.Area // where they pick up; nil: everywhere
	ShiftEnd  time.Time    // nothing is picked up then or later; zero: it does not end
	Cash      map[domain.Currency]delivery.CashRoom
	Excluded  delivery.Exclusion // why they cannot take work; "": they can
}

// PicksUp says whether they do at a place.
func (w Worker) PicksUp(at domain.Point) bool { return w.Zone == nil || w.Zone.Holds(at) }

// Takes says whether they may be given so much cash at the door.
func (w Worker) Takes(cash domain.Money) bool {
	room, limited := w.Cash[cash.Currency]
	return !limited || room.Takes(cash.Amount)
}

// WorkerFilter selects couriers who are online.
type WorkerFilter struct {
	City string // those who work there, and those who work wherever they are; "": all
	Most int
}

// Workers gives couriers with why they cannot take work, by ID, and the time by the database's clock.
func (db *DB) Workers(ctx context.Context, f WorkerFilter) ([]Worker, time.Time, error) {
	rows, err := db.q().OnlineWorkers(ctx, query.OnlineWorkersParams{City: f.City, Most: int32(f.Most)}) //nolint:gosec // a small constant
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("list workers: %w", classify(err))
	}
	var now time.Time
	out := make([]Worker, len(rows))
	for i, r := range rows {
		if out[i], err = toWorker(r); err != nil {
			return nil, now, err
		}
		now = r.Moment
	}
	return out, now, nil
}

// Worker gives one courier with why they cannot take work, and the time by the database's clock. NotFound when there is none.
func (db *DB) Worker(ctx context.Context, id domain.ID) (Worker, time.Time, error) {
	r, err := db.q().WorkerByID(ctx, id)
	if err != nil {
		return Worker{}, time.Time{}, missing("courier", fmt.Errorf("read worker: %w", err))
	}
	w, err := toWorker(r)
	return w, r.Moment, err
}

func toWorker(c query.CourierWork) (Worker, error) {
	w := Worker{
		CourierID: c.UserID, City: c.City, Vehicle: c.Vehicle, SeenAt: orZero(c.LocatedAt), Capacity: c.Capacity, Carrying: c.Carrying,
		Zone: toRing(c.ZoneRing).Area(), Excluded: delivery.Exclusion(c.Excluded),
	}
	if c.ShiftEndsAt.Unix() != 0 {
		w.ShiftEnd = c.ShiftEndsAt
	}
	if c.Lat != nil && c.Lng != nil {
		w.At = &domain.Point{Lat: *c.Lat, Lng: *c.Lng}
	}
	var err error
	w.Cash, err = toCashRooms(c.Cash)
	return w, err
}

func toCashRooms(text []byte) (map[domain.Currency]delivery.CashRoom, error) {
	var rooms map[domain.Currency]delivery.CashRoom
	if err := json.Unmarshal(text, &rooms); err != nil {
		return nil, fmt.Errorf("read cash limits: %w", err)
	}
	return rooms, nil
}

// CashRooms gives the limits of a courier's cash, by currency. NotFound when there is no such courier.
func (db *DB) CashRooms(ctx context.Context, courierID domain.ID) (map[domain.Currency]delivery.CashRoom, error) {
	return cashRooms(ctx, db.q(), courierID)
}

// CashRooms is that of DB, as a held courier has them.
func (tx *Tx) CashRooms(ctx context.Context, courierID domain.ID) (map[domain.Currency]delivery.CashRoom, error) {
	return cashRooms(ctx, tx.Queries, courierID)
}

func cashRooms(ctx context.Context, q *query.Queries, courierID domain.ID) (map[domain.Currency]delivery.CashRoom, error) {
	text, err := q.CashRooms(ctx, courierID)
	if err != nil {
		return nil, missing("courier", fmt.Errorf("read cash limits: %w", err))
	}
	return toCashRooms(text)
}

// ErrCourierFull refuses another delivery to a courier who carries as much as they can.
var ErrCourierFull = taken["deliveries_slots"]

// FreeSlot gives a held courier's first free place, among those that they may take or, beyond that, that there are. ErrCourierFull when there is none.
func (tx *Tx) FreeSlot(ctx context.Context, courierID domain.ID, beyond bool) (int, error) {
	slot, err := tx.Queries.FreeSlot(ctx, query.FreeSlotParams{UserID: courierID, Beyond: beyond})
	if err != nil {
		return 0, fmt.Errorf("look for a free place: %w", err)
	}
	if slot == 0 {
		return 0, ErrCourierFull
	}
	return slot, nil
}

// Absent gives couriers who are said to be online and are not, with why: "silent" for so long, or "shift_over". Of one courier,
// or with Nil of all.
func (db *DB) Absent(ctx context.Context, only domain.ID, silent time.Duration, most int) (map[domain.ID]string, error) {
	return absent(ctx, db.q(), only, silent, most)
}

// Absent is that of DB.
func (tx *Tx) Absent(ctx context.Context, only domain.ID, silent time.Duration, most int) (map[domain.ID]string, error) {
	return absent(ctx, tx.Queries, only, silent, most)
}

func absent(ctx context.Context, q *query.Queries, only domain.ID, silent time.Duration, most int) (map[domain.ID]string, error) {
	rows, err := q.AbsentCouriers(ctx, query.AbsentCouriersParams{
		OnlyID: orNull(only), SilentSeconds: silent.Seconds(), Most: int32(most), //nolint:gosec // a small constant
	})
	if err != nil {
		return nil, fmt.Errorf("list absent couriers: %w", classify(err))
	}
	out := make(map[domain.ID]string, len(rows))
	for _, r := range rows {
		out[r.UserID] = r.Reason
	}
	return out, nil
}

// PlanShift writes a shift of a held courier. Conflict "shift.overlap" when there is another at the time, and "shift.too_many".
func (tx *Tx) PlanShift(ctx context.Context, courierID domain.ID, s delivery.Shift) error {
	n, err := tx.CountShifts(ctx, courierID)
	if err != nil {
		return fmt.Errorf("count shifts: %w", err)
	}
	if n >= delivery.MaxShifts {
		return domain.Errorf(domain.Conflict, "shift.too_many", "a courier has at most %d shifts ahead", delivery.MaxShifts)
	}
	if err := tx.InsertShift(ctx, query.InsertShiftParams{ID: s.ID, CourierID: courierID, StartsAt: s.Start, EndsAt: s.End}); err != nil {
		return fmt.Errorf("insert shift: %w", classify(err))
	}
	return nil
}

// DropShift deletes a shift of a held courier, and gives it. NotFound when they have none such.
func (tx *Tx) DropShift(ctx context.Context, courierID, id domain.ID) (delivery.Shift, error) {
	r, err := tx.DeleteShift(ctx, query.DeleteShiftParams{ID: id, CourierID: courierID})
	if err != nil {
		return delivery.Shift{}, missing("shift", fmt.Errorf("delete shift: %w", err))
	}
	return delivery.Shift{ID: r.ID, Start: r.StartsAt, End: r.EndsAt}, nil
}

// Shifts lists a courier's shifts that overlap a stretch of time, oldest first, at most MaxShifts.
func (db *DB) Shifts(ctx context.Context, courierID domain.ID, since, until time.Time) ([]delivery.Shift, error) {
	rows, err := db.q().ShiftsOf(ctx, query.ShiftsOfParams{CourierID: courierID, Since: since, Until: until, Most: delivery.MaxShifts})
	if err != nil {
		return nil, fmt.Errorf("list shifts: %w", classify(err))
	}
	out := make([]delivery.Shift, len(rows))
	for i, r := range rows {
		out[i] = delivery.Shift{ID: r.ID, Start: r.StartsAt, End: r.EndsAt}
	}
	return out, nil
}

// OffShift says whether a held courier works in shifts and this is none of theirs, and when the next begins; zero: there is none.
func (tx *Tx) OffShift(ctx context.Context, courierID domain.ID) (off bool, next time.Time, err error) {
	r, err := tx.NextShift(ctx, courierID)
	if err != nil {
		return false, next, fmt.Errorf("read shifts: %w", err)
	}
	if r.NextAt.Unix() != 0 {
		next = r.NextAt
	}
	return r.OffShift, next, nil
}

// Watched is a delivery whose courier is on the way to the vendor.
type Watched struct {
	DeliveryID, OrderID, CourierID domain.ID
	City, Vehicle                  string
	Pickup                         domain.Point
	At                             domain.Point
	SeenAt                         time.Time
	Ready                          time.Time      // when its food is, or should be; zero: nobody has said
	Watch                          delivery.Watch // zero: this is the first look
	Now                            time.Time
}

// AnybodyHeard says whether any courier was heard of in so long, as far as Postgres knows: some half a minute less than there was.
func (db *DB) AnybodyHeard(ctx context.Context, within time.Duration) (bool, error) {
	heard, err := db.q().AnybodyHeard(ctx, within.Seconds())
	if err != nil {
		return false, fmt.Errorf("listen for couriers: %w", classify(err))
	}
	return heard, nil
}

// Watched gives deliveries to be looked at: of those whose couriers have nothing to do before.
func (db *DB) Watched(ctx context.Context, most int) ([]Watched, error) {
	rows, err := db.q().WatchedDeliveries(ctx, int32(most)) //nolint:gosec // a small constant
	if err != nil {
		return nil, fmt.Errorf("list watched deliveries: %w", classify(err))
	}
	out := make([]Watched, len(rows))
	for i, r := range rows {
		out[i] = Watched{
			DeliveryID: r.ID, OrderID: r.OrderID, CourierID: r.CourierID, City: r.City, Vehicle: r.Vehicle,
			Pickup: domain.Point{Lat: r.PickupLat, Lng: r.PickupLng}, At: domain.Point{Lat: r.Lat, Lng: r.Lng}, SeenAt: r.LocatedAt, Ready: orZero(r.ReadyBy), Now: r.Moment,
			Watch: delivery.Watch{
				ArriveBy: orZero(r.ArriveBy), Closest: orZero(r.ClosestM), MovedAt: orZero(r.MovedAt), Stalled: r.StalledAt != nil, NoShow: r.NoShowAt != nil,
			},
		}
	}
	return out, nil
}

// SaveWatches notes how couriers get on, and forgets those that nobody has looked at for two minutes.
func (db *DB) SaveWatches(ctx context.Context, all []Watched) error {
	var p query.SaveDeliveryWatchesParams
	for _, w := range all {
		p.DeliveryIds, p.CourierIds = append(p.DeliveryIds, w.DeliveryID), append(p.CourierIds, w.CourierID)
		p.ArriveBy, p.Closest, p.MovedAt = append(p.ArriveBy, w.Watch.ArriveBy), append(p.Closest, w.Watch.Closest), append(p.MovedAt, w.Watch.MovedAt)
	}
	err := together(ctx, db.single(),
		func(q *query.Queries) error { return q.SaveDeliveryWatches(ctx, p) },
		func(q *query.Queries) error { return q.ForgetWatches(ctx) })
	if err != nil {
		return fmt.Errorf("save watches: %w", classify(err))
	}
	return nil
}

// FlagDelivery flags a held order's delivery, whose courier has stalled or does not show, and says whether nobody had.
func (tx *Tx) FlagDelivery(ctx context.Context, deliveryID domain.ID, noShow bool) (bool, error) {
	n, err := tx.FlagWatch(ctx, query.FlagWatchParams{DeliveryID: deliveryID, NoShow: noShow})
	if err != nil {
		return false, fmt.Errorf("flag delivery: %w", err)
	}
	return n == 1, nil
}
