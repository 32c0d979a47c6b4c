package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// nowhere is a client that throws the answer away.
type nowhere struct {
	header http.Header
	status int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n *nowhere) WriteHeader(status int)      { n.status = status }

// BenchmarkCachedMenu shows what a cached read costs on its way through router and checks, next to the router alone.
func BenchmarkCachedMenu(b *testing.B) {
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(b), postgres.Options{})
	require.NoError(b, err)
	b.Cleanup(db.Close)
	const vendor = "0198c0de-0000-7000-8000-000000000001"
	_, err = db.Pool().Exec(ctx, `INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, status)
		VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 'approved')`, vendor)
	require.NoError(b, err)
	shop := catalog.New(db, catalog.Options{})
	zoop, err := New(Deps{
		Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Metrics: http.NotFoundHandler(),
		Ready: func(context.Context) error { return nil }, Catalog: shop, Limits: Limits{Times: 1000, Slots: 16, Queue: 1000},
		Authenticate: func(context.Context, string) (domain.Actor, error) { return domain.Actor{}, nil },
	})
	require.NoError(b, err)
	bare := mux.NewRouter()
	bare.Path("/api/v1/vendors/{id}/menu").Methods(http.MethodGet).HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
	})
	for name, h := range map[string]http.Handler{"zoop": zoop, "router": bare} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				shop.Cache().Current(true)
				r := httptest.NewRequest(http.MethodGet, "/api/v1/vendors/"+vendor+"/menu", nil)
				r.RemoteAddr = "192.0.2.7:4711"
				w := &nowhere{header: http.Header{}, status: http.StatusOK}
				h.ServeHTTP(w, r)
				if w.status != http.StatusOK {
					b.Fatal(w.status)
				}
			}
		})
	}
}
