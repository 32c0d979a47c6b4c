package client

import (
	"context"
	"net/url"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Signup asks for an account; a code comes by mail.
func (c *Client) Signup(ctx context.Context, r dto.SignupRequest) (dto.CodeSent, error) {
	return post[dto.CodeSent](ctx, c, "/auth/signup", r)
}

// Login asks for a code to sign in with.
func (c *Client) Login(ctx context.Context, email string) (dto.CodeSent, error) {
	return post[dto.CodeSent](ctx, c, "/auth/login", dto.LoginRequest{Email: email})
}

// Verify trades a code for tokens.
func (c *Client) Verify(ctx context.Context, r dto.VerifyRequest) (dto.Tokens, error) {
	return post[dto.Tokens](ctx, c, "/auth/verify", r)
}

// Refresh trades a refresh token for new tokens. Each works once: two calls with one token end the whole session.
func (c *Client) Refresh(ctx context.Context, refreshToken string) (dto.Tokens, error) {
	return post[dto.Tokens](ctx, c, "/auth/refresh", dto.RefreshRequest{RefreshToken: refreshToken})
}

// Logout ends the session of the access token.
func (c *Client) Logout(ctx context.Context) error {
	_, err := post[none](ctx, c, "/auth/logout", nil)
	return err
}

// Me is the caller's account.
func (c *Client) Me(ctx context.Context) (dto.User, error) {
	return get[dto.User](ctx, c, "/me", nil)
}

// PatchMe changes the caller's name or phone.
func (c *Client) PatchMe(ctx context.Context, r dto.UserPatch, opts ...CallOption) (dto.User, error) {
	return patch[dto.User](ctx, c, "/me", r, opts...)
}

// Addresses lists the caller's addresses.
func (c *Client) Addresses(ctx context.Context) ([]dto.Address, error) {
	list, err := get[dto.AddressList](ctx, c, "/me/addresses", nil)
	return list.Data, err
}

// CreateAddress saves an address.
func (c *Client) CreateAddress(ctx context.Context, r dto.AddressRequest) (dto.Address, error) {
	return post[dto.Address](ctx, c, "/me/addresses", r)
}

// PatchAddress changes an address.
func (c *Client) PatchAddress(ctx context.Context, id domain.ID, r dto.AddressPatch, opts ...CallOption) (dto.Address, error) {
	return patch[dto.Address](ctx, c, "/me/addresses/"+id.String(), r, opts...)
}

// DeleteAddress forgets an address.
func (c *Client) DeleteAddress(ctx context.Context, id domain.ID) error {
	return remove(ctx, c, "/me/addresses/"+id.String())
}

// MyVendors lists the vendors that the caller works for.
func (c *Client) MyVendors(ctx context.Context) ([]dto.Vendor, error) {
	list, err := get[dto.VendorList](ctx, c, "/me/vendors", nil)
	return list.Data, err
}

// Ticket gives a ticket that opens one WebSocket within 30 seconds, for clients that cannot set headers.
func (c *Client) Ticket(ctx context.Context) (dto.Ticket, error) {
	return post[dto.Ticket](ctx, c, "/ws/ticket", nil)
}

// values builds a query; empty values are left out.
func values(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}
