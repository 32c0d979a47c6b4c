package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func newConfig(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Look at the settings",
		Example: "  zoop config show --origin",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigShow(c))
	return cmd
}

func newConfigShow(c *cli) *cobra.Command {
	var origin bool
	var output string
	cmd := &cobra.Command{
		Use:   "show",
		Short: "List every setting as it stands; secrets are masked",
		Long: `List every setting as it stands, from the weakest source to the strongest: defaults, the YAML file, environment variables
(ZOOP_ and the key in capitals), flags. Secrets are masked.`,
		Example: "  zoop config show --origin\n  ZOOP_DRAIN=30s zoop config show --origin -o json",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load(cmd)
			if err != nil {
				return err
			}
			values := cfg.Values()
			for i, v := range values {
				if v.Secret && v.Value != "" {
					values[i].Value = "********"
				}
			}
			if output == "json" {
				enc := json.NewEncoder(c.out)
				for _, v := range values {
					if err := enc.Encode(map[string]string{"key": v.Key, "value": v.Value, "origin": v.Origin, "help": v.Help}); err != nil {
						return fmt.Errorf("write: %w", err)
					}
				}
				return nil
			}
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			for _, v := range values {
				line := v.Key + "\t" + v.Value
				if origin {
					line += "\t" + v.Origin
				}
				printf(w, "%s\t# %s\n", line, v.Help)
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&origin, "origin", false, "say where each value comes from")
	outputFlag(cmd, &output)
	return cmd
}
