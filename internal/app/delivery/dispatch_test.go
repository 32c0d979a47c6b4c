package delivery

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// dispatch makes the rounds that are due.
func (b *bench) dispatch() int {
	b.t.Helper()
	made, err := b.Dispatch(b.ctx)
	require.NoError(b.t, err)
	return made
}

// trip is two orders that were offered together.
func (b *bench) trip() (c domain.Actor, orders []domain.ID, offers []Offer) {
	b.t.Helper()
	orders = []domain.ID{b.order("ready"), b.order("ready")}
	c = b.courier(0.001)
	require.Equal(b.t, 1, b.dispatch())
	offers = b.offers(c)
	require.Len(b.t, offers, 2)
	require.Equal(b.t, offers[0].TripID, offers[1].TripID)
	require.Equal(b.t, []int{1, 2}, []int{offers[0].Place, offers[1].Place})
	return c, orders, offers
}

func TestATripIsTakenAsAWhole(t *testing.T) {
	b := setup(t)
	c, _, offers := b.trip()
	d, err := b.Accept(b.ctx, c, offers[1].ID, 0)
	require.NoError(t, err)
	require.Equal(t, offers[1].DeliveryID, d.ID)
	require.Equal(t, 2, d.Place)
	mine, err := b.Deliveries(b.ctx, c, true, domain.Nil, 10)
	require.NoError(t, err)
	require.Len(t, mine, 2)
	require.Equal(t, []domain.ID{offers[0].TripID, offers[0].TripID}, []domain.ID{mine[0].TripID, mine[1].TripID})
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM deliveries WHERE courier_id = $1 AND state = 'assigned'`, c.ID))
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM events WHERE type = 'delivery.assigned'`))
	_, err = b.Accept(b.ctx, c, offers[0].ID, 0)
	require.ErrorIs(t, err, postgres.ErrOfferClosed)
}

// What is expected as a trip is taken is expected of all its doors.
func TestATripIsExpectedDoorByDoor(t *testing.T) {
	b := setup(t)
	c, _, offers := b.trip()
	b.exec(`UPDATE orders SET accepted_at = placed_at`)
	_, err := b.Accept(b.ctx, c, offers[1].ID, 0)
	require.NoError(t, err)
	const later = `SELECT extract(epoch FROM b.estimated_at - a.estimated_at)::int
		FROM deliveries da JOIN orders a ON a.id = da.order_id, deliveries db JOIN orders b ON b.id = db.order_id WHERE da.place = 1 AND db.place = 2`
	require.GreaterOrEqual(t, b.scan(later), int(plan.DropTime.Seconds())-30, "the first is handed over before")
}

// Staff give nothing to who is far away without saying so, and nothing at all to who is in another country.
func TestNobodyIsGivenWhatIsFarAway(t *testing.T) {
	b := setup(t)
	c, boss := b.courier(0.5), b.staff()
	b.order("ready")
	id := b.scanID(`SELECT id FROM deliveries`)
	err := b.AssignTo(b.ctx, boss, id, 0, c.ID, false)
	require.ErrorContains(t, err, "far")
	b.exec(`UPDATE couriers SET lat = 51.5, lng = 0`)
	err = b.AssignTo(b.ctx, boss, id, 0, c.ID, true)
	require.ErrorContains(t, err, "6703 km")
	b.exec(`UPDATE couriers SET lat = 28.91, lng = 77.21`)
	require.NoError(t, b.AssignTo(b.ctx, boss, id, 0, c.ID, true))
}

// What an event tells counts where the courier is, as tracking does.
func TestAnEventKnowsWhereTheCourierIs(t *testing.T) {
	b := setup(t)
	expects := func(north string) int {
		t.Helper()
		c := b.courier(0.001)
		d, err := b.Accept(b.ctx, c, b.offered(c), 0)
		require.NoError(t, err)
		b.exec(`UPDATE orders SET accepted_at = placed_at, ready_at = now(), state = 'ready' WHERE id = $1`, d.Order.ID)
		b.exec(`UPDATE couriers SET lat = `+north+`, located_at = now() WHERE user_id = $1`, c.ID)
		require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
			o, err := tx.HoldOrder(b.ctx, d.Order.ID)
			if err != nil {
				return err
			}
			return tx.StoreOrder(b.ctx, o, domain.System, domain.Event{Type: "order.ready"})
		}))
		return b.scan(`SELECT extract(epoch FROM estimated_at - now())::int / 60 FROM orders WHERE id = $1`, d.Order.ID)
	}
	require.Greater(t, expects("28.71"), expects("28.611")+20, "eleven kilometres")
}

// So it is of one that staff give to a courier who has another.
func TestAGivenDeliveryIsExpectedAfterWhatItsCourierHas(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	offer := b.offered(c)
	first := b.scanID(`SELECT order_id FROM offers`)
	b.exec(`UPDATE orders SET accepted_at = placed_at`)
	_, err := b.Accept(b.ctx, c, offer, 0)
	require.NoError(t, err)
	second := b.order("ready")
	b.exec(`UPDATE orders SET accepted_at = placed_at`)
	require.NoError(t, b.AssignTo(b.ctx, b.staff(), b.scanID(`SELECT id FROM deliveries WHERE state = 'unassigned'`), 0, c.ID, true))
	const later = `SELECT extract(epoch FROM b.estimated_at - a.estimated_at)::int FROM orders a, orders b WHERE a.id = $1 AND b.id = $2`
	require.GreaterOrEqual(t, b.scan(later, first, second), int(plan.DropTime.Seconds())-30)
}

func TestATripIsDeclinedAsAWhole(t *testing.T) {
	b := setup(t)
	c, _, offers := b.trip()
	require.NoError(t, b.Decline(b.ctx, c, offers[0].ID, 0, "BREAK"))
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM offers WHERE state = 'declined'`))
	require.Zero(t, b.dispatch())
}

// What is cancelled while its courier thinks about the trip is left out; what they named must be there.
func TestATripLosesAnOrder(t *testing.T) {
	b := setup(t)
	c, orders, offers := b.trip()
	err := b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(b.ctx, offers[0].Order.ID)
		if err != nil {
			return err
		}
		if err := tx.CancelDelivery(b.ctx, o); err != nil {
			return err
		}
		return tx.StoreOrder(b.ctx, o, domain.System, domain.Event{Type: "order.cancelled"})
	})
	require.NoError(t, err)
	require.Contains(t, orders, offers[0].Order.ID)
	_, err = b.Accept(b.ctx, c, offers[0].ID, 0)
	require.ErrorIs(t, err, postgres.ErrOfferClosed)
	_, err = b.Accept(b.ctx, c, offers[1].ID, 0)
	require.NoError(t, err)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE courier_id = $1`, c.ID))
}

// A courier who has still a part of a trip to answer is asked for no other, even by a round that did not know.
func TestOneTripAtATime(t *testing.T) {
	b := setup(t)
	c, _, offers := b.trip()
	b.exec(`UPDATE offers SET state = 'withdrawn' WHERE id = $1`, offers[0].ID)
	b.exec(`UPDATE deliveries SET state = 'cancelled' WHERE id = $1`, offers[0].DeliveryID)
	next := b.order("ready")
	err := b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(b.ctx, next)
		if err != nil {
			return err
		}
		return tx.MakeOffer(b.ctx, postgres.Offer{
			ID: newID(), DeliveryID: o.Delivery.ID, OrderID: o.ID, CourierID: c.ID, TripID: newID(), Place: 1, Open: true,
		}, 0, o.Now.Add(time.Minute))
	})
	require.Equal(t, domain.Conflict, domain.KindOf(err), err)
}

// Who loses a delivery is not asked for it for an hour after that, however long they had it.
func TestWhoLostItLatelyIsNotAsked(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	_, d := b.carried(c)
	b.exec(`UPDATE offers SET offered_at = now() - interval '2 hours'`)
	require.NoError(t, b.TakeAway(b.ctx, b.boss(), d.ID, 0, "ACCIDENT"))
	require.Zero(t, b.dispatch())
	b.exec(`UPDATE deliveries SET dispatch_at = now() - interval '61 minutes'`)
	require.Equal(t, 1, b.dispatch())
}

// Each order is offered once, however many processes make rounds.
func TestACityHasOneRoundAtATime(t *testing.T) {
	b := setup(t)
	for range 12 {
		b.order("ready")
		b.courier(0.001)
	}
	var wg sync.WaitGroup
	var made atomic.Int64
	for range 6 {
		wg.Go(func() {
			n, err := b.Dispatch(b.ctx)
			if err != nil {
				t.Error(err)
			}
			made.Add(int64(n))
		})
	}
	wg.Wait()
	require.Equal(t, 12, b.scan(`SELECT count(*) FROM offers`))
	require.Equal(t, 12, b.scan(`SELECT count(*) FROM offers WHERE state = 'open'`))
	require.EqualValues(t, b.scan(`SELECT count(DISTINCT trip_id) FROM offers`), made.Load())
}

// The process that holds a city ends, or stands still: another makes the round.
func TestACityIsTakenOver(t *testing.T) {
	b := setup(t)
	b.order("ready")
	b.courier(0.001)
	cities, err := b.db.DueCities(b.ctx, time.Nanosecond, time.Nanosecond, 10)
	require.NoError(t, err)
	require.Len(t, cities, 1)
	require.Equal(t, "new delhi", cities[0].City)

	holds, goOn := make(chan struct{}), make(chan struct{})
	lost := make(chan error, 1)
	go func() {
		lost <- b.db.RoundOf(b.ctx, cities[0], time.Second, func(_ time.Time, still func() error) (postgres.Round, error) {
			close(holds)
			<-goOn
			return postgres.Round{}, still()
		})
	}()
	<-holds
	for b.dispatch() == 0 { // until Postgres has ended the session of who stands still
		require.NoError(t, b.ctx.Err())
	}
	close(goOn)
	require.Error(t, <-lost, "whoever has lost the city learns it before the next offer")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM offers`))
}

func TestWhatIsDueAndWhatIsNot(t *testing.T) {
	b := setup(t)
	due := func(every time.Duration) int {
		t.Helper()
		cities, err := b.db.DueCities(b.ctx, every, time.Nanosecond, 10)
		require.NoError(t, err)
		return len(cities)
	}
	require.Zero(t, due(time.Hour), "nothing waits")
	b.order("ready")
	require.Equal(t, 1, due(time.Hour))
	require.Zero(t, b.dispatch())
	require.Zero(t, due(time.Hour), "nothing has changed since the round")
	require.Equal(t, 1, due(time.Nanosecond), "its time has come")
	b.order("ready")
	require.Equal(t, 1, due(time.Hour), "something new waits")
	b.dispatch()
	c := b.courier(0.001)
	b.dispatch()
	require.Zero(t, due(time.Hour))
	b.order("ready")
	b.dispatch()
	require.NoError(t, b.Decline(b.ctx, c, b.offers(c)[0].ID, 0, "BREAK"))
	require.Equal(t, 1, due(time.Hour), "a no is urgent")
	require.Zero(t, b.scan(`SELECT count(*) FROM dispatch_cities WHERE city <> lower(city)`))
}

// Nobody is sent for food that will not be ready for long; why is written down.
func TestWhyADeliveryWaits(t *testing.T) {
	b := setup(t)
	orderID := b.order("preparing")
	b.exec(`UPDATE orders SET ready_by = now() + interval '30 minutes'`)
	c := b.courier(0.001)
	require.Zero(t, b.dispatch())
	explained := b.decisions(orderID)
	require.Len(t, explained, 1)
	require.EqualValues(t, plan.Later, explained[0].Outcome)
	require.Equal(t, c.ID, explained[0].CourierID)
	require.WithinDuration(t, time.Now().Add(27*time.Minute), explained[0].Leave, 2*time.Minute)

	b.exec(`UPDATE orders SET ready_by = now() + interval '2 minutes'`)
	b.exec(`UPDATE couriers SET city = 'Lisbon' WHERE user_id = $1`, c.ID)
	b.order("ready")
	require.Zero(t, b.dispatch())
	require.EqualValues(t, plan.Nobody, b.decisions(orderID)[0].Outcome)

	zoned, away, far, near := b.courier(0.001), b.courier(0.001), b.courier(1), b.courier(0.002)
	b.exec(`UPDATE couriers SET zone_ring = '{28.5,77.1,28.5,77.3,28.6,77.3,28.6,77.1}' WHERE user_id = $1`, zoned.ID)
	b.exec(`UPDATE couriers SET located_at = now() - interval '3 minutes' WHERE user_id = $1`, away.ID)
	require.Equal(t, 1, b.dispatch())
	explained = b.decisions(orderID)
	require.Len(t, explained, 1, "the row of the wait has become that of the offer")
	d := explained[0]
	require.Equal(t, rules.OutcomeOffered, d.Outcome)
	require.Equal(t, "open", d.Answer)
	require.Equal(t, near.ID, d.CourierID)
	require.Len(t, d.Orders, 2)
	require.Len(t, d.Stops, 3)
	require.Equal(t, []domain.ID{zoned.ID}, d.Why.Who[plan.ExcludedZone])
	require.Equal(t, []domain.ID{away.ID}, d.Why.Who[plan.Exclusion(rules.Away)])
	require.Equal(t, []domain.ID{far.ID}, d.Why.Who[plan.ExcludedFar])
	require.True(t, d.Why.Candidates[0].Chosen)

	require.NoError(t, b.Decline(b.ctx, near, b.offers(near)[0].ID, 0, "TOO_FAR"))
	require.Zero(t, b.dispatch())
	explained = b.decisions(orderID)
	require.Len(t, explained, 2)
	require.EqualValues(t, plan.Nobody, explained[0].Outcome)
	require.Equal(t, 1, explained[0].Why.Excluded[plan.ExcludedRefused])
	require.Equal(t, []string{"declined", "TOO_FAR"}, []string{explained[1].Answer, explained[1].AnswerReason})
}

func (b *bench) decisions(orderID domain.ID) []postgres.Decided {
	b.t.Helper()
	var id domain.ID
	require.NoError(b.t, b.pool.QueryRow(b.ctx, `SELECT id FROM deliveries WHERE order_id = $1`, orderID).Scan(&id))
	all, err := b.db.Decisions(b.ctx, id, 10)
	require.NoError(b.t, err)
	return all
}

// Who carries something is planned for where and when they are free again, and asked then.
func TestBusyCouriersArePlannedFor(t *testing.T) {
	b := setup(t)
	c := b.courier(0.001)
	_, carried := b.carried(c)
	orderID := b.order("ready")
	require.Zero(t, b.dispatch())
	d := b.decisions(orderID)[0]
	require.EqualValues(t, plan.Busy, d.Outcome)
	require.Equal(t, c.ID, d.CourierID)
	require.Greater(t, time.Until(d.Leave), 4*time.Minute)
	_, err := b.PickUp(b.ctx, c, carried.ID, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	_, err = b.Deliver(b.ctx, c, carried.ID, 0, Handover{PIN: "0042"})
	require.NoError(t, err)
	require.Equal(t, 1, b.dispatch())
}

func TestStaffAssign(t *testing.T) {
	b := setup(t)
	boss := b.boss()
	orderID := b.order("preparing")
	asked, other := b.courier(0.001), b.courier(0.01)
	b.dispatch()
	id := b.offers(asked)[0].DeliveryID
	of := func() domain.ID {
		t.Helper()
		d, err := b.db.DeliveryByID(b.ctx, id)
		require.NoError(t, err)
		return d.CourierID
	}
	require.Equal(t, domain.Forbidden, domain.KindOf(b.AssignTo(b.ctx, other, id, 0, other.ID, true)))
	require.Equal(t, domain.NotFound, domain.KindOf(b.AssignTo(b.ctx, boss, newID(), 0, other.ID, false)))
	require.Equal(t, domain.NotFound, domain.KindOf(b.AssignTo(b.ctx, boss, id, 0, newID(), false)))
	require.Equal(t, domain.Precondition, domain.KindOf(b.AssignTo(b.ctx, boss, id, 99, other.ID, false)))

	require.NoError(t, b.AssignTo(b.ctx, boss, id, 0, other.ID, false))
	require.Equal(t, other.ID, of())
	require.Empty(t, b.offers(asked), "nobody else has it")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'delivery.offer_withdrawn' AND courier_id = $1 AND actor_role = 'admin' AND data ->> 'reason' = 'reassigned'`, asked.ID))
	require.ErrorContains(t, b.AssignTo(b.ctx, boss, id, 0, other.ID, false), "delivery.theirs")

	b.exec(`UPDATE couriers SET online = false WHERE user_id = $1`, asked.ID)
	require.ErrorContains(t, b.AssignTo(b.ctx, boss, id, 0, asked.ID, false), "courier.excluded")
	require.NoError(t, b.AssignTo(b.ctx, boss, id, 0, asked.ID, true), "they were called")
	require.Equal(t, asked.ID, of())
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'delivery.taken_away' AND courier_id = $1`, other.ID))
	b.exec(`UPDATE couriers SET status = 'suspended' WHERE user_id = $1`, other.ID)
	require.ErrorContains(t, b.AssignTo(b.ctx, boss, id, 0, other.ID, true), "courier.excluded", "no override helps")

	require.NoError(t, b.TakeAway(b.ctx, boss, id, 0, "ACCIDENT"))
	require.Equal(t, domain.Nil, of())
	b.exec(`UPDATE couriers SET status = 'approved', online = true`)
	require.Zero(t, b.dispatch(), "both lost it within the hour")
	require.Equal(t, domain.Conflict, domain.KindOf(b.TakeAway(b.ctx, boss, id, 0, "ACCIDENT")))
	require.Equal(t, 3, b.scan(`SELECT count(*) FROM audit_log`))
	third := b.courier(0.001)
	require.Equal(t, 1, b.dispatch())
	_, err := b.Accept(b.ctx, third, b.offerOf(third), 0)
	require.NoError(t, err)
	outcomes := []rules.Outcome{}
	for _, d := range b.decisions(orderID) {
		outcomes = append(outcomes, d.Outcome)
	}
	require.Equal(t, []rules.Outcome{rules.OutcomeOffered, rules.OutcomeAssigned, rules.OutcomeAssigned, rules.OutcomeOffered}, outcomes)
	b.exec(`UPDATE orders SET state = 'ready'`)
	_, err = b.PickUp(b.ctx, third, id, 0, Pickup{Code: "4711"})
	require.NoError(t, err)
	require.Equal(t, domain.Conflict, domain.KindOf(b.TakeAway(b.ctx, boss, id, 0, "ACCIDENT")), "they have the food")
}

func TestWhatIsOverIsGivenToNobody(t *testing.T) {
	b := setup(t)
	b.order("ready")
	c := b.courier(0.001)
	b.exec(`UPDATE deliveries SET state = 'cancelled', dispatch_at = NULL`)
	require.ErrorContains(t, b.AssignTo(b.ctx, b.boss(), b.scanID(`SELECT id FROM deliveries`), 0, c.ID, false), "delivery.illegal_transition")
}

func TestNobodyTakesIt(t *testing.T) {
	b := setup(t)
	b.order("preparing")
	b.exec(`UPDATE orders SET accepted_at = now() - interval '7 minutes', ready_by = now()`)
	told := func() int {
		t.Helper()
		require.NoError(t, b.Sweep(b.ctx))
		return b.scan(`SELECT count(*) FROM events WHERE type = $1`, rules.EventUnclaimed)
	}
	require.Zero(t, told())
	b.exec(`UPDATE orders SET accepted_at = now() - interval '9 minutes'`)
	require.Equal(t, 1, told())
	require.Equal(t, 1, told(), "once")
	c := b.courier(0.001)
	b.dispatch()
	_, err := b.Accept(b.ctx, c, b.offerOf(c), 0)
	require.NoError(t, err)
	require.NoError(t, b.TakeAway(b.ctx, b.boss(), b.scanID(`SELECT id FROM deliveries`), 0, "ACCIDENT"))
	require.Equal(t, 2, told(), "again, after somebody had")
	b.exec(`UPDATE deliveries SET unclaimed_at = NULL`)
	b.exec(`UPDATE orders SET ready_by = now() + interval '30 minutes'`)
	require.Equal(t, 2, told(), "there is time")
}

func (b *bench) scanID(sql string) (id domain.ID) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql).Scan(&id))
	return id
}
