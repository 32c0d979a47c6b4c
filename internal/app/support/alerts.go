package support

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// How often causes are looked for, by all instances together, and how many alerts open and close at once.
const (
	quickly   = time.Second
	slowly    = 30 * time.Second
	sweepMost = 200
)

// MaxLiveAlerts bounds how many alerts a snapshot holds; the worst are in it.
const MaxLiveAlerts = 2000

// Alert is an alert as staff see it.
type Alert = postgres.AlertView

// AlertFilter selects alerts.
type AlertFilter = postgres.AlertFilter

// SweepAlerts opens an alert for each cause that has none, and closes those whose cause has gone. However many instances do it, and however
// often, each pace has its turn once in its time, and 200 open and 200 close in a turn: what is left waits for the next.
func (s *Service) SweepAlerts(ctx context.Context) error {
	for _, look := range []struct {
		pace  postgres.Pace
		every time.Duration
		kinds []alert.Kind
	}{{postgres.Quickly, quickly, alert.Quick()}, {postgres.Slowly, slowly, alert.Slow}} {
		if err := s.sweep(ctx, look.pace, look.every, look.kinds); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sweep(ctx context.Context, pace postgres.Pace, every time.Duration, kinds []alert.Kind) error {
	changed := false
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		changed = false
		now, err := tx.HoldAlertSweep(ctx, pace, every)
		if domain.KindOf(err) == domain.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		causes, ended, err := tx.AlertChanges(ctx, kinds, sweepMost)
		if err != nil {
			return err
		}
		changed = len(causes)+len(ended) > 0
		for _, a := range ended {
			a.ClosedAt = now
			if err := tx.StoreAlert(ctx, &a, domain.System, domain.Event{Type: alert.EventClosed}); err != nil {
				return err
			}
		}
		for _, a := range causes {
			a.ID, a.OpenedAt = domain.ID(id.New()), now
			if err := tx.OpenAlert(ctx, &a); err != nil {
				return err
			}
		}
		return nil
	})
	if changed && err == nil {
		s.wake()
	}
	return err
}

// Alerts lists alerts, newest first.
func (s *Service) Alerts(ctx context.Context, f AlertFilter) ([]Alert, error) {
	return s.db.Alerts(ctx, f)
}

// Alert reads an alert. NotFound.
func (s *Service) Alert(ctx context.Context, id domain.ID) (Alert, error) { return s.db.Alert(ctx, id) }

// Acknowledge notes that the actor looks after an alert; one that somebody looks after already stays theirs.
// Errors of this and the other changes: NotFound; Conflict "alert.closed"; Precondition when version (0: any) is not the alert's.
func (s *Service) Acknowledge(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Alert, error) {
	return s.changeAlert(ctx, actor, id, version, "alert.acknowledge", func(a *alert.Alert, now time.Time) (domain.Event, error) {
		return a.Acknowledge(actor.ID, now)
	})
}

// Unacknowledge notes that nobody looks after an alert.
func (s *Service) Unacknowledge(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Alert, error) {
	return s.changeAlert(ctx, actor, id, version, "alert.unacknowledge", func(a *alert.Alert, _ time.Time) (domain.Event, error) {
		return a.Unacknowledge()
	})
}

// Snooze keeps an alert quiet for a while. Invalid for one that is too short or too long.
func (s *Service) Snooze(ctx context.Context, actor domain.Actor, id domain.ID, version int, length time.Duration) (Alert, error) {
	return s.changeAlert(ctx, actor, id, version, "alert.snooze", func(a *alert.Alert, now time.Time) (domain.Event, error) {
		return a.Snooze(actor.ID, now, length)
	})
}

// Wake ends a snooze.
func (s *Service) Wake(ctx context.Context, actor domain.Actor, id domain.ID, version int) (Alert, error) {
	return s.changeAlert(ctx, actor, id, version, "alert.wake", func(a *alert.Alert, now time.Time) (domain.Event, error) {
		return a.Wake(now)
	})
}

func (s *Service) changeAlert(ctx context.Context, actor domain.Actor, alertID domain.ID, version int, action string,
	verb func(*alert.Alert, time.Time) (domain.Event, error),
) (Alert, error) {
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		a, now, err := tx.HoldAlert(ctx, alertID)
		if err != nil {
			return err
		}
		if !a.ClosedAt.IsZero() { // before its version, which has changed with that: nothing is left to look at again
			return alert.ErrClosed
		}
		if err := domain.Fresh(version, a.Version); err != nil {
			return err
		}
		was := a
		event, err := verb(&a, now)
		if err != nil || event.Type == "" {
			return err
		}
		entry := postgres.AuditEntry{Action: action, Subject: "alert", SubjectID: alertID, Before: standing(&was, now), After: standing(&a, now)}
		if err := tx.Audit(ctx, actor, entry); err != nil {
			return err
		}
		return tx.StoreAlert(ctx, &a, actor, event)
	})
	if err != nil {
		return Alert{}, err
	}
	s.wake()
	return s.db.Alert(ctx, alertID)
}

// standing is what the audit log keeps of an alert.
func standing(a *alert.Alert, now time.Time) map[string]any {
	facts := map[string]any{"kind": a.Kind, "subject": a.Subject, "subjectId": a.SubjectID, "state": a.State(now)}
	if a.SnoozedUntil.After(now) {
		facts["snoozedUntil"] = a.SnoozedUntil.UTC()
	}
	return facts
}
