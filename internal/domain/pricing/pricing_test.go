package pricing

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func inr(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }

// noon is a Wednesday's in Delhi.
func noon() time.Time { return time.Date(2026, 6, 3, 6, 30, 0, 0, time.UTC) }

func delhi() *time.Location { return time.FixedZone("IST", 19_800) }

func id(n byte) domain.ID { return domain.ID{15: n} }

// thalis is an order of food for 588.00 at 5 %, packed for 16.00, delivered over 3.2 km, from a vendor in Delhi.
func thalis() Order {
	return Order{
		Currency: "INR", Packaging: inr(1000), TaxRate: 500, TaxSystem: TaxSystemOf("IN"), Delivery: true, Meters: 3200,
		Portions: []Portion{
			{Name: "Thali", Unit: inr(24900), Packaging: inr(300), TaxRate: 500, Quantity: 2},
			{Name: "Lassi", Unit: inr(9000), Packaging: inr(0), TaxRate: 500, Quantity: 1},
		},
		Scene: Scene{
			Vendor: id(1), City: "New Delhi", Cuisines: []string{"Punjabi", "Sweets"}, Location: domain.Point{Lat: 28.63, Lng: 77.22},
			Now: noon(), Place: delhi(),
		},
	}
}

// brief is a quote without its labels of tax.
func brief(q Quote) (out []Line) {
	for _, l := range q.Lines {
		l.Tax = nil
		out = append(out, l)
	}
	return out
}

func TestAQuoteByHand(t *testing.T) {
	t.Parallel()
	o := thalis()
	o.Tip, o.TaxSystem = inr(2000), TaxSystem{}
	o.Portions = append(o.Portions,
		Portion{Name: "Beer", Unit: inr(18005), Packaging: inr(205), Category: domain.TaxAlcohol, TaxRate: 1250, Quantity: 1},
		Portion{Name: "Bread", Unit: inr(2000), Packaging: inr(0), Category: domain.TaxExempt, Quantity: 1})
	q := Price(o)
	// Food 2 × 249 + 90 + 180.05 + 20 = 788.05; packaging 10 + 2 × 3 + 2.05. Taxed at 5 %: 588 + 16, so 30.20; at 12.5 %:
	// 180.05 + 2.05 = 182.10, so 22.7625, in whole paise 22.76. Delivery 25 + 2 further km begun × 8 = 41; tip 20.
	require.Equal(t, []Line{
		{Item, "2 × Thali", inr(49800), Customer, nil}, {Item, "Lassi", inr(9000), Customer, nil}, {Item, "Beer", inr(18005), Customer, nil},
		{Item, "Bread", inr(2000), Customer, nil}, {Packaging, "Packaging", inr(1805), Customer, nil}, {Tax, "Tax 5.00%", inr(3020), Customer, nil},
		{Tax, "Tax 12.50%, alcohol", inr(2276), Customer, nil}, {DeliveryFee, "Delivery", inr(4100), Customer, nil}, {Tip, "Tip", inr(2000), Customer, nil},
	}, brief(q))
	require.Equal(t, inr(92006), q.Total)
	require.Equal(t, inr(78805), q.Food())
}

func TestEveryKindOfLineByHand(t *testing.T) {
	t.Parallel()
	o := thalis()
	o.Tip = inr(1500)
	o.Tariffs = []Tariff{{Currency: "INR", Bands: []Band{{Fee: 3000}, {From: 3000, Fee: 3000, PerKm: 500}}, SmallOrder: SmallOrder{Below: 60000, Fee: 2000}}}
	o.Surges = []Surge{{Label: "Rain", Currency: "INR", Times: 15_000}}
	o.Offers = []Promotion{
		{ID: id(10), Label: "20% off", Benefit: Percent, Share: 2000, Cap: 10_001, Currency: "INR", VendorShare: 6000},
		{ID: id(11), Label: "Free delivery", Benefit: FreeDelivery},
	}
	o.Coupon = &Promotion{ID: id(12), Code: "JUNE", Label: "JUNE", Benefit: Flat, Amount: 5000, Currency: "INR", VendorShare: 10_000}
	q := Price(o)
	// 20 % of 588.00 is 117.60, at most 100.01: the vendor's 60 % are 60.006, so 60.01, the rest 40.00. The coupon is the vendor's
	// 50.00. Taxed is 588.00 + 16.00 − 60.01 − 50.00 = 493.99, at 5 % 24.6995, so 24.70: twice 12.35. Delivery 30 + 5; of 600.00
	// for food 12.00 are missing; surge half of 35.00. Total 588 + 16 − 110.01 − 40 − 35 + 24.70 + 35 + 12 + 17.50 + 15 = 523.19.
	require.Equal(t, []Line{
		{Item, "2 × Thali", inr(49800), Customer, nil}, {Item, "Lassi", inr(9000), Customer, nil}, {Packaging, "Packaging", inr(1600), Customer, nil},
		{VendorDiscount, "20% off", inr(-6001), Vendor, nil}, {VendorDiscount, "JUNE", inr(-5000), Vendor, nil},
		{PlatformDiscount, "20% off", inr(-4000), Platform, nil}, {PlatformDiscount, "Free delivery", inr(-3500), Platform, nil},
		{Tax, "GST 5.00%", inr(2470), Customer, nil},
		{DeliveryFee, "Delivery", inr(3500), Customer, nil}, {SmallOrderFee, "Small order", inr(1200), Customer, nil},
		{SurgeFee, "Rain", inr(1750), Customer, nil}, {Tip, "Tip", inr(1500), Customer, nil},
	}, brief(q))
	require.Equal(t, inr(52319), q.Total)
	require.Equal(t, &TaxDetail{domain.TaxStandard, 500, inr(49399), []Component{{"CGST 2.50%", inr(1235)}, {"SGST 2.50%", inr(1235)}}}, q.Lines[7].Tax)
	require.Equal(t, []Applied{
		{id(10), "", "20% off", false, inr(6001), inr(4000)}, {id(11), "", "Free delivery", true, inr(0), inr(3500)},
		{id(12), "JUNE", "JUNE", false, inr(5000), inr(0)},
	}, q.Applied)
	require.Nil(t, q.Refusal)
	// 18 % of 588 + 16 − 110.01 = 493.99.
	require.Equal(t, inr(8892), q.Commission(1800))
}

func TestAnOddPaisaGoesToTheFirstHalf(t *testing.T) {
	t.Parallel()
	o := Order{Currency: "INR", TaxSystem: TaxSystemOf("IN"), TaxRate: 25, Portions: []Portion{{Name: "Rice", Unit: inr(20_200), TaxRate: 25, Quantity: 1}}}
	q := Price(o) // 0.25 % of 202.00 is 0.505
	require.Equal(t, inr(51), q.Sum(Tax))
	require.Equal(t, []Component{{"CGST 0.1250%", inr(26)}, {"SGST 0.1250%", inr(25)}}, q.Lines[1].Tax.Parts)
}

func TestPartsOfATaxAreWeighed(t *testing.T) {
	t.Parallel()
	o := Order{
		Currency: "CAD", TaxSystem: TaxSystem{"Tax", []TaxPart{{"GST", 500}, {"QST", 998}}}, TaxRate: 1498,
		Portions: []Portion{{Name: "Poutine", Unit: domain.Money{Amount: 1299, Currency: "CAD"}, TaxRate: 1498, Quantity: 1}},
	}
	o.Packaging.Currency, o.Portions[0].Packaging.Currency = "CAD", "CAD"
	// 14.98 % of 12.99 is 1.9459, so 1.95; of it 500/1498 is 0.6509 and 998/1498 is 1.2991: the odd cent goes to the larger
	// remainder.
	require.Equal(t, []Component{{"GST 5.00%", domain.Money{Amount: 65, Currency: "CAD"}}, {"QST 9.98%", domain.Money{Amount: 130, Currency: "CAD"}}},
		Price(o).Lines[1].Tax.Parts)
}

func TestAVendorsDiscountIsSharedAmongRates(t *testing.T) {
	t.Parallel()
	yen := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "JPY"} }
	o := Order{
		Currency: "JPY", TaxRate: 800, Packaging: yen(0),
		Portions: []Portion{
			{Name: "Bento", Unit: yen(900), Packaging: yen(10), TaxRate: 800, Quantity: 1},
			{Name: "Sake", Unit: yen(455), Packaging: yen(0), Category: domain.TaxAlcohol, TaxRate: 1000, Quantity: 1},
			{Name: "Water", Unit: yen(145), Packaging: yen(0), Category: domain.TaxPackaged, TaxRate: 800, Quantity: 1},
		},
		Coupon: &Promotion{ID: id(1), Code: "ODD", Label: "ODD", Benefit: Flat, Amount: 100, Currency: "JPY", VendorShare: 10_000},
	}
	q := Price(o)
	// 100 by 900 : 455 : 145 is 60 : 30.33 : 9.67, so 60, 30 and 10. Water 135 at 8 % is 10.8, so 11; bento 910 − 60 = 850: 68;
	// sake 425 at 10 %: 42.5, so 43.
	require.Equal(t, []Line{
		{Item, "Bento", yen(900), Customer, nil}, {Item, "Sake", yen(455), Customer, nil}, {Item, "Water", yen(145), Customer, nil},
		{Packaging, "Packaging", yen(10), Customer, nil}, {VendorDiscount, "ODD", yen(-100), Vendor, nil},
		{Tax, "Tax 8.00%, packaged", yen(11), Customer, nil}, {Tax, "Tax 8.00%", yen(68), Customer, nil},
		{Tax, "Tax 10.00%, alcohol", yen(43), Customer, nil},
	}, brief(q))
	require.Equal(t, yen(1532), q.Total)
	o.Coupon.VendorShare = 0 // the marketplace pays: 910 × 8 % = 72.8, 145 × 8 % = 11.6, 455 × 10 % = 45.5
	require.Equal(t, yen(73+12+46), Price(o).Sum(Tax))
}

func TestThreeDigits(t *testing.T) {
	t.Parallel()
	fils := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "KWD"} }
	o := Order{
		Currency: "KWD", TaxRate: 0, Delivery: true, Meters: 2500, Tip: fils(250),
		Portions: []Portion{{Name: "Machboos", Unit: fils(3_125), Packaging: fils(0), Quantity: 3}},
		Offers:   []Promotion{{ID: id(1), Label: "15% off", Benefit: Percent, Share: 1500, VendorShare: 3333}},
	}
	q := Price(o)
	// 15 % of 9.375 is 1.40625, so 1.406; 33.33 % of it is 0.4686…, so 0.469. Delivery 0.500 + 0.150.
	require.Equal(t, []Line{
		{Item, "3 × Machboos", fils(9_375), Customer, nil}, {VendorDiscount, "15% off", fils(-469), Vendor, nil},
		{PlatformDiscount, "15% off", fils(-937), Platform, nil}, {DeliveryFee, "Delivery", fils(650), Customer, nil}, {Tip, "Tip", fils(250), Customer, nil},
	}, q.Lines)
	require.Equal(t, "KWD 8.869", q.Total.String())
}

func BenchmarkPrice(b *testing.B) {
	o := thalis()
	o.Portions = nil
	categories := []domain.TaxCategory{domain.TaxStandard, domain.TaxPackaged, domain.TaxAlcohol}
	for i := range 10 {
		o.Portions = append(o.Portions, Portion{
			Name: "Dish", Unit: inr(int64(10_000 + i*777)), Packaging: inr(300), Category: categories[i%3], TaxRate: domain.BasisPoints(500 + 650*(i%3)), Quantity: 1 + i%3,
		})
	}
	everyDay := []domain.Window{{Days: []int{0, 1, 2, 3, 4, 5, 6}, From: 11 * 60, To: 15 * 60}}
	for i := range 12 {
		p := Promotion{
			ID: id(byte(i)), Label: "Off", Benefit: Percent, Share: domain.BasisPoints(500 + 50*i), Cap: 9000, Currency: "INR", MinOrder: 10_000,
			VendorShare: domain.BasisPoints(i * 800), Cities: []string{"Mumbai", "New Delhi"},
		}
		if i%3 == 0 {
			p.Windows = everyDay
		}
		if i%4 == 3 {
			p.Benefit, p.Share = FreeDelivery, 0
		}
		o.Offers = append(o.Offers, p)
	}
	o.Coupon = &Promotion{ID: id(99), Code: "JUNE", Label: "JUNE", Benefit: Flat, Amount: 5000, Currency: "INR", VendorShare: 5000, Vendors: []domain.ID{id(7), id(1)}}
	for range 3 {
		o.Surges = append(o.Surges, Surge{Label: "Rain", Currency: "INR", Centre: domain.Point{Lat: 28.6, Lng: 77.2}, RadiusM: 9000, Windows: everyDay, Times: 13_000})
	}
	for _, city := range []string{"Mumbai", "Pune", "New Delhi", ""} {
		o.Tariffs = append(o.Tariffs, Tariff{Currency: "INR", City: city, Bands: DefaultTariff("INR").Bands, SmallOrder: SmallOrder{Below: 9900, Fee: 2000}})
	}
	b.ReportAllocs()
	for b.Loop() {
		if Price(o).Total.Amount <= 0 {
			b.Fatal("free")
		}
	}
}
