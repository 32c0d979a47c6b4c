package billing

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// payee is to whom an account may be told: the vendor, where the actor has a role that may do so, or the courier who asks. NotFound
// for strangers, Forbidden for a vendor's lower roles.
func (s *Payouts) payee(ctx context.Context, actor domain.Actor, of ledger.Account, may account.MemberAction) (name string, err error) {
	if of.Kind != ledger.AccountVendor {
		return "", nil
	}
	v, role, err := s.db.VendorFor(ctx, of.Owner, actor.ID)
	switch {
	case err != nil:
		return "", err
	case role == "":
		return "", domain.Missing("vendor")
	case !role.May(may):
		return "", domain.Errorf(domain.Forbidden, string(domain.Forbidden), "this is not for a vendor's %s", role)
	}
	return v.Name, nil
}

// BankAccount is where a vendor, for its managers and owners, or the actor, a courier, is paid to. NotFound when there is none.
func (s *Payouts) BankAccount(ctx context.Context, actor domain.Actor, of ledger.Account) (postgres.BankAccount, error) {
	if _, err := s.payee(ctx, actor, of, account.SeeMoney); err != nil {
		return postgres.BankAccount{}, err
	}
	return s.db.BankAccount(ctx, of)
}

// SetBankAccount says where a vendor, by its owner, or the actor, a courier, is paid to from now on. It needs a sign-in within the last
// 15 minutes, is noted in the audit log without the number, and told to the owners, or the courier, by mail. A version is that of the
// account in whose place it comes, 0 for whatever is there. The very same account again changes nothing.
// Errors: Invalid, naming the field; Forbidden "auth.recent"; Precondition; those of payee.
func (s *Payouts) SetBankAccount(ctx context.Context, actor domain.Actor, of ledger.Account, version int, bank payout.Bank) (out postgres.BankAccount, err error) {
	if bank, err = payout.ParseBank(bank); err != nil {
		return out, err
	}
	err = s.changeBank(ctx, actor, of, version, func(tx *postgres.Tx, was postgres.BankAccount) (postgres.BankAccount, error) {
		out, err = tx.SetBankAccount(ctx, of, was, bank, actor.ID)
		return out, err
	})
	return out, err
}

// DropBankAccount forgets where somebody is paid to: their payouts wait. Errors are those of SetBankAccount; NotFound when there is none.
func (s *Payouts) DropBankAccount(ctx context.Context, actor domain.Actor, of ledger.Account, version int) error {
	return s.changeBank(ctx, actor, of, version, func(tx *postgres.Tx, was postgres.BankAccount) (postgres.BankAccount, error) {
		if was.Version == 0 {
			return was, domain.Missing("bank account")
		}
		return postgres.BankAccount{}, tx.DropBankAccount(ctx, of)
	})
}

// changeBank does a change that gives the new account, with what belongs to each. One that changes nothing is told to nobody.
func (s *Payouts) changeBank(ctx context.Context, actor domain.Actor, of ledger.Account, version int, change func(*postgres.Tx, postgres.BankAccount) (postgres.BankAccount, error)) error {
	name, err := s.payee(ctx, actor, of, account.ManageBank)
	if err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if recent, err := tx.SignedInLately(ctx, actor, account.RecentSignIn); err != nil {
			return err
		} else if !recent {
			return account.ErrNotRecent
		}
		if err := tx.HoldPayee(ctx, of); err != nil {
			return err
		}
		was, err := tx.HoldBankAccount(ctx, of)
		if err != nil {
			return err
		}
		if err := domain.Fresh(version, was.Version); err != nil {
			return err
		}
		is, err := change(tx, was)
		if err != nil || is.Version == was.Version {
			return err
		}
		if err := tellBank(ctx, tx, of, name, is.Mask); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "bank_account.change", Subject: string(of.Kind), SubjectID: of.Owner,
			Before: map[string]any{"account": was.Mask}, After: map[string]any{"account": is.Mask},
		})
	})
}

// tellBank writes to those whose money it is.
func tellBank(ctx context.Context, tx *postgres.Tx, of ledger.Account, vendor, mask string) error {
	readers := []domain.ID{of.Owner}
	if of.Kind == ledger.AccountVendor {
		var err error
		if readers, err = tx.BankOwners(ctx, of.Owner); err != nil {
			return err
		}
	}
	now, err := tx.Moment(ctx)
	if err != nil {
		return err
	}
	for _, reader := range readers {
		l := letter.Letter{Kind: letter.BankChanged, UserID: reader, Until: now.Add(letter.BankTTL), Data: map[string]string{letter.Account: mask, letter.Vendor: vendor}}
		if err := tx.Post(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// BankOf is the whole account that a payout goes to, for staff who tell the bank; who has read it is noted. NotFound; payout.ErrNoBank.
func (s *Payouts) BankOf(ctx context.Context, actor domain.Actor, payoutID domain.ID) (payout.Bank, error) {
	p, err := s.db.Payout(ctx, payoutID)
	if err != nil {
		return payout.Bank{}, err
	}
	bank, err := s.db.BankOf(ctx, p)
	if err != nil {
		return payout.Bank{}, err
	}
	return bank, s.db.InTx(ctx, func(tx *postgres.Tx) error {
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "bank_account.read", Subject: "payout", SubjectID: p.ID, After: map[string]any{"owner": p.To.Owner, "account": bank.Mask()},
		})
	})
}
