package api_test

import (
	"maps"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// Alerts of staff.
func init() {
	of := func(path, body string) fixture {
		return fixture{make: func(w *world) target { return about("/api/v1/admin/alerts/%s"+path, w.alert(), body) }}
	}
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/admin/alerts":                   just("/api/v1/admin/alerts?state=open&kind=no_courier&city=Delhi", ""),
		"GET /api/v1/admin/alerts/{id}":              of("", ""),
		"POST /api/v1/admin/alerts/{id}/acknowledge": of("/acknowledge", ""),
		"POST /api/v1/admin/alerts/{id}/unacknowledge": {make: func(w *world) target {
			n := w.alert()
			w.exec(`UPDATE alerts SET acknowledged_at = now(), acknowledged_by = $2 WHERE id = $1`, n, w.who("admin").id)
			return about("/api/v1/admin/alerts/%s/unacknowledge", n, "")
		}},
		"POST /api/v1/admin/alerts/{id}/snooze": of("/snooze", `{"minutes":30}`),
		"POST /api/v1/admin/alerts/{id}/wake": {make: func(w *world) target {
			n := w.alert()
			w.exec(`UPDATE alerts SET snoozed_until = now() + interval '1 hour', snoozed_by = $2 WHERE id = $1`, n, w.who("admin").id)
			return about("/api/v1/admin/alerts/%s/wake", n, "")
		}},
	})
}

// alert is one about an order that nobody takes.
func (w *world) alert() domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO alerts (id, kind, severity, subject, subject_id, city, vendor_id, name)
	        VALUES ($1, 'no_courier', 'crit', 'order', $1, 'Delhi', $2, '8F2K9Q')`, n, w.vendor)
	return n
}
