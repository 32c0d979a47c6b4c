package ordering

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// vendorChanges changes what the vendor offers, and tells of it.
func (b *bench) vendorChanges(sql string, args ...any) {
	b.t.Helper()
	b.exec(sql, args...)
	b.told()
}

// told appends an event of the vendor.
func (b *bench) told() {
	b.t.Helper()
	version := b.scan(`UPDATE vendors SET version = version + 1 WHERE id = $1 RETURNING version`, b.vendor.String())
	require.NoError(b.t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		_, err := tx.Append(b.ctx, domain.Record{
			Subject: domain.SubjectVendor, SubjectID: b.vendor, Version: version - 1, ActorRole: domain.RoleSystem,
		}, domain.Event{Type: "vendor.menu_changed"})
		return err
	}))
}

// look has all stale carts compared.
func (b *bench) look() {
	b.t.Helper()
	for more := true; more; {
		var err error
		more, err = b.CheckCarts(b.ctx)
		require.NoError(b.t, err)
	}
}

type toldProblem struct {
	Code     string
	DishID   domain.ID
	Was, Now struct{ Amount int64 }

	Substitutes []domain.ID
}

// heard gives what a customer was told of their cart, event by event; their versions are contiguous.
func (b *bench) heard(who domain.Actor) (events [][]toldProblem) {
	b.t.Helper()
	rows, err := b.pool.Query(b.ctx, `SELECT version, data FROM events WHERE subject = 'cart' AND customer_id = $1 AND type = 'cart.changed' ORDER BY id`, who.ID.String())
	require.NoError(b.t, err)
	defer rows.Close()
	for rows.Next() {
		var version int
		var data []byte
		require.NoError(b.t, rows.Scan(&version, &data))
		require.Equal(b.t, len(events)+1, version)
		var told struct{ Problems []toldProblem }
		require.NoError(b.t, json.Unmarshal(data, &told))
		events = append(events, told.Problems)
	}
	require.NoError(b.t, rows.Err())
	return events
}

func codes(problems []Problem) (out []string) {
	for _, p := range problems {
		out = append(out, p.Code)
	}
	slices.Sort(out)
	return out
}

func TestAPriceThatChangesUnderACart(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 2})
	b.look()
	require.Empty(t, b.heard(b.customer), "nothing has changed")
	b.vendorChanges(`UPDATE dishes SET price = 25900 WHERE id = $1`, b.thali.String())
	b.look()
	b.look()
	events := b.heard(b.customer)
	require.Len(t, events, 1, "told once")
	require.Len(t, events[0], 1)
	require.Equal(t, PriceChanged, events[0][0].Code)
	require.Equal(t, b.thali, events[0][0].DishID)
	require.EqualValues(t, 24900, events[0][0].Was.Amount)
	require.EqualValues(t, 25900, events[0][0].Now.Amount)

	_, err := b.order("k1", Confirmation{QuoteID: q.QuoteID})
	var requote *RequoteError
	require.ErrorAs(t, err, &requote)
	require.ErrorIs(t, err, ErrPriceChanged, "the quote that was confirmed is not what it costs")
	next := requote.Cart
	require.Equal(t, []string{PriceChanged}, codes(next.Problems))
	require.False(t, next.Problems[0].Blocks())
	require.Equal(t, domain.Money{Amount: 24900, Currency: "INR"}, next.Problems[0].Was)
	require.EqualValues(t, 2*1000+2*1000/20, next.Quote.Total.Amount-q.Quote.Total.Amount, "and the tax on it")
	a, err := b.order("k2", Confirmation{QuoteID: next.QuoteID})
	require.NoError(t, err, "a notice keeps nobody from ordering")
	o, err := b.Order(b.ctx, b.customer, orderID(t, a))
	require.NoError(t, err)
	require.Equal(t, next.Quote.Total, o.Quote.Total)

	again := b.fill(menu.Choice{DishID: b.thali, Quantity: 2})
	require.Empty(t, again.Problems, "whoever puts it in now has seen the price")
}

func TestChangesThatComeTogetherAreToldTogether(t *testing.T) {
	b := setup(t)
	b.fill(menu.Choice{DishID: b.thali, Quantity: 1}, menu.Choice{DishID: b.lassi, Quantity: 2})
	b.vendorChanges(`UPDATE dishes SET price = 1 WHERE id = $1`, b.thali.String())
	b.vendorChanges(`UPDATE dishes SET price = 24900 WHERE id = $1`, b.thali.String())
	b.look()
	require.Empty(t, b.heard(b.customer), "what was undone is not told")
	b.vendorChanges(`UPDATE dishes SET available = false WHERE id = $1`, b.thali.String())
	b.vendorChanges(`UPDATE dishes SET stock = 1 WHERE id = $1`, b.lassi.String())
	b.vendorChanges(`UPDATE vendors SET paused_until = now() + interval '1 hour' WHERE id = $1`, b.vendor.String())
	b.look()
	require.Len(t, b.heard(b.customer), 1)
	require.Len(t, b.heard(b.customer)[0], 3)
	b.vendorChanges(`UPDATE vendors SET paused_until = NULL WHERE id = $1`, b.vendor.String())
	b.vendorChanges(`UPDATE dishes SET available = true, stock = NULL`)
	b.look()
	require.Len(t, b.heard(b.customer), 2)
	require.Empty(t, b.heard(b.customer)[1], "all is well again")
}

func TestEverythingThatHappensToACartIsTold(t *testing.T) {
	b := setup(t)
	group, small, large := newID(), newID(), newID()
	b.exec(`UPDATE dishes SET option_groups = jsonb_build_array(jsonb_build_object('id', $2::text, 'name', 'Size', 'min', 1, 'max', 1, 'options', jsonb_build_array(
	        jsonb_build_object('id', $3::text, 'name', 'Small', 'price', 0, 'available', true), jsonb_build_object('id', $4::text, 'name', 'Large', 'price', 5000, 'available', true))))
	        WHERE id = $1`, b.thali.String(), group.String(), small.String(), large.String())
	for name, tt := range map[string]struct{ change, code string }{
		"sold out":              {`UPDATE dishes SET available = false WHERE id = $1`, "dish_unavailable"},
		"none left":             {`UPDATE dishes SET stock = 0 WHERE id = $1`, "dish_unavailable"},
		"too few left":          {`UPDATE dishes SET stock = 1 WHERE id = $1`, "not_enough_stock"},
		"deleted":               {`UPDATE dishes SET deleted_at = now() WHERE id = $1`, "dish_unavailable"},
		"out of schedule":       {`UPDATE categories SET schedule = '{"startsOn":"2099-01-01"}' FROM dishes d WHERE d.id = $1 AND d.category_id = categories.id`, "out_of_schedule"},
		"an option is sold out": {`UPDATE dishes SET option_groups = jsonb_set(option_groups, '{0,options,1,available}', 'false') WHERE id = $1`, "option_unavailable"},
		"an option costs more":  {`UPDATE dishes SET option_groups = jsonb_set(option_groups, '{0,options,1,price}', '6000') WHERE id = $1`, PriceChanged},
		"paused":                {`UPDATE vendors SET paused_until = now() + interval '1 hour' FROM dishes d WHERE d.id = $1 AND d.vendor_id = vendors.id`, "vendor_paused"},
		"closed":                {`UPDATE vendors SET open_minutes = '{}' FROM dishes d WHERE d.id = $1 AND d.vendor_id = vendors.id`, "vendor_closed"},
		"suspended":             {`UPDATE vendors SET status = 'suspended' FROM dishes d WHERE d.id = $1 AND d.vendor_id = vendors.id`, "vendor_unavailable"},
		"a minimum":             {`UPDATE vendors SET min_order = 10000000 FROM dishes d WHERE d.id = $1 AND d.vendor_id = vendors.id`, "below_minimum"},
	} {
		who := b.account(domain.RoleCustomer)
		q, err := b.PutCart(b.ctx, who, Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: b.thali, Quantity: 2, Options: []domain.ID{large}}}})
		require.NoError(t, err)
		require.Empty(t, q.Problems, name)
		b.vendorChanges(tt.change, b.thali.String())
		b.look()
		events := b.heard(who)
		require.Len(t, events, 1, name)
		require.Contains(t, func() (out []string) {
			for _, p := range events[0] {
				out = append(out, p.Code)
			}
			return out
		}(), tt.code, name)
		seen, err := b.Cart(b.ctx, who)
		require.NoError(t, err)
		require.Contains(t, codes(seen.Problems), tt.code, name)
		b.exec(`DELETE FROM carts`)
		b.vendorChanges(`UPDATE vendors SET paused_until = NULL, open_minutes = '{[0,10080)}', status = 'approved', min_order = 0`)
		b.exec(`UPDATE categories SET schedule = '{}'`)
		b.exec(`UPDATE dishes SET available = true, stock = NULL, deleted_at = NULL, option_groups = jsonb_set(jsonb_set(option_groups, '{0,options,1,price}', '5000'), '{0,options,1,available}', 'true') WHERE id = $1`, b.thali.String())
	}
}

func TestTheLastPortionIsToldToWhoeverHasItInTheCart(t *testing.T) {
	b := setup(t)
	dosa, curry, steak := newID(), newID(), newID()
	for id, d := range map[domain.ID]struct {
		name, diet string
		price      int
	}{dosa: {"Dosa", "vegan", 12000}, curry: {"Curry", "veg", 10000}, steak: {"Steak", "nonveg", 9000}} {
		b.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) SELECT $1, vendor_id, category_id, $3, $4, $5 FROM dishes WHERE id = $2`,
			id.String(), b.thali.String(), d.name, d.price, d.diet)
	}
	b.exec(`UPDATE dishes SET available = false WHERE id = $1`, curry.String())
	b.exec(`UPDATE dishes SET stock = 1 WHERE id = $1`, b.lassi.String())
	b.fill(menu.Choice{DishID: b.lassi, Quantity: 1})
	who := b.account(domain.RoleCustomer)
	q, err := b.PutCart(b.ctx, who, Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: b.lassi, Quantity: 1}}})
	require.NoError(t, err)
	id, err := b.placeAs(who, q)
	require.NoError(t, err)
	b.look()
	require.Empty(t, b.heard(who), "who has ordered has no cart")
	require.Len(t, b.heard(b.customer), 1)
	seen, err := b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, "dish_unavailable", seen.Problems[0].Code)
	var names []string
	var ids []domain.ID
	for _, s := range seen.Problems[0].Substitutes {
		names, ids = append(names, s.Name), append(ids, s.ID)
	}
	require.Equal(t, []string{"Dosa", "Thali"}, names, "what can be had, the nearest price first, and no meat for who wants none")
	require.Equal(t, ids, b.heard(b.customer)[0][0].Substitutes, "they are told at once")
	_, err = b.Cancel(b.ctx, who, id, 0, "MISTAKE")
	require.NoError(t, err)
	b.look()
	require.Len(t, b.heard(b.customer), 2)
	require.Empty(t, b.heard(b.customer)[1], "it is back")
}

// Who has more portions in the cart than an order has left is told, and told again when enough come back; whoever has enough is not.
func TestTooFewPortionsAreToldToWhoeverWantsMore(t *testing.T) {
	b := setup(t)
	b.fill(menu.Choice{DishID: b.lassi, Quantity: 2}, menu.Choice{DishID: b.lassi, Quantity: 3, Note: "no ice"})
	modest, buyer := b.account(domain.RoleCustomer), b.account(domain.RoleCustomer)
	_, err := b.put(modest, menu.Choice{DishID: b.lassi, Quantity: 4})
	require.NoError(t, err)
	buy := func(portions int) domain.ID {
		q, err := b.put(buyer, menu.Choice{DishID: b.lassi, Quantity: portions})
		require.NoError(t, err)
		id, err := b.placeAs(buyer, q)
		require.NoError(t, err)
		b.look()
		return id
	}
	buy(5)
	require.Empty(t, b.heard(b.customer), "five are left, and five are wanted")
	id := buy(1)
	require.Len(t, b.heard(b.customer), 1)
	require.Equal(t, "not_enough_stock", b.heard(b.customer)[0][0].Code)
	require.Equal(t, b.lassi, b.heard(b.customer)[0][0].DishID)
	require.Empty(t, b.heard(modest))
	require.Empty(t, b.heard(buyer), "who has ordered has no cart")
	before := b.scan(`SELECT version FROM vendors`)
	_, err = b.Cancel(b.ctx, buyer, id, 0, "MISTAKE")
	require.NoError(t, err)
	b.look()
	require.Len(t, b.heard(b.customer), 2)
	require.Empty(t, b.heard(b.customer)[1], "five are left again")
	b.exec(`DELETE FROM carts`)
	buy(1)
	require.Equal(t, before+1, b.scan(`SELECT version FROM vendors`), "where no cart wants more, nothing is told of the vendor")
}

// A cart that was quoted before an order took of its dish and is written after is found by a look of its own.
func TestACartOfACountedDishIsLookedAtAgain(t *testing.T) {
	b := setup(t)
	b.fill(menu.Choice{DishID: b.lassi, Quantity: 5})
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM carts WHERE watch_at BETWEEN quoted_at AND quoted_at + interval '10 seconds'`))
	b.exec(`UPDATE dishes SET stock = 3 WHERE id = $1`, b.lassi.String()) // told while the cart was on its way
	b.exec(`UPDATE carts SET quoted_at = quoted_at - interval '1 minute', watch_at = now()`)
	b.look()
	require.Len(t, b.heard(b.customer), 1)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM carts WHERE watch_at > now() + interval '1 hour'`), "once")
}

func TestTimeAloneIsToldToo(t *testing.T) {
	b := setup(t)
	b.exec(`UPDATE vendors SET paused_until = now() + interval '10 minutes' WHERE id = $1`, b.vendor.String())
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	require.Equal(t, []string{"vendor_paused"}, codes(q.Problems))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM carts c JOIN vendors v ON v.id = c.vendor_id WHERE c.watch_at = v.paused_until`), "looked at when the pause ends")
	b.exec(`UPDATE vendors SET paused_until = now()`) // the ten minutes are over
	b.exec(`UPDATE carts SET watch_at = now()`)
	b.look()
	require.Len(t, b.heard(b.customer), 1)
	require.Empty(t, b.heard(b.customer)[0])

	until := time.Now().Add(30 * time.Minute).Truncate(time.Second)
	b.vendorChanges(`UPDATE dishes SET available = false, unavailable_until = $2 WHERE id = $1`, b.thali.String(), until)
	b.look()
	require.Len(t, b.heard(b.customer), 2)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM carts WHERE watch_at = $1`, until), "looked at when the dish is back")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM carts WHERE events = 2`))
}

func TestACartThatWasLeftIsNotWatched(t *testing.T) {
	b := setup(t)
	b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	b.exec(`UPDATE carts SET quoted_at = now() - interval '4 hours', watch_at = now()`)
	b.look()
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM carts WHERE watch_at IS NULL`))
	b.vendorChanges(`UPDATE dishes SET price = 1 WHERE id = $1`, b.thali.String())
	b.look()
	require.Empty(t, b.heard(b.customer))
	q, err := b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, []string{PriceChanged}, codes(q.Problems), "but whoever comes back sees it")
	b.vendorChanges(`UPDATE dishes SET price = 2 WHERE id = $1`, b.thali.String())
	b.look()
	require.Len(t, b.heard(b.customer), 1, "and is told again")
}

// A cart that was quoted before a change and is written after the carts were looked at is found by the second look.
func TestACartOnItsWayIsNotMissed(t *testing.T) {
	b := setup(t)
	b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	b.vendorChanges(`UPDATE dishes SET price = 1 WHERE id = $1`, b.thali.String())
	b.exec(`ALTER TABLE carts RENAME TO on_their_way`)
	b.exec(`CREATE TABLE carts (LIKE on_their_way INCLUDING ALL)`)
	b.look()
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM cart_checks WHERE NOT again AND due_at > now()`), "the second look is due")
	b.exec(`INSERT INTO carts SELECT * FROM on_their_way`)
	b.exec(`UPDATE cart_checks SET due_at = now()`)
	b.look()
	require.Len(t, b.heard(b.customer), 1)
	require.Zero(t, b.scan(`SELECT count(*) FROM cart_checks`), "and that was that")
}

// Three instances look at the carts of a vendor that changes its price again and again. Nobody is told a thing twice, and
// everybody knows the last price.
func TestSeveralInstancesTellEachCartOnce(t *testing.T) {
	b := setup(t)
	const carts, changes = 250, 12
	customers := make([]domain.Actor, carts)
	for i := range customers {
		customers[i], _ = b.stranger()
	}
	ctx, stop := context.WithCancel(b.ctx)
	var group sync.WaitGroup
	for range 3 {
		db, err := postgres.FromPool(b.ctx, b.pool)
		require.NoError(t, err)
		t.Cleanup(db.Close)
		instance := New(db, Options{})
		group.Go(func() {
			for ctx.Err() == nil {
				if _, err := instance.CheckCarts(b.ctx); err != nil {
					t.Errorf("check carts: %v", err)
				}
			}
		})
	}
	for i := range changes {
		b.vendorChanges(`UPDATE dishes SET price = $2 WHERE id = $1`, b.thali.String(), 30000+i)
	}
	require.Eventually(t, func() bool {
		return b.scan(`SELECT count(*) FROM carts c JOIN vendors v ON v.id = c.vendor_id WHERE c.vendor_version < v.version`) == 0
	},
		time.Minute, 10*time.Millisecond)
	stop()
	group.Wait()
	for _, who := range customers {
		events := b.heard(who)
		require.NotEmpty(t, events)
		require.LessOrEqual(t, len(events), changes)
		before := int64(24900)
		for _, e := range events {
			require.Len(t, e, 1)
			require.Greater(t, e[0].Now.Amount, before, "something new each time")
			before = e[0].Now.Amount
		}
		require.EqualValues(t, 30000+changes-1, before)
	}
}
