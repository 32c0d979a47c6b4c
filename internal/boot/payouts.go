package boot

import (
	"context"
	"io"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
)

// MostPayouts bounds how many payouts one list reads, and one export moves.
const MostPayouts = 1000

// Payouts are those of the settings' API, for staff with the permission payouts.
// Errors of its methods: *client.Problem.
type Payouts struct{ api *client.Client }

// OpenPayouts makes it. Errors: those of staffClient.
func OpenPayouts(c *config.Config, dataDir string) (*Payouts, error) {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	return &Payouts{api}, err
}

// List reads up to most payouts (1 to MostPayouts), newest first, from a cursor on, or "" for the beginning. The list's NextCursor
// tells where the next begin.
func (p *Payouts) List(ctx context.Context, f client.PayoutFilter, most int, cursor string) (dto.PayoutList, error) {
	all, next, err := upTo(most, cursor, func(page client.Page) ([]dto.Payout, *string, error) {
		list, err := p.api.Payouts(ctx, f, page)
		return list.Data, list.NextCursor, err
	})
	return dto.PayoutList{Data: all, NextCursor: next}, err
}

// Payout reads one.
func (p *Payouts) Payout(ctx context.Context, id domain.ID) (dto.Payout, error) {
	return p.api.Payout(ctx, id)
}

// Draft puts together what everybody, or with an ID one vendor or courier, is owed. The same key does it once.
func (p *Payouts) Draft(ctx context.Context, key string, owner domain.ID) (dto.PayoutList, error) {
	if owner.IsNil() {
		return p.api.DraftPayouts(ctx, key, nil)
	}
	return p.api.DraftPayouts(ctx, key, &owner)
}

// Approve approves a draft that still has the version which was looked at, and that somebody else has made.
func (p *Payouts) Approve(ctx context.Context, seen dto.Payout) (dto.Payout, error) {
	return p.api.ApprovePayout(ctx, seen.ID, client.IfMatch(seen.Version), Once())
}

// Export notes that the bank is told of a payout. One that was exported before is given as it is.
func (p *Payouts) Export(ctx context.Context, seen dto.Payout) (dto.Payout, error) {
	if seen.State == dto.PayoutStateExported {
		return seen, nil
	}
	return p.api.ExportPayout(ctx, seen.ID, client.IfMatch(seen.Version), Once())
}

// Bank reads the whole account that a payout goes to.
func (p *Payouts) Bank(ctx context.Context, id domain.ID) (dto.BankAccountRequest, error) {
	return p.api.PayoutBankAccount(ctx, id)
}

// Paid notes that the bank has paid, with its reference.
func (p *Payouts) Paid(ctx context.Context, seen dto.Payout, reference string) (dto.Payout, error) {
	return p.api.PayPayout(ctx, seen.ID, reference, client.IfMatch(seen.Version), Once())
}

// Failed notes that a payout will not be paid, and why: what it was made of is owed again.
func (p *Payouts) Failed(ctx context.Context, seen dto.Payout, reason string) (dto.Payout, error) {
	return p.api.FailPayout(ctx, seen.ID, reason, client.IfMatch(seen.Version), Once())
}

// Statement reads what a payout is made of.
func (p *Payouts) Statement(ctx context.Context, id domain.ID) (dto.Statement, error) {
	return p.api.Statement(ctx, id)
}

// StatementAs writes a payout's statement as csv or html.
func (p *Payouts) StatementAs(ctx context.Context, id domain.ID, form string, to io.Writer) error {
	return p.api.StatementAs(ctx, id, form, to)
}
