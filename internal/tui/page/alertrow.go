package page

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/filter"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// alertRow is an alert as a filter looks at it, at a time.
type alertRow struct {
	*board.Alert
	order *board.Order // that it is about, where the board has it
	now   time.Time
}

// vendor is whom it is about, or whose order.
func (r alertRow) vendor() string {
	switch {
	case r.Subject == domain.SubjectVendor:
		return r.Name
	case r.order != nil:
		return r.order.Vendor
	}
	return ""
}

// of is its subject's name, if that is of a kind.
func (r alertRow) of(s domain.Subject) string {
	if r.Subject != s {
		return ""
	}
	return words.AlertSubject(r.Alert)
}

func (r alertRow) state() string {
	switch {
	case r.Snoozed(r.now):
		return "snoozed"
	case r.Acknowledged:
		return "acknowledged"
	}
	return "open"
}

func alertKinds() []string {
	out := make([]string, len(alert.Kinds))
	for i, k := range alert.Kinds {
		out[i] = string(k.Kind)
	}
	return out
}

var alertLanguage = filter.Language[alertRow]{
	Word: func(r alertRow) []string {
		return []string{words.AlertKind(r.Kind), words.AlertSubject(r.Alert), r.vendor(), r.City, r.By}
	},
	Fields: []filter.Field[alertRow]{
		{Name: "kind", Meant: "=", Values: alertKinds(), Text: func(r alertRow) string { return string(r.Kind) }},
		{Name: "severity", Meant: "=", Values: []string{string(alert.Crit), string(alert.Warn)}, Text: func(r alertRow) string { return string(r.Severity) }},
		{Name: "state", Meant: "=", Values: []string{"open", "acknowledged", "snoozed"}, Text: alertRow.state},
		{Name: "vendor", Meant: "~", Text: alertRow.vendor},
		{Name: "order", Meant: "=", Text: func(r alertRow) string { return r.of(domain.SubjectOrder) }},
		{Name: "courier", Meant: "=", Text: func(r alertRow) string { return r.of(domain.SubjectCourier) }},
		{Name: "city", Meant: "=", Text: func(r alertRow) string { return r.City }},
		{Name: "age", Meant: ">", Values: []string{"5m", "15m", "1h"}, Span: func(r alertRow, now time.Time) (time.Duration, bool) { return now.Sub(r.OpenedAt), true }},
		{Name: "by", Meant: "~", Text: func(r alertRow) string { return r.By }},
	},
}
