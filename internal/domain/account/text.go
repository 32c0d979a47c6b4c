package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/domain"
)

// ParseEmail gives an e-mail address its one form, in lower case and without surrounding space. Only plain ASCII addresses
// of RFC 5321's dot-string form are taken; so no quoting, comment or line break can hide in one.
// It returns Invalid for any other.
func ParseEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return "", errEmail() // before letters such as the Kelvin sign turn into ASCII ones
	}
	s = strings.ToLower(s)
	local, host, found := strings.Cut(s, "@")
	if !found || len(s) > 254 || len(local) > 64 || !dotted(local, atom) || !dotted(host, label) {
		return "", errEmail()
	}
	return s, nil
}

func errEmail() error {
	return domain.Invalidf("email", "format", "must be an e-mail address such as name@example.com")
}

// dotted says whether s is one or more parts joined by dots.
func dotted(s string, part func(string) bool) bool {
	for p := range strings.SplitSeq(s, ".") {
		if !part(p) {
			return false
		}
	}
	return true
}

// atom is RFC 5322's atext, in lower case.
func atom(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !alphanumeric(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
	}) < 0
}

// label is one of a host name's.
func label(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' &&
		strings.IndexFunc(s, func(r rune) bool { return !alphanumeric(r) && r != '-' }) < 0
}

func alphanumeric(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// Line checks a text of one line: Invalid when domain.CheckLine says so, or when it has not least to most characters.
func Line(field, s string, least, most int) error {
	if err := domain.CheckLine(field, s); err != nil {
		return err
	}
	return length(field, s, least, most)
}

// Lines is Line for a text that may have several lines.
func Lines(field, s string, least, most int) error {
	if err := domain.CheckLines(field, s); err != nil {
		return err
	}
	return length(field, s, least, most)
}

func length(field, s string, least, most int) error {
	if n := utf8.RuneCountInString(s); n < least || n > most {
		return domain.Invalidf(field, "length", "must have %d to %d characters", least, most)
	}
	return nil
}
