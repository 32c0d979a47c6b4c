package order

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Promise is something that somebody was told of an order.
type Promise string

// The promises.
const (
	NoPromise Promise = ""
	Answer    Promise = "answer" // the vendor answers in time
	Food      Promise = "food"   // the kitchen is ready in time
	Door      Promise = "door"   // the customer has it in time
)

// Risk is how near a promise is to being broken.
type Risk int

// The risks.
const (
	OnTime Risk = iota
	AtRisk
	Breached
)

// How long before a promise breaks it is at risk. A vendor has three minutes to answer, or more, and was asked twice by then.
const (
	riskWithin   = 3 * time.Minute
	answerWithin = 2 * time.Minute
)

// foretoldBy is by how much an estimate has to lie beyond a promise before that is at risk: estimates are of half minutes and move by them,
// so that less says nothing.
const foretoldBy = time.Minute

// Of food nobody is told before it is late by more than it takes a cook to find the time to say that it is ready. What it makes late at the
// door is foretold.
const foodGrace = 3 * time.Minute

// Promised is what of an order says how its promises stand. A time that is not set is zero.
type Promised struct {
	State       State
	DeadlineAt  time.Time // of the state's timer
	ReadyBy     time.Time
	PromisedAt  time.Time
	EstimatedAt time.Time // when its customer will have it, as its last event told
}

// Stake is a promise that is not kept yet.
type Stake struct {
	Promise  Promise
	Due      time.Time // when it breaks
	Left     time.Duration
	Foretold bool // Left is what the estimate leaves of the promise, which does not shrink as long as it holds
}

// Risk weighs what is left: as long as somebody can tell when it will be, that counts, and else the clock. What is foretold to break is at
// risk, and not yet breached.
func (s Stake) Risk(now time.Time) Risk {
	switch {
	case s.Promise == NoPromise:
		return OnTime
	case s.Due.Before(now):
		return Breached
	case s.Foretold && s.Left <= -foretoldBy, !s.Foretold && s.Left < s.Promise.within():
		return AtRisk
	}
	return OnTime
}

// told is the risk that somebody is told of, and next when that may become greater by itself; zero: never.
func (s Stake) told(now time.Time) (risk Risk, next time.Time) {
	const least = time.Microsecond // the database's: at a moment itself nothing is late yet
	late := s.Due.Add(least)
	switch {
	case s.Promise == NoPromise:
		return OnTime, next
	case s.Promise == Food && s.Due.Add(foodGrace).Before(now):
		return Breached, next
	case s.Promise == Food:
		return OnTime, late.Add(foodGrace)
	}
	switch risk = s.Risk(now); {
	case risk == AtRisk:
		next = late
	case risk == OnTime:
		next = s.Due.Add(least - s.Promise.within())
		if guess := s.Due.Add(least - s.Left); s.Foretold && guess.After(next) {
			next = guess
		}
		if next.After(late) { // foretold for a little later than was promised
			next = late
		}
	}
	return risk, next
}

func (p Promise) within() time.Duration {
	if p == Answer {
		return answerWithin
	}
	return riskWithin
}

// Stakes are the promises of a live order that are not kept yet, at most two: the vendor's answer while it is placed, the food while it is
// cooked, and the customer's door until it ends. Those that there are not have no Promise.
func (p Promised) Stakes(now time.Time) (stakes [2]Stake) {
	if !p.State.Live() {
		return stakes
	}
	vendors := func(promise Promise, due time.Time) {
		if !due.IsZero() {
			stakes[0] = Stake{Promise: promise, Due: due, Left: due.Sub(now)}
		}
	}
	switch p.State {
	case Placed:
		vendors(Answer, p.DeadlineAt)
	case Accepted, Preparing:
		vendors(Food, p.ReadyBy)
	}
	if p.PromisedAt.IsZero() {
		return stakes
	}
	door := Stake{Promise: Door, Due: p.PromisedAt, Left: p.PromisedAt.Sub(now)}
	if !p.EstimatedAt.Before(now) { // at that moment itself it still may be true
		door.Left, door.Foretold = p.PromisedAt.Sub(p.EstimatedAt), true
	}
	stakes[1] = door
	return stakes
}

// Due is when the first of them breaks; zero where nothing is promised.
func (p Promised) Due() (first time.Time) {
	for _, s := range p.Stakes(first) {
		if !s.Due.IsZero() && (first.IsZero() || s.Due.Before(first)) {
			first = s.Due
		}
	}
	return first
}

// Next is the promise of which least is left; no Promise where nothing is promised any more.
func (p Promised) Next(now time.Time) Stake {
	stakes := p.Stakes(now)
	if vendors, door := stakes[0], stakes[1]; door.Promise == NoPromise || vendors.Promise != NoPromise && vendors.Left < door.Left {
		return vendors
	}
	return stakes[1]
}

// Risk is the greatest that a promise is at.
func (p Promised) Risk(now time.Time) Risk {
	stakes := p.Stakes(now)
	return max(stakes[0].Risk(now), stakes[1].Risk(now))
}

// Watched is what was told of an order's promises.
type Watched struct {
	At      time.Time        // when more may have to be told; zero: never, unless something happens
	Risk    Risk             // the worst that is told of and still true
	Promise Promise          // that is at this risk
	Told    map[Promise]Told // replaced, never changed in place
}

// Told is the worst that was told of a promise which breaks at Due: of another time there is all to be told again.
type Told struct {
	Due  time.Time
	Risk Risk
}

// Events that tell of promises, each once for a promise and the time at which it breaks.
const (
	EventAtRisk   = "sla.at_risk"
	EventBreached = "sla.breached"
)

func (o *Order) promised() Promised {
	return Promised{o.State, o.DeadlineAt(), o.ReadyBy, o.PromisedAt, o.Estimated.Now}
}

// Look looks at an order's promises, notes how they stand, and gives the events that tell of those that have become worse than was told.
func (o *Order) Look(now time.Time) (events []domain.Event) {
	told := map[Promise]Told{}
	for promise, t := range o.Watched.Told {
		told[promise] = t
	}
	for _, s := range o.promised().Stakes(now) {
		risk, _ := s.told(now)
		if risk <= o.Watched.of(s) {
			continue
		}
		told[s.Promise] = Told{s.Due, risk}
		event := domain.Event{Type: EventAtRisk, Data: map[string]any{"promise": string(s.Promise), "dueAt": s.Due.UTC()}}
		if risk == Breached {
			event.Type = EventBreached
		}
		if s.Foretold {
			event.Data["foretold"] = true
		}
		events = append(events, event)
	}
	o.Watched.Told = told
	o.Watched.Promise, o.Watched.Risk = o.promised().worst(now)
	o.Rewatch(now)
	return events
}

// worst is the promise that is at the greatest risk of which somebody is told; of two the customer's.
func (p Promised) worst(now time.Time) (worst Promise, risk Risk) {
	for _, s := range p.Stakes(now) {
		if r, _ := s.told(now); r > OnTime && r >= risk {
			worst, risk = s.Promise, r
		}
	}
	return worst, risk
}

// Rewatch notes when an order whose times have changed is to be looked at: at once, if something has become worse than was told. What has
// become better is so without a word.
func (o *Order) Rewatch(now time.Time) {
	p := o.promised()
	w := &o.Watched
	w.At = time.Time{}
	promise, worst := p.worst(now)
	if w.Risk > worst || w.Risk == worst && w.Promise != promise {
		w.Promise, w.Risk = promise, worst
	}
	for _, s := range p.Stakes(now) {
		risk, at := s.told(now)
		if risk > w.of(s) || risk > w.Risk {
			at = now
		}
		if !at.IsZero() && (w.At.IsZero() || at.Before(w.At)) {
			w.At = at
		}
	}
}

// of is the worst that was told of a promise.
func (w Watched) of(s Stake) Risk {
	if t := w.Told[s.Promise]; t.Due.Equal(s.Due) {
		return t.Risk
	}
	return OnTime
}
