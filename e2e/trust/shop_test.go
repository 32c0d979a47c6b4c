package trust

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// shop is a place with a vendor that is always open and has one dish.
type shop struct {
	*place
	pool         *pgxpool.Pool
	vendor, dish string
}

func newShop(t *testing.T, env ...string) *shop {
	t.Helper()
	// What is shown on it is right, not quick: on a slow machine requests wait instead of being refused.
	env = append([]string{"ZOOP_QUEUE_WAIT=8s"}, env...)
	s := &shop{place: newPlace(t, env...), vendor: newID(), dish: newID()}
	pool, err := pgxpool.New(t.Context(), s.db)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s.pool = pool
	category := newID()
	s.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 'approved')`, s.vendor)
	s.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, category, s.vendor)
	s.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) VALUES ($1, $2, $3, 'Thali', 24900, 'veg')`, s.dish, s.vendor, category)
	return s
}

func newID() string { return domain.ID(id.New()).String() }

func (s *shop) exec(sql string, args ...any) {
	s.t.Helper()
	_, err := s.pool.Exec(s.t.Context(), sql, args...)
	require.NoError(s.t, err)
}

func (s *shop) count(sql string, args ...any) (n int) {
	s.t.Helper()
	require.NoError(s.t, s.pool.QueryRow(s.t.Context(), sql, args...).Scan(&n))
	return n
}

// fill puts one dish into a customer's cart, to be fetched, and gives the body that orders it.
func (s *shop) fill(at *instance, token string) string {
	s.t.Helper()
	status, _, text := at.do("PUT", "/api/v1/cart", token,
		fmt.Sprintf(`{"vendorId":%q,"items":[{"dishId":%q,"quantity":1}],"fulfilment":"pickup"}`, s.vendor, s.dish))
	require.Equal(s.t, 200, status, "%s", text)
	var cart struct{ Quote struct{ ID string } }
	require.NoError(s.t, json.Unmarshal(text, &cart))
	return fmt.Sprintf(`{"quoteId":%q,"payment":{"method":"cod"}}`, cart.Quote.ID)
}

// awaitBlocked waits until a statement of zoop's waits for a lock that the test holds.
func (s *shop) awaitBlocked() {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		return s.count(`SELECT count(*) FROM pg_stat_activity
		                WHERE datname = current_database() AND application_name = 'zoop' AND wait_event_type = 'Lock'`) > 0
	}, patience, 10*time.Millisecond, "nothing waits for the lock")
}
