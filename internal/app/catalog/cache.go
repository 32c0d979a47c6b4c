package catalog

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

const (
	defaultBytes = 64 << 20
	loadTimeout  = 5 * time.Second
	maxAge       = 5 * time.Minute  // in this process, whatever else holds
	sharedAge    = 10 * time.Minute // in Redis
	// entryWeight is about what an entry costs besides its body.
	entryWeight = 512
)

// Cache keeps encoded pages of approved vendors: in this process, behind that in Redis by vendor and version.
//
// A page is dropped when its vendor changes, which the cache hears of three times: from the write itself, on the instance
// that made it, before the writer has its answer; from a hint over Redis; and from the event feed, which misses nothing.
// A load that began before a change it has not seen is neither kept nor handed to anybody who asked after it: every load
// belongs to the floor (the lowest version allowed) that was known when it began.
//
// Lists of vendors are kept beside them, in this process only; see list.
//
// While nobody vouches that the feed is current (Current), each read compares versions with Postgres first: slower, as right.
type Cache struct {
	db       *postgres.DB
	redis    *redis.Client
	log      *slog.Logger
	now      func() time.Time
	pages    *otter.Cache[key, *entry]
	lists    *otter.Cache[string, *list]
	renewals chan struct{} // a place for each that is under way
	flights  singleflight.Group
	floors   floors
	era      atomic.Uint64 // counts the times that everything was dropped
	// here and elsewhere count changes of any vendor; see changes.
	here, elsewhere atomic.Uint64
	trustedUntil    atomic.Int64 // Unix nanoseconds
	count           counters
}

func newCache(db *postgres.DB, o Options) *Cache {
	c := &Cache{
		db: db, redis: o.Redis, log: o.Logger, now: o.Now, floors: floors{now: o.Now}, renewals: make(chan struct{}, maxRenewals),
		count: newCounters(o.Registry),
	}
	c.pages = otter.Must(&otter.Options[key, *entry]{
		MaximumWeight: o.Bytes / 4 * 3, Weigher: func(_ key, e *entry) uint32 { return e.weight() },
		OnAtomicDeletion: func(e otter.DeletionEvent[key, *entry]) {
			if e.WasEvicted() {
				c.count.pages.evicted.Inc()
			}
		},
	})
	c.lists = otter.Must(&otter.Options[string, *list]{
		MaximumWeight: o.Bytes / 4, Weigher: func(k string, l *list) uint32 { return l.weight() + uint32(len(k)) }, //nolint:gosec // short
		ExpiryCalculator: otter.ExpiryWriting[string, *list](time.Minute + staleFor),
		OnAtomicDeletion: func(e otter.DeletionEvent[string, *list]) {
			if e.WasEvicted() {
				c.count.lists.evicted.Inc()
			}
		},
	})
	if o.Registry != nil {
		watch(o.Registry, "page", c.pages)
		watch(o.Registry, "list", c.lists)
	}
	return c
}

// lease is for how long the feed's word is taken, which it gives twice a second.
const lease = 1250 * time.Millisecond

// Current takes the feed's word: with true that every change until a moment ago has been given to Records, with false that
// it may be late. Reads are served without asking Postgres only for lease after a true.
func (c *Cache) Current(yes bool) {
	until := int64(0)
	if yes {
		until = c.now().Add(lease).UnixNano()
	}
	c.trustedUntil.Store(until)
}

// Invalidate drops what is older than a version of a vendor, which another process has changed. It does not block; telling
// it twice costs nothing.
func (c *Cache) Invalidate(vendorID domain.ID, version int) {
	c.floors.raise(vendorID, version, func() {
		c.drop(vendorID, version)
		c.elsewhere.Add(1)
	})
}

// drop drops a vendor's pages below a version, and with those in its own language the others (see key).
func (c *Cache) drop(vendorID domain.ID, version int) {
	for kind := range kinds {
		k := key{kind: kind, id: vendorID}
		if e, ok := c.pages.GetIfPresent(k); ok && e.version < version {
			c.pages.Invalidate(k)
		}
	}
}

// Clear drops everything, for when changes may have been missed.
func (c *Cache) Clear() {
	c.era.Add(1)
	for i := range c.floors.shards { // whoever is keeping a page of the era before has done so when we come by
		s := &c.floors.shards[i]
		s.mu.Lock()
		s.mu.Unlock() //nolint:staticcheck // the point is to have waited
	}
	c.pages.InvalidateAll()
	c.here.Add(1)
}

// Records takes what the feed delivers. A rating that has moved, which somewhere one always has, drops its vendor's pages and
// no lists: they show it when their minute ends.
func (c *Cache) Records(records []domain.Record) {
	for _, r := range records {
		switch {
		case r.Subject != domain.SubjectVendor:
		case r.Type == domain.EventVendorRated:
			c.floors.raise(r.SubjectID, r.Version, func() { c.drop(r.SubjectID, r.Version) })
		default:
			c.Invalidate(r.SubjectID, r.Version)
		}
	}
}

// Hint takes the key of a hint about a vendor; one that it cannot read is ignored.
func (c *Cache) Hint(hint string) {
	id, version, _ := strings.Cut(hint, "/")
	vendorID, err := domain.ParseID(id)
	n, nerr := strconv.Atoi(version)
	if err == nil && nerr == nil {
		c.Invalidate(vendorID, n)
	}
}

// changed is called on the instance that made a change, after the commit and before the answer.
func (c *Cache) changed(ctx context.Context, vendorID domain.ID, version int) {
	c.floors.raise(vendorID, version, func() { c.drop(vendorID, version) })
	c.here.Add(1) // also when the feed was quicker than we: who made the change sees it in lists, too
	if c.redis == nil {
		return
	}
	hint := redis.Hint{Kind: redis.HintVendor, Key: vendorID.String() + "/" + strconv.Itoa(version)}
	if err := c.redis.SendHint(context.WithoutCancel(ctx), hint); err != nil { // the others hear of it from the feed, a little later
		c.log.DebugContext(ctx, "hint not sent", logkey.Vendor, vendorID, logkey.Error, err.Error())
	}
}

// errPrivate says that a vendor is not approved: its pages depend on who asks, so they are not cached.
var errPrivate = errors.New("vendor is not approved")

// ErrNotAtHand says that an answer is not in the memory of this process, or may be old.
var ErrNotAtHand = errors.New("not at hand")

type atHand struct{}

// AtHand makes the reads under a context give what is in the memory of this process, without waiting for anything, or
// ErrNotAtHand.
func AtHand(ctx context.Context) context.Context { return context.WithValue(ctx, atHand{}, true) }

func mustBeAtHand(ctx context.Context) bool { return ctx.Value(atHand{}) != nil }

// builder makes a page from the database: the body, the vendor as it was when the page was true, and when the page
// changes by itself (zero: never).
type builder func(ctx context.Context) (body []byte, p vendor.Profile, until time.Time, err error)

// page gives a vendor's page of at least a version, from the nearest place that has it. It returns errPrivate, and NotFound.
func (c *Cache) page(ctx context.Context, k key, least int, build builder) (Page, error) {
	e, held := c.pages.GetIfPresent(k)
	now := c.now()
	held = held && now.Before(e.expires) && e.version >= least
	trusted := c.trusted(now)
	if mustBeAtHand(ctx) && !(held && trusted) {
		return Page{}, ErrNotAtHand
	}
	if !trusted {
		version, status, err := c.db.VendorState(ctx, k.id)
		switch {
		case err != nil:
			return Page{}, err
		case status != vendor.Approved:
			return Page{}, errPrivate
		}
		held, least = held && e.version >= version, max(least, version)
	}
	if held {
		c.count.pages.memory.Inc()
		return e.Page, nil
	}
	return c.fly(ctx, k, max(least, c.floors.least(k.id)), build)
}

func (c *Cache) trusted(now time.Time) bool { return now.UnixNano() < c.trustedUntil.Load() }

// fly loads a page once for all who miss it at the same floor.
func (c *Cache) fly(ctx context.Context, k key, least int, build builder) (Page, error) {
	era := c.era.Load()
	name := strconv.Itoa(int(k.kind)) + k.language + " " + string(k.id[:]) + strconv.Itoa(least) + "." + strconv.FormatUint(era, 36)
	return c.once(ctx, name, c.count.pages, func(ctx context.Context) (Page, error) {
		// A flight may have landed between this caller's look and its own.
		if e, ok := c.pages.GetIfPresent(k); ok && c.now().Before(e.expires) && e.version >= least {
			c.count.pages.memory.Inc()
			return e.Page, nil
		}
		e, err := c.load(ctx, k, build)
		if err != nil {
			return Page{}, err
		}
		c.floors.unlessBelow(k.id, e.version, func() {
			if c.era.Load() == era {
				c.pages.Set(k, &e)
			}
		})
		return e.Page, nil
	})
}

// once runs work of one name once at a time; the work outlives a caller that gives up. Whoever shares what another has begun
// is counted here.
func (c *Cache) once(ctx context.Context, name string, of sources, work func(context.Context) (Page, error)) (Page, error) {
	mine := false // written before our own flight's result is sent
	result := c.flights.DoChan(name, func() (any, error) {
		mine = true
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		return work(ctx)
	})
	select {
	case <-ctx.Done():
		return Page{}, ctx.Err()
	case r := <-result:
		if r.Err != nil {
			return Page{}, r.Err
		}
		if !mine {
			of.flight.Inc()
		}
		return r.Val.(Page), nil
	}
}

// load asks Postgres which version is current, then Redis for that version's page, and only then builds it.
func (c *Cache) load(ctx context.Context, k key, build builder) (entry, error) {
	version, status, err := c.db.VendorState(ctx, k.id)
	if err != nil {
		return entry{}, err
	}
	if status != vendor.Approved {
		return entry{}, errPrivate
	}
	if e, ok := c.shared(ctx, k, version); ok {
		c.count.pages.redis.Inc()
		return e, nil
	}
	now := c.now()
	body, p, until, err := build(ctx)
	if err != nil {
		return entry{}, err
	}
	if p.Status != vendor.Approved {
		return entry{}, errPrivate
	}
	c.count.pages.postgres.Inc()
	e := entry{vendorPage(body, p).compressed(), expiry(now, until)}
	if c.redis != nil {
		c.redis.Set(ctx, sharedKey(k, p.Version), e.pack(), min(sharedAge, e.expires.Sub(now)))
	}
	return e, nil
}

func (c *Cache) shared(ctx context.Context, k key, version int) (entry, bool) {
	if c.redis == nil {
		return entry{}, false
	}
	packed, ok := c.redis.Get(ctx, sharedKey(k, version))
	if !ok {
		return entry{}, false
	}
	e, ok := unpack(packed, version)
	return e, ok && c.now().Before(e.expires)
}

// expiry is when a page made now must be made again: when it changes by itself, or at the next multiple of maxAge, on
// which every change of daylight saving time falls.
func expiry(now, until time.Time) time.Time {
	end := now.Truncate(maxAge).Add(maxAge)
	if !until.IsZero() && until.Before(end) {
		return until
	}
	return end
}
