package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/mail"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

func newMail(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mail",
		Short: "Read the development mailbox",
		Long: `Read the development mailbox: that of ZOOP_MAIL_DIR, or of the ` + "`zoop up`" + ` of the data directory. It keeps the newest 500
messages as files that any mail program opens, with working sign-in codes in them.`,
		Example: "  zoop mail list\n  zoop mail show",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newMailList(c), newMailShow(c))
	return cmd
}

func newMailList(c *cli) *cobra.Command {
	var output, to string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the messages, oldest first",
		Example: "  zoop mail list\n  zoop mail list --to asha@example.com -o json",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			kept, err := c.mailTo(cmd, to)
			if err != nil {
				return err
			}
			if output == "json" {
				for _, m := range kept {
					text, err := json.Marshal(map[string]string{"id": m.ID, "at": stamp(m.At), "to": m.To, "subject": m.Subject})
					if err != nil {
						return fmt.Errorf("encode message: %w", err)
					}
					printf(c.out, "%s\n", sanitize.JSON(text))
				}
				return nil
			}
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			printf(w, "ID\tAT\tTO\tSUBJECT\n")
			for _, m := range kept {
				printf(w, "%s\t%s\t%s\t%s\n", m.ID, stamp(m.At), sanitize.Line(m.To), sanitize.Line(m.Subject))
			}
			return w.Flush()
		},
	}
	outputFlag(cmd, &output)
	cmd.Flags().StringVar(&to, "to", "", "only those to this address")
	return cmd
}

func newMailShow(c *cli) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:     "show [ID]",
		Short:   "Show the text of a message, or of the newest one",
		Example: "  zoop mail show\n  zoop mail show --to asha@example.com\n  zoop mail show 3f2a9c04d1e7",
		Args:    between(0, 1, "[ID]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kept, err := c.mailTo(cmd, to)
			if err != nil {
				return err
			}
			for i := len(kept) - 1; i >= 0; i-- {
				if len(args) == 0 || kept[i].ID == args[0] {
					return c.printMail(kept[i])
				}
			}
			return domain.Missing("message")
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the newest one to this address")
	return cmd
}

// mailTo lists the messages to an address; "" is everybody's.
func (c *cli) mailTo(cmd *cobra.Command, to string) ([]mail.Kept, error) {
	cfg, err := c.load(cmd)
	if err != nil {
		return nil, err
	}
	kept, err := boot.Mailbox(cfg, c.dataDir)
	if err != nil || to == "" {
		return kept, err
	}
	var out []mail.Kept
	for _, m := range kept {
		if strings.EqualFold(m.To, to) {
			out = append(out, m)
		}
	}
	return out, nil
}

func (c *cli) printMail(m mail.Kept) error {
	printf(c.out, "To:      %s\nDate:    %s\nSubject: %s\n\n%s", sanitize.Line(m.To), stamp(m.At), sanitize.Line(m.Subject), sanitize.Text(m.Text))
	return nil
}
