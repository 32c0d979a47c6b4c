package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/boot"
)

func newKeys(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Look at and rotate the keys that sign access tokens",
		Long: `Look at and rotate the keys that sign access tokens. Nothing secret is ever printed. The public halves are served at
/.well-known/jwks.json.`,
		Example: "  zoop keys list\n  zoop keys rotate",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newKeysList(c), newKeysRotate(c))
	return cmd
}

func newKeysList(c *cli) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the keys and where in its life each is",
		Long: `List the keys, newest first. One that is published does not sign yet; one that is verifying signs no more, and goes when
all that it signed has ended. A retired one, for sign-in codes, checks nothing more: it opens letters that wait since before.`,
		Example: "  zoop keys list\n  zoop keys list -o json",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			keys, err := boot.Keys(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return c.printKeys(keys, output)
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) printKeys(keys []account.KeyStatus, output string) error {
	if output == "json" {
		enc := json.NewEncoder(c.out)
		for _, k := range keys {
			line := map[string]string{"id": k.ID, "purpose": string(k.Purpose), "state": string(k.State), "createdAt": stamp(k.CreatedAt), "signsFrom": stamp(k.SignsFrom)}
			if !k.VerifiesUntil.IsZero() {
				line["verifiesUntil"] = stamp(k.VerifiesUntil)
			}
			if err := enc.Encode(line); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	printf(w, "ID\tPURPOSE\tSTATE\tSIGNS FROM\tVERIFIES UNTIL\n")
	for _, k := range keys {
		until := "-"
		if !k.VerifiesUntil.IsZero() {
			until = stamp(k.VerifiesUntil)
		}
		printf(w, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Purpose, k.State, stamp(k.SignsFrom), until)
	}
	return w.Flush()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func newKeysRotate(c *cli) *cobra.Command {
	var leaked bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Make a new key for access tokens",
		Long: `Make a new key for access tokens, and print its ID. Every instance learns it at once and signs with it five minutes later;
the keys before verify for a day after that, which is longer than any token lives. Nobody is signed out.

With --now, for a key that leaked, new keys take the place of all others at once. Within about two seconds every instance that
reaches Postgres refuses every access token there is; clients get new ones with their refresh tokens, which go on. Sign-in
codes that are under way stop working, and can be asked for again.`,
		Example: "  zoop keys rotate\n  zoop keys rotate --now",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			made, err := boot.RotateKeys(cmd.Context(), cfg, leaked)
			if err != nil {
				return err
			}
			printf(c.out, "%s\n", made.ID)
			printf(c.err, "it signs from %s\n", stamp(made.SignsFrom))
			return nil
		},
	}
	cmd.Flags().BoolVar(&leaked, "now", false, "a key leaked: all others stop verifying at once")
	return cmd
}
