package seed

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres"
)

const header = "Restaurant ID,Restaurant Name,Country Code,City,Address,Locality,Locality Verbose,Longitude,Latitude,Cuisines," +
	"Average Cost for two,Currency,Has Table booking,Has Online delivery,Is delivering now,Switch to order menu,Price range," +
	"Aggregate rating,Rating color,Rating text,Votes\n"

// sample is a good row with some of its cells replaced.
type sample map[string]string

func (s sample) String() string {
	cells := map[string]string{
		colID: "101", colName: "The Copper Pot", colCountry: "1", colCity: "Pune", colAddress: "1 Lake Road", "Locality": "Camp",
		colLocality: "Camp, Pune", colLng: "73.87", colLat: "18.52", colCuisines: "North Indian, Chinese", colCost: "600",
		"Currency": "Botswana Pula(P)", "Has Table booking": "No", "Has Online delivery": "No", "Is delivering now": "No",
		"Switch to order menu": "No", colLevel: "2", colRating: "4.1", "Rating color": "Green", "Rating text": "Good", colVotes: "77",
	}
	for field, value := range s {
		cells[field] = value
	}
	var out []string
	for _, name := range strings.Split(strings.TrimSpace(header), ",") {
		out = append(out, `"`+strings.ReplaceAll(cells[name], `"`, `""`)+`"`)
	}
	return strings.Join(out, ",") + "\n"
}

func file(rows ...sample) string {
	out := header
	for _, r := range rows {
		out += r.String()
	}
	return out
}

// many are good rows of different vendors.
func many(n int) string {
	rows := make([]sample, n)
	for i := range rows {
		rows[i] = sample{colID: fmt.Sprint(1000 + i), colName: fmt.Sprintf("Kitchen %d", i)}
	}
	return file(rows...)
}

func setup(t *testing.T) (*Seeder, *pgxpool.Pool) {
	t.Helper()
	pool := dbtest.New(t)
	db, err := postgres.FromPool(t.Context(), pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return New(db), pool
}

func value[T any](t *testing.T, pool *pgxpool.Pool, sql string, args ...any) T {
	t.Helper()
	var v T
	require.NoError(t, pool.QueryRow(t.Context(), sql, args...).Scan(&v))
	return v
}

func TestImportTwice(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	rows := file(sample{}, sample{colID: "102", colName: "Paper Crane", colCuisines: "Japanese"})

	first, err := s.Vendors(t.Context(), strings.NewReader(rows), Options{})
	require.NoError(t, err)
	require.Equal(t, 2, first.Inserted)
	require.EqualValues(t, first.Dishes, value[int64](t, pool, "SELECT count(*) FROM dishes"))
	before := value[string](t, pool, "SELECT md5(string_agg(v::text, '' ORDER BY id)) FROM vendors v")

	again, err := s.Vendors(t.Context(), strings.NewReader(rows), Options{})
	require.NoError(t, err)
	require.Equal(t, 2, again.Unchanged)
	require.Zero(t, again.Inserted+again.Updated+again.Rejected)
	require.Equal(t, before, value[string](t, pool, "SELECT md5(string_agg(v::text, '' ORDER BY id)) FROM vendors v"))
	require.EqualValues(t, first.Dishes, value[int64](t, pool, "SELECT count(*) FROM dishes"))
}

func TestImportChangedRow(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	_, err := s.Vendors(t.Context(), strings.NewReader(file(sample{})), Options{})
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), `UPDATE vendors SET prep_minutes = 99, radius_m = 700, version = 2;
		UPDATE dishes SET price = 1 WHERE position = 0;
		INSERT INTO ratings (subject, subject_id, vendor_id, stars, votes) SELECT 'vendor', id, id, 10, 10 FROM vendors`)
	require.NoError(t, err)

	moved := sample{colName: "The Tin Pot", colAddress: "2 Lake Road", colRating: "4.6"}
	result, err := s.Vendors(t.Context(), strings.NewReader(file(moved)), Options{})
	require.NoError(t, err)
	require.Equal(t, 1, result.Updated)
	require.Equal(t, "The Tin Pot 2 Lake Road 3.94 87 4.6 77 99 700 3", value[string](t, pool,
		"SELECT concat_ws(' ', name, address, rating_average, rating_count, source_rating, source_votes, prep_minutes, radius_m, version) FROM vendors"))
	require.Positive(t, value[int64](t, pool, "SELECT count(*) FROM dishes WHERE price = 1"), "the menu is the vendor's own")
	require.Equal(t, "vendor.updated 3", value[string](t, pool, "SELECT concat_ws(' ', type, version) FROM events"))

	abroad := sample{colCountry: "215", colLat: "51.5", colLng: "-0.1", colCity: "London"}
	result, err = s.Vendors(t.Context(), strings.NewReader(file(abroad)), Options{})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"Country Code: " + reasonCurrency: 1}, result.Reasons)
	require.Equal(t, "INR", value[string](t, pool, "SELECT currency FROM vendors"))
}

func TestImportAtOnce(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	rows := many(batchVendors + 50)
	var wg sync.WaitGroup
	results := make([]Result, 3)
	for i := range results {
		wg.Go(func() {
			var err error
			if results[i], err = s.Vendors(t.Context(), strings.NewReader(rows), Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	inserted, unchanged := 0, 0
	for _, r := range results {
		inserted += r.Inserted
		unchanged += r.Unchanged
	}
	require.Equal(t, batchVendors+50, inserted)
	require.Equal(t, 2*inserted, unchanged)
	require.EqualValues(t, inserted, value[int64](t, pool, "SELECT count(*) FROM vendors"))
	require.Zero(t, value[int64](t, pool, `SELECT count(*) FROM vendors v
		WHERE (SELECT count(*) FROM dishes WHERE vendor_id = v.id) NOT BETWEEN 15 AND 60`))
}

func TestImportInterrupted(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	rows := many(3 * batchVendors)
	ctx, cancel := context.WithCancel(t.Context())
	part, err := s.Vendors(ctx, strings.NewReader(rows), Options{Progress: func(int64, int) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
	require.EqualValues(t, part.Inserted, value[int64](t, pool, "SELECT count(*) FROM vendors"))
	require.Less(t, part.Inserted, 3*batchVendors)

	rest, err := s.Vendors(t.Context(), strings.NewReader(rows), Options{})
	require.NoError(t, err)
	require.Equal(t, 3*batchVendors, part.Inserted+rest.Inserted)
	require.Equal(t, part.Inserted, rest.Unchanged)
}

func TestImportReport(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	var text bytes.Buffer
	report, err := NewReport(&text)
	require.NoError(t, err)
	rows := file(sample{}, sample{colID: "103", colLat: "0", colLng: "0"}, sample{}, sample{colID: "104", colName: " ", colVotes: "=1+1"})
	result, err := s.Vendors(t.Context(), strings.NewReader(rows), Options{Report: report})
	require.NoError(t, err)
	require.NoError(t, report.Close())
	require.Equal(t, 3, result.Rejected)
	require.Equal(t, 4, result.Rows)
	require.Equal(t, `line,field,reason,value
3,Latitude,"0,0 is no place",0
4,Restaurant ID,the ID comes twice,101 (first in line 2)
5,Restaurant Name,missing, `+`
5,Votes,not a number,'=1+1
`, strings.ReplaceAll(text.String(), `" "`, " "))
}

func TestImportNoExport(t *testing.T) {
	t.Parallel()
	s := New(nil)
	_, err := s.Vendors(t.Context(), strings.NewReader("a,b\n1,2\n"), Options{})
	require.ErrorIs(t, err, domain.Errorf(domain.Invalid, "columns", ""))
	_, err = s.Vendors(t.Context(), strings.NewReader(""), Options{})
	require.ErrorIs(t, err, domain.Errorf(domain.Invalid, "empty_file", ""))
}

func TestImportRealFile(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("300,000 dishes are too many for a short run")
	}
	from := realFile(t)
	s, pool := setup(t)
	result, err := s.Vendors(t.Context(), from, Options{})
	require.NoError(t, err)
	t.Logf("%d vendors and %d dishes in %s", result.Inserted, result.Dishes, result.Took)
	require.Equal(t, 9050, result.Inserted)
	require.Equal(t, 501, result.Rejected)
	require.EqualValues(t, result.Dishes, value[int64](t, pool, "SELECT count(*) FROM dishes"))

	again, err := os.Open(from.Name())
	require.NoError(t, err)
	defer func() { _ = again.Close() }()
	result, err = s.Vendors(t.Context(), again, Options{})
	require.NoError(t, err)
	t.Logf("again in %s", result.Took)
	require.Equal(t, 9050, result.Unchanged)
	require.Zero(t, result.Inserted+result.Updated)
}

func TestDemo(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	first, err := s.Demo(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, first.Inserted, 60)
	again, err := s.Demo(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.Inserted, again.Unchanged)

	require.EqualValues(t, 3, value[int64](t, pool, "SELECT count(DISTINCT city) FROM vendors"))
	require.EqualValues(t, 3, value[int64](t, pool, "SELECT count(*) FROM vendors WHERE open_minutes <> '{[0,10080)}'"))
	require.EqualValues(t, len(DemoOwners()), value[int64](t, pool, `SELECT count(*) FROM vendor_members m
		JOIN users u ON u.id = m.user_id WHERE m.role = 'owner' AND u.email = ANY($1)`, DemoOwners()))
	require.EqualValues(t, len(DemoCustomers()), value[int64](t, pool, `SELECT count(*) FROM addresses a
		JOIN users u ON u.id = a.user_id WHERE u.email = ANY($1)`, DemoCustomers()))
	require.EqualValues(t, len(DemoCouriers()), value[int64](t, pool, `SELECT count(*) FROM couriers c
		JOIN users u ON u.id = c.user_id WHERE c.status = 'approved' AND c.version = 1 AND u.email = ANY($1)`, DemoCouriers()))
	require.GreaterOrEqual(t, len(DemoCouriers()), 40)
	require.Zero(t, value[int64](t, pool, `SELECT count(*) FROM couriers c CROSS JOIN unnest(needed_documents(c.vehicle)) AS k (kind)
		WHERE NOT EXISTS (SELECT FROM courier_documents d WHERE d.courier_id = c.user_id AND d.kind = k.kind AND d.verified AND (d.expires_on IS NULL OR d.expires_on > current_date + 365))`),
		"one who could not be approved again")
	for _, email := range slices.Concat(DemoOwners(), DemoCustomers(), DemoCouriers()) {
		parsed, err := account.ParseEmail(email)
		require.NoError(t, err)
		require.Equal(t, email, parsed)
	}
	require.Zero(t, value[int64](t, pool, `SELECT count(*) FROM addresses a WHERE (SELECT count(*) FROM vendors v
		WHERE v.city = a.city AND meters(v.lat, v.lng, a.lat, a.lng) <= v.radius_m) < 15`), "a home that too few deliver to")
}
