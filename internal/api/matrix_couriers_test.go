package api_test

import (
	"fmt"
	"maps"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Couriers' shifts, documents and terms.
func init() {
	aDocument := `{"number":"DL-0420110012345","expiresOn":"` + time.Now().AddDate(1, 0, 0).Format(time.DateOnly) + `"}`
	maps.Copy(fixtures, map[string]fixture{
		"POST /api/v1/courier/shifts": {make: func(*world) target { return target{path: "/api/v1/courier/shifts", body: nextShift()} }},
		"DELETE /api/v1/courier/shifts/{id}": {make: func(w *world) target {
			return about("/api/v1/courier/shifts/%s", w.shift(w.who("courier").id), "")
		}},
		"PUT /api/v1/courier/documents/{kind}": just("/api/v1/courier/documents/licence", aDocument),
		"PUT /api/v1/courier/documents/{kind}/picture": {make: func(w *world) target {
			for _, who := range []string{"courier", "another courier"} {
				w.document(w.who(who).id, "identity", false)
			}
			return upload("/api/v1/courier/documents/identity/picture")
		}},
		"GET /api/v1/admin/couriers/{id}/documents/{kind}/picture": {make: func(w *world) target {
			courier := w.newCourier("approved")
			w.document(courier, "identity", false)
			w.pictured(courier, "identity")
			return about("/api/v1/admin/couriers/%s/documents/identity/picture", courier, "")
		}},
		"GET /api/v1/admin/couriers/{id}": {make: func(w *world) target { return about("/api/v1/admin/couriers/%s", w.newCourier("approved"), "") }},
		"PATCH /api/v1/admin/couriers/{id}": {make: func(w *world) target {
			return about("/api/v1/admin/couriers/%s", w.newCourier("approved"), `{"capacity":3,"city":"New Delhi","zone":[],"cashLimits":[{"amount":500000,"currency":"INR"}]}`)
		}},
		"GET /api/v1/admin/couriers/{id}/shifts": {make: func(w *world) target {
			return about("/api/v1/admin/couriers/%s/shifts", w.newCourier("approved"), "")
		}},
		"POST /api/v1/admin/couriers/{id}/shifts": {make: func(w *world) target {
			return about("/api/v1/admin/couriers/%s/shifts", w.newCourier("approved"), nextShift())
		}},
		"DELETE /api/v1/admin/couriers/{id}/shifts/{shiftId}": {make: func(w *world) target {
			courier := w.newCourier("approved")
			return about("/api/v1/admin/couriers/%s/shifts/"+w.shift(courier).String(), courier, "")
		}},
		"GET /api/v1/admin/couriers/{id}/documents": {make: func(w *world) target {
			return about("/api/v1/admin/couriers/%s/documents", w.newCourier("approved"), "")
		}},
		"GET /api/v1/admin/couriers/{id}/documents/{kind}": {make: func(w *world) target {
			courier := w.newCourier("approved")
			w.document(courier, "identity", true)
			return about("/api/v1/admin/couriers/%s/documents/identity", courier, "")
		}},
		"POST /api/v1/admin/couriers/{id}/documents/{kind}/verify": {make: func(w *world) target {
			courier := w.newCourier("approved")
			w.document(courier, "identity", false)
			return about("/api/v1/admin/couriers/%s/documents/identity/verify", courier, "")
		}},
		"PUT /api/v1/admin/cash-limits": just("/api/v1/admin/cash-limits", `{"city":"New Delhi","limit":{"amount":500000,"currency":"INR"}}`),
		"DELETE /api/v1/admin/cash-limits": {make: func(w *world) target {
			w.exec(`INSERT INTO cash_limits (city, currency, amount) VALUES ('lisbon', 'EUR', 1) ON CONFLICT DO NOTHING`)
			return target{path: "/api/v1/admin/cash-limits?city=Lisbon&currency=EUR"}
		}},
	})
}

var shiftsMade int

// nextShift is the body of a shift that overlaps none of the others.
func nextShift() string {
	shiftsMade++
	start := time.Now().Add(time.Duration(shiftsMade) * time.Hour).UTC()
	return fmt.Sprintf(`{"startsAt":%q,"endsAt":%q}`, start.Format(time.RFC3339), start.Add(30*time.Minute).Format(time.RFC3339))
}

func (w *world) shift(courier domain.ID) domain.ID {
	n := domain.ID(id.New())
	shiftsMade++
	w.exec(`INSERT INTO courier_shifts (id, courier_id, starts_at, ends_at) VALUES ($1, $2, now() + $3 * interval '1 hour', now() + ($3 + 0.5) * interval '1 hour')`,
		n, courier, shiftsMade)
	return n
}

// pictured shows a picture of a courier's document that waits.
func (w *world) pictured(courier domain.ID, kind string) {
	db, err := postgres.FromPool(w.t.Context(), w.pool)
	require.NoError(w.t, err)
	defer db.Close()
	require.NoError(w.t, db.InTx(w.t.Context(), func(tx *postgres.Tx) error {
		return tx.PutDocumentPicture(w.t.Context(), courier, delivery.Kind(kind), []byte("a picture"))
	}))
}

// document is one that a courier shows, or, verified, has shown.
func (w *world) document(courier domain.ID, kind string, verified bool) {
	db, err := postgres.FromPool(w.t.Context(), w.pool)
	require.NoError(w.t, err)
	defer db.Close()
	require.NoError(w.t, db.InTx(w.t.Context(), func(tx *postgres.Tx) error {
		return tx.PutDocument(w.t.Context(), courier, delivery.Document{Kind: delivery.Kind(kind), Number: "A1234567"})
	}))
	w.exec(`UPDATE courier_documents SET verified = $3 WHERE courier_id = $1 AND kind = $2`, courier, kind, verified)
}
