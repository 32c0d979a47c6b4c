package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/redis"
)

// market is a marketplace of one vendor with a dish, a customer and a courier, on servers of the test's own.
type market struct {
	t       *testing.T
	env     []string
	address string
	redis   *dbtest.RedisServer
	stream  *redis.Client
	pool    *pgxpool.Pool
	serving *exec.Cmd
	log     *bytes.Buffer

	vendor, dish, courier domain.ID
	owner, customer       *client.Client
}

func newMarket(t *testing.T) *market {
	t.Helper()
	address, err := freeAddress()
	require.NoError(t, err)
	db, server := dbtest.URL(t), dbtest.OwnRedis(t)
	m := &market{t: t, address: address, redis: server, vendor: id.New(), dish: id.New()}
	m.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C.UTF-8", "ZOOP_DATABASE_URL=" + db, "ZOOP_REDIS_URL=" + server.URL(), "ZOOP_HTTP=" + address,
		"ZOOP_API_URL=http://" + address, "ZOOP_MAIL_DIR=" + filepath.Join(t.TempDir(), "mail"), "ZOOP_MEDIA_DIR=" + filepath.Join(t.TempDir(), "media"),
		"ZOOP_UNREADY=0s", "ZOOP_REFUND_GRACE=0s", "ZOOP_RATE_LIMITS=0", "ZOOP_QUEUE_WAIT=8s",
	}
	m.stream, err = redis.Open(server.URL(), redis.Options{})
	require.NoError(t, err)
	m.pool, err = pgxpool.New(t.Context(), db)
	require.NoError(t, err)
	t.Cleanup(func() { _ = m.stream.Close(); m.pool.Close() })
	category := id.New()
	m.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, status)
	        VALUES ($1, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 'approved')`, m.vendor)
	m.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, category, m.vendor)
	m.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) VALUES ($1, $2, $3, 'Thali', 24900, 'veg')`, m.dish, m.vendor, category)
	m.serve()
	t.Cleanup(m.kill)
	m.owner, m.customer = m.as("--role", "vendor", "--email", "owner@example.com"), m.as("--role", "customer", "--email", "ravi@example.com", "--name", "Ravi")
	m.exec(`INSERT INTO vendor_members (vendor_id, user_id) SELECT $1, id FROM users WHERE email = 'owner@example.com'`, m.vendor)
	_, err = m.customer.CreateAddress(t.Context(), dto.AddressRequest{
		Label: "Home", Line1: "1 Main Street", City: "New Delhi", Location: dto.Point{Lat: 28.612, Lng: 77.212},
	})
	require.NoError(t, err)
	profile, err := m.as("--role", "courier", "--email", "meera@example.com").PutCourier(t.Context(), dto.CourierRequest{Name: "Meera", Phone: "+911123456780", Vehicle: "bicycle"})
	require.NoError(t, err)
	m.courier = profile.ID
	return m
}

// serve starts `zoop serve`, and waits until it answers.
func (m *market) serve() {
	m.t.Helper()
	m.log = &bytes.Buffer{}
	m.serving = exec.Command(binary, "serve")
	m.serving.Env, m.serving.Stdout, m.serving.Stderr = m.env, m.log, m.log
	require.NoError(m.t, m.serving.Start())
	require.True(m.t, dbtest.Within(screenPatience, func() bool { return answers("http://" + m.address + "/readyz") }), "zoop serve is not ready")
}

// kill ends it as a crash would.
func (m *market) kill() {
	_ = m.serving.Process.Kill()
	_ = m.serving.Wait()
}

func (m *market) exec(sql string, args ...any) {
	m.t.Helper()
	_, err := m.pool.Exec(m.t.Context(), sql, args...)
	require.NoError(m.t, err)
}

// row is one text out of the database.
func (m *market) row(sql string, args ...any) (text string) {
	m.t.Helper()
	require.NoError(m.t, m.pool.QueryRow(m.t.Context(), sql, args...).Scan(&text), sql)
	return text
}

// token mints an access token.
func (m *market) token(args ...string) string {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), screenPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append([]string{"token", "--yes"}, args...)...) //nolint:gosec // our own binary
	cmd.Env = m.env
	out, err := cmd.Output()
	require.NoError(m.t, err)
	return strings.TrimSpace(string(out))
}

// as calls the API as an account.
func (m *market) as(args ...string) *client.Client {
	m.t.Helper()
	c, err := client.New("http://"+m.address, client.Options{Tokens: client.Static(m.token(args...))})
	require.NoError(m.t, err)
	return c
}

// order places an order of two thalis, paid in cash.
func (m *market) order(f dto.Fulfilment) dto.Order {
	m.t.Helper()
	cart, err := m.customer.PutCart(m.t.Context(), dto.CartRequest{VendorID: m.vendor, Fulfilment: f, Items: []dto.CartItemRequest{{DishID: m.dish, Quantity: 2}}})
	require.NoError(m.t, err)
	o, err := m.customer.PlaceOrder(m.t.Context(), domain.ID(id.New()).String(), dto.OrderRequest{QuoteID: cart.Quote.ID, Payment: dto.PaymentRequest{Method: "cod"}})
	require.NoError(m.t, err)
	return o
}

// accepted is an order that its vendor has accepted.
func (m *market) accepted(f dto.Fulfilment) dto.Order {
	m.t.Helper()
	o, err := m.owner.AcceptOrder(m.t.Context(), m.order(f).ID, 20)
	require.NoError(m.t, err)
	return o
}

// collected is an order that its customer has fetched and paid.
func (m *market) collected() dto.Order {
	m.t.Helper()
	o := m.accepted("pickup")
	_, err := m.owner.StartOrder(m.t.Context(), o.ID)
	require.NoError(m.t, err)
	_, err = m.owner.ReadyOrder(m.t.Context(), o.ID)
	require.NoError(m.t, err)
	o, err = m.customer.Order(m.t.Context(), o.ID)
	require.NoError(m.t, err)
	o, err = m.owner.CollectOrder(m.t.Context(), o.ID, *o.OrderCode)
	require.NoError(m.t, err)
	return o
}

// streamed waits until the stream has told of something, so often.
func (m *market) streamed(subject domain.ID, kind string, times int) {
	m.t.Helper()
	found := 0
	came := dbtest.Within(screenPatience, func() bool {
		found = 0
		epoch, err := m.stream.Epoch(m.t.Context())
		if err != nil || epoch == "" {
			return false
		}
		for r := m.stream.Reader(epoch, 0); ; {
			records, err := r.Next(m.t.Context(), 0)
			var gap *redis.GapError
			if errors.As(err, &gap) {
				r.Skip(gap.To)
				continue
			}
			if err != nil || len(records) == 0 {
				return found == times
			}
			for _, record := range records {
				if record.SubjectID == subject && record.Type == kind {
					found++
				}
			}
		}
	})
	require.True(m.t, came, "the stream tells %d times of %s, not %d", found, kind, times)
}

// noted checks how often the audit log says that somebody has done something, and to what.
func (m *market) noted(action string, subject domain.ID, email string, times int) {
	m.t.Helper()
	var n int
	require.NoError(m.t, m.pool.QueryRow(m.t.Context(), `SELECT count(*) FROM audit_log a JOIN users u ON u.id = a.actor_id
		WHERE a.action = $1 AND a.subject_id = $2 AND u.email = $3`, action, subject, email).Scan(&n))
	require.Equal(m.t, times, n, "%s by %s", action, email)
}

// console opens `zoop console` for somebody.
func (m *market) console(terminals *tmux, name, token string, width, height int, args ...string) *terminal {
	m.t.Helper()
	env := append([]string{"ZOOP_TOKEN=" + token, "NO_COLOR=1"}, m.env...)
	c := terminals.open(name, width, height, env, append([]string{binary, "console", "--settings", m.t.TempDir()}, args...)...)
	return c.shows("LIVE", "[1]Orders")
}

// verified is the end of a test: `zoop verify` finds nothing wrong with what it left.
func (m *market) verified() {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "verify", "--grace", "10m") //nolint:gosec // our own binary
	cmd.Env = m.env
	out, err := cmd.CombinedOutput()
	require.NoError(m.t, err, "zoop verify: %s", out)
}
