package menufile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sheet"
)

// Lines says in which line of the file each dish of a menu stands, by category.
type Lines [][]int

var placed = regexp.MustCompile(`^categories\[(\d+)\](?:\.dishes\[(\d+)\])?\.?`)

// parts are the columns that the fields of a category or dish are read from, but for those of the same name.
var parts = map[string]string{
	"taxCategory": "tax_category", "minAge": "min_age", "availableAt": "available_at", "optionGroups": "options",
}

// Name gives a field of the document the place in the file where it was read, such as "line 5, price".
func (l Lines) Name(field string) string {
	found := placed.FindStringSubmatch(field)
	if found == nil {
		return field
	}
	c, _ := strconv.Atoi(found[1])
	d, _ := strconv.Atoi(found[2]) // of a category: its first line
	if c >= len(l) || d >= len(l[c]) {
		return field
	}
	return fmt.Sprintf("line %d, %s", l[c][d], column(field[len(found[0]):], found[2] != ""))
}

// column is where a field of a dish, or of a category, is read from.
func column(field string, ofDish bool) string {
	part := field
	if end := strings.IndexAny(field, ".["); end >= 0 {
		part = field[:end]
	}
	thing := "category"
	if ofDish {
		thing = "dish"
	}
	switch {
	case part == "name":
		return thing
	case part == "id":
		return thing + "_id"
	case strings.HasSuffix(field, "price.currency") || strings.HasSuffix(field, "packaging.currency"):
		return "currency"
	case parts[part] != "":
		return parts[part]
	}
	return part
}

// reader reads one file; what is wrong is collected.
type reader struct {
	csv       *csv.Reader
	names     []string // of the columns
	languages []string
	cells     map[string]string
	line      int
	currency  string // of the last row that gave one
	doc       dto.MenuDocument
	lines     Lines
	places    map[string]int // of categories, by ID or name
	mistakes  []domain.FieldError
}

// Read reads a menu. It is Invalid, naming line and column of up to twenty mistakes, for what is no such file; whether the menu
// makes sense is for the API to say.
func Read(from io.Reader) (dto.MenuDocument, Lines, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxBytes+1))
	if err != nil {
		return dto.MenuDocument{}, nil, fmt.Errorf("read the menu: %w", err)
	}
	if len(text) > maxBytes {
		return dto.MenuDocument{}, nil, domain.Invalidf("file", "maxLength", "has more than %d bytes", maxBytes)
	}
	if line, column, ok := Foreign(text); ok {
		return dto.MenuDocument{}, nil, domain.Invalidf(fmt.Sprintf("line %d, column %d", line, column), "utf8", "is no UTF-8; save the file as CSV in UTF-8")
	}
	r := &reader{places: map[string]int{}, doc: dto.MenuDocument{Categories: []dto.MenuCategory{}}}
	if err := r.begin(bytes.TrimPrefix(text, []byte("\ufeff"))); err != nil {
		return dto.MenuDocument{}, nil, err
	}
	for rows := 0; ; rows++ {
		more, err := r.next()
		if err != nil {
			return dto.MenuDocument{}, nil, err
		}
		if !more || len(r.mistakes) >= maxMistakes {
			break
		}
		if rows >= maxRows {
			return dto.MenuDocument{}, nil, domain.Invalidf("file", "maxItems", "has more than %d rows", maxRows)
		}
		r.row()
	}
	return r.doc, r.lines, r.wrong()
}

// Foreign finds the first character that is no UTF-8, by its line and its place there.
func Foreign(text []byte) (line, column int, found bool) {
	line, column = 1, 1
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			return line, column, true
		case r == '\n':
			line, column = line+1, 1
		default:
			column++
		}
		text = text[size:]
	}
	return 0, 0, false
}

// wrong is all that is wrong, as one error.
func (r *reader) wrong() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	parts := make([]string, len(r.mistakes))
	for i, m := range r.mistakes {
		parts[i] = m.Field + ": " + m.Message
	}
	e := domain.Errorf(domain.Invalid, string(domain.Invalid), "%s", strings.Join(parts, "\n"))
	e.Fields = r.mistakes
	return e
}

func (r *reader) begin(text []byte) error {
	first, _, _ := bufio.NewReader(bytes.NewReader(text)).ReadLine()
	r.csv = csv.NewReader(bytes.NewReader(text))
	if bytes.ContainsRune(first, ';') {
		r.csv.Comma = ';' // as spreadsheets write it where a comma is in numbers
	}
	names, err := r.csv.Read()
	if err != nil {
		return domain.Invalidf("line 1", "csv", "must name the columns: category, dish, price, currency, diet and others")
	}
	for i, name := range names {
		name = strings.TrimSpace(name)
		base, language, several := strings.Cut(name, ":")
		switch {
		case slices.Contains(r.names, name):
			return domain.Invalidf(fmt.Sprintf("line 1, column %d", i+1), "unique", "%q is there twice", name)
		case several && slices.Contains(translated, base) && language != "":
			if !slices.Contains(r.languages, language) {
				r.languages = append(r.languages, language)
			}
		case !slices.Contains(columns, name):
			return domain.Invalidf(fmt.Sprintf("line 1, column %d", i+1), "unknown", "%q is no column of a menu", name)
		}
		r.names = append(r.names, name)
	}
	for _, name := range []string{"category", "dish", "price", "currency", "diet"} {
		if !slices.Contains(r.names, name) {
			return domain.Invalidf("line 1", "required", "the column %s is missing", name)
		}
	}
	return nil
}

// next reads a row into cells; false at the end.
func (r *reader) next() (bool, error) {
	record, err := r.csv.Read()
	var broken *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return false, nil
	case errors.Is(err, csv.ErrFieldCount):
		r.line, _ = r.csv.FieldPos(0)
		r.mistakes = append(r.mistakes, domain.FieldError{
			Field: fmt.Sprintf("line %d", r.line), Code: "csv", Message: fmt.Sprintf("has %d cells, and not %d as the first line", len(record), len(r.names)),
		})
	case errors.As(err, &broken):
		return false, domain.Invalidf(fmt.Sprintf("line %d, column %d", broken.Line, broken.Column), "csv", "is no CSV: %v", broken.Err)
	case err != nil:
		return false, fmt.Errorf("read a row: %w", err)
	}
	r.line, _ = r.csv.FieldPos(0)
	r.cells = map[string]string{}
	if err != nil {
		return true, nil
	}
	for i, name := range r.names {
		r.cells[name] = strings.TrimSpace(sheet.Text(record[i]))
	}
	return true, nil
}

// wrongCell notes what is wrong with a cell of the row at hand.
func (r *reader) wrongCell(column, rule, format string, args ...any) {
	r.mistakes = append(r.mistakes, domain.FieldError{
		Field: fmt.Sprintf("line %d, %s", r.line, column), Code: rule, Message: fmt.Sprintf(format, args...),
	})
}

// row adds the row at hand to the document. A row of blanks is none.
func (r *reader) row() {
	blank := true
	for _, cell := range r.cells {
		blank = blank && cell == ""
	}
	if blank {
		return
	}
	if r.cells["currency"] != "" {
		r.currency = r.cells["currency"]
	}
	c := r.category()
	if r.cells["dish"] == "" {
		return
	}
	r.doc.Categories[c].Dishes = append(r.doc.Categories[c].Dishes, r.dish())
	if lines := r.lines[c]; len(lines) < len(r.doc.Categories[c].Dishes) {
		r.lines[c] = append(lines, r.line)
	}
}

// category gives the category of the row, by its place in the document.
func (r *reader) category() int {
	key := r.cells["category_id"]
	if key == "" {
		key = strings.ToLower(r.cells["category"])
	}
	place, known := r.places[key]
	c := dto.MenuCategory{
		Name: r.cells["category"], ID: r.id("category_id"), Schedule: r.schedule(), Translations: r.translations("category"), Dishes: []dto.MenuDish{},
	}
	if !known {
		if c.Name == "" {
			r.wrongCell("category", "required", "must not be blank")
		}
		place = len(r.doc.Categories)
		r.places[key] = place
		r.doc.Categories = append(r.doc.Categories, c)
		r.lines = append(r.lines, []int{r.line})
		return place
	}
	first := r.doc.Categories[place]
	if c.Name != "" && c.Name != first.Name {
		r.wrongCell("category", "differs", "is %q in line %d", first.Name, r.lines[place][0])
	}
	if c.Schedule != nil && scheduled(c.Schedule) != scheduled(first.Schedule) {
		r.wrongCell("schedule", "differs", "is another one in line %d", r.lines[place][0])
	}
	for _, t := range deref(c.Translations) {
		if in(first.Translations, t.Language) != t.Name {
			r.wrongCell("category:"+t.Language, "differs", "is another one in line %d", r.lines[place][0])
		}
	}
	return place
}

// translations are the translations of a name in the row at hand.
func (r *reader) translations(column string) *dto.NameTranslations {
	var out dto.NameTranslations
	for _, language := range r.languages {
		if name := r.cells[column+":"+language]; name != "" {
			out = append(out, dto.NameTranslation{Language: language, Name: name})
		}
	}
	if out == nil {
		return nil
	}
	return &out
}
