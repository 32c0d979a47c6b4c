// Package sim is a synthetic city: customers, vendors and couriers that use the marketplace as people do.
//
// Every bot is a client of the public API and nothing else, with an account and a connection of its own. What they would
// tell each other in the street they tell each other in memory: the customer's PIN at the door, the code at the counter
// (door.go). What a bot decides comes from a random source of its own, seeded by Options.Seed and its number, so that a run
// can be repeated in kind; when things happen is real time. Speed shortens thinking, cooking and riding, never the timers
// of the server. Bots outlive restarts of the server: they wait for it and go on from what it says is true.
//
// The number of bots, connections and requests in flight is bounded by Options.
package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Options say what city to play, and against which server.
type Options struct {
	API string // base URL

	// Mint gives an access token for an account, making the account when there is none; vendors and couriers made by it
	// are approved. It is called from several goroutines.
	Mint func(ctx context.Context, email, name string, role domain.Role) (token string, err error)

	// AtDoor is what the customer of an order that no bot placed says to the courier: its delivery PIN. nil: such orders stay
	// at the door.
	AtDoor func(ctx context.Context, orderID domain.ID) (pin string, err error)

	Owners []string // e-mail addresses of the vendors' owners that the city may act for; the rest of the vendors sell nothing

	City string // where it is played: only the owners' vendors there sell anything; "": wherever they have some

	Seed            uint64
	OrdersPerMinute float64       // 0 to 6000, on average; arrivals are a Poisson process
	Couriers        int           // up to 2000; 0: as many as the orders need
	Speed           float64       // how much faster than people the bots think, cook and ride; 0: 1
	Duration        time.Duration // how long customers order; 0: until ctx ends
	Drain           time.Duration // how long vendors and couriers may bring what was ordered to its end after that; 0: not at all

	Out    io.Writer    // gets a line of figures every ten seconds; nil: nothing
	Logger *slog.Logger // nil: silent
}

// Bounds of a city.
const (
	maxOrdersPerMinute = 6000
	maxCouriers        = 2000
	maxSpeed           = 1000
	maxCustomers       = 2000
	maxOrdering        = 1000 // customers who browse, order or watch at one time
	connections        = 64   // kept open to the server, for requests
)

// city is what the bots share.
type city struct {
	opts  Options
	api   *client.Client
	log   *slog.Logger
	world *world
	door  *door
	tally *tally
	pool  *pool
	mints chan struct{} // bounds how many accounts are made at a time
}

// Run plays the city until Duration or ctx ends, and says what happened. It fails only when it cannot begin: without a
// server to ask, or without vendors to act for, or with Invalid for options out of bounds and for a city that has none of the vendors.
func Run(ctx context.Context, opts Options) (Report, error) {
	if err := opts.check(); err != nil {
		return Report{}, err
	}
	c, err := newCity(opts)
	if err != nil {
		return Report{}, err
	}
	ctx, closing := context.WithCancel(ctx)
	defer closing()
	vendors, err := c.openVendors(ctx)
	if err != nil {
		return Report{}, err
	}
	couriers := c.hireCouriers()
	c.tally.couriers.Store(int64(len(couriers)))
	fmt.Fprintf(opts.Out, "city open: %d vendors in %d cities, %d couriers, %g orders a minute; bots are %g times as fast as people\n",
		len(c.world.vendors), len(c.world.towns), len(couriers), opts.OrdersPerMinute, opts.Speed)

	var bots sync.WaitGroup
	for _, v := range vendors {
		bots.Go(func() { v.run(ctx) })
	}
	for _, b := range couriers {
		bots.Go(func() { b.run(ctx) })
	}
	bots.Go(func() {
		defer closing()
		c.hours(ctx)
	})
	bots.Go(func() { c.tally.tell(ctx, opts.Out) })
	bots.Wait()
	report := c.tally.report()
	fmt.Fprint(opts.Out, report.String())
	return report, nil
}

// hours lets customers order for a while, or until ctx ends, and what was ordered come to its end within the drain.
func (c *city) hours(ctx context.Context) {
	open, lock := context.WithCancel(ctx)
	defer lock()
	if c.opts.Duration > 0 {
		open, lock = context.WithTimeout(ctx, c.opts.Duration)
		defer lock()
	}
	var customers sync.WaitGroup
	defer customers.Wait()
	work, end := context.WithCancel(ctx) // what customers have begun
	defer end()
	quiet := make(chan struct{})
	customers.Go(func() {
		defer close(quiet)
		c.arrivals(open, work)
	})
	<-open.Done()
	drain, cancel := context.WithTimeout(ctx, c.opts.Drain)
	defer cancel()
	select {
	case <-quiet:
	case <-drain.Done():
	}
	for c.tally.report().Live > 0 && pause(drain, time.Second) {
	}
}

func (o *Options) check() error {
	switch {
	case o.Mint == nil:
		return errors.New("the city needs a way to mint tokens")
	case len(o.Owners) == 0:
		return errors.New("the city has no vendors to act for")
	case o.OrdersPerMinute < 0 || o.OrdersPerMinute > maxOrdersPerMinute:
		return domain.Invalidf("orders-per-minute", "range", "must be from 0 to %d", maxOrdersPerMinute)
	case o.Couriers < 0 || o.Couriers > maxCouriers:
		return domain.Invalidf("couriers", "range", "must be from 0 to %d", maxCouriers)
	case o.Speed < 0 || o.Speed > maxSpeed:
		return domain.Invalidf("speed", "range", "must be from 0 to %d", maxSpeed)
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Couriers == 0 {
		o.Couriers = couriersFor(o.OrdersPerMinute, o.Speed)
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// couriersFor is how many couriers carry so many orders a minute: each is busy with one for half an hour of riding
// and waiting, and a part of it passes at the server's pace, not the bots'.
func couriersFor(perMinute, speed float64) int {
	minutes := 30/speed + 0.7
	return min(max(int(perMinute*minutes), 6), maxCouriers)
}

func newCity(opts Options) (*city, error) {
	api, err := client.New(opts.API, client.Options{
		HTTPClient: &http.Client{Transport: client.NewTransport(connections)},
		UserAgent:  "zoop-sim",
	})
	if err != nil {
		return nil, err
	}
	c := &city{
		opts: opts, api: api, log: opts.Logger, world: newWorld(api), door: newDoor(), tally: newTally(),
		mints: make(chan struct{}, 4),
	}
	c.pool = newPool(c, customersFor(opts.OrdersPerMinute))
	return c, nil
}

// customersFor is how many customers share the orders: each orders about every four minutes.
func customersFor(perMinute float64) int {
	return min(max(int(4*perMinute), 10), maxCustomers)
}

// scaled is how long something that takes people d takes the bots.
func (c *city) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.opts.Speed)
}

// as is the client of an account. The account is made, and its token minted, when the first request needs it; a token
// that the server refuses is minted anew.
func (c *city) as(email, name string, role domain.Role) *client.Client {
	var mu sync.Mutex
	token := ""
	return c.api.As(func(ctx context.Context, refused string) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if token != "" && token != refused {
			return token, nil
		}
		c.mints <- struct{}{}
		defer func() { <-c.mints }()
		minted, err := c.opts.Mint(ctx, email, name, role)
		if err != nil {
			return "", fmt.Errorf("mint a token: %w", err)
		}
		token = minted
		return token, nil
	})
}
