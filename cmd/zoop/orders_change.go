package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// errNotConfirmed says that somebody thought better of it.
var errNotConfirmed = errors.New("not confirmed: nothing was changed")

func (c *cli) ordersCancel() *cobra.Command {
	var reason, output string
	var sure bool
	cmd := &cobra.Command{
		Use:   "cancel ORDER --reason REASON",
		Short: "Cancel an order, after a look at it and a confirmation",
		Long: `Cancel an order that no courier has picked up. What is about to end is shown first, with what that costs whom, and then its
number has to be typed; --yes does without. It is the version that was shown that is cancelled: it exits with 5, saying
who did what, when somebody has changed the order meanwhile, or when it cannot be cancelled any more, and with 1 when it is not confirmed.

Reasons: ` + reasonWords() + `.`,
		Example: "  zoop orders cancel 7K3P0Q --reason NO_COURIER\n  zoop orders cancel 7K3P0Q --reason FRAUD --yes -o json",
		Args:    exactly(1, "ORDER --reason REASON"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usageError{fmt.Errorf("--reason is needed: %s", reasonWords())}
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			quote, err := orders.CancelQuote(cmd.Context(), o, reason)
			if err != nil {
				return err
			}
			seen := o
			plan := func() {
				c.announce(seen, "reason", reason, "fee", amount(quote.Fee), "goes back", amount(quote.Refund),
					"lost", amount(quote.Lost)+", borne by "+string(quote.Liable))
			}
			if err := c.confirm(o.Number, sure, plan); err != nil {
				return err
			}
			if o, err = orders.Cancel(cmd.Context(), o, quote); err != nil {
				return meanwhile(cmd.Context(), orders, seen, err)
			}
			if sure {
				plan()
			}
			return c.printChange(o, output)
		},
	}
	f := cmd.Flags()
	f.Var(&choice{&reason, reasons()}, "reason", "why; it decides who bears what is lost")
	yesFlag(cmd, &sure)
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) ordersRestore() *cobra.Command {
	var output string
	var sure bool
	cmd := &cobra.Command{
		Use:   "restore ORDER",
		Short: "Undo a cancel of the last ten minutes; the order is accepted again",
		Long: `Undo a cancel of the last ten minutes of an order that its vendor had accepted. Its portions and its place in the kitchen are
taken again; where they are gone, or it is too late, it exits with 5. One that was paid by card is restored before its gateway is asked to
give the money back, which is two minutes after the cancel unless the setting refund_grace says otherwise: after that only its customer
can pay again, and it exits with 5. The order is shown first, and its number has to be typed;
--yes does without.`,
		Example: "  zoop orders restore 7K3P0Q\n  zoop orders restore 7K3P0Q --yes -o json",
		Args:    exactly(1, "ORDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := c.confirm(o.Number, sure, func() { c.announce(o) }); err != nil {
				return err
			}
			after, err := orders.Restore(cmd.Context(), o)
			if err != nil {
				return meanwhile(cmd.Context(), orders, o, err)
			}
			return c.printChange(after, output)
		},
	}
	yesFlag(cmd, &sure)
	outputFlag(cmd, &output)
	return cmd
}

// reasons are all codes, group by group.
func reasons() (all []string) {
	for _, g := range []order.Group{order.GroupPlatform, order.GroupCustomer, order.GroupVendor, order.GroupDelivery} {
		for _, r := range order.Reasons[g] {
			all = append(all, string(r))
		}
	}
	return slices.Compact(all)
}

func reasonWords() string { return strings.Join(reasons(), ", ") }

func yesFlag(cmd *cobra.Command, into *bool) {
	cmd.Flags().BoolVar(into, "yes", false, "do not ask")
}

// announce says what is about to be changed, and further names and values.
func (c *cli) announce(o dto.Order, facts ...string) {
	row(c.err, fmt.Sprintf("order %s, %s, of %s with %s, %s, paid by %s",
		o.Number, o.State, o.Customer.Name, o.Vendor.Name, amount(o.Quote.Total), o.Payment.Method))
	for i := 0; i+1 < len(facts); i += 2 {
		row(c.err, facts[i]+": "+facts[i+1])
	}
}

// confirm says what is about to be done and has a person type a word, such as the order's number. Where nobody looks it is a usage
// error not to be sure. Whoever is sure is told by what is done, or by why it is not.
func (c *cli) confirm(word string, sure bool, plan func()) error {
	if sure {
		return nil
	}
	plan()
	if !tty(c.in) {
		return usageError{errors.New("nobody can be asked here: add --yes")}
	}
	printf(c.err, "Type %s to go on: ", sanitize.Line(word))
	line, err := bufio.NewReader(io.LimitReader(c.in, 200)).ReadString('\n')
	if line = strings.TrimSpace(line); err != nil && line == "" || line != word && order.ParseNumber(line) != word {
		return errNotConfirmed
	}
	return nil
}

// printChange says how an order stands now.
func (c *cli) printChange(o dto.Order, output string) error {
	if output == "json" {
		return c.printJSON(o)
	}
	row(c.out, fmt.Sprintf("order %s is %s, version %d; its payment is %s", o.Number, o.State, o.Version, o.Payment.State))
	return nil
}
