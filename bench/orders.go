package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

const sameRows = "pgbench writing the same rows, in one pipelined transaction"

// placeTrips is held to what is counted by TestRoundTrips of internal/app/ordering.
const placeTrips = `Round trips of an order, 5: Unhurried+ClaimKey, begin+LockCart, HoldToOrder+OrderStamp+AddressOf+CartVendor+DishesByID,
InsertOrder+InsertOrderItems+InsertQuoteLines+InsertPayment+InsertDelivery+AppendEvent+DeleteCart+JobInsertFastMany+
OrderByID+OrderItems+OrderLines, FinishKey+commit.`

var (
	cartWrite = Goal{
		Name: "cart-write", Work: "a cart of three dishes, written and quoted", Against: "pgbench's upsert of the same row", Unit: "carts/s", Bar: 0.25, Aim: 0.35,
		Prepare: putCarts,
	}
	orderPlace = Goal{
		Name: "order-place", Work: "an order of three dishes, placed and paid on delivery, by customers of whom each orders once", Against: sameRows,
		Unit: "orders/s", Note: placeTrips, Bar: 0.35, Aim: 0.50,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return placeOrders(ctx, p, "cod", "ZOOP_ROLES=api")
		},
	}
	orderPlaceAll = Goal{
		Name: "order-place-all", Work: "the same, with relay, mail, timers and dispatch at work in the same process", Against: sameRows,
		Unit: "orders/s", Bar: 0.35, Aim: 0.50,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) { return placeOrders(ctx, p, "cod") },
	}
	orderPlaceWallet = Goal{
		Name: "order-place-wallet", Work: "an order like those of order-place, paid from its customer's wallet", Against: sameRows, Unit: "orders/s", Bar: 0.35, Aim: 0.50,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return placeOrders(ctx, p, "wallet", "ZOOP_ROLES=api")
		},
	}
	orderBurst16 = Goal{
		Name: "order-burst-16", Work: "orders written, of 16 customers at the same moment", Against: "orders answered with 201", Unit: "orders", Bar: 1, Aim: 1,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) { return burst(ctx, p, 16) },
	}
	orderBurst64 = Goal{
		Name: "order-burst-64", Work: "the same of 64", Against: "orders answered with 201", Unit: "orders", Bar: 1, Aim: 1,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) { return burst(ctx, p, 64) },
	}
	orderAccept = Goal{
		Name: "order-accept", Work: "an order, accepted", Against: sameRows, Unit: "orders/s", Note: acceptTime, Bar: 0.40, Aim: 0.60,
		Prepare: acceptOrders,
	}
)

// acceptTime is a profile of one run, machine and load generator idle otherwise.
const acceptTime = "Where the time goes, of 1.0 ms on all processors: 0.3 ms the server (a quarter of that the first round trip, a third the " +
	"second, a tenth the limiter's question to Redis), 0.35 ms what the limit does, too, and the rest the five reads of the lock and of the answer, " +
	"which is the whole order. Tried: guards in SQL and the answer with the commit (6 round trips, then 3, now 2)."

// cartOf is a customer's wish: three dishes of the kitchen whose turn it is.
func (t *town) cartOf(i int) Request {
	k := i % kitchenCount
	body := fmt.Sprintf(`{"vendorId":"%s%012d","fulfilment":"delivery","addressId":"%s%012d","items":[{"dishId":"%s%012d","quantity":1},`+
		`{"dishId":"%s%012d","quantity":2,"note":"no onions"},{"dishId":"%s%012d","quantity":1}]}`,
		kitchenPrefix, k, addressPrefix, i, dishPrefix, 10*k, dishPrefix, 10*k+1, dishPrefix, 10*k+2)
	return Request{Method: "PUT", Path: "/api/v1/cart", Token: t.customers[i], Body: body}
}

func putCarts(ctx context.Context, p *Place) (zoop, limit Side, err error) {
	t, err := p.town(ctx, "ZOOP_ROLES=api")
	if err != nil {
		return nil, nil, err
	}
	if _, err := t.checkouts(ctx, "cod"); err != nil {
		return nil, nil, err
	}
	requests := make([]Request, pieces)
	for i := range requests {
		requests[i] = t.cartOf(i)
	}
	zoop = func(ctx context.Context, d time.Duration) (Sample, error) {
		return p.over(ctx, Load{Address: t.address, Connections: writers, For: d, Most: pieces, Requests: requests})
	}
	if _, err := t.fill(ctx); err != nil { // so that both sides find one, and replace it
		return nil, nil, err
	}
	limit, err = t.db.Written(ctx, func(context.Context) (int, error) { return t.next(), nil }, func() ([]string, error) {
		_, err := t.do(ctx, t.cartOf(0))
		return nil, err
	})
	return zoop, limit, err
}

// fill gives every customer a cart, like those that one customer of each kitchen has put, and numbers the turn.
func (t *town) fill(ctx context.Context) (int, error) {
	return t.next(), t.db.Exec(ctx, answered, "DELETE FROM carts", fmt.Sprintf(`INSERT INTO carts
		SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'customer_id', %s, 'address_id', %s))).*
		FROM generate_series(0, %d) i
		JOIN bench_carts c ON c.customer_id = %s`, numbered(userPrefix, "i"), numbered(addressPrefix, "i"), pieces-1,
		numbered(userPrefix, fmt.Sprintf("(i %% %d)", kitchenCount))), analyze)
}

// answered gives the kitchens a day for what was ordered minutes ago: they would be paused for their silence, and its end be part of a row.
const answered = "UPDATE orders SET deadline_at = now() + interval '1 day' WHERE state = 'placed' AND deadline_at < now() + interval '4 minutes'"

// analyze tells the planner how large the tables have become, as autovacuum does within a minute: until then a connection goes on with
// plans that it made when they were empty, those of foreign keys among them.
const analyze = "ANALYZE"

// checkouts makes what is needed to order the carts that fill makes, all at the same price: the requests of a turn.
func (t *town) checkouts(ctx context.Context, method string) (func(turn int) []Request, error) {
	var cart struct {
		Quote struct{ Total json.RawMessage }
	}
	for i := range kitchenCount {
		answer, err := t.do(ctx, t.cartOf(i))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(answer, &cart); err != nil {
			return nil, err
		}
	}
	body := `{"expectedTotal":` + string(cart.Quote.Total) + `,"payment":{"method":"` + method + `"}}`
	return func(turn int) []Request {
		all := make([]Request, pieces)
		for i := range all {
			all[i] = Request{Method: "POST", Path: "/api/v1/orders", Token: t.customers[i], Body: body, Header: "Idempotency-Key: " + key(turn, i) + "\r\n"}
		}
		return all
	}, t.db.Exec(ctx, "DROP TABLE IF EXISTS bench_carts", "CREATE TABLE bench_carts AS SELECT * FROM carts WHERE customer_id < "+fmt.Sprintf("'%s%012d'", userPrefix, kitchenCount), wallets)
}

// wallets are full: nobody asks here where that comes from.
const wallets = `
	WITH held AS (
	    INSERT INTO accounts (id, kind, currency) VALUES (account_id('held', NULL, '', 'INR'), 'held', 'INR') ON CONFLICT DO NOTHING
	)
	INSERT INTO accounts (id, kind, owner_id, currency, balance)
	SELECT account_id('wallet', id, '', 'INR'), 'wallet', id, 'INR', 1000000000000
	FROM users
	WHERE role = 'customer'
	ON CONFLICT (id) DO UPDATE
	SET balance = excluded.balance`

func key(turn, i int) string { return fmt.Sprintf("turn-%d-%d", turn, i) }

// placeOrders has orders placed, paid by a method, by a process with settings of its own; without any, by one with all roles.
func placeOrders(ctx context.Context, p *Place, method string, env ...string) (zoop, limit Side, err error) {
	rows, err := p.town(ctx, "ZOOP_ROLES=api") // where nothing is written but what the order writes
	if err != nil {
		return nil, nil, err
	}
	checkouts, err := rows.checkouts(ctx, method)
	if err != nil {
		return nil, nil, err
	}
	turn, err := rows.fill(ctx)
	if err != nil {
		return nil, nil, err
	}
	limit, err = rows.db.Written(ctx, rows.fill, func() ([]string, error) {
		var order struct{ Number string }
		answer, err := rows.do(ctx, checkouts(turn)[pieces-1])
		if err == nil {
			err = json.Unmarshal(answer, &order)
		}
		return []string{order.Number, key(turn, pieces-1)}, err
	})
	if err != nil {
		return nil, nil, err
	}
	t := rows
	if len(env) == 0 {
		if t, err = p.town(ctx); err != nil {
			return nil, nil, err
		}
	}
	return func(ctx context.Context, d time.Duration) (Sample, error) {
		turn, err := rows.fill(ctx)
		if err != nil {
			return Sample{}, err
		}
		return p.over(ctx, Load{Address: t.address, Connections: writers, For: time.Minute, Most: pieces, Requests: checkouts(turn)})
	}, limit, nil
}

// burst has so many customers order at the same moment, again and again. An answer other than 201 fails it.
func burst(ctx context.Context, p *Place, customers int) (zoop, limit Side, err error) {
	t, err := p.town(ctx)
	if err != nil {
		return nil, nil, err
	}
	checkouts, err := t.checkouts(ctx, "cod")
	if err != nil {
		return nil, nil, err
	}
	const most = 1024
	var answered int
	zoop = func(ctx context.Context, _ time.Duration) (Sample, error) {
		turn, err := t.fill(ctx)
		if err != nil {
			return Sample{}, err
		}
		var s Sample
		written, err := t.db.added(ctx, func() (err error) {
			s, err = p.over(ctx, Load{Address: t.address, Connections: customers, For: time.Minute, Most: most, Requests: checkouts(turn), Burst: true})
			return err
		})
		answered, s.Value = most, float64(written["orders"]) // over fails for any other answer
		return s, err
	}
	return zoop, func(context.Context, time.Duration) (Sample, error) { return Sample{Value: float64(answered)}, nil }, nil
}

func acceptOrders(ctx context.Context, p *Place) (zoop, limit Side, err error) {
	t, err := p.town(ctx, "ZOOP_ROLES=api")
	if err != nil {
		return nil, nil, err
	}
	checkouts, err := t.checkouts(ctx, "cod")
	if err != nil {
		return nil, nil, err
	}
	for _, r := range checkouts(t.next())[:kitchenCount] {
		if _, err := t.do(ctx, r); err != nil {
			return nil, nil, err
		}
	}
	if err := t.db.Exec(ctx, "DROP TABLE IF EXISTS bench_orders",
		fmt.Sprintf("CREATE TABLE bench_orders AS SELECT * FROM orders ORDER BY placed_at DESC LIMIT %d", kitchenCount)); err != nil {
		return nil, nil, err
	}
	accept := func(turn, i int) Request {
		return Request{
			Method: "POST", Path: fmt.Sprintf("/api/v1/orders/%s%012d/accept", orderPrefix, turn*pieces+i), Token: t.owners[i%kitchenCount], Body: `{"prepMinutes":10}`,
		}
	}
	zoop = func(ctx context.Context, _ time.Duration) (Sample, error) {
		turn, err := t.wait(ctx)
		if err != nil {
			return Sample{}, err
		}
		requests := make([]Request, pieces)
		for i := range requests {
			requests[i] = accept(turn, i)
		}
		return p.over(ctx, Load{Address: t.address, Connections: writers, For: time.Minute, Most: pieces, Requests: requests})
	}
	turn, err := t.wait(ctx)
	if err != nil {
		return nil, nil, err
	}
	limit, err = t.db.Written(ctx, t.wait, func() ([]string, error) {
		_, err := t.do(ctx, accept(turn, 0))
		return nil, err
	})
	return zoop, limit, err
}

// wait makes orders that wait for their vendors' answer, like those of bench_orders, and numbers the turn.
func (t *town) wait(ctx context.Context) (int, error) {
	turn := t.next()
	id := numbered(orderPrefix, fmt.Sprintf("(%d + i)", turn*pieces))
	of := fmt.Sprintf("generate_series(0, %d) i JOIN bench_orders b ON right(b.vendor_id::text, 12)::int = i %% %d", pieces-1, kitchenCount)
	part := func(table, more string) string {
		return fmt.Sprintf(`INSERT INTO %s SELECT (jsonb_populate_record(p, jsonb_build_object('order_id', %s%s))).* FROM %s JOIN %s p ON p.order_id = b.id`,
			table, id, more, of, table)
	}
	return turn, t.db.Exec(ctx,
		fmt.Sprintf(`INSERT INTO orders SELECT (jsonb_populate_record(b, jsonb_build_object('id', %s, 'number', 'T' || %d + i, 'deadline_at', now() + interval '1 hour'))).* FROM %s`,
			id, turn*pieces, of),
		part("order_items", ""), part("quote_lines", ""), part("payments", ", 'id', gen_random_uuid()"),
		part("deliveries", ", 'id', "+numbered(deliveryPrefix, fmt.Sprintf("(%d + i)", turn*pieces))),
		analyze,
	)
}
