package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// DueCity is a city whose round is due.
type DueCity struct {
	City    string    // in lower case
	RoundAt time.Time // when the round before it was
}

// DueCities gives the cities in which something waits and the last round was so long ago, or something has changed since and it was at
// least so long ago; longest ago first.
func (db *DB) DueCities(ctx context.Context, every, least time.Duration, most int) ([]DueCity, error) {
	rows, err := db.q().DueCities(ctx, query.DueCitiesParams{
		EverySeconds: every.Seconds(), LeastSeconds: least.Seconds(), Most: int32(most), //nolint:gosec // a small constant
	})
	if err != nil {
		return nil, fmt.Errorf("list due cities: %w", classify(err))
	}
	out := make([]DueCity, len(rows))
	for i, r := range rows {
		out[i] = DueCity{r.City, r.RoundAt}
		if r.Fresh {
			if err := db.q().AddCity(ctx, r.City); err != nil {
				return nil, fmt.Errorf("add city: %w", classify(err))
			}
		}
	}
	return out, nil
}

// Round is what a round has seen and done.
type Round struct{ Orders, Couriers, Trips int }

// RoundOf makes a city's round while nobody else can, unless somebody else does or has: then it does nothing. The round is told the time by
// the database's clock, and asks now and then whether the city is still its own: whoever does not for so long loses it, and so does a
// process that ends, at once.
func (db *DB) RoundOf(ctx context.Context, c DueCity, silent time.Duration, round func(now time.Time, still func() error) (Round, error)) error {
	return db.InTx(ctx, func(tx *Tx) error {
		err := tx.write("limit idleness", func(tx *Tx) error {
			return tx.LimitIdle(ctx, fmt.Sprint(silent.Milliseconds()))
		})
		if err != nil {
			return err
		}
		now, err := tx.HoldCity(ctx, query.HoldCityParams{City: c.City, RoundAt: c.RoundAt})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("hold city: %w", err)
		}
		done, err := round(now, func() error {
			_, err := tx.Moment(ctx)
			return err
		})
		if err != nil {
			return err
		}
		return tx.EndRound(ctx, query.EndRoundParams{City: c.City, RoundAt: now, Orders: done.Orders, Couriers: done.Couriers, Trips: done.Trips})
	})
}

// Task is a delivery that waits for a courier, with its order as rounds see it.
type Task struct {
	plan.Order
	DeliveryID domain.ID
	Due        domain.Money   // to be taken at the door
	Refused    []domain.ID    // couriers who must not be asked
	Offered    int            // how often it was
	Zone       *time.Location // its vendor's
}

// Waiting gives what waits in a city, ready first before the rest, and what was ordered there since a moment.
func (db *DB) Waiting(ctx context.Context, city string, now, since time.Time, most int) (tasks []Task, lately []plan.Order, err error) {
	err = together(ctx, db.single(),
		func(q *query.Queries) error {
			rows, err := q.WaitingDeliveries(ctx, query.WaitingDeliveriesParams{City: city, Most: int32(most)}) //nolint:gosec // a small constant
			tasks = make([]Task, len(rows))
			for i, r := range rows {
				tasks[i] = toTask(r, now)
			}
			return err
		},
		func(q *query.Queries) error {
			rows, err := q.LatelyOrdered(ctx, query.LatelyOrderedParams{City: city, Since: id.Since(since), Most: int32(most)}) //nolint:gosec // a small constant
			lately = make([]plan.Order, len(rows))
			for i, r := range rows {
				lately[i] = plan.Order{
					ID: r.ID, Vendor: r.VendorID, Placed: r.PlacedAt, Ready: orThen(r.ReadyBy, r.PlacedAt.Add(eta.Unsaid)),
					Pickup: domain.Point{Lat: r.PickupLat, Lng: r.PickupLng}, Door: domain.Point{Lat: r.DropoffLat, Lng: r.DropoffLng},
				}
			}
			return err
		})
	if err != nil {
		return nil, nil, fmt.Errorf("list waiting deliveries: %w", classify(err))
	}
	return tasks, lately, nil
}

func orThen(t *time.Time, otherwise time.Time) time.Time {
	if t == nil {
		return otherwise
	}
	return *t
}

// source is what a round takes for the vendor of food: that which was fetched goes with nothing else.
func source(deliveryID, vendorID domain.ID, state string) domain.ID {
	return delivery.Source(deliveryID, vendorID, order.State(state) == order.PickedUp)
}

// foodOf is what is known of when food is ready.
func foodOf(state string, by, at *time.Time, late int) eta.Claim {
	made := order.State(state) == order.Ready || order.State(state) == order.PickedUp
	return eta.Claim{ReadyBy: orZero(by), ReadyAt: orZero(at), Made: made, Late: time.Duration(late) * time.Minute}
}

func toTask(r query.WaitingDeliveriesRow, now time.Time) Task {
	zone, err := time.LoadLocation(r.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return Task{
		Order: plan.Order{
			ID: r.OrderID, Vendor: source(r.ID, r.VendorID, r.OrderState), Pickup: domain.Point{Lat: r.PickupLat, Lng: r.PickupLng}, Door: domain.Point{Lat: r.DropoffLat, Lng: r.DropoffLng},
			Placed: r.PlacedAt, Ready: foodOf(r.OrderState, r.ReadyBy, r.ReadyAt, r.Late).Ready(now), Promised: r.PromisedAt,
			Alone: order.State(r.OrderState) == order.PickedUp,
		},
		DeliveryID: r.ID, Due: domain.Money{Amount: r.Cash, Currency: domain.Currency(r.Currency)}, Refused: r.Refused, Offered: r.Offered, Zone: zone,
	}
}

// Busyness is what couriers have taken on, and since when those who have nothing to do have not.
type Busyness struct {
	Jobs map[domain.ID][]plan.Job
	Idle map[domain.ID]time.Time
}

// Busyness of couriers.
func (db *DB) Busyness(ctx context.Context, couriers []domain.ID, now time.Time) (Busyness, error) {
	b := Busyness{Jobs: map[domain.ID][]plan.Job{}, Idle: map[domain.ID]time.Time{}}
	err := together(ctx, db.single(),
		func(q *query.Queries) error {
			rows, err := q.JobsOf(ctx, couriers)
			for _, r := range rows {
				b.Jobs[*r.CourierID] = append(b.Jobs[*r.CourierID], jobOf(r, now))
			}
			return err
		},
		func(q *query.Queries) error {
			rows, err := q.IdleSince(ctx, couriers)
			for _, r := range rows {
				b.Idle[r.CourierID] = r.IdleSince
			}
			return err
		})
	if err != nil {
		return b, fmt.Errorf("read what couriers do: %w", classify(err))
	}
	return b, nil
}

// jobJSON is a row of courier_jobs.
type jobJSON struct {
	ID         domain.ID  `json:"id"`
	OrderID    domain.ID  `json:"order_id"`
	VendorID   domain.ID  `json:"vendor_id"`
	CourierID  *domain.ID `json:"courier_id"`
	State      string     `json:"state"`
	Place      int        `json:"place"`
	PickupLat  float64    `json:"pickup_lat"`
	PickupLng  float64    `json:"pickup_lng"`
	DropoffLat float64    `json:"dropoff_lat"`
	DropoffLng float64    `json:"dropoff_lng"`
	OrderState string     `json:"order_state"`
	ReadyBy    *time.Time `json:"ready_by"`
	ReadyAt    *time.Time `json:"ready_at"`
	Late       int        `json:"late"`
}

// toJobs reads those of a courier.
func toJobs(text []byte, now time.Time) ([]plan.Job, error) {
	var rows []jobJSON
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	jobs := make([]plan.Job, len(rows))
	for i, r := range rows {
		jobs[i] = jobOf(query.CourierJob(r), now)
	}
	return jobs, nil
}

func jobOf(r query.CourierJob, now time.Time) plan.Job {
	state := delivery.State(r.State)
	job := plan.Job{
		Order: r.OrderID, Vendor: source(r.ID, r.VendorID, r.OrderState), Pickup: domain.Point{Lat: r.PickupLat, Lng: r.PickupLng}, Door: domain.Point{Lat: r.DropoffLat, Lng: r.DropoffLng},
		Ready: foodOf(r.OrderState, r.ReadyBy, r.ReadyAt, r.Late).Ready(now), Fetched: state.Carried(), AtDoor: state == delivery.AtCustomer, Place: r.Place,
	}
	if state == delivery.Failed || state == delivery.Returning {
		job.Door, job.Back = job.Pickup, true
	}
	return job
}
