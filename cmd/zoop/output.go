package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
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
