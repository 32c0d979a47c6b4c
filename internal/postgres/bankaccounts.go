package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// BankAccount is where a vendor or a courier is paid to, as it is kept.
type BankAccount struct {
	payout.Bank
	Mask      string
	Version   int // 0: there is none
	ChangedAt time.Time

	key    string // of one that is held
	sealed []byte
}

// bankJSON is an account in its seal.
type bankJSON struct {
	Holder  string        `json:"holder"`
	Scheme  payout.Scheme `json:"scheme"`
	Number  string        `json:"number"`
	Routing string        `json:"routing,omitempty"`
}

// bankSeal ties a seal to its payee, so that it cannot be moved to another.
func bankSeal(to ledger.Account) []byte {
	return fmt.Appendf(nil, "bank account %s %s", to.Kind, to.Owner)
}

// BankAccount opens the account of a vendor or a courier. NotFound when they have told none.
func (db *DB) BankAccount(ctx context.Context, of ledger.Account) (BankAccount, error) {
	r, err := db.q().BankAccountOf(ctx, query.BankAccountOfParams{Kind: string(of.Kind), OwnerID: of.Owner})
	if err != nil {
		return BankAccount{}, missing("bank account", fmt.Errorf("read bank account: %w", classify(err)))
	}
	bank, err := openBank(ctx, db.q(), of, r.Key, r.Sealed)
	return BankAccount{Bank: bank, Mask: r.Mask, Version: r.Version, ChangedAt: r.ChangedAt}, err
}

func openBank(ctx context.Context, q *query.Queries, of ledger.Account, key string, sealed []byte) (payout.Bank, error) {
	text, err := open(ctx, q, key, sealed, bankSeal(of))
	if err != nil {
		return payout.Bank{}, fmt.Errorf("open bank account: %w", err)
	}
	var b bankJSON
	if err := json.Unmarshal(text, &b); err != nil {
		return payout.Bank{}, fmt.Errorf("open bank account: %w", errSeal)
	}
	return payout.Bank(b), nil
}

// HoldPayee locks what may be paid to a vendor or a courier, before their account is: nobody drafts or moves a payout to them meanwhile.
func (tx *Tx) HoldPayee(ctx context.Context, of ledger.Account) error {
	if _, err := tx.LockPayees(ctx, &of.Owner); err != nil {
		return fmt.Errorf("lock payee: %w", err)
	}
	if err := tx.LockOpenPayouts(ctx, query.LockOpenPayoutsParams{Kind: string(of.Kind), OwnerID: of.Owner}); err != nil {
		return fmt.Errorf("lock payouts: %w", err)
	}
	return nil
}

// HoldBankAccount locks the account of a vendor or a courier, without opening it. Its version is 0 when there is none.
func (tx *Tx) HoldBankAccount(ctx context.Context, of ledger.Account) (BankAccount, error) {
	r, err := tx.LockBankAccount(ctx, query.LockBankAccountParams{Kind: string(of.Kind), OwnerID: of.Owner})
	if errors.Is(err, pgx.ErrNoRows) {
		return BankAccount{}, nil
	}
	if err != nil {
		return BankAccount{}, fmt.Errorf("lock bank account: %w", err)
	}
	return BankAccount{Mask: r.Mask, Version: r.Version, ChangedAt: r.ChangedAt, key: r.Key, sealed: r.Sealed}, nil
}

// SetBankAccount seals and writes an account in the place of one that was held, or of none, of a held payee. The very same one stays as
// it is, with its version. Of another one, payouts that are still to be exported get a new version.
func (tx *Tx) SetBankAccount(ctx context.Context, of ledger.Account, was BankAccount, bank payout.Bank, by domain.ID) (BankAccount, error) {
	if now, err := openBank(ctx, tx.Queries, of, was.key, was.sealed); was.Version != 0 && err == nil && now == bank {
		was.Bank = bank
		return was, nil
	}
	text, err := json.Marshal(bankJSON(bank))
	if err != nil {
		return BankAccount{}, fmt.Errorf("encode bank account: %w", err)
	}
	key, sealed, err := tx.seal(ctx, text, bankSeal(of))
	if err != nil {
		return BankAccount{}, fmt.Errorf("seal bank account: %w", err)
	}
	r, err := tx.SaveBankAccount(ctx, query.SaveBankAccountParams{
		Kind: string(of.Kind), OwnerID: of.Owner, Key: key, Sealed: sealed, Mask: bank.Mask(), ChangedBy: by, WasVersion: was.Version,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return BankAccount{}, saved("bank account", 0, nil)
	}
	if err != nil {
		return BankAccount{}, classify(err)
	}
	return BankAccount{Bank: bank, Mask: r.Mask, Version: r.Version, ChangedAt: r.ChangedAt}, tx.renewPayouts(ctx, of)
}

func (tx *Tx) renewPayouts(ctx context.Context, of ledger.Account) error {
	if err := tx.RenewOpenPayouts(ctx, query.RenewOpenPayoutsParams{Kind: string(of.Kind), OwnerID: of.Owner}); err != nil {
		return fmt.Errorf("renew payouts: %w", err)
	}
	return nil
}

// DropBankAccount forgets the account of a held payee. What banks were told with payouts stays with those.
func (tx *Tx) DropBankAccount(ctx context.Context, of ledger.Account) error {
	if err := tx.DeleteBankAccount(ctx, query.DeleteBankAccountParams{Kind: string(of.Kind), OwnerID: of.Owner}); err != nil {
		return fmt.Errorf("delete bank account: %w", err)
	}
	return tx.renewPayouts(ctx, of)
}

// ApproveBank has a held payout keep which account its payee has now: no other one is told to the bank. payout.ErrApproved when it is
// approved again, and it is the one that it was.
func (tx *Tx) ApproveBank(ctx context.Context, p Payout, again bool) error {
	if again {
		now, err := tx.HoldBankAccount(ctx, p.To)
		if err != nil {
			return err
		}
		if now.Version == p.approvedBank {
			return payout.ErrApproved
		}
	}
	if err := tx.ApprovePayoutsBank(ctx, p.ID); err != nil {
		return fmt.Errorf("keep approved bank account: %w", err)
	}
	return nil
}

// TellBank has a held payout keep the account that its payee has now: payout.ErrNoBank when there is none, payout.ErrBankChanged when it
// was approved to go to another one, or when there was none to look at.
func (tx *Tx) TellBank(ctx context.Context, p Payout) error {
	now, err := tx.HoldBankAccount(ctx, p.To)
	switch {
	case err != nil:
		return err
	case now.Version == 0:
		return payout.ErrNoBank
	case p.approvedBank != now.Version:
		return payout.BankChanged(p.Approved, now.Mask)
	}
	if err := tx.TellPayoutsBank(ctx, p.ID); err != nil {
		return fmt.Errorf("keep bank account: %w", err)
	}
	return nil
}

// BankOf opens the account that a payout goes to: the one that the bank was told, or before that the one that its payee has now.
// payout.ErrNoBank when there is none, or it is erased.
func (db *DB) BankOf(ctx context.Context, p Payout) (payout.Bank, error) {
	if p.State == payout.Draft || p.State == payout.Approved {
		b, err := db.BankAccount(ctx, p.To)
		if domain.KindOf(err) == domain.NotFound {
			return b.Bank, payout.ErrNoBank
		}
		return b.Bank, err
	}
	if p.bankSealed == nil {
		return payout.Bank{}, payout.ErrNoBank
	}
	return openBank(ctx, db.q(), p.To, p.bankKey, p.bankSealed)
}
