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
					ID: r.ID, Vendor: r.VendorID, Placed: r.PlacedAt, Ready: orThen(r.ReadyBy, r.PlacedAt.Add(usualPrep)),
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

// usualPrep is how long an order cooks of which its vendor has not said it.
const usualPrep = 15 * time.Minute

func orThen(t *time.Time, otherwise time.Time) time.Time {
	if t == nil {
		return otherwise
	}
	return *t
}

// source is where food is fetched: with others of its vendor, or, stranded, alone.
func source(deliveryID, vendorID domain.ID, state string) domain.ID {
	if order.State(state) == order.PickedUp {
		return deliveryID
	}
	return vendorID
}

// ready is when food is expected to be ready; at once where nothing is known.
func ready(state string, by, at *time.Time, late int, now time.Time) time.Time {
	if at == nil && (order.State(state) == order.Ready || order.State(state) == order.PickedUp) {
		at = &now
	}
	return eta.Claim{ReadyBy: orThen(by, now), ReadyAt: orZero(at), Late: time.Duration(late) * time.Minute}.Ready(now)
}

func toTask(r query.WaitingDeliveriesRow, now time.Time) Task {
	zone, err := time.LoadLocation(r.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return Task{
		Order: plan.Order{
			ID: r.OrderID, Vendor: source(r.ID, r.VendorID, r.OrderState), Pickup: domain.Point{Lat: r.PickupLat, Lng: r.PickupLng}, Door: domain.Point{Lat: r.DropoffLat, Lng: r.DropoffLng},
			Placed: r.PlacedAt, Ready: ready(r.OrderState, r.ReadyBy, r.ReadyAt, r.Late, now), Promised: r.PromisedAt,
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
		Ready: ready(r.OrderState, r.ReadyBy, r.ReadyAt, r.Late, now), Fetched: state.Carried(), AtDoor: state == delivery.AtCustomer, Place: r.Place,
	}
	if state == delivery.Failed || state == delivery.Returning {
		job.Door = job.Pickup
	}
	return job
}

// SaveDecision writes why the delivery of a held order was offered, or given, to somebody, after the offer.
func (tx *Tx) SaveDecision(ctx context.Context, d delivery.Decision) error {
	stops, err := json.Marshal(d.Stops)
	if err != nil {
		return fmt.Errorf("encode stops: %w", err)
	}
	why, err := json.Marshal(d.Why)
	if err != nil {
		return fmt.Errorf("encode decision: %w", err)
	}
	return tx.write("save decision", func(tx *Tx) error {
		return tx.Queries.SaveDecision(ctx, query.SaveDecisionParams{
			DeliveryID: d.DeliveryID, At: d.At, Outcome: string(d.Outcome), CourierID: orNull(d.CourierID), LeaveAt: zeroNull(d.Leave),
			Orders: append([]domain.ID{}, d.Orders...), Stops: stops, Why: why,
		})
	})
}

// waitingJSON is a decision to wait as SaveWaiting reads it.
type waitingJSON struct {
	DeliveryID domain.ID  `json:"delivery_id"`
	Attempt    int        `json:"attempt"`
	Outcome    string     `json:"outcome"`
	CourierID  *domain.ID `json:"courier_id"`
	LeaveAt    *time.Time `json:"leave_at"`
	Why        *plan.Why  `json:"why"`
}

// SaveWaiting writes why deliveries wait, where that has changed or was written a minute ago.
func (db *DB) SaveWaiting(ctx context.Context, at time.Time, all []delivery.Decision) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([]waitingJSON, len(all))
	for i, d := range all {
		rows[i] = waitingJSON{d.DeliveryID, d.Attempt, string(d.Outcome), orNull(d.CourierID), zeroNull(d.Leave), d.Why}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode decisions: %w", err)
	}
	if err := db.q().SaveWaiting(ctx, query.SaveWaitingParams{At: at, Waiting: text}); err != nil {
		return fmt.Errorf("save decisions: %w", classify(err))
	}
	return nil
}

// Decided is a decision, with what became of its offer.
type Decided struct {
	delivery.Decision
	Answer       string // of the courier: "open", "accepted", "declined", "expired", "withdrawn", "taken_away"; "": there was no offer
	AnswerReason string
}

// Decisions gives why a delivery was offered to whom, newest first.
func (db *DB) Decisions(ctx context.Context, deliveryID domain.ID, most int) ([]Decided, error) {
	rows, err := db.q().DecisionsOf(ctx, query.DecisionsOfParams{DeliveryID: deliveryID, Most: int32(most)}) //nolint:gosec // a small constant
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", classify(err))
	}
	out := make([]Decided, len(rows))
	for i, r := range rows {
		x := r.DispatchDecision
		d := delivery.Decision{
			DeliveryID: x.DeliveryID, Attempt: x.Attempt, At: x.At, Outcome: delivery.Outcome(x.Outcome), CourierID: orNil(x.CourierID), Leave: orZero(x.LeaveAt), Orders: x.Orders,
		}
		if err := unlessNull(x.Stops, &d.Stops); err != nil {
			return nil, err
		}
		if err := unlessNull(x.Why, &d.Why); err != nil {
			return nil, err
		}
		out[i] = Decided{d, r.Answer, r.AnswerReason}
	}
	return out, nil
}

func unlessNull(text []byte, into any) error {
	if text == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read decision: %w", err)
	}
	return nil
}

// CourierName is who a courier is, in short.
type CourierName struct{ Name, Vehicle string }

// CourierNames gives those of couriers.
func (db *DB) CourierNames(ctx context.Context, couriers []domain.ID) (map[domain.ID]CourierName, error) {
	rows, err := db.q().CourierNames(ctx, couriers)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", classify(err))
	}
	out := make(map[domain.ID]CourierName, len(rows))
	for _, r := range rows {
		out[r.UserID] = CourierName{r.Name, r.Vehicle}
	}
	return out, nil
}

// keepDecisions is how long.
const keepDecisions = 30 * 24 * time.Hour

// ForgetDecisions deletes some that are old, and says whether there may be more.
func (db *DB) ForgetDecisions(ctx context.Context) (bool, error) {
	const most = 5000
	n, err := db.q().ForgetDecisions(ctx, query.ForgetDecisionsParams{Seconds: keepDecisions.Seconds(), Most: most})
	if err != nil {
		return false, fmt.Errorf("forget decisions: %w", classify(err))
	}
	return n == most, nil
}

// Unclaimed gives deliveries, with their orders, of which staff are to be told that nobody takes them.
func (db *DB) Unclaimed(ctx context.Context, most int) (map[domain.ID]domain.ID, error) {
	rows, err := db.q().UnclaimedDeliveries(ctx, query.UnclaimedDeliveriesParams{
		EarlySeconds: delivery.UnclaimedEarly.Seconds(), Seconds: delivery.UnclaimedAfter.Seconds(), Most: int32(most), //nolint:gosec // a small constant
	})
	if err != nil {
		return nil, fmt.Errorf("list unclaimed deliveries: %w", classify(err))
	}
	out := make(map[domain.ID]domain.ID, len(rows))
	for _, r := range rows {
		out[r.ID] = r.OrderID
	}
	return out, nil
}

// AssignedTo gives the orders that a courier has taken on and not fetched.
func (db *DB) AssignedTo(ctx context.Context, courierID domain.ID) ([]domain.ID, error) {
	rows, err := db.q().AssignedTo(ctx, &courierID)
	if err != nil {
		return nil, fmt.Errorf("list assigned deliveries: %w", classify(err))
	}
	out := make([]domain.ID, len(rows))
	for i, r := range rows {
		out[i] = r.OrderID
	}
	return out, nil
}

// TakeAway takes a held order's delivery from its courier, who is not asked again for it.
func (tx *Tx) TakeAway(ctx context.Context, o *LockedOrder, reason string) error {
	err := tx.TakeAwayOffer(ctx, query.TakeAwayOfferParams{DeliveryID: o.Delivery.ID, CourierID: o.Delivery.CourierID, Reason: reason})
	if err != nil {
		return fmt.Errorf("take offer away: %w", err)
	}
	d := o.Delivery
	d.CourierID, d.TripID, d.Place, d.Slot, d.DispatchAt = domain.Nil, domain.Nil, 1, 1, o.Now
	return nil
}

// Strand takes the food of a held order from a courier who cannot bring it: another fetches it where it is.
func (tx *Tx) Strand(ctx context.Context, o *LockedOrder, at domain.Point, reason string) error {
	by := o.Delivery.CourierID
	if err := tx.TakeAway(ctx, o, reason); err != nil {
		return err
	}
	o.Delivery.Pickup, o.Delivery.StrandedBy, o.Delivery.LostAt, o.Delivery.Visit = at, by, time.Time{}, delivery.Visit{}
	return tx.write("strand delivery", func(tx *Tx) error {
		return tx.StrandDelivery(ctx, query.StrandDeliveryParams{ID: o.Delivery.ID, Lat: at.Lat, Lng: at.Lng, StrandedBy: &by})
	})
}

// Unstrand notes that a courier has the food of a held order again, which was stranded.
func (tx *Tx) Unstrand(ctx context.Context, o *LockedOrder) error {
	o.Delivery.StrandedBy = domain.Nil
	return tx.write("unstrand delivery", func(tx *Tx) error { return tx.UnstrandDelivery(ctx, o.Delivery.ID) })
}

// Carried is a delivery whose courier has the food and was not seen for a while.
type Carried struct {
	OrderID, CourierID domain.ID
	City               string
	SeenAt             time.Time // by Postgres
	ActedAt            time.Time // when they last did something with it, as far as that is known
	LostAt             time.Time // when it was told; zero: it was not
	Now                time.Time
}

// FoodOnTheRoad gives deliveries whose couriers have the food and were, by Postgres, not seen for so long, or were not when last looked at.
func (db *DB) FoodOnTheRoad(ctx context.Context, silent time.Duration, most int) ([]Carried, error) {
	rows, err := db.q().FoodOnTheRoad(ctx, query.FoodOnTheRoadParams{Seconds: silent.Seconds(), Most: int32(most)}) //nolint:gosec // a small constant
	if err != nil {
		return nil, fmt.Errorf("list food on the road: %w", classify(err))
	}
	out := make([]Carried, len(rows))
	for i, r := range rows {
		out[i] = Carried{r.OrderID, r.CourierID, r.City, orZero(r.LocatedAt), r.UpdatedAt, orZero(r.LostAt), r.Moment}
		if r.LostAt != nil { // which was an update, too
			out[i].ActedAt = r.LostAt.Add(-silent)
		}
	}
	return out, nil
}
