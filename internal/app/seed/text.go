package seed

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Kinds of repair, as Result.Repaired counts them; one row may have several.
const (
	repairedEncoding = "encoding"            // UTF-8 that was taken for Windows-1252 and encoded again, or never encoded
	repairedAccents  = "accents"             // a damaged word that is known
	repairedCity     = "city"                // another name for the city
	repairedSwap     = "coordinates swapped" // latitude and longitude in each other's place
	repairedCost     = "cost missing"        // the usual cost of its price level in its country
	repairedLevel    = "price level missing" // the level whose usual cost is nearest
	repairedCuisines = "cuisines missing"    // from a word of the name, else the country's own kitchen
	repairedAddress  = "address missing"     // the locality instead
)

//go:embed data/words.txt
var wordsText string

//go:embed data/cities.txt
var citiesText string

// decode makes a field valid UTF-8 without characters that do not show, and puts right what is certainly an encoding
// applied twice ("CafÃ©"): text whose every character is one byte of Windows-1252, where the bytes are valid UTF-8 beyond ASCII.
func decode(field string) (text string, repaired bool) {
	if !utf8.ValidString(field) {
		decoded, err := charmap.Windows1252.NewDecoder().String(field)
		if err != nil {
			decoded = strings.ToValidUTF8(field, "\uFFFD")
		}
		field, repaired = decoded, true
	}
	if once, ok := undouble(field); ok {
		field, repaired = once, true
	}
	return squeeze(field), repaired
}

func undouble(text string) (string, bool) {
	ascii := true
	for i := range len(text) {
		ascii = ascii && text[i] < utf8.RuneSelf
	}
	if ascii {
		return text, false
	}
	bytes, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil || !utf8.ValidString(bytes) {
		return text, false
	}
	return bytes, true
}

// squeeze drops control and formatting characters (line breaks, marks that turn the direction of writing) and makes every
// run of blanks one.
func squeeze(text string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r):
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(kept), " ")
}

// lexicon repairs the words of one country.
type lexicon struct {
	words  map[string]string // by skeleton; "" where two words share one
	pieces *strings.Replacer
}

// lexicons are by ISO country; "*" is for all.
var lexicons = sync.OnceValue(func() map[string]*lexicon {
	out, pairs := map[string]*lexicon{}, map[string][]string{}
	country := ""
	for _, line := range strings.Split(wordsText, "\n") {
		from, to, isPiece := strings.Cut(line, " =>")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			country = strings.Trim(line, "[]")
			out[country] = &lexicon{words: map[string]string{}}
		case isPiece:
			pairs[country] = append(pairs[country], from, strings.TrimSpace(to))
		default:
			for _, w := range strings.Fields(line) {
				out[country].learn(w)
			}
		}
	}
	for c, l := range out {
		l.pieces = strings.NewReplacer(pairs[c]...)
	}
	return out
})

func (l *lexicon) learn(word string) {
	key := skeleton(word)
	if known, ok := l.words[key]; ok && known != word {
		word = ""
	}
	l.words[key] = word
}

// skeleton is a word with a star for every letter that the export may have damaged. The dotless ı, alone, became i.
func skeleton(word string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'ı':
			return 'i'
		case r >= utf8.RuneSelf || r == '_':
			return '*'
		}
		return r
	}, word)
}

// mend puts right the accents of a text from a country.
func mend(text, country string) (string, bool) {
	if skeleton(text) == text {
		return text, false // nothing in it can be damaged
	}
	mended := text
	for _, name := range []string{country, "*"} {
		if l := lexicons()[name]; l != nil {
			mended = l.mend(mended)
		}
	}
	mended = strings.ReplaceAll(mended, "\uFFFD", "")
	return mended, mended != text
}

func (l *lexicon) mend(text string) string {
	text = l.pieces.Replace(text)
	var out strings.Builder
	for len(text) > 0 {
		end := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) })
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		if right := l.words[skeleton(word)]; right != "" && strings.Contains(skeleton(word), "*") {
			word = right
		}
		out.WriteString(word)
		_, size := utf8.DecodeRuneInString(text[end:])
		out.WriteString(text[end : end+size])
		text = text[end+size:]
	}
	return out.String()
}

func inWord(r rune) bool { return unicode.IsLetter(r) || r == '_' || r == '\uFFFD' }

// cityNames are the other names of cities, by country and name.
var cityNames = sync.OnceValue(func() map[[2]string]string {
	out := map[[2]string]string{}
	for _, line := range strings.Split(citiesText, "\n") {
		if f := cells(line); len(f) == 3 && line[0] != '#' {
			out[[2]string{f[0], f[1]}] = f[2]
		}
	}
	return out
})
