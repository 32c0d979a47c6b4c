package pricing

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of rules.
const (
	MaxRuleAmount   = int64(1_000_000_000) // of every amount, in minor units
	MaxUses         = 1_000_000_000        // of every limit
	MaxLabel        = 60                   // characters
	MaxCity         = 80                   // characters
	MaxScope        = 200                  // vendors, cities or cuisines of one promotion
	MinCode         = 3
	MaxCode         = 24
	MaxBands        = 10
	MaxBandMeters   = 100_000
	MinSurgeRadiusM = 100
	MaxSurgeRadiusM = 50_000
	MinSurgeTimes   = domain.BasisPoints(10_001)
	MaxSurgeTimes   = domain.BasisPoints(50_000)
	MaxCommission   = domain.BasisPoints(5_000)
	whole           = domain.BasisPoints(10_000)
)

// CheckCode gives a coupon's code as it is kept, in capitals: 3 to 24 of A–Z, 0–9 and -, as people may type it; Invalid, naming
// the field, for anything else.
func CheckCode(field, text string) (string, error) {
	code := strings.ToUpper(strings.TrimSpace(text))
	wrong := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' }
	if len(code) < MinCode || len(code) > MaxCode || strings.ContainsFunc(code, wrong) {
		return "", domain.Invalidf(field, "format", "must be %d to %d letters A–Z, digits or -", MinCode, MaxCode)
	}
	return code, nil
}

// Check is Invalid, naming the field and its bound, for a promotion that is none.
func (p Promotion) Check() error {
	if p.Code != "" {
		if code, err := CheckCode("code", p.Code); err != nil {
			return err
		} else if code != p.Code {
			return domain.Invalidf("code", "format", "must be in capitals")
		}
	}
	return first(
		checkText("label", p.Label, 1, MaxLabel),
		p.checkBenefit(),
		checkRange("minOrder", p.MinOrder, 0, MaxRuleAmount),
		checkRange("cap", p.Cap, 0, MaxRuleAmount),
		checkRange("perCustomer", int64(p.PerCustomer), 0, MaxUses),
		checkRange("limit", int64(p.Limit), 0, MaxUses),
		checkRange("vendorShare", int64(p.VendorShare), 0, int64(whole)),
		checkTimes(p.StartsAt, p.EndsAt),
		domain.CheckWindows("windows", p.Windows),
		p.checkCurrency(),
		p.checkScope(),
	)
}

func (p Promotion) checkBenefit() error {
	switch p.Benefit {
	case Percent:
		return first(checkRange("share", int64(p.Share), 1, int64(whole)), checkUnset("amount", p.Amount, p.Benefit))
	case Flat:
		return first(
			checkRange("amount", p.Amount, 1, MaxRuleAmount), checkUnset("share", int64(p.Share), p.Benefit), checkUnset("cap", p.Cap, p.Benefit),
		)
	case FreeDelivery:
		return first(checkUnset("share", int64(p.Share), p.Benefit), checkUnset("amount", p.Amount, p.Benefit))
	}
	return domain.Invalidf("benefit", "enum", "must be %s, %s or %s", Percent, Flat, FreeDelivery)
}

func (p Promotion) checkCurrency() error {
	if p.Currency == "" && p.Amount == 0 && p.MinOrder == 0 && p.Cap == 0 {
		return nil
	}
	return checkCurrency(p.Currency)
}

func (p Promotion) checkScope() error {
	if len(p.Vendors) > MaxScope {
		return domain.Invalidf("vendors", "maxItems", "must be at most %d", MaxScope)
	}
	for i, v := range p.Vendors {
		if v.IsNil() {
			return domain.Invalidf(fmt.Sprintf("vendors[%d]", i), "uuid", "names no vendor")
		}
	}
	return first(checkWords("cities", p.Cities), checkWords("cuisines", p.Cuisines))
}

// Check is Invalid, naming the field and its bound, for a tariff that is none, or by which a longer way would cost less.
func (t Tariff) Check() error {
	if len(t.Bands) == 0 || len(t.Bands) > MaxBands {
		return domain.Invalidf("bands", "size", "must be 1 to %d", MaxBands)
	}
	for i, b := range t.Bands {
		if err := t.checkBand(fmt.Sprintf("bands[%d]", i), i, b); err != nil {
			return err
		}
	}
	err := first(
		checkCurrency(t.Currency), checkText("city", t.City, 0, MaxCity),
		checkRange("smallOrder.below", t.SmallOrder.Below, 0, MaxRuleAmount), checkRange("smallOrder.fee", t.SmallOrder.Fee, 0, MaxRuleAmount),
	)
	if err == nil && (t.SmallOrder.Fee > t.SmallOrder.Below || t.SmallOrder.Fee == 0 && t.SmallOrder.Below > 0) {
		return domain.Invalidf("smallOrder.fee", "range", "must be 1 to smallOrder.below, or both 0")
	}
	return err
}

func (t Tariff) checkBand(field string, i int, b Band) error {
	from := 0
	if i > 0 {
		from = t.Bands[i-1].From + 1
	}
	if i == 0 && b.From != 0 {
		return domain.Invalidf(field+".from", "range", "must be 0")
	}
	err := first(
		checkRange(field+".from", int64(b.From), int64(from), MaxBandMeters),
		checkRange(field+".fee", b.Fee, 0, MaxRuleAmount), checkRange(field+".perKm", b.PerKm, 0, MaxRuleAmount),
	)
	if err != nil || i == 0 {
		return err
	}
	if before := (Tariff{Bands: t.Bands[:i]}).Fee(float64(b.From)); b.Fee < before.Amount {
		return domain.Invalidf(field+".fee", "range", "must be at least %d, what the band before has come to", before.Amount)
	}
	return nil
}

// Check is Invalid, naming the field and its bound, for a rule that is none.
func (s Surge) Check() error {
	err := first(
		checkText("label", s.Label, 1, MaxLabel), checkCurrency(s.Currency), checkText("city", s.City, 0, MaxCity),
		checkTimes(s.StartsAt, s.EndsAt), domain.CheckWindows("windows", s.Windows), checkRange("cap", s.Cap, 0, MaxRuleAmount),
	)
	switch {
	case err != nil:
		return err
	case s.RadiusM == 0 && s.Centre != domain.Point{}:
		return domain.Invalidf("radiusM", "range", "must be %d to %d", MinSurgeRadiusM, MaxSurgeRadiusM)
	case s.RadiusM != 0 && !s.Centre.Valid():
		return domain.Invalidf("centre", "place", "must be a place on Earth")
	case s.RadiusM != 0 && (s.RadiusM < MinSurgeRadiusM || s.RadiusM > MaxSurgeRadiusM):
		return domain.Invalidf("radiusM", "range", "must be %d to %d", MinSurgeRadiusM, MaxSurgeRadiusM)
	case s.Times == 0:
		return checkRange("flat", s.Flat, 1, MaxRuleAmount)
	case s.Flat != 0:
		return domain.Invalidf("flat", "unset", "must be 0 for a rule that multiplies")
	}
	return checkRange("times", int64(s.Times), int64(MinSurgeTimes), int64(MaxSurgeTimes))
}

// Check is Invalid, naming the field and its bound, for a rule that is none.
func (r CommissionRule) Check() error {
	if !r.Vendor.IsNil() && r.City != "" {
		return domain.Invalidf("city", "unset", "must be empty for a rule of a vendor")
	}
	return first(
		checkText("city", r.City, 0, MaxCity), checkRange("rate", int64(r.Rate), 0, int64(MaxCommission)), checkTimes(r.StartsAt, r.EndsAt),
	)
}

// first is the first of some errors that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func checkRange(field string, n, from, to int64) error {
	if n < from || n > to {
		return domain.Invalidf(field, "range", "must be %d to %d", from, to)
	}
	return nil
}

func checkUnset(field string, n int64, benefit Benefit) error {
	if n != 0 {
		return domain.Invalidf(field, "unset", "must be 0 for %s", benefit)
	}
	return nil
}

func checkText(field, text string, from, to int) error {
	if n := len([]rune(text)); n < from || n > to || strings.TrimSpace(text) != text {
		return domain.Invalidf(field, "length", "must be %d to %d characters, without spaces around them", from, to)
	}
	return domain.CheckLine(field, text)
}

func checkWords(field string, words []string) error {
	if len(words) > MaxScope {
		return domain.Invalidf(field, "maxItems", "must be at most %d", MaxScope)
	}
	for i, w := range words {
		if err := checkText(fmt.Sprintf("%s[%d]", field, i), w, 1, MaxCity); err != nil {
			return err
		}
	}
	return nil
}

func checkCurrency(c domain.Currency) error {
	if !c.Known() {
		return domain.Invalidf("currency", "enum", "must be a currency that the marketplace trades in")
	}
	return nil
}

func checkTimes(starts, ends time.Time) error {
	if !starts.IsZero() && !ends.IsZero() && !starts.Before(ends) {
		return domain.Invalidf("endsAt", "range", "must lie after startsAt")
	}
	return nil
}
