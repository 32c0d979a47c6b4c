package menu

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// field is what the contract calls a part of a category or a dish: its value as a text, the same for the same value alone, and
// as it is shown to people.
type field struct{ name, value, shown string }

func plain(name, value string) field { return field{name, value, value} }

// fields are what a document says of a category, but for where it stands and its dishes.
func (c Category) fields() []field {
	return []field{plain("name", c.Name), plain("schedule", c.Schedule.String()), plain("translations", c.Translations.String())}
}

// fields are what a document may say of a dish, but for its category and where it stands.
func (d Dish) fields() []field {
	stock := "not counted"
	if d.Stock != nil {
		stock = number(*d.Stock)
	}
	available := strconv.FormatBool(d.Available)
	if !d.Available && !d.UnavailableUntil.IsZero() {
		available = "false until " + d.UnavailableUntil.UTC().Format(time.RFC3339Nano)
	}
	groups := make([]string, len(d.Groups))
	for i, g := range d.Groups {
		groups[i] = g.String()
	}
	return []field{
		plain("name", d.Name), plain("description", d.Description), plain("price", d.Price.String()), plain("packaging", d.Packaging.String()),
		plain("taxCategory", string(d.TaxCategory)), plain("diet", string(d.Diet)),
		{"allergens", fmt.Sprintf("%q", d.Allergens), strings.Join(d.Allergens, ", ")}, plain("spice", number(d.Spice)),
		{"tags", fmt.Sprintf("%q", d.Tags), strings.Join(d.Tags, ", ")}, plain("minAge", number(d.MinAge)),
		plain("available", available), plain("stock", stock), plain("picture", d.Picture),
		plain("optionGroups", strings.Join(groups, "; ")), plain("translations", d.Translations.String()),
	}
}

func number(n int) string { return strconv.Itoa(n) }

// String writes what is to choose, such as `"Size" 1–1 variants: "Small" INR 90.00, "Large" INR 120.00 default`. Whether
// options are sold out is not in it.
func (g OptionGroup) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %d–%d", g.Name, g.Min, g.Max)
	if g.Variants {
		b.WriteString(" variants")
	}
	b.WriteString(translated(g.Translations))
	for i, o := range g.Options {
		separator := ", "
		if i == 0 {
			separator = ": "
		}
		fmt.Fprintf(&b, "%s%q %s", separator, o.Name, o.Price)
		if o.Default {
			b.WriteString(" default")
		}
		b.WriteString(translated(o.Translations))
	}
	return b.String()
}

func translated(t Translations) string {
	if len(t) == 0 {
		return ""
	}
	return " (" + t.String() + ")"
}

// String writes the translations, sorted by language, such as `de "Pfannkuchen" "Mit Kartoffeln"`.
func (t Translations) String() string {
	var parts []string
	for _, language := range slices.Sorted(maps.Keys(t)) {
		part := fmt.Sprintf("%s %q", language, t[language].Name)
		if description := t[language].Description; description != "" {
			part += fmt.Sprintf(" %q", description)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

var dayNames = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// String writes the schedule, such as "mon,tue 07:00-11:00; from 2026-12-01; until 2026-12-24"; "" for one that restricts nothing.
func (s Schedule) String() string {
	var parts []string
	for _, w := range s.Windows {
		days := make([]string, len(w.Days))
		for i, d := range w.Days {
			days[i] = dayNames[d]
		}
		parts = append(parts, strings.Join(days, ",")+" "+clock(w.From)+"-"+clock(w.To))
	}
	if !s.StartsOn.IsZero() {
		parts = append(parts, "from "+s.StartsOn.String())
	}
	if !s.EndsOn.IsZero() {
		parts = append(parts, "until "+s.EndsOn.String())
	}
	return strings.Join(parts, "; ")
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
