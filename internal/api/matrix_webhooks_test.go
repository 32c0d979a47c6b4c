package api_test

import (
	"fmt"
	"maps"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

func init() {
	make := func(path, body string) fixture {
		return fixture{make: func(w *world) target { return w.hook(path, body) }}
	}
	of := func(path string) fixture {
		return fixture{make: func(w *world) target { return w.told(path) }}
	}
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/vendors/{id}/webhooks": ofVendor("/api/v1/vendors/%s/webhooks", ""),
		"POST /api/v1/vendors/{id}/webhooks": {make: func(w *world) target {
			w.exec(`DELETE FROM webhook_deliveries`)
			w.exec(`DELETE FROM webhook_endpoints`) // a vendor may have ten
			return about("/api/v1/vendors/%s/webhooks", w.vendor, `{"url":"https://pos.example.com/zoop","events":["order.*"]}`)
		}},
		"GET /api/v1/vendors/{id}/webhooks/{webhookId}":    make("", ""),
		"PATCH /api/v1/vendors/{id}/webhooks/{webhookId}":  make("", `{"events":["*"]}`),
		"DELETE /api/v1/vendors/{id}/webhooks/{webhookId}": make("", ""),
		"POST /api/v1/vendors/{id}/webhooks/{webhookId}/enable": {make: func(w *world) target {
			x := w.hook("/enable", "")
			w.exec(`UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = 'vendor', disabled_at = now()`)
			return x
		}},
		"POST /api/v1/vendors/{id}/webhooks/{webhookId}/disable":                           make("/disable", ""),
		"POST /api/v1/vendors/{id}/webhooks/{webhookId}/rotate":                            make("/rotate", `{}`),
		"POST /api/v1/vendors/{id}/webhooks/{webhookId}/test":                              make("/test", `{"type":"order.placed"}`),
		"POST /api/v1/vendors/{id}/webhooks/{webhookId}/redeliver":                         make("/redeliver", `{"since":"2026-01-01T00:00:00Z"}`),
		"GET /api/v1/vendors/{id}/webhooks/{webhookId}/deliveries":                         make("/deliveries", ""),
		"GET /api/v1/vendors/{id}/webhooks/{webhookId}/deliveries/{deliveryId}":            of(""),
		"POST /api/v1/vendors/{id}/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver": of("/redeliver"),
	})
}

func (w *world) newHook() domain.ID {
	n := domain.ID(id.New())
	w.exec(`INSERT INTO webhook_endpoints (id, vendor_id, url, events, since_seq, key, sealed) VALUES ($1, $2, 'https://pos.example.com/?key=1', '{*}', 0, '', '')`, n, w.vendor)
	return n
}

// hook is a request about a webhook of the vendor.
func (w *world) hook(path, body string) target {
	return about("/api/v1/vendors/%s/webhooks/"+w.newHook().String()+path, w.vendor, body)
}

// told is a request about something that a webhook of the vendor was told.
func (w *world) told(path string) target {
	hook, n := w.newHook(), domain.ID(id.New())
	w.exec(`INSERT INTO webhook_deliveries (id, endpoint_id, type, subject_id, sample, give_up_at)
	        VALUES ($1, $2, 'ping', $1, $3, now() + interval '1 hour')`, n, hook,
		fmt.Sprintf(`{"type":"ping","timestamp":"2026-01-01T00:00:00Z","test":true,"data":{"version":1,"type":"ping","at":"2026-01-01T00:00:00Z","subject":"vendor","subjectId":%q,"actor":{"role":"system"},"data":{}}}`, w.vendor))
	return about(fmt.Sprintf("/api/v1/vendors/%%s/webhooks/%s/deliveries/%s%s", hook, n, path), w.vendor, "")
}
