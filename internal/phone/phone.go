// Package phone gives telephone numbers their one form, E.164, so that a number is stored, compared and dialled in one way.
package phone

import "github.com/nyaruka/phonenumbers"

// Normal gives a number as E.164, such as +911123456789. Region, an ISO 3166-1 code, is where a number without a country's
// code belongs; "" asks for one that begins with +. Ok is false for what cannot be dialled: numbers are held against the
// lengths that their country has, and not against the blocks that are in use, for those change faster than programs.
func Normal(text, region string) (e164 string, ok bool) {
	n, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}
