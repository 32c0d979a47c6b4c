package money

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
)

// year is a small city's: vendors and couriers of three currencies, whose orders each come and go by the rules, and whose books are
// all one. It is the same each time.
type year struct {
	t       *testing.T
	rng     *rand.Rand
	made    int // orders
	last    uint64
	vendors []trader
	riders  []domain.ID // of the couriers
	staff   [2]domain.Actor
	sums    map[purse]int64
	owed    map[purse][]int64 // entries of vendors and couriers that are in no payout
	posted  map[[2]string]bool
	paid    map[domain.Currency]int64 // what customers and couriers have handed to us, less what went back to them, by their own receipts
	paidOut map[domain.Currency]int64 // what we have sent to vendors, couriers and the state
}

// purse is an account in a currency.
type purse struct {
	ledger.Account
	Currency domain.Currency
}

type trader struct {
	terms
	id domain.ID
}

var currencies = []domain.Currency{"JPY", "INR", "KWD"} // with 0, 2 and 3 minor digits

func newYear(t *testing.T) *year {
	t.Helper()
	y := &year{
		t: t, rng: rand.New(rand.NewPCG(2026, 15)), sums: map[purse]int64{}, owed: map[purse][]int64{}, posted: map[[2]string]bool{},
		paid: map[domain.Currency]int64{}, paidOut: map[domain.Currency]int64{},
	}
	for i := range y.staff {
		y.staff[i] = domain.Actor{ID: y.id(), Role: domain.RoleAdmin}
	}
	for i := range 30 {
		y.vendors = append(y.vendors, trader{y.menu(currencies[i%3]), y.id()})
	}
	for range 40 {
		y.riders = append(y.riders, y.id())
	}
	return y
}

func (y *year) id() (id domain.ID) {
	y.last++
	id[0] = 1 // apart from those of orders' own worlds
	binary.BigEndian.PutUint64(id[8:], y.last)
	return id
}

// menu makes up a vendor's terms, in amounts that a currency is counted in.
func (y *year) menu(c domain.Currency) terms {
	unit := map[domain.Currency]int64{"JPY": 10, "INR": 250, "KWD": 20}[c]
	m := terms{
		Currency: c, Packaging: unit * y.rng.Int64N(5), Tax: domain.BasisPoints(500 + y.rng.IntN(500)), Commission: domain.BasisPoints(1000 + y.rng.IntN(2000)),
		Tariff: pricing.Tariff{ID: domain.ID{1}, Currency: c, Bands: []pricing.Band{{Fee: 15 * unit, PerKm: unit}}, SmallOrder: pricing.SmallOrder{Below: 80 * unit, Fee: 9 * unit}},
		Coupons: []pricing.Promotion{
			{Benefit: pricing.Percent, Share: 1000, VendorShare: 10_000}, {Benefit: pricing.Flat, Amount: 20*unit + 1, Currency: c},
			{Benefit: pricing.Percent, Share: 2500, VendorShare: 5000}, {Benefit: pricing.FreeDelivery}, {Benefit: pricing.Percent, Share: 333, VendorShare: 3333},
		},
	}
	for i := range m.Coupons {
		m.Coupons[i].ID, m.Coupons[i].Code = domain.ID{2, byte(i)}, "CODE"
	}
	for range 3 {
		m.Dishes = append(m.Dishes, dish{Price: 40*unit + y.rng.Int64N(80*unit), Packaging: y.rng.Int64N(unit), Reduced: y.rng.IntN(3) == 0})
	}
	return m
}

// fate is how an order goes on once it is paid, so many times of a hundred.
type fate struct {
	of    int
	steps []step
}

var fates = []fate{
	{5, []step{{Verb: cancel, Role: domain.RoleCustomer, Reason: "MISTAKE"}}},
	{4, []step{{Verb: reject, Role: domain.RoleVendor, Reason: "TOO_BUSY"}}},
	{3, []step{{Verb: pass, Minutes: 20}}},
	{3, join(accepted, answered, started, step{Verb: cancel, Role: domain.RoleCustomer, Reason: "CHANGED_MIND"})},
	{3, join(accepted, answered, started, step{Verb: cancel, Role: domain.RoleVendor, Reason: "ITEM_UNAVAILABLE"})},
	{3, join(cooked, step{Verb: cancel, Role: domain.RoleAdmin, Reason: "NO_COURIER"})},
	{3, join(cooked, brought[:4], step{Verb: giveUp, Role: domain.RoleCourier, Reason: "REFUSED"}, step{Verb: bringBack, Role: domain.RoleAdmin})},
	{4, join(cooked, brought, step{Verb: refund, Reason: "MISSING_ITEM", Wallet: true, Take: []int{1}})},
	{2, join(cooked, brought, step{Verb: refund, Reason: "DAMAGED", Wallet: true})},
	{3, join(cooked, brought, step{Verb: refund, Reason: "GOODWILL", Amount: 77, Wallet: true})},
	{2, join(cooked, brought, step{Verb: refund, Reason: "QUALITY"})},
	{65, join(cooked, brought)},
}

// order has one be ordered and come to its end.
func (y *year) order() {
	y.made++
	v := y.vendors[y.rng.IntN(len(y.vendors))]
	c := newCity(y.t.Fatalf, v.terms)
	c.last, c.vendor, c.customer = uint64(y.made)<<16, v.id, domain.ID{3, byte(y.rng.IntN(100))}
	c.couriers[0] = y.riders[y.rng.IntN(len(y.riders))]
	w := wish{
		Lines: []int{1 + y.rng.IntN(2), y.rng.IntN(3), y.rng.IntN(2)}, Method: []rules.Method{rules.COD, rules.Card, rules.Wallet}[y.rng.IntN(3)],
		Tip: y.rng.Int64N(50), Coupon: y.rng.IntN(6) - 1,
	}
	total := pricing.Price(c.basket(w, c.now)).Total
	if w.Method == rules.Wallet {
		top := ledger.ToppedUp(y.id(), c.customer, "sandbox", total)
		y.post(top)
		y.paid[v.Currency] += total.Amount
		c.balances[ledger.Wallet(c.customer)] = total.Amount // what they had before is not at hand in the order's world
	}
	steps := []step{{Verb: place, Wish: w}}
	if w.Method == rules.Card {
		paid := paidByCard
		paid.Amount = total.Amount
		steps = append(steps, paid)
	}
	for _, s := range slices.Concat(steps, y.fate(), []step{answered, {Verb: pass, Minutes: 25 * 60}}) {
		if s.Verb == refund && w.Method == rules.COD {
			s.Wallet = true
		}
		require.NoError(y.t, c.do(s), "order %d: %s", y.made, s)
	}
	y.closeOrder(c)
}

func (y *year) fate() []step {
	n := y.rng.IntN(100)
	for _, f := range fates {
		if n -= f.of; n < 0 {
			return f.steps
		}
	}
	y.t.Fatal("fates do not come to a hundred")
	return nil
}

// closeOrder takes an order's books over, and its receipts.
func (y *year) closeOrder(c *city) {
	for _, t := range c.books {
		y.post(t)
	}
	for _, m := range c.meals {
		for _, p := range m.payments {
			if p.Method != rules.Wallet {
				y.paid[c.Currency] += p.Captured.Amount
			}
			if p.Method == rules.Card { // what went into the wallet is still with us
				y.paid[c.Currency] -= p.Refunded.Amount - y.toWallet(c, m)
			}
		}
	}
}

func (y *year) toWallet(c *city, m *meal) (sum int64) {
	for _, t := range c.books {
		if t.OrderID == m.ID && t.Kind == ledger.OrderRefunded {
			sum += t.Of(ledger.Wallet(c.customer))
		}
	}
	return sum
}

func (y *year) post(t ledger.Transfer) {
	key := [2]string{string(t.Kind), t.Source.String()}
	require.NoError(y.t, t.Check())
	require.False(y.t, y.posted[key], "%s of %s twice", t.Kind, t.Source)
	y.posted[key] = true
	for _, e := range t.Entries {
		p := purse{e.Account, t.Currency}
		y.sums[p] += e.Amount
		if (e.Account.Kind == ledger.AccountVendor || e.Account.Kind == ledger.AccountCourier) && t.Kind != ledger.PaidOut && t.Kind != ledger.Reversed {
			y.owed[p] = append(y.owed[p], e.Amount)
		}
	}
}

// purses are those of a kind, in an order that is the same each time.
func (y *year) purses(kind ledger.AccountKind) (out []purse) {
	for p := range maps.Keys(y.sums) {
		if p.Kind == kind {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b purse) int { return slices.Compare([]byte(a.key()), []byte(b.key())) })
	return out
}

func (p purse) key() string { return string(p.Currency) + p.Owner.String() + p.Provider }

// week ends with everybody's money being moved: couriers bring their cash, gateways pay what they took, and vendors and couriers get
// what they are owed; one bank transfer of fifty comes back, and is owed again.
func (y *year) week(last bool) {
	for _, p := range y.purses(ledger.AccountCash) {
		if cash := -y.sums[p]; cash > 0 {
			y.post(ledger.Deposited(y.id(), p.Owner, domain.Money{Amount: cash, Currency: p.Currency}))
		}
	}
	for _, p := range y.purses(ledger.AccountGateway) {
		if took := -y.sums[p]; took != 0 {
			y.post(ledger.Paid(y.id(), p.Provider, domain.Money{Amount: took, Currency: p.Currency}))
		}
	}
	for _, kind := range []ledger.AccountKind{ledger.AccountVendor, ledger.AccountCourier} {
		for _, p := range y.purses(kind) {
			y.payOut(p, !last && y.rng.IntN(50) == 0)
		}
	}
	for _, p := range y.purses(ledger.AccountTax) {
		y.send(ledger.Payout(y.id(), p.Account, domain.Money{Amount: y.sums[p], Currency: p.Currency}))
	}
}

func (y *year) payOut(p purse, fails bool) {
	var sum int64
	for _, amount := range y.owed[p] {
		sum += amount
	}
	if sum < 1 { // it is carried over
		return
	}
	o := payout.Payout{ID: y.id(), State: payout.Draft, Version: 1, Amount: domain.Money{Amount: sum, Currency: p.Currency}, MadeBy: y.staff[0].ID}
	require.ErrorIs(y.t, o.Step(payout.VerbApprove, y.staff[0], 0), payout.ErrOwnDraft)
	for _, verb := range []string{payout.VerbApprove, payout.VerbExport} {
		require.NoError(y.t, o.Step(verb, y.staff[1], 0))
	}
	t := ledger.Payout(o.ID, p.Account, o.Amount)
	t.ID = y.id()
	y.send(t)
	if !fails {
		require.NoError(y.t, o.Step(payout.VerbPay, y.staff[0], 0))
		y.owed[p] = nil
		return
	}
	require.NoError(y.t, o.Step(payout.VerbFail, y.staff[0], 0))
	back, err := ledger.Reversal(t)
	require.NoError(y.t, err)
	y.post(back)
	y.paidOut[p.Currency] -= sum
}

func (y *year) send(t ledger.Transfer) {
	if len(t.Entries) > 0 {
		y.post(t)
		y.paidOut[t.Currency] += t.Of(ledger.Bank)
	}
}

// TestLine15AYear plays a year of a small city's orders, and sees where all of the money is at its end.
func TestLine15AYear(t *testing.T) {
	t.Parallel()
	y, all := newYear(t), times(20_000, 500)
	for week := range 52 {
		for range all*(week+1)/52 - all*week/52 {
			y.order()
		}
		y.week(week == 51)
	}
	require.Equal(t, all, y.made)
	closing := map[domain.Currency]map[ledger.AccountKind]int64{}
	for p, sum := range y.sums {
		if closing[p.Currency] == nil {
			closing[p.Currency] = map[ledger.AccountKind]int64{}
		}
		closing[p.Currency][p.Kind] += sum
		switch p.Kind {
		case ledger.AccountVendor, ledger.AccountCourier:
			require.LessOrEqual(t, sum, int64(0), "%s is paid all that is owed; below zero, they owe it", p.Kind)
		case ledger.AccountHeld, ledger.AccountCash, ledger.AccountGateway, ledger.AccountTax:
			require.Zero(t, sum, p.Kind)
		case ledger.AccountWallet:
			require.GreaterOrEqual(t, sum, int64(0))
		case ledger.AccountBank, ledger.AccountCommission, ledger.AccountFees, ledger.AccountPromotions, ledger.AccountRefunds:
		}
	}
	require.Len(t, closing, len(currencies))
	for c, left := range closing {
		require.Equal(t, y.paid[c]-y.paidOut[c], -left[ledger.AccountBank], "what came in less what went out is in the bank: %s", c)
		earned := left[ledger.AccountCommission] + left[ledger.AccountFees] + left[ledger.AccountPromotions] + left[ledger.AccountRefunds]
		customers, owing := left[ledger.AccountWallet], -left[ledger.AccountVendor]-left[ledger.AccountCourier]
		require.Equal(t, earned+customers-owing, -left[ledger.AccountBank], "and is ours, or our customers', but for what is owed to us: %s", c)
		require.Positive(t, left[ledger.AccountCommission])
		t.Logf("%s: bank %d = commission %d + fees %d + promotions %d + refunds %d + wallets %d − owed to us %d", c, -left[ledger.AccountBank],
			left[ledger.AccountCommission], left[ledger.AccountFees], left[ledger.AccountPromotions], left[ledger.AccountRefunds], customers, owing)
	}
}
