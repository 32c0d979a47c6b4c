package menufile

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sheet"
)

// Write writes a menu as CSV in UTF-8, without a byte order mark.
func Write(w io.Writer, doc dto.MenuDocument) error {
	languages := languagesOf(doc)
	out := sheet.New(w)
	if err := out.Row(header(languages)...); err != nil {
		return err
	}
	for _, c := range doc.Categories {
		rows := c.Dishes
		if len(rows) == 0 {
			rows = []dto.MenuDish{{}}
		}
		for _, d := range rows {
			if err := out.Row(row(c, d, languages)...); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

func header(languages []string) []string {
	names := slices.Clone(columns)
	for _, language := range languages {
		for _, name := range translated {
			names = append(names, name+":"+language)
		}
	}
	return names
}

// languagesOf are those that anything is translated to.
func languagesOf(doc dto.MenuDocument) []string {
	var out []string
	names := func(t *dto.NameTranslations) {
		for _, n := range deref(t) {
			out = append(out, n.Language)
		}
	}
	for _, c := range doc.Categories {
		names(c.Translations)
		for _, d := range c.Dishes {
			for _, t := range deref(d.Translations) {
				out = append(out, t.Language)
			}
			for _, g := range d.OptionGroups {
				names(g.Translations)
				for _, o := range g.Options {
					names(o.Translations)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func row(c dto.MenuCategory, d dto.MenuDish, languages []string) []string {
	cells := []string{
		c.Name, scheduled(c.Schedule), d.Name, deref(d.Description), amount(&d.Price), d.Price.Currency, amount(d.Packaging),
		string(deref(d.TaxCategory)), string(d.Diet), listed(deref(d.Allergens)), number(d.Spice), listed(deref(d.Tags)), number(d.MinAge),
		number(d.Stock), "", "", options(d.OptionGroups), deref(d.Picture), identity(c.ID), identity(d.ID),
	}
	if d.Available != nil {
		cells[14] = strconv.FormatBool(*d.Available)
	}
	if d.AvailableAt != nil {
		cells[15] = d.AvailableAt.UTC().Format(time.RFC3339Nano)
	}
	for _, language := range languages {
		name, description := "", ""
		for _, t := range deref(d.Translations) {
			if t.Language == language {
				name, description = deref(t.Name), deref(t.Description)
			}
		}
		cells = append(cells, in(c.Translations, language), name, description, optionsIn(d.OptionGroups, language))
	}
	return cells
}

func amount(p *dto.Price) string {
	if p == nil || p.Currency == "" {
		return ""
	}
	return domain.Money{Amount: p.Amount, Currency: domain.Currency(p.Currency)}.Decimal()
}

func number(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func identity(id *domain.ID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

func scheduled(s *dto.Schedule) string {
	if s == nil {
		return ""
	}
	var parts []string
	for _, w := range s.Windows {
		days := make([]string, len(w.Days))
		for i, d := range w.Days {
			days[i] = string(d)
		}
		parts = append(parts, fmt.Sprintf("%s %s-%s", strings.Join(days, ","), w.From, w.To))
	}
	if s.StartsOn != nil {
		parts = append(parts, "from "+*s.StartsOn)
	}
	if s.EndsOn != nil {
		parts = append(parts, "until "+*s.EndsOn)
	}
	return strings.Join(parts, "; ")
}

func options(groups []dto.MenuOptionGroup) string {
	lines := make([]string, len(groups))
	for i, g := range groups {
		bounds := fmt.Sprintf("%d-%d", g.Min, g.Max)
		if deref(g.Variants) {
			bounds = "variants"
		}
		parts := make([]string, len(g.Options))
		for j, o := range g.Options {
			parts[j] = escape(o.Name)
			if deref(o.Default) {
				parts[j] += "*"
			}
			if o.Price != nil {
				parts[j] += " = " + amount(o.Price)
			}
		}
		lines[i] = fmt.Sprintf("%s [%s]: %s", escape(g.Name), bounds, strings.Join(parts, " | "))
	}
	return strings.Join(lines, "\n")
}

// optionsIn is "" where nothing of the options is translated to the language.
func optionsIn(groups []dto.MenuOptionGroup, language string) string {
	lines := make([]string, len(groups))
	any := false
	for i, g := range groups {
		name := in(g.Translations, language)
		any = any || name != ""
		parts := make([]string, len(g.Options))
		for j, o := range g.Options {
			parts[j] = in(o.Translations, language)
			any = any || parts[j] != ""
			parts[j] = escape(parts[j])
		}
		lines[i] = escape(name) + ": " + strings.Join(parts, " | ")
	}
	if !any {
		return ""
	}
	return strings.Join(lines, "\n")
}

func in(t *dto.NameTranslations, language string) string {
	for _, n := range deref(t) {
		if n.Language == language {
			return n.Name
		}
	}
	return ""
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
