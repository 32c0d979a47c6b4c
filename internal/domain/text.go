package domain

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable says whether a character may stand in what people type. Characters that act on a terminal, a sheet or a log may
// not: controls (C0, DEL, C1), the separators of lines and paragraphs, and those that have what follows them read backwards
// (embeddings, overrides, isolates). Joiners and marks that scripts and emoji need may, among them U+200C to U+200F.
func Printable(r rune) bool {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return false
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return false
	}
	return true
}

// CheckLine is Invalid, naming the field, for what is not one line of printable text in UTF-8.
func CheckLine(field, text string) error {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !Printable(r) }) {
		return Invalidf(field, "control", "must be one line of text, without control characters or ones that turn the direction of writing")
	}
	return nil
}

// CheckLines is CheckLine for a text that may have several lines.
func CheckLines(field, text string) error {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !Printable(r) }) {
		return Invalidf(field, "control", "must be text, without control characters other than line feeds, or ones that turn the direction of writing")
	}
	return nil
}
