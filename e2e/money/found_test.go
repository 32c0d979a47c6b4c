package money

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment"
)

// Two thalis by card: 582.08, of which 103.60 are our commission, 31.08 tax and 33.00 for the way.
var twoByCard = wish{Lines: []int{2}, Method: rules.Card, Coupon: -1}

const twoThalis = 58208

var (
	bankRefuses = step{Verb: operate, Wallet: true}
	tooBusy     = step{Verb: cancel, Role: domain.RoleVendor, Reason: "TOO_BUSY"}
	takenBack   = step{Verb: unasked, News: payment.KindChargedBack, Amount: twoThalis}
	won         = step{Verb: unasked, News: payment.KindReinstated, Amount: twoThalis}
	regret      = step{Verb: cancel, Role: domain.RoleCustomer, Reason: "CHANGED_MIND"}
)

// found are sequences that once left the books wrong.
var found = []story{
	{
		name: "the fee of a cancel cannot be had", // half of the vendor's 414.40 is ours to pay
		wish: twoByCard, total: twoThalis, steps: join(paidByCard, accepted, started, regret, bankRefuses, answered),
		leaves: statement{ledger.AccountVendor: 20720, ledger.AccountRefunds: -20720},
	},
	{
		name: "the money comes after the fee was forgone: all of it goes back",
		wish: twoByCard, total: twoThalis,
		steps:  join(paidByCard, accepted, started, regret, bankRefuses, answered, step{Verb: hear, News: payment.KindCaptured, Nth: -1}, answered),
		leaves: statement{ledger.AccountVendor: 20720, ledger.AccountRefunds: -20720},
	},
	{
		name: "the bank lets go of the money while it cooks, then it is cancelled",
		wish: twoByCard, total: twoThalis, steps: join(paidByCard, accepted, started, step{Verb: hear, News: payment.KindVoided, Nth: -1}, regret, bankRefuses),
		leaves: statement{ledger.AccountVendor: 20720, ledger.AccountRefunds: -20720},
	},
	{
		name: "the bank takes the money after all, of what we bore and its customer has cancelled: all of it goes back",
		wish: twoByCard, total: twoThalis,
		steps:  join(paidByCard, accepted, started, bankRefuses, regret, step{Verb: hear, News: payment.KindCaptured, Nth: -1}, answered),
		leaves: statement{ledger.AccountVendor: 20720, ledger.AccountRefunds: -20720},
	},
	{
		name: "a customer cancels before they pay: what comes then goes back",
		wish: twoByCard, total: twoThalis,
		steps:  join(regret, step{Verb: hear, News: payment.KindCaptured, Nth: -1}, answered),
		leaves: statement{},
	},
	{
		name: "the bank refuses to send back what is held: staff put it into the wallet",
		wish: twoByCard, total: twoThalis,
		steps: join(paidByCard, accepted, answered, step{Verb: cancel, Role: domain.RoleVendor, Reason: "TOO_BUSY"}, bankRefuses,
			step{Verb: refund, Reason: "OPS", Wallet: true}),
		leaves: statement{ledger.AccountGateway: -twoThalis, ledger.AccountWallet: twoThalis},
	},
	{
		name: "all is given back in two amounts: the sale is undone once",
		wish: twoByCard, total: twoThalis,
		steps: join(paidByCard, cooked, brought, step{Verb: refund, Reason: "QUALITY", Wallet: true, Amount: 50_000},
			step{Verb: refund, Reason: "QUALITY", Wallet: true}),
		leaves: statement{ledger.AccountGateway: -twoThalis, ledger.AccountWallet: twoThalis, ledger.AccountVendor: -3300, ledger.AccountCourier: 3300},
	},
	{
		name: "the bank says yes when the gateway is about to be told that nobody waits",
		wish: twoByCard, total: twoThalis, steps: join(step{Verb: pass, Minutes: 20}, paidByCard, answered), leaves: statement{},
	},
	{
		name: "a bank takes what was about to go back: it does so once",
		wish: twoByCard, total: twoThalis, steps: join(paidByCard, accepted, answered, tooBusy, takenBack, bankRefuses), leaves: statement{},
	},
	{
		name: "a bank takes what has gone back: we have it twice",
		wish: twoByCard, total: twoThalis, steps: join(paidByCard, accepted, answered, tooBusy, answered, takenBack),
		leaves: statement{ledger.AccountGateway: twoThalis, ledger.AccountRefunds: -twoThalis},
	},
	{
		name: "of two that were given back unasked, one comes back: its customer has the other", // which was at our expense while there were two
		wish: twoByCard, total: twoThalis,
		steps: join(paidByCard, accepted, answered, tooBusy, bankRefuses, takenBack,
			step{Verb: unasked, News: payment.KindRefunded, Amount: twoThalis, Of: 1}, won),
		leaves: statement{},
	},
	{
		name: "a chargeback is won of an order that was cancelled, and is restored before the money goes on",
		wish: twoByCard, total: twoThalis,
		steps: join(paidByCard, accepted, answered, takenBack, tooBusy, won, step{Verb: restore, Role: domain.RoleAdmin}, started,
			step{Verb: ready, Role: domain.RoleVendor}, brought, answered),
		leaves: statement{
			ledger.AccountGateway: -twoThalis, ledger.AccountVendor: 41440, ledger.AccountCommission: 10360, ledger.AccountTax: 3108, ledger.AccountCourier: 3300,
		},
	},
	{
		name: "a second card pays, and then the first one does: that one goes back",
		wish: twoByCard, total: twoThalis,
		steps: join(step{Verb: hear, News: payment.KindFailed, Nth: -1}, step{Verb: again}, paidByCard, step{Verb: hear, News: payment.KindCaptured, Nth: -1, Pay: 1},
			cooked, brought, answered),
		leaves: statement{
			ledger.AccountGateway: -twoThalis, ledger.AccountVendor: 41440, ledger.AccountCommission: 10360, ledger.AccountTax: 3108, ledger.AccountCourier: 3300,
		},
	},
	{
		name: "all but the tip is kept: so is all of the tax", // 518.00 − 103.60 is the vendor's, and the way is the courier's
		wish: wish{Lines: []int{2}, Method: rules.Card, Tip: 2000, Coupon: -1}, total: twoThalis + 2000,
		steps: join(paidByCard, cooked, brought[:4], step{Verb: door, Role: domain.RoleCourier},
			step{Verb: giveUp, Role: domain.RoleCourier, Reason: "REFUSED"}, step{Verb: bringBack}, answered),
		leaves: statement{
			ledger.AccountGateway: -twoThalis, ledger.AccountVendor: 41440, ledger.AccountCourier: 3300, ledger.AccountTax: 3108, ledger.AccountFees: 10360,
		},
	},
}

func TestSequencesThatWentWrong(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	for _, s := range found {
		shop := m.open(t.Fatalf, lima())
		require.Equal(t, s.leaves, s.tell(t, newCity(t.Fatalf, lima())), s.name)
		require.Equal(t, s.leaves, s.tell(t, shop), s.name)
		shop.shut()
	}
}

// TestRefundOfARevisedOrder gives back a portion of a line behind one that the vendor has taken out: the first that is left.
func TestRefundOfARevisedOrder(t *testing.T) {
	t.Parallel()
	shop := newMarket(t).open(t.Fatalf, lima())
	story{
		wish: wish{Lines: []int{1, 2}, Method: rules.COD, Pickup: true, Coupon: -1}, total: 19420, // 180.00, bag 10.00, tax 3.60 + 0.60
		steps: join(step{Verb: propose, Role: domain.RoleVendor, Take: []int{0, 2}}, step{Verb: agree, Role: domain.RoleCustomer}, cooked,
			step{Verb: collect, Role: domain.RoleVendor}, step{Verb: refund, Reason: "MISSING_ITEM", Wallet: true, Take: []int{1}}),
	}.tell(t, shop)
	shop.proved(shop.since)
}
