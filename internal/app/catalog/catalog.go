// Package catalog serves what a hungry person sees, and lets vendors and staff change it.
//
// Invariants:
//   - Every change of a vendor or its menu happens under the lock of the vendor's row, raises its version by one and appends
//     one event, in one transaction.
//   - Whoever is neither a member of a vendor nor staff learns nothing of one that is not approved: it is not found.
//   - Reads of approved vendors come from a cache of encoded answers that never shows, on the instance that made a change,
//     what was before it; on the others, only for as long as a hint is on its way (see Cache).
//
// Where things are: every change goes through do, in change.go. A vendor is in vendors, opening, closures, zone, pictures, members
// and turn; single things of its menu in categories, dishes, options, availability and languages; its whole menu in wholemenu,
// document and identities. What people read is in read, nearby and search, and the cache beneath that in cache, lists, floors, page,
// compress and counters.
package catalog

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// Options are what the catalogue works with besides the database.
type Options struct {
	Redis    *redis.Client         // nil: no second level, no hints
	Wake     func()                // called after a commit that appended an event; may be nil
	Logger   *slog.Logger          // may be nil
	Registry prometheus.Registerer // may be nil
	Now      func() time.Time      // nil: the clock
	Bytes    uint64                // most that the cache holds in this process; 0: 64 MiB
	// Pictures keeps an uploaded file as a picture and gives its key; nil where nobody uploads.
	Pictures func(ctx context.Context, upload []byte) (key string, err error)
}

// Service is the catalogue's use cases.
type Service struct {
	db    *postgres.DB
	cache *Cache
	now   func() time.Time
	wake  func()

	tongues  *tongues
	pictures func(ctx context.Context, upload []byte) (key string, err error)
}

// New makes the catalogue. Its cache trusts nothing until it is told that the feed is current.
func New(db *postgres.DB, o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Bytes == 0 {
		o.Bytes = defaultBytes
	}
	return &Service{db: db, cache: newCache(db, o), now: o.Now, wake: o.Wake, tongues: newTongues(), pictures: o.Pictures}
}

// Cache is the cache of this instance, for whoever hears of changes made elsewhere.
func (s *Service) Cache() *Cache { return s.cache }

// Hint takes the key of a hint about a vendor that another instance sent.
func (s *Service) Hint(key string) { s.cache.Hint(key) }

// VendorView is a vendor as its page shows it.
type VendorView struct {
	vendor.Profile
	Clock        vendor.Clock
	Paused, Busy bool
}

func (s *Service) view(p vendor.Profile) VendorView {
	now := s.now()
	return VendorView{p, p.ClockAt(now), p.Paused(now), p.Busy(now)}
}

// insider says whether an actor may know of a vendor that is not approved.
func insider(actor domain.Actor, vendorID domain.ID, role account.MemberRole) bool {
	return actor.Role.Staff() || role != "" && actor.Reaches(vendorID)
}

// Vendor reads a vendor as it is in the database. NotFound for what the actor may not know of.
func (s *Service) Vendor(ctx context.Context, actor domain.Actor, id domain.ID) (VendorView, error) {
	p, role, err := s.db.VendorFor(ctx, id, actor.ID)
	if err != nil {
		return VendorView{}, err
	}
	if p.Status != vendor.Approved && !insider(actor, id, role) {
		return VendorView{}, domain.Missing("vendor")
	}
	return s.view(p), nil
}

// Filter selects vendors for staff.
type Filter = postgres.StandingFilter

// All lists vendors of any standing for staff, newest first.
func (s *Service) All(ctx context.Context, f Filter) ([]VendorView, error) {
	profiles, err := s.db.Vendors(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]VendorView, len(profiles))
	for i, p := range profiles {
		out[i] = s.view(p)
	}
	return out, nil
}

// Mine gives the vendors that the actor works for, whatever their standing.
func (s *Service) Mine(ctx context.Context, actor domain.Actor) ([]VendorView, error) {
	profiles, err := s.db.VendorsOf(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	out := make([]VendorView, 0, len(profiles))
	for _, p := range profiles {
		if actor.Reaches(p.ID) {
			out = append(out, s.view(p))
		}
	}
	return out, nil
}
