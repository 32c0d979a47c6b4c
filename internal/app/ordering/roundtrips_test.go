package ordering

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// trips notes each round trip to Postgres by the names of its statements.
type trips struct{ made []string }

var statementName = regexp.MustCompile(`^-- name: (\w+)`)

func nameOf(sql string) string {
	if m := statementName.FindStringSubmatch(sql); m != nil {
		return m[1]
	}
	return sql
}

func (t *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	t.made = append(t.made, nameOf(q.SQL))
	return ctx
}

func (*trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (t *trips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	var names []string
	for _, q := range b.Batch.QueuedQueries {
		names = append(names, nameOf(q.SQL))
	}
	t.made = append(t.made, strings.Join(names, "+"))
	return ctx
}

func (*trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (*trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// named are the round trips that a file's comment names after a word.
func named(t *testing.T, file, after string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	_, text, found := bytes.Cut(text, []byte(after))
	require.True(t, found, "%s says nothing of %q", file, after)
	list, _, _ := strings.Cut(string(text), ".")
	return strings.ReplaceAll(strings.Join(strings.Fields(strings.ReplaceAll(list, "//", " ")), " "), "+ ", "+")
}

// TestRoundTrips counts what is asked for most: comments, and the table of measured ratios, name every round trip.
func TestRoundTrips(t *testing.T) {
	b := setup(t)
	noted := &trips{}
	db, err := postgres.Open(b.ctx, b.pool.Config().ConnString(), postgres.Options{MaxConns: 1, Tracer: noted})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b.Service = New(db, Options{})
	made := func(do func()) string {
		noted.made = nil
		do()
		return fmt.Sprintf("%d: %s", len(noted.made), strings.Join(noted.made, ", "))
	}
	b.placed() // what is asked once in a process is asked here
	var q Quoted
	var id domain.ID
	require.Equal(t, named(t, "cart.go", "Round trips of PutCart, "), made(func() {
		q = b.fill(menu.Choice{DishID: b.thali, Quantity: 1}, menu.Choice{DishID: b.thali, Quantity: 2})
	}))
	placed := made(func() {
		a, err := b.order("k", Confirmation{QuoteID: q.QuoteID})
		require.NoError(t, err)
		id = orderID(t, a)
	})
	require.Equal(t, named(t, "place.go", "Round trips of Place under a key, "), placed)
	require.Equal(t, named(t, "../../../bench/orders.go", "Round trips of an order, "), placed)
	require.Equal(t, named(t, "change.go", "Round trips of Accept, "), made(func() {
		_, err := b.Accept(b.ctx, b.owner, id, 0, 10)
		require.NoError(t, err)
	}))
	id = b.placed()
	_, err = b.pool.Exec(b.ctx, `UPDATE orders SET deadline_at = now(), deadline_verb = 'expire', timers = '[]' WHERE id = $1`, id.String())
	require.NoError(t, err)
	require.Equal(t, named(t, "timers.go", "Round trips of an expiry, "), made(func() {
		more, err := b.FireDue(b.ctx)
		require.NoError(t, err)
		require.True(t, more)
	}))
	id = b.readyForPickup()
	var code string
	require.NoError(t, b.pool.QueryRow(b.ctx, `SELECT order_code FROM orders WHERE id = $1`, id.String()).Scan(&code))
	require.Equal(t, named(t, "change.go", "Round trips of Collect, "), made(func() {
		_, err := b.Collect(b.ctx, b.owner, id, 0, code)
		require.NoError(t, err)
	}))
}
