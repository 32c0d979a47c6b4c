package redis_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/redis"
)

const epoch = "e1"

// setup gives a client of an empty Redis, and the library's own client to interfere with.
func setup(t *testing.T) (*redis.Client, *goredis.Client) {
	t.Helper()
	url := dbtest.Redis(t)
	c, err := redis.Open(url, redis.Options{QuickTimeout: time.Minute}) // a machine that has too much to do is no Redis that is away
	require.NoError(t, err)
	o, err := goredis.ParseURL(url)
	require.NoError(t, err)
	raw := goredis.NewClient(o)
	t.Cleanup(func() { _, _ = c.Close(), raw.Close() })
	return c, raw
}

// records are events of one order with the places from to to.
func records(from, to int64) (out []domain.Record) {
	order := domain.ID(id.New())
	for seq := from; seq <= to; seq++ {
		out = append(out, domain.Record{
			Seq: seq, Subject: domain.SubjectOrder, SubjectID: order, Version: int(seq), Type: "order.placed",
			ActorRole: domain.RoleCustomer, CustomerID: order, At: time.UnixMicro(seq).UTC(), Data: []byte(`{"n":1}`),
		})
	}
	return out
}

func seqs(rs []domain.Record) (out []int64) {
	for _, r := range rs {
		out = append(out, r.Seq)
	}
	return out
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	c, _ := setup(t)
	full := records(1, 1)[0]
	full.VendorID, full.CourierID, full.City = id.New(), id.New(), "São Paulo"
	vendor := domain.Record{Seq: 2, Subject: domain.SubjectVendor, SubjectID: id.New(), Version: 3, Type: "vendor.paused",
		ActorRole: domain.RoleSystem, At: time.UnixMicro(1_750_000_000_123_456).UTC(), Data: []byte(`{}`)}
	vendor.VendorID = vendor.SubjectID
	courier := vendor
	courier.Seq, courier.Subject, courier.Type = 3, domain.SubjectCourier, "courier.online"
	courier.VendorID, courier.CourierID = domain.Nil, courier.SubjectID
	cart := domain.Record{Seq: 4, Subject: domain.SubjectCart, SubjectID: id.New(), Version: 2, Type: "cart.changed", CustomerID: id.New(),
		ActorRole: domain.RoleSystem, At: vendor.At, Data: []byte(`{"problems":[]}`)}
	alert := domain.Record{Seq: 5, Subject: domain.SubjectAlert, SubjectID: id.New(), Version: 1, Type: "alert.opened", City: "Goa",
		ActorRole: domain.RoleSystem, At: vendor.At, Data: []byte(`{"kind":"no_courier"}`)}
	looked := alert // staff by their ID, and nobody else: that is for staff to see, and told by the API as the API likes
	looked.Seq, looked.Version, looked.Type, looked.ActorRole, looked.ActorID = 6, 2, "alert.acknowledged", domain.RoleSupport, id.New()
	want := []domain.Record{full, vendor, courier, cart, alert, looked}
	written := slices.Clone(want)
	written[0].ActorID = id.New() // of a customer
	last, err := c.Begin(t.Context(), epoch, written)
	require.NoError(t, err)
	require.EqualValues(t, 6, last)
	end, err := c.Last(t.Context(), epoch)
	require.NoError(t, err)
	require.Equal(t, redis.End{Seq: 6, Record: looked}, end)
	got, err := c.Reader(epoch, 0).Next(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestStreamHasNeitherHoleNorDuplicate(t *testing.T) {
	t.Parallel()
	c, raw := setup(t)
	all := records(1, 20)
	add := func(write func(context.Context, string, []domain.Record) (int64, error), from, to, want int64) {
		t.Helper()
		last, err := write(t.Context(), epoch, all[from-1:to])
		require.NoError(t, err)
		require.Equal(t, want, last)
	}
	add(c.Append, 1, 5, 0) // an empty stream is not begun by the way
	add(c.Begin, 3, 5, 5)
	add(c.Begin, 1, 5, 5)
	add(c.Append, 4, 7, 7)
	add(c.Append, 9, 10, 7) // does not follow
	add(c.Append, 8, 10, 10)
	require.NoError(t, raw.XTrimMaxLen(t.Context(), "zoop:{events}:e1:orders", 0).Err())
	add(c.Append, 11, 12, 0)
	add(c.Begin, 6, 12, 12)
	got, err := c.Reader(epoch, 5).Next(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, all[5:12], got)
	end, err := c.Last(t.Context(), epoch)
	require.NoError(t, err)
	require.Equal(t, redis.End{Seq: 12, Record: all[11]}, end)
	name, err := c.Epoch(t.Context())
	require.NoError(t, err)
	require.Equal(t, epoch, name)
}

// TestAnEndThatCannotBeReadHasAPlace, and what stands before it can be read.
func TestAnEndThatCannotBeReadHasAPlace(t *testing.T) {
	t.Parallel()
	c, raw := setup(t)
	end := func() redis.End {
		t.Helper()
		e, err := c.Last(t.Context(), epoch)
		require.NoError(t, err)
		return e
	}
	add := func(id string) {
		t.Helper()
		require.NoError(t, raw.XAdd(t.Context(), &goredis.XAddArgs{Stream: "zoop:{events}:e1:orders", ID: id, Values: []string{"what", "ever"}}).Err())
	}
	require.Zero(t, end())
	add("1-0")
	require.Equal(t, redis.End{Seq: 1}, end())
	all := records(2, 3)
	_, err := c.Append(t.Context(), epoch, all)
	require.NoError(t, err)
	add("4-0")
	add("5-7")
	require.Equal(t, redis.End{Seq: 5, Record: all[1]}, end())
}

func TestReaderTellsOfGaps(t *testing.T) {
	t.Parallel()
	c, raw := setup(t)
	_, err := c.Begin(t.Context(), epoch, records(5, 8))
	require.NoError(t, err)
	spoilt := []map[string]any{
		{"type": "order.placed"},
		{"type": "order.placed", "order": "x", "version": 1, "actor": "system", "at": "2026-01-01T00:00:00Z"},
		{"type": "order.placed", "order": domain.ID(id.New()).String(), "version": 1, "actor": "system", "at": "2026-01-01T00:00:00Z", "data": "[]"},
		{"type": "delivery.offered", "version": 1, "actor": "system", "at": "2026-01-01T00:00:00Z"},
	}
	for i, values := range spoilt {
		entry := &goredis.XAddArgs{Stream: "zoop:{events}:e1:orders", ID: strconv.Itoa(9+i) + "-0", Values: values}
		require.NoError(t, raw.XAdd(t.Context(), entry).Err())
	}
	_, err = c.Append(t.Context(), epoch, records(13, 14))
	require.NoError(t, err)

	r := c.Reader(epoch, 2)
	gap := func(from, to int64) {
		t.Helper()
		_, err := r.Next(t.Context(), 0)
		require.Equal(t, &redis.GapError{From: from, To: to}, err)
		r.Skip(to)
	}
	gap(3, 4)
	got, err := r.Next(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []int64{5, 6, 7, 8}, seqs(got))
	for seq := int64(9); seq <= 12; seq++ {
		gap(seq, seq)
	}
	got, err = r.Next(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, []int64{13, 14}, seqs(got))
	got, err = r.Next(t.Context(), 10*time.Millisecond)
	require.NoError(t, err)
	require.Empty(t, got)
	require.EqualValues(t, 14, r.Cursor())
}

func TestReaderWaits(t *testing.T) {
	t.Parallel()
	c, _ := setup(t)
	r := c.Reader(epoch, 0)
	go func() { _, _ = c.Begin(context.WithoutCancel(t.Context()), epoch, records(1, 1)) }()
	got, err := r.Next(t.Context(), time.Minute)
	require.NoError(t, err)
	require.Equal(t, []int64{1}, seqs(got))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = r.Next(ctx, time.Minute)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(start), 30*time.Second, "a read that is given up must not be waited for")
}

func TestConveniencesMissWithoutRedis(t *testing.T) {
	t.Parallel()
	c, err := redis.Open("redis://:secret@127.0.0.1:1", redis.Options{})
	require.NoError(t, err)
	start := time.Now()
	for range 1000 {
		c.Set(t.Context(), "k", []byte("v"), time.Minute)
		_, ok := c.Get(t.Context(), "k")
		require.False(t, ok)
		_, known := c.Claim(t.Context(), "k", time.Minute)
		require.False(t, known)
	}
	require.Less(t, time.Since(start), 30*time.Second, "each alone would take a while")
	require.Equal(t, domain.Unavailable, domain.KindOf(c.Ping(t.Context())))
}

func TestCacheAndClaims(t *testing.T) {
	t.Parallel()
	c, raw := setup(t)
	c.Set(t.Context(), "menu:1", []byte("a"), time.Minute)
	v, ok := c.Get(t.Context(), "menu:1")
	require.True(t, ok)
	require.Equal(t, "a", string(v))
	c.Delete(t.Context(), "menu:1", "menu:2")
	_, ok = c.Get(t.Context(), "menu:1")
	require.False(t, ok)
	for _, want := range []bool{true, false} {
		first, known := c.Claim(t.Context(), "ticket", time.Minute)
		require.True(t, known)
		require.Equal(t, want, first)
	}
	keys, err := raw.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	for _, k := range keys {
		require.True(t, strings.HasPrefix(k, "zoop:"), k)
	}
}

func TestHintsArrive(t *testing.T) {
	t.Parallel()
	c, err := redis.Open(dbtest.OwnRedis(t).URL(), redis.Options{})
	require.NoError(t, err)
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	heard, done := make(chan redis.Hint, 100), make(chan error, 1)
	go func() { done <- c.FollowHints(ctx, func(h redis.Hint) { heard <- h }) }()
	want := redis.Hint{Kind: redis.HintVendor, Key: "v"}
	require.Eventually(t, func() bool { // until the subscription stands
		require.NoError(t, c.SendHint(ctx, want))
		select {
		case h := <-heard:
			return h == want
		case <-time.After(10 * time.Millisecond):
			return false
		}
	}, time.Minute, time.Millisecond)
	cancel()
	require.NoError(t, <-done)
}

func TestOpenHidesTheURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://:secret@host", "redis://:secret@host/x", "redis://:secret@%zz"} {
		_, err := redis.Open(url, redis.Options{})
		require.Equal(t, domain.Invalid, domain.KindOf(err), url)
		require.NotContains(t, err.Error(), "secret")
	}
}
