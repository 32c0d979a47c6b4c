package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// AlertView is an alert as staff see it.
type AlertView struct {
	alert.Alert
	AcknowledgedName string // of who looks after it; "" nobody
	SnoozedName      string
	Now              time.Time // by the database's clock
}

// Pace is how often causes are looked for.
type Pace string

// The paces.
const (
	Quickly Pace = "quick"
	Slowly  Pace = "slow"
)

// HoldAlertSweep makes the transaction the only one that looks for causes at a pace, and gives the database's time; NotFound when somebody else
// does, or did so less than that long ago.
func (tx *Tx) HoldAlertSweep(ctx context.Context, pace Pace, every time.Duration) (time.Time, error) {
	now, err := tx.Queries.HoldAlertSweep(ctx, query.HoldAlertSweepParams{Pace: string(pace), EverySeconds: every.Seconds()})
	if errors.Is(err, pgx.ErrNoRows) {
		return now, domain.Missing("sweep")
	}
	if err != nil {
		return now, fmt.Errorf("hold sweep: %w", err)
	}
	return now, tx.write("end sweep", func(tx *Tx) error { return tx.EndAlertSweep(ctx, string(pace)) })
}

// AlertChanges finds causes of some kinds that have no alert, without ID and version, and locks alerts whose causes have gone; at most so many
// of either.
func (tx *Tx) AlertChanges(ctx context.Context, kinds []alert.Kind, most int) (causes, ended []alert.Alert, err error) {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	var found []query.NewAlertCausesRow
	var gone []query.EndedAlertsRow
	err = together(ctx, tx.tx,
		func(q *query.Queries) (err error) {
			found, err = q.NewAlertCauses(ctx, query.NewAlertCausesParams{Kinds: words, Most: int32(most)}) //nolint:gosec // a small constant
			return err
		},
		func(q *query.Queries) (err error) {
			gone, err = q.EndedAlerts(ctx, query.EndedAlertsParams{Kinds: words, Most: int32(most)}) //nolint:gosec // a small constant
			return err
		})
	if err != nil {
		return nil, nil, fmt.Errorf("look for causes of alerts: %w", err)
	}
	for _, r := range found {
		causes = append(causes, alert.Alert{
			Cause: alert.Cause{
				Kind: alert.Kind(r.Kind), Subject: domain.Subject(r.Subject), SubjectID: r.SubjectID, City: r.City, VendorID: r.VendorID, Name: r.Name, Data: r.Data,
			},
			Severity: alert.Kind(r.Kind).Severity(), SnoozedUntil: orZero(r.SnoozedUntil), SnoozedBy: orNil(r.SnoozedBy),
		})
	}
	for _, r := range gone {
		ended = append(ended, toAlert(r.Alert))
	}
	return causes, ended, nil
}

// OpenAlert writes a new alert, and tells of it.
func (tx *Tx) OpenAlert(ctx context.Context, a *alert.Alert) error {
	return tx.write("open alert", func(tx *Tx) error {
		err := tx.InsertAlert(ctx, query.InsertAlertParams{
			ID: a.ID, Kind: string(a.Kind), Severity: string(a.Severity), Subject: string(a.Subject), SubjectID: a.SubjectID, City: a.City,
			VendorID: orNull(a.VendorID), Name: a.Name, Data: a.Data, OpenedAt: a.OpenedAt, SnoozedUntil: zeroNull(a.SnoozedUntil), SnoozedBy: orNull(a.SnoozedBy),
		})
		if err != nil {
			return err
		}
		return tx.tellAlert(ctx, a, domain.System, a.Opened())
	})
}

// HoldAlert locks an alert and gives the database's time. NotFound when there is none.
func (tx *Tx) HoldAlert(ctx context.Context, id domain.ID) (alert.Alert, time.Time, error) {
	row, err := tx.LockAlert(ctx, id)
	return toAlert(row.Alert), row.Moment, missing("alert", err)
}

// StoreAlert writes an alert that is held, and tells what has become of it.
func (tx *Tx) StoreAlert(ctx context.Context, a *alert.Alert, by domain.Actor, event domain.Event) error {
	return tx.write("store alert", func(tx *Tx) error {
		if err := tx.tellAlert(ctx, a, by, event); err != nil {
			return err
		}
		return tx.SaveAlert(ctx, query.SaveAlertParams{
			ID: a.ID, Version: a.Version, ClosedAt: zeroNull(a.ClosedAt), AcknowledgedAt: zeroNull(a.AcknowledgedAt), AcknowledgedBy: orNull(a.AcknowledgedBy),
			SnoozedUntil: zeroNull(a.SnoozedUntil), SnoozedBy: orNull(a.SnoozedBy),
		})
	})
}

// tellAlert names no vendor and no courier beside the event's data, so that none of them hears of it.
func (tx *Tx) tellAlert(ctx context.Context, a *alert.Alert, by domain.Actor, event domain.Event) (err error) {
	a.Version, err = tx.Append(ctx, domain.Record{
		Subject: domain.SubjectAlert, SubjectID: a.ID, Version: a.Version, ActorRole: by.Role, ActorID: by.ID, City: a.City,
	}, event)
	return err
}

// AlertFilter selects alerts; each zero value leaves out a condition.
type AlertFilter struct {
	State  alert.State // "": all that are not closed
	Kind   alert.Kind
	City   string
	Before domain.ID
	Limit  int
}

// Alerts lists alerts, newest first.
func (db *DB) Alerts(ctx context.Context, f AlertFilter) ([]AlertView, error) {
	rows, err := query.New(replanned{db.pool}).ListAlerts(ctx, query.ListAlertsParams{
		State: string(f.State), Kind: orAny(string(f.Kind)), City: orAny(f.City), Before: orNull(f.Before), Most: int32(f.Limit), //nolint:gosec // a page's size
	})
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", classify(err))
	}
	out := make([]AlertView, len(rows))
	for i, r := range rows {
		out[i] = AlertView{toAlert(r.Alert), orZero(r.AcknowledgedName), orZero(r.SnoozedName), r.Moment}
	}
	return out, nil
}

// Alert reads an alert: NotFound when there is none.
func (db *DB) Alert(ctx context.Context, id domain.ID) (AlertView, error) {
	r, err := db.q().AlertByID(ctx, id)
	if err != nil {
		return AlertView{}, missing("alert", fmt.Errorf("read alert: %w", err))
	}
	return AlertView{toAlert(r.Alert), orZero(r.AcknowledgedName), orZero(r.SnoozedName), r.Moment}, nil
}

// LiveAlerts lists the alerts that are not closed, worst first, at most so many, and says how many there are; within a Snapshot it agrees
// with the feed's position.
func (tx *Tx) LiveAlerts(ctx context.Context, most int) (alerts []AlertView, total int, err error) {
	rows, err := tx.Queries.LiveAlerts(ctx, int32(most)) //nolint:gosec // a small constant
	if err != nil {
		return nil, 0, fmt.Errorf("list live alerts: %w", err)
	}
	alerts = make([]AlertView, len(rows))
	for i, r := range rows {
		alerts[i] = AlertView{toAlert(r.Alert), orZero(r.AcknowledgedName), orZero(r.SnoozedName), r.Moment}
	}
	if total = len(rows); total == most {
		if total, err = tx.CountLiveAlerts(ctx); err != nil {
			return nil, 0, fmt.Errorf("count live alerts: %w", err)
		}
	}
	return alerts, total, nil
}

// ForgetAlerts deletes some alerts that were closed 90 days ago, and says how many.
func (db *DB) ForgetAlerts(ctx context.Context) (int64, error) {
	n, err := db.q().ForgetAlerts(ctx)
	if err != nil {
		return 0, fmt.Errorf("forget alerts: %w", classify(err))
	}
	return n, nil
}

func toAlert(r query.Alert) alert.Alert {
	return alert.Alert{
		Cause: alert.Cause{
			Kind: alert.Kind(r.Kind), Subject: domain.Subject(r.Subject), SubjectID: r.SubjectID, City: r.City, VendorID: orNil(r.VendorID), Name: r.Name, Data: r.Data,
		},
		ID: r.ID, Severity: alert.Severity(r.Severity), Version: r.Version, OpenedAt: r.OpenedAt, ClosedAt: orZero(r.ClosedAt),
		AcknowledgedAt: orZero(r.AcknowledgedAt), AcknowledgedBy: orNil(r.AcknowledgedBy), SnoozedUntil: orZero(r.SnoozedUntil), SnoozedBy: orNil(r.SnoozedBy),
	}
}
