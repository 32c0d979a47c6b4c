package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

var payoutStates = []string{"draft", "approved", "exported", "paid", "failed"}

func newPayouts(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "payouts",
		Short: "Pay vendors and couriers what they are owed",
		Long: `Pay vendors and couriers what they are owed: drafted every Monday or by hand, approved by somebody else, exported as a sheet for the
bank, and then paid, or failed, which owes it again.

All of it asks the API, with ZOOP_API_URL and ZOOP_TOKEN, or that of the ` + "`zoop up`" + ` which runs on the data directory and the
staff token kept there; it needs the permission payouts. PAYOUT is a payout's ID.`,
		Example: `  zoop payouts list --state draft
  zoop payouts approve 01890a5d-ac96-774b-bcce-b302099a8057
  zoop payouts export --approved --file monday.csv
  zoop payouts paid 01890a5d-ac96-774b-bcce-b302099a8057 --reference "UTR 4711"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.payoutsList(), c.payoutsGet(), c.payoutsDraft(), c.payoutsApprove(), c.payoutsExport(), c.payoutsPaid(), c.payoutsFailed(), c.payoutsStatement())
	return cmd
}

// payouts is the way to the API's payouts.
func (c *cli) payouts(cmd *cobra.Command) (*boot.Payouts, error) {
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return nil, err
	}
	return boot.OpenPayouts(cfg, c.dataDir)
}

func (c *cli) payoutsList() *cobra.Command {
	var output, state, owner, cursor string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List payouts, newest first",
		Long: `List payouts, newest first: those that fit all of the filters. When there are more, the cursor to go on with is said on the
standard error; as JSON it is nextCursor.`,
		Example: `  zoop payouts list --state draft
  zoop payouts list --owner 01890a5d-ac96-774b-bcce-b302099a8057
  zoop payouts list --state paid --limit 1000 -o json | jq '[.data[].amount.amount] | add'`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			id, err := idFlag("owner", owner)
			if err != nil {
				return err
			}
			if limit < 1 || limit > boot.MostPayouts {
				return usageError{fmt.Errorf("--limit must be from 1 to %d", boot.MostPayouts)}
			}
			payouts, err := c.payouts(cmd)
			if err != nil {
				return err
			}
			list, err := payouts.List(cmd.Context(), client.PayoutFilter{State: dto.PayoutState(state), Owner: id}, limit, cursor)
			if err != nil {
				return err
			}
			return c.printPayouts(list, output)
		},
	}
	outputFlag(cmd, &output)
	f := cmd.Flags()
	f.Var(&choice{&state, payoutStates}, "state", "only those in this state")
	f.StringVar(&owner, "owner", "", "only those to this vendor or courier, by its ID")
	f.IntVar(&limit, "limit", 50, fmt.Sprintf("list at most so many, up to %d", boot.MostPayouts))
	f.StringVar(&cursor, "cursor", "", "go on where another list ended")
	return cmd
}

func (c *cli) printPayouts(list dto.PayoutList, output string) error {
	if output == "json" {
		return c.printJSON(list)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "ID", "STATE", "TO", "PAYEE", "AMOUNT", "LINES", "UNTIL", "ACCOUNT", "NOTE")
	for _, p := range list.Data {
		row(w, p.ID.String(), string(p.State), string(p.Kind), p.Payee, amount(p.Amount), strconv.Itoa(p.Entries), stamp(p.Until), bankOf(p)+approvedOf(p), p.Note)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if list.NextCursor != nil {
		printf(c.err, "there are more: --cursor %s\n", sanitize.Line(*list.NextCursor))
	}
	return nil
}

func (c *cli) payoutsGet() *cobra.Command {
	return c.onPayout(onPayout{
		use: "get PAYOUT", short: "Show a payout, who drafted and who approved it",
		example: "  zoop payouts get 01890a5d-ac96-774b-bcce-b302099a8057\n  zoop payouts get 01890a5d-ac96-774b-bcce-b302099a8057 -o json | jq .amount",
	})
}

func (c *cli) printPayout(p dto.Payout, output string) error {
	if output == "json" {
		return c.printJSON(p)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "payout", p.ID.String())
	row(w, "state", fmt.Sprintf("%s, version %d", p.State, p.Version))
	row(w, "to", fmt.Sprintf("%s, %s %s", p.Payee, p.Kind, p.Owner))
	row(w, "amount", amount(p.Amount))
	row(w, "lines", strconv.Itoa(p.Entries))
	row(w, "until", stamp(p.Until))
	row(w, "drafted", fmt.Sprintf("%s by %s", stamp(p.CreatedAt), somebody(p.MadeBy, "the weekly job")))
	row(w, "account", bankOf(p))
	row(w, "approved", "by "+somebody(p.ApprovedBy, "nobody")+approvedOf(p))
	if p.Note != "" {
		row(w, "note", p.Note)
	}
	return w.Flush()
}

// bankOf is the end of the account that a payout goes to.
func bankOf(p dto.Payout) string {
	if p.BankAccount == nil {
		return "no details"
	}
	return *p.BankAccount
}

// approvedOf is the end of the account that an approved payout was approved to go to.
func approvedOf(p dto.Payout) string {
	switch {
	case p.State != dto.PayoutStateApproved:
		return ""
	case p.ApprovedAccount == nil:
		return ", approved without one"
	}
	return ", approved with " + *p.ApprovedAccount
}

func somebody(id *domain.ID, nobody string) string {
	if id == nil {
		return nobody
	}
	return id.String()
}

func (c *cli) payoutsStatement() *cobra.Command {
	output := "table"
	cmd := &cobra.Command{
		Use:   "statement PAYOUT",
		Short: "Show what a payout is made of, oldest first",
		Example: `  zoop payouts statement 01890a5d-ac96-774b-bcce-b302099a8057
  zoop payouts statement 01890a5d-ac96-774b-bcce-b302099a8057 -o csv > statement.csv
  zoop payouts statement 01890a5d-ac96-774b-bcce-b302099a8057 -o html > statement.html`,
		Args: exactly(1, "PAYOUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := payoutID(args[0])
			if err != nil {
				return err
			}
			payouts, err := c.payouts(cmd)
			if err != nil {
				return err
			}
			if output == "csv" || output == "html" {
				return c.printForm(func(to *bytes.Buffer) error { return payouts.StatementAs(cmd.Context(), id, output, to) })
			}
			s, err := payouts.Statement(cmd.Context(), id)
			if err != nil {
				return err
			}
			return c.printStatement(s, output)
		},
	}
	cmd.Flags().VarP(&choice{&output, []string{"table", "json", "csv", "html"}}, "output", "o", "table, json, csv or html")
	return cmd
}

// printForm writes what the API has made for a file. It is whole, or nothing of it is written; on a terminal it is text.
func (c *cli) printForm(read func(*bytes.Buffer) error) error {
	var form bytes.Buffer
	if err := read(&form); err != nil {
		return err
	}
	if !tty(c.out) {
		_, err := c.out.Write(form.Bytes())
		return err
	}
	printf(c.out, "%s\n", sanitize.Text(form.String()))
	return nil
}

func (c *cli) printStatement(s dto.Statement, output string) error {
	if output == "json" {
		return c.printJSON(s)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "AT", "FOR", "ORDER", "AMOUNT", "OF")
	for _, l := range s.Lines {
		number := "-"
		if l.OrderNumber != nil {
			number = *l.OrderNumber
		}
		row(w, stamp(l.At), l.Kind, number, amount(l.Amount), parts(l.Parts, l.Amount.Currency))
	}
	row(w, "total", "", "", amount(s.Payout.Amount), parts(s.Totals, s.Payout.Amount.Currency))
	if s.Cash != nil {
		row(w, "cash", "taken", "", amount(s.Cash.Taken), "not in the payout")
		row(w, "cash", "handed in", "", amount(s.Cash.Deposited), "not in the payout")
	}
	return w.Flush()
}

// parts names what an amount is made of.
func parts(p dto.StatementParts, currency string) string {
	var said []string
	for _, part := range []struct {
		name  string
		minor *int64
	}{
		{"sale", p.Sale}, {"packaging", p.Packaging}, {"promotion", p.Promotion}, {"commission", p.Commission}, {"delivery", p.Delivery}, {"surge", p.Surge},
		{"tip", p.Tip}, {"refund", p.Refund}, {"compensation", p.Compensation}, {"cash", p.Cash}, {"adjustment", p.Adjustment},
	} {
		if part.minor != nil {
			m := domain.Money{Amount: *part.minor, Currency: domain.Currency(currency)}
			said = append(said, part.name+" "+m.Decimal())
		}
	}
	return strings.Join(said, ", ")
}

func payoutID(text string) (domain.ID, error) {
	id, err := domain.ParseID(text)
	if err != nil {
		return id, usageError{errors.New("PAYOUT must be an ID, such as 01890a5d-ac96-774b-bcce-b302099a8057")}
	}
	return id, nil
}
