package stripe

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Stripe counts in the currency's minor unit, as we do, with two exceptions. It takes some currencies without minor digits
// though ISO 4217 gives them some, and of those with three digits it wants the last one to be 0
// (https://docs.stripe.com/currencies, "Zero-decimal currencies" and "Three-decimal currencies").
var (
	zeroDecimal  = []domain.Currency{"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
	threeDecimal = []domain.Currency{"BHD", "JOD", "KWD", "OMR", "TND"}
)

// digits are a currency's minor digits at Stripe.
func digits(c domain.Currency) int {
	switch {
	case slices.Contains(zeroDecimal, c):
		return 0
	case slices.Contains(threeDecimal, c):
		return 3
	}
	return 2
}

// toStripe gives the amount as Stripe counts; false when it cannot be said exactly. What a customer confirmed is charged,
// never something near it.
func toStripe(m domain.Money) (int64, bool) {
	if !m.Currency.Known() || m.Amount < 1 || m.Amount > domain.MaxAmount || digits(m.Currency) != m.Currency.MinorDigits() {
		return 0, false
	}
	return m.Amount, digits(m.Currency) < 3 || m.Amount%10 == 0
}

// fromStripe gives an amount, from 0 on, as we count.
func fromStripe(amount int64, currency string) (domain.Money, bool) {
	c := domain.Currency(currency)
	ok := c.Known() && amount >= 0 && amount <= domain.MaxAmount && digits(c) == c.MinorDigits()
	return domain.Money{Amount: amount, Currency: c}, ok
}
