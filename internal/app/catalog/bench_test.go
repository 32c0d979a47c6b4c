package catalog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// crowd writes vendors, spread over India as they are in life: most of them in a few towns.
func crowd(tb testing.TB, db *postgres.DB, vendors int) {
	tb.Helper()
	for _, sql := range []string{"SELECT setseed(0.5)", `
		INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, rating_average, cost_for_two, status, open_minutes)
		SELECT gen_random_uuid(), 'Vendor ' || i, ARRAY['North Indian', 'Chinese'], 'A', 'City ' || i % 200, 'IN', 'Asia/Kolkata', 'INR',
			28.6139 + (i % 200) * 0.05 * (i % 3 - 1) + (random() - 0.5) * 0.3, 77.2090 + (i % 200) * 0.04 * (i % 5 - 2) + (random() - 0.5) * 0.3,
			random() * 5, 10000 + i % 1000 * 100, 'approved', '{[600,1380),[2040,2820),[3480,4260),[4920,5700),[6360,7140),[7800,8580),[9240,10020)}'
		FROM generate_series(1, ` + fmt.Sprint(vendors) + `) i`} {
		_, err := db.Pool().Exec(context.Background(), sql)
		require.NoError(tb, err)
	}
	for more := true; more; {
		var err error
		more, err = db.CoverZones(context.Background())
		require.NoError(tb, err)
	}
	_, err := db.Pool().Exec(context.Background(), "VACUUM ANALYZE vendors")
	require.NoError(tb, err)
}

func BenchmarkNearUncached(b *testing.B) {
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(b), postgres.Options{StatementTimeout: time.Minute})
	require.NoError(b, err)
	b.Cleanup(db.Close)
	crowd(b, db, 200_000)
	s := catalog.New(db, catalog.Options{})
	for name, q := range map[string]catalog.Query{
		"distance": {}, "rating": {Sort: "rating"}, "open": {OpenNow: true}, "text": {Text: "vendor 77"},
	} {
		q.Point, q.Limit = delhi, 20
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := s.Near(ctx, q, encodeNear)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkMenuCached(b *testing.B) {
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(b), postgres.Options{})
	require.NoError(b, err)
	b.Cleanup(db.Close)
	crowd(b, db, 1)
	s := catalog.New(db, catalog.Options{})
	s.Cache().Current(true)
	var vendorID domain.ID
	require.NoError(b, db.Pool().QueryRow(ctx, "SELECT id FROM vendors").Scan(&vendorID))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.MenuPage(ctx, anonymous, vendorID, "", encodeMenu); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkReplaceMenu writes a menu of 1,000 dishes, 10 in each category with a group of options, as a new menu (document), as one
// in which every price has changed (prices), and, to compare with, the same rows by COPY (copy).
func BenchmarkReplaceMenu(b *testing.B) {
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(b), postgres.Options{StatementTimeout: time.Minute})
	require.NoError(b, err)
	b.Cleanup(db.Close)
	s := catalog.New(db, catalog.Options{})
	owner := domain.Actor{ID: id.New(), Role: domain.RoleVendor}
	_, err = db.Pool().Exec(ctx, "INSERT INTO users (id, email, first_name, role) VALUES ($1, 'vee@example.com', 'Vee', 'vendor')", owner.ID)
	require.NoError(b, err)
	open := func() domain.ID {
		v, err := s.Open(ctx, owner, request())
		require.NoError(b, err)
		return v.ID
	}
	replace := func(vendorID domain.ID, doc catalog.Document) {
		_, err := s.ReplaceMenu(ctx, owner, vendorID, 0, doc, false)
		require.NoError(b, err)
	}
	b.Run("document", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			vendorID, doc := open(), thousand(0)
			b.StartTimer()
			replace(vendorID, doc)
		}
	})
	b.Run("prices", func(b *testing.B) {
		vendorID := open()
		replace(vendorID, thousand(0))
		n := int64(0)
		for b.Loop() {
			n++
			replace(vendorID, thousand(n))
		}
	})
	b.Run("copy", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			vendorID := open()
			replace(vendorID, thousand(0))
			m, err := s.WholeMenu(ctx, owner, vendorID)
			require.NoError(b, err)
			m.Vendor.ID = id.New()
			for i := range m.Categories {
				m.Categories[i].ID = id.New()
				for j := range m.Categories[i].Dishes {
					d := &m.Categories[i].Dishes[j]
					d.ID, d.VendorID, d.CategoryID = id.New(), m.Vendor.ID, m.Categories[i].ID
				}
			}
			sourced := []postgres.SourcedVendor{{Key: m.Vendor.ID.String(), Profile: m.Vendor, Menu: m.Categories}}
			b.StartTimer()
			_, err = db.ImportVendors(ctx, sourced)
			require.NoError(b, err)
		}
	})
}

// thousand is a document of 1,000 dishes.
func thousand(more int64) catalog.Document {
	groups := []menu.OptionGroup{{Name: "Extras", Max: 2, Options: []menu.Option{{Name: "Cheese"}, {Name: "Olives"}, {Name: "Onion"}}}}
	var doc catalog.Document
	for i := range 100 {
		c := heading(fmt.Sprintf("Category %d", i))
		for j := range 10 {
			d := listedDish(fmt.Sprintf("Dish %d of %d", j, i), 10_000+more)
			d.Groups = &groups
			c.Dishes = append(c.Dishes, d)
		}
		doc.Categories = append(doc.Categories, c)
	}
	return doc
}
