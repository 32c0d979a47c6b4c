package pricing

import (
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Why a vendor's discount lowers the tax and the marketplace's does not: what is taxed is what the vendor receives for the food,
// from whomever.
//   - India: the value of a supply leaves out a discount that its supplier records in the invoice (CGST Act 2017, section
//     15(3)(a)) and includes what others pay towards the price (section 15(2)(e) on subsidies; section 2(31), consideration is
//     what is paid "by the recipient or by any other person").
//   - European Union: Council Directive 2006/112/EC, article 79(b) on discounts, and article 73 on what third parties pay.

// TaxSystem is what a country calls its tax on food, and what that consists of. The zero one is called Tax, of one part.
type TaxSystem struct {
	Name  string
	Parts []TaxPart
}

// TaxPart is a part of a tax, such as a state's.
type TaxPart struct {
	Name   string
	Weight int64 // its share is this of the sum of all weights
}

// TaxSystemOf gives a country's system, by ISO 3166-1 alpha-2. India's tax on what is sold within a state is half the union's and
// half the state's (CGST Act 2017, section 9, and the states' acts); a vendor and its customers are in one state.
func TaxSystemOf(country string) TaxSystem {
	if country == "IN" {
		return TaxSystem{"GST", []TaxPart{{"CGST", 1}, {"SGST", 1}}}
	}
	return TaxSystem{}
}

// TaxDetail is what an invoice says about a line of tax.
type TaxDetail struct {
	Category domain.TaxCategory
	Rate     domain.BasisPoints
	Value    domain.Money // what is taxed, after the vendor's discount
	Parts    []Component  // whose sum is the line's amount; none for a tax of one part
}

// Component is a part of a line of tax.
type Component struct {
	Label  string
	Amount domain.Money
}

// taxLines are the lines of tax that is not nothing, by rate, when the vendor takes so much off the food.
func (b *basket) taxLines(vendorOff int64) []Line {
	var out []Line
	for i, off := range b.parts(vendorOff) {
		g := b.groups[i]
		value := g.value(off)
		if tax := value.Share(g.rate); tax.Amount > 0 {
			out = append(out, Line{
				Kind: Tax, Label: b.order.TaxSystem.label(g), Amount: tax, Bearer: Customer,
				Tax: &TaxDetail{g.category, g.rate, value, b.order.TaxSystem.split(tax, g.rate)},
			})
		}
	}
	return out
}

func (s TaxSystem) label(g taxGroup) string {
	name := "Tax"
	if s.Name != "" {
		name = s.Name
	}
	text := name + " " + percent(int64(g.rate), 1)
	if g.category != domain.TaxStandard {
		text += ", " + string(g.category)
	}
	return text
}

// split shares a line of tax among the parts of the system. The earlier of equal parts has the odd unit.
func (s TaxSystem) split(tax domain.Money, rate domain.BasisPoints) []Component {
	if len(s.Parts) == 0 {
		return nil
	}
	weights, total := make([]int64, len(s.Parts)), int64(0)
	for i, p := range s.Parts {
		weights[i] = p.Weight
		total += p.Weight
	}
	out := make([]Component, len(s.Parts))
	for i, amount := range tax.Split(weights...) {
		out[i] = Component{s.Parts[i].Name + " " + percent(int64(rate)*weights[i], total), amount}
	}
	return out
}

// percent writes so many basis points, divided, with two decimal digits or, where those do not do, with four.
func percent(points, by int64) string {
	if points%by != 0 {
		return fmt.Sprintf("%.4f%%", float64(points)/float64(by)/100)
	}
	return fmt.Sprintf("%d.%02d%%", points/by/100, points/by%100)
}
