package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

// Staff is who works for the marketplace, and who is asked to.
type Staff struct {
	Members     []dto.Account    `json:"members"`
	Invitations []dto.Invitation `json:"invitations"`
}

// StaffList asks the API of the settings who is on the staff.
// Errors of this and the next two: those of staffClient, and *client.Problem.
func StaffList(ctx context.Context, c *config.Config, dataDir string) (Staff, error) {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	if err != nil {
		return Staff{}, err
	}
	s := Staff{Members: []dto.Account{}, Invitations: []dto.Invitation{}}
	for _, role := range []domain.Role{domain.RoleAdmin, domain.RoleSupport} {
		err := pages(func(cursor string) (*string, error) {
			page, err := api.Users(ctx, role, "", cursor)
			s.Members = append(s.Members, page.Data...)
			return page.NextCursor, err
		})
		if err != nil {
			return Staff{}, err
		}
	}
	s.Invitations, err = invitations(ctx, api)
	return s, err
}

func invitations(ctx context.Context, api *client.Client) ([]dto.Invitation, error) {
	all := []dto.Invitation{}
	err := pages(func(cursor string) (*string, error) {
		page, err := api.Invitations(ctx, cursor)
		all = append(all, page.Data...)
		return page.NextCursor, err
	})
	return all, err
}

// pages calls until there is no next page.
func pages(read func(cursor string) (next *string, err error)) error {
	for cursor := ""; ; {
		next, err := read(cursor)
		if err != nil || next == nil {
			return err
		}
		cursor = *next
	}
}

// StaffInvite invites somebody to the staff, who gets a mail.
func StaffInvite(ctx context.Context, c *config.Config, dataDir, email string, role domain.Role, r rules.Rights) (dto.Invitation, error) {
	if err := r.Check(role); err != nil {
		return dto.Invitation{}, err
	}
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	if err != nil {
		return dto.Invitation{}, err
	}
	req := dto.InvitationRequest{Email: email, Role: dto.StaffRole(role)}
	permissions := dto.Permissions{}
	for _, name := range r.Permissions.Names() {
		permissions = append(permissions, dto.Permission(name))
	}
	req.Permissions = &permissions
	if r.RefundLimit.Amount > 0 {
		req.RefundLimit = &dto.RefundLimit{Amount: r.RefundLimit.Amount, Currency: string(r.RefundLimit.Currency)}
	}
	return api.Invite(ctx, req)
}

// StaffRevoke takes back what an address has of the staff: its invitation, and its account, which is suspended. It says which
// there were: NotFound when there was neither.
func StaffRevoke(ctx context.Context, c *config.Config, dataDir, email, reason string) (invitation, member bool, err error) {
	email, err = rules.ParseEmail(email)
	if err != nil {
		return false, false, err
	}
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	if err != nil {
		return false, false, err
	}
	open, err := invitations(ctx, api)
	if err != nil {
		return false, false, err
	}
	for _, i := range open {
		if i.Email == email {
			if err := api.DeleteInvitation(ctx, i.ID); err != nil {
				return invitation, false, err
			}
			invitation = true
		}
	}
	found, err := api.Users(ctx, "", email, "")
	if err != nil {
		return invitation, false, err
	}
	for _, u := range found.Data {
		if domain.Role(u.Role).Staff() && rules.Status(u.Status) == rules.Active {
			if _, err := api.SuspendUser(ctx, u.ID, reason); err != nil {
				return invitation, false, err
			}
			member = true
		}
	}
	if !invitation && !member {
		return false, false, domain.Missing("open invitation or active member of the staff")
	}
	return invitation, member, nil
}

// StaffBootstrap invites the first admin, in the settings' database. Without mailed it gives the token.
// Errors are those of Keys and of account.Bootstrap.
func StaffBootstrap(ctx context.Context, c *config.Config, email string, mailed bool) (token string, err error) {
	err = withAccounts(ctx, c, func(s *account.Service) error {
		token, err = s.Bootstrap(ctx, email, mailed)
		return err
	})
	return token, err
}
