package domain

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 code in capitals.
type Currency string

// minorDigits lists the currencies the marketplace trades in and their minor digits (ISO 4217:2015, table A.1).
var minorDigits = map[Currency]int{
	"AED": 2, "AUD": 2, "BHD": 3, "BRL": 2, "BWP": 2, "CAD": 2, "EUR": 2, "GBP": 2, "IDR": 2, "INR": 2, "JPY": 0,
	"KWD": 3, "LKR": 2, "NZD": 2, "PHP": 2, "QAR": 2, "SGD": 2, "TRY": 2, "USD": 2, "ZAR": 2,
}

// Known says whether the marketplace trades in the currency.
func (c Currency) Known() bool { _, ok := minorDigits[c]; return ok }

// MinorDigits is the number of decimal digits of the currency's minor unit: 0, 2 or 3. An unknown currency has 2.
func (c Currency) MinorDigits() int {
	if d, ok := minorDigits[c]; ok {
		return d
	}
	return 2
}

// MaxAmount bounds every amount, in minor units, far below what a float64 in a client still holds exactly.
const MaxAmount = int64(1_000_000_000_000)

// Money is an amount of whole minor units (paise, cents) of one currency; it is never a float.
type Money struct {
	Amount   int64
	Currency Currency
}

// Add sums two amounts. Mixing currencies is a mistake of the program: it panics.
func (m Money) Add(o Money) Money {
	if m.Currency != o.Currency {
		panic(fmt.Sprintf("add %s to %s", o.Currency, m.Currency))
	}
	return Money{m.Amount + o.Amount, m.Currency}
}

// Times multiplies by a whole number.
func (m Money) Times(n int) Money { return Money{m.Amount * int64(n), m.Currency} }

// BasisPoints is a share in hundredths of a percent: 500 is 5 %.
type BasisPoints int64

// Share takes a share of an amount, rounded half away from zero to a whole minor unit: the one rounding rule of the house, in
// every currency, whether its minor unit is a yen, a paisa or a fils. It is exact for any amount.
func (m Money) Share(bp BasisPoints) Money {
	whole, rest := m.Amount/10_000, m.Amount%10_000*int64(bp) // a product of all of it could overflow
	half := int64(5_000)
	if rest < 0 {
		half = -half
	}
	return Money{whole*int64(bp) + (rest+half)/10_000, m.Currency}
}

// Split shares an amount in proportion to weights, to the last minor unit: the parts sum to it, and each is its exact share
// rounded down or up. What is left after rounding down goes, a unit each, to the largest remainders, the earlier of equal ones
// first (Hamilton's method). There is at least one weight, and none is negative; of zeros only the first gets everything.
func (m Money) Split(weights ...int64) []Money {
	sign, amount := int64(1), m.Amount
	if amount < 0 {
		sign, amount = -1, -amount
	}
	parts, rests := make([]Money, len(weights)), make([]uint64, len(weights))
	total, left := int64(0), amount
	for _, w := range weights {
		total += w
	}
	for i, w := range weights {
		parts[i].Currency = m.Currency
		if total > 0 {
			hi, lo := bits.Mul64(uint64(amount), uint64(w))    //nolint:gosec // neither is negative
			part, rest := bits.Div64(hi, lo, uint64(total))    //nolint:gosec // as well
			parts[i].Amount, rests[i] = sign*int64(part), rest //nolint:gosec // at most amount
			left -= int64(part)                                //nolint:gosec // as well
		}
	}
	if total == 0 {
		parts[0].Amount, left = m.Amount, 0
	}
	for ; left > 0; left-- {
		most := 0
		for i, rest := range rests {
			if rest > rests[most] {
				most = i
			}
		}
		parts[most].Amount += sign
		rests[most] = 0
	}
	return parts
}

// String writes the amount for people, such as "INR 249.00".
func (m Money) String() string {
	return string(m.Currency) + " " + m.Decimal()
}

// Decimal writes the amount with its currency's decimal point and no symbol, such as "249.00" or "-0.05".
func (m Money) Decimal() string {
	digits := m.Currency.MinorDigits()
	sign, amount := "", m.Amount
	if amount < 0 {
		sign, amount = "-", -amount
	}
	text := strconv.FormatInt(amount, 10)
	if digits == 0 {
		return sign + text
	}
	if len(text) <= digits {
		text = strings.Repeat("0", digits-len(text)+1) + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// ParseMoney reads what String writes, such as "INR 249.00" or "INR 249": Invalid, naming the field, for anything else, for
// an unknown currency, and for less than nothing or more than MaxAmount.
func ParseMoney(field, text string) (Money, error) {
	code, decimal, _ := strings.Cut(strings.TrimSpace(text), " ")
	c := Currency(code)
	if !c.Known() {
		return Money{}, Invalidf(field, "format", "must be a currency and an amount, such as INR 249.00")
	}
	whole, part, _ := strings.Cut(decimal, ".")
	digits := c.MinorDigits()
	if len(part) > digits || strings.Contains(decimal, ".") && part == "" {
		return Money{}, Invalidf(field, "format", "%s has %d decimal digits", c, digits)
	}
	amount, err := strconv.ParseUint(whole+part+strings.Repeat("0", digits-len(part)), 10, 63)
	if err != nil || whole == "" || amount > uint64(MaxAmount) {
		return Money{}, Invalidf(field, "format", "must be a currency and an amount of at most %d minor units, such as INR 249.00", MaxAmount)
	}
	return Money{int64(amount), c}, nil //nolint:gosec // at most MaxAmount
}

// ParsePercent reads a share of up to a whole, such as "20%" or "12.5%", to the hundredth of a percent: Invalid, naming the field, for
// anything else.
func ParsePercent(field, text string) (BasisPoints, error) {
	number, found := strings.CutSuffix(strings.TrimSpace(text), "%")
	whole, part, dotted := strings.Cut(number, ".")
	digits := whole + part + strings.Repeat("0", max(0, 2-len(part)))
	n, err := strconv.ParseUint(digits, 10, 32)
	if !found || err != nil || whole == "" || dotted && part == "" || len(part) > 2 || n > 10_000 {
		return 0, Invalidf(field, "format", "must be 0%% to 100%%, with at most two decimal digits, such as 12.5%%")
	}
	return BasisPoints(n), nil //nolint:gosec // at most 10,000
}

// Percent writes a share as people do, such as "20%" or "12.5%".
func (b BasisPoints) Percent() string {
	return strconv.FormatFloat(float64(b)/100, 'f', -1, 64) + "%"
}

// FromMajor turns an amount of major units (rupees, dollars), as price lists give them, into minor units.
func FromMajor(major float64, c Currency) Money {
	return Money{int64(math.Round(major * math.Pow10(c.MinorDigits()))), c}
}
