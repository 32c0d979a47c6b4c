package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

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
