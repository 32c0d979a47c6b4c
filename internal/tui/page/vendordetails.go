package page

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/desk"
)

// VendorDetails is what is only read of the selected vendor. Its texts are clean.
type VendorDetails struct {
	Closed []string // why it takes no orders, and when it will
	More   []string
}

// days are a week's, from Monday on, as the contract writes them.
var days = []dto.Day{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// readVendor reads why a vendor is closed and when it opens, and its hours today.
func readVendor(ctx context.Context, api desk.API, id domain.ID, now time.Time, zone *time.Location) (VendorDetails, error) {
	v, err := api.Vendor(ctx, id)
	if err != nil {
		return VendorDetails{}, err
	}
	hours, err := api.Hours(ctx, id)
	if err != nil {
		return VendorDetails{}, err
	}
	closures, err := api.Closures(ctx, id)
	if err != nil {
		return VendorDetails{}, err
	}
	return describeVendor(v, hours, closures.Data, now, zone), nil
}

func describeVendor(v dto.Vendor, hours dto.Hours, closures []dto.Closure, now time.Time, zone *time.Location) VendorDetails {
	var d VendorDetails
	place, err := time.LoadLocation(v.Timezone)
	if err != nil {
		place = zone
	}
	there := now.In(place)
	var today []string
	for _, s := range hours.Week {
		if s.Day == days[(int(there.Weekday())+6)%7] {
			today = append(today, s.Opens+"-"+s.Closes)
		}
	}
	stamp := func(at time.Time) string { return at.In(place).Format("Mon 15:04") }
	say := func(to *[]string, text string) { *to = append(*to, sanitize.Line(text)) }
	if string(v.Status) != "approved" {
		text := "its standing lets it sell nothing: " + string(v.Status)
		if v.StatusReason != nil {
			text += ", " + *v.StatusReason
		}
		say(&d.Closed, text)
	}
	closed := false
	for _, c := range closures {
		switch {
		case !now.Before(c.StartsAt) && now.Before(c.EndsAt):
			closed = true
			say(&d.Closed, "closed until "+stamp(c.EndsAt)+": "+c.Reason)
		case c.StartsAt.Before(now.Add(24 * time.Hour)):
			say(&d.More, "closed from "+stamp(c.StartsAt)+" until "+stamp(c.EndsAt)+": "+c.Reason)
		}
	}
	switch {
	case v.Open && v.ClosesAt != nil:
		say(&d.More, "closes "+stamp(*v.ClosesAt))
	case v.Open:
	case v.OpensAt != nil:
		if v.PauseReason == nil && !closed {
			say(&d.Closed, "closed by its hours")
		}
		say(&d.Closed, "opens "+stamp(*v.OpensAt))
	case len(hours.Week) == 0:
		say(&d.Closed, "it has no opening hours")
	}
	if len(today) == 0 {
		today = []string{"none"}
	}
	say(&d.More, "hours today "+strings.Join(today, ", ")+", where it is "+there.Format("Mon 15:04"))
	if v.Busy && v.BusyMinutes != nil {
		say(&d.More, fmt.Sprintf("busy: everything takes %d minutes longer", *v.BusyMinutes))
	}
	if v.Phone != "" {
		say(&d.More, "phone "+v.Phone)
	}
	return d
}
