package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/maypok86/otter/v2"
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

// Bounds of what is remembered of headers.
const (
	maxAccept  = 256 // bytes; a longer header counts as none
	maxChoices = 4096
)

// tongues chooses languages for readers, and remembers the choices: nearly all readers send one of few headers.
type tongues struct {
	chosen *otter.Cache[[2]string, string]
}

func newTongues() *tongues {
	return &tongues{otter.Must(&otter.Options[[2]string, string]{MaximumSize: maxChoices})}
}

// wanted gives headers that mean the same one form: the languages, best first, without their weights. One that means nothing is "".
func (t *tongues) wanted(accept string) string {
	if accept == "" || len(accept) > maxAccept {
		return ""
	}
	asked := [2]string{"", accept} // no menu is in no language
	form, ok := t.chosen.GetIfPresent(asked)
	if !ok {
		form = wantedForm(accept)
		t.chosen.Set(asked, form)
	}
	return form
}

func wantedForm(accept string) string {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return ""
	}
	var out []string
	for _, tag := range tags {
		if text := tag.String(); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, ",")
}

// choose gives that of a menu's languages, its own first and with commas between them, which suits an Accept-Language header
// best (RFC 9110, 12.5.4, and the matching of CLDR), and says whether it is another than its own.
func (t *tongues) choose(languages, accept string) (_ string, translated bool) {
	own, _, several := strings.Cut(languages, ",")
	if !several || accept == "" || len(accept) > maxAccept {
		return own, false
	}
	asked := [2]string{languages, accept}
	best, ok := t.chosen.GetIfPresent(asked)
	if !ok {
		best = match(strings.Split(languages, ","), accept)
		t.chosen.Set(asked, best)
	}
	return best, best != own
}

func match(languages []string, accept string) string {
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return languages[0]
	}
	has := make([]language.Tag, len(languages))
	for i, text := range languages {
		has[i] = language.Make(text)
	}
	_, i, _ := language.NewMatcher(has).Match(wanted...)
	return languages[i]
}
