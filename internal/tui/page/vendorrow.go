package page

import (
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/filter"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// Vendor is a row of it. Its texts are clean.
type Vendor struct {
	ID         domain.ID
	Name, City string
	State      string // open, closed, paused, off; "" until the API has told
	Status     string
	Until      time.Time // of the pause; zero: until it is resumed
	Reason, By string    // of the pause

	Placed, Cooking, Ready, Late int // orders
	Cooked                       int // orders that tell P95
	P95                          time.Duration
	Asked, Accepted              int
	Carts                        int
	found                        bool // asked for by name: shown without work, too
}

func (v Vendor) id() domain.ID { return v.ID }

// queue is all the orders that it has to do something for.
func (v Vendor) queue() int { return v.Placed + v.Cooking + v.Ready }

// shy says whether it turns away more than one order of five.
func (v Vendor) shy() bool { return v.Asked >= 10 && v.Accepted*5 < v.Asked*4 }

// trouble weighs a vendor: 2 has broken a promise, 1 is likely to, 0 gets on.
func (v Vendor) trouble() int {
	switch {
	case v.Late > 0:
		return 2
	case v.State != "open" && v.State != "" && v.queue() > 0, v.shy():
		return 1
	}
	return 0
}

// ReadVendor cleans what the API tells of a vendor's work.
func ReadVendor(v dto.DeskVendor) Vendor {
	out := Vendor{
		ID: v.ID, Name: sanitize.Line(v.Name), City: sanitize.Line(v.City), State: sanitize.Line(string(v.State)), Status: sanitize.Line(string(v.Status)),
		Placed: v.Placed, Cooking: v.Cooking, Ready: v.Ready, Late: v.Late, Cooked: v.Prep.Orders, P95: time.Duration(v.Prep.P95Seconds) * time.Second,
		Asked: v.Answers.Asked, Accepted: v.Answers.Accepted, Carts: v.Carts,
	}
	if v.Pause != nil {
		out.Reason = sanitize.Line(v.Pause.Reason)
		if v.Pause.Until != nil {
			out.Until = *v.Pause.Until
		}
		if v.Pause.By != nil {
			out.By = words.Actor(*v.Pause.By)
		}
	}
	return out
}

var vendorLanguage = filter.Language[Vendor]{
	Word: func(v Vendor) []string { return []string{v.Name, v.City, v.State} },
	Fields: []filter.Field[Vendor]{
		{Name: "vendor", Meant: "~", Text: func(v Vendor) string { return v.Name }},
		{Name: "state", Meant: "=", Values: []string{"open", "closed", "paused", "off"}, Text: func(v Vendor) string { return v.State }},
		{Name: "city", Meant: "=", Text: func(v Vendor) string { return v.City }},
		{Name: "late", Meant: ">", Values: []string{"0", "2"}, Number: func(v Vendor) (float64, bool) { return float64(v.Late), true }},
		{Name: "queue", Meant: ">", Values: []string{"0", "5"}, Number: func(v Vendor) (float64, bool) { return float64(v.queue()), true }},
		{Name: "new", Meant: ">", Values: []string{"0"}, Number: func(v Vendor) (float64, bool) { return float64(v.Placed), true }},
		{Name: "carts", Meant: ">", Values: []string{"0"}, Number: func(v Vendor) (float64, bool) { return float64(v.Carts), true }},
		{Name: "p95", Meant: ">", Values: []string{"20m", "40m"}, Span: func(v Vendor, _ time.Time) (time.Duration, bool) { return v.P95, v.Cooked > 0 }},
		{Name: "yes", Meant: "<", Values: []string{"80%", "95%"}, Number: func(v Vendor) (float64, bool) {
			return 100 * float64(v.Accepted) / float64(max(1, v.Asked)), v.Asked > 0
		}},
		{Name: "by", Meant: "~", Text: func(v Vendor) string { return v.By }},
	},
}
