// Package review holds the rules of what customers say of an order: who may say it and until when, what is shown at once and
// what staff look at first, and how stars become a rating.
//
// A review is its customer's; a vendor answers it, staff judge it. Only what is published is shown, and only its stars count.
package review

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of a review.
const (
	MinStars  = 1
	MaxStars  = 5
	MaxText   = 2000 // characters; so of a reply
	MaxReason = 300  // characters of staff's reason
	MaxPhotos = 3
	// MaxSaid bounds the events of one order that tell what its customer has written and changed, and as many of its vendor's replies.
	MaxSaid = 50

	WriteWithin = 14 * 24 * time.Hour // of the hand-over
	EditWithin  = 7 * 24 * time.Hour  // of writing; so for taking it back
)

// CourierStep is by how many votes what is shown of a courier's rating goes on: a courier who watched it after each delivery
// would know who gave which stars.
const CourierStep = 5

// Author is how everybody sees who wrote a review: the first name and an initial; "" for somebody who is gone.
func Author(firstName, lastName string) string {
	last, _ := utf8.DecodeRuneInString(strings.TrimSpace(lastName))
	if last == utf8.RuneError || firstName == "" {
		return firstName
	}
	return firstName + " " + string(unicode.ToUpper(last)) + "."
}

// State is who sees a review.
type State string

// The states.
const (
	Pending   State = "pending"   // its customer, and staff, who are to judge it
	Published State = "published" // everybody
	Rejected  State = "rejected"  // its customer, and staff
)

// Review is what a customer says of one order.
type Review struct {
	ID           domain.ID
	OrderID      domain.ID
	VendorID     domain.ID
	CourierID    domain.ID // who brought the order; Nil for one that was collected
	Stars        int       // of the vendor
	Text         string
	Dishes       []DishStars // by dish, each dish once
	CourierStars int         // 0: none given
	Photos       []Photo     // by place
	State        State
	Reason       string // of a rejection
	Watched      bool   // staff have rejected it, so that no rule publishes it any more, only they do
	Reply        string // of the vendor; "": none
	RepliedAt    time.Time
	CreatedAt    time.Time
	EditedAt     time.Time // zero: never
	Version      int
}

// DishStars are the stars that a review gives to a dish.
type DishStars struct {
	DishID domain.ID
	Stars  int
}

// Photo is a picture in one of a review's places, which are numbered from 1.
type Photo struct {
	Place int
	Key   string
}

// Order is what the rules need to know of an order that is reviewed.
type Order struct {
	ID         domain.ID
	VendorID   domain.ID
	CourierID  domain.ID   // Nil: nobody brought it
	Dishes     []domain.ID // that were ordered
	HandedOver bool        // it has reached its customer
	EndedAt    time.Time
}

// Opinion is what a customer says, or changes of it; nil is nothing said.
type Opinion struct {
	Stars        *int
	Text         *string
	Dishes       *[]DishStars
	CourierStars *int
}

// Write makes the review of an order. Errors: Conflict "review.not_received" while the order has not reached its customer,
// and "review.too_late" 14 days after; Invalid, naming the field, for an opinion out of bounds.
func Write(id domain.ID, o Order, opinion Opinion, now time.Time) (Review, []domain.Event, error) {
	switch {
	case !o.HandedOver:
		return Review{}, nil, domain.Errorf(domain.Conflict, "review.not_received", "only an order that was delivered or collected is reviewed")
	case !now.Before(o.EndedAt.Add(WriteWithin)):
		return Review{}, nil, domain.Errorf(domain.Conflict, "review.too_late", "an order is reviewed within %d days", int(WriteWithin/(24*time.Hour)))
	case opinion.Stars == nil:
		return Review{}, nil, domain.Invalidf("stars", "required", "is required")
	}
	r := Review{ID: id, OrderID: o.ID, VendorID: o.VendorID, CourierID: o.CourierID, CreatedAt: now, Version: 1}
	if err := r.say(o, opinion); err != nil {
		return Review{}, nil, err
	}
	return r, r.settle("review.created"), nil
}

// Edit changes what the review says; the same again is no event. What staff rejected waits for them again. Errors: Conflict "review.closed" a week after
// it was written; Invalid as Write.
func (r *Review) Edit(o Order, opinion Opinion, now time.Time) ([]domain.Event, error) {
	if err := r.Open(now); err != nil {
		return nil, err
	}
	before := *r
	if err := r.say(o, opinion); err != nil {
		return nil, err
	}
	if r.Stars == before.Stars && r.Text == before.Text && r.CourierStars == before.CourierStars && slices.Equal(r.Dishes, before.Dishes) {
		return nil, nil
	}
	r.EditedAt = now
	return r.settle("review.edited"), nil
}

// Show puts a picture into one of the review's places, or takes it out (""); the same picture again is no event.
// Errors: Invalid for a place that it does not have; Conflict "review.closed".
func (r *Review) Show(place int, key string, now time.Time) ([]domain.Event, error) {
	if place < 1 || place > MaxPhotos {
		return nil, domain.Invalidf("place", "range", "must be 1 to %d", MaxPhotos)
	}
	if err := r.Open(now); err != nil {
		return nil, err
	}
	if r.Photo(place) == key {
		return nil, nil
	}
	r.Photos = slices.DeleteFunc(slices.Clone(r.Photos), func(p Photo) bool { return p.Place == place })
	if key != "" {
		r.Photos = append(r.Photos, Photo{place, key})
		slices.SortFunc(r.Photos, func(a, b Photo) int { return a.Place - b.Place })
	}
	r.EditedAt = now
	return r.settle("review.edited"), nil
}

// Photo is the picture in a place, "" for none.
func (r *Review) Photo(place int) string {
	for _, p := range r.Photos {
		if p.Place == place {
			return p.Key
		}
	}
	return ""
}

// Open says whether its customer may still change the review or take it back: Conflict "review.closed" when not.
func (r *Review) Open(now time.Time) error {
	if now.Before(r.OpenUntil()) {
		return nil
	}
	return domain.Errorf(domain.Conflict, "review.closed", "a review is changed within %d days", int(EditWithin/(24*time.Hour)))
}

// MayGo says whether its customer may take the review back: Conflict "review.closed" when not, and "review.rejected" for what
// staff rejected once, which would otherwise be written again as if nobody had looked at it.
func (r *Review) MayGo(now time.Time) error {
	if r.Watched {
		return domain.Errorf(domain.Conflict, "review.rejected", "a review that was rejected is changed, not taken back")
	}
	return r.Open(now)
}

// OpenUntil is when its customer can change the review no more.
func (r *Review) OpenUntil() time.Time { return r.CreatedAt.Add(EditWithin) }

// say takes an opinion over, within bounds.
func (r *Review) say(o Order, opinion Opinion) error {
	if opinion.Stars != nil {
		r.Stars = *opinion.Stars
	}
	if opinion.Text != nil {
		r.Text = strings.TrimSpace(*opinion.Text)
	}
	if opinion.Dishes != nil {
		r.Dishes = slices.Clone(*opinion.Dishes)
	}
	if opinion.CourierStars != nil {
		r.CourierStars = *opinion.CourierStars
		if o.CourierID.IsNil() {
			return domain.Invalidf("courierStars", "courier", "nobody brought this order")
		}
		if err := checkStars("courierStars", r.CourierStars); err != nil {
			return err
		}
	}
	if err := checkStars("stars", r.Stars); err != nil {
		return err
	}
	if err := checkText("text", r.Text); err != nil {
		return err
	}
	return r.checkDishes(o)
}

func (r *Review) checkDishes(o Order) error {
	for i, d := range r.Dishes {
		field := fmt.Sprintf("dishes[%d]", i)
		if !slices.Contains(o.Dishes, d.DishID) {
			return domain.Invalidf(field+".dishId", "order", "is no dish of this order")
		}
		if slices.ContainsFunc(r.Dishes[:i], func(other DishStars) bool { return other.DishID == d.DishID }) {
			return domain.Invalidf(field+".dishId", "unique", "has stars already")
		}
		if err := checkStars(field+".stars", d.Stars); err != nil {
			return err
		}
	}
	slices.SortFunc(r.Dishes, func(a, b DishStars) int { return slices.Compare(a.DishID[:], b.DishID[:]) })
	return nil
}

func checkStars(field string, stars int) error {
	if stars < MinStars || stars > MaxStars {
		return domain.Invalidf(field, "range", "must be %d to %d", MinStars, MaxStars)
	}
	return nil
}

func checkText(field, text string) error {
	if utf8.RuneCountInString(text) > MaxText {
		return domain.Invalidf(field, "maxLength", "must have at most %d characters", MaxText)
	}
	return domain.CheckLines(field, text)
}
