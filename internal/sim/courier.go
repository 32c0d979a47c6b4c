package sim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// How couriers behave.
const (
	declines     = 0.08
	overlooks    = 0.03  // share of the offers that nobody answers
	wrongPIN     = 0.03  // share of the handovers at which the first PIN is wrong
	namesCode    = 0.10  // share of the pickups at which the courier names the order's code instead of reporting its arrival
	breaks       = 0.02  // share of the deliveries after which the courier goes offline for a while
	givesUp      = 0.01  // share of the ways, to vendors and to doors, on which the courier cannot go on
	vanishes     = 0.003 // share of the ways to doors on which nobody hears of the courier for a while, by the clock of the server
	vanishedMin  = 6 * time.Minute
	vanishedMost = 20 * time.Minute
	stillHere    = 40 * time.Second
	whileRiding  = 5 * time.Second
	askWhenFed   = 60 * time.Second // for offers, in case the feed has not told of one
	askWhenBlind = 6 * time.Second
)

// courier is a person on a vehicle. One goroutine acts for it.
type courier struct {
	city    *city
	number  int
	api     *client.Client
	dice    dice
	vehicle dto.Vehicle
	centre  domain.Point // where it comes back to
	at      domain.Point

	feed     <-chan client.Message
	fed      bool // the feed is up
	news     bool // an offer may wait
	job      *dto.Delivery
	more     bool        // there is more to carry than the job
	answered []domain.ID // trips it has made up its mind about; the last few
}

// hireCouriers spreads the couriers over the towns.
func (c *city) hireCouriers() []*courier {
	couriers := make([]*courier, c.opts.Couriers)
	for n := range couriers {
		first, last := person(n)
		d := newDice(c.opts.Seed, "courier", n)
		b := &courier{city: c, number: n, dice: d, api: c.as(mailbox("courier", n), first+" "+last, domain.RoleCourier)}
		b.centre = c.world.town(d).centre
		b.at = d.near(b.centre, nearCentre)
		b.vehicle = pick(d, []dto.Vehicle{dto.Motorbike, dto.Motorbike, dto.Motorbike, dto.Car, dto.Bicycle})
		couriers[n] = b
	}
	return couriers
}

func (b *courier) run(ctx context.Context) {
	if !pause(ctx, time.Duration(b.number)*10*time.Millisecond) || b.signOn(ctx) != nil { // not all at once
		return
	}
	defer b.signOff(ctx)
	b.feed = b.api.Feed(ctx, client.Topic{Name: "me"})
	for ctx.Err() == nil {
		if b.job == nil {
			b.idle(ctx)
			continue
		}
		b.city.tally.busy.Add(1)
		b.work(ctx)
		b.city.tally.busy.Add(-1)
	}
}

// signOn tells the marketplace who and where the courier is. One who was on the way in an earlier run goes on from there.
func (b *courier) signOn(ctx context.Context) error {
	first, last := person(b.number)
	profile, err := patiently(ctx, b.city, b.dice, func(ctx context.Context) (dto.Courier, error) {
		return b.api.PutCourier(ctx, dto.CourierRequest{Name: first + " " + last, Phone: fmt.Sprintf("+9190%08d", b.number), Vehicle: b.vehicle})
	})
	if err != nil {
		return b.lost(ctx, err)
	}
	if profile.Location != nil && toPoint(*profile.Location).Meters(b.centre) < 4*nearCentre {
		b.at = toPoint(*profile.Location)
	}
	_, err = patiently(ctx, b.city, b.dice, func(ctx context.Context) (none, error) { return none{}, b.locate(ctx, 0) })
	if err != nil {
		return b.lost(ctx, err)
	}
	return b.lost(ctx, b.online(ctx, true))
}

type none struct{}

func (b *courier) lost(ctx context.Context, err error) error {
	if err != nil && ctx.Err() == nil {
		b.city.log.WarnContext(ctx, "courier stays at home", logkey.Count, b.number, logkey.Error, err.Error())
	}
	return err
}

func (b *courier) online(ctx context.Context, online bool) error {
	_, err := patiently(ctx, b.city, b.dice, func(ctx context.Context) (dto.Courier, error) { return b.api.PutOnline(ctx, online) })
	return err
}

// signOff takes no more offers, so that nobody waits for a courier who is gone.
func (b *courier) signOff(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_, _ = b.api.PutOnline(ctx, false)
}

func (b *courier) locate(ctx context.Context, heading float64) error {
	now := time.Now().UTC()
	accuracy := 5 + 10*b.dice.Float64()
	return b.api.PostLocation(ctx, dto.LocationRequest{Lat: &b.at.Lat, Lng: &b.at.Lng, Accuracy: &accuracy, Heading: &heading, At: &now})
}

// idle waits for an offer, and answers it.
func (b *courier) idle(ctx context.Context) {
	if !b.recover(ctx) || b.job != nil {
		return
	}
	here := time.Now().Add(b.dice.between(stillHere/2, stillHere))
	for ctx.Err() == nil && b.job == nil {
		every := askWhenBlind
		if b.fed {
			every = askWhenFed
		}
		ask := time.Now().Add(b.dice.between(every, every*3/2))
		for !b.news && time.Now().Before(ask) && ctx.Err() == nil {
			b.listen(ctx, min(time.Until(ask), max(time.Until(here), 0)), func() bool { return b.news })
			if time.Now().After(here) {
				b.note(ctx, "report a position", b.locate(ctx, 0))
				here = time.Now().Add(b.dice.between(stillHere/2, stillHere))
			}
		}
		b.news = false
		b.answer(ctx)
	}
}

// recover asks what the courier has, chooses what is to be done first, and says whether it got to know.
func (b *courier) recover(ctx context.Context) bool {
	list, err := patiently(ctx, b.city, b.dice, func(ctx context.Context) (dto.DeliveryList, error) {
		return b.api.Deliveries(ctx, true, client.Page{Limit: mostCarried})
	})
	if err != nil {
		pause(ctx, patienceMost)
		return false
	}
	b.job, b.more = nil, len(list.Data) > 1
	if len(list.Data) > 0 {
		b.job = first(list.Data)
	}
	return true
}

const mostCarried = 6

// first is what is fetched first: all of a trip is, before the first of its doors.
func first(carried []dto.Delivery) *dto.Delivery {
	rank := func(d dto.Delivery) int {
		place := 0
		if d.Place != nil {
			place = *d.Place
		}
		switch d.State {
		case dto.DeliveryStateAtStore:
			return place
		case dto.DeliveryStateAssigned:
			return 10 + place
		case dto.DeliveryStateAtCustomer:
			return 20 + place
		}
		return 30 + place
	}
	next := slices.MinFunc(carried, func(a, b dto.Delivery) int { return rank(a) - rank(b) })
	return &next
}

// carryOn turns to what is next of the trip, if there is more of it.
func (b *courier) carryOn(ctx context.Context) {
	if b.more {
		b.recover(ctx)
	}
}

// answer decides about the offers that wait.
func (b *courier) answer(ctx context.Context) {
	offers, err := b.api.Offers(ctx)
	if err != nil {
		b.note(ctx, "look for offers", err)
		return
	}
	for _, o := range offers {
		if slices.Contains(b.answered, o.TripID) {
			continue
		}
		b.answered = append(b.answered[max(0, len(b.answered)-20):], o.TripID)
		b.decide(ctx, o)
		if b.job != nil {
			return
		}
	}
}

func (b *courier) decide(ctx context.Context, o dto.Offer) {
	if b.dice.chance(overlooks) {
		return
	}
	b.listen(ctx, b.city.scaled(b.dice.between(time.Second, 8*time.Second)), never)
	if b.dice.chance(declines) {
		reason := pick(b.dice, []dto.DeclineRequestReason{
			dto.DeclineRequestReasonTOOFAR, dto.DeclineRequestReasonBREAK, dto.DeclineRequestReasonVEHICLE, dto.DeclineRequestReasonOTHER,
		})
		b.note(ctx, "decline an offer", b.api.DeclineOffer(ctx, o.ID, reason))
		return
	}
	d, err := b.api.AcceptOffer(ctx, o.ID)
	if err == nil {
		b.job, b.more = &d, o.TripOrders > 1
		b.carryOn(ctx)
		return
	}
	b.note(ctx, "accept an offer", err)
	if client.Transient(err) || client.IsStatus(err, http.StatusConflict) { // it may have been accepted, the answer lost
		b.recover(ctx)
	}
}

// note counts a call that went wrong.
func (b *courier) note(ctx context.Context, what string, err error) {
	if err != nil {
		b.city.failed(ctx, what, err)
	}
}

func never() bool { return false }

// listen passes time, hearing what the feed tells, until done or so long has passed.
func (b *courier) listen(ctx context.Context, d time.Duration, done func() bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for !done() {
		select {
		case m, ok := <-b.feed:
			if !ok {
				return
			}
			b.hear(m)
		case <-timer.C:
			return
		}
	}
}

// hear takes up what the feed tells.
func (b *courier) hear(m client.Message) {
	switch m.Kind {
	case client.Subscribed:
		b.fed, b.news = true, b.news || m.Fresh
	case client.Down:
		b.fed = false
	case client.Event:
		if m.Event.Type == "delivery.offered" {
			b.news = true
		}
		if b.job != nil && m.Event.SubjectID == b.job.Order.ID && m.Event.Version > b.job.Order.Version {
			b.job.Order.Version = m.Event.Version
			switch m.Event.Type {
			case "order.ready":
				b.job.Order.State = dto.OrderStateReady
			case "order.cancelled", "delivery.taken_away", "delivery.stranded": // it is nothing of theirs any more
				b.job.Order.State = dto.OrderStateCancelled
			}
		}
	}
}
