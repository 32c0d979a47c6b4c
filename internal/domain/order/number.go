package order

import "strings"

// digits are Crockford's base 32: no I, L, O or U, so that a number survives being read out on the phone.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// numberBits is the width of a number's space: six digits of five bits.
const numberBits = 30

// Number turns the n-th order into the name people use for it: six digits that do not tell how many orders there are.
// It is a bijection on [0, 2^30), past which the seventh digit begins, so two orders never share a number.
func Number(n int64) string {
	const odd = 0x2C9277B5 & (1<<numberBits - 1) // any odd factor permutes the residues of a power of two
	low := (n*odd + 0x1A2B3C4D) & (1<<numberBits - 1)
	out := make([]byte, 0, 8)
	for high := n >> numberBits; high > 0; high >>= 5 {
		out = append([]byte{digits[high&31]}, out...)
	}
	for shift := numberBits - 5; shift >= 0; shift -= 5 {
		out = append(out, digits[(low>>shift)&31])
	}
	return string(out)
}

// ParseNumber reads a number as people write it down from the phone: small letters, spaces and dashes do not matter, and the
// letters that Crockford left out stand for the digits that they look like. Text that is no number stays one that no order has.
func ParseNumber(text string) string { return asHeard.Replace(strings.ToUpper(text)) }

var asHeard = strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1")
