package catalog

import (
	"strings"

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

// optionalText trims a line of text: Invalid as domain.CheckLine says.
func optionalText(field, text string) (string, error) {
	return strings.TrimSpace(text), domain.CheckLine(field, text)
}

// paragraph is optionalText for text of several lines.
func paragraph(field, text string) (string, error) {
	return strings.TrimSpace(text), domain.CheckLines(field, text)
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
