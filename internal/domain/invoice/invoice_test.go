package invoice

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	require.Equal(t, "V-2026-000123", Series{Kind: Invoice, Year: 2026}.Number(123))
	require.Equal(t, "C-2026-000001", Series{Kind: CreditNote, Year: 2026}.Number(1))
	require.Equal(t, "V-2026-1000000", Series{Kind: Invoice, Year: 2026}.Number(1_000_000))
	require.LessOrEqual(t, len(Series{Kind: Invoice, Year: 2026}.Number(999_999_999)), 16)
}

// TestYears: a year begins by the clock of the vendor's place.
func TestYears(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return v
	}
	for _, x := range []struct {
		country, zone, at string
		want              int
	}{
		{"IN", "Asia/Kolkata", "2026-03-31T18:29:59Z", 2025},
		{"IN", "Asia/Kolkata", "2026-03-31T18:30:00Z", 2026},
		{"IN", "Asia/Kolkata", "2026-12-31T23:00:00Z", 2026},
		{"IN", "Asia/Kolkata", "2027-01-01T12:00:00Z", 2026},
		{"DE", "Europe/Berlin", "2026-12-31T22:59:59Z", 2026},
		{"DE", "Europe/Berlin", "2026-12-31T23:00:00Z", 2027},
		{"US", "America/New_York", "2027-01-01T04:59:59Z", 2026},
		{"NZ", "Pacific/Auckland", "2026-12-31T11:00:00Z", 2027},
	} {
		place, err := time.LoadLocation(x.zone)
		require.NoError(t, err)
		require.Equal(t, x.want, Year(x.country, at(x.at), place), "%s at %s", x.country, x.at)
	}
}

var anID = domain.ID{1}

// sale is an invoice of two dishes, with tax at two rates.
func sale() Paper {
	return Paper{
		Series: Series{anID, Invoice, 2026}, OrderID: domain.ID{2}, Seller: Seller{"Casa Lima", "1 Janpath, New Delhi", "07AAACC1206D1ZM"}, Buyer: "Asha Rao",
		Lines: []Line{
			{Kind: LineItem, Label: "2 × Thali", Amount: 40_000}, {Kind: LineItem, Label: "Cola", Amount: 5_000},
			{Kind: LineTax, Label: "GST 5.00%", Amount: 2_001, Tax: &Tax{"standard", 500, 40_000, []Part{{"CGST 2.50%", 1_001}, {"SGST 2.50%", 1_000}}}},
			{Kind: LineTax, Label: "GST 28.00%, packaged", Amount: 1_400, Tax: &Tax{"packaged", 2800, 5_000, []Part{{"CGST 14.00%", 700}, {"SGST 14.00%", 700}}}},
			{Kind: "delivery_fee", Label: "Delivery", Amount: 3_000},
		},
		Total: domain.Money{Amount: 51_401, Currency: "INR"},
	}
}

func TestACreditNoteSaysWhatIsGivenBack(t *testing.T) {
	t.Parallel()
	p := sale()
	require.NoError(t, p.Check())
	require.EqualValues(t, 3_401, p.Taxed())
	note := p.Credit(Refund{ID: domain.ID{3}, Reason: "MISSING_ITEM", Amount: 22_700, Tax: 1_701, Items: []Portions{{0, 1}, {7, 1}}}, 2027, nil)
	require.NoError(t, note.Check())
	require.Equal(t, Paper{
		Series: Series{anID, CreditNote, 2027}, OrderID: domain.ID{2}, RefundID: domain.ID{3}, Seller: p.Seller, Buyer: "Asha Rao", Reason: "MISSING_ITEM",
		Lines: []Line{
			{Kind: LineRefund, Label: "Refund: 1 of 2 × Thali", Amount: 20_999},
			{Kind: LineTax, Label: "GST 5.00%", Amount: 1_001, Tax: &Tax{"standard", 500, 20_010, []Part{{"CGST 2.50%", 501}, {"SGST 2.50%", 500}}}},
			{Kind: LineTax, Label: "GST 28.00%, packaged", Amount: 700, Tax: &Tax{"packaged", 2800, 2_500, []Part{{"CGST 14.00%", 350}, {"SGST 14.00%", 350}}}},
		},
		Total: domain.Money{Amount: 22_700, Currency: "INR"},
	}, note)
	require.EqualValues(t, 3_401, p.Taxed(), "the invoice is as it was")
}

// TestTheSaleStandsWhenAnotherBearsIt: then no tax is taken back.
func TestTheSaleStandsWhenAnotherBearsIt(t *testing.T) {
	t.Parallel()
	note := sale().Credit(Refund{ID: domain.ID{3}, Reason: "LATE", Amount: 5_000}, 2026, nil)
	require.NoError(t, note.Check())
	require.Equal(t, []Line{{Kind: LineRefund, Label: "Refund", Amount: 5_000}}, note.Lines)
}

func TestAPaperThatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*Paper){
		"total":                         func(p *Paper) { p.Total.Amount++ },
		"kind":                          func(p *Paper) { p.Kind = "letter" },
		"vendor":                        func(p *Paper) { p.Vendor = domain.Nil },
		"order":                         func(p *Paper) { p.OrderID = domain.Nil },
		"a refund's invoice":            func(p *Paper) { p.RefundID = anID },
		"a credit note without refunds": func(p *Paper) { p.Kind = CreditNote },
	} {
		p := sale()
		spoil(&p)
		require.Error(t, p.Check(), name)
	}
}

// TestCreditsComeToTheInvoice: bit by bit, what is credited is what was invoiced, line by line, and never more.
func TestCreditsComeToTheInvoice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := Paper{Series: Series{anID, Invoice, 2026}, OrderID: domain.ID{2}, Total: domain.Money{Currency: "INR"}}
		for _, label := range []string{"GST 5%", "GST 12%", "GST 18%"} {
			c, s := rapid.Int64Range(0, 500).Draw(t, "c"), rapid.Int64Range(0, 500).Draw(t, "s")
			p.Lines = append(p.Lines, Line{Kind: LineTax, Label: label, Amount: c + s, Tax: &Tax{Value: rapid.Int64Range(0, 9_000).Draw(t, "value"), Parts: []Part{{"C", c}, {"S", s}}}})
		}
		var notes []Paper
		for left := p.Taxed() + 5; left > 0; { // a little more than there is
			tax := rapid.Int64Range(1, left).Draw(t, "tax")
			left -= tax
			note := p.Credit(Refund{ID: anID, Amount: tax * 20, Tax: tax}, 2026, notes)
			if err := note.Check(); err != nil {
				t.Fatal(err)
			}
			for _, l := range note.Lines[1:] {
				if l.Amount < 1 || l.Tax.Value < 0 || l.Tax.Parts[0].Amount < 0 || l.Tax.Parts[1].Amount < 0 || l.Tax.Parts[0].Amount+l.Tax.Parts[1].Amount != l.Amount {
					t.Fatalf("%+v %+v", l, l.Tax)
				}
			}
			notes = append(notes, note)
		}
		for _, l := range p.Lines {
			for _, note := range notes {
				for _, gone := range note.Lines {
					if gone.Label == l.Label {
						l = l.minus(gone)
					}
				}
			}
			if l.Amount != 0 || l.Tax.Parts[0].Amount != 0 || l.Tax.Parts[1].Amount != 0 {
				t.Fatalf("%s: %d left, %+v", l.Label, l.Amount, l.Tax)
			}
		}
	})
}
