package ordering

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// put fills the cart of a customer who fetches the food.
func (b *bench) put(who domain.Actor, choices ...menu.Choice) (Quoted, error) {
	return b.PutCart(b.ctx, who, Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: choices})
}

// menuWrite changes the vendor's whole menu as catalog does: under the vendor's lock, and then all its dishes.
func (b *bench) menuWrite(ctx context.Context, change func(*menu.Dish)) error {
	return b.db.InTx(ctx, func(tx *postgres.Tx) error {
		p, _, err := tx.VendorForWrite(ctx, b.vendor, b.owner.ID)
		if err != nil {
			return err
		}
		before, err := tx.MenuForWrite(ctx, p)
		if err != nil {
			return err
		}
		after := []menu.Category{before[0]}
		after[0].Dishes = append([]menu.Dish(nil), before[0].Dishes...)
		for i := range after[0].Dishes {
			change(&after[0].Dishes[i])
		}
		if err := tx.WriteMenu(ctx, b.vendor, before, after); err != nil {
			return err
		}
		if p.Version, err = tx.Append(ctx, domain.Record{
			Subject: domain.SubjectVendor, SubjectID: p.ID, Version: p.Version, ActorRole: domain.RoleSystem,
		}, domain.Event{Type: "vendor.menu_changed"}); err != nil {
			return err
		}
		return tx.SaveVendor(ctx, p)
	})
}

// Orders that take the last portions of two dishes, cancels that give them back, menus that are written anew and ratings that
// are shown, all of one vendor and at once: nobody waits for another in a circle.
func TestOrdersAndMenuWritesNeverDeadlock(t *testing.T) {
	b := setup(t)
	b.exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''20ms''', current_database()); END $$`)
	b.exec(`UPDATE dishes SET stock = 2`)
	db, err := postgres.Open(b.ctx, b.pool.Config().ConnString(), postgres.Options{MaxConns: 16}) // its connections have the setting
	require.NoError(t, err)
	b.db.Close()
	b.Service = New(db, Options{})
	var placed, cancelled atomic.Int64
	var group sync.WaitGroup
	for n := range 6 {
		who := b.account(domain.RoleCustomer)
		choices := [][]menu.Choice{
			{{DishID: b.thali, Quantity: 1}, {DishID: b.lassi, Quantity: 1}},
			{{DishID: b.lassi, Quantity: 2}}, {{DishID: b.thali, Quantity: 2}},
		}[n%3]
		group.Go(func() {
			for range 40 {
				q, err := b.put(who, choices...)
				if err != nil {
					t.Error(err)
					return
				}
				id, err := b.placeAs(who, q)
				if err != nil {
					if domain.KindOf(err) != domain.Conflict {
						t.Error(err)
					}
					continue
				}
				placed.Add(1)
				if _, err := b.Cancel(b.ctx, who, id, 0, "MISTAKE"); err != nil {
					t.Error(err)
				}
				cancelled.Add(1)
			}
		})
	}
	for range 2 {
		group.Go(func() {
			for range 60 {
				if err := b.menuWrite(b.ctx, func(d *menu.Dish) { two := 2; d.Stock, d.Spice = &two, (d.Spice+1)%4 }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	require.Positive(t, placed.Load())
	require.Positive(t, cancelled.Load())
	db.Close() // what the server counted is written when its processes end
	require.Eventually(t, func() bool {
		return b.scan(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'zoop' AND pid <> pg_backend_pid()`) == 0
	}, time.Minute, 10*time.Millisecond)
	require.Zero(t, b.scan(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`))
}

// A dish that was sold out, taken off, or given another price before the order is written is not sold as it was.
func TestADishThatGoesWhileItIsOrdered(t *testing.T) {
	for name, change := range map[string]string{
		"sold out":  `UPDATE dishes SET available = false WHERE id = $1`,
		"taken off": `UPDATE dishes SET deleted_at = now() WHERE id = $1`,
		"dearer":    `UPDATE dishes SET price = price + 100 WHERE id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			q, err := b.put(b.customer, menu.Choice{DishID: b.thali, Quantity: 1})
			require.NoError(t, err)
			tx := b.vendorHeld()
			_, err = tx.Exec(b.ctx, change, b.thali.String())
			require.NoError(t, err)
			done := make(chan error, 1)
			go func() { _, err := b.placeAs(b.customer, q); done <- err }()
			b.untilSomebodyWaits(done)
			require.NoError(t, tx.Commit(b.ctx))
			require.Equal(t, domain.Conflict, domain.KindOf(<-done), "the order comes after the change")
			require.Zero(t, b.scan(`SELECT count(*) FROM orders`))
		})
	}
}

// Whoever changes the menu once the order has read it comes after the order.
func TestAMenuStaysWhileItIsOrdered(t *testing.T) {
	b := setup(t)
	q, err := b.put(b.customer, menu.Choice{DishID: b.thali, Quantity: 1})
	require.NoError(t, err)
	_, err = b.Place(b.ctx, b.customer, Confirmation{QuoteID: q.QuoteID, Method: "cod"}, func(o Order) (domain.Answer, error) {
		tx, err := b.pool.Begin(b.ctx)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(b.ctx) }()
		_, err = tx.Exec(b.ctx, `SET LOCAL lock_timeout = '50ms'`)
		require.NoError(t, err)
		_, err = tx.Exec(b.ctx, `SELECT FROM vendors WHERE id = $1 FOR NO KEY UPDATE`, b.vendor.String())
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "55P03", refused.Code, "the vendor's lock is not to be had")
		return encodeID(o)
	})
	require.NoError(t, err)
}

// Orders of dishes that nobody counts do not wait for each other.
func TestOrdinaryOrdersOfAVendorRunSideBySide(t *testing.T) {
	b := setup(t)
	q, err := b.put(b.customer, menu.Choice{DishID: b.thali, Quantity: 1})
	require.NoError(t, err)
	other := b.account(domain.RoleCustomer)
	theirs, err := b.put(other, menu.Choice{DishID: b.thali, Quantity: 1})
	require.NoError(t, err)
	_, err = b.Place(b.ctx, b.customer, Confirmation{QuoteID: q.QuoteID, Method: "cod"}, func(o Order) (domain.Answer, error) {
		_, err := b.placeAs(other, theirs) // while the first is not committed
		require.NoError(t, err)
		return encodeID(o)
	})
	require.NoError(t, err)
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM orders`))
}

// A dish that begins or ceases to be counted while it is ordered is ordered as what it is then.
func TestADishThatIsCountedFromThisMomentOn(t *testing.T) {
	b := setup(t)
	for _, tt := range []struct {
		dish   domain.ID
		change string
		left   int // -1: not counted
	}{
		{b.thali, `UPDATE dishes SET stock = 3 WHERE id = $1`, 1},
		{b.lassi, `UPDATE dishes SET stock = NULL WHERE id = $1`, -1},
	} {
		q, err := b.put(b.customer, menu.Choice{DishID: tt.dish, Quantity: 2})
		require.NoError(t, err)
		tx := b.vendorHeld()
		_, err = tx.Exec(b.ctx, tt.change, tt.dish.String())
		require.NoError(t, err)
		done := make(chan error, 1)
		go func() { _, err := b.placeAs(b.customer, q); done <- err }()
		b.untilSomebodyWaits(done)
		require.NoError(t, tx.Commit(b.ctx))
		require.NoError(t, <-done)
		require.Equal(t, tt.left, b.scan(`SELECT coalesce(stock, -1) FROM dishes WHERE id = $1`, tt.dish.String()))
	}
}

// vendorHeld begins a transaction that holds the vendor, as everybody does who changes its menu.
func (b *bench) vendorHeld() pgx.Tx {
	b.t.Helper()
	tx, err := b.pool.Begin(b.ctx)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(b.ctx)) })
	_, err = tx.Exec(b.ctx, `SELECT FROM vendors WHERE id = $1 FOR NO KEY UPDATE`, b.vendor.String())
	require.NoError(b.t, err)
	return tx
}

// untilSomebodyWaits returns when a process waits for a lock, or when what was begun has ended without.
func (b *bench) untilSomebodyWaits(done chan error) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		return len(done) > 0 || b.scan(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`) > 0
	}, time.Minute, 5*time.Millisecond)
}
