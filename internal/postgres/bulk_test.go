package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// sourcedVendor is a vendor with one dish, as a file has it.
func sourcedVendor(key, name string) postgres.SourcedVendor {
	p := vendor.Profile{
		Cuisines: []string{"Thai"}, Address: "1 Lake Road", Country: "IN", Timezone: "Asia/Kolkata", AcceptSeconds: 300, PriceLevel: 1,
		CostForTwo: domain.Money{Amount: 500_00, Currency: "INR"}, Version: 1,
	}
	p.ID, p.Name, p.Status, p.Currency, p.City = id.New(), name, vendor.Approved, "INR", "Pune"
	p.Location, p.RadiusM, p.Hours, p.PrepMinutes = domain.Point{Lat: 18.5, Lng: 73.8}, 5000, vendor.Hours{{Opens: 60, Closes: 120}}, 20
	size := menu.OptionGroup{
		ID: id.New(), Name: "Size", Min: 1, Max: 1, Variants: true, Translations: menu.Translations{"de": {Name: "Größe"}},
		Options: []menu.Option{{
			ID: id.New(), Name: "Large", Price: domain.Money{Amount: 210_00, Currency: "INR"}, Default: true, Available: false,
			UnavailableUntil: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Translations: menu.Translations{"de": {Name: "Groß"}},
		}},
	}
	c := menu.Category{
		ID: id.New(), Name: "Mains", Translations: menu.Translations{"de": {Name: "Hauptgerichte"}},
		Schedule: menu.Schedule{
			Windows:  []menu.Window{{Days: []int{0, 6}, From: 22 * 60, To: 2 * 60}},
			StartsOn: domain.Date{Year: 2026, Month: 3, Day: 1}, EndsOn: domain.Date{Year: 2026, Month: 12, Day: 31},
		},
	}
	c.Dishes = []menu.Dish{{
		ID: id.New(), VendorID: p.ID, CategoryID: c.ID, Name: "Pad Thai", Price: domain.Money{Amount: 210_00, Currency: "INR"},
		Packaging: domain.Money{Amount: 5_00, Currency: "INR"}, TaxCategory: domain.TaxReduced, Diet: menu.NonVeg,
		Allergens: []string{"peanut"}, Spice: 2, Tags: []string{"new"}, MinAge: 18, Available: true,
		Groups: []menu.OptionGroup{size}, Translations: menu.Translations{"de": {Name: "Gebratene Nudeln", Description: "Scharf"}}, Version: 1,
	}}
	return postgres.SourcedVendor{Key: key, Hash: []byte(name), Profile: p, Menu: []menu.Category{c}}
}

func TestImportVendors(t *testing.T) {
	t.Parallel()
	db, err := postgres.FromPool(t.Context(), dbtest.New(t))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	a := sourcedVendor("x:1", "Paper Crane")

	done, err := db.ImportVendors(t.Context(), []postgres.SourcedVendor{a, sourcedVendor("x:2", "Tin Cup")})
	require.NoError(t, err)
	require.Equal(t, []int{2, 0, 0, 2}, []int{done.Inserted, done.Updated, done.Unchanged, done.Dishes})
	known, err := db.Sourced(t.Context(), []string{"x:1", "x:3"})
	require.NoError(t, err)
	require.Equal(t, map[string][]byte{"x:1": []byte("Paper Crane")}, known)

	got, _, err := db.VendorFor(t.Context(), a.Profile.ID, domain.Nil)
	require.NoError(t, err)
	require.Equal(t, a.Profile.Hours, got.Hours)
	require.Equal(t, a.Profile.Location, got.Location)
	page, err := db.MenuOf(t.Context(), a.Profile.ID)
	require.NoError(t, err)
	require.Equal(t, a.Menu, page.Categories)

	changed, unknown := sourcedVendor("x:1", "Paper Swan"), sourcedVendor("x:9", "Nobody")
	unknown.Menu = nil
	done, err = db.ImportVendors(t.Context(), []postgres.SourcedVendor{changed, sourcedVendor("x:2", "Tin Cup"), unknown})
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 1, 0}, []int{done.Inserted, done.Updated, done.Unchanged, done.Dishes})
	got, _, err = db.VendorFor(t.Context(), a.Profile.ID, domain.Nil)
	require.NoError(t, err)
	require.Equal(t, "Paper Swan", got.Name)
	require.Equal(t, 2, got.Version)
	require.Equal(t, a.Profile.MenuVersion, got.MenuVersion, "whoever edits the menu overwrites nothing of it")
}

func TestImportVendorsAllOrNothing(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	db, err := postgres.FromPool(t.Context(), pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	bad := sourcedVendor("x:2", "Tin Cup")
	bad.Menu[0].Dishes[0].Spice = 9
	_, err = db.ImportVendors(t.Context(), []postgres.SourcedVendor{sourcedVendor("x:1", "Paper Crane"), bad})
	require.ErrorContains(t, err, "dishes_spice_bound")
	var count int
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM vendors").Scan(&count))
	require.Zero(t, count)
}

// TestAnalyzeMayTakeLongerThanAStatement has it wait for a lock, as a large catalogue or a busy machine would have it work.
func TestAnalyzeMayTakeLongerThanAStatement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := postgres.Open(ctx, dbtest.URL(t), postgres.Options{StatementTimeout: time.Second})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	tx, err := db.Pool().Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "SET LOCAL statement_timeout = 0; LOCK TABLE dishes IN SHARE UPDATE EXCLUSIVE MODE", pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	held := make(chan error, 1)
	go func() {
		_, err := tx.Exec(ctx, "SELECT pg_sleep(2)")
		held <- errors.Join(err, tx.Commit(ctx))
	}()
	require.NoError(t, db.AnalyzeCatalog(ctx))
	require.NoError(t, <-held)
}
