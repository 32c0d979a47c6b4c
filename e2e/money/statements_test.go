package money

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// lima is a vendor of thalis of 249.00 in boxes of 5.00, taxed at 6 %, and of lassis of 90.00, taxed at 2 %. It takes 10.00 for the
// bag, the way is 33.00, and 20 % of the food and what it is packed in is ours.
func lima() terms {
	return terms{
		Currency: "INR", Packaging: 1000, Tax: 600, Commission: 2000, Dishes: []dish{{Price: 24900, Packaging: 500}, {Price: 9000, Reduced: true}},
		Tariff: pricing.Tariff{ID: domain.ID{1}, Currency: "INR", Bands: []pricing.Band{{Fee: 3300}}},
		Coupons: []pricing.Promotion{
			{ID: domain.ID{2}, Code: "TENTH", Label: "A tenth off", Benefit: pricing.Percent, Share: 1000, VendorShare: 10_000},
			{ID: domain.ID{3}, Code: "FIFTY", Label: "50 off", Benefit: pricing.Flat, Amount: 5000, Currency: "INR"},
		},
	}
}

// What makes an order.
var (
	paidByCard = step{Verb: hear, News: payment.KindAuthorized, Nth: -1}
	accepted   = step{Verb: accept, Role: domain.RoleVendor}
	started    = step{Verb: start, Role: domain.RoleVendor}
	answered   = step{Verb: operate}
	cooked     = []step{accepted, started, {Verb: ready, Role: domain.RoleVendor}, answered}
	brought    = []step{
		{Verb: offer, Role: domain.RoleCourier}, {Verb: take, Role: domain.RoleCourier}, {Verb: arrive, Role: domain.RoleCourier},
		{Verb: pickUp, Role: domain.RoleCourier}, {Verb: deliver, Role: domain.RoleCourier},
	}
)

// statement is what an order leaves in the books, in minor units.
type statement map[ledger.AccountKind]int64

// story is an order from its beginning to its end.
type story struct {
	name      string
	wish      wish
	total     int64 // what the wish costs; what a card pays is set aside
	steps     []step
	leaves    statement
	vendor    ledger.Parts // what the vendor's and the courier's shares of it are made of
	courier   ledger.Parts
	onlyRules bool
}

func join(parts ...any) (out []step) {
	for _, p := range parts {
		switch p := p.(type) {
		case step:
			out = append(out, p)
		case []step:
			out = append(out, p...)
		}
	}
	return out
}

// Each figure is reckoned by hand.
var stories = []story{
	{
		name: "delivered for cash",
		// 2 × 249.00 = 498.00; packed 2 × 5.00 + 10.00 = 20.00; together 518.00, taxed 518.00 × 6 % = 31.08; way 33.00, tip 20.00.
		wish: wish{Lines: []int{2}, Method: rules.COD, Tip: 2000, Coupon: -1}, total: 60208, // 518.00 + 31.08 + 33.00 + 20.00
		steps: join(cooked, brought, step{Verb: deposit, Amount: 60208}),
		leaves: statement{
			ledger.AccountBank:       -60208, // what the courier brought there
			ledger.AccountCommission: 10360,  // 518.00 × 20 %
			ledger.AccountVendor:     41440,  // 518.00 − 103.60
			ledger.AccountTax:        3108,
			ledger.AccountCourier:    5300, // 33.00 + 20.00
		},
		vendor:  ledger.Parts{Sale: 49800, Packaging: 2000, Commission: -10360},
		courier: ledger.Parts{Delivery: 3300, Tip: 2000},
	},
	{
		name: "prepaid, cancelled after the accept",
		// As above without the tip. It is cooking when the customer changes their mind: half of it is spent.
		wish: wish{Lines: []int{2}, Method: rules.Card, Coupon: -1}, total: 58208, // 518.00 + 31.08 + 33.00
		steps: join(paidByCard, accepted, answered, started, step{Verb: cancel, Role: domain.RoleCustomer, Reason: "CHANGED_MIND"}, answered),
		leaves: statement{
			ledger.AccountGateway: -29104, // 582.08 less the half that went back
			ledger.AccountVendor:  20720,  // half of 518.00 − 103.60
			ledger.AccountTax:     1554,   // half of 31.08
			ledger.AccountFees:    6830,   // what is left: 291.04 − 207.20 − 15.54
		},
		vendor: ledger.Parts{Compensation: 20720},
	},
	{
		name: "a dish is missing",
		// 249.00 + 2 × 90.00 = 429.00; packed 5.00 + 10.00; together 444.00. Tax: 249.00 + 15.00 = 264.00 × 6 % = 15.84, and 180.00 × 2 % =
		// 3.60. Way 33.00. One lassi was not in the bag: 90.00, its tax 90.00 × 2 % = 1.80, and our commission on it 18.00.
		wish: wish{Lines: []int{1, 2}, Method: rules.Card, Coupon: -1}, total: 49644, // 444.00 + 19.44 + 33.00
		steps: join(paidByCard, cooked, brought, step{Verb: refund, Reason: "MISSING_ITEM", Take: []int{0, 1}}, answered),
		leaves: statement{
			ledger.AccountGateway:    -40464, // 496.44 less 91.80
			ledger.AccountCommission: 7080,   // 444.00 × 20 % = 88.80, less 18.00
			ledger.AccountVendor:     28320,  // 444.00 − 88.80, less 90.00 − 18.00
			ledger.AccountTax:        1764,   // 19.44 less 1.80
			ledger.AccountCourier:    3300,
		},
		vendor:    ledger.Parts{Sale: 42900, Packaging: 1500, Commission: -7080, Refund: -9000}, // 88.80 less 18.00 of commission
		courier:   ledger.Parts{Delivery: 3300},
		onlyRules: true, // the rows of an order do not know by which rate each of its dishes is taxed
	},
	{
		name: "a coupon of the vendor's",
		// 498.00 less a tenth, 49.80; packed 20.00; together 468.20, taxed 468.20 × 6 % = 28.092, so 28.09; way 33.00.
		wish: wish{Lines: []int{2}, Method: rules.Wallet, Coupon: 0}, total: 52929, // 468.20 + 28.09 + 33.00
		steps: join(cooked, brought),
		leaves: statement{
			ledger.AccountWallet:     47071,   // of the 1,000.00 that they had
			ledger.AccountRefunds:    -100000, // which they were given
			ledger.AccountCommission: 9364,    // 468.20 × 20 %
			ledger.AccountVendor:     37456,   // 468.20 − 93.64
			ledger.AccountTax:        2809,
			ledger.AccountCourier:    3300,
		},
		vendor:  ledger.Parts{Sale: 49800, Packaging: 2000, Promotion: -4980, Commission: -9364},
		courier: ledger.Parts{Delivery: 3300},
	},
	{
		name: "damaged by the courier",
		// 249.00; packed 15.00; together 264.00, taxed 264.00 × 6 % = 15.84; less 50.00 at our expense; way 33.00. All that the customer
		// paid is put into the wallet, and the courier bears it.
		wish: wish{Lines: []int{1}, Method: rules.Card, Coupon: 1}, total: 26284, // 264.00 + 15.84 − 50.00 + 33.00
		steps: join(paidByCard, cooked, brought, step{Verb: refund, Reason: "DAMAGED", Wallet: true}),
		leaves: statement{
			ledger.AccountGateway:    -26284,
			ledger.AccountWallet:     26284,
			ledger.AccountCommission: 5280,  // 264.00 × 20 %
			ledger.AccountVendor:     21120, // 264.00 − 52.80
			ledger.AccountTax:        1584,
			ledger.AccountPromotions: -5000,
			ledger.AccountCourier:    -22984, // 33.00 − 262.84
		},
		vendor:  ledger.Parts{Sale: 24900, Packaging: 1500, Commission: -5280},
		courier: ledger.Parts{Delivery: 3300, Refund: -26284},
	},
}

// tell makes an order in a world, and gives what is left in the books.
func (s story) tell(t *testing.T, w world) statement {
	t.Helper()
	if s.wish.Method == rules.Wallet {
		require.NoError(t, w.do(step{Verb: credit, Amount: 100_000}))
	}
	require.NoError(t, w.do(step{Verb: place, Wish: s.wish}))
	for _, x := range s.steps {
		if x.Verb == hear {
			x.Amount = s.total
		}
		if x.Role == "" {
			x.Role = domain.RoleAdmin
		}
		require.NoError(t, w.do(x), "%s", x)
	}
	end := w.look()
	require.Empty(t, end.wrong())
	require.Equal(t, s.total, end.Orders[0].Total)
	left := statement{}
	for _, b := range end.Books {
		for _, e := range b.Entries {
			if left[e.Account.Kind] += e.Amount; left[e.Account.Kind] == 0 {
				delete(left, e.Account.Kind)
			}
		}
	}
	return left
}

// told is tell, seen to leave what it should, and shares that are made of what they should be.
func (s story) told(t *testing.T, w world) {
	left := s.tell(t, w)
	require.Equal(t, s.leaves, left, s.name)
	end := w.look()
	for kind, want := range map[ledger.AccountKind]ledger.Parts{ledger.AccountVendor: s.vendor, ledger.AccountCourier: s.courier} {
		require.Equal(t, want, shares(end, kind), "%s: %s", s.name, kind)
		require.Equal(t, left[kind], want.Sum(), "%s: %s", s.name, kind)
	}
}

// shares takes apart what the books have of the only vendor, or courier, of a world with one order.
func shares(end scene, kind ledger.AccountKind) (sum ledger.Parts) {
	for _, b := range end.Books {
		var amount, commission int64
		for _, e := range b.Entries {
			switch e.Account.Kind {
			case kind:
				amount = e.Amount
			case ledger.AccountCommission:
				commission = e.Amount
			}
		}
		if amount != 0 {
			sum = sum.Plus(end.Orders[0].Bill.PartsOf(kind, b.Kind, amount, commission, true))
		}
	}
	return sum
}

// paidOut drafts payouts after two days, and sees that each statement says what its payee's share is made of. Who comes to less than
// nothing has none.
func (s story) paidOut(t *testing.T, w *shop) {
	for _, next := range []step{{Verb: pass, Minutes: 2 * 24 * 60}, {Verb: draft}} {
		next.Role = domain.RoleAdmin
		require.NoError(t, w.do(next))
	}
	paid := map[ledger.AccountKind]ledger.Parts{}
	for _, owner := range w.owners() {
		list, err := w.payouts.List(w.ctx, postgres.PayoutFilter{Owner: owner}, domain.Nil, 10)
		require.NoError(t, err)
		for _, p := range list {
			paid[p.To.Kind] = s.read(t, w, p)
		}
	}
	want := map[ledger.AccountKind]ledger.Parts{}
	for kind, parts := range map[ledger.AccountKind]ledger.Parts{ledger.AccountVendor: s.vendor, ledger.AccountCourier: s.courier} {
		if parts.Sum() > 0 {
			want[kind] = parts
		}
	}
	require.Equal(t, want, paid, s.name)
}

// read adds up a payout's statement, and sees that it comes to the payout.
func (s story) read(t *testing.T, w *shop, p postgres.Payout) (sum ledger.Parts) {
	of, err := w.payouts.Statement(w.ctx, p.ID)
	require.NoError(t, err)
	var taken int64
	require.NoError(t, of.Lines(func(page []postgres.PayoutLine) error {
		for _, l := range page {
			require.Equal(t, l.Amount.Amount, l.Parts.Sum(), s.name)
			sum, taken = sum.Plus(l.Parts), taken+l.Cash
		}
		return nil
	}))
	require.Equal(t, p.Amount.Amount, sum.Sum(), s.name)
	if p.To.Kind != ledger.AccountCourier {
		return sum
	}
	cash := w.money(0)
	if s.wish.Method == rules.COD {
		cash.Amount = s.total
	}
	require.Equal(t, cash.Amount, taken, s.name)
	require.Equal(t, postgres.CashFlow{Taken: cash, Deposited: cash}, *of.Cash, s.name)
	return sum
}

func TestStatements(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	for _, s := range stories {
		s.told(t, newCity(t.Fatalf, lima()))
		if !s.onlyRules {
			shop := m.open(t.Fatalf, lima())
			s.told(t, shop)
			s.paidOut(t, shop)
			shop.shut()
			shop.proved(shop.since)
		}
	}
}
