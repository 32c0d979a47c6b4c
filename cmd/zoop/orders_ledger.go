package main

import (
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

func (c *cli) ordersLedger() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "ledger ORDER",
		Short: "Show what the books say of an order, oldest first",
		Long: `Show what the books say of an order, oldest first: a line for each entry, debits first. The debits of a transfer are as much as its
credits. A credit is what the marketplace owes or has earned, a debit what it is owed or has spent. A reversal's reference is the transfer
that it takes back; that of others is what caused them: a payment, the order, a refund.`,
		Example: "  zoop orders ledger 7K3P0Q\n  zoop orders ledger 7K3P0Q -o json | jq '.data[].entries[] | [.side, .account, .amount.amount]'",
		Args:    exactly(1, "ORDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			transfers, err := orders.Ledger(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(dto.Ledger{Data: transfers})
			}
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			row(w, "AT", "TRANSFER", "ACCOUNT", "DEBIT", "CREDIT", "REFERENCE")
			for _, t := range transfers {
				for _, e := range t.Entries {
					debit, credit := "-", amount(e.Amount)
					if e.Side == dto.LedgerEntrySideDebit {
						debit, credit = credit, debit
					}
					row(w, stamp(t.At), string(t.Kind), words.Account(e), debit, credit, t.Reference.String())
				}
			}
			return w.Flush()
		},
	}
	outputFlag(cmd, &output)
	return cmd
}
