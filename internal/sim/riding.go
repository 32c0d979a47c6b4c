package sim

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// work brings the delivery as far as its next state, and leaves the rest to the next call.
func (b *courier) work(ctx context.Context) {
	switch b.job.State {
	case dto.DeliveryStateAssigned:
		if b.dice.chance(givesUp) {
			b.giveUp(ctx)
		} else if b.ride(ctx, toPoint(b.job.Pickup.Location)) {
			b.arrive(ctx)
		}
	case dto.DeliveryStateAtStore:
		if b.awaitFood(ctx) {
			b.listen(ctx, b.city.scaled(b.dice.between(20*time.Second, 100*time.Second)), never) // at the counter
			if b.step(ctx, "pick up", func(ctx context.Context) (dto.Delivery, error) {
				return b.api.PickUpDelivery(ctx, b.job.ID, "")
			}) {
				b.carryOn(ctx)
			}
		}
	case dto.DeliveryStatePickedUp:
		if b.dice.chance(vanishes) {
			b.vanish(ctx)
		} else if b.dice.chance(givesUp) {
			b.giveUp(ctx)
		} else if b.ride(ctx, toPoint(b.job.Dropoff.Location)) {
			b.step(ctx, "arrive at the customer", func(ctx context.Context) (dto.Delivery, error) {
				return b.api.ArriveDelivery(ctx, b.job.ID, dto.ArriveRequestAtCustomer)
			})
		}
	case dto.DeliveryStateAtCustomer:
		b.handOver(ctx)
	case dto.DeliveryStateFailed: // it was given up while nobody heard of them
		_, err := patiently(ctx, b.city, b.dice, func(ctx context.Context) (none, error) { return none{}, b.api.RedeliverOrder(ctx, b.job.Order.ID) })
		if err != nil {
			pause(ctx, patienceMost)
		}
		b.recover(ctx)
	default:
		b.job = nil
		pause(ctx, patienceMost)
	}
	if b.job != nil && b.job.Order.State == dto.OrderStateCancelled {
		b.job = nil
	}
}

// step makes a transition, patiently. Whatever the server says no to, it also says how things stand.
func (b *courier) step(ctx context.Context, what string, call func(context.Context) (dto.Delivery, error)) bool {
	d, err := patiently(ctx, b.city, b.dice, call)
	if err == nil {
		b.job = &d
		return true
	}
	if ctx.Err() == nil {
		b.city.log.DebugContext(ctx, "courier was refused", logkey.Task, what, logkey.Error, err.Error())
		pause(ctx, b.dice.between(time.Second, 3*time.Second))
		b.recover(ctx)
	}
	return false
}

// arrive reports at the vendor's, or names the order's code, which its kitchen says, when the food is ready.
func (b *courier) arrive(ctx context.Context) {
	said, known := b.city.door.ask(b.job.Order.ID)
	if b.job.Order.State == dto.OrderStateReady && known && said.code != "" && b.dice.chance(namesCode) {
		if b.step(ctx, "pick up by code", func(ctx context.Context) (dto.Delivery, error) {
			return b.api.PickUpDelivery(ctx, b.job.ID, said.code)
		}) {
			b.carryOn(ctx)
		}
		return
	}
	b.step(ctx, "arrive at the vendor", func(ctx context.Context) (dto.Delivery, error) {
		return b.api.ArriveDelivery(ctx, b.job.ID, dto.ArriveRequestAtStore)
	})
}

// giveUp leaves all that the courier has to others, who fetch its food from where they are, and goes offline for a while.
func (b *courier) giveUp(ctx context.Context) {
	reason := pick(b.dice, []dto.GiveBackRequestReason{
		dto.GiveBackRequestReasonACCIDENT, dto.GiveBackRequestReasonVEHICLE, dto.GiveBackRequestReasonILL, dto.GiveBackRequestReasonOTHER,
	})
	b.note(ctx, "report a position", b.locate(ctx, 0))
	for b.job != nil && ctx.Err() == nil {
		if err := b.api.GiveBackDelivery(ctx, b.job.ID, reason); err != nil {
			b.note(ctx, "give a delivery back", err)
			b.recover(ctx)
			return // and goes on with it
		}
		b.job = nil
		b.carryOn(ctx)
	}
	b.stayAway(ctx)
}

// vanish says nothing for a while, with the food.
func (b *courier) vanish(ctx context.Context) {
	b.city.log.DebugContext(ctx, "courier is not heard of", logkey.Order, b.job.Order.ID)
	b.listen(ctx, b.dice.between(vanishedMin, vanishedMost), never)
	b.note(ctx, "report a position", b.locate(ctx, 0))
	_ = b.online(ctx, true) // they were taken offline
	b.recover(ctx)
}

// ride moves to a place, and says whether the order still wants it there.
func (b *courier) ride(ctx context.Context, to domain.Point) bool {
	r := newRide(b.at, to, speeds[b.vehicle]*(0.8+0.4*b.dice.Float64())*b.city.opts.Speed)
	began := time.Now()
	for ctx.Err() == nil && b.job.Order.State != dto.OrderStateCancelled {
		left := r.total - time.Since(began)
		b.listen(ctx, min(max(left, 0), whileRiding), b.cancelled)
		b.at = r.at(time.Since(began))
		if left <= whileRiding {
			b.at = to
			b.note(ctx, "report a position", b.locate(ctx, r.heading()))
			return ctx.Err() == nil && !b.cancelled()
		}
		b.note(ctx, "report a position", b.locate(ctx, r.heading()))
	}
	return false
}

func (b *courier) cancelled() bool { return b.job.Order.State == dto.OrderStateCancelled }

// canFetch says whether the food can be taken along: it is ready, or another courier had it and left it here.
func (b *courier) canFetch() bool {
	return b.job.Order.State == dto.OrderStateReady || b.job.Order.State == dto.OrderStatePickedUp
}

// awaitFood stands at the counter until the order is ready, and says whether it is.
func (b *courier) awaitFood(ctx context.Context) bool {
	told := func() bool { return b.canFetch() || b.cancelled() }
	for ctx.Err() == nil && b.job != nil && !told() {
		most := 10 * time.Second
		if b.fed {
			most = stillHere
		}
		b.listen(ctx, b.dice.between(most/2, most), told)
		if told() || ctx.Err() != nil {
			break
		}
		b.note(ctx, "report a position", b.locate(ctx, 0))
		was := b.job
		if !b.recover(ctx) {
			b.job = was
			continue
		}
		if b.job == nil || b.job.ID != was.ID || b.job.State != was.State {
			return false
		}
	}
	return ctx.Err() == nil && b.job != nil && b.canFetch()
}

// handOver asks the customer for the PIN and gives the food away.
func (b *courier) handOver(ctx context.Context) {
	b.listen(ctx, b.city.scaled(b.dice.between(30*time.Second, 3*time.Minute)), never) // the stairs, and until somebody opens
	said, ok := b.city.door.ask(b.job.Order.ID)
	if !ok || said.pin == "" {
		var err error
		if said, err = b.city.remind(ctx, b.job.Order.ID, b.job.Dropoff.Address); err != nil {
			b.note(ctx, "ask for the PIN", err)
			b.city.log.DebugContext(ctx, "nobody opens", logkey.Order, b.job.Order.ID, logkey.Error, err.Error())
			pause(ctx, patienceMost)
			b.recover(ctx)
			return
		}
	}
	if b.dice.chance(wrongPIN) {
		if _, err := b.api.DeliverDelivery(ctx, b.job.ID, mistake(said.pin), b.job.MinAge != nil); err != nil {
			b.city.tally.failed(err)
		}
	}
	done := b.step(ctx, "deliver", func(ctx context.Context) (dto.Delivery, error) {
		return b.api.DeliverDelivery(ctx, b.job.ID, said.pin, b.job.MinAge != nil)
	})
	if !done {
		return
	}
	if b.job = nil; b.more {
		b.recover(ctx)
		return
	}
	b.rest(ctx)
}

// rest goes offline for a while, now and then.
func (b *courier) rest(ctx context.Context) {
	if b.dice.chance(breaks) {
		b.stayAway(ctx)
	}
}

// stayAway goes offline for a while, and comes back near the middle of the town.
func (b *courier) stayAway(ctx context.Context) {
	if client.Transient(b.online(ctx, false)) {
		return
	}
	b.listen(ctx, b.city.scaled(b.dice.between(2*time.Minute, 10*time.Minute)), never)
	b.at = b.dice.near(b.centre, nearCentre)
	b.note(ctx, "report a position", b.locate(ctx, 0))
	_ = b.online(ctx, true)
}
