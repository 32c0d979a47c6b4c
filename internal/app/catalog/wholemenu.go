package catalog

import (
	"context"
	"errors"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Replacement is what became of a menu that was replaced as a whole.
type Replacement struct {
	Version int // of the vendor, afterwards
	Diff    menu.Diff
}

// WholeMenu reads a vendor's menu as its members write it, also for staff, who help them. It returns NotFound and Forbidden to those
// who may not.
func (s *Service) WholeMenu(ctx context.Context, actor domain.Actor, vendorID domain.ID) (postgres.Menu, error) {
	if !actor.Role.Staff() {
		if _, err := s.editor(ctx, actor, vendorID); err != nil {
			return postgres.Menu{}, err
		}
	}
	m, err := s.db.MenuOf(ctx, vendorID)
	if err != nil {
		return postgres.Menu{}, err
	}
	m.Categories = asWritten(m.Categories, m.Vendor, s.now())
	return m, nil
}

// editor gives a vendor to somebody who may edit its menu.
func (s *Service) editor(ctx context.Context, actor domain.Actor, vendorID domain.ID) (vendor.Profile, error) {
	p, role, err := s.db.VendorFor(ctx, vendorID, actor.ID)
	if err != nil {
		return p, err
	}
	return p, allow(editMenu, actor, vendorID, role, "vendor")
}

// ReplaceMenu makes a document the whole menu of a vendor, at once or not at all: what is not in it goes. The menu before it is
// kept. version is the vendor's that the caller saw, 0 for whatever it is: it guards against others who edit the menu, and not what
// orders have left of a stock.
// A trial only says what would change. What changes nothing leaves the version as it is.
// It returns NotFound, Forbidden, Precondition, Invalid naming up to twenty fields, and Conflict when the menu before is too large
// to be kept.
func (s *Service) ReplaceMenu(ctx context.Context, actor domain.Actor, vendorID domain.ID, version int, doc Document, trial bool) (Replacement, error) {
	return s.replace(ctx, replacement{
		change: change{actor: actor, needs: editMenu, version: version, on: onVendor(vendorID)}, cause: postgres.Replaced, trial: trial,
		document: func(context.Context, *postgres.Tx, *vendor.Profile) (Document, error) { return doc, nil },
	})
}

// CopyMenu makes the menu of another vendor the whole menu of a vendor, as ReplaceMenu does with a document without IDs: what has
// the same name stays what it is. Pictures are shown by both; stock, and what is sold out, is not copied, nor are translations
// into languages that the vendor does not have. The actor must be able to edit both menus.
// It returns what ReplaceMenu returns, Invalid for a vendor that is not the actor's, and Conflict when the two have different
// currencies or menus in different languages.
func (s *Service) CopyMenu(ctx context.Context, actor domain.Actor, from, to domain.ID, version int, trial bool) (Replacement, error) {
	if from == to {
		return Replacement{}, domain.Invalidf("from", "self", "is this vendor itself")
	}
	both := target{"vendor", func(ctx context.Context, tx *postgres.Tx) (domain.ID, error) {
		return to, tx.HoldVendors(ctx, from, to)
	}}
	return s.replace(ctx, replacement{
		change: change{actor: actor, needs: editMenu, version: version, on: both}, cause: postgres.Copied, trial: trial,
		document: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (Document, error) {
			source, role, err := tx.VendorForWrite(ctx, from, actor.ID)
			if domain.KindOf(err) == domain.NotFound || err == nil && allow(editMenu, actor, from, role, "vendor") != nil {
				return Document{}, domain.Invalidf("from", "unknown", "is no vendor whose menu you may edit")
			}
			if err != nil {
				return Document{}, err
			}
			if err := alike(source, *p); err != nil {
				return Document{}, err
			}
			categories, err := tx.MenuForWrite(ctx, source)
			return documentOf(asWritten(categories, *p, s.now())).anew(), err
		},
	})
}

// alike is Conflict when one vendor's menu makes no sense as the other's.
func alike(from, to vendor.Profile) error {
	if from.Currency != to.Currency {
		return domain.Errorf(domain.Conflict, "menu.currency", "that menu is priced in %s, and this one in %s", from.Currency, to.Currency)
	}
	if from.Languages[0] != to.Languages[0] {
		return domain.Errorf(domain.Conflict, "menu.language", "that menu is written in %s, and this one in %s", from.Languages[0], to.Languages[0])
	}
	return nil
}

// MenuVersions lists the menus that a vendor had and that are kept, newest first, at most twenty. It returns NotFound and Forbidden.
func (s *Service) MenuVersions(ctx context.Context, actor domain.Actor, vendorID domain.ID) ([]postgres.KeptMenu, error) {
	if _, err := s.editor(ctx, actor, vendorID); err != nil {
		return nil, err
	}
	return s.db.KeptMenus(ctx, vendorID)
}

// MenuVersion reads a menu that the vendor had at a version, without stock and what was sold out. It returns NotFound, also when
// none is kept of that version, and Forbidden.
func (s *Service) MenuVersion(ctx context.Context, actor domain.Actor, vendorID domain.ID, n int) (postgres.Menu, error) {
	p, err := s.editor(ctx, actor, vendorID)
	if err != nil {
		return postgres.Menu{}, err
	}
	categories, err := s.db.KeptMenu(ctx, p, n)
	p.Version = n
	return postgres.Menu{Vendor: p, Categories: asWritten(categories, p, s.now())}, err
}

// RestoreMenu makes a menu that is kept the whole menu again: dishes that were taken off since come back as what they were, with
// their pictures. Stock, and what is sold out, stays. It returns what ReplaceMenu returns, and NotFound when none is kept of
// that version.
func (s *Service) RestoreMenu(ctx context.Context, actor domain.Actor, vendorID domain.ID, version, n int, trial bool) (Replacement, error) {
	return s.replace(ctx, replacement{
		change: change{actor: actor, needs: editMenu, version: version, on: onVendor(vendorID)}, cause: postgres.Restored, trial: trial,
		document: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (Document, error) {
			categories, err := tx.KeptMenuOf(ctx, *p, n)
			return documentOf(asWritten(categories, *p, s.now())), err
		},
	})
}

// errTrial takes back what a trial has written.
var errTrial = errors.New("only a trial")

// replacement is a change of a whole menu.
type replacement struct {
	change
	cause postgres.Cause
	trial bool // nothing stays written: so a trial refuses what the database would
	// document gives the new menu, under the vendor's lock.
	document func(context.Context, *postgres.Tx, *vendor.Profile) (Document, error)
}

// replace needs a dozen round trips, however long the menu is.
func (s *Service) replace(ctx context.Context, r replacement) (Replacement, error) {
	var out Replacement
	r.whole = true
	r.apply = func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
		doc, err := r.document(ctx, tx, p)
		if err != nil {
			return nil, err
		}
		stored, err := tx.MenuForWrite(ctx, *p)
		if err != nil {
			return nil, err
		}
		before := asWritten(stored, *p, s.now())
		removed, err := tx.RemovedDishes(ctx, *p, notIn(before, doc.dishIDs()))
		if err != nil {
			return nil, err
		}
		after, err := s.settle(doc, before, removed, p, r.cause == postgres.Restored)
		if err != nil {
			return nil, err
		}
		out = Replacement{p.Version, menu.Compare(before, after)}
		if out.Diff.Empty() {
			return nil, nil
		}
		if err := tx.KeepMenu(ctx, *p, stored, r.cause); err != nil {
			return nil, err
		}
		if err := tx.WriteMenu(ctx, p.ID, before, after); err != nil {
			return nil, err
		}
		if r.trial {
			return nil, errTrial
		}
		return replaced(r.cause, out.Diff), nil
	}
	p, err := s.do(ctx, r.change)
	if errors.Is(err, errTrial) {
		return out, nil
	}
	if err != nil {
		return Replacement{}, err
	}
	out.Version = p.Version
	return out, nil
}

// notIn gives those of some dishes that are not on a menu.
func notIn(categories []menu.Category, dishes []domain.ID) []domain.ID {
	on := map[domain.ID]bool{}
	for _, c := range categories {
		for _, d := range c.Dishes {
			on[d.ID] = true
		}
	}
	var out []domain.ID
	for _, d := range dishes {
		if !on[d] {
			out = append(out, d)
		}
	}
	return out
}

// replaced tells of the whole menu at once: how many dishes are new, others, and gone.
func replaced(cause postgres.Cause, d menu.Diff) *domain.Event {
	return &domain.Event{Type: "vendor.menu_changed", Data: map[string]any{
		"change": "menu_" + string(cause), "added": len(d.Dishes.Added), "changed": len(d.Dishes.Changed), "removed": len(d.Dishes.Removed),
	}}
}

// keptEvery is how often the menu is kept while single things of it are edited.
const keptEvery = 24 * time.Hour

// keepEdited reads the menu before an edit of a single thing, if it is to be kept: the first edit after a day without a version.
func (c change) keepEdited(ctx context.Context, tx *postgres.Tx, p vendor.Profile) ([]menu.Category, error) {
	if c.needs != editMenu || c.whole {
		return nil, nil
	}
	kept, err := tx.MenuKept(ctx, p.ID, keptEvery)
	if err != nil || kept {
		return nil, err
	}
	return tx.MenuForWrite(ctx, p)
}
