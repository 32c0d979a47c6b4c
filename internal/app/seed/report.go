package seed

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Report writes the faults of rejected rows as CSV: line, field, reason, value. Values are safe to open in a spreadsheet:
// one that would be taken for a formula begins with an apostrophe.
type Report struct{ csv *csv.Writer }

// NewReport begins a report with its header.
func NewReport(w io.Writer) (*Report, error) {
	r := &Report{csv.NewWriter(w)}
	if err := r.csv.Write([]string{"line", "field", "reason", "value"}); err != nil {
		return nil, fmt.Errorf("begin report: %w", err)
	}
	return r, nil
}

// Add writes the faults of one row.
func (r *Report) Add(faults []Fault) error {
	for _, f := range faults {
		if err := r.csv.Write([]string{strconv.Itoa(f.Line), f.Field, f.Reason, harmless(f.Value)}); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

// Close writes out what is held back; it does not close the writer below.
func (r *Report) Close() error {
	r.csv.Flush()
	if err := r.csv.Error(); err != nil {
		return fmt.Errorf("end report: %w", err)
	}
	return nil
}

func harmless(value string) string {
	if value != "" && strings.ContainsRune("=+-@\t\r", rune(value[0])) {
		return "'" + value
	}
	return value
}
