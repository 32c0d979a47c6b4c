package billing

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Wallet is what the actor has in their wallet, one balance a currency.
func (s *Service) Wallet(ctx context.Context, actor domain.Actor) ([]domain.Money, error) {
	return s.db.Wallets(ctx, actor.ID)
}

// Credit is what staff have put into a customer's wallet, at the marketplace's expense.
type Credit struct {
	ID     domain.ID
	Amount domain.Money
}

// Credit puts something into a customer's wallet. encode turns it into the answer that is kept with it.
// Errors: NotFound for who is no customer; Invalid; Forbidden "refund.limit" for support past their limit.
func (s *Service) Credit(ctx context.Context, actor domain.Actor, customerID domain.ID, amount domain.Money, reason string, encode func(Credit) (domain.Answer, error)) (domain.Answer, error) {
	var answer domain.Answer
	if !amount.Currency.Known() || amount.Amount < 1 || amount.Amount > domain.MaxAmount {
		return answer, domain.Invalidf("amount", "range", "must be from 1 to %d minor units of a currency that is traded in", domain.MaxAmount)
	}
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		users, err := tx.HoldUsers(ctx, customerID, actor.ID)
		if err != nil {
			return err
		}
		if u, known := users[customerID]; !known || u.Role != domain.RoleCustomer {
			return domain.Missing("customer")
		}
		if err := within(ctx, tx, actor, amount); err != nil {
			return err
		}
		c := Credit{id.New(), amount}
		if err := tx.Transfer(ctx, ledger.Credited(c.ID, customerID, amount)); err != nil {
			return err
		}
		err = tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "wallet.credit", Subject: "user", SubjectID: customerID,
			After: map[string]any{"credit": c.ID, "amount": amount.Amount, "currency": amount.Currency, "reason": reason},
		})
		if err != nil {
			return err
		}
		if answer, err = encode(c); err != nil {
			return err
		}
		return tx.Keep(ctx, answer)
	})
	return answer, err
}
