// Package invoice holds what the papers of a sale say, and how they are numbered.
//
// A vendor's order has one invoice, issued when the food is handed over: what was ordered, with the tax on it by rate. Whatever
// is given back afterwards has a credit note of its own, which names the invoice. Neither is ever changed. The numbers of a
// series follow each other without a gap.
package invoice

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Kind is what a paper is.
type Kind string

// The kinds.
const (
	Invoice    Kind = "invoice"
	CreditNote Kind = "credit_note"
)

// Kinds lists them.
var Kinds = []Kind{Invoice, CreditNote}

// letters begin the numbers of each kind. With them a number keeps within the sixteen letters, digits and dashes that India allows
// (CGST Rules 2017, rules 46(b) and 53(1A)) up to the billionth of a year.
var letters = map[Kind]string{Invoice: "V", CreditNote: "C"}

// Series is what numbers are counted in.
type Series struct {
	Vendor domain.ID
	Kind   Kind
	Year   int // see Year
}

// Number writes the n-th number of a series, from 1, such as V-2026-000123.
func (s Series) Number(n int) string { return fmt.Sprintf("%s-%d-%06d", letters[s.Kind], s.Year, n) }

// firstMonths are those in which fiscal years begin that are no calendar years, by ISO 3166-1 alpha-2. What a series may last:
//   - India: numbers are unique for a financial year (CGST Rules 2017, rule 46(b)), which begins on 1 April (General Clauses
//     Act 1897, section 3(21)).
//   - European Union: any series that identifies the invoice (Council Directive 2006/112/EC, article 226(2)), and so elsewhere.
var firstMonths = map[string]time.Month{"IN": time.April}

// Year is the fiscal year of a vendor's country that a moment lies in, by the clock of its place: the year in which it begins.
func Year(country string, at time.Time, place *time.Location) int {
	at = at.In(place)
	if first, other := firstMonths[country]; other && at.Month() < first {
		return at.Year() - 1
	}
	return at.Year()
}

// Seller is whose sale it is.
type Seller struct {
	Name    string
	Address string
	TaxID   string // "" for one who has told none
}

// The kinds of lines that rules know. Those of an invoice are the kinds of its order's quote.
const (
	LineItem   = "item" // a dish; these come first, as in the order
	LineTax    = "tax"
	LineRefund = "refund" // of a credit note: what is given back, without the tax
)

// Line is a line of a paper.
type Line struct {
	Kind   string
	Label  string
	Amount int64 // in minor units; of a credit note, what is given back
	Tax    *Tax  // of a line of tax that says what it is on; else nil
}

// Tax is what a paper says about a line of tax.
type Tax struct {
	Category domain.TaxCategory
	Rate     domain.BasisPoints
	Value    int64  // what is taxed
	Parts    []Part // such as CGST and SGST, whose sum is the line's amount; none for a tax of one part
}

// Part is a part of a line of tax.
type Part struct {
	Label  string
	Amount int64
}

// Paper is an invoice or a credit note, frozen as it was issued, but for its buyer, whose name is gone once they are.
type Paper struct {
	Series
	OrderID  domain.ID
	RefundID domain.ID // of a credit note; else Nil
	Seller   Seller
	Buyer    string // their name
	Reason   string // of a credit note, as the refund's; else ""
	Lines    []Line
	Total    domain.Money // the sum of the lines
}

// Taxed is the sum of a paper's lines of tax, in minor units.
func (p Paper) Taxed() (sum int64) {
	for _, l := range p.Lines {
		if l.Kind == LineTax {
			sum += l.Amount
		}
	}
	return sum
}

// Check finds mistakes of the program: lines that do not sum to the total, a paper that belongs to nobody, or one that is
// neither of the two.
func (p Paper) Check() error {
	var sum int64
	for _, l := range p.Lines {
		sum += l.Amount
	}
	if sum != p.Total.Amount {
		return fmt.Errorf("%s of order %s: lines come to %d, not %d", p.Kind, p.OrderID, sum, p.Total.Amount)
	}
	if letters[p.Kind] == "" || p.Vendor.IsNil() || p.OrderID.IsNil() || p.RefundID.IsNil() != (p.Kind == Invoice) {
		return fmt.Errorf("%q of order %s, refund %s: a part is missing", p.Kind, p.OrderID, p.RefundID)
	}
	return nil
}

// Refund is what is given back of an order that was handed over.
type Refund struct {
	ID     domain.ID
	Reason string
	Amount int64 // in minor units, tax included
	Tax    int64 // of it; 0 when somebody else than the vendor bears it, for then the sale stands
	Items  []Portions
}

// Portions is how much of a dish is given back.
type Portions struct {
	Position int // of the line, from 0
	Portions int
}

// Credit is the credit note of a refund, in a year, of an invoice of which earlier ones have credited a part. The tax is taken
// back of what is left of the invoice's lines of it, in proportion: so the credit notes of an order that is given back bit by
// bit come to the invoice's own tax, rate by rate and part by part, and never to more.
func (p Paper) Credit(r Refund, year int, earlier []Paper) Paper {
	note := Paper{
		Series:  Series{p.Vendor, CreditNote, year},
		OrderID: p.OrderID, RefundID: r.ID, Seller: p.Seller, Buyer: p.Buyer, Reason: r.Reason,
		Total: domain.Money{Amount: r.Amount, Currency: p.Total.Currency},
	}
	left := p.taxLeft(earlier)
	tax := min(r.Tax, sumOf(left))
	note.Lines = append(note.Lines, Line{Kind: LineRefund, Label: p.describe(r.Items), Amount: r.Amount - tax})
	for i, amount := range split(tax, left) {
		if amount > 0 {
			note.Lines = append(note.Lines, left[i].take(amount))
		}
	}
	return note
}

// describe says what is given back.
func (p Paper) describe(items []Portions) string {
	var parts []string
	for _, i := range items {
		if i.Position >= 0 && i.Position < len(p.Lines) && p.Lines[i.Position].Kind == LineItem {
			parts = append(parts, fmt.Sprintf("%d of %s", i.Portions, p.Lines[i.Position].Label))
		}
	}
	if len(parts) == 0 {
		return "Refund"
	}
	return "Refund: " + strings.Join(parts, "; ")
}

// taxLeft are the lines of tax of which something is left, without what was credited.
func (p Paper) taxLeft(earlier []Paper) []Line {
	var left []Line
	for _, l := range p.Lines {
		if l.Kind != LineTax {
			continue
		}
		for _, note := range earlier {
			for _, gone := range note.Lines {
				if gone.Kind == LineTax && gone.Label == l.Label {
					l = l.minus(gone)
				}
			}
		}
		if l.Amount > 0 {
			left = append(left, l)
		}
	}
	return left
}

// minus is what is left of a line without another of the same label.
func (l Line) minus(gone Line) Line {
	l.Amount -= gone.Amount
	if l.Tax == nil || gone.Tax == nil {
		return l
	}
	t := *l.Tax
	t.Value, t.Parts = t.Value-gone.Tax.Value, nil
	for i, part := range l.Tax.Parts {
		if i < len(gone.Tax.Parts) {
			part.Amount -= gone.Tax.Parts[i].Amount
		}
		t.Parts = append(t.Parts, part)
	}
	l.Tax = &t
	return l
}

// take is an amount of a line of tax, at most all of it, with the same share of what is taxed and of the parts.
func (l Line) take(amount int64) Line {
	if l.Tax != nil {
		t := *l.Tax
		t.Value, t.Parts = domain.Money{Amount: t.Value}.Split(amount, l.Amount-amount)[0].Amount, nil
		weights := make([]int64, len(l.Tax.Parts))
		for i, part := range l.Tax.Parts {
			weights[i] = part.Amount
		}
		for i, share := range shares(amount, weights) {
			t.Parts = append(t.Parts, Part{l.Tax.Parts[i].Label, share})
		}
		l.Tax = &t
	}
	l.Amount = amount
	return l
}

func sumOf(lines []Line) (sum int64) {
	for _, l := range lines {
		sum += l.Amount
	}
	return sum
}

// split shares an amount among lines in proportion.
func split(amount int64, lines []Line) []int64 {
	weights := make([]int64, len(lines))
	for i, l := range lines {
		weights[i] = l.Amount
	}
	return shares(amount, weights)
}

func shares(amount int64, weights []int64) []int64 {
	if len(weights) == 0 {
		return nil
	}
	out := make([]int64, len(weights))
	for i, part := range (domain.Money{Amount: amount}).Split(weights...) {
		out[i] = part.Amount
	}
	return out
}
