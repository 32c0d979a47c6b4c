package ledger

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

var (
	asha  = domain.ID{1}
	diner = domain.ID{2}
	ravi  = domain.ID{3}
	first = domain.ID{7} // sources
	next  = domain.ID{8}
)

func order(b Bill) Order {
	b.Currency = "INR"
	return Order{ID: domain.ID{9}, CustomerID: asha, VendorID: diner, CourierID: ravi, Bill: b}
}

func inr(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }

// posts compares a transfer with entries that were worked out by hand.
func posts(t *testing.T, got Transfer, kind Kind, want ...Entry) {
	t.Helper()
	require.Equal(t, kind, got.Kind)
	require.ElementsMatch(t, want, got.Entries)
	require.NoError(t, got.Check())
}

// Two thalis of 249.00 and a box of 10.00, taxed at 5 %: 508.00 × 5 % = 25.40. Delivery 33.00, surge 10.00, tip 20.00.
// Commission 20 % of 508.00 = 101.60, so the vendor gets 406.40 and the courier 63.00.
func TestDeliveredForCash(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 49800, Packaging: 1000, Tax: 2540, Delivery: 3300, Surge: 1000, Tip: 2000, Commission: CommissionOf(50800, 2000)})
	require.EqualValues(t, 59640, o.Bill.Total())
	require.EqualValues(t, 40640, o.Bill.Compensation(57640), "all of it is spent, but the tip")

	posts(t, o.Captured(first, o.Till(), 59640), OrderCaptured,
		Entry{Cash(ravi), -59640},
		Entry{Held, +59640})
	posts(t, o.Settled(), OrderSettled,
		Entry{Held, -59640},
		Entry{Vendor(diner), +40640},
		Entry{Commission, +10160},
		Entry{Tax, +2540},
		Entry{Courier(ravi), +6300})
	posts(t, Deposited(next, ravi, inr(59640)), CashDeposited,
		Entry{Bank, -59640},
		Entry{Cash(ravi), +59640})
	posts(t, Payout(next, Vendor(diner), inr(40640)), PaidOut,
		Entry{Vendor(diner), -40640},
		Entry{Bank, +40640})
}

// The same at the counter: the vendor has the money already, and the tip is theirs. 508.00 + 25.40 + 20.00 = 553.40, of which
// 406.40 + 20.00 are the vendor's: they owe 127.00.
func TestCollectedForCash(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 49800, Packaging: 1000, Tax: 2540, Tip: 2000, Commission: 10160})
	o.CourierID = domain.Nil
	captured, settled := o.Captured(first, o.Till(), o.Bill.Total()), o.Settled()
	posts(t, captured, OrderCaptured,
		Entry{Vendor(diner), -55340},
		Entry{Held, +55340})
	posts(t, settled, OrderSettled,
		Entry{Held, -55340},
		Entry{Vendor(diner), +42640},
		Entry{Commission, +10160},
		Entry{Tax, +2540})
	require.EqualValues(t, -12700, captured.Of(Vendor(diner))+settled.Of(Vendor(diner)))
}

// Paid by card: 498.00 + 10.00 + 25.40 + 33.00 = 566.40. The customer changes their mind while it cooks and gets half back,
// 283.20; the vendor gets half of its due, 203.20. Of what is kept, 25.40 × ½ = 12.70 are tax; 67.30 are the fee.
func TestPrepaidCancelledAfterAccept(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 49800, Packaging: 1000, Tax: 2540, Delivery: 3300, Commission: 10160})
	card := Gateway("sandbox")
	posts(t, o.Captured(first, card, 56640), OrderCaptured,
		Entry{card, -56640},
		Entry{Held, +56640})
	posts(t, o.Released(next, card, 28320), OrderRefunded,
		Entry{Held, -28320},
		Entry{card, +28320})
	require.EqualValues(t, 20320, o.Bill.Compensation(28320))
	posts(t, o.Cancelled(next, Outcome{Kept: 28320, Vendor: 20320, Liable: ByPlatform}), OrderCancelled,
		Entry{Held, -28320},
		Entry{Vendor(diner), +20320},
		Entry{Tax, +1270},
		Entry{Fees, +6730})
}

// Who bears what was not kept: everything goes back because no courier was found, and the vendor is paid all the same; or the
// vendor gave up, and pays the courier's way.
func TestCancelledAtSomebodysExpense(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 49800, Packaging: 1000, Tax: 2540, Delivery: 3300, Commission: 10160})
	posts(t, o.Cancelled(next, Outcome{Vendor: 40640, Liable: ByPlatform}), OrderCancelled,
		Entry{Vendor(diner), +40640},
		Entry{Refunds, -40640})
	posts(t, o.Cancelled(next, Outcome{Courier: 1500, Liable: ByVendor}), OrderCancelled,
		Entry{Courier(ravi), +1500},
		Entry{Vendor(diner), -1500})
}

// Two thalis of 249.00 in boxes of 3.00, a beer of 180.05 in a sleeve of 2.05, a bag of 10.00. Tax: 5 % of 514.00 = 25.70,
// and 12.5 % of 182.10 = 22.7625, so 22.76. Commission 18 % of 696.10 = 125.298, so 125.30. The beer is missing: 182.10 and
// its 22.76 of tax go back, 204.86; of the commission 125.30 × 182.10 ⁄ 696.10 = 32.778, so 32.78.
func TestMissingDish(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 67805, Packaging: 1805, Tax: 4846, Delivery: 3300, Commission: CommissionOf(69610, 1800)})
	card := Gateway("stripe")
	posts(t, o.Settled(), OrderSettled,
		Entry{Held, -77756},
		Entry{Vendor(diner), +57080},
		Entry{Commission, +12530},
		Entry{Tax, +4846},
		Entry{Courier(ravi), +3300})

	dishes := []Dish{{Portions: 2, Food: 24900, Packaging: 300, TaxRate: 500}, {Portions: 1, Food: 18005, Packaging: 205, TaxRate: 1250, Back: 1}}
	beer := o.Bill.Part(dishes, 500)
	require.Equal(t, Bill{Currency: "INR", Food: 18005, Packaging: 205, Tax: 2276, Commission: 3278}, beer)
	posts(t, o.Refunded(next, card, beer, ByVendor), OrderRefunded,
		Entry{Vendor(diner), -14932},
		Entry{Commission, -3278},
		Entry{Tax, -2276},
		Entry{card, +20486})
}

// Paid from a wallet, with a coupon of the vendor's own: 800.00 + 20.00 − 80.00 = 740.00, taxed at 5 %: 37.00; delivery
// 41.00. Commission is 20 % of 740.00, and nothing of it is our discount.
func TestVendorFundedCoupon(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 80000, Packaging: 2000, VendorDiscount: -8000, Tax: 3700, Delivery: 4100, Commission: CommissionOf(74000, 2000)})
	posts(t, o.Captured(first, Wallet(asha), o.Bill.Total()), OrderCaptured,
		Entry{Wallet(asha), -81800},
		Entry{Held, +81800})
	posts(t, o.Settled(), OrderSettled,
		Entry{Held, -81800},
		Entry{Vendor(diner), +59200},
		Entry{Commission, +14800},
		Entry{Tax, +3700},
		Entry{Courier(ravi), +4100})
}

// 300.00 + 5.00 with 50.00 off at our expense, tax 15.25, delivery 25.00, tip 10.00: 305.25. It arrives damaged, and the
// courier bears all of what the customer paid: the vendor's sale stands, and our discount was spent.
func TestDamagedByTheCourier(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 30000, Packaging: 500, PlatformDiscount: -5000, Tax: 1525, Delivery: 2500, Tip: 1000, Commission: CommissionOf(30500, 1500)})
	settled := o.Settled()
	posts(t, settled, OrderSettled,
		Entry{Held, -30525},
		Entry{Vendor(diner), +25925},
		Entry{Commission, +4575},
		Entry{Tax, +1525},
		Entry{Courier(ravi), +3500},
		Entry{Promotions, -5000})
	refunded := o.Refunded(next, Wallet(asha), o.Bill, ByCourier)
	posts(t, refunded, OrderRefunded,
		Entry{Courier(ravi), -30525},
		Entry{Wallet(asha), +30525})
	require.EqualValues(t, -27025, settled.Of(Courier(ravi))+refunded.Of(Courier(ravi)))

	posts(t, o.Refunded(next, Wallet(asha), o.Bill, ByPlatform), OrderRefunded,
		Entry{Refunds, -30525},
		Entry{Wallet(asha), +30525})
	// Had it been the vendor, its sale would not stand; the courier keeps what they earned, at the vendor's expense.
	posts(t, o.Refunded(next, Wallet(asha), o.Bill, ByVendor), OrderRefunded,
		Entry{Vendor(diner), -25925 - 3500},
		Entry{Commission, -4575},
		Entry{Tax, -1525},
		Entry{Promotions, +5000},
		Entry{Wallet(asha), +30525})
}

// A fee for a small order is given back with all the rest: 30.00 of food and 15.00 on top.
func TestASmallOrderGivenBack(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 3000, SmallOrder: 1500, Delivery: 2500, Commission: 300})
	posts(t, o.Settled(), OrderSettled,
		Entry{Held, -7000},
		Entry{Vendor(diner), +2700},
		Entry{Commission, +300},
		Entry{Courier(ravi), +2500},
		Entry{Fees, +1500})
	posts(t, o.Refunded(next, Wallet(asha), o.Bill, ByVendor), OrderRefunded,
		Entry{Vendor(diner), -2700 - 2500},
		Entry{Commission, -300},
		Entry{Fees, -1500},
		Entry{Wallet(asha), +7000})
}

// Half of the order is given back, then all the rest, without a word of which dishes: 100.00 of food, 5.00 of tax, 95.00 for the
// way, 20.00 of commission. The first 100.00 are 100 ⁄ 105 of the sale: 4.76 of the tax, 19.05 of the commission. The rest of the
// sale is 5.00, with 0.24 of tax and 0.95 of commission; what the way has cost besides, the vendor bears.
func TestAmountsTakeBackWhatIsLeftOfASale(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 10000, Tax: 500, Delivery: 9500, Commission: 2000})
	first := o.Bill.Left(Standing{Commission: 2000, Tax: 500}).Worth(10000)
	require.Equal(t, Bill{Currency: "INR", Food: 9524, Tax: 476, Commission: 1905}, first)
	posts(t, o.Refunded(next, Wallet(asha), first, ByVendor), OrderRefunded,
		Entry{Vendor(diner), -7619}, // 95.24 − 19.05
		Entry{Commission, -1905},
		Entry{Tax, -476},
		Entry{Wallet(asha), +10000})
	rest := o.Bill.Left(Standing{Commission: 95, Tax: 24, Gone: 10000}).Worth(10000)
	require.Equal(t, Bill{Currency: "INR", Food: 9976, Tax: 24, Commission: 95}, rest)
	require.Equal(t, Bill{Currency: "INR", Food: 700}, o.Bill.Left(Standing{Gone: 20000}).Worth(700), "nothing of the sale is left")

	dish := Bill{Currency: "INR", Food: 10000, Tax: 500, PlatformDiscount: -800, Commission: 2000}.Within(Bill{Tax: 24, PlatformDiscount: -300, Commission: 95})
	require.Equal(t, Bill{Currency: "INR", Food: 9976, Tax: 24, PlatformDiscount: -300, Commission: 95}, dish, "97.00 as before")
}

// All but the tip of 50.00 is kept of 650.00: all of the tax is due, not 600 ⁄ 650 of it.
func TestAllOfTheTaxIsDueWhenAllIsSpent(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 50000, Tax: 2600, Delivery: 7400, Tip: 5000, Commission: 10000})
	posts(t, o.Cancelled(next, Outcome{Kept: 60000, Vendor: o.Bill.Compensation(60000), Courier: 7400, Liable: ByPlatform}), OrderCancelled,
		Entry{Held, -60000},
		Entry{Vendor(diner), +40000},
		Entry{Courier(ravi), +7400},
		Entry{Tax, +2600},
		Entry{Fees, +10000})
}

// The bank has refused to send 300.00 back, of which 100.00 are held no more: staff put all of it into the wallet.
func TestWhatIsStillHeldGoesBackFirst(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 30000})
	posts(t, o.GivenBack(next, Wallet(asha), 30000, 20000), OrderRefunded, Entry{Held, -20000}, Entry{Refunds, -10000}, Entry{Wallet(asha), +30000})
	posts(t, o.GivenBack(next, Wallet(asha), 300, 20000), OrderRefunded, Entry{Held, -300}, Entry{Wallet(asha), +300})
	posts(t, o.GivenBack(next, Wallet(asha), 300, -5), OrderRefunded, Entry{Refunds, -300}, Entry{Wallet(asha), +300})
}

func TestMoneyThatConcernsNoOrder(t *testing.T) {
	t.Parallel()
	posts(t, Paid(first, "stripe", inr(500)), GatewayPaid, Entry{Gateway("stripe"), +500}, Entry{Bank, -500})
	posts(t, Credited(first, asha, inr(500)), WalletCredited, Entry{Wallet(asha), +500}, Entry{Refunds, -500})
	posts(t, ToppedUp(first, asha, "stripe", inr(500)), WalletToppedUp, Entry{Wallet(asha), +500}, Entry{Gateway("stripe"), -500})
}

func TestAReversalIsOfSomethingWritten(t *testing.T) {
	t.Parallel()
	o := order(Bill{Food: 49800, Commission: 9960})
	settled := o.Settled()
	_, err := Reversal(settled)
	require.Equal(t, domain.Conflict, domain.KindOf(err))

	settled.ID = next
	back, err := Reversal(settled)
	require.NoError(t, err)
	require.Equal(t, next, back.Source)
	require.Equal(t, o.ID, back.OrderID)
	posts(t, back, Reversed, Entry{Held, +49800}, Entry{Vendor(diner), -39840}, Entry{Commission, -9960})

	back.ID = first
	_, err = Reversal(back)
	require.Equal(t, domain.Conflict, domain.KindOf(err))
}

func TestCheckFindsMistakes(t *testing.T) {
	t.Parallel()
	good := func() Transfer { return Payout(first, Vendor(diner), inr(5)) }
	require.NoError(t, good().Check())
	for name, spoil := range map[string]func(*Transfer){
		"does not sum to zero":        func(t *Transfer) { t.Entries[0].Amount++ },
		"moves nothing":               func(t *Transfer) { t.Entries = append(t.Entries, Entry{Held, 0}) },
		"vendor of nobody":            func(t *Transfer) { t.Entries[0].Account = Vendor(domain.Nil) },
		"bank of somebody":            func(t *Transfer) { t.Entries[1].Account.Owner = asha },
		"gateway without a name":      func(t *Transfer) { t.Entries[1].Account = Gateway("") },
		"account of an unknown kind":  func(t *Transfer) { t.Entries[1].Account = Account{Kind: "mattress"} },
		"no source":                   func(t *Transfer) { t.Source = domain.Nil },
		"no currency":                 func(t *Transfer) { t.Currency = "" },
		"wallet with a provider also": func(t *Transfer) { t.Entries[0].Account.Provider = "stripe" },
	} {
		wrong := good()
		spoil(&wrong)
		require.Error(t, wrong.Check(), name)
	}
}

func TestAFreeOrderPostsNothing(t *testing.T) {
	t.Parallel()
	o := order(Bill{})
	for _, got := range []Transfer{o.Captured(first, Wallet(asha), 0), o.Settled(), o.Cancelled(next, Outcome{}), o.Refunded(next, Wallet(asha), Bill{}, ByVendor)} {
		require.Empty(t, got.Entries, fmt.Sprint(got.Kind))
	}
}
