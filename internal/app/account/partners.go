package account

import (
	"context"
	"crypto/subtle"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Bounds of what an instance remembers of API keys.
const (
	keysHeld      = 10_000           // at most; past it those that have to be looked up wait for their turn
	keyIdle       = 10 * time.Minute // unused for so long, a key is forgotten
	keyStale      = rules.AccessTTL  // for so long a key is believed that Postgres does not confirm, as sessions are
	lookUpsSecond = 50               // of keys that are not known; anybody can invent one
	useEvery      = time.Minute
)

// errKey is the one answer to a key that opens nothing, whatever the reason.
var errKey = domain.Errorf(domain.Unauthenticated, "auth.key", "the API key is not valid: it was revoked, rotated, has expired, whoever made it may make none any more, or it never was")

// partners are the API keys that were used here lately. Every second all of them are read again, in one round trip: so a key
// ends within about a second, whatever the reason.
type partners struct {
	mu      sync.Mutex
	held    map[string]*heldKey // by prefix
	used    map[domain.ID]bool  // since uses were last written
	second  time.Time           // in which look-ups are counted
	lookUps int
}

// heldKey is a key, or the memory that there is none of its prefix.
type heldKey struct {
	postgres.LiveKey
	none   bool
	readAt time.Time
	usedAt time.Time
}

// authenticateKey tells for whom an API key acts. It returns Unauthenticated "auth.key", RateLimited while too many keys that
// are not known are asked about, or Unavailable.
func (s *Service) authenticateKey(ctx context.Context, text string) (domain.Actor, error) {
	prefix, ok := rules.KeyPrefix(text)
	if !ok {
		return domain.Actor{}, errKey
	}
	k, ok := s.partners.get(prefix, time.Now())
	if !ok {
		if err := s.partners.mayLookUp(time.Now()); err != nil {
			return domain.Actor{}, err
		}
		if err := s.readKeys(ctx, []string{prefix}); err != nil {
			return domain.Actor{}, err
		}
		if k, ok = s.partners.get(prefix, time.Now()); !ok {
			return domain.Actor{}, errKey
		}
	}
	given := keyHash(text)
	current, old := subtle.ConstantTimeCompare(given, k.Hash), subtle.ConstantTimeCompare(given, k.OldHash)
	if k.none || current|old != 1 || !k.Maker.May(rules.ManageKeys) {
		return domain.Actor{}, errKey
	}
	s.partners.use(k.ID)
	return domain.Actor{ID: k.MadeBy, Role: domain.RoleVendor, Key: k.ID, Vendor: k.VendorID, Scopes: k.Scopes}, nil
}

// get gives what is known of a prefix, if that is not too old to be believed.
func (p *partners) get(prefix string, now time.Time) (heldKey, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.held[prefix]
	if k == nil || now.Sub(k.readAt) > keyStale {
		return heldKey{}, false
	}
	k.usedAt = now
	return *k, true
}

// mayLookUp bounds what guessing costs the database.
func (p *partners) mayLookUp(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.second) >= time.Second {
		p.second, p.lookUps = now, 0
	}
	if p.lookUps++; p.lookUps > lookUpsSecond || len(p.held) >= keysHeld {
		return domain.Errorf(domain.RateLimited, string(domain.RateLimited), "too many API keys that are not known; wait").With("retryAfter", 1)
	}
	return nil
}

func (p *partners) use(id domain.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == nil {
		p.used = map[domain.ID]bool{}
	}
	p.used[id] = true
}

// forget makes a key be looked up when it is next used.
func (p *partners) forget(prefix string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.held, prefix)
}

// readKeys looks keys up and remembers what it finds, also that there is none.
func (s *Service) readKeys(ctx context.Context, prefixes []string) error {
	asked := time.Now()
	found, err := s.db.LiveKeys(ctx, prefixes)
	if err != nil {
		return err
	}
	p := &s.partners
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil {
		p.held = map[string]*heldKey{}
	}
	for _, prefix := range prefixes {
		next := &heldKey{none: true, readAt: asked, usedAt: asked}
		if before := p.held[prefix]; before != nil {
			next.usedAt = before.usedAt
		}
		p.held[prefix] = next
	}
	for _, k := range found {
		p.held[k.Prefix].LiveKey, p.held[k.Prefix].none = k, false
	}
	return nil
}

// confirmKeys reads all keys again that are remembered, and lets go of those that nobody uses, and of those that are none.
func (s *Service) confirmKeys(ctx context.Context) error {
	prefixes := s.partners.confirmable(time.Now())
	if len(prefixes) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	return s.readKeys(ctx, prefixes)
}

func (p *partners) confirmable(now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var prefixes []string
	for prefix, k := range p.held {
		switch {
		case k.none && now.Sub(k.readAt) > useEvery, now.Sub(k.usedAt) > keyIdle:
			delete(p.held, prefix)
		case !k.none:
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

// noteUses writes which keys were used since it last did.
func (s *Service) noteUses(ctx context.Context) error {
	s.partners.mu.Lock()
	used := s.partners.used
	s.partners.used = nil
	s.partners.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	ids := make([]domain.ID, 0, len(used))
	for id := range used {
		ids = append(ids, id)
	}
	return s.db.NoteKeyUses(ctx, ids)
}
