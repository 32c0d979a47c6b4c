// Package catalog serves what a hungry person sees, and lets vendors and staff change it.
//
// Invariants:
//   - Every change of a vendor or its menu happens under the lock of the vendor's row, raises its version by one and appends
//     one event, in one transaction.
//   - Whoever is neither a member of a vendor nor staff learns nothing of one that is not approved: it is not found.
//   - Reads of approved vendors come from a cache of encoded answers that never shows, on the instance that made a change,
//     what was before it; on the others, only for as long as a hint is on its way (see Cache).
package catalog

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/redis"
)

// Deps are what the catalogue works with. Only DB is needed.
type Deps struct {
	DB       *postgres.DB
	Redis    *redis.Client         // nil: no second level, no hints
	Now      func() time.Time      // nil: the clock
	Log      *slog.Logger          // nil: silent
	Registry prometheus.Registerer // nil: uncounted
	Wake     func()                // called after a commit that appended an event; nil: nobody waits
	Bytes    uint64                // most that the cache holds in this process; 0: 64 MiB
}

// Service is the catalogue's use cases.
type Service struct {
	db    *postgres.DB
	cache *Cache
	now   func() time.Time
	wake  func()
}

// New makes the catalogue. Its cache trusts nothing until Trust is called.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Wake == nil {
		d.Wake = func() {}
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Bytes == 0 {
		d.Bytes = defaultBytes
	}
	return &Service{db: d.DB, cache: newCache(d), now: d.Now, wake: d.Wake}
}

// Cache is the cache of this instance, for whoever hears of changes made elsewhere.
func (s *Service) Cache() *Cache { return s.cache }

// VendorView is a vendor as its page shows it.
type VendorView struct {
	vendor.Profile
	Clock vendor.Clock
}

func (s *Service) view(p vendor.Profile) VendorView {
	return VendorView{p, p.ClockAt(s.now())}
}

// insider says whether an actor may know of a vendor that is not approved.
func insider(actor domain.Actor, memberRole string) bool {
	return actor.Role.Staff() || memberRole != ""
}

// Vendor reads a vendor as it is in the database. NotFound for what the actor may not know of.
func (s *Service) Vendor(ctx context.Context, actor domain.Actor, id domain.ID) (VendorView, error) {
	p, role, err := s.db.VendorFor(ctx, id, actor.ID)
	if err != nil {
		return VendorView{}, err
	}
	if p.Status != vendor.Approved && !insider(actor, role) {
		return VendorView{}, domain.Missing("vendor")
	}
	return s.view(p), nil
}

// Mine gives the vendors that the actor works for, whatever their standing.
func (s *Service) Mine(ctx context.Context, actor domain.Actor) ([]VendorView, error) {
	profiles, err := s.db.VendorsOf(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	out := make([]VendorView, len(profiles))
	for i, p := range profiles {
		out[i] = s.view(p)
	}
	return out, nil
}
