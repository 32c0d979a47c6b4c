package ordering

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// bench is a marketplace of one vendor, with a customer who has an address nearby.
type bench struct {
	*Service
	t        *testing.T
	ctx      context.Context
	pool     *pgxpool.Pool
	customer domain.Actor
	owner    domain.Actor
	staff    domain.Actor
	vendor   domain.ID
	thali    domain.ID // INR 249.00
	lassi    domain.ID // INR 90.00, ten left
	address  domain.ID
}

func newID() domain.ID { return domain.ID(id.New()) }

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, ctx: t.Context(), pool: dbtest.New(t), vendor: newID(), thali: newID(), lassi: newID(), address: newID()}
	db, err := postgres.FromPool(b.ctx, b.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b.Service = New(db, Options{})
	b.customer, b.owner, b.staff = b.account(domain.RoleCustomer), b.account(domain.RoleVendor), b.account(domain.RoleSupport)
	category := newID()
	b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, tax_bp, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 500, 'approved')`, b.vendor.String())
	b.exec(`INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)`, b.vendor.String(), b.owner.ID.String())
	b.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, category.String(), b.vendor.String())
	b.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet, stock) VALUES ($1, $2, $3, 'Thali', 24900, 'veg', NULL), ($4, $2, $3, 'Lassi', 9000, 'veg', 10)`,
		b.thali.String(), b.vendor.String(), category.String(), b.lassi.String())
	b.exec(`INSERT INTO addresses (id, user_id, label, line1, city, lat, lng) VALUES ($1, $2, 'Home', '2 Janpath', 'New Delhi', 28.62, 77.22)`,
		b.address.String(), b.customer.ID.String())
	return b
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

func (b *bench) account(role domain.Role) domain.Actor {
	actor := domain.Actor{ID: newID(), Role: role}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Asha', $3)`, actor.ID.String(), actor.ID.String()+"@example.com", string(role))
	return actor
}

func (b *bench) scan(sql string, args ...any) (n int) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&n))
	return n
}

func (b *bench) fill(choices ...menu.Choice) Quoted {
	b.t.Helper()
	q, err := b.PutCart(b.ctx, b.customer, Wish{VendorID: b.vendor, Choices: choices, Fulfilment: order.Delivery, AddressID: b.address})
	require.NoError(b.t, err)
	return q
}

func (b *bench) order(key string, c Confirmation) (domain.Answer, error) {
	return b.orderBody(key, "body", c)
}

func (b *bench) orderBody(key, body string, c Confirmation) (domain.Answer, error) {
	c.Method = "cod"
	r := domain.Request{Principal: b.customer.ID, Route: "placeOrder", Key: key, Hash: []byte(body)}
	return b.db.Once(b.ctx, r, func(ctx context.Context) (domain.Answer, error) { return b.Place(ctx, b.customer, c, encodeID) })
}

func encodeID(o Order) (domain.Answer, error) {
	body, err := json.Marshal(o.ID)
	return domain.Answer{Status: 201, Body: body}, err
}

// placed orders one thali.
func (b *bench) placed() domain.ID {
	b.t.Helper()
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	a, err := b.order(newID().String(), Confirmation{QuoteID: q.QuoteID})
	require.NoError(b.t, err)
	return orderID(b.t, a)
}

func orderID(t *testing.T, a domain.Answer) (id domain.ID) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.Body, &id))
	return id
}

func TestAnOrderFromCartToTimeline(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 2}, menu.Choice{DishID: b.lassi, Quantity: 3, Note: "cold"})
	require.Empty(t, q.Problems)
	// 2 × 249 + 3 × 90 = 768; 5 % of it 38.40; 1.5 km: 25.
	require.Equal(t, domain.Money{Amount: 76800 + 3840 + 2500, Currency: "INR"}, q.Quote.Total)
	a, err := b.order("k1", Confirmation{QuoteID: q.QuoteID, Note: "ring twice"})
	require.NoError(t, err)
	require.Equal(t, 201, a.Status)
	id := orderID(t, a)

	o, err := b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.Equal(t, order.Placed, o.State)
	require.Equal(t, q.Quote, o.Quote, "what is charged is what was quoted")
	require.Len(t, o.PIN, 4)
	require.Empty(t, o.OrderCode)
	require.Equal(t, "created", o.PaymentState)
	require.Equal(t, "unassigned", o.DeliveryState)
	require.Equal(t, 7, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi.String()))
	_, err = b.Cart(b.ctx, b.customer)
	require.Equal(t, domain.NotFound, domain.KindOf(err), "the cart is empty now")

	o, err = b.Accept(b.ctx, b.owner, id, 0, 20)
	require.NoError(t, err)
	require.Empty(t, o.PIN, "the PIN is the customer's")
	require.Len(t, o.OrderCode, 4)
	require.Nil(t, o.Address)
	o, err = b.Start(b.ctx, b.owner, id, o.Version)
	require.NoError(t, err)
	o, err = b.Ready(b.ctx, b.owner, id, o.Version)
	require.NoError(t, err)
	require.Equal(t, order.Ready, o.State)

	events, _, err := b.Timeline(b.ctx, b.staff, id, 0, 100)
	require.NoError(t, err)
	var types []string
	for i, e := range events {
		types = append(types, e.Type)
		require.Equal(t, i+1, e.Version)
		require.Equal(t, b.vendor, e.VendorID)
		require.Equal(t, b.customer.ID, e.CustomerID)
	}
	require.Equal(t, []string{"order.placed", "order.accepted", "order.preparing", "order.ready"}, types)
}

func TestNobodySeesWhatIsNotTheirs(t *testing.T) {
	b := setup(t)
	id := b.placed()
	for name, stranger := range map[string]domain.Actor{
		"another customer": b.account(domain.RoleCustomer), "another vendor": b.account(domain.RoleVendor),
		"a courier who was not asked": b.account(domain.RoleCourier), "nobody": {},
		"the customer's ID as a vendor": {ID: b.customer.ID, Role: domain.RoleVendor},
	} {
		_, err := b.Order(b.ctx, stranger, id)
		require.Equal(t, domain.NotFound, domain.KindOf(err), name)
		_, _, err = b.Timeline(b.ctx, stranger, id, 0, 100)
		require.Equal(t, domain.NotFound, domain.KindOf(err), name)
		_, err = b.Accept(b.ctx, stranger, id, 0, 10)
		require.Equal(t, domain.NotFound, domain.KindOf(err), name)
		_, err = b.Cancel(b.ctx, stranger, id, 0, "MISTAKE")
		require.Equal(t, domain.NotFound, domain.KindOf(err), name)
	}
	_, err := b.Accept(b.ctx, b.customer, id, 0, 10)
	require.Equal(t, domain.Forbidden, domain.KindOf(err), "a customer cannot accept their own order")
	_, err = b.Cancel(b.ctx, b.owner, id, 0, "MISTAKE")
	require.Equal(t, domain.Invalid, domain.KindOf(err), "no reason of a vendor")
	_, err = b.Cancel(b.ctx, b.owner, id, 0, "TOO_BUSY")
	require.Equal(t, domain.Conflict, domain.KindOf(err), "a vendor rejects what it has not accepted")

	_, err = b.Orders(b.ctx, b.account(domain.RoleVendor), Filter{VendorID: b.vendor, Limit: 10})
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	theirs, err := b.Orders(b.ctx, b.account(domain.RoleCustomer), Filter{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, theirs)
	mine, err := b.Orders(b.ctx, b.customer, Filter{Limit: 10})
	require.NoError(t, err)
	require.Len(t, mine, 1)
}

func TestOrdersAreLookedFor(t *testing.T) {
	b := setup(t)
	first, second := b.placed(), b.placed()
	_, err := b.Accept(b.ctx, b.owner, first, 0, 10)
	require.NoError(t, err)
	view, err := b.Order(b.ctx, b.staff, first)
	require.NoError(t, err)
	b.exec(`UPDATE orders SET placed_at = placed_at - interval '1 hour' WHERE id = $1`, first.String())
	stranger := b.account(domain.RoleCustomer)
	for name, tt := range map[string]struct {
		who  domain.Actor
		f    Filter
		want []domain.ID
	}{
		"staff, all":                      {b.staff, Filter{}, []domain.ID{second, first}},
		"by number":                       {b.staff, Filter{Number: view.Number}, []domain.ID{first}},
		"by no number":                    {b.staff, Filter{Number: "nothing"}, nil},
		"by customer":                     {b.staff, Filter{CustomerID: b.customer.ID}, []domain.ID{second, first}},
		"by another customer":             {b.staff, Filter{CustomerID: stranger.ID}, nil},
		"by vendor and state":             {b.staff, Filter{VendorID: b.vendor, States: []order.State{order.Placed}}, []domain.ID{second}},
		"by another vendor":               {b.staff, Filter{VendorID: newID()}, nil},
		"since half an hour":              {b.staff, Filter{Since: time.Now().Add(-30 * time.Minute)}, []domain.ID{second}},
		"the customer's, by number":       {b.customer, Filter{Number: view.Number}, []domain.ID{first}},
		"the customer's as another's":     {b.customer, Filter{CustomerID: stranger.ID}, nil},
		"a stranger's, by number":         {stranger, Filter{Number: view.Number}, nil},
		"a stranger's, as the customer's": {stranger, Filter{CustomerID: b.customer.ID}, nil},
		"a stranger's, by vendor":         {stranger, Filter{VendorID: b.vendor}, nil},
		"the vendor's, by number":         {b.owner, Filter{VendorID: b.vendor, Number: view.Number}, []domain.ID{first}},
	} {
		tt.f.Limit = 10
		found, err := b.Orders(b.ctx, tt.who, tt.f)
		require.NoError(t, err, name)
		var ids []domain.ID
		for _, o := range found {
			ids = append(ids, o.ID)
		}
		require.Equal(t, tt.want, ids, name)
	}
}

func TestThePriceIsOurs(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	b.exec(`UPDATE dishes SET price = 29900 WHERE id = $1`, b.thali.String())
	_, err := b.order("k1", Confirmation{QuoteID: q.QuoteID})
	require.ErrorIs(t, err, ErrPriceChanged)
	var requote *RequoteError
	require.ErrorAs(t, err, &requote)
	require.EqualValues(t, 29900+1495+2500, requote.Cart.Quote.Total.Amount)
	_, err = b.order("k2", Confirmation{QuoteID: q.QuoteID})
	require.ErrorIs(t, err, ErrQuoteExpired, "it was replaced")
	wrong := domain.Money{Amount: 1, Currency: "INR"}
	_, err = b.order("k3", Confirmation{ExpectedTotal: &wrong})
	require.ErrorIs(t, err, ErrPriceChanged)
	_, err = b.order("k4", Confirmation{})
	require.Equal(t, domain.Invalid, domain.KindOf(err))
	require.Zero(t, b.scan(`SELECT count(*) FROM orders`))

	fresh, err := b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	b.exec(`UPDATE carts SET quoted_at = now() - interval '301 seconds'`)
	_, err = b.order("k5", Confirmation{QuoteID: fresh.QuoteID})
	require.ErrorIs(t, err, ErrQuoteExpired)
	right := fresh.Quote.Total
	_, err = b.order("k6", Confirmation{ExpectedTotal: &right})
	require.NoError(t, err)
}

func TestProblemsKeepACartFromBeingOrdered(t *testing.T) {
	for name, tc := range map[string]struct {
		sql  string
		code string
	}{
		"closed":       {`UPDATE vendors SET open_minutes = '{}'`, "vendor_closed"},
		"suspended":    {`UPDATE vendors SET status = 'suspended'`, "vendor_unavailable"},
		"paused":       {`UPDATE vendors SET paused_until = now() + interval '1 hour'`, "vendor_paused"},
		"out of zone":  {`UPDATE addresses SET lat = 29`, "out_of_zone"},
		"sold out":     {`UPDATE dishes SET available = false`, "dish_unavailable"},
		"taken off":    {`UPDATE dishes SET deleted_at = now()`, "dish_unavailable"},
		"stock":        {`UPDATE dishes SET stock = 1`, "not_enough_stock"},
		"minimum":      {`UPDATE vendors SET min_order = 1000000`, "below_minimum"},
		"address gone": {`DELETE FROM addresses`, "no_address"},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			q := b.fill(menu.Choice{DishID: b.thali, Quantity: 2})
			b.exec(tc.sql)
			total := q.Quote.Total
			_, err := b.order("k", Confirmation{ExpectedTotal: &total})
			require.ErrorIs(t, err, ErrNotOrderable)
			var requote *RequoteError
			require.ErrorAs(t, err, &requote)
			codes := map[string]bool{}
			for _, p := range requote.Cart.Problems {
				codes[p.Code] = true
			}
			require.True(t, codes[tc.code], "%v", requote.Cart.Problems)
		})
	}
}

func TestOneKeyOneOrder(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	var wg sync.WaitGroup
	var made, replayed, running, other atomic.Int64
	bodies := make(chan string, 50)
	for range 50 {
		wg.Go(func() {
			a, err := b.order("same", Confirmation{QuoteID: q.QuoteID})
			switch {
			case err == nil && a.Replayed:
				replayed.Add(1)
				bodies <- string(a.Body)
			case err == nil:
				made.Add(1)
				bodies <- string(a.Body)
			case domain.KindOf(err) == domain.Conflict:
				running.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	wg.Wait()
	close(bodies)
	require.EqualValues(t, 1, made.Load())
	require.Zero(t, other.Load())
	require.EqualValues(t, 49, replayed.Load()+running.Load())
	first := <-bodies
	for body := range bodies {
		require.Equal(t, first, body, "byte for byte")
	}
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders`))

	a, err := b.order("same", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	require.True(t, a.Replayed)
	_, err = b.orderBody("same", "another body", Confirmation{QuoteID: q.QuoteID})
	require.Equal(t, domain.Unprocessable, domain.KindOf(err))
}

func TestAKeyWhoseProcessDiedIsTakenOver(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 1})
	b.exec(`INSERT INTO idempotency_keys (principal, route, key, request_hash, claim, locked_until)
	        VALUES ($1, 'placeOrder', 'k', 'body', $2, now() + interval '1 minute')`, b.customer.ID.String(), newID().String())
	_, err := b.order("k", Confirmation{QuoteID: q.QuoteID})
	require.Equal(t, domain.Conflict, domain.KindOf(err), "it may still be running")
	b.exec(`UPDATE idempotency_keys SET locked_until = now() - interval '1 second'`)
	_, err = b.order("k", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM orders`))
}

func TestTheLastPortionsAreSoldOnce(t *testing.T) {
	b := setup(t)
	var wg sync.WaitGroup
	var won atomic.Int64
	for range 20 {
		customer := b.account(domain.RoleCustomer)
		_, err := b.PutCart(b.ctx, customer, Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: b.lassi, Quantity: 1}}})
		require.NoError(t, err)
		wg.Go(func() {
			total := domain.Money{Amount: 9450, Currency: "INR"}
			_, err := b.Place(b.ctx, customer, Confirmation{ExpectedTotal: &total, Method: "cod"}, encodeID)
			if err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 10, won.Load())
	require.Equal(t, 10, b.scan(`SELECT count(*) FROM orders`))
	require.Equal(t, 0, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi.String()))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'vendor.item_unavailable'`), "the menu changed once")
}

func TestACancelGivesBackWhatTheOrderTook(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.lassi, Quantity: 4})
	a, err := b.order("k", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	id := orderID(t, a)
	require.Equal(t, 6, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi.String()))
	o, err := b.Cancel(b.ctx, b.customer, id, 0, "CHANGED_MIND")
	require.NoError(t, err)
	require.Equal(t, order.Cancelled, o.State)
	require.Equal(t, "voided", o.PaymentState)
	require.Equal(t, "cancelled", o.DeliveryState)
	require.Equal(t, 10, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi.String()))
	_, err = b.Cancel(b.ctx, b.customer, id, 0, "CHANGED_MIND")
	require.Equal(t, domain.Conflict, domain.KindOf(err))
	require.Equal(t, 10, b.scan(`SELECT stock FROM dishes WHERE id = $1`, b.lassi.String()), "once")
}

func TestASoldOutDishThatComesBackIsTold(t *testing.T) {
	b := setup(t)
	q := b.fill(menu.Choice{DishID: b.lassi, Quantity: 10})
	a, err := b.order("k", Confirmation{QuoteID: q.QuoteID})
	require.NoError(t, err)
	_, err = b.Cancel(b.ctx, b.customer, orderID(t, a), 0, "CHANGED_MIND")
	require.NoError(t, err)
	events, err := b.db.Timeline(b.ctx, b.vendor, 0, 1000)
	require.NoError(t, err)
	require.Len(t, events, 2, "gone and back: every cached menu learns of both")
	require.Equal(t, "vendor.item_unavailable", events[0].Type)
	require.Equal(t, "vendor.menu_changed", events[1].Type)
	require.Equal(t, events[1].Version, b.scan(`SELECT version FROM vendors`))
}

// A customer who cancels while the vendor accepts: one wins, the other is told 409, and nobody pays for what they did not see.
func TestLine17CancelAgainstAccept(t *testing.T) {
	b := setup(t)
	rounds := 50
	if os.Getenv("ZOOP_TRUST") == "full" {
		rounds = 1000
	}
	for range rounds {
		id := b.placed()
		var accepted, cancelled error
		var wg sync.WaitGroup
		wg.Go(func() { _, accepted = b.Accept(b.ctx, b.owner, id, 0, 10) })
		wg.Go(func() { _, cancelled = b.Cancel(b.ctx, b.customer, id, 0, "MISTAKE") })
		wg.Wait()
		require.NotEqual(t, accepted == nil, cancelled == nil, "one wins: %v, %v", accepted, cancelled)
		loser := accepted
		if loser == nil {
			loser = cancelled
		}
		require.Equal(t, domain.Conflict, domain.KindOf(loser))
		require.Zero(t, b.scan(`SELECT coalesce(max(cancel_fee), 0) FROM orders`))
		require.Equal(t, b.scan(`SELECT count(*) FROM events WHERE subject_id = $1`, id.String()),
			b.scan(`SELECT version FROM orders WHERE id = $1`, id.String()))
	}
}

func TestAStaleVersionIsRefused(t *testing.T) {
	b := setup(t)
	id := b.placed()
	o, err := b.Accept(b.ctx, b.owner, id, 1, 10)
	require.NoError(t, err)
	_, err = b.Start(b.ctx, b.owner, id, 1)
	require.Equal(t, domain.Precondition, domain.KindOf(err))
	_, err = b.Start(b.ctx, b.owner, id, o.Version)
	require.NoError(t, err)
}

func TestTimersFireOnceByTheDatabasesClock(t *testing.T) {
	b := setup(t)
	const orders = 12
	for range orders {
		b.placed()
	}
	fired, err := b.FireDue(b.ctx)
	require.NoError(t, err)
	require.False(t, fired, "none is due")
	b.exec(`UPDATE orders SET deadline_at = now() - interval '1 second', deadline_verb = 'expire'`)
	var wg sync.WaitGroup
	var count atomic.Int64
	for range 3 { // instances
		wg.Go(func() {
			for {
				fired, err := b.FireDue(b.ctx)
				if err != nil {
					t.Error(err)
					return
				}
				if !fired {
					return
				}
				count.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, orders, count.Load())
	require.Equal(t, orders, b.scan(`SELECT count(*) FROM events WHERE type = 'order.expired'`))
	require.Equal(t, orders, b.scan(`SELECT count(*) FROM orders WHERE state = 'expired' AND cancel_reason = 'VENDOR_TIMEOUT' AND deadline_at IS NULL`))
	require.Equal(t, orders, b.scan(`SELECT count(*) FROM payments WHERE state = 'voided'`))
	require.Zero(t, b.scan(`SELECT count(*) FROM transfers`))
}

func TestPickupOrdersAreCollected(t *testing.T) {
	b := setup(t)
	_, err := b.PutCart(b.ctx, b.customer, Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}}})
	require.NoError(t, err)
	total := domain.Money{Amount: 24900 + 1245, Currency: "INR"} // no delivery fee
	a, err := b.order("k", Confirmation{ExpectedTotal: &total})
	require.NoError(t, err)
	id := orderID(t, a)
	o, err := b.Order(b.ctx, b.customer, id)
	require.NoError(t, err)
	require.True(t, o.DeliveryID.IsNil())
	code := o.OrderCode
	require.Len(t, code, 4, "the customer shows it")
	for _, step := range []func() (Order, error){
		func() (Order, error) { return b.Accept(b.ctx, b.owner, id, 0, 10) },
		func() (Order, error) { return b.Start(b.ctx, b.owner, id, 0) },
		func() (Order, error) { return b.Ready(b.ctx, b.owner, id, 0) },
	} {
		_, err := step()
		require.NoError(t, err)
	}
	_, err = b.Collect(b.ctx, b.owner, id, 0, "nope")
	require.Equal(t, domain.Conflict, domain.KindOf(err))
	o, err = b.Collect(b.ctx, b.owner, id, 0, code)
	require.NoError(t, err)
	require.Equal(t, order.Collected, o.State)
	require.Equal(t, "captured", o.PaymentState)
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM transfers WHERE order_id = $1`, id))
	require.Zero(t, b.scan(`SELECT sum(e.amount)::int FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'held'`))
	require.Equal(t, -b.scan(`SELECT (SELECT sum(amount) FROM quote_lines WHERE kind = 'tax')::int + (SELECT sum(commission) FROM orders)::int`),
		b.scan(`SELECT sum(e.amount)::int FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'vendor'`), "they have our tax and our commission in their till")
	require.WithinDuration(t, time.Now().Add(order.CompleteAfter), o.DeadlineAt(), time.Minute)
}

func TestACartKeepsItsID(t *testing.T) {
	b := setup(t)
	one, two := b.fill(menu.Choice{DishID: b.thali, Quantity: 1}), b.fill(menu.Choice{DishID: b.thali, Quantity: 2})
	require.EqualValues(t, 7, one.ID[6]>>4, "a UUIDv7, as all IDs")
	require.Equal(t, one.ID, two.ID)
	again, err := b.Cart(b.ctx, b.customer)
	require.NoError(t, err)
	require.Equal(t, one.ID, again.ID)
}

func TestACartThatWasReplacedIsNotReplacedAgain(t *testing.T) {
	b := setup(t)
	wish := Wish{VendorID: b.vendor, Fulfilment: order.Pickup, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}}, Seen: 1}
	_, err := b.PutCart(b.ctx, b.customer, wish)
	require.Equal(t, domain.Precondition, domain.KindOf(err), "there is none")
	q := b.fill(menu.Choice{DishID: b.thali, Quantity: 2})
	wish.Seen = q.Version
	q, err = b.PutCart(b.ctx, b.customer, wish)
	require.NoError(t, err)
	_, err = b.PutCart(b.ctx, b.customer, wish)
	require.Equal(t, domain.Precondition, domain.KindOf(err))
	require.Equal(t, domain.Precondition, domain.KindOf(b.DeleteCart(b.ctx, b.customer, q.Version-1)))
	require.NoError(t, b.DeleteCart(b.ctx, b.customer, q.Version))
	require.NoError(t, b.DeleteCart(b.ctx, b.customer, 0), "an empty one stays empty")
}

func TestATimelineComesInPages(t *testing.T) {
	b := setup(t)
	id := b.placed()
	for range 5 {
		_, err := b.RenewCodes(b.ctx, b.customer, id, 0)
		require.NoError(t, err)
	}
	var versions []int
	pages := 0
	for after, more := 0, true; more; pages++ {
		page, next, err := b.Timeline(b.ctx, b.customer, id, after, 2)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page), 2)
		for _, r := range page {
			versions = append(versions, r.Version)
		}
		after, more = next, next != 0
	}
	require.Equal(t, 3, pages, "the last full page says that it is the last")
	require.Equal(t, []int{1, 2, 3, 4, 5, 6}, versions)
}
