package sim

import (
	"context"
	"math"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
)

// How vendors behave.
const (
	rejects   = 0.05
	ignores   = 0.02  // until the server's timer ends the order
	closes    = 0.003 // share of the orders after which the vendor takes a break
	wrongCode = 0.03  // share of the collected orders whose customer says a wrong code first
)

// next plans what a vendor does with an order in its state. (Tasks of orders that move on by themselves are dropped.)
func (k *kitchen) next(id domain.ID, t *ticket) {
	work := task{order: id, vendorID: t.vendorID, state: string(t.state)}
	switch t.state {
	case dto.OrderStatePlaced:
		if !k.dice.chance(ignores) {
			k.plan(work, 3*time.Second, 30*time.Second)
		}
	case dto.OrderStateAccepted:
		k.plan(work, 5*time.Second, 40*time.Second)
	case dto.OrderStatePreparing:
		prep := t.prep
		if prep == 0 { // accepted before this run
			prep = min(max(time.Until(t.readyBy), 0), time.Hour)
		}
		k.plan(work, prep*9/10+k.habit(t.vendorID), prep*11/10+k.habit(t.vendorID))
	case dto.OrderStateReady:
		if t.fulfilment == dto.FulfilmentPickup {
			k.plan(work, 30*time.Second, 6*time.Minute) // until its customer comes
		}
	}
}

// do performs a task whose time has come, if the order still waits for it.
func (k *kitchen) do(ctx context.Context, work task) {
	if work.order.IsNil() {
		if _, err := k.api.ResumeVendor(ctx, work.vendorID); err != nil {
			k.city.failed(ctx, "resume", err)
		}
		return
	}
	t := k.tickets[work.order]
	if t == nil || string(t.state) != work.state {
		return
	}
	o, err := k.act(ctx, work.order, t)
	switch {
	case err == nil:
		k.learn(t.vendorID, o.ID, o.State, o.Version, o.Fulfilment, o.ReadyBy)
		if k.dice.chance(closes) {
			k.rest(ctx, t.vendorID)
		}
	case client.Transient(err):
		k.city.failed(ctx, "work on an order", err)
		k.agenda.add(task{at: time.Now().Add(k.dice.between(2*time.Second, 5*time.Second)),
			order: work.order, vendorID: work.vendorID, state: work.state})
	default: // somebody was faster, or the answer to the first attempt was lost: see what is true
		k.city.failed(ctx, "work on an order", err)
		k.check(ctx, work.order)
	}
}

// act makes the transition out of the order's state.
func (k *kitchen) act(ctx context.Context, id domain.ID, t *ticket) (dto.Order, error) {
	switch t.state {
	case dto.OrderStatePlaced:
		if k.dice.chance(rejects) {
			return k.reject(ctx, id)
		}
		minutes := k.says(t.vendorID)
		t.prep = time.Duration(minutes) * time.Minute
		return k.api.AcceptOrder(ctx, id, minutes)
	case dto.OrderStateAccepted:
		return k.api.StartOrder(ctx, id)
	case dto.OrderStatePreparing:
		o, err := k.api.ReadyOrder(ctx, id)
		if err == nil && o.OrderCode != nil {
			k.city.door.say(id, *o.OrderCode)
		}
		return o, err
	}
	return k.collect(ctx, id)
}

// says is how many minutes a vendor says that an order takes: about what it says of all of them.
func (k *kitchen) says(vendorID domain.ID) int {
	usual := float64(k.city.world.vendors[vendorID].PrepMinutes)
	return max(3, int(math.Round(usual*(0.75+0.5*k.dice.Float64()))))
}

// habit is how much longer a vendor always takes than it says: some are two minutes early, some four late.
func (k *kitchen) habit(vendorID domain.ID) time.Duration {
	return time.Duration(vendorID[len(vendorID)-1]%7)*time.Minute - 2*time.Minute
}

// reject turns an order down; if for a dish that is gone, the dish is off the menu for a while.
func (k *kitchen) reject(ctx context.Context, id domain.ID) (dto.Order, error) {
	r := dto.RejectRequest{Reason: pick(k.dice, []dto.RejectRequestReason{
		dto.RejectRequestReasonITEMUNAVAILABLE, dto.RejectRequestReasonTOOBUSY, dto.RejectRequestReasonCLOSINGEARLY,
	})}
	if r.Reason == dto.RejectRequestReasonITEMUNAVAILABLE {
		o, err := k.api.Order(ctx, id)
		if err != nil {
			return o, err
		}
		gone := pick(k.dice, o.Items).DishID
		r.Items = []domain.ID{gone}
		back := time.Now().Add(k.city.scaled(20*time.Minute) + 30*time.Second).UTC()
		if _, err := k.api.PutAvailability(ctx, gone, dto.AvailabilityRequest{Until: &back}); err != nil {
			k.city.failed(ctx, "mark a dish as sold out", err)
		}
	}
	return k.api.RejectOrder(ctx, id, r)
}

// collect hands the food to the customer at the counter, who says the code.
func (k *kitchen) collect(ctx context.Context, id domain.ID) (dto.Order, error) {
	said, ok := k.city.door.ask(id)
	if !ok { // ordered before this run: the vendor reads the code from the tablet
		o, err := k.api.Order(ctx, id)
		if err != nil {
			return o, err
		}
		if o.OrderCode != nil {
			said.code = *o.OrderCode
		}
	}
	if k.dice.chance(wrongCode) {
		if _, err := k.api.CollectOrder(ctx, id, mistake(said.code)); err != nil {
			k.city.tally.failed(err)
		}
	}
	return k.api.CollectOrder(ctx, id, said.code)
}

// mistake is a code that looks like another and is not it.
func mistake(code string) string {
	wrong := []byte(code)
	if len(wrong) == 0 {
		return "0000"
	}
	last := &wrong[len(wrong)-1]
	switch *last {
	case '9':
		*last = '0'
	case 'Z':
		*last = 'A'
	default:
		*last++
	}
	return string(wrong)
}

// rest pauses the vendor for a while.
func (k *kitchen) rest(ctx context.Context, vendorID domain.ID) {
	minutes := 15
	_, err := k.api.PauseVendor(ctx, vendorID, dto.PauseRequest{Minutes: &minutes, Reason: "break"})
	if err != nil {
		k.city.failed(ctx, "pause", err)
	}
}

// check reads one order again.
func (k *kitchen) check(ctx context.Context, id domain.ID) {
	o, err := k.api.Order(ctx, id)
	if err != nil {
		k.city.failed(ctx, "look at an order", err)
		return
	}
	t := k.tickets[id]
	if t != nil && t.version >= o.Version && t.state == o.State {
		k.next(id, t) // it is as it was thought to be: try once more in a while
		return
	}
	k.learn(o.Vendor.ID, o.ID, o.State, o.Version, o.Fulfilment, o.ReadyBy)
}
