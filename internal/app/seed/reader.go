package seed

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

// The columns of a Zomato export that are read, by their names in its header.
const (
	colID       = "Restaurant ID"
	colName     = "Restaurant Name"
	colCountry  = "Country Code"
	colCity     = "City"
	colAddress  = "Address"
	colLocality = "Locality Verbose"
	colLng      = "Longitude"
	colLat      = "Latitude"
	colCuisines = "Cuisines"
	colCost     = "Average Cost for two"
	colLevel    = "Price range"
	colRating   = "Aggregate rating"
	colVotes    = "Votes"
)

var requiredColumns = []string{
	colID, colName, colCountry, colCity, colAddress, colLng, colLat, colCuisines, colCost, colLevel, colRating, colVotes,
}

// maxInput bounds a file, and so the memory that one broken quote can take: a hundred times the real one.
const maxInput = 256 << 20

// Fault is what is wrong with one field of a row.
type Fault struct {
	Line   int    // of the file, where the row begins; the header is line 1
	Field  string // the column; empty where the row as a whole cannot be read
	Reason string // one of a few sentences
	Value  string // the field as it stands, at most 200 bytes
}

// The reasons.
const (
	reasonMalformed   = "the line is no CSV"
	reasonCells       = "the row has another number of cells than the header"
	reasonMissing     = "missing"
	reasonNumber      = "not a number"
	reasonRange       = "out of range"
	reasonLong        = "too long"
	reasonCountry     = "unknown country code"
	reasonDuplicate   = "the ID comes twice"
	reasonNowhere     = "0,0 is no place"
	reasonElsewhere   = "the place is not in the row's country"
	reasonImplausible = "implausible for the country"
	reasonCurrency    = "the vendor has a menu in another currency"
)

// row is a line of the file, its cells by column.
type row struct {
	line  int
	cells map[string]string
}

// source reads rows. It is at a row's beginning or at the end, whatever was wrong with the row before.
type source struct {
	csv    *csv.Reader
	header []string
}

// open reads the header: Invalid "columns" when a column is missing that an import needs.
func open(r io.Reader) (*source, error) {
	c := csv.NewReader(&bounded{r: r, left: maxInput})
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, domain.Errorf(domain.Invalid, "empty_file", "the file is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	s := &source{csv: c, header: make([]string, len(header))}
	for i, name := range header {
		s.header[i] = strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF"))
	}
	if missing := s.missing(); len(missing) > 0 {
		return nil, domain.Errorf(domain.Invalid, "columns", "the file has no column %s; is it a Zomato export?", strings.Join(missing, ", "))
	}
	return s, nil
}

func (s *source) missing() []string {
	var out []string
	for _, want := range requiredColumns {
		found := false
		for _, have := range s.header {
			found = found || have == want
		}
		if !found {
			out = append(out, want)
		}
	}
	return out
}

// next gives a row, or the fault that keeps it from being one. io.EOF ends.
func (s *source) next() (row, *Fault, error) {
	record, err := s.csv.Read()
	var broken *csv.ParseError
	switch {
	case errors.As(err, &broken):
		return row{}, &Fault{Line: broken.StartLine, Reason: reasonMalformed}, nil
	case err != nil:
		return row{}, nil, err //nolint:wrapcheck // io.EOF, or what the caller's reader says
	}
	line, _ := s.csv.FieldPos(0)
	if len(record) != len(s.header) {
		return row{}, &Fault{Line: line, Reason: reasonCells, Value: clip(strings.Join(record, ","))}, nil
	}
	cells := make(map[string]string, len(record))
	for i, name := range s.header {
		cells[name] = record[i]
	}
	return row{line, cells}, nil, nil
}

// bounded fails past a number of bytes instead of ending, which would look like the end of the file.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, domain.Errorf(domain.Invalid, "too_large", "the file is larger than %d MiB", maxInput>>20)
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err //nolint:wrapcheck // a reader's errors are its own
}

// clip shortens a value for a report, between characters.
func clip(value string) string {
	const most = 200
	if len(value) <= most {
		return value
	}
	return strings.ToValidUTF8(value[:most], "") + "…"
}
