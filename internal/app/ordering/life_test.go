package ordering

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

func (b *bench) taken(minutesAgo int) domain.ID {
	b.t.Helper()
	id := b.placed()
	_, err := b.Accept(b.ctx, b.owner, id, 0, 20)
	require.NoError(b.t, err)
	b.exec(`UPDATE orders SET accepted_at = now() - make_interval(mins => $2) WHERE id = $1`, id, minutesAgo)
	return id
}

// due lets an order's first timer be due, and fires all that are.
func (b *bench) due(id domain.ID) {
	b.t.Helper()
	b.exec(`UPDATE orders SET deadline_at = now() WHERE id = $1`, id)
	for more := true; more; {
		var err error
		more, err = b.FireDue(b.ctx)
		require.NoError(b.t, err)
	}
}

func (b *bench) types(id domain.ID) (types []string) {
	b.t.Helper()
	events, _, err := b.Timeline(b.ctx, b.staff, id, 0, 100)
	require.NoError(b.t, err)
	for _, e := range events {
		types = append(types, e.Type)
	}
	return types
}

func TestAVendorIsNudgedAndThenTheOrderExpires(t *testing.T) {
	b := setup(t)
	id := b.placed()
	o, err := b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.Equal(t, o.PlacedAt.Add(5*time.Minute).UTC(), o.DeadlineAt().UTC())
	for range 3 {
		b.due(id)
	}
	require.Equal(t, []string{"order.placed", "order.nudge", "order.nudge", "order.expired", "payment.voided"}, b.types(id))
	o, err = b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.Equal(t, order.OfVendor, o.Outcome.Liable)
	require.False(t, o.Outcome.Strike, "that is not for customers")
	o, err = b.Order(b.ctx, b.owner, id)
	require.NoError(t, err)
	require.True(t, o.Outcome.Strike)
}

func TestWhatIsQuotedIsWhatACancelCosts(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.lassi, Quantity: 4})
	require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		return tx.Transfer(b.ctx, ledger.Credited(newID(), b.customer.ID, q.Quote.Total)) // of cash nothing could be kept
	}))
	a, err := b.Place(b.ctx, b.customer, Confirmation{QuoteID: q.QuoteID, Method: payment.Wallet}, encodeID)
	require.NoError(t, err)
	id := orderID(t, a)
	free, err := b.CancelQuote(b.ctx, b.customer, id, "CHANGED_MIND")
	require.NoError(t, err)
	require.Zero(t, free.Fee.Amount)
	require.Equal(t, 1, free.Version)
	_, err = b.Accept(b.ctx, b.owner, id, 0, 20)
	require.NoError(t, err)
	b.exec(`UPDATE orders SET accepted_at = now() - interval '2 minutes'`)
	_, err = b.Cancel(b.ctx, b.customer, id, 0, "CHANGED_MIND")
	require.ErrorIs(t, err, ErrUnseen)
	_, err = b.Cancel(b.ctx, b.customer, id, 1, "CHANGED_MIND")
	require.Equal(t, domain.Precondition, domain.KindOf(err))

	quoted, err := b.CancelQuote(b.ctx, b.customer, id, "CHANGED_MIND")
	require.NoError(t, err)
	require.Equal(t, o20(q), quoted.Fee)
	o, err := b.Cancel(b.ctx, b.customer, id, quoted.Version, "CHANGED_MIND")
	require.NoError(t, err)
	require.Equal(t, quoted.Outcome, o.Outcome)
	require.Equal(t, 10, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi), "nothing is cooked yet")
	_, err = b.CancelQuote(b.ctx, b.customer, id, "CHANGED_MIND")
	require.Equal(t, domain.Conflict, domain.KindOf(err))
	_, err = b.CancelQuote(b.ctx, b.account(domain.RoleCustomer), id, "CHANGED_MIND")
	require.Equal(t, domain.NotFound, domain.KindOf(err))

	cooked := b.taken(5)
	b.exec(`UPDATE dishes SET stock = 3 WHERE id = $1`, b.thali)
	_, err = b.Start(b.ctx, b.owner, cooked, 0)
	require.NoError(t, err)
	o, err = b.Cancel(b.ctx, b.owner, cooked, 0, "CLOSING_EARLY")
	require.NoError(t, err)
	require.Equal(t, order.OfVendor, o.Outcome.Liable)
	require.Zero(t, o.Outcome.Fee.Amount)
	require.Equal(t, 3, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.thali), "what is in the pan does not go back")
}

// o20 is a fifth of a quote.
func o20(q Quoted) domain.Money { return q.Quote.Total.Share(2_000) }

func TestPrepTimeIsPromisedAnew(t *testing.T) {
	b := setup(t)
	id := b.taken(0)
	o, err := b.ChangePrep(b.ctx, b.owner, id, 0, 60)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(time.Hour), o.ReadyBy, time.Minute)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries d JOIN orders o ON o.id = d.order_id WHERE d.dispatch_at = o.ready_by - interval '45 minutes'`),
		"a courier is looked for in time for that")
	require.Equal(t, []string{"order.placed", "order.accepted", "order.prep_time_changed"}, b.types(id))
	_, err = b.ChangePrep(b.ctx, b.customer, id, 0, 60)
	require.Equal(t, domain.Forbidden, domain.KindOf(err))
}

func TestACancelIsUndone(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.lassi, Quantity: 4})
	a, err := b.order("k", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	id := orderID(t, a)
	_, err = b.Restore(b.ctx, b.staff, id, 0)
	require.Equal(t, "order.illegal_transition", codeOf(err))
	_, err = b.Accept(b.ctx, b.owner, id, 0, 20)
	require.NoError(t, err)
	_, err = b.Cancel(b.ctx, b.owner, id, 0, "TOO_BUSY")
	require.NoError(t, err)
	require.Equal(t, 10, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi))
	_, err = b.Restore(b.ctx, b.owner, id, 0)
	require.Equal(t, domain.Forbidden, domain.KindOf(err))
	b.exec(`UPDATE dishes SET stock = 3 WHERE id = $1`, b.lassi)
	_, err = b.Restore(b.ctx, b.staff, id, 0)
	require.Equal(t, "not_enough_stock", codeOf(err))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE state = 'cancelled' AND cancel_strike`), "what was refused has changed nothing")
	b.exec(`UPDATE dishes SET stock = 4 WHERE id = $1`, b.lassi)
	o, err := b.Restore(b.ctx, b.staff, id, 0)
	require.NoError(t, err)
	require.Equal(t, order.Accepted, o.State)
	require.Equal(t, "created", o.PaymentState)
	require.Equal(t, "unassigned", o.DeliveryState)
	require.Zero(t, o.Outcome)
	require.Zero(t, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM deliveries WHERE dispatch_at IS NOT NULL`), "a courier is looked for")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'order.restore'`))
	_, err = b.Start(b.ctx, b.owner, id, o.Version)
	require.NoError(t, err)

	late := b.taken(5)
	_, err = b.Cancel(b.ctx, b.staff, late, 0, "OPS")
	require.NoError(t, err)
	b.exec(`UPDATE orders SET ended_at = now() - interval '601 seconds' WHERE id = $1`, late)
	_, err = b.Restore(b.ctx, b.staff, late, 0)
	require.ErrorIs(t, err, order.ErrTooLate)
}

// Twenty of staff restore an order at once, while others want its last portions: it is restored once, or they have them.
func TestRestoreRaces(t *testing.T) {
	b := setup(t)
	for round := range 10 {
		b.exec(`UPDATE dishes SET stock = 4 WHERE id = $1`, b.lassi)
		q := b.fill(menu.Choice{DishID: b.lassi, Quantity: 4})
		a, err := b.order(fmt.Sprint("k", round), Confirmation{QuoteID: q.QuoteID})
		require.NoError(t, err)
		id := orderID(t, a)
		_, err = b.Accept(b.ctx, b.owner, id, 0, 20)
		require.NoError(t, err)
		_, err = b.Cancel(b.ctx, b.staff, id, 0, "OPS")
		require.NoError(t, err)
		rival := b.account(domain.RoleCustomer)
		other, err := b.PutCart(b.ctx, rival, Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: b.lassi, Quantity: 1}}})
		require.NoError(t, err)
		var wg sync.WaitGroup
		var mu sync.Mutex
		restored, bought := 0, 0
		for range 5 {
			wg.Go(func() {
				if _, err := b.Restore(b.ctx, b.staff, id, 0); err == nil {
					mu.Lock()
					restored++
					mu.Unlock()
				}
			})
		}
		wg.Go(func() {
			if _, err := b.placeAs(rival, other); err == nil {
				mu.Lock()
				bought++
				mu.Unlock()
			}
		})
		wg.Wait()
		require.Equal(t, 1, restored+bought, "restored %d, bought %d", restored, bought)
		require.Equal(t, 4-4*restored-bought, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi))
	}
}

func TestNotesAreForStaff(t *testing.T) {
	b := setup(t)
	id := b.placed()
	note, err := b.AddNote(b.ctx, b.staff, id, "  rang: wants it later ")
	require.NoError(t, err)
	require.Equal(t, "rang: wants it later", note.Text)
	notes, err := b.Notes(b.ctx, b.staff, id)
	require.NoError(t, err)
	require.Len(t, notes, 1)
	require.Equal(t, "Asha", notes[0].Name)
	_, err = b.AddNote(b.ctx, b.staff, id, " ")
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	_, err = b.AddNote(b.ctx, b.staff, newID(), "x")
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	b.exec(`INSERT INTO order_notes (id, order_id, by_id, text) SELECT gen_random_uuid(), $1, $2, 'x' FROM generate_series(1, 99)`, id, b.staff.ID)
	_, err = b.AddNote(b.ctx, b.staff, id, "x")
	require.Equal(t, "order.too_many_notes", codeOf(err))
}

// Three orders that expire at the same moment, on three instances, pause their vendor once; what it did not answer before
// it came back does not count again.
func TestAVendorThatDoesNotAnswerIsPaused(t *testing.T) {
	b := setup(t)
	fire := func() {
		b.exec(`UPDATE orders SET deadline_at = now(), deadline_verb = 'expire', timers = '[]' WHERE state = 'placed'`)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for {
					if more, err := b.FireDue(b.ctx); err != nil || !more {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		wg.Wait()
	}
	paused := func() int {
		return b.scan(`SELECT count(*) FROM vendors WHERE paused_until > now() + interval '1 year' AND pause_reason = $1`, order.ProtectReason)
	}
	b.placed()
	b.placed()
	fire()
	require.Zero(t, paused())
	b.exec(`UPDATE orders SET ended_at = now() - interval '16 minutes'`)
	b.placed()
	fire()
	require.Zero(t, paused(), "two of them are long ago")
	for range 3 {
		b.placed()
	}
	fire()
	require.Equal(t, 1, paused())
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE subject = 'vendor' AND type = 'vendor.paused' AND data ->> 'cause' = 'orders_expired'`))
	require.Equal(t, b.scan(`SELECT max(version) FROM events WHERE subject = 'vendor'`), b.scan(`SELECT version FROM vendors`))

	b.exec(`UPDATE vendors SET paused_until = NULL, pause_reason = ''`)
	b.placed()
	fire()
	require.Zero(t, paused(), "it has had its pause for the others")
	b.placed()
	b.placed()
	fire()
	require.Equal(t, 1, paused())
}

// One order whose timer cannot be fired does not keep the others waiting.
func TestAStuckTimerHoldsUpNobody(t *testing.T) {
	b := setup(t)
	sick, well := b.placed(), b.placed()
	b.exec(`UPDATE orders SET deadline_at = now() - interval '1 minute', deadline_verb = 'expire' WHERE id = $1`, sick)
	b.exec(`UPDATE orders SET deadline_at = now(), deadline_verb = 'expire' WHERE id = $1`, well)
	b.exec(`DELETE FROM payments WHERE order_id = $1`, sick)
	_, err := b.FireDue(b.ctx)
	require.ErrorContains(t, err, sick.String())
	more, err := b.FireDue(b.ctx)
	require.NoError(t, err)
	require.True(t, more)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE id = $1 AND state = 'expired'`, well))
	more, err = b.FireDue(b.ctx)
	require.NoError(t, err)
	require.False(t, more, "passed over for now")
}

// A database that is away is not the fault of the order that was next: once it is back that one is fired at once.
func TestWhatFailsForAllPassesNobodyOver(t *testing.T) {
	b := setup(t)
	for range 2 {
		b.exec(`UPDATE orders SET deadline_at = now(), deadline_verb = 'expire', timers = '[]' WHERE id = $1`, b.placed())
	}
	fired, err := b.FireDue(b.ctx) // both are found
	require.NoError(t, err)
	require.True(t, fired)
	away, cancel := context.WithCancel(b.ctx)
	cancel()
	_, err = b.FireDue(away)
	require.ErrorIs(t, err, context.Canceled)
	fired, err = b.FireDue(b.ctx)
	require.NoError(t, err)
	require.True(t, fired)
}

// An order that somebody holds is left to them, and nobody waits; what they make of it counts, though it was found to be due before.
func TestATimerLeavesAnOrderToWhoeverHoldsIt(t *testing.T) {
	b := setup(t)
	fires := func(want bool) {
		t.Helper()
		fired, err := b.FireDue(b.ctx)
		require.NoError(t, err)
		require.Equal(t, want, fired)
	}
	due := func(ago string) domain.ID {
		o := b.placed()
		b.exec(`UPDATE orders SET deadline_at = now() - $2::interval, deadline_verb = 'expire', timers = '[]' WHERE id = $1`, o, ago)
		return o
	}
	due("3 minutes")
	held, moved := due("2 minutes"), due("1 minute")
	fires(true) // the first of three that are found
	b.exec(`UPDATE orders SET deadline_at = now() + interval '1 hour' WHERE id = $1`, moved)
	tx, err := b.pool.Begin(b.ctx)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(b.ctx) }()
	_, err = tx.Exec(b.ctx, `SELECT FROM orders WHERE id = $1 FOR UPDATE`, held.String())
	require.NoError(t, err)
	fires(false)
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM orders WHERE state = 'placed'`))
	require.NoError(t, tx.Rollback(b.ctx))
	fires(true)
	fires(false)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders WHERE state = 'placed' AND id = $1`, moved))
}

func TestOrdersSince(t *testing.T) {
	b := setup(t)
	b.placed()
	id := b.placed()
	b.exec(`UPDATE orders SET placed_at = now() - interval '1 hour' WHERE id <> $1`, id)
	found, err := b.Orders(b.ctx, b.owner, Filter{VendorID: b.vendor, Since: time.Now().Add(-30 * time.Minute), Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, id, found[0].ID)
}

// A whole order stays readable by the rules after each step: what was stored is what was decided.
func TestWhatIsStoredIsWhatWasDecided(t *testing.T) {
	b := setup(t)
	id := b.placed()
	require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(b.ctx, id)
		require.NoError(t, err)
		require.Equal(t, []string{order.VerbNudge, order.VerbNudge, order.VerbExpire}, []string{o.Timers[0].Verb, o.Timers[1].Verb, o.Timers[2].Verb})
		require.Equal(t, order.CurrentPolicy, o.Policy)
		require.Equal(t, 5*time.Minute, o.AcceptWithin)
		return nil
	}))
}

func TestAllThatIsDueIsFiredAtOnce(t *testing.T) {
	b := setup(t)
	more, err := b.FireAll(b.ctx)
	require.NoError(t, err)
	require.False(t, more)
	for range 12 {
		b.placed()
	}
	b.exec(`UPDATE orders SET deadline_at = now(), deadline_verb = 'expire', timers = '[]'`)
	more, err = b.FireAll(b.ctx)
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, 12, b.scan(`SELECT count(*) FROM events WHERE type = 'order.expired'`))
}
