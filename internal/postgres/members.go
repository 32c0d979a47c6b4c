package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Members lists who works for a vendor, longest first, and then who was asked to; there are at most 100.
func (db *DB) Members(ctx context.Context, vendorID domain.ID) ([]account.Member, error) {
	members, err := db.q().MembersOf(ctx, query.MembersOfParams{VendorID: vendorID, Most: account.MaxMembers})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", classify(err))
	}
	invited, err := db.q().InvitationsOf(ctx, query.InvitationsOfParams{VendorID: vendorID, Most: account.MaxMembers})
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", classify(err))
	}
	out := make([]account.Member, 0, len(members)+len(invited))
	for _, m := range members {
		out = append(out, account.Member{
			ID: m.UserID, Role: account.MemberRole(m.Role), Email: m.Email, Since: m.Since,
			Name: strings.TrimSpace(m.FirstName + " " + m.LastName),
		})
	}
	for _, i := range invited {
		out = append(out, account.Member{
			ID: i.ID, Role: account.MemberRole(i.Role), Email: i.Email, Since: i.CreatedAt, Until: i.ExpiresAt, Invited: true,
		})
	}
	return out, nil
}

// memberRole is what a user is to a vendor: "" for one who is no member.
func (tx *Tx) memberRole(ctx context.Context, vendorID, userID domain.ID) (account.MemberRole, error) {
	role, err := tx.Queries.MemberRole(ctx, query.MemberRoleParams{VendorID: vendorID, UserID: userID})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read membership: %w", err)
	}
	return account.MemberRole(role), nil
}

// Member gives what somebody is to a vendor that is locked: NotFound for one who is no member.
func (tx *Tx) Member(ctx context.Context, vendorID, userID domain.ID) (account.MemberRole, error) {
	role, err := tx.memberRole(ctx, vendorID, userID)
	if err == nil && role == "" {
		err = domain.Missing("member")
	}
	return role, err
}

// Owners counts the owners of a vendor that is locked.
func (tx *Tx) Owners(ctx context.Context, vendorID domain.ID) (int, error) {
	n, err := tx.MemberCounts(ctx, vendorID)
	if err != nil {
		return 0, fmt.Errorf("count owners: %w", err)
	}
	return n.Owners, nil
}

// Invite asks an address to work for a vendor that is locked, or asks it anew: Conflict "member.exists" when it does, and
// "member.too_many" when the house is full.
func (tx *Tx) Invite(ctx context.Context, newID, vendorID domain.ID, email string, role account.MemberRole) (account.Member, error) {
	_, err := tx.MemberByEmail(ctx, query.MemberByEmailParams{VendorID: vendorID, Email: email})
	if err == nil {
		return account.Member{}, domain.Errorf(domain.Conflict, "member.exists", "the address is a member's already")
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return account.Member{}, fmt.Errorf("find member: %w", err)
	}
	row, err := tx.PutInvitation(ctx, query.PutInvitationParams{
		ID: newID, VendorID: vendorID, Email: email, Role: string(role), TtlSeconds: account.InvitationTTL.Seconds(),
	})
	if err != nil {
		return account.Member{}, fmt.Errorf("store invitation: %w", err)
	}
	n, err := tx.MemberCounts(ctx, vendorID)
	if err != nil {
		return account.Member{}, fmt.Errorf("count members: %w", err)
	}
	if n.Everybody > account.MaxMembers {
		return account.Member{}, domain.Errorf(domain.Conflict, "member.too_many", "a vendor has at most %d members", account.MaxMembers)
	}
	return account.Member{
		ID: row.ID, Role: role, Email: row.Email, Since: row.CreatedAt, Until: row.ExpiresAt, Invited: true,
	}, nil
}

// WithdrawInvitation takes an invitation of a locked vendor back, and says whether there was one.
func (tx *Tx) WithdrawInvitation(ctx context.Context, vendorID, id domain.ID) (bool, error) {
	n, err := tx.DeleteInvitation(ctx, query.DeleteInvitationParams{ID: id, VendorID: vendorID})
	if err != nil {
		return false, fmt.Errorf("delete invitation: %w", err)
	}
	return n > 0, nil
}

// Join makes a user a member of a locked vendor; who is one already stays what they are, and false is returned.
func (tx *Tx) Join(ctx context.Context, vendorID, userID domain.ID, role account.MemberRole) (bool, error) {
	n, err := tx.JoinMember(ctx, query.JoinMemberParams{VendorID: vendorID, UserID: userID, Role: string(role)})
	if err != nil {
		return false, fmt.Errorf("add member: %w", err)
	}
	return n > 0, nil
}

// Appoint gives a member of a locked vendor a role; "" ends the membership.
func (tx *Tx) Appoint(ctx context.Context, vendorID, userID domain.ID, role account.MemberRole) error {
	var err error
	if role == "" {
		_, err = tx.DeleteMember(ctx, query.DeleteMemberParams{VendorID: vendorID, UserID: userID})
	} else {
		_, err = tx.SetMemberRole(ctx, query.SetMemberRoleParams{VendorID: vendorID, UserID: userID, Role: string(role)})
	}
	if err != nil {
		return fmt.Errorf("change member: %w", err)
	}
	return nil
}

// JoinInvited makes a vendor's account a member wherever its address was asked, as it has just proved that it reads its mail.
func (tx *Tx) JoinInvited(ctx context.Context, actor domain.Actor, email string) error {
	invitations, err := tx.InvitationsFor(ctx, query.InvitationsForParams{Email: email, Most: maxMemberships})
	if err != nil {
		return fmt.Errorf("find invitations: %w", err)
	}
	for _, i := range invitations {
		if err := tx.joinInvited(ctx, actor, i.VendorID, i.ID); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) joinInvited(ctx context.Context, actor domain.Actor, vendorID, invitation domain.ID) error {
	head, err := tx.LockVendorHead(ctx, vendorID)
	if err != nil {
		return fmt.Errorf("lock vendor: %w", err)
	}
	role, err := tx.TakeInvitation(ctx, invitation)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take invitation: %w", err)
	}
	joined, err := tx.Join(ctx, vendorID, actor.ID, account.MemberRole(role))
	if err != nil || !joined {
		return err
	}
	err = tx.Audit(ctx, actor, AuditEntry{
		Action: "member.join", Subject: "vendor", SubjectID: vendorID, After: map[string]any{"userId": actor.ID.String(), "role": role},
	})
	if err != nil {
		return err
	}
	return tx.tellOf(ctx, head, actor, domain.Event{Type: "vendor.member_joined", Data: map[string]any{"userId": actor.ID.String(), "role": role}})
}

// tellOf appends events to a vendor whose row is locked, and stores its new version.
func (tx *Tx) tellOf(ctx context.Context, head query.LockVendorHeadRow, actor domain.Actor, events ...domain.Event) error {
	version, err := tx.Append(ctx, domain.Record{
		Subject: domain.SubjectVendor, SubjectID: head.ID, Version: head.Version, ActorRole: actor.Role, ActorID: actor.ID, City: head.City,
	}, events...)
	if err != nil {
		return err
	}
	return tx.SetVendorVersion(ctx, query.SetVendorVersionParams{ID: head.ID, Version: version})
}

// VendorAccount finds the vendor's account of an address: NotFound without one, Conflict "account.other_role" for an account
// that is none, "account.suspended" for one that is suspended.
func (tx *Tx) VendorAccount(ctx context.Context, email string) (domain.ID, error) {
	row, err := tx.UserByEmail(ctx, email)
	if err != nil {
		return domain.Nil, missing("account", fmt.Errorf("find account: %w", err))
	}
	if row.Role != string(domain.RoleVendor) {
		return domain.Nil, domain.Errorf(domain.Conflict, "account.other_role", "the address has an account of another role; a role never changes")
	}
	if row.Status != string(account.Active) {
		return domain.Nil, domain.Errorf(domain.Conflict, "account.suspended", "the address has an account that is suspended; reinstate it first")
	}
	return row.ID, nil
}

// ForgetOwnerInvitations takes back what was asked of would-be owners of a locked vendor.
func (tx *Tx) ForgetOwnerInvitations(ctx context.Context, vendorID domain.ID) error {
	if err := tx.DeleteOwnerInvitations(ctx, vendorID); err != nil {
		return fmt.Errorf("delete invitations: %w", err)
	}
	return nil
}
