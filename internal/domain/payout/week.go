package payout

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// PayDay is the day on which payouts are drafted, from its midnight in UTC on. Most is sold at weekends: on a Monday the orders of
// Saturday are ripe, and whoever approves has the week's working days, on which banks pay, before them.
const PayDay = time.Monday

// WeekOf is the pay day that begins the week which a moment lies in, in UTC, whatever clocks the marketplace's vendors follow: one
// week for all is drafted once.
func WeekOf(now time.Time) domain.Date {
	today := domain.DateOf(now.UTC())
	since := (int(now.UTC().Weekday()) - int(PayDay) + 7) % 7
	return today.Add(-since)
}
