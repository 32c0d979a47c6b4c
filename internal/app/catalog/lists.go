package catalog

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	// staleFor is for how long after it was last known to be right a list may be shown while it is made anew. Vendors' own
	// pages never are, and what is charged is never read from here.
	staleFor = 2 * time.Second
	// maxRenewals bounds the lists that are made anew at once while their readers are served what there is.
	maxRenewals = 4
)

// changes count those of any vendor, which is what lists depend on: made by this process, and heard of from others.
type changes struct{ here, elsewhere uint64 }

// list is a list of vendors in the cache.
type list struct {
	Page
	since    changes   // those before it was made
	expires  time.Time // when some vendor may open or close
	right    atomic.Int64
	renewing atomic.Bool
}

// fresh says whether a list is as good as one made now.
func (l *list) fresh(is changes, now time.Time) bool { return l.since == is && now.Before(l.expires) }

// seen notes, a few times a second, that the list is right.
func (l *list) seen(now time.Time) {
	const often = int64(staleFor / 20)
	if n := now.UnixNano(); n-l.right.Load() > often {
		l.right.Store(n)
	}
}

// presentable says whether a list that is not fresh may be shown: it was right a moment ago, and who changed something here
// since would miss nothing of their own.
func (l *list) presentable(is changes, now time.Time) bool {
	return l.since.here == is.here && now.UnixNano()-l.right.Load() < int64(staleFor)
}

// list gives a list of vendors: kept until any vendor changes, and at most until the minute ends, when some may open or
// close; from then on, and while nobody vouches for the feed, it is shown for a moment longer, while one flight makes it anew.
// Changes made by this process are seen at once. It may return ErrNotAtHand.
func (c *Cache) list(ctx context.Context, name string, build func(context.Context) ([]byte, error)) (Page, error) {
	now, is := c.now(), c.changes()
	if l, ok := c.lists.GetIfPresent(name); ok {
		switch {
		case l.fresh(is, now) && c.trusted(now):
			l.seen(now)
			c.count.lists.memory.Inc()
			return l.Page, nil
		case l.presentable(is, now):
			c.renew(ctx, l, name, is, build)
			c.count.lists.stale.Inc()
			return l.Page, nil
		}
	}
	if mustBeAtHand(ctx) {
		return Page{}, ErrNotAtHand
	}
	return c.flyList(ctx, name, is, build)
}

func (c *Cache) changes() changes { return changes{c.here.Load(), c.elsewhere.Load()} }

// flyList makes a list once for all who miss it after the same changes.
func (c *Cache) flyList(ctx context.Context, name string, is changes, build func(context.Context) ([]byte, error)) (Page, error) {
	flight := "list " + strconv.FormatUint(is.here, 36) + "." + strconv.FormatUint(is.elsewhere, 36) + " " + name
	return c.once(ctx, flight, c.count.lists, func(ctx context.Context) (Page, error) {
		now := c.now()
		if l, ok := c.lists.GetIfPresent(name); ok && l.fresh(is, now) && c.trusted(now) { // another flight has landed meanwhile
			c.count.lists.memory.Inc()
			return l.Page, nil
		}
		body, err := build(ctx)
		if err != nil {
			return Page{}, err
		}
		c.count.lists.postgres.Inc()
		l := &list{Page: pageOf(body, 0).compressed(), since: is, expires: now.Truncate(time.Minute).Add(time.Minute)}
		l.right.Store(now.UnixNano())
		c.lists.Set(name, l) // a late one takes a newer one's place, and is found not to be fresh
		return l.Page, nil
	})
}

// renew makes a list anew for those who come later. When that fails, or too many are under way, the next reader tries again.
func (c *Cache) renew(ctx context.Context, l *list, name string, is changes, build func(context.Context) ([]byte, error)) {
	if !l.renewing.CompareAndSwap(false, true) {
		return
	}
	select {
	case c.renewals <- struct{}{}:
	default:
		l.renewing.Store(false)
		return
	}
	go func() {
		defer func() {
			<-c.renewals
			l.renewing.Store(false)
		}()
		_, _ = c.flyList(context.WithoutCancel(ctx), name, is, build) // who needs the list and cannot wait for it gets the error
	}()
}
