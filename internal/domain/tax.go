package domain

// TaxCategory says by which of a vendor's rates a dish is taxed.
type TaxCategory string

// The categories of tax. What falls under which is for the law of the vendor's country to say; Exempt is never taxed.
const (
	TaxStandard TaxCategory = "standard" // prepared food, in most countries
	TaxReduced  TaxCategory = "reduced"
	TaxPackaged TaxCategory = "packaged" // sold as it came, such as a bottle of water
	TaxAlcohol  TaxCategory = "alcohol"
	TaxExempt   TaxCategory = "exempt"
)

// TaxRates are the rates of the categories that are not taxed by a vendor's one rate.
type TaxRates map[TaxCategory]BasisPoints

// Of is the rate of a category: its own, else standard; nothing for what is exempt.
func (r TaxRates) Of(c TaxCategory, standard BasisPoints) BasisPoints {
	if c == TaxExempt {
		return 0
	}
	if own, ok := r[c]; ok {
		return own
	}
	return standard
}
