package catalog_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/app/feed"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
	"github.com/zoop-dev/zoop/internal/worker"
)

// gate holds those who encode until it is opened.
type gate struct {
	entered, open chan struct{}
	once          sync.Once
	count         atomic.Int64
}

func newGate() *gate { return &gate{entered: make(chan struct{}), open: make(chan struct{})} }

func (g *gate) pass() {
	g.count.Add(1)
	g.once.Do(func() { close(g.entered) })
	<-g.open
}

func TestFiveHundredMissesAreOneLoad(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.dish(owner, v.ID, "Thali")
	for _, read := range []func(*gate) (catalog.Page, error){
		func(g *gate) (catalog.Page, error) {
			return b.MenuPage(b.ctx, anonymous, v.ID, "", func(m catalog.MenuView) ([]byte, error) { g.pass(); return encodeMenu(m) })
		},
		func(g *gate) (catalog.Page, error) {
			return b.VendorPage(b.ctx, anonymous, v.ID, func(v catalog.VendorView) ([]byte, error) { g.pass(); return encode(v) })
		},
		func(g *gate) (catalog.Page, error) {
			return b.Near(b.ctx, catalog.Query{Point: delhi, Limit: 20}, func(l []catalog.NearView, n string) ([]byte, error) { g.pass(); return encodeNear(l, n) })
		},
	} {
		g := newGate()
		var readers sync.WaitGroup
		var failed atomic.Int64
		tags := make([]string, 500)
		for i := range tags {
			readers.Go(func() {
				page, err := read(g)
				if err != nil {
					failed.Add(1)
				}
				tags[i] = page.ETag
			})
		}
		<-g.entered
		close(g.open)
		readers.Wait()
		require.Zero(t, failed.Load())
		require.EqualValues(t, 1, g.count.Load(), "loads")
		for _, tag := range tags {
			require.Equal(t, tags[0], tag)
		}
	}
}

// TestALoadThatBeganBeforeAChangeLeavesNothing changes a menu while an old one is on its way into the cache.
func TestALoadThatBeganBeforeAChangeLeavesNothing(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Thali")
	g, old := newGate(), make(chan catalog.Page)
	go func() {
		page, err := b.MenuPage(b.ctx, anonymous, v.ID, "", func(m catalog.MenuView) ([]byte, error) { g.pass(); return encodeMenu(m) })
		if err != nil {
			close(old)
			return
		}
		old <- page
	}()
	<-g.entered
	_, err := b.SetAvailable(b.ctx, owner, d.ID, 0, false, time.Time{})
	require.NoError(t, err)
	require.Empty(t, b.menu(v.ID).Names, "who asks after the change does not get what was loaded before it")
	close(g.open)
	before := decode[menuSeen](t, <-old)
	require.Equal(t, []string{"Thali"}, before.Names)
	now := b.menu(v.ID)
	require.Empty(t, now.Names, "the late load was not kept")
	require.Greater(t, now.Version, before.Version)

	// The same with the list, and with everything dropped at once.
	g = newGate()
	late := make(chan error)
	go func() {
		_, err := b.VendorPage(b.ctx, anonymous, v.ID, func(v catalog.VendorView) ([]byte, error) { g.pass(); return encode(v) })
		late <- err
	}()
	<-g.entered
	b.exec("UPDATE vendors SET name = 'Behind our back' WHERE id = $1", v.ID)
	b.Cache().Clear()
	close(g.open)
	require.NoError(t, <-late)
	require.Equal(t, "Behind our back", b.page(v.ID).Name)
}

func TestALateHintDropsNothingNewer(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.dish(owner, v.ID, "Thali")
	now := b.menu(v.ID)
	b.exec("UPDATE vendors SET version = version + 1 WHERE id = $1", v.ID) // only a new load would see it
	for version := range now.Version + 1 {
		b.Cache().Records([]domain.Record{{Subject: domain.SubjectVendor, SubjectID: v.ID, Version: version}})
	}
	b.Hint("not a hint")
	require.Equal(t, now.Version, b.menu(v.ID).Version)
	b.Cache().Invalidate(v.ID, now.Version+1)
	require.Equal(t, now.Version+1, b.menu(v.ID).Version)
}

// TestWithoutTheFeedsWordVersionsAreCompared lets the database change behind a cache that nobody tells anything.
func TestWithoutTheFeedsWordVersionsAreCompared(t *testing.T) {
	b := setup(t)
	v, _ := b.vendor()
	first := b.page(v.ID)
	b.nanos.Add(int64(time.Second))
	b.exec("UPDATE vendors SET name = 'Renamed', version = version + 1 WHERE id = $1", v.ID)
	require.Equal(t, first.Name, b.page(v.ID).Name, "the word still holds, and was broken")
	b.nanos.Add(int64(300 * time.Millisecond))
	require.Equal(t, "Renamed", b.page(v.ID).Name, "the word ended after a second and a quarter")
	b.exec("UPDATE vendors SET name = 'Again', version = version + 1 WHERE id = $1", v.ID)
	require.Equal(t, "Again", b.page(v.ID).Name)
	b.exec("UPDATE vendors SET status = 'suspended', version = version + 1 WHERE id = $1", v.ID)
	_, err := b.VendorPage(b.ctx, anonymous, v.ID, encode[catalog.VendorView])
	requireKind(t, domain.NotFound, err)
	require.Empty(t, b.near(catalog.Query{Point: delhi}).IDs)
}

func TestAReaderWhoGivesUpDoesNotEndTheLoad(t *testing.T) {
	b := setup(t)
	v, _ := b.vendor()
	g := newGate()
	ctx, cancel := context.WithCancel(b.ctx)
	gaveUp := make(chan error)
	go func() {
		_, err := b.VendorPage(ctx, anonymous, v.ID, func(v catalog.VendorView) ([]byte, error) { g.pass(); return encode(v) })
		gaveUp <- err
	}()
	<-g.entered
	cancel()
	require.ErrorIs(t, <-gaveUp, context.Canceled)
	close(g.open)
	require.Equal(t, v.ID, b.page(v.ID).ID)
}

// instance is a whole process's share of the catalogue: its own cache, Redis client, relay, feed and hints.
func instance(t *testing.T, url, redisURL string) *bundle {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	rdb, err := redis.Open(redisURL, redis.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = rdb.Close() })
	wake := func() {}
	b := open(t, url, catalog.Options{Redis: rdb, Now: time.Now, Wake: func() { wake() }})
	relay, follow := worker.NewRelay(b.db, rdb, log, nil), feed.New(b.db, rdb, log, nil)
	wake = relay.Wake
	current := make(chan struct{}, 1)
	follow.Attach(feed.Sink{
		Records: b.Cache().Records,
		Reset:   func(string, int64) { b.Cache().Clear() },
		Current: func(yes bool) {
			b.Cache().Current(yes)
			select {
			case current <- struct{}{}:
			default:
			}
		},
	})
	ctx, cancel := context.WithCancel(b.ctx)
	var loops sync.WaitGroup
	loops.Go(func() { _ = relay.Run(ctx) })
	loops.Go(func() { _ = follow.Run(ctx) })
	loops.Go(func() { _ = rdb.FollowHints(ctx, func(h redis.Hint) { b.Hint(h.Key) }) })
	t.Cleanup(func() { cancel(); loops.Wait() })
	select {
	case <-current:
	case <-b.ctx.Done():
		require.NoError(t, b.ctx.Err(), "the feed never said a word")
	}
	return b
}

func TestAChangeOnOneInstanceIsSeenOnTheOther(t *testing.T) {
	t.Parallel()
	url, server := dbtest.URL(t), dbtest.OwnRedis(t)
	one, two := instance(t, url, server.URL()), instance(t, url, server.URL())
	v, owner := one.vendor()
	d := one.dish(owner, v.ID, "Thali")
	turn := func(what string) {
		var worst time.Duration
		for i := range 20 {
			writer, reader := one, two
			if i%2 == 1 {
				writer, reader = two, one
			}
			reader.menu(v.ID) // it is cached now
			available := i%2 == 1
			_, err := writer.SetAvailable(writer.ctx, owner, d.ID, 0, available, time.Time{})
			require.NoError(t, err)
			require.Equal(t, available, len(writer.menu(v.ID).Names) == 1, "%s: the writer's own instance, at once", what)
			start := time.Now()
			require.Eventually(t, func() bool { return available == (len(reader.menu(v.ID).Names) == 1) },
				time.Minute, 100*time.Microsecond, "%s: the other instance, and long before the page is too old", what)
			worst = max(worst, time.Since(start))
		}
		t.Logf("%s: seen on the other instance after at most %v", what, worst.Round(10*time.Microsecond))
	}
	turn("with Redis")
	server.Kill()
	turn("Redis killed")
	server.Restart()
	turn("Redis back, and empty")
}

// TestLine14ALateLoadResurrectsNothing keeps a load of an old menu on one process until all have heard that it is old.
func TestLine14ALateLoadResurrectsNothing(t *testing.T) {
	t.Parallel()
	url, server := dbtest.URL(t), dbtest.OwnRedis(t)
	one, two, three := instance(t, url, server.URL()), instance(t, url, server.URL()), instance(t, url, server.URL())
	v, owner := one.vendor()
	d := one.dish(owner, v.ID, "Thali")
	for _, b := range []*bundle{two, three} { // until they have heard of the dish
		require.Eventually(t, func() bool { return len(b.menu(v.ID).Names) == 1 }, time.Minute, time.Millisecond)
		b.Cache().Clear()
	}
	server.Restart() // so that the menu is not taken from there
	g, old := newGate(), make(chan error)
	go func() {
		_, err := two.MenuPage(two.ctx, anonymous, v.ID, "", func(m catalog.MenuView) ([]byte, error) { g.pass(); return encodeMenu(m) })
		old <- err
	}()
	<-g.entered
	_, err := one.SetAvailable(one.ctx, owner, d.ID, 0, false, time.Time{})
	require.NoError(t, err)
	sold := func(b *bundle) bool { // whoever still joins the old load gives up
		ctx, cancel := context.WithTimeout(b.ctx, 500*time.Millisecond)
		defer cancel()
		page, err := b.MenuPage(ctx, anonymous, v.ID, "", encodeMenu)
		return err == nil && len(decode[menuSeen](t, page).Names) == 0
	}
	for _, b := range []*bundle{one, two, three} {
		require.Eventually(t, func() bool { return sold(b) }, time.Minute, time.Millisecond)
	}
	close(g.open)
	require.NoError(t, <-old)
	for _, b := range []*bundle{one, two, three} {
		require.Empty(t, b.menu(v.ID).Names, "in memory")
		b.Cache().Clear()
		require.Empty(t, b.menu(v.ID).Names, "in Redis")
	}
}

// TestRedisHoldsPagesByVersion has a second process take the first one's page, and a liar's page of an old version.
func TestRedisHoldsPagesByVersion(t *testing.T) {
	t.Parallel()
	url, redisURL := dbtest.URL(t), dbtest.Redis(t)
	rdb, err := redis.Open(redisURL, redis.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = rdb.Close() })
	one, two := open(t, url, catalog.Options{Redis: rdb}), open(t, url, catalog.Options{Redis: rdb})
	v, owner := one.vendor()
	d := one.dish(owner, v.ID, "Thali")
	require.Equal(t, []string{"Thali"}, one.menu(v.ID).Names)
	page, err := two.MenuPage(two.ctx, anonymous, v.ID, "", func(catalog.MenuView) ([]byte, error) {
		t.Error("built again though Redis has it")
		return nil, nil
	})
	require.NoError(t, err)
	require.Equal(t, []string{"Thali"}, decode[menuSeen](t, page).Names)
	_, err = one.SetAvailable(one.ctx, owner, d.ID, 0, false, time.Time{})
	require.NoError(t, err)
	require.Empty(t, two.menu(v.ID).Names, "a page of the version before is in Redis, and is not asked for")
}

// A rating that moves makes its vendor's pages anew, and leaves the lists of all vendors as they are until their minute ends.
func TestARatingDoesNotMakeListsAnew(t *testing.T) {
	b := setup(t)
	v, _ := b.vendor()
	page := func() (version int, rating float64) {
		p, err := b.VendorPage(b.ctx, anonymous, v.ID, func(v catalog.VendorView) ([]byte, error) { return encode(v) })
		require.NoError(t, err)
		shown := decode[catalog.VendorView](t, p)
		return shown.Version, shown.RatingAverage
	}
	made := 0
	list := func() float64 {
		p, err := b.Near(b.ctx, catalog.Query{Point: delhi, Limit: 20}, func(l []catalog.NearView, _ string) ([]byte, error) { made++; return encode(l) })
		require.NoError(t, err)
		return decode[[]catalog.NearView](t, p)[0].RatingAverage
	}
	_, rating := page()
	require.Zero(t, rating)
	require.Zero(t, list())
	b.exec("UPDATE vendors SET rating_average = 4.2, rating_count = 9, version = version + 1 WHERE id = $1", v.ID)
	b.Cache().Records([]domain.Record{{Subject: domain.SubjectVendor, SubjectID: v.ID, Version: v.Version + 1, Type: domain.EventVendorRated}})
	version, rating := page()
	require.Equal(t, v.Version+1, version)
	require.InDelta(t, 4.2, rating, 0)
	require.Zero(t, list())
	require.Equal(t, 1, made)
	b.pass(time.Minute)
	require.InDelta(t, 4.2, list(), 0)
}

// TestPagesOfAllLanguagesAreKept reads the menus of a dozen vendors, each translated to seven languages of its own.
func TestPagesOfAllLanguagesAreKept(t *testing.T) {
	b := setup(t)
	others := strings.Fields(`af am ar az be bg bn bs ca cs cy da de el es et eu fa fi fr ga gl gu ha hr hu hy id ig is it ja ka kk km kn ko ky
		lo lt lv mk ml mn mr ms mt my ne nl or pa pl ps pt ro ru sd si sk sl so sq sr sv sw ta te tg th ti tk tr tt ug uk ur uz vi wo xh yo zh zu`)
	read := func(ctx context.Context, v catalog.VendorView, language string) (catalog.Page, error) {
		return b.MenuPage(ctx, anonymous, v.ID, language, encodeMenu)
	}
	require.GreaterOrEqual(t, len(others), 84)
	for its := range slices.Chunk(others[:84], 7) {
		v, owner := b.vendor()
		mine := append([]string{"en"}, its...)
		_, err := b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{Languages: mine})
		require.NoError(t, err)
		for _, language := range mine[1:] {
			made, err := read(b.ctx, v, language)
			require.NoError(t, err)
			require.Equal(t, language, made.Language)
			kept, err := read(catalog.AtHand(b.ctx), v, language)
			require.NoError(t, err, language)
			require.Equal(t, made, kept)
		}
		b.dish(owner, v.ID, "Dosa")
		for _, language := range mine[1:] {
			_, err := read(catalog.AtHand(b.ctx), v, language)
			require.ErrorIs(t, err, catalog.ErrNotAtHand, "a change drops the pages in all languages")
			made, err := read(b.ctx, v, language)
			require.NoError(t, err)
			require.Equal(t, []string{"Dosa"}, decode[menuSeen](t, made).Names)
		}
	}
}
