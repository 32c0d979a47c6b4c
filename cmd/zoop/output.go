package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/sanitize"
)

// outputFlag adds -o with the forms table and json.
func outputFlag(cmd *cobra.Command, into *string) {
	*into = "table"
	cmd.Flags().VarP(&choice{into, []string{"table", "json"}}, "output", "o", "table or json")
}

// choice is a flag that takes one of a few words.
type choice struct {
	value   *string
	allowed []string
}

// String implements pflag.Value.
func (c *choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

// Set implements pflag.Value.
func (c *choice) Set(text string) error {
	if !slices.Contains(c.allowed, text) {
		return fmt.Errorf("must be one of %v", c.allowed)
	}
	*c.value = text
	return nil
}

// Type implements pflag.Value.
func (c *choice) Type() string { return "string" }

// row writes a row of a table, no cell of which a terminal takes for more than text.
func row(w io.Writer, cells ...string) {
	clean := make([]string, len(cells))
	for i, cell := range cells {
		clean[i] = sanitize.Line(cell)
	}
	printf(w, "%s\n", strings.Join(clean, "\t"))
}

// span is a flag of how long something is, in days, too.
type span time.Duration

// String implements pflag.Value.
func (s *span) String() string { return time.Duration(*s).String() }

// Set implements pflag.Value.
func (s *span) Set(text string) error {
	if days, found := strings.CutSuffix(text, "d"); found {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			*s = span(time.Duration(n) * 24 * time.Hour) //nolint:gosec // of 16 bits
			return nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("must be a number and a unit, such as 90m, 12h or 1d")
	}
	*s = span(d)
	return nil
}

// Type implements pflag.Value.
func (s *span) Type() string { return "duration" }
