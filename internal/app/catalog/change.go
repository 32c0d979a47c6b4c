package catalog

import (
	"context"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// right is what a change asks of the one who makes it: of a vendor's member, or of staff.
type right struct {
	member account.MemberAction // "": no member may
	staff  domain.Permissions   // 0: no staff may
}

var (
	editMenu   = right{member: account.EditMenu}
	editVendor = right{member: account.EditVendor}
	runMenu    = right{member: account.RunMenu}
	takeOff    = right{member: account.RunMenu, staff: domain.PauseVendors}
	judge      = right{staff: domain.Onboard}
)

// allow checks a right. Whoever is no member of a vendor and may not do it either as staff learns nothing of it: NotFound
// of the thing for a vendor's account, Forbidden for any other role.
func allow(r right, actor domain.Actor, vendorID domain.ID, role account.MemberRole, thing string) error {
	if r.staff != 0 && actor.May(r.staff) {
		return nil
	}
	member := actor.Role == domain.RoleVendor && actor.Reaches(vendorID) && role != ""
	switch {
	case member && role.May(r.member):
		return nil
	case actor.Role == domain.RoleVendor && !member && r.member != "":
		return domain.Missing(thing)
	case member && r.member != "":
		return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "the role %s may not %s", role, r.member)
	}
	return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "this is not yours to change")
}

// change is one change of a vendor or of what it owns.
type change struct {
	actor   domain.Actor
	needs   right
	version int // of the vendor, as the caller saw it; 0: whatever it is
	on      target
	whole   bool   // it changes the whole menu, and keeps the one before itself
	deed    string // its name in the audit log, where staff may do it; "": apply notes it in its own words
	// apply changes p, which is written back, or what p owns, and says what has happened; nil: nothing. It may run again.
	apply func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error)
}

// target is what the caller named. A stranger's is as little found as one that does not exist, in the same words.
type target struct {
	thing string
	whose func(context.Context, *postgres.Tx) (domain.ID, error) // finds the vendor, within the transaction
}

func onVendor(id domain.ID) target {
	return target{"vendor", func(context.Context, *postgres.Tx) (domain.ID, error) { return id, nil }}
}

func onCategory(id domain.ID) target {
	return target{"category", func(ctx context.Context, tx *postgres.Tx) (domain.ID, error) { return tx.VendorOfCategoryID(ctx, id) }}
}

func onDish(id domain.ID) target {
	return target{"dish", func(ctx context.Context, tx *postgres.Tx) (domain.ID, error) { return tx.VendorOfDishID(ctx, id) }}
}

// do makes a change under the vendor's lock, and lets everybody know before it returns. It returns NotFound and Forbidden as
// allow does, Precondition with the current version for a stale one, and what apply returns.
func (s *Service) do(ctx context.Context, c change) (vendor.Profile, error) {
	var p vendor.Profile
	var event *domain.Event
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		id, err := c.on.whose(ctx, tx)
		if err != nil {
			return err
		}
		var role account.MemberRole
		if p, role, err = tx.VendorForWrite(ctx, id, c.actor.ID); err != nil {
			return err
		}
		if err := allow(c.needs, c.actor, id, role, c.on.thing); err != nil {
			return err
		}
		if err := c.fresh(p); err != nil {
			return err
		}
		menuBefore, err := c.keepEdited(ctx, tx, p)
		if err != nil {
			return err
		}
		before := p
		if event, err = c.apply(ctx, tx, &p); err != nil || event == nil {
			return err
		}
		if err := tx.KeepMenu(ctx, before, menuBefore, postgres.Edited); err != nil {
			return err
		}
		if err := c.note(ctx, tx, before, p); err != nil {
			return err
		}
		if p.Version, err = tx.Append(ctx, head(c.actor, p), *event); err != nil {
			return err
		}
		if c.ofMenu() || !slices.Equal(before.Languages, p.Languages) {
			p.MenuVersion = p.Version
		}
		return tx.SaveVendor(ctx, p)
	})
	if err != nil {
		return vendor.Profile{}, err
	}
	if event != nil {
		s.tell(ctx, p)
	}
	return p, nil
}

// ofMenu says whether it changes the menu. What is not about the vendor itself is about a part of it.
func (c change) ofMenu() bool { return c.needs == editMenu || c.on.thing != "vendor" }

// fresh is Precondition when the caller has not seen what it would overwrite. Whoever edits a menu overwrites nothing that the clock,
// orders, votes, or an edit of the vendor's page have done since.
func (c change) fresh(p vendor.Profile) error {
	if c.ofMenu() {
		return domain.FreshSince(c.version, p.MenuVersion, p.Version)
	}
	return domain.Fresh(c.version, p.Version)
}

// note writes what staff did to the audit log; what members do to their own vendor is told by its events alone.
func (c change) note(ctx context.Context, tx *postgres.Tx, before, after vendor.Profile) error {
	if c.deed == "" || !c.actor.Role.Staff() {
		return nil
	}
	return tx.Audit(ctx, c.actor, postgres.AuditEntry{
		Action: c.deed, Subject: "vendor", SubjectID: after.ID, Before: standing(before), After: standing(after),
	})
}

// standing is what staff change of a vendor, without the reasons: nothing that somebody has worded goes into the log.
func standing(p vendor.Profile) map[string]any {
	facts := map[string]any{"status": p.Status, "paused": !p.PausedUntil.IsZero()}
	if !p.PausedUntil.IsZero() && p.PausedUntil.Before(vendor.Forever) {
		facts["pausedUntil"] = p.PausedUntil
	}
	return facts
}

// tell drops what is cached of the vendor, here at once, and wakes whoever carries the event on.
func (s *Service) tell(ctx context.Context, p vendor.Profile) {
	s.cache.changed(ctx, p.ID, p.Version)
	s.wake()
}

func head(actor domain.Actor, p vendor.Profile) domain.Record {
	return domain.Record{
		Subject: domain.SubjectVendor, SubjectID: p.ID, Version: p.Version, ActorRole: actor.Role, ActorID: actor.ID,
		VendorID: p.ID, City: p.City,
	}
}

// priced checks that an amount is in the vendor's currency: Invalid naming the field.
func priced(field string, m domain.Money, p *vendor.Profile) error {
	if m.Currency != p.Currency {
		return domain.Invalidf(field+".currency", "currency", "must be %s, the vendor's currency", p.Currency)
	}
	return nil
}
