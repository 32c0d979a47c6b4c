package postgres

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// DeskFilter selects rows of the lists of staff's desk; its zero value selects those with work now.
type DeskFilter struct {
	City  string
	State string    // one of the row's states; "": any
	Text  string    // any whose name holds it, or of one or two letters begins with it, also without work
	Only  domain.ID // this one, whether it has work or not; Nil: as the rest says
	Limit int
}

// text is what names are to hold.
func (f DeskFilter) text() string { return strings.ToLower(strings.TrimSpace(f.Text)) }

// like is the pattern of names that hold a text. Of one or two letters those that begin with it, which an index can find.
func (f DeskFilter) like() string {
	text := f.text()
	pattern := literal.Replace(text) + "%"
	switch {
	case text == "":
		return ""
	case len([]rune(text)) > 2:
		pattern = "%" + pattern
	}
	return pattern
}

// Pause is a vendor's that holds, and who made it.
type Pause struct {
	Until  time.Time // vendor.Forever: until somebody resumes
	Reason string
	Role   domain.Role // "" where nobody knows
	By     domain.ID   // Nil for the system
	Name   string      // first name; "" for the system and for who is gone
}

// DeskVendor is what staff have to know of a vendor's work now.
type DeskVendor struct {
	ID      domain.ID
	Name    string
	City    string
	Version int
	Status  vendor.Status
	State   string // open, closed, paused; off: its standing lets it sell nothing
	Pause   *Pause // nil unless it is paused

	Placed, Cooking, Ready int // orders
	Late                   int // of these, with a promise broken
	Queue                  int // of these, all

	Cooked   int           // of its last 50 that were made ready: those that say how long they took
	P95      time.Duration // of them, from the yes to the readiness
	Asked    int           // of its last 100 orders: those that it answered, or let expire
	Accepted int           // of them
	Carts    int           // open with it, at most 1000 counted

	Fit int // to the text that is sought: 2 is called so, 1 begins so, 0 holds it, or nothing is sought
}

// DeskPlace is where a page of vendors ends: the next has those behind it.
type DeskPlace struct {
	Fit, Late, Queue int
	ID               domain.ID
}

// Place is where a page ends whose last vendor it is.
func (v DeskVendor) Place() DeskPlace { return DeskPlace{v.Fit, v.Late, v.Queue, v.ID} }

// DeskStart is before every vendor.
var DeskStart = DeskPlace{math.MaxInt32, math.MaxInt32, math.MaxInt32, domain.ID{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}

// DeskVendors lists vendors with work now, the worst first, from a place on; of a text those first whose name fits best. One round trip.
func (db *DB) DeskVendors(ctx context.Context, f DeskFilter, after DeskPlace) ([]DeskVendor, error) {
	rows, err := db.q().DeskVendors(ctx, query.DeskVendorsParams{
		Name: f.like(), Text: f.text(), OnlyID: orNull(f.Only), City: f.City, State: f.State,
		AfterFit: after.Fit, AfterLate: after.Late, AfterQueue: after.Queue, AfterID: after.ID, Most: int32(f.Limit), //nolint:gosec // the API's bound
	})
	if err != nil {
		return nil, fmt.Errorf("list vendors of the desk: %w", classify(err))
	}
	out := make([]DeskVendor, len(rows))
	for i, r := range rows {
		out[i] = DeskVendor{
			ID: r.ID, Name: r.Name, City: r.City, Version: r.Version, Status: vendor.Status(r.Status), State: r.State,
			Placed: r.Placed, Cooking: r.Cooking, Ready: r.Ready, Late: r.Late, Queue: r.Queue,
			Cooked: r.Cooked, P95: time.Duration(r.P95Seconds) * time.Second, Asked: r.Asked, Accepted: r.Accepted, Carts: r.Carts,
			Fit: r.Fit,
		}
		if r.State == "paused" {
			out[i].Pause = &Pause{Until: orZero(r.PausedUntil), Reason: r.PauseReason, Role: domain.Role(r.PausedRole), By: orNil(r.PausedBy), Name: r.PausedName}
		}
	}
	return out, nil
}

// Change is what somebody did to a dish or a courier.
type Change struct {
	Version int    // that it made
	What    string // as events call it, such as sold_out, suspended
	At      time.Time
	Role    domain.Role
	By      domain.ID // Nil for the system
	Name    string    // first name; "" for the system and for who is gone
}

// DishChanges are the last ten of a vendor's dish, oldest first, as far as the vendor's last events tell of which version they made it.
func (db *DB) DishChanges(ctx context.Context, vendorID, dishID domain.ID) ([]Change, error) {
	dish := dishID.String()
	return db.changes(ctx, query.ChangesParams{SubjectID: vendorID, DishID: &dish})
}

// CourierChanges are the last ten of a courier, oldest first.
func (db *DB) CourierChanges(ctx context.Context, id domain.ID) ([]Change, error) {
	return db.changes(ctx, query.ChangesParams{SubjectID: id})
}

func (db *DB) changes(ctx context.Context, of query.ChangesParams) ([]Change, error) {
	rows, err := db.q().Changes(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", classify(err))
	}
	out := make([]Change, len(rows))
	for i, r := range rows {
		out[i] = Change{Version: r.Version, What: r.What, At: r.At, Role: domain.Role(r.ActorRole), By: orNil(r.ActorID), Name: r.Name}
	}
	return out, nil
}

// DeskCourier is what staff have to know of a courier's work now.
type DeskCourier struct {
	Worker
	Name    string
	Version int
	Status  vendor.Status
	State   string   // offline, idle, offered, carrying
	Changes []Change // the last ten, oldest first; none in lists
}

// DeskCouriers lists couriers with work now by ID, those behind one, and the time by the database's clock. One round trip.
func (db *DB) DeskCouriers(ctx context.Context, f DeskFilter, after domain.ID) ([]DeskCourier, time.Time, error) {
	var now time.Time
	rows, err := db.q().DeskCouriers(ctx, query.DeskCouriersParams{
		Name: f.like(), OnlyID: orNull(f.Only), City: f.City, State: f.State, AfterID: after, Most: int32(f.Limit), //nolint:gosec // the API's bound
	})
	if err != nil {
		return nil, now, fmt.Errorf("list couriers of the desk: %w", classify(err))
	}
	out := make([]DeskCourier, len(rows))
	for i, r := range rows {
		w, err := toWorker(r.CourierWork)
		if err != nil {
			return nil, now, err
		}
		out[i] = DeskCourier{Worker: w, Name: r.Name, Version: r.Version, Status: vendor.Status(r.Status), State: r.State}
		now = r.CourierWork.Moment
	}
	return out, now, nil
}

// Outbox is the published order, and what waits for its place in it.
type Outbox struct {
	Epoch   string
	Last    int64         // the highest place given
	Waiting int           // events without one, at most MaxPage counted
	Oldest  time.Duration // how long the first of them waits
}

// Outbox looks at it without a lock.
func (db *DB) Outbox(ctx context.Context) (Outbox, error) {
	r, err := db.q().Outbox(ctx, MaxPage)
	if err != nil {
		return Outbox{}, fmt.Errorf("read outbox: %w", classify(err))
	}
	return Outbox{Epoch: r.Epoch, Last: r.Last, Waiting: r.Waiting, Oldest: max(0, r.Moment.Sub(r.Oldest))}, nil
}
