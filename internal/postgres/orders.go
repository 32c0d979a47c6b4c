package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/domain/invoice"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// LockedOrder is an order whose row the transaction holds: nobody else changes it, its delivery or its payments meanwhile.
type LockedOrder struct {
	order.Order
	Number     string
	CustomerID domain.ID
	VendorID   domain.ID
	CourierID  domain.ID // whom the change concerns; Nil while nobody is asked
	City       string
	PIN        string
	MinAge     int  // whom it may be handed to; 0: anybody
	VendorMay  bool // the vendor may sell
	PaidBy     payment.Method
	Delivery   *Delivery // nil for pickup
	Now        time.Time // by the database's clock, which all deadlines are kept by

	kitchen     kitchenWord
	jobs        []plan.Job // that its courier has
	seen        courierSeen
	was         int             // version
	deliveryWas Delivery        // as it was read
	papers      []invoice.Paper // to be issued

	counted, redeemed bool // whether it has portions and promotions to give back, as of when its payment was released
}

// HoldOrder locks an order's row. NotFound when there is none.
func (tx *Tx) HoldOrder(ctx context.Context, id domain.ID) (*LockedOrder, error) {
	o, _, err := tx.HoldOrderFor(ctx, id, domain.ID{})
	return o, err
}

// HoldOrderFor is HoldOrder, and tells what the order is to an account: what it was offered is as old as the wait for the lock.
func (tx *Tx) HoldOrderFor(ctx context.Context, id, userID domain.ID) (*LockedOrder, Parties, error) {
	return tx.hold(ctx, id, func(q *query.Queries) (query.LockOrderRow, error) {
		return q.LockOrder(ctx, query.LockOrderParams{ID: id, UserID: userID})
	})
}

// holdDue is HoldOrder of an order with which something is due, by its timer or else for its promises, and that nobody else holds: else NotFound.
func (tx *Tx) holdDue(ctx context.Context, id domain.ID, timer bool) (*LockedOrder, error) {
	o, _, err := tx.hold(ctx, id, func(q *query.Queries) (query.LockOrderRow, error) {
		row, err := q.LockDueOrder(ctx, query.LockDueOrderParams{ID: id, Timer: timer})
		return query.LockOrderRow(row), err
	})
	return o, err
}

func (tx *Tx) hold(ctx context.Context, id domain.ID, lock func(*query.Queries) (query.LockOrderRow, error)) (*LockedOrder, Parties, error) {
	var row query.LockOrderRow
	var d query.DeliveryOfOrderRow
	err := together(ctx, tx.tx,
		func(q *query.Queries) (err error) {
			row, err = lock(q)
			return err
		},
		// A statement of its own: one that waited for the lock would show the delivery as it was before the wait.
		func(q *query.Queries) (err error) {
			if d, err = q.DeliveryOfOrder(ctx, id); errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			return err
		})
	if err != nil {
		return nil, Parties{}, missing("order", fmt.Errorf("lock order: %w", err))
	}
	o := &LockedOrder{
		Order: toOrder(row.Order, row.PaidBy), Number: row.Order.Number, CustomerID: row.Order.CustomerID, VendorID: row.Order.VendorID, City: row.Order.City,
		PIN: row.Order.DeliveryPin, MinAge: row.Order.MinAge, PaidBy: payment.Method(row.PaidBy), VendorMay: row.VendorStatus == string(vendor.Approved), Now: row.Moment, was: row.Order.Version,
	}
	if o.kitchen, err = toKitchenWord(row.Timezone, row.Answer, row.Late); err != nil {
		return nil, Parties{}, err
	}
	if o.Fulfilment == order.Delivery {
		if d.Delivery.ID.IsNil() {
			return nil, Parties{}, domain.Missing("delivery")
		}
		delivery := toDelivery(d.Delivery)
		if o.jobs, err = toJobs(d.Jobs, o.Now); err != nil {
			return nil, Parties{}, err
		}
		o.Delivery, o.deliveryWas, o.CourierID = &delivery, delivery, delivery.CourierID
		o.seen = toCourierSeen(delivery.CourierID, orZero(d.Vehicle), d.Lat, d.Lng, d.LocatedAt)
	}
	return o, Parties{o.CustomerID, o.VendorID, o.CourierID, row.Member, row.Offered}, nil
}

// StoreOrder writes a held order and its delivery, appends the events that tell of its change, and issues the papers that it asks for.
// An event without a type is left out: it happens together with another. All of it goes out with what is read next, or with the
// commit, and so do its errors come: Conflict when the order is not any more what it was.
func (tx *Tx) StoreOrder(ctx context.Context, o *LockedOrder, by domain.Actor, events ...domain.Event) error {
	told := slices.DeleteFunc(slices.Clone(events), func(e domain.Event) bool { return e.Type == "" })
	tx.estimate(o, told)
	o.Rewatch(o.Now)
	version := o.was + len(told)
	err := tx.write("store order", func(tx *Tx) error {
		_, err := tx.Append(ctx, o.record(by), told...)
		return err
	})
	if err != nil {
		return err
	}
	if err := tx.saveOrder(ctx, o, version); err != nil {
		return err
	}
	if err := tx.write("issue papers", func(tx *Tx) error { return tx.issue(ctx, o.papers) }); err != nil {
		return err
	}
	o.papers = nil
	o.was, o.Version = version, version
	if o.Delivery != nil {
		o.deliveryWas = *o.Delivery
	}
	return nil
}

func (tx *Tx) saveOrder(ctx context.Context, o *LockedOrder, version int) error {
	err := tx.writeOne("order", func(tx *Tx) error {
		params := fromOrder(o.Order)
		params.Version, params.WasVersion, params.DeliveryPin = version, o.was, o.PIN
		return tx.SaveOrder(ctx, params)
	})
	if err != nil || o.Delivery == nil || *o.Delivery == o.deliveryWas {
		return err
	}
	return tx.saveDelivery(ctx, o)
}

func (tx *Tx) saveDelivery(ctx context.Context, o *LockedOrder) error {
	return tx.writeOne("delivery", func(tx *Tx) error {
		d := o.Delivery
		return tx.SaveDelivery(ctx, query.SaveDeliveryParams{
			ID: d.ID, State: string(d.State), CourierID: orNull(d.CourierID), DispatchAt: zeroNull(d.DispatchAt),
			ArrivedAt: zeroNull(d.ArrivedAt), Contacts: d.Contacts, Slot: d.Slot, TripID: orNull(d.TripID), Place: d.Place, UnclaimedAt: zeroNull(d.UnclaimedAt), LostAt: zeroNull(d.LostAt), LeaveAtDoor: d.LeaveAtDoor,
			ActedAt: zeroNull(d.ActedAt), ContactedAt: zeroNull(d.ContactedAt), Was: string(o.deliveryWas.State),
		})
	})
}

// saved is an error when a thing was not saved: rows are none when it is not any more what it was.
func saved(thing string, rows int64, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("save %s: %w", thing, err)
	case rows == 0:
		return overtaken(thing)
	}
	return nil
}

func overtaken(thing string) error {
	return domain.Errorf(domain.Conflict, string(domain.Conflict), "somebody else changed the %s at the same moment", thing)
}

// CountGuess writes down a wrong guess of a held order's codes, tells of the last one, and does nothing else: what the right code would
// have changed of the order is not stored. It is not the work of the request's key, which may be used again with the right code.
func (tx *Tx) CountGuess(ctx context.Context, o *LockedOrder, by domain.Actor) error {
	tx.aside = true
	version := o.was
	if o.Tries >= order.MaxTries {
		version++
		_, err := tx.Append(ctx, o.record(by), domain.Event{Type: order.EventCodesLocked})
		if err != nil {
			return fmt.Errorf("tell of locked codes: %w", err)
		}
	}
	if err := tx.SaveTries(ctx, query.SaveTriesParams{ID: o.ID, CodeTries: o.Tries, Version: version}); err != nil {
		return fmt.Errorf("count guess: %w", err)
	}
	return nil
}

// record is what events of a held order are about.
func (o *LockedOrder) record(by domain.Actor) domain.Record {
	return domain.Record{
		Subject: domain.SubjectOrder, SubjectID: o.ID, Version: o.was, ActorRole: by.Role, ActorID: by.ID,
		VendorID: o.VendorID, CustomerID: o.CustomerID, CourierID: o.CourierID, City: o.City,
	}
}

// DueOrders gives some of the orders whose deadlines have passed, but none of those that are to be passed over.
func (db *DB) DueOrders(ctx context.Context, passedOver []domain.ID) ([]domain.ID, error) {
	ids, err := db.q().DueOrders(ctx, append([]domain.ID{}, passedOver...))
	if err != nil {
		return nil, fmt.Errorf("find due orders: %w", classify(err))
	}
	return ids, nil
}

// DueOrder locks and gives an order whose deadline has passed: NotFound when it has not any more, or when somebody else holds it.
func (tx *Tx) DueOrder(ctx context.Context, id domain.ID) (*LockedOrder, error) {
	return tx.holdDue(ctx, id, true)
}

// OrphanedOrder locks and gives one placed order whose vendor may not sell any more; NotFound when there is none that nobody
// else holds.
func (tx *Tx) OrphanedOrder(ctx context.Context) (*LockedOrder, error) {
	id, err := tx.FirstOrphan(ctx)
	if err != nil {
		return nil, missing("orphaned order", fmt.Errorf("find orphaned order: %w", err))
	}
	return tx.HoldOrder(ctx, id)
}

// timerJSON is a timer as orders.timers holds it.
type timerJSON struct {
	At   time.Time `json:"at"`
	Verb string    `json:"verb"`
}

// toTimers puts the first timer before those that wait behind it.
func toTimers(at *time.Time, verb *string, waiting []byte) []order.Timer {
	if at == nil {
		return nil
	}
	timers := []order.Timer{{At: *at, Verb: orZero(verb)}}
	var rest []timerJSON
	if err := json.Unmarshal(waiting, &rest); err != nil {
		panic("timers of an order: " + err.Error()) // the column holds what fromTimers wrote
	}
	for _, t := range rest {
		timers = append(timers, order.Timer(t))
	}
	return timers
}

func fromTimers(timers []order.Timer) (at *time.Time, verb *string, waiting []byte) {
	rest := []timerJSON{}
	for i, t := range timers {
		if i == 0 {
			at, verb = &t.At, &t.Verb
			continue
		}
		rest = append(rest, timerJSON{t.At.UTC(), t.Verb})
	}
	waiting, _ = json.Marshal(rest) // times and words
	return at, verb, waiting
}

func toOrder(r query.Order, paidBy string) order.Order {
	money := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: domain.Currency(r.Currency)} }
	o := order.Order{
		ID: r.ID, State: order.State(r.State), Version: r.Version, Fulfilment: order.Fulfilment(r.Fulfilment), OrderCode: r.OrderCode,
		Tries: r.CodeTries, Total: money(r.Total), Tip: money(r.Tip), OrderedAt: r.PlacedAt, ScheduledFor: orZero(r.ScheduledFor), ReleaseAt: orZero(r.ReleaseAt),
		PromisedAt: r.PromisedAt, AcceptWithin: time.Duration(r.AcceptSeconds) * time.Second, AcceptedAt: orZero(r.AcceptedAt),
		AskedAt: orZero(r.AskedAt), ReadyAt: orZero(r.ReadyAt),
		Estimated: order.Estimates{
			Now: orZero(r.EstimatedAt), Placed: orZero(r.EstimatedPlaced), Accepted: orZero(r.EstimatedAccepted), PickedUp: orZero(r.EstimatedPicked),
		},
		Watched:     toWatched(r),
		PrepMinutes: orZero(r.PrepMinutes), ReadyBy: orZero(r.ReadyBy), SlotAt: orZero(r.SlotAt), EndedAt: orZero(r.EndedAt),
		Timers: toTimers(r.DeadlineAt, r.DeadlineVerb, r.Timers), Revisions: r.Revisions, Policy: r.Policy,
		CancelReason: order.Reason(orZero(r.CancelReason)), CancelledBy: domain.Role(orZero(r.CancelledBy)), Cash: payment.Method(paidBy) == payment.COD,
	}
	if r.CancelLiable != nil {
		fee := money(orZero(r.CancelFee))
		o.Outcome = order.Outcome{
			Policy: r.Policy, Fee: fee, Refund: o.Back(fee), Lost: money(orZero(r.CancelLost)), Liable: order.Party(*r.CancelLiable),
			Restock: orZero(r.CancelRestock), Strike: orZero(r.CancelStrike),
		}
	}
	return o
}

func fromOrder(o order.Order) query.SaveOrderParams {
	p := query.SaveOrderParams{
		ID: o.ID, State: string(o.State), PromisedAt: o.PromisedAt, PrepMinutes: zeroNull(o.PrepMinutes), ReadyBy: zeroNull(o.ReadyBy), SlotAt: zeroNull(o.SlotAt),
		OrderCode: o.OrderCode, CodeTries: o.Tries, Total: o.Total.Amount, Revisions: o.Revisions, AcceptedAt: zeroNull(o.AcceptedAt),
		AskedAt: zeroNull(o.AskedAt), ReadyAt: zeroNull(o.ReadyAt), EstimatedAt: zeroNull(o.Estimated.Now),
		EstimatedPlaced: zeroNull(o.Estimated.Placed), EstimatedAccepted: zeroNull(o.Estimated.Accepted), EstimatedPicked: zeroNull(o.Estimated.PickedUp),
		EndedAt: zeroNull(o.EndedAt), CancelReason: zeroNull(string(o.CancelReason)), CancelledBy: zeroNull(string(o.CancelledBy)),
	}
	p.DeadlineAt, p.DeadlineVerb, p.Timers = fromTimers(o.Timers)
	p.SlaAt, p.SlaRisk, p.SlaPromise, p.SlaTold = fromWatched(o.Watched)
	if out := o.Outcome; out.Policy != 0 {
		liable := string(out.Liable)
		p.CancelFee, p.CancelLost, p.CancelLiable = &out.Fee.Amount, &out.Lost.Amount, &liable
		p.CancelRestock, p.CancelStrike = &out.Restock, &out.Strike
	}
	return p
}

// orZero reads NULL as the zero value.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// zeroNull sends the zero value as NULL.
func zeroNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// missing turns "no row" into the NotFound of a thing; other errors are classified as ever.
func missing(thing string, err error) error {
	err = classify(err)
	if domain.KindOf(err) == domain.NotFound {
		return domain.Missing(thing)
	}
	return err
}
