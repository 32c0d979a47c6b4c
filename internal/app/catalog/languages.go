package catalog

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// maxLanguages bounds the languages of a vendor, and so the pages that are kept of its menu.
const maxLanguages = 8

// languages gives the languages of a menu, the vendor's own first, their canonical form: Invalid for one that is none.
func languages(tags []string) ([]string, error) {
	var out []string
	for i, text := range tags {
		tag, err := canonical(text)
		if err != nil {
			return nil, domain.Invalidf(fmt.Sprintf("languages[%d]", i), "language", "must be a language such as en, hi or zh-Hant (BCP 47)")
		}
		if !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	if len(out) == 0 || len(out) > maxLanguages {
		return nil, domain.Invalidf("languages", "range", "must name the menu's own language and at most %d others", maxLanguages-1)
	}
	return out, nil
}

// canonical gives a BCP 47 tag one form: the case of its parts, and today's code for a language that has had another.
func canonical(text string) (string, error) {
	tag, err := language.Parse(text)
	if err != nil || tag == language.Und {
		return "", fmt.Errorf("%q is no language", text)
	}
	return tag.String(), nil
}

// translated cleans translations: Invalid for one into a language that the vendor does not have, or that is its own.
func translated(field string, given menu.Translations, p *vendor.Profile) (menu.Translations, error) {
	out := menu.Translations{}
	for text, t := range given {
		tag, err := canonical(text)
		if err != nil || !slices.Contains(p.Languages[1:], tag) {
			return nil, domain.Invalidf(field, "language",
				"%s is no language that the menu is translated to; the vendor's are %s", text, strings.Join(p.Languages, ", "))
		}
		if t.Name, err = optionalText(field+".name", t.Name); err != nil {
			return nil, err
		}
		if t.Description, err = paragraph(field+".description", t.Description); err != nil {
			return nil, err
		}
		if t != (menu.Text{}) {
			out[tag] = t
		}
	}
	return out, nil
}
