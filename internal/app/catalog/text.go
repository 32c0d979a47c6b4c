package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/domain"
)

// requiredText trims a text and refuses an empty one: Invalid naming the field. See optionalText.
func requiredText(field, text string) (string, error) {
	text, err := optionalText(field, text)
	if err == nil && text == "" {
		err = domain.Invalidf(field, "blank", "must not be blank")
	}
	return text, err
}

// optionalText trims a line of text and refuses what no screen can show: control characters, and broken UTF-8.
func optionalText(field, text string) (string, error) {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return "", domain.Invalidf(field, "control", "must not hold control characters")
	}
	return paragraph(field, text)
}

// paragraph is optionalText for text of several lines.
func paragraph(field, text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", domain.Invalidf(field, "utf8", "is not valid UTF-8")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		return "", domain.Invalidf(field, "control", "must not hold control characters but line breaks")
	}
	return strings.TrimSpace(text), nil
}

// texts cleans a list: blank ones and repetitions, in whatever case, go.
func texts(field string, list []string) ([]string, error) {
	out := []string{}
	seen := map[string]bool{}
	for _, text := range list {
		text, err := optionalText(field, text)
		if err != nil {
			return nil, err
		}
		if fold := strings.ToLower(text); text != "" && !seen[fold] {
			seen[fold] = true
			out = append(out, text)
		}
	}
	return out, nil
}
