package billing

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Payouts serves the use cases of paying vendors and couriers, and of couriers' cash. Whether staff have the permission is
// checked before they get here.
type Payouts struct{ db *postgres.DB }

// NewPayouts makes the service.
func NewPayouts(db *postgres.DB) *Payouts { return &Payouts{db} }

// Draft puts together what everybody, or with an ID one vendor or courier, is owed at this moment, by the database's clock; nothing
// of those who are owed nothing, or less.
func (s *Payouts) Draft(ctx context.Context, by domain.Actor, ownerID domain.ID) (made []postgres.Payout, err error) {
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		now, err := tx.Moment(ctx)
		if err != nil {
			return err
		}
		made, err = draft(ctx, tx, by, ownerID, now)
		return err
	})
	return made, err
}

func draft(ctx context.Context, tx *postgres.Tx, by domain.Actor, ownerID domain.ID, until time.Time) ([]postgres.Payout, error) {
	made, err := tx.DraftPayouts(ctx, ownerID, until, by)
	if err != nil {
		return nil, err
	}
	for _, p := range made {
		if err := tx.Audit(ctx, by, entry("payout.draft", nil, p)); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// Step moves a payout by a verb, with the bank's reference or the reason of a failure.
// Errors: NotFound; Precondition for a stale version; Conflict "payout.illegal_transition", payout.ErrNoBank and payout.ErrBankChanged
// for an export that stays as it is; Forbidden "payout.own_draft";
// Invalid for a note that is too long, or for a failure without one.
func (s *Payouts) Step(ctx context.Context, by domain.Actor, payoutID domain.ID, version int, verb, note string) (out postgres.Payout, err error) {
	if utf8.RuneCountInString(note) > payout.MaxNote {
		return out, domain.Invalidf("note", "maxLength", "must have at most %d characters", payout.MaxNote)
	}
	if verb == payout.VerbFail && note == "" {
		return out, domain.Invalidf("note", "required", "why did it fail?")
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if out, err = tx.HoldPayout(ctx, payoutID); err != nil {
			return err
		}
		was := out.State
		if err := out.Step(verb, by, version); err != nil {
			return err
		}
		if verb == payout.VerbExport {
			if err := tx.TellBank(ctx, out); err != nil {
				return err
			}
		}
		out.Note = note
		if verb == payout.VerbApprove {
			out.ApprovedBy = by.ID
			if err := tx.ApproveBank(ctx, out, was == payout.Approved); err != nil {
				return err
			}
		}
		if err := tx.SavePayout(ctx, &out); err != nil {
			return err
		}
		return tx.Audit(ctx, by, entry("payout."+string(out.State), map[string]any{"state": string(was)}, out))
	})
	if err != nil {
		return out, err
	}
	return s.db.Payout(ctx, payoutID)
}

func entry(action string, before map[string]any, p postgres.Payout) postgres.AuditEntry {
	return postgres.AuditEntry{
		Action: action, Subject: "payout", SubjectID: p.ID, Before: before,
		After: map[string]any{"state": string(p.State), "amount": p.Amount.Amount, "currency": string(p.Amount.Currency), "owner": p.To.Owner},
	}
}

// Get reads a payout; for staff. NotFound when there is none.
func (s *Payouts) Get(ctx context.Context, payoutID domain.ID) (postgres.Payout, error) {
	return s.db.Payout(ctx, payoutID)
}

// List lists payouts before one, newest first; for staff.
func (s *Payouts) List(ctx context.Context, f postgres.PayoutFilter, before domain.ID, limit int) ([]postgres.Payout, error) {
	return s.db.Payouts(ctx, f, before, limit)
}

// OfVendor lists a vendor's payouts, and what it is owed besides, for its managers, owners and staff. NotFound for strangers,
// Forbidden for its kitchen.
func (s *Payouts) OfVendor(ctx context.Context, actor domain.Actor, vendorID, before domain.ID, limit int) ([]postgres.Payout, []postgres.Owing, error) {
	if _, err := mayLook(ctx, s.db, actor, vendorID); err != nil {
		return nil, nil, err
	}
	return s.of(ctx, ledger.Vendor(vendorID), before, limit)
}

// mayLook gives a vendor to those who may see its money. NotFound for strangers, Forbidden for its kitchen.
func mayLook(ctx context.Context, db *postgres.DB, actor domain.Actor, vendorID domain.ID) (vendor.Profile, error) {
	v, role, err := db.VendorFor(ctx, vendorID, actor.ID)
	switch {
	case err != nil:
		return v, err
	case actor.Role.Staff(), role.May(account.SeeMoney):
		return v, nil
	case role == "":
		return v, domain.Missing("vendor")
	}
	return v, domain.Errorf(domain.Forbidden, string(domain.Forbidden), "this is not for a vendor's %s", role)
}

// OfCourier lists the payouts of the actor, and what they are owed besides.
func (s *Payouts) OfCourier(ctx context.Context, actor domain.Actor, before domain.ID, limit int) ([]postgres.Payout, []postgres.Owing, error) {
	return s.of(ctx, ledger.Courier(actor.ID), before, limit)
}

func (s *Payouts) of(ctx context.Context, to ledger.Account, before domain.ID, limit int) ([]postgres.Payout, []postgres.Owing, error) {
	owing, err := s.db.Owing(ctx, to)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.db.Payouts(ctx, postgres.PayoutFilter{Owner: to.Owner}, before, limit)
	return list, owing, err
}

// Lines hands the lines of a statement over in pages, oldest first, until there are no more.
type Lines func(page func([]postgres.PayoutLine) error) error

// Statement is what a payout is made of.
type Statement struct {
	postgres.Payout
	Lines Lines
	Cash  *postgres.CashFlow // of a courier's; nil of a vendor's
}

// Statement reads a payout and its lines; for staff.
func (s *Payouts) Statement(ctx context.Context, payoutID domain.ID) (Statement, error) {
	p, err := s.db.Payout(ctx, payoutID)
	out := Statement{Payout: p, Lines: s.lines(ctx, p)}
	if err != nil || p.To.Kind != ledger.AccountCourier {
		return out, err
	}
	cash, err := s.db.PayoutCash(ctx, p)
	out.Cash = &cash
	return out, err
}

func (s *Payouts) lines(ctx context.Context, p postgres.Payout) Lines {
	const page = 500
	return func(use func([]postgres.PayoutLine) error) error {
		var last postgres.PayoutLine
		for {
			lines, err := s.db.PayoutLines(ctx, p, last, page)
			if err != nil {
				return err
			}
			if err := use(lines); err != nil || len(lines) < page {
				return err
			}
			last = lines[len(lines)-1]
		}
	}
}

// StatementOf is Statement for whom it is about: the courier who asks, or managers and owners of a vendor. NotFound for a payout
// to somebody else.
func (s *Payouts) StatementOf(ctx context.Context, actor domain.Actor, to ledger.Account, payoutID domain.ID) (Statement, error) {
	if to.Kind == ledger.AccountVendor {
		if _, err := mayLook(ctx, s.db, actor, to.Owner); err != nil {
			return Statement{}, err
		}
	}
	out, err := s.Statement(ctx, payoutID)
	if err == nil && out.To != to {
		return Statement{}, domain.Missing("payout")
	}
	return out, err
}

// Cash is what the actor, a courier, has in their pocket for the marketplace, by currency, and how much more they may have where that
// is limited.
func (s *Payouts) Cash(ctx context.Context, actor domain.Actor) ([]domain.Money, map[domain.Currency]delivery.CashRoom, error) {
	rooms, err := s.db.CashRooms(ctx, actor.ID)
	if err != nil && domain.KindOf(err) != domain.NotFound { // one without a profile has no limit, either
		return nil, nil, err
	}
	cash, err := s.db.Cash(ctx, actor.ID)
	return cash, rooms, err
}

// Deposit notes that a courier has handed in cash, and gives what they still have.
// Errors: Invalid for an amount that is not above zero; NotFound for who is no courier; Conflict "cash.exceeds" for more than they have.
func (s *Payouts) Deposit(ctx context.Context, by domain.Actor, courierID domain.ID, amount domain.Money) ([]domain.Money, error) {
	if amount.Amount < 1 || !amount.Currency.Known() {
		return nil, domain.Invalidf("amount", "range", "must be above zero, in a known currency")
	}
	deposit := domain.ID(id.New())
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		users, err := tx.HoldUsers(ctx, courierID)
		if err != nil {
			return err
		}
		if u, known := users[courierID]; !known || u.Role != domain.RoleCourier {
			return domain.Missing("courier")
		}
		if err := tx.Transfer(ctx, ledger.Deposited(deposit, courierID, amount)); err != nil {
			return err
		}
		return tx.Audit(ctx, by, postgres.AuditEntry{
			Action: "cash.deposit", Subject: "courier", SubjectID: courierID,
			After: map[string]any{"amount": amount.Amount, "currency": string(amount.Currency), "transferSource": deposit},
		})
	})
	if err != nil {
		return nil, err
	}
	return s.db.Cash(ctx, courierID)
}
