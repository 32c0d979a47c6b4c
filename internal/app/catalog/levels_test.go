package catalog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
)

// counted is a catalogue whose numbers are read.
func counted(t *testing.T, o catalog.Options) (*bundle, *prometheus.Registry) {
	t.Helper()
	t.Parallel()
	reg := prometheus.NewRegistry()
	o.Registry = reg
	b := open(t, dbtest.URL(t), o)
	b.Cache().Current(true)
	return b, reg
}

// number reads one, 0 when it is not there; labels are "page memory", in the order of their names.
func number(t *testing.T, reg *prometheus.Registry, name, labels string) float64 {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var values []string
			for _, l := range m.GetLabel() {
				values = append(values, l.GetValue())
			}
			if f.GetName() == name && strings.Join(values, " ") == labels {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

func reads(t *testing.T, reg *prometheus.Registry, of, from string) int {
	t.Helper()
	return int(number(t, reg, "zoop_catalog_reads_total", from+" "+of))
}

// filling makes a body that looks like a menu, of about a size.
func filling(size int) []byte {
	var body bytes.Buffer
	for body.Len() < size {
		fmt.Fprintf(&body, `{"id":%d,"name":"Dish","description":"Slowly cooked","price":{"amount":%d,"currency":"INR"}},`, rand.Uint64(), rand.N(100_000))
	}
	body.Truncate(size)
	return body.Bytes()
}

func unzip(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	return body
}

func TestAPageHasTwoForms(t *testing.T) {
	b, reg := counted(t, catalog.Options{})
	v, _ := b.vendor()
	size := 100_000
	read := func() catalog.Page {
		page, err := b.MenuPage(b.ctx, anonymous, v.ID, "", func(catalog.MenuView) ([]byte, error) { return filling(size), nil })
		require.NoError(t, err)
		return page
	}
	page := read()
	require.Len(t, page.Body, size)
	require.Less(t, len(page.Gzip), size*3/4)
	require.Equal(t, page.Body, unzip(t, page.Gzip))
	require.Equal(t, strings.TrimSuffix(page.ETag, `"`)+`-gzip"`, page.GzipETag)
	require.Equal(t, page, read(), "both are kept")
	require.Eventually(t, func() bool { // the cache counts a little later
		return math.Abs(number(t, reg, "zoop_catalog_cache_bytes", "page")-float64(size+len(page.Gzip))) < 1000
	}, time.Minute, 5*time.Millisecond, "both are counted")

	size = 200
	b.Cache().Clear()
	page = read()
	require.Nil(t, page.Gzip, "it is not worth it")
	require.Empty(t, page.GzipETag)
}

// TestTheCacheIsBounded reads ten times as much as it may hold, pages and lists.
func TestTheCacheIsBounded(t *testing.T) {
	const most = 1 << 20
	b, reg := counted(t, catalog.Options{Bytes: most})
	v, _ := b.vendor()
	for i := range 500 {
		id := domain.ID{15: byte(i), 14: byte(i >> 8)}
		b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, status)
			SELECT $1, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, status FROM vendors WHERE id = $2`, id, v.ID)
		b.Cache().Current(true)
		page, err := b.MenuPage(b.ctx, anonymous, id, "", func(catalog.MenuView) ([]byte, error) { return filling(12_000), nil })
		require.NoError(t, err)
		require.NotNil(t, page.Gzip)
		_, err = b.Near(b.ctx, catalog.Query{Point: domain.Point{Lat: 10, Lng: float64(i) / 10}, Limit: 1},
			func([]catalog.NearView, string) ([]byte, error) { return filling(12_000), nil })
		require.NoError(t, err)
		// What was just put in may be there for a moment before something else makes room.
		held := number(t, reg, "zoop_catalog_cache_bytes", "page") + number(t, reg, "zoop_catalog_cache_bytes", "list")
		require.Less(t, held, float64(most+most/10))
	}
	require.Positive(t, number(t, reg, "zoop_catalog_cache_evictions_total", "page"))
	require.Positive(t, number(t, reg, "zoop_catalog_cache_evictions_total", "list"))
	require.Less(t, number(t, reg, "zoop_catalog_cache_entries", "page"), 100.0)
}

// TestAListMayBeAMomentOld changes a vendor elsewhere, and here.
func TestAListMayBeAMomentOld(t *testing.T) {
	b, reg := counted(t, catalog.Options{})
	v, owner := b.vendor()
	near := func() int { return len(b.near(catalog.Query{Point: delhi}).IDs) }
	require.Equal(t, 1, near())
	require.Equal(t, 1, near())
	require.Equal(t, 1, reads(t, reg, "list", "memory"))

	// Elsewhere: what there is is shown, and made anew behind it.
	b.exec("UPDATE vendors SET status = 'suspended', version = version + 1 WHERE id = $1", v.ID)
	b.Cache().Invalidate(v.ID, v.Version+1)
	require.Equal(t, 1, near(), "a moment old")
	require.Eventually(t, func() bool { return near() == 0 }, time.Minute, time.Millisecond)
	require.Positive(t, reads(t, reg, "list", "stale"))
	loads := reads(t, reg, "list", "postgres")
	require.Equal(t, 2, loads)

	// What was last right too long ago is not shown.
	b.exec("UPDATE vendors SET status = 'approved', version = version + 1 WHERE id = $1", v.ID)
	b.pass(2 * time.Second)
	b.Cache().Invalidate(v.ID, v.Version+2)
	require.Equal(t, 1, near(), "two seconds are too old")
	require.Equal(t, loads+1, reads(t, reg, "list", "postgres"))

	// Here: at once.
	_, err := b.Pause(b.ctx, owner, v.ID, 0, 30, "Sold out")
	require.NoError(t, err)
	require.Empty(t, b.near(catalog.Query{Point: delhi, OpenNow: true}).IDs)
	require.Equal(t, 1, near())
	_, err = b.Suspend(b.ctx, admin, v.ID, 0, "Rats")
	require.NoError(t, err)
	require.Zero(t, near(), "who changed it sees it")

	// When the minute ends, vendors may have opened: the same. Who asks after a longer while waits.
	rest := time.Minute - time.Duration(b.now().UnixNano()%int64(time.Minute))
	b.pass(rest - time.Second)
	near()
	stale := reads(t, reg, "list", "stale")
	b.pass(time.Second)
	near()
	require.Equal(t, stale+1, reads(t, reg, "list", "stale"))
	b.pass(time.Hour)
	near()
	require.Equal(t, stale+1, reads(t, reg, "list", "stale"))
}

// TestARenewalThatFailsIsTriedAgain keeps showing the list meanwhile.
func TestARenewalThatFailsIsTriedAgain(t *testing.T) {
	b, _ := counted(t, catalog.Options{})
	v, _ := b.vendor()
	q := catalog.Query{Point: delhi, Limit: 1}
	answers := make(chan func() ([]byte, error))
	ask := func(ctx context.Context) (string, error) {
		page, err := b.Near(ctx, q, func([]catalog.NearView, string) ([]byte, error) { return (<-answers)() })
		return string(page.Body), err
	}
	say := func(text string, err error) func() ([]byte, error) {
		return func() ([]byte, error) { return []byte(text), err }
	}
	go func() { answers <- say("first", nil) }()
	text, err := ask(b.ctx)
	require.NoError(t, err)
	require.Equal(t, "first", text)
	_, err = ask(catalog.AtHand(b.ctx))
	require.NoError(t, err)

	b.Cache().Invalidate(v.ID, v.Version+1)
	text, err = ask(catalog.AtHand(b.ctx)) // nobody waits for the renewal, which waits for us
	require.NoError(t, err)
	require.Equal(t, "first", text)
	answers <- say("", errors.New("broken"))
	require.Eventually(t, func() bool {
		text, err := ask(b.ctx)
		require.NoError(t, err)
		require.Equal(t, "first", text)
		select {
		case answers <- say("second", nil):
			return true
		default:
			return false
		}
	}, time.Minute, time.Millisecond, "another renewal begins")
	require.Eventually(t, func() bool { text, err := ask(catalog.AtHand(b.ctx)); return err == nil && text == "second" }, time.Minute, time.Millisecond)
}

func TestWhatIsNotAtHand(t *testing.T) {
	b, reg := counted(t, catalog.Options{})
	v, _ := b.vendor()
	reading := catalog.AtHand(b.ctx)
	both := func() (menu, list error) {
		_, menu = b.MenuPage(reading, anonymous, v.ID, "", encodeMenu)
		_, list = b.Near(reading, catalog.Query{Point: delhi, Limit: 100}, encodeNear)
		return menu, list
	}
	absent := func(why string) {
		t.Helper()
		menu, list := both()
		require.ErrorIs(t, menu, catalog.ErrNotAtHand, why)
		require.ErrorIs(t, list, catalog.ErrNotAtHand, why)
	}
	absent("nothing is in memory")
	b.menu(v.ID)
	b.near(catalog.Query{Point: delhi})
	menu, list := both()
	require.NoError(t, menu)
	require.NoError(t, list)
	b.Cache().Current(false)
	menu, list = both()
	require.ErrorIs(t, menu, catalog.ErrNotAtHand, "nobody vouches for it")
	require.NoError(t, list, "it may be a moment old")
	b.nanos.Add(int64(2 * time.Second))
	require.Eventually(t, func() bool { return reads(t, reg, "list", "postgres") == 2 }, time.Minute, time.Millisecond, "it is made anew")
	b.nanos.Add(int64(2 * time.Second))
	absent("nobody vouches for it, and the list is too old")
	b.Cache().Current(true)
	b.Cache().Clear()
	absent("everything was dropped")
	require.Equal(t, 1, reads(t, reg, "page", "postgres"))
	require.Equal(t, 2, reads(t, reg, "list", "postgres"))
}

// TestRedisHoldsThePackedForm looks at what one process leaves for the others.
func TestRedisHoldsThePackedForm(t *testing.T) {
	rdb, err := redis.Open(dbtest.Redis(t), redis.Options{QuickTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { _ = rdb.Close() })
	one, _ := counted(t, catalog.Options{Redis: rdb})
	v, _ := one.vendor()
	for _, size := range []int{100_000, 100} {
		one.Cache().Clear()
		one.exec("UPDATE vendors SET version = version + 1 WHERE id = $1", v.ID)
		made, err := one.MenuPage(one.ctx, anonymous, v.ID, "", func(catalog.MenuView) ([]byte, error) { return filling(size), nil })
		require.NoError(t, err)
		one.Cache().Clear()
		taken, err := one.MenuPage(one.ctx, anonymous, v.ID, "", func(catalog.MenuView) ([]byte, error) { return nil, errors.New("made again") })
		require.NoError(t, err)
		require.Equal(t, made, taken, fmt.Sprint(size))
	}
}
