// Package ledger holds the books: which accounts there are, and which entries each fact of the business posts.
//
// An entry is positive when the marketplace owes more, or has earned; negative when somebody owes it, or it has spent. The
// entries of a transfer sum to zero and are of one currency. Nothing is ever taken back: a mistake is a reversal.
//
// What customers have paid for food that is not handed over is held: over the transfers of one order, the account Held comes
// to zero once the order is settled, given back or both in part.
package ledger

import (
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// AccountKind is what an account is for.
type AccountKind string

// The kinds of accounts. Those of somebody have one account for each, the others are the marketplace's.
const (
	AccountGateway    AccountKind = "gateway"      // a provider's: what it has taken for us and not paid out
	AccountWallet     AccountKind = "wallet"       // a customer's: never below zero
	AccountVendor     AccountKind = "vendor"       // what we owe a vendor
	AccountCourier    AccountKind = "courier"      // what we owe a courier
	AccountCash       AccountKind = "courier_cash" // what a courier has in their pocket for us: never above zero
	AccountHeld       AccountKind = "held"         // paid for orders that are not handed over
	AccountCommission AccountKind = "commission"
	AccountFees       AccountKind = "fees"       // for small orders and late cancellations
	AccountTax        AccountKind = "tax"        // owed to the state
	AccountPromotions AccountKind = "promotions" // the discounts that we bear
	AccountRefunds    AccountKind = "refunds"    // what we bear when things go wrong
	AccountBank       AccountKind = "bank"
)

// Account is one account of each currency.
type Account struct {
	Kind     AccountKind
	Owner    domain.ID // of a wallet, a vendor's or a courier's account; Nil for the others
	Provider string    // of a gateway; "" for the others
}

// Accounts of the marketplace itself.
var (
	Held       = Account{Kind: AccountHeld}
	Commission = Account{Kind: AccountCommission}
	Fees       = Account{Kind: AccountFees}
	Tax        = Account{Kind: AccountTax}
	Promotions = Account{Kind: AccountPromotions}
	Refunds    = Account{Kind: AccountRefunds}
	Bank       = Account{Kind: AccountBank}
)

// Gateway is a provider's account.
func Gateway(provider string) Account { return Account{Kind: AccountGateway, Provider: provider} }

// Wallet is a customer's account.
func Wallet(customerID domain.ID) Account { return Account{Kind: AccountWallet, Owner: customerID} }

// Vendor is a vendor's account.
func Vendor(vendorID domain.ID) Account { return Account{Kind: AccountVendor, Owner: vendorID} }

// Courier is the account of what a courier has earned.
func Courier(courierID domain.ID) Account { return Account{Kind: AccountCourier, Owner: courierID} }

// Cash is the account of the cash that a courier has in their pocket.
func Cash(courierID domain.ID) Account { return Account{Kind: AccountCash, Owner: courierID} }

// Kept says whether the account's balance is kept with it, because a rule looks at it.
func (a Account) Kept() bool { return a.Kind == AccountWallet || a.Kind == AccountCash }

func (a Account) complete() bool {
	switch a.Kind {
	case AccountGateway:
		return a.Provider != "" && a.Owner.IsNil()
	case AccountWallet, AccountVendor, AccountCourier, AccountCash:
		return a.Provider == "" && !a.Owner.IsNil()
	case AccountHeld, AccountCommission, AccountFees, AccountTax, AccountPromotions, AccountRefunds, AccountBank:
		return a.Provider == "" && a.Owner.IsNil()
	}
	return false
}

// Kind is which fact of the business a transfer tells of.
type Kind string

// The kinds of transfers.
const (
	OrderCaptured  Kind = "order.captured"
	OrderSettled   Kind = "order.settled"
	OrderCancelled Kind = "order.cancelled"
	OrderRefunded  Kind = "order.refunded"
	OrderLost      Kind = "order.lost"
	CashDeposited  Kind = "cash.deposited"
	GatewayPaid    Kind = "gateway.paid"
	WalletCredited Kind = "wallet.credited"
	WalletToppedUp Kind = "wallet.topped_up"
	PaidOut        Kind = "payout"
	Reversed       Kind = "reversal"
)

// Kinds lists them.
var Kinds = []Kind{
	OrderCaptured, OrderSettled, OrderCancelled, OrderRefunded, OrderLost, CashDeposited, GatewayPaid, WalletCredited, WalletToppedUp, PaidOut, Reversed,
}

// Entry moves an account's balance by an amount in minor units, never zero.
type Entry struct {
	Account Account
	Amount  int64
}

// Transfer is one fact in the books. There is one a kind and source: whoever posts it again changes nothing.
type Transfer struct {
	ID       domain.ID // Nil until it is written
	Kind     Kind
	Source   domain.ID // what caused it: a payment, an order, a refund, a payout
	OrderID  domain.ID // Nil where it concerns no order
	At       time.Time // zero: when it is written
	Currency domain.Currency
	Entries  []Entry // one an account
}

// post adds an amount to an account's entry.
func (t *Transfer) post(a Account, amount int64) {
	for i := range t.Entries {
		if t.Entries[i].Account == a {
			t.Entries[i].Amount += amount
			return
		}
	}
	t.Entries = append(t.Entries, Entry{a, amount})
}

// done leaves out the entries that move nothing.
func (t Transfer) done() Transfer {
	entries := t.Entries
	t.Entries = nil
	for _, e := range entries {
		if e.Amount != 0 {
			t.Entries = append(t.Entries, e)
		}
	}
	return t
}

// Of is by how much the transfer moves an account.
func (t Transfer) Of(a Account) (sum int64) {
	for _, e := range t.Entries {
		if e.Account == a {
			sum += e.Amount
		}
	}
	return sum
}

// Check finds mistakes of the program: a transfer that does not sum to zero, or has a source, a currency or an account's owner
// missing.
func (t Transfer) Check() error {
	var sum int64
	for _, e := range t.Entries {
		if !e.Account.complete() || e.Amount == 0 {
			return fmt.Errorf("%s of %s: entry of %d on an account %q of nobody, of too much or of nothing", t.Kind, t.Source, e.Amount, e.Account.Kind)
		}
		sum += e.Amount
	}
	if sum != 0 || t.Source.IsNil() || !t.Currency.Known() {
		return fmt.Errorf("%s of %s: sums to %d %s", t.Kind, t.Source, sum, t.Currency)
	}
	return nil
}

// Reversal takes back a transfer that was written, once: its source is the transfer. Conflict "ledger.not_reversible" for a
// reversal, and for what was not written.
func Reversal(of Transfer) (Transfer, error) {
	if of.Kind == Reversed || of.ID.IsNil() {
		return Transfer{}, domain.Errorf(domain.Conflict, "ledger.not_reversible", "a reversal is not taken back; post what is right")
	}
	t := Transfer{Kind: Reversed, Source: of.ID, OrderID: of.OrderID, Currency: of.Currency}
	for _, e := range of.Entries {
		t.post(e.Account, -e.Amount)
	}
	return t, nil
}
