package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// SignedInLately says whether a session of an account began within so long, by the database's clock.
func (tx *Tx) SignedInLately(ctx context.Context, actor domain.Actor, within time.Duration) (bool, error) {
	yes, err := tx.Queries.SignedInLately(ctx, query.SignedInLatelyParams{ID: actor.Session, UserID: actor.ID, WithinSeconds: within.Seconds()})
	if err != nil {
		return false, fmt.Errorf("read session: %w", err)
	}
	return yes, nil
}

// HoldForErasure locks an account against everything that could come to hang on it, and gives its address and standing.
func (tx *Tx) HoldForErasure(ctx context.Context, id domain.ID) (email string, status account.Status, err error) {
	row, err := tx.LockUserWhole(ctx, id)
	if err != nil {
		return "", "", missing("account", fmt.Errorf("lock account: %w", err))
	}
	return row.Email, account.Status(row.Status), nil
}

// Erase takes a person out of the database: what is only theirs is deleted, and what others or the books need stays without
// a name, an address, a number or a word of theirs. It gives the sessions that it ended. The account is held by
// HoldForErasure, and has left all vendors.
func (tx *Tx) Erase(ctx context.Context, actor domain.Actor, email string) ([]Revoked, error) {
	rows, err := tx.EraseSessions(ctx, actor.ID)
	if err != nil {
		return nil, fmt.Errorf("end sessions: %w", err)
	}
	ended := make([]Revoked, len(rows))
	for i, r := range rows {
		ended[i] = Revoked{r.ID, r.AccessUntil}
	}
	for _, step := range []struct {
		what string
		do   func(context.Context, domain.ID) error
	}{
		{"refresh tokens", tx.EraseRefreshTokens}, {"cart", tx.EraseCart}, {"addresses", tx.EraseAddresses},
		{"mail preferences", tx.EraseMailPreferences}, {"keys", tx.EraseKeys}, {"picture", tx.DropPicture}, {"answers", tx.EraseAnswers}, {"notes", tx.EraseItemNotes},
		{"notes of staff", tx.EraseOrderNotes},
		{"dropoffs", tx.EraseDropoffs}, {"orders", tx.EraseOrders}, {"invoices", tx.EraseBuyer},
		// After the orders, whose rows hold off whoever is writing a review.
		{"photos", tx.ReleaseReviewPhotos}, {"photos of handovers", tx.EraseHandoverPhotos}, {"tracking links", tx.EraseTrackingLinks}, {"unseen reviews", tx.EraseUnseenReviews}, {"reviews", tx.EraseReviews},
		{"letters", tx.cancelLetters}, {"account", tx.EraseUser},
	} {
		if err := step.do(ctx, actor.ID); err != nil {
			return nil, fmt.Errorf("erase %s: %w", step.what, err)
		}
	}
	if err := tx.EraseCodes(ctx, email); err != nil {
		return nil, fmt.Errorf("erase codes: %w", err)
	}
	if err := tx.EraseStaffInvitations(ctx, email); err != nil {
		return nil, fmt.Errorf("erase invitations: %w", err)
	}
	if err := tx.EraseInvitations(ctx, email); err != nil {
		return nil, fmt.Errorf("erase invitations: %w", err)
	}
	return ended, tx.eraseCourier(ctx, actor)
}

func (tx *Tx) eraseCourier(ctx context.Context, actor domain.Actor) error {
	c, err := tx.HoldCourier(ctx, actor.ID)
	if domain.KindOf(err) == domain.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	version, err := tx.Append(ctx, domain.Record{
		Subject: domain.SubjectCourier, SubjectID: c.ID, Version: c.Version, ActorRole: actor.Role, ActorID: actor.ID,
	}, domain.Event{Type: "courier.erased"})
	if err != nil {
		return err
	}
	if err := tx.EraseCourier(ctx, query.EraseCourierParams{UserID: c.ID, Version: version}); err != nil {
		return fmt.Errorf("erase courier: %w", err)
	}
	for _, step := range []struct {
		what string
		do   func(context.Context, domain.ID) error
	}{
		{"bank account", tx.EraseBankAccount}, {"payouts' accounts", tx.ErasePayoutAccounts}, {"documents", tx.EraseDocuments},
		{"shifts", tx.EraseShifts}, {"presence", tx.ErasePresence}, {"cash limits", tx.EraseCashLimits},
	} {
		if err := step.do(ctx, c.ID); err != nil {
			return fmt.Errorf("erase %s: %w", step.what, err)
		}
	}
	return nil
}

// cancelLetters takes back the letters to an account that wait to be sent. River's tables are not in the migrations that sqlc
// reads.
func (tx *Tx) cancelLetters(ctx context.Context, userID domain.ID) error {
	_, err := tx.tx.Exec(ctx, `DELETE FROM river_job
		WHERE kind = 'letter' AND args ->> 'user' = $1 AND state IN ('available', 'pending', 'retryable', 'scheduled')`, userID.String())
	return err
}

// LeaveVendors ends all memberships of an account that is held. Conflict "erasure.sole_owner" when one of
// them still sells and would be left without an owner.
func (tx *Tx) LeaveVendors(ctx context.Context, actor domain.Actor) error {
	memberships, err := tx.MembershipsOf(ctx, actor.ID)
	if err != nil {
		return fmt.Errorf("list memberships: %w", err)
	}
	for _, m := range memberships {
		if err := tx.leaveVendor(ctx, actor, m.VendorID); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) leaveVendor(ctx context.Context, actor domain.Actor, vendorID domain.ID) error {
	head, err := tx.LockVendorHead(ctx, vendorID)
	if err != nil {
		return fmt.Errorf("lock vendor: %w", err)
	}
	was, err := tx.memberRole(ctx, vendorID, actor.ID)
	if err != nil || was == "" { // dismissed while this waited
		return err
	}
	owners, err := tx.Owners(ctx, vendorID)
	if err != nil {
		return err
	}
	if account.Loses(owners, was, "") != nil {
		working, err := tx.VendorAtWork(ctx, vendorID)
		if err != nil {
			return fmt.Errorf("read vendor: %w", err)
		}
		if working {
			return account.SoleOwner(vendorID)
		}
		if err := tx.DropBankAccount(ctx, ledger.Vendor(vendorID)); err != nil { // nobody is left to be paid there
			return err
		}
	}
	if err := tx.Appoint(ctx, vendorID, actor.ID, ""); err != nil {
		return err
	}
	return tx.tellOf(ctx, head, actor, domain.Event{Type: "vendor.member_removed", Data: map[string]any{"userId": actor.ID.String()}})
}

// Export hands out everything of a person, as it is at one moment, in pieces of JSON: first an object of what has a bound, and
// then each list, by name, row by row. It holds one connection and no more than a page in memory.
// RateLimited, with retryAfter, within a minute of the last one.
func (db *DB) Export(ctx context.Context, userID domain.ID, whole func(doc string) error, row func(list, doc string) error) error {
	n, err := db.q().TakeExport(ctx, query.TakeExportParams{ID: userID, PauseSeconds: account.ExportPause.Seconds()})
	if err != nil {
		return fmt.Errorf("take export: %w", classify(err))
	}
	if n == 0 {
		return domain.Errorf(domain.RateLimited, string(domain.RateLimited), "one export a minute").With("retryAfter", int(account.ExportPause.Seconds()))
	}
	return db.Snapshot(ctx, func(tx *Tx) error {
		doc, err := tx.ExportAccount(ctx, userID)
		if err != nil {
			return missing("account", fmt.Errorf("export account: %w", err))
		}
		if err := whole(doc); err != nil {
			return err
		}
		for _, list := range []struct {
			name string
			page func(ctx context.Context, after domain.ID) ([]exportRow, error)
		}{{"orders", tx.exportOrders(userID)}, {"deliveries", tx.exportDeliveries(userID)}, {"offers", tx.exportOffers(userID)},
			{"reviews", tx.exportReviews(userID)}, {"money", tx.exportMoney(userID)}, {"bankAccounts", tx.exportBank(userID)}} {
			if err := eachRow(ctx, list.name, list.page, row); err != nil {
				return fmt.Errorf("export %s: %w", list.name, err)
			}
		}
		return nil
	})
}

// exportPage is how many rows of a list are read at once.
const exportPage = 100

type exportRow struct {
	ID  domain.ID
	Doc string
}

func eachRow(ctx context.Context, name string, page func(context.Context, domain.ID) ([]exportRow, error), do func(list, doc string) error) error {
	after := domain.Nil
	for {
		rows, err := page(ctx, after)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := do(name, r.Doc); err != nil {
				return err
			}
			after = r.ID
		}
		if len(rows) < exportPage {
			return nil
		}
	}
}

func (tx *Tx) exportOrders(userID domain.ID) func(context.Context, domain.ID) ([]exportRow, error) {
	return func(ctx context.Context, after domain.ID) ([]exportRow, error) {
		rows, err := tx.ExportOrders(ctx, query.ExportOrdersParams{UserID: userID, After: after, Most: exportPage})
		return exportRows(rows, func(r query.ExportOrdersRow) exportRow { return exportRow(r) }), err
	}
}

func (tx *Tx) exportDeliveries(userID domain.ID) func(context.Context, domain.ID) ([]exportRow, error) {
	return func(ctx context.Context, after domain.ID) ([]exportRow, error) {
		rows, err := tx.ExportDeliveries(ctx, query.ExportDeliveriesParams{UserID: &userID, After: after, Most: exportPage})
		return exportRows(rows, func(r query.ExportDeliveriesRow) exportRow { return exportRow(r) }), err
	}
}

func (tx *Tx) exportOffers(userID domain.ID) func(context.Context, domain.ID) ([]exportRow, error) {
	return func(ctx context.Context, after domain.ID) ([]exportRow, error) {
		rows, err := tx.ExportOffers(ctx, query.ExportOffersParams{UserID: userID, After: after, Most: exportPage})
		return exportRows(rows, func(r query.ExportOffersRow) exportRow { return exportRow(r) }), err
	}
}

func (tx *Tx) exportReviews(userID domain.ID) func(context.Context, domain.ID) ([]exportRow, error) {
	return func(ctx context.Context, after domain.ID) ([]exportRow, error) {
		rows, err := tx.ExportReviews(ctx, query.ExportReviewsParams{UserID: userID, After: after, Most: exportPage})
		return exportRows(rows, func(r query.ExportReviewsRow) exportRow { return exportRow(r) }), err
	}
}

func (tx *Tx) exportMoney(userID domain.ID) func(context.Context, domain.ID) ([]exportRow, error) {
	return func(ctx context.Context, after domain.ID) ([]exportRow, error) {
		rows, err := tx.ExportMoney(ctx, query.ExportMoneyParams{UserID: userID, After: after, Most: exportPage})
		return exportRows(rows, func(r query.ExportMoneyRow) exportRow { return exportRow(r) }), err
	}
}

// exportBank gives the accounts that somebody has told, opened: they are theirs. One that cannot be opened any more is shown by its end.
func (tx *Tx) exportBank(userID domain.ID) func(context.Context, domain.ID) ([]exportRow, error) {
	return func(ctx context.Context, after domain.ID) ([]exportRow, error) {
		rows, err := tx.ExportBankAccounts(ctx, query.ExportBankAccountsParams{UserID: userID, After: after, Most: exportPage})
		if err != nil {
			return nil, err
		}
		out := make([]exportRow, len(rows))
		for i, r := range rows {
			told := map[string]any{"number": r.Mask, "changedAt": r.ChangedAt}
			if r.VendorName != "" {
				told["vendorName"] = r.VendorName
			}
			if b, err := openBank(ctx, tx.Queries, ledger.Account{Kind: ledger.AccountKind(r.Kind), Owner: r.OwnerID}, r.Key, r.Sealed); err == nil {
				told["holder"], told["scheme"], told["number"], told["routing"] = b.Holder, b.Scheme, b.Number, b.Routing
			}
			doc, err := json.Marshal(told)
			if err != nil {
				return nil, fmt.Errorf("encode bank account: %w", err)
			}
			out[i] = exportRow{r.OwnerID, string(doc)}
		}
		return out, nil
	}
}

func exportRows[R any](rows []R, to func(R) exportRow) []exportRow {
	out := make([]exportRow, len(rows))
	for i, r := range rows {
		out[i] = to(r)
	}
	return out
}
