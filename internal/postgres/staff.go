package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// HoldUsers locks accounts and gives those that exist, by ID.
func (tx *Tx) HoldUsers(ctx context.Context, ids ...domain.ID) (map[domain.ID]account.User, error) {
	rows, err := tx.LockUsers(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("lock accounts: %w", err)
	}
	users := make(map[domain.ID]account.User, len(rows))
	for _, r := range rows {
		users[r.ID] = toUser(r)
	}
	return users, nil
}

// StoreStanding writes a held account's status and rights, and sets its new version.
func (tx *Tx) StoreStanding(ctx context.Context, u *account.User) error {
	amount, currency := fromLimit(u.RefundLimit)
	err := tx.SaveStanding(ctx, query.SaveStandingParams{
		ID: u.ID, Status: string(u.Status), StatusReason: u.StatusReason, Permissions: int(u.Permissions),
		RefundLimit: amount, RefundCurrency: currency,
	})
	if err != nil {
		return fmt.Errorf("save account's standing: %w", err)
	}
	u.Version++
	return nil
}

// EndSessionsOf revokes all sessions of an account whose row is held, and lists them.
func (tx *Tx) EndSessionsOf(ctx context.Context, user domain.ID) ([]Revoked, error) {
	rows, err := tx.RevokeSessionsOf(ctx, user)
	if err != nil {
		return nil, fmt.Errorf("revoke an account's sessions: %w", err)
	}
	ended := make([]Revoked, len(rows))
	for i, r := range rows {
		ended[i] = Revoked{r.ID, r.AccessUntil}
	}
	return ended, nil
}

// HoldStaffInvitation keeps an address for who invites it, and gives the invitation that it has: NotFound without one.
func (tx *Tx) HoldStaffInvitation(ctx context.Context, email string) (account.Invitation, error) {
	if err := tx.LockStaffAddress(ctx, email); err != nil {
		return account.Invitation{}, fmt.Errorf("lock address: %w", err)
	}
	row, err := tx.LockStaffInvitation(ctx, email)
	if err != nil {
		return account.Invitation{}, missing("invitation", fmt.Errorf("lock invitation: %w", err))
	}
	return toInvitation(row), nil
}

// InviteStaff writes an invitation, in place of one that the address may have, and sets its times.
// Conflict when somebody else invites the first admin at the same moment.
func (tx *Tx) InviteStaff(ctx context.Context, i *account.Invitation, tokenHash []byte) error {
	amount, currency := fromLimit(i.Rights.RefundLimit)
	row, err := tx.PutStaffInvitation(ctx, query.PutStaffInvitationParams{
		ID: i.ID, Email: i.Email, Role: string(i.Role), Permissions: int(i.Rights.Permissions), RefundLimit: amount,
		RefundCurrency: currency, TokenHash: tokenHash, InvitedBy: orNull(i.InvitedBy), TtlSeconds: account.StaffInvitationTTL.Seconds(),
	})
	if err != nil {
		return fmt.Errorf("write invitation: %w", err)
	}
	*i = toInvitation(row)
	return nil
}

// UseStaffInvitation takes the invitation that a token opens, for good: NotFound when there is none, or it has run out.
func (tx *Tx) UseStaffInvitation(ctx context.Context, tokenHash []byte) (account.Invitation, error) {
	row, err := tx.TakeStaffInvitation(ctx, tokenHash)
	if err != nil {
		return account.Invitation{}, missing("invitation", fmt.Errorf("take invitation: %w", err))
	}
	return toInvitation(row), nil
}

// WithdrawStaffInvitation deletes an invitation and gives it: NotFound.
func (tx *Tx) WithdrawStaffInvitation(ctx context.Context, id domain.ID) (account.Invitation, error) {
	row, err := tx.DeleteStaffInvitation(ctx, id)
	if err != nil {
		return account.Invitation{}, missing("invitation", fmt.Errorf("delete invitation: %w", err))
	}
	return toInvitation(row), nil
}

// StaffInvitations lists those that are open, newest first, only such as are older than before unless it is Nil.
func (db *DB) StaffInvitations(ctx context.Context, before domain.ID, limit int) ([]account.Invitation, error) {
	rows, err := db.q().OpenStaffInvitations(ctx, query.OpenStaffInvitationsParams{Before: orNull(before), Most: int32(limit)}) //nolint:gosec // a page's size
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", classify(err))
	}
	out := make([]account.Invitation, len(rows))
	for i, r := range rows {
		out[i] = toInvitation(r)
	}
	return out, nil
}

// AddStaff makes an account of the staff. When the address has one already it returns Conflict: "account.other_role", or
// "account.exists" for one of the same role.
func (tx *Tx) AddStaff(ctx context.Context, u account.User) (account.User, error) {
	amount, currency := fromLimit(u.RefundLimit)
	row, err := tx.CreateStaff(ctx, query.CreateStaffParams{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: string(u.Role),
		Permissions: int(u.Permissions), RefundLimit: amount, RefundCurrency: currency,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return u, tx.AddressIsFree(ctx, u.Email, u.Role)
	}
	if err != nil {
		return u, fmt.Errorf("create account: %w", err)
	}
	return toUser(row), nil
}

// AddressIsFree returns the Conflict of AddStaff when an address has an account.
func (tx *Tx) AddressIsFree(ctx context.Context, email string, role domain.Role) error {
	row, err := tx.UserByEmail(ctx, email)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("read account: %w", err)
	case domain.Role(row.Role) != role:
		return domain.Errorf(domain.Conflict, "account.other_role",
			"the address has an account whose role is not %s; a role never changes", role)
	}
	return domain.Errorf(domain.Conflict, "account.exists", "the address has an account with this role already")
}

func toInvitation(r query.StaffInvitation) account.Invitation {
	return account.Invitation{
		ID: r.ID, Email: r.Email, Role: domain.Role(r.Role), InvitedBy: orNil(r.InvitedBy), CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt,
		Rights: account.Rights{
			Permissions: domain.Permissions(r.Permissions), //nolint:gosec // a small set, checked by the table
			RefundLimit: domain.Money{Amount: r.RefundLimit, Currency: domain.Currency(r.RefundCurrency)},
		},
	}
}

// fromLimit keeps no currency of an amount that is nothing.
func fromLimit(m domain.Money) (amount int64, currency string) {
	if m.Amount == 0 {
		return 0, ""
	}
	return m.Amount, string(m.Currency)
}
