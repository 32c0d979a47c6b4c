package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// How often a vendor looks for itself, in case the feed has not told it something.
const (
	lookWhenFed   = 90 * time.Second
	lookWhenBlind = 6 * time.Second // while the feed is down
	maxLive       = 500             // orders of one vendor that are taken up at a time
)

// kitchen is an owner at the tablet of one or more vendors. One goroutine acts for it.
type kitchen struct {
	city    *city
	api     *client.Client
	dice    dice
	vendors []domain.ID
	tickets map[domain.ID]*ticket // live orders
	agenda  agenda
}

// ticket is a live order as the kitchen knows it.
type ticket struct {
	vendorID   domain.ID
	state      dto.OrderState
	version    int
	fulfilment dto.Fulfilment
	prep       time.Duration // as promised
	readyBy    time.Time
}

// openVendors finds the vendors of the owners, and settles the world around them.
func (c *city) openVendors(ctx context.Context) ([]*kitchen, error) {
	var kitchens []*kitchen
	elsewhere := map[string]bool{}
	for n, email := range c.opts.Owners {
		d := newDice(c.opts.Seed, "vendor", n)
		k := &kitchen{city: c, dice: d, api: c.as(email, "Owner", domain.RoleVendor), tickets: map[domain.ID]*ticket{}}
		vendors, err := patiently(ctx, c, d, k.api.MyVendors)
		if err != nil {
			return nil, fmt.Errorf("find the vendors of an owner: %w", err)
		}
		for _, v := range vendors {
			switch {
			case v.Status != dto.VendorStatusApproved:
			case c.opts.City != "" && !strings.EqualFold(v.City, c.opts.City):
				elsewhere[v.City] = true
			default:
				k.vendors = append(k.vendors, v.ID)
				c.world.vendors[v.ID] = v
			}
		}
		if len(k.vendors) > 0 {
			kitchens = append(kitchens, k)
		}
	}
	if len(kitchens) == 0 && len(elsewhere) > 0 {
		return nil, domain.Invalidf("city", "unknown", "must be one of %s", strings.Join(slices.Sorted(maps.Keys(elsewhere)), ", "))
	}
	return kitchens, c.world.settle(ctx)
}

func (k *kitchen) run(ctx context.Context) {
	topics := make([]client.Topic, len(k.vendors))
	for i, id := range k.vendors {
		topics[i] = client.Topic{Name: "vendor:" + id.String()}
	}
	if !pause(ctx, k.dice.between(0, time.Second)) { // not all at once
		return
	}
	feed := k.api.Feed(ctx, topics...)
	every := lookWhenBlind
	look := time.Now().Add(every)
	for ctx.Err() == nil {
		now := time.Now()
		for t, ok := k.agenda.due(now); ok && ctx.Err() == nil; t, ok = k.agenda.due(now) {
			k.do(ctx, t)
		}
		if now.After(look) {
			k.look(ctx)
			look = time.Now().Add(k.dice.between(every, every*3/2))
		}
		timer := time.NewTimer(k.agenda.wait(time.Now(), time.Until(look)))
		select {
		case m := <-feed:
			switch m.Kind {
			case client.Event:
				k.hear(m.Event)
			case client.Subscribed:
				every = lookWhenFed
				if m.Fresh {
					look = time.Now()
				}
			case client.Down:
				every, look = lookWhenBlind, time.Now().Add(k.dice.between(lookWhenBlind, 2*lookWhenBlind))
			}
		case <-timer.C:
		}
		timer.Stop()
	}
}

// look reads the live orders, as somebody does who has just come in.
func (k *kitchen) look(ctx context.Context) {
	for _, id := range k.vendors {
		page := client.Page{Limit: 100}
		for range maxLive / page.Limit {
			list, err := k.api.VendorOrders(ctx, id, "live", page)
			if err != nil {
				k.city.failed(ctx, "look at the orders", err)
				return
			}
			for _, o := range list.Data {
				k.learn(id, o.ID, o.State, o.Version, o.Fulfilment, o.ReadyBy)
			}
			if list.NextCursor == nil {
				break
			}
			page.Cursor = *list.NextCursor
		}
		v, err := k.api.Vendor(ctx, id)
		if err == nil && v.PauseReason != nil {
			k.plan(task{vendorID: id}, 30*time.Second, 2*time.Minute)
		}
	}
}

// hear takes up what the feed tells.
func (k *kitchen) hear(e dto.Event) {
	if e.VendorID == nil && e.Subject != dto.EventSubjectVendor {
		return
	}
	if e.Type == "vendor.paused" {
		k.plan(task{vendorID: e.SubjectID}, time.Minute, 5*time.Minute)
		return
	}
	name, ok := strings.CutPrefix(e.Type, "order.")
	if !ok || e.VendorID == nil || !dto.OrderState(name).Valid() {
		return
	}
	var readyBy *time.Time
	if text, ok := e.Data["readyBy"].(string); ok {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			readyBy = &at
		}
	}
	fulfilment, _ := e.Data["fulfilment"].(string)
	k.learn(*e.VendorID, e.SubjectID, dto.OrderState(name), e.Version, dto.Fulfilment(fulfilment), readyBy)
}

// learn notes where an order stands, unless something newer is known, and plans what follows from it.
func (k *kitchen) learn(vendorID, id domain.ID, state dto.OrderState, version int, f dto.Fulfilment, readyBy *time.Time) {
	t := k.tickets[id]
	if t == nil {
		if ended(state) {
			k.city.tally.end(id, string(state))
			return
		}
		t = &ticket{vendorID: vendorID}
		k.tickets[id] = t
		k.city.tally.begin(id)
	}
	if version <= t.version {
		return
	}
	t.version = version
	if f != "" {
		t.fulfilment = f
	}
	if readyBy != nil {
		t.readyBy = *readyBy
	}
	if state == t.state {
		return
	}
	t.state = state
	if ended(state) {
		delete(k.tickets, id)
		k.city.tally.end(id, string(state))
		return
	}
	k.next(id, t)
}

func ended(s dto.OrderState) bool {
	switch s {
	case dto.OrderStateDelivered, dto.OrderStateCollected, dto.OrderStateCompleted, dto.OrderStateCancelled,
		dto.OrderStateRejected, dto.OrderStateExpired, dto.OrderStateReturned, dto.OrderStatePaymentFailed:
		return true
	}
	return false
}

// plan puts a task on the agenda, in a time that people would take between least and most for.
func (k *kitchen) plan(t task, least, most time.Duration) {
	t.at = time.Now().Add(k.city.scaled(k.dice.between(least, most)))
	k.agenda.add(t)
}

// failed counts a call that went wrong; what is neither the weather nor a race with somebody else is worth a line.
func (c *city) failed(ctx context.Context, what string, err error) {
	if ctx.Err() != nil {
		return
	}
	c.tally.failed(err)
	var p *client.Problem
	if errors.As(err, &p) && p.Status != 409 && p.Status != 404 && !client.Transient(err) {
		c.log.WarnContext(ctx, "bot was refused", logkey.Task, what, logkey.Error, err.Error())
	}
}
