package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"
)

func newEnv(c *cli) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print the addresses of a running `zoop up`, ready for eval",
		Long: `Print ZOOP_DATABASE_URL, ZOOP_REDIS_URL and ZOOP_API_URL of the ` + "`zoop up`" + ` that runs on the data directory, or of the
settings where they name them. The URLs hold the private servers' passwords.`,
		Example: "  eval \"$(zoop env)\"\n  psql \"$ZOOP_DATABASE_URL\" -c 'SELECT count(*) FROM orders'\n  redis-cli -u \"$ZOOP_REDIS_URL\" ping",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			pairs := [][2]string{{"ZOOP_DATABASE_URL", cfg.DatabaseURL}, {"ZOOP_REDIS_URL", cfg.RedisURL}, {"ZOOP_API_URL", cfg.APIURL}}
			if output == "json" {
				all := map[string]string{}
				for _, p := range pairs {
					all[p[0]] = p[1]
				}
				return json.NewEncoder(c.out).Encode(all)
			}
			for _, p := range pairs {
				printf(c.out, "export %s=%s\n", p[0], shellQuote(p[1]))
			}
			return nil
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

// shellQuote makes text one word of a POSIX shell.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
