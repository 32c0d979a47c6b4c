// Package search holds the rules of how what people type is read: in which words, and with how many typing errors.
package search

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxTerms bounds how many words of a query count; those after it are not looked at.
const maxTerms = 12

// Typos is how many typing errors a word of a query may have: none below 4 characters, one below 8, two from there. These are the
// defaults of Algolia (minWordSizefor1Typo and minWordSizefor2Typos).
func Typos(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// Alike says whether a word may be meant by a typed one: it is another one, at most Typos errors away.
func Alike(typed, word string) bool {
	most := Typos(typed)
	return typed != word && distance([]rune(typed), []rune(word), most) <= most
}

// distance counts the characters to add, leave out, replace, or swap with their neighbour, where no part is changed twice: the
// optimal string alignment distance (Damerau 1964, restricted). It stops counting past most.
func distance(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		if slices.Min(row) > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// unspaced are the scripts that put no spaces between words. Their text is kept as pairs of neighbours and the last character.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao}

// Terms gives the words of a query that have to be found, each once, at most 12. The character that ends a run of pairs says
// nothing that its pair does not, and would ask that the name ends there.
func Terms(words []string) []string {
	var out []string
	for i, w := range words {
		if w == "" || i > 0 && endsRun(words[i-1], w) || slices.Contains(out, w) { //nolint:gosec // i is above 0 where it looks back
			continue
		}
		if out = append(out, w); len(out) == maxTerms {
			break
		}
	}
	return out
}

func endsRun(pair, last string) bool {
	p, l := []rune(pair), []rune(last)
	return len(p) == 2 && len(l) == 1 && p[1] == l[0] && unicode.In(l[0], unspaced...)
}
