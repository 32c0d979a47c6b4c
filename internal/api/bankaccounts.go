package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// whose gives whose bank account a call is about.
type whose func(c *call) (ledger.Account, error)

func thisVendors(c *call) (ledger.Account, error) {
	id, err := c.id()
	return ledger.Vendor(id), err
}

func ownCouriers(c *call) (ledger.Account, error) { return ledger.Courier(c.actor.ID), nil }

func (h *handlers) getBankAccount(of whose) handler {
	return func(c *call) (answer, error) {
		account, err := of(c)
		if err != nil {
			return answer{}, err
		}
		return bankAnswer(h.Payouts.BankAccount(c.Context(), c.actor, account))
	}
}

func (h *handlers) putBankAccount(of whose) handler {
	return func(c *call) (answer, error) {
		account, err := of(c)
		if err != nil {
			return answer{}, err
		}
		version, err := c.version()
		if err != nil {
			return answer{}, err
		}
		req, err := body[dto.BankAccountRequest](c)
		if err != nil {
			return answer{}, err
		}
		bank := payout.Bank{Holder: req.Holder, Scheme: payout.Scheme(req.Scheme), Number: req.Number, Routing: deref(req.Routing)}
		return bankAnswer(h.Payouts.SetBankAccount(c.Context(), c.actor, account, version, bank))
	}
}

func (h *handlers) deleteBankAccount(of whose) handler {
	return func(c *call) (answer, error) {
		account, err := of(c)
		if err != nil {
			return answer{}, err
		}
		version, err := c.version()
		if err != nil {
			return answer{}, err
		}
		if err := h.Payouts.DropBankAccount(c.Context(), c.actor, account, version); err != nil {
			return answer{}, err
		}
		return noContent()
	}
}

func bankAnswer(b postgres.BankAccount, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(dto.BankAccount{
		Holder: b.Holder, Scheme: dto.BankScheme(b.Scheme), Number: b.Mask, Routing: some(b.Routing), Version: b.Version, ChangedAt: b.ChangedAt.UTC(),
	})
	a.header = map[string]string{"Cache-Control": "no-store"}
	return versioned(a, b.Version), err
}

// getPayoutBank is the one answer that has the whole number.
func (h *handlers) getPayoutBank(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	b, err := h.Payouts.BankOf(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	a, err := ok(dto.BankAccountRequest{Holder: b.Holder, Scheme: dto.BankScheme(b.Scheme), Number: b.Number, Routing: some(b.Routing)})
	a.header = map[string]string{"Cache-Control": "no-store"}
	return a, err
}
