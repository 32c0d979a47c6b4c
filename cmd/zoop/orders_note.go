package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

func (c *cli) ordersNote() *cobra.Command {
	var text, key, output string
	cmd := &cobra.Command{
		Use:   "note ORDER --text TEXT",
		Short: "Write a note about an order, for staff only",
		Long: `Write a note about an order. Staff see it in the console and at /api/v1/orders/ID/notes; customers, vendors and couriers do not. A note is
written once for its --key, so that a command may be given again whose answer was lost.`,
		Example: "  zoop orders note 7K3P0Q --text \"the customer was called, and waits\"\n  zoop orders note 7K3P0Q --text \"oven is out\" --key ticket-4711 -o json",
		Args:    exactly(1, "ORDER --text TEXT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if text == "" {
				return usageError{errors.New("--text is needed")}
			}
			if key == "" {
				key = domain.ID(id.New()).String()
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			n, err := orders.AddNote(cmd.Context(), key, args[0], text)
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(n)
			}
			row(c.out, stamp(n.At)+" "+n.By.Name+": "+n.Text)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&text, "text", "", "what is to be remembered")
	f.StringVar(&key, "key", "", "names the note, which is written once for it (default a new one)")
	outputFlag(cmd, &output)
	return cmd
}
