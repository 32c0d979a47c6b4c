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

// EnsureUser makes sure that an address has an account of a role, and gives it, held; names are for a new one.
// It returns Conflict "account.other_role" when the address has an account of another role.
func (tx *Tx) EnsureUser(ctx context.Context, u account.User) (account.User, error) {
	row, err := tx.Queries.EnsureUser(ctx, query.EnsureUserParams{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Role: string(u.Role),
		Permissions: int(u.Permissions),
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return account.User{}, domain.Errorf(domain.Conflict, "account.other_role",
			"the address has an account whose role is not %s; a role never changes", u.Role)
	}
	if err != nil {
		return account.User{}, fmt.Errorf("ensure account: %w", err)
	}
	return toUser(row), nil
}

// RightsSetByStaff says whether anybody on the staff has ever set what an account may do.
func (tx *Tx) RightsSetByStaff(ctx context.Context, user domain.ID) (bool, error) {
	set, err := tx.Queries.RightsSetByStaff(ctx, user)
	if err != nil {
		return false, fmt.Errorf("look who set rights: %w", err)
	}
	return set, nil
}

// EnsureApproved approves a courier, on a motorbike if nothing is known of them yet, and the vendors which a vendor account owns,
// that wait for it: what staff have rejected or suspended stays so.
func (tx *Tx) EnsureApproved(ctx context.Context, u account.User) error {
	switch u.Role {
	case domain.RoleCourier:
		return tx.ensureCourier(ctx, u)
	case domain.RoleVendor:
		return tx.ensureVendors(ctx, u.ID)
	}
	return nil
}

func (tx *Tx) ensureCourier(ctx context.Context, u account.User) error {
	made, err := tx.CreateApprovedCourier(ctx, query.CreateApprovedCourierParams{UserID: u.ID, Name: u.FirstName})
	if err != nil {
		return fmt.Errorf("create courier: %w", err)
	}
	if made > 0 {
		return nil
	}
	row, err := tx.LockPendingCourier(ctx, u.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("lock courier: %w", err)
	}
	version, err := tx.Append(ctx, domain.Record{
		Subject: domain.SubjectCourier, SubjectID: u.ID, CourierID: u.ID, ActorRole: domain.RoleSystem, Version: row.Version,
	}, domain.Event{Type: "courier.approved"})
	if err != nil {
		return err
	}
	return tx.ApproveCourierRow(ctx, query.ApproveCourierRowParams{UserID: u.ID, Version: version})
}

func (tx *Tx) ensureVendors(ctx context.Context, owner domain.ID) error {
	rows, err := tx.LockPendingVendors(ctx, owner)
	if err != nil {
		return fmt.Errorf("lock vendors: %w", err)
	}
	for _, v := range rows {
		version, err := tx.Append(ctx, domain.Record{
			Subject: domain.SubjectVendor, SubjectID: v.ID, VendorID: v.ID, ActorRole: domain.RoleSystem, City: v.City, Version: v.Version,
		}, domain.Event{Type: "vendor.approved"})
		if err != nil {
			return err
		}
		if err := tx.ApproveVendorRow(ctx, query.ApproveVendorRowParams{ID: v.ID, Version: version}); err != nil {
			return fmt.Errorf("approve vendor: %w", err)
		}
	}
	return nil
}
