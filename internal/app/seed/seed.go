// Package seed fills a marketplace: it imports a directory of real vendors from a Zomato export, and a demo set of its own.
//
// An import is a stream: rows are read, repaired where the repair is certain, checked, given hours and a menu composed from
// their cuisines, and written in transactions of a bounded size, each vendor whole or not at all. Invariants:
//   - Everything about a vendor but its IDs follows from its row: the same row gives the same menu, prices and hours.
//   - A vendor has one source key. The same row again changes nothing; a changed row changes what the row says, never
//     what the vendor made of its menu, hours or zone since; so an import that was interrupted is simply run again, and
//     imports that run at once do not collide.
//   - No row is lost silently: it is imported or every fault of it is reported by line, field and reason.
package seed

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Seeder is the use case.
type Seeder struct {
	db    *postgres.DB
	newID func() domain.ID
}

// New makes a Seeder that writes to a database.
func New(db *postgres.DB) *Seeder {
	return &Seeder{db: db, newID: func() domain.ID { return id.New() }}
}

// Result counts what became of the rows of an import.
type Result struct {
	Rows      int            // read, the header not counted
	Inserted  int            // new vendors, with their menus
	Updated   int            // vendors whose row had changed
	Unchanged int            // vendors whose row was the same
	Rejected  int            // rows not imported; each is in the report
	Reasons   map[string]int // faults of the rejected rows, by field and reason: "Latitude: missing"; a row may have several
	Repaired  map[string]int // what was put right in rows that were imported, by kind of repair
	Dishes    int            // of the new vendors
	Took      time.Duration
}

// batchVendors is how many vendors one transaction writes: some 15,000 dishes, a third of a second's work.
const batchVendors = 400

// candidate is a vendor on its way in.
type candidate struct {
	line    int
	key     string // "zomato:6317637"
	profile vendor.Profile
	kitchen kitchen
}

// prepare puts vendors into the store's words, those that seem new with a menu.
func (s *Seeder) prepare(ctx context.Context, batch []candidate) ([]postgres.SourcedVendor, error) {
	keys := make([]string, len(batch))
	for i, c := range batch {
		keys[i] = c.key
	}
	known, err := s.db.Sourced(ctx, keys)
	if err != nil {
		return nil, err
	}
	vendors := make([]postgres.SourcedVendor, len(batch))
	for i, c := range batch {
		vendors[i] = postgres.SourcedVendor{Key: c.key, Hash: fingerprint(c.profile), Profile: c.profile}
		if _, ok := known[c.key]; !ok {
			vendors[i].Profile.ID = s.newID()
			vendors[i].Menu = dishes().compose(c.kitchen, vendors[i].Profile.ID, s.newID)
		}
	}
	return vendors, nil
}
