// Package menufile reads and writes whole menus as CSV, for spreadsheets: one row a dish.
//
// The first line names the columns, in any order and separated by commas or semicolons; those that are in no menu may be left
// out. What a cell means, blank where the document of the API leaves a field out:
//
//	category, dish      names; a row without a dish is a category without one
//	schedule            of the category: "mon-fri 07:00-11:00; sat,sun 08:00-12:00; from 2026-12-01; until 2026-12-24"
//	price, packaging    amounts such as 120.00, in the currency of the column currency
//	diet, tax_category, spice, min_age, stock, available (true or false), available_at (RFC 3339), picture
//	allergens, tags     lists: "milk | nuts"
//	options             one group a line: "Extras [0-2]: Cheese = 20.00 | Olives*", where * is a default and a price is what it
//	                    costs more; "Size [variants]: Small = 90.00 | Large = 120.00" are kinds of the dish
//	category_id, dish_id
//	category:de, dish:de, description:de, options:de    translations, of options in the order of options: "Größe: Klein | Groß"
//
// A backslash takes the meaning from one of \ | = : [ ] * in a list or option. What is said of a category stands in its first
// row, and is the same or blank in the others. No cell is a formula (see package sheet). Texts are UTF-8, with or without a byte
// order mark.
package menufile

import (
	"strings"
)

// Bounds of a file.
const (
	maxBytes    = 4 << 20
	maxRows     = 2_100 // dishes and categories of the largest menu
	maxMistakes = 20
)

// The columns that every menu has, in the order in which they are written.
var columns = []string{
	"category", "schedule", "dish", "description", "price", "currency", "packaging", "tax_category", "diet", "allergens", "spice", "tags",
	"min_age", "stock", "available", "available_at", "options", "picture", "category_id", "dish_id",
}

// translated are the columns that there are once more for each language.
var translated = []string{"category", "dish", "description", "options"}

const special = `\|=:[]*`

// escape takes the meaning from what a list or an option would be read by.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unescape(text string) string {
	var b strings.Builder
	escaped := false
	for _, r := range strings.TrimSpace(text) {
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		b.WriteRune(r)
		escaped = false
	}
	return b.String()
}

// find gives the places of a separator that has its meaning.
func find(text string, separator byte) []int {
	var out []int
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case separator:
			out = append(out, i)
		}
	}
	return out
}

// split cuts a text at a separator; the parts are still escaped.
func split(text string, separator byte) []string {
	var out []string
	last := 0
	for _, i := range find(text, separator) {
		out = append(out, text[last:i])
		last = i + 1
	}
	return append(out, text[last:])
}

// cut cuts a text at the first separator.
func cut(text string, separator byte) (before, after string, found bool) {
	if at := find(text, separator); len(at) > 0 {
		return text[:at[0]], text[at[0]+1:], true
	}
	return text, "", false
}

// list reads "milk | nuts".
func list(text string) []string {
	var out []string
	for _, part := range split(text, '|') {
		if part = unescape(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func listed(list []string) string {
	parts := make([]string, len(list))
	for i, part := range list {
		parts[i] = escape(part)
	}
	return strings.Join(parts, " | ")
}
