package client

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Invite asks somebody by mail to join the staff.
func (c *Client) Invite(ctx context.Context, r dto.InvitationRequest) (dto.Invitation, error) {
	return post[dto.Invitation](ctx, c, "/admin/invitations", r)
}

// Invitations lists a page of the open invitations, newest first; cursor is the page before's, "" for the first.
func (c *Client) Invitations(ctx context.Context, cursor string) (dto.InvitationList, error) {
	return get[dto.InvitationList](ctx, c, "/admin/invitations", values("limit", "100", "cursor", cursor))
}

// DeleteInvitation takes an invitation back.
func (c *Client) DeleteInvitation(ctx context.Context, id domain.ID) error {
	return remove(ctx, c, "/admin/invitations/"+id.String())
}

// Users lists a page of accounts, newest first: of a role and as q finds them, "" for any; cursor as for Invitations.
func (c *Client) Users(ctx context.Context, role domain.Role, q, cursor string) (dto.AccountList, error) {
	return get[dto.AccountList](ctx, c, "/admin/users", values("role", string(role), "q", q, "limit", "100", "cursor", cursor))
}

// SuspendUser keeps somebody out; their sessions end.
func (c *Client) SuspendUser(ctx context.Context, id domain.ID, reason string) (dto.Account, error) {
	return post[dto.Account](ctx, c, "/admin/users/"+id.String()+"/suspend", dto.ReasonRequest{Reason: reason})
}
