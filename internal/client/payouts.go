package client

import (
	"context"
	"io"
	"net/http"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// PayoutFilter selects payouts of a list; each zero value leaves out a condition.
type PayoutFilter struct {
	State dto.PayoutState
	Owner domain.ID // a vendor or a courier
}

// Payouts lists payouts, newest first.
func (c *Client) Payouts(ctx context.Context, f PayoutFilter, p Page) (dto.PayoutList, error) {
	pairs := []string{"state", string(f.State)}
	if !f.Owner.IsNil() {
		pairs = append(pairs, "owner", f.Owner.String())
	}
	return get[dto.PayoutList](ctx, c, "/admin/payouts", values(p.query(pairs...)...))
}

// Payout is one payout.
func (c *Client) Payout(ctx context.Context, id domain.ID) (dto.Payout, error) {
	return get[dto.Payout](ctx, c, "/admin/payouts/"+id.String(), nil)
}

// DraftPayouts puts together what everybody, or one vendor or courier, is owed. As with PlaceOrder, the same key and request give
// the first answer again.
func (c *Client) DraftPayouts(ctx context.Context, key string, owner *domain.ID) (dto.PayoutList, error) {
	return do[dto.PayoutList](ctx, c, request{method: http.MethodPost, path: "/admin/payouts", body: dto.PayoutRequest{Owner: owner}, key: key})
}

// ApprovePayout approves a draft that somebody else has made.
func (c *Client) ApprovePayout(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Payout, error) {
	return post[dto.Payout](ctx, c, payoutPath(id, "approve"), nil, opts...)
}

// PayoutBankAccount is the whole account that a payout goes to.
func (c *Client) PayoutBankAccount(ctx context.Context, id domain.ID) (dto.BankAccountRequest, error) {
	return get[dto.BankAccountRequest](ctx, c, payoutPath(id, "bank-account"), nil)
}

// ExportPayout notes that the bank is told of an approved payout.
func (c *Client) ExportPayout(ctx context.Context, id domain.ID, opts ...CallOption) (dto.Payout, error) {
	return post[dto.Payout](ctx, c, payoutPath(id, "export"), nil, opts...)
}

// PayPayout notes that the bank has paid, with its reference.
func (c *Client) PayPayout(ctx context.Context, id domain.ID, reference string, opts ...CallOption) (dto.Payout, error) {
	return post[dto.Payout](ctx, c, payoutPath(id, "paid"), dto.PayoutNote{Note: reference}, opts...)
}

// FailPayout notes that a payout will not be paid, and why.
func (c *Client) FailPayout(ctx context.Context, id domain.ID, reason string, opts ...CallOption) (dto.Payout, error) {
	return post[dto.Payout](ctx, c, payoutPath(id, "failed"), dto.PayoutNote{Note: reason}, opts...)
}

// Statement is what a payout is made of.
func (c *Client) Statement(ctx context.Context, id domain.ID) (dto.Statement, error) {
	return get[dto.Statement](ctx, c, payoutPath(id, "statement"), nil)
}

// StatementAs writes a payout's statement in a form, csv or html, as it comes. An error may come after a part of it.
func (c *Client) StatementAs(ctx context.Context, id domain.ID, form string, to io.Writer) error {
	return c.download(ctx, payoutPath(id, "statement"), values("form", form), to)
}

func payoutPath(id domain.ID, verb string) string {
	return "/admin/payouts/" + id.String() + "/" + verb
}
