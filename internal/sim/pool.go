package sim

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
)

// pool is the people who order. Each is made when it is first needed.
type pool struct {
	city   *city
	size   int // who order; any of maxCustomers may have ordered in an earlier run
	mu     sync.Mutex
	people map[int]*customer
}

func newPool(c *city, size int) *pool {
	return &pool{city: c, size: size, people: map[int]*customer{}}
}

// get is customer n, from 0 to maxCustomers-1.
func (p *pool) get(n int) *customer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people[n] == nil {
		p.people[n] = newCustomer(p.city, n)
	}
	return p.people[n]
}

// free finds a customer with nothing to do, beginning at a random one, and makes it busy.
func (p *pool) free(d dice) *customer {
	first := d.IntN(p.size)
	for i := range p.size {
		if c := p.get((first + i) % p.size); c.busy.CompareAndSwap(false, true) {
			return c
		}
	}
	return nil
}

// arrivals sends customers to order while the city is open, and then waits for those under way, whose requests end with ctx.
func (c *city) arrivals(open, ctx context.Context) {
	if c.opts.OrdersPerMinute == 0 {
		return
	}
	d := newDice(c.opts.Seed, "arrivals", 0)
	var ordering sync.WaitGroup
	defer ordering.Wait()
	var under atomic.Int64
	due := time.Now()
	for {
		due = due.Add(d.next(c.opts.OrdersPerMinute))
		if late := time.Since(due); late > 5*time.Second {
			due = due.Add(late) // the machine slept: its orders are not made up for
		}
		if !pause(open, time.Until(due)) {
			return
		}
		who := c.pool.free(d)
		if who == nil || under.Load() >= maxOrdering {
			if who != nil {
				who.busy.Store(false)
			}
			c.tally.skipped.Add(1)
			continue
		}
		under.Add(1)
		ordering.Go(func() {
			defer under.Add(-1)
			defer who.busy.Store(false)
			who.order(ctx)
		})
	}
}

// remind finds out what the customer behind a doorplate will say: a bot that ordered in an earlier run, or a stranger.
func (c *city) remind(ctx context.Context, orderID domain.ID, doorplate string) (secret, error) {
	if n, ok := whoseDoor(doorplate); ok {
		o, err := c.pool.get(n).api.Order(ctx, orderID)
		if err == nil {
			c.door.tell(o)
			s, _ := c.door.ask(orderID)
			return s, nil
		}
		if !client.IsStatus(err, http.StatusNotFound) {
			return secret{}, err
		}
	}
	if c.opts.AtDoor == nil {
		return secret{}, fmt.Errorf("nobody opens for order %s", orderID)
	}
	pin, err := c.opts.AtDoor(ctx, orderID)
	return secret{pin: pin}, err
}
