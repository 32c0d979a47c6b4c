package api

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/support"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
)

func (h *handlers) listAlerts(c *call) (answer, error) {
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	alerts, err := h.Support.Alerts(c.Context(), support.AlertFilter{
		State: alert.State(c.param("state")), Kind: alert.Kind(c.param("kind")), City: c.param("city"), Before: before, Limit: c.limit() + 1,
	})
	if err != nil {
		return answer{}, err
	}
	alerts, next := cutPage(alerts, c.limit(), func(a support.Alert) domain.ID { return a.ID })
	list, err := fromAlerts(alerts)
	if err != nil {
		return answer{}, err
	}
	return ok(dto.AlertList{Data: list, NextCursor: next})
}

func (h *handlers) getAlert(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return alertAnswer(h.Support.Alert(c.Context(), id))
}

func (h *handlers) changeAlert(change func(ctx context.Context, actor domain.Actor, id domain.ID, version int) (support.Alert, error)) handler {
	return func(c *call) (answer, error) {
		id, version, err := c.target()
		if err != nil {
			return answer{}, err
		}
		return alertAnswer(change(c.Context(), c.actor, id, version))
	}
}

func (h *handlers) snoozeAlert(c *call) (answer, error) {
	req, err := body[dto.SnoozeRequest](c)
	if err != nil {
		return answer{}, err
	}
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return alertAnswer(h.Support.Snooze(c.Context(), c.actor, id, version, time.Duration(req.Minutes)*time.Minute))
}

func alertAnswer(a support.Alert, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	out, err := fromAlert(a)
	if err != nil {
		return answer{}, err
	}
	return ok(out)
}

func fromAlerts(alerts []support.Alert) ([]dto.Alert, error) {
	out := make([]dto.Alert, len(alerts))
	for i, a := range alerts {
		var err error
		if out[i], err = fromAlert(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func fromAlert(a support.Alert) (dto.Alert, error) {
	out := dto.Alert{
		ID: a.ID, Kind: dto.AlertKind(a.Kind), Severity: dto.AlertSeverity(a.Severity), Subject: dto.AlertSubject(a.Subject), SubjectID: a.SubjectID,
		Name: some(a.Name), VendorID: some(a.VendorID), City: a.City, State: dto.AlertState(a.State(a.Now)), Version: a.Version,
		OpenedAt: a.OpenedAt.UTC(), ClosedAt: at(a.ClosedAt), AcknowledgedAt: at(a.AcknowledgedAt), SnoozedUntil: at(a.SnoozedUntil),
	}
	if !a.AcknowledgedBy.IsNil() {
		out.AcknowledgedBy = &dto.Party{ID: a.AcknowledgedBy, Name: a.AcknowledgedName}
	}
	if !a.SnoozedBy.IsNil() {
		out.SnoozedBy = &dto.Party{ID: a.SnoozedBy, Name: a.SnoozedName}
	}
	if err := json.Unmarshal(a.Data, &out.Data); err != nil {
		return out, fmt.Errorf("read an alert's data: %w", err)
	}
	return out, nil
}
