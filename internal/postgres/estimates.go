package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

// kitchenWord is what is to be known of an order's kitchen once the order is placed.
type kitchenWord struct {
	zone         *time.Location
	answer, late time.Duration
}

func toKitchenWord(zone string, answer, late int) (w kitchenWord, err error) {
	w.answer, w.late = time.Duration(answer)*time.Minute, time.Duration(late)*time.Minute
	w.zone, err = placeNamed(zone)
	return w, err
}

// courierSeen is where a courier was, as far as Postgres knows: some half a minute ago.
type courierSeen struct {
	courier domain.ID
	vehicle string
	delivery.Sighting
}

func toCourierSeen(courier domain.ID, vehicle string, lat, lng *float64, at *time.Time) courierSeen {
	seen := courierSeen{courier: courier, vehicle: vehicle}
	if lat != nil && lng != nil && at != nil {
		seen.Sighting = delivery.Sighting{Point: domain.Point{Lat: *lat, Lng: *lng}, At: *at}
	}
	return seen
}

// way is how far a held order has come.
func (o *LockedOrder) way() delivery.Way {
	w := delivery.Way{
		OrderID: o.ID, Jobs: o.jobs, Accepted: !o.AcceptedAt.IsZero(), PromisedAt: o.PromisedAt, FirstGuess: o.Estimated.Placed, AskedAt: o.AskedAt, Zone: o.kitchen.zone,
		Answer: o.kitchen.answer, Food: eta.Claim{ReadyBy: o.ReadyBy, ReadyAt: o.ReadyAt, Late: o.kitchen.late},
	}
	if d := o.Delivery; d != nil {
		w.State, w.Pickup, w.Dropoff = d.State, d.Pickup, d.Dropoff
		if d.CourierID == o.seen.courier {
			w.Vehicle, w.Courier = o.seen.vehicle, o.seen.Sighting
		}
	}
	return w
}

// Joining is an order that a courier is about to have, with the place of its door in their trip.
type Joining struct {
	*LockedOrder
	Place int
}

// Together has held orders be expected after each other, and with what the courier has already who is about to have them.
func (tx *Tx) Together(ctx context.Context, courierID domain.ID, trip ...Joining) error {
	rows, err := tx.Queries.JobsOf(ctx, []domain.ID{courierID})
	if err != nil {
		return fmt.Errorf("read what the courier does: %w", classify(err))
	}
	seen, err := tx.Queries.CourierPlace(ctx, courierID)
	if err != nil {
		return missing("courier", fmt.Errorf("read where the courier is: %w", err))
	}
	var jobs []plan.Job
	for _, r := range rows {
		jobs = append(jobs, jobOf(r, trip[0].Now))
	}
	for _, o := range trip {
		jobs = append(jobs, plan.Job{
			Order: o.ID, Vendor: delivery.Source(o.Delivery.ID, o.VendorID, o.State == order.PickedUp),
			Pickup: o.Delivery.Pickup, Door: o.Delivery.Dropoff, Ready: o.way().Food.Ready(o.Now), Place: o.Place,
		})
	}
	for _, o := range trip {
		o.jobs, o.seen = jobs, toCourierSeen(courierID, seen.Vehicle, seen.Lat, seen.Lng, seen.LocatedAt)
	}
	return nil
}

// estimate has each event of a live order tell when its customer will have it, and keeps that.
func (tx *Tx) estimate(o *LockedOrder, events []domain.Event) {
	if !o.State.Live() {
		tx.happened(o, events)
		return
	}
	guess := o.way().Estimate(o.Now, tx.db.travel())
	if guess.IsZero() {
		o.Estimated.Now = guess // nobody can tell any more
		return
	}
	for i, e := range events {
		if !strings.HasPrefix(e.Type, "order.") && !strings.HasPrefix(e.Type, "delivery.") {
			continue
		}
		if e.Data == nil {
			events[i].Data = map[string]any{}
		}
		events[i].Data["estimatedAt"], o.Estimated.Now = guess.UTC(), guess
		switch e.Type {
		case "order.accepted":
			o.Estimated.Accepted = guess
		case "order.picked_up":
			o.Estimated.PickedUp = guess
		}
	}
	tx.happened(o, events)
}

// happened tells of food that was made ready, or handed over, once that is so.
func (tx *Tx) happened(o *LockedOrder, events []domain.Event) {
	if tx.db.Happened == nil {
		return
	}
	for _, e := range events {
		if e.Type == "order.ready" || e.Type == "order."+string(o.State) && o.State.HandedOver() {
			now := o.Order
			tx.then = append(tx.then, func() { tx.db.Happened(now) })
		}
	}
}

// travel knows how long ways take.
func (db *DB) travel() plan.Travel {
	if db.Travel == nil {
		return plan.City()
	}
	return db.Travel
}

// Estimate is when the customer of an order that is placed now, and accepted, will have it.
func (db *DB) Estimate(n NewOrder, k eta.Kitchen) time.Time {
	o := LockedOrder{Order: n.Order, kitchen: kitchenWord{
		zone: n.Vendor.Place, answer: time.Duration(k.Answer) * time.Minute, late: time.Duration(k.Late) * time.Minute,
	}}
	if n.Fulfilment == order.Delivery {
		o.Delivery = &Delivery{State: delivery.Unassigned, Pickup: n.Vendor.Location, Dropoff: n.Address.Location}
	}
	return o.way().Estimate(n.PlacedAt, db.travel())
}
