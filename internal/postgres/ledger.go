package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// ErrPosted says that a transfer of the same kind and source is in the books already: nothing of it was written again.
var ErrPosted = domain.Errorf(domain.Conflict, "ledger.posted", "it is in the books already")

// Transfer writes transfers into the books, in one round trip, and opens the accounts that have none yet. One without entries
// is left out.
// Errors: ErrPosted when one of them was written before; the others are written then. Conflict "wallet.insufficient" when a
// wallet would go below zero, with its balance and the amount once InTx has ended, "cash.exceeds" when a courier would hand in more cash than they hold: then, and for a transfer
// that ledger.Transfer.Check refuses, the transaction is lost.
func (tx *Tx) Transfer(ctx context.Context, transfers ...ledger.Transfer) error {
	var p query.PostTransfersParams
	for _, t := range transfers {
		if err := t.Check(); err != nil {
			return fmt.Errorf("check transfer: %w", err)
		}
		if len(t.Entries) > 0 {
			addTransfer(&p, t)
		}
	}
	if len(p.Ids) == 0 {
		return nil
	}
	written, err := tx.PostTransfers(ctx, p)
	if err = classify(err); errors.Is(err, errWallet) {
		return shortOf(transfers)
	}
	if err != nil {
		return fmt.Errorf("post transfers: %w", err)
	}
	if len(written) < len(p.Ids) {
		return ErrPosted
	}
	return nil
}

// shortWallet is errWallet with whose wallet it is and what it was to pay. What it has is read when the transaction is over.
type shortWallet struct {
	owner  domain.ID
	amount domain.Money
}

func (e shortWallet) Error() string { return errWallet.Error() }

func (e shortWallet) Unwrap() error { return errWallet }

// shortOf is about the last wallet that some transfers take from.
func shortOf(transfers []ledger.Transfer) (short shortWallet) {
	for _, t := range transfers {
		for _, e := range t.Entries {
			if e.Account.Kind == ledger.AccountWallet && e.Amount < 0 {
				short = shortWallet{e.Account.Owner, domain.Money{Amount: -e.Amount, Currency: t.Currency}}
			}
		}
	}
	return short
}

// tell says what the wallet has. Where that cannot be read, it is errWallet.
func (e shortWallet) tell(ctx context.Context, db *DB) error {
	balance, err := db.WalletBalance(ctx, e.owner, e.amount.Currency)
	if err != nil {
		return errWallet
	}
	money := func(m domain.Money) map[string]any {
		return map[string]any{"amount": m.Amount, "currency": string(m.Currency)}
	}
	return domain.Errorf(errWallet.Kind, errWallet.Code, "the wallet has %s, and %s are to be paid", balance, e.amount).
		With("balance", money(balance)).With("amount", money(e.amount))
}

func addTransfer(p *query.PostTransfersParams, t ledger.Transfer) {
	if t.ID.IsNil() {
		t.ID = id.New()
	}
	if t.At.IsZero() {
		t.At = time.Unix(0, 0) // what the statement takes for now
	}
	p.Ids = append(p.Ids, t.ID)
	p.Kinds = append(p.Kinds, string(t.Kind))
	p.Sources = append(p.Sources, t.Source)
	p.OrderIds = append(p.OrderIds, t.OrderID)
	p.At = append(p.At, t.At)
	for _, e := range t.Entries {
		p.EntryIds = append(p.EntryIds, t.ID)
		p.AccountKinds = append(p.AccountKinds, string(e.Account.Kind))
		p.OwnerIds = append(p.OwnerIds, e.Account.Owner)
		p.Providers = append(p.Providers, e.Account.Provider)
		p.Currencies = append(p.Currencies, string(t.Currency))
		p.Amounts = append(p.Amounts, e.Amount)
	}
}

// TransferByID reads a transfer, as ledger.Reversal takes it. NotFound when there is none.
func (tx *Tx) TransferByID(ctx context.Context, transferID domain.ID) (ledger.Transfer, error) {
	rows, err := tx.EntriesOfTransfer(ctx, transferID)
	if err != nil {
		return ledger.Transfer{}, fmt.Errorf("read transfer: %w", err)
	}
	if len(rows) == 0 {
		return ledger.Transfer{}, domain.Missing("transfer")
	}
	t := ledger.Transfer{ID: transferID}
	for _, r := range rows {
		t.Kind, t.Source, t.OrderID, t.At, t.Currency = ledger.Kind(r.TransferKind), r.Source, orNil(r.OrderID), r.At, domain.Currency(r.Currency)
		t.Entries = append(t.Entries, ledger.Entry{
			Account: ledger.Account{Kind: ledger.AccountKind(r.Kind), Owner: orNil(r.OwnerID), Provider: r.Provider}, Amount: r.Amount,
		})
	}
	return t, nil
}

// Booked is a transfer as the books tell it.
type Booked struct {
	ledger.Transfer
	Owners []string // whose account each entry is on, by name; "" for the marketplace's own
}

// Ledger lists the transfers of an order after one, oldest first, each with its debits first; Nil begins with the first.
func (db *DB) Ledger(ctx context.Context, orderID, after domain.ID, limit int) ([]Booked, error) {
	rows, err := db.q().LedgerOfOrder(ctx, query.LedgerOfOrderParams{OrderID: orderID, After: orNull(after), Most: int32(limit)}) //nolint:gosec // a page's size
	if err != nil {
		return nil, fmt.Errorf("list ledger: %w", classify(err))
	}
	var out []Booked
	for _, r := range rows {
		if len(out) == 0 || out[len(out)-1].ID != r.ID {
			out = append(out, Booked{Transfer: ledger.Transfer{
				ID: r.ID, Kind: ledger.Kind(r.Kind), Source: r.Source, OrderID: orderID, At: r.At, Currency: domain.Currency(r.Currency),
			}})
		}
		t := &out[len(out)-1]
		t.Entries = append(t.Entries, ledger.Entry{
			Account: ledger.Account{Kind: ledger.AccountKind(r.Account), Owner: orNil(r.OwnerID), Provider: r.Provider}, Amount: r.Amount,
		})
		t.Owners = append(t.Owners, r.OwnerName)
	}
	return out, nil
}

// WalletBalance is what a customer has in their wallet, in one currency.
func (db *DB) WalletBalance(ctx context.Context, customerID domain.ID, c domain.Currency) (domain.Money, error) {
	balance, err := db.q().KeptBalance(ctx, query.KeptBalanceParams{Kind: string(ledger.AccountWallet), OwnerID: customerID, Currency: string(c)})
	if err != nil {
		return domain.Money{}, fmt.Errorf("read wallet: %w", classify(err))
	}
	return domain.Money{Amount: balance, Currency: c}, nil
}
