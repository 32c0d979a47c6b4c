package money

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/payment"
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

func TestStatements(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	for _, s := range stories {
		require.Equal(t, s.leaves, s.tell(t, newCity(t.Fatalf, lima())), s.name)
		if !s.onlyRules {
			shop := m.open(t.Fatalf, lima())
			require.Equal(t, s.leaves, s.tell(t, shop), s.name)
			shop.shut()
			shop.proved(shop.since)
		}
	}
}
