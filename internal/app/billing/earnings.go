package billing

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Bounds of the days that are asked for at once.
const (
	usualDays = 7
	mostDays  = 31
)

// Days are some days of a place.
type Days struct {
	From, To domain.Date // both are of them; zero: the last seven
	Zone     string      // IANA name; "": UTC
}

// EarningDay is what a courier earned on a day.
type EarningDay struct {
	Day domain.Date
	postgres.EarningDay
}

// PerHour is what was earned an hour online, by currency; none of a day of less than five minutes.
func (d EarningDay) PerHour() []domain.Money {
	if d.Online < 5*time.Minute {
		return nil
	}
	out := make([]domain.Money, len(d.Earned))
	for i, m := range d.Earned {
		out[i] = domain.Money{Amount: int64(float64(m.Amount) / d.Online.Hours()), Currency: m.Currency}
	}
	return out
}

// Days is what the actor, a courier, earned on some days, and how long they were online; a line of the books counts on the day that it
// was posted. Invalid for a zone that there is none of, and for more than 31 days or less than one.
func (s *Payouts) Days(ctx context.Context, actor domain.Actor, ask Days) ([]EarningDay, error) {
	place, err := time.LoadLocation(ask.Zone)
	if err != nil || ask.Zone == "Local" {
		return nil, domain.Invalidf("zone", "unknown", "must be a time zone's IANA name, such as Asia/Kolkata")
	}
	if ask.To.IsZero() {
		now, err := s.db.Now(ctx)
		if err != nil {
			return nil, err
		}
		if ask.To = domain.DateOf(now.In(place)); !ask.From.IsZero() && ask.To.Before(ask.From) {
			ask.To = ask.From
		}
	}
	if ask.From.IsZero() {
		ask.From = ask.To.Add(1 - usualDays)
	}
	if ask.To.Before(ask.From) || !ask.To.Before(ask.From.Add(mostDays)) {
		return nil, domain.Invalidf("to", "range", "must be 0 to %d days after from", mostDays-1)
	}
	var out []EarningDay
	moments := []time.Time{ask.From.At(0, place)}
	for day := ask.From; !ask.To.Before(day); day = day.Add(1) {
		out = append(out, EarningDay{Day: day})
		moments = append(moments, day.Add(1).At(0, place))
	}
	sums, err := s.db.EarningDays(ctx, actor.ID, moments)
	if err != nil {
		return nil, err
	}
	for i, sum := range sums {
		out[i].EarningDay = sum
	}
	return out, nil
}

// EarningLines lists what was posted to the account of the actor, a courier, before a transfer, newest first.
func (s *Payouts) EarningLines(ctx context.Context, actor domain.Actor, before domain.ID, limit int) ([]postgres.PayoutLine, error) {
	return s.db.EarningLines(ctx, actor.ID, before, limit)
}
