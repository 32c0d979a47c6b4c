package main

import (
	"encoding/json"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/version"
)

func newVersion(c *cli) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Say which build this is",
		Example: "  zoop version\n  zoop version -o json",
		Args:    exactly(0, ""),
		RunE: func(*cobra.Command, []string) error {
			if output == "json" {
				return json.NewEncoder(c.out).Encode(map[string]string{
					"version": version.Version, "commit": version.Revision(), "date": version.Date, "go": runtime.Version(),
					"platform": runtime.GOOS + "/" + runtime.GOARCH,
				})
			}
			printf(c.out, "zoop %s (%s, %s %s/%s)\n", version.Version, version.Revision(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
	outputFlag(cmd, &output)
	return cmd
}
