// Package sheet writes tables for spreadsheets: CSV as in RFC 4180, in which no cell is a formula.
//
// Spreadsheets run a cell that begins with one of a few characters, whatever the file says about its type; strangers' text
// must not get to do that at the desk of whoever opens the export. Such a cell gets an apostrophe in front, which they show
// as the text that follows it.
package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Writer writes rows. Errors stay: the first one is returned by every later call.
type Writer struct{ csv *csv.Writer }

// New makes a writer; it buffers until Flush.
func New(w io.Writer) *Writer {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	return &Writer{c}
}

// Row writes one row, each cell made safe.
func (w *Writer) Row(cells ...string) error {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = Cell(cell)
	}
	if err := w.csv.Write(safe); err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	return nil
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	return nil
}

// Cell makes a text safe for a cell: control characters other than white space become U+FFFD, and one that would begin
// a formula gets an apostrophe in front of it. So does one that hides such a beginning behind blanks or a quote.
func Cell(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(text, string(unicode.ReplacementChar)))
	if begins(text) {
		return "'" + text
	}
	return text
}

// begins says whether a spreadsheet would take a cell for a formula or a command. The full-width forms count: some fold them.
func begins(text string) bool {
	if text == "" {
		return false
	}
	if strings.ContainsRune("\t\r\n", rune(text[0])) {
		return true
	}
	rest := strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '"' || r == '\''
	})
	return strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "@") ||
		strings.HasPrefix(rest, "＝") || strings.HasPrefix(rest, "＋") || strings.HasPrefix(rest, "－") || strings.HasPrefix(rest, "＠")
}

// Text gives what Cell was given, for a text that neither begins with white space nor holds control characters.
func Text(cell string) string {
	if rest, quoted := strings.CutPrefix(cell, "'"); quoted && begins(strings.TrimSpace(rest)) {
		return rest
	}
	return cell
}
