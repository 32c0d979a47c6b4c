package worker

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/fleet"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/app/pictures"
	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/app/support"
	"github.com/zoop-dev/zoop/internal/app/webhooks"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Deadlines fires the timers of orders: a vendor who does not answer, a customer who does not complain.
func Deadlines(s *ordering.Service) Loop {
	return Loop{Name: "deadlines", Every: 250 * time.Millisecond, Do: s.FireAll}
}

// Orphans cancels what was placed with a vendor that may not sell any more.
func Orphans(s *ordering.Service) Loop {
	return Loop{Name: "orphans", Every: time.Second, Do: s.CancelOrphan}
}

// Kitchens learns how long vendors' orders take.
func Kitchens(s *ordering.Service) Loop {
	return Loop{Name: "kitchens", Every: 10 * time.Second, Within: 30 * time.Second, Do: s.Learn}
}

// Carts tells customers what has changed about what lies in their carts.
func Carts(s *ordering.Service) Loop {
	return Loop{Name: "carts", Every: 250 * time.Millisecond, Do: s.CheckCarts}
}

// Offers closes the offers that no courier answered in time, or may.
func Offers(s *delivery.Service) Loop {
	return Loop{Name: "offers", Every: 250 * time.Millisecond, Do: func(ctx context.Context) (bool, error) {
		n, err := s.ExpireOffers(ctx)
		return n > 0, err
	}}
}

// Promises tells of orders whose promises are at risk, or broken.
func Promises(s *ordering.Service) Loop {
	return Loop{Name: "promises", Every: 500 * time.Millisecond, Do: s.LookAtPromises}
}

// Alerts opens and closes alerts, as their causes come and go.
func Alerts(s *support.Service) Loop {
	return Loop{Name: "alerts", Every: time.Second, Within: 30 * time.Second, Do: func(ctx context.Context) (bool, error) { return false, s.SweepAlerts(ctx) }}
}

// OldAlerts forgets alerts that were closed long ago.
func OldAlerts(db *postgres.DB) Loop {
	return Loop{Name: "old alerts", Every: 10 * time.Minute, Do: func(ctx context.Context) (bool, error) {
		n, err := db.ForgetAlerts(ctx)
		return n > 0, err
	}}
}

// Couriers takes couriers offline who are not there any more.
func Couriers(s *fleet.Service) Loop {
	return Loop{Name: "couriers", Every: 10 * time.Second, Within: 30 * time.Second, Do: s.TakeOffline}
}

// Deliveries looks after couriers who do not come, food that is lost with them, and what nobody takes.
func Deliveries(s *delivery.Service) Loop {
	return Loop{Name: "deliveries", Every: 10 * time.Second, Within: 30 * time.Second, Do: func(ctx context.Context) (bool, error) { return false, s.Sweep(ctx) }}
}

// Dispatch makes the rounds of cities.
func Dispatch(s *delivery.Service) Loop {
	return Loop{Name: "dispatch", Every: 500 * time.Millisecond, Within: 30 * time.Second, Do: func(ctx context.Context) (bool, error) {
		_, err := s.Dispatch(ctx)
		return false, err
	}}
}

// Decisions forgets why couriers were chosen long ago.
func Decisions(db *postgres.DB) Loop {
	return Loop{Name: "decisions", Every: 10 * time.Minute, Do: db.ForgetDecisions}
}

// Housekeeping forgets the answers to old idempotency keys.
func Housekeeping(db *postgres.DB) Loop {
	return Loop{Name: "housekeeping", Every: 10 * time.Minute, Do: func(ctx context.Context) (bool, error) {
		n, err := db.ForgetKeys(ctx)
		return n > 0, err
	}}
}

// Tracking forgets links that have ended, and photos of handovers that were kept long enough.
func Tracking(db *postgres.DB) Loop {
	return Loop{Name: "tracking", Every: 10 * time.Minute, Do: func(ctx context.Context) (bool, error) {
		n, err := db.ForgetTracking(ctx)
		return n > 0, err
	}}
}

// Documents forgets pictures of couriers' documents that were kept long enough.
func Documents(db *postgres.DB) Loop {
	return Loop{Name: "documents", Every: 10 * time.Minute, Do: func(ctx context.Context) (bool, error) {
		n, err := db.ForgetDocumentPictures(ctx)
		return n > 0, err
	}}
}

// Slots forgets how full kitchens were.
func Slots(db *postgres.DB) Loop {
	return Loop{Name: "slots", Every: 10 * time.Minute, Do: func(ctx context.Context) (bool, error) {
		n, err := db.ForgetSlots(ctx)
		return n > 0, err
	}}
}

// Words forgets the words that nobody could find anything by, some hundred a minute.
func Words(db *postgres.DB) Loop {
	after := ""
	return Loop{Name: "words", Every: time.Minute, Do: func(ctx context.Context) (bool, error) {
		var err error
		after, _, err = db.ForgetWords(ctx, after)
		return false, err
	}}
}

// Pictures throws away the pictures that nobody shows any more.
func Pictures(s *pictures.Service) Loop {
	return Loop{Name: "pictures", Every: 10 * time.Minute, Do: s.Collect}
}

// Zones gives cells to zones that were written without, by an older version or by hand.
func Zones(db *postgres.DB) Loop {
	return Loop{Name: "zones", Every: 5 * time.Second, Do: db.CoverZones}
}

// Ratings shows what was voted.
func Ratings(s *review.Service) Loop {
	return Loop{Name: "ratings", Every: time.Second, Do: s.ShowRatings}
}

// Turns tells what the clock does to vendors.
func Turns(s *catalog.Service) Loop {
	return Loop{Name: "turns", Every: 250 * time.Millisecond, Do: s.Turn}
}

// Audit chains the entries of the audit log.
func Audit(db *postgres.DB) Loop { return Loop{Name: "audit", Every: time.Second, Do: db.ChainAudit} }

// Operations asks payment gateways for what was decided: captures, voids, refunds.
func Operations(s *billing.Service) Loop {
	return Loop{Name: "operations", Every: 250 * time.Millisecond, Do: s.Operate}
}

// Backlog counts what payment gateways are still to be asked for.
func Backlog(s *billing.Service) Loop {
	return Loop{Name: "gateway backlog", Every: 10 * time.Second, Do: s.Backlog}
}

// Reconciliation asks payment gateways about payments of which they have said nothing.
func Reconciliation(s *billing.Service) Loop {
	return Loop{Name: "reconciliation", Every: time.Second, Do: s.Reconcile}
}

// WeeklyPayouts drafts what vendors and couriers are owed, once a week.
func WeeklyPayouts(s *billing.Payouts) Loop {
	return Loop{Name: "weekly payouts", Every: time.Minute, Within: time.Minute, Do: s.DraftWeekly}
}

// Papers issues invoices that older versions did not.
func Papers(s *billing.Papers) Loop {
	return Loop{Name: "papers", Every: time.Hour, Within: time.Minute, Do: s.Complete()}
}

// GatewayEvents forgets what gateways told long ago.
func GatewayEvents(db *postgres.DB) Loop {
	return Loop{Name: "gateway events", Every: 10 * time.Minute, Do: func(ctx context.Context) (bool, error) {
		n, err := db.ForgetEvents(ctx)
		return n > 0, err
	}}
}

// Webhooks finds what vendors' partners are to be told.
func Webhooks(s *webhooks.Service) Loop {
	return Loop{Name: "webhooks", Every: 200 * time.Millisecond, Do: s.Tell}
}

// WebhookBacklog counts what they have not been told.
func WebhookBacklog(s *webhooks.Service) Loop {
	return Loop{Name: "webhook backlog", Every: 10 * time.Second, Do: s.Backlog}
}

// OldWebhooks forgets what they were told long ago.
func OldWebhooks(s *webhooks.Service) Loop {
	return Loop{Name: "old webhooks", Every: time.Minute, Do: s.Tidy}
}
