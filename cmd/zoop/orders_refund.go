package main

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// refundReasons are why something is given back.
var refundReasons = []string{"MISSING_ITEM", "WRONG_ITEM", "QUALITY", "DAMAGED", "NOT_RECEIVED", "LATE", "GOODWILL", "OPS"}

// refund is what is given back, as flags say it.
type refund struct {
	reason, amount, to, key string
	items                   []string
}

func (c *cli) ordersRefund() *cobra.Command {
	var asked refund
	var output string
	var sure bool
	cmd := &cobra.Command{
		Use:   "refund ORDER --reason REASON [--amount AMOUNT | --item LINE=PORTIONS]",
		Short: "Give back some of what was paid for an order that has ended",
		Long: `Give back some of what was paid for an order that has ended: an amount, or portions of its lines, which ` + "`zoop orders get`" + ` lists,
from 1 (the API counts them from 0); with neither, all that is left. The order is shown first, with how much it is and who bears it, and its number has
to be typed; --yes does without.

Who bears it follows from the reason: ` + strings.Join(refundReasons, ", ") + `. It exits with 4 past the limit of the token's
account, and with 5 when less is left than is asked. What was paid in cash goes to the customer's wallet. A refund is done
once for its --key and the token's account, so that a command may be given again whose answer was lost; another one's of the same key is another refund.`,
		Example: `  zoop orders refund 7K3P0Q --reason MISSING_ITEM --item 2=1
  zoop orders refund 7K3P0Q --reason LATE --amount "INR 50.00" --to wallet
  zoop orders refund 7K3P0Q --reason QUALITY --yes --key ticket-4711 -o json`,
		Args: exactly(1, "ORDER --reason REASON"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := c.giveBack(cmd, args[0], &asked, sure)
			switch {
			case err != nil:
				return err
			case output == "json":
				return c.printJSON(r)
			}
			row(c.out, fmt.Sprintf("%s to the %s, %s, borne by %s", amount(r.Amount), r.To, r.State, bearer(r)))
			return nil
		},
	}
	f := cmd.Flags()
	f.Var(&choice{&asked.reason, refundReasons}, "reason", "why; it decides who bears it")
	f.StringVar(&asked.amount, "amount", "", `so much, such as "INR 50.00"`)
	f.StringArrayVar(&asked.items, "item", nil, "so many portions of a line, such as 2=1; may be given again")
	f.Var(&choice{&asked.to, []string{"source", "wallet"}}, "to", "to what it was paid with, or the wallet (default source; of cash, which cannot be sent back, wallet)")
	f.StringVar(&asked.key, "key", "", "names the refund, which is done once for it (default a new one)")
	yesFlag(cmd, &sure)
	outputFlag(cmd, &output)
	return cmd
}

// giveBack gives back what was asked for of an order, once whoever asks is sure of it.
func (c *cli) giveBack(cmd *cobra.Command, order string, asked *refund, sure bool) (done dto.Refund, err error) {
	request, err := asked.parse()
	if err != nil {
		return done, err
	}
	orders, err := c.orders(cmd)
	if err != nil {
		return done, err
	}
	o, err := orders.Order(cmd.Context(), order)
	if err != nil {
		return done, err
	}
	what, err := refunded(o, request)
	if err != nil {
		return done, err
	}
	if request.To, err = target(o, asked.to); err != nil {
		return done, err
	}
	if !sure {
		q, err := orders.QuoteRefund(cmd.Context(), o.ID, request)
		switch {
		case err == nil:
			what += fmt.Sprintf(" (%s, borne by %s)", amount(q.Amount), q.Bearer)
		case !cmd.Flags().Changed("key") || !client.IsStatus(err, http.StatusConflict): // else it may be done already, and only its answer lost
			return done, err
		}
	}
	plan := func() {
		c.announce(o, "reason", asked.reason, "gives back", what, "to", "the "+string(*request.To), "key", asked.key)
	}
	if err := c.confirm(o.Number, sure, plan); err != nil {
		return done, err
	}
	done, err = orders.Refund(cmd.Context(), asked.key, o, request)
	if refused := (*client.Problem)(nil); sure && !errors.As(err, &refused) { // where the answer was lost, the key gets it
		plan()
	}
	return done, meanwhile(cmd.Context(), orders, o, err)
}

// parse checks what was asked for, and gives the refund a key if it has none.
func (r *refund) parse() (out dto.RefundRequest, err error) {
	if r.reason == "" {
		return out, usageError{fmt.Errorf("--reason is needed: %s", strings.Join(refundReasons, ", "))}
	}
	if r.amount != "" && len(r.items) > 0 {
		return out, usageError{errors.New("give back an --amount or --item, not both")}
	}
	if r.key == "" {
		r.key = domain.ID(id.New()).String()
	}
	out = dto.RefundRequest{Reason: dto.RefundRequestReason(r.reason)}
	if r.amount != "" {
		m, err := domain.ParseMoney("amount", r.amount)
		if err != nil {
			return out, err
		}
		out.Amount = &dto.Money{Amount: m.Amount, Currency: string(m.Currency)}
	}
	for _, text := range r.items {
		line, portions, _ := strings.Cut(text, "=")
		n, err := strconv.Atoi(line)
		k, err2 := strconv.Atoi(portions)
		if err != nil || err2 != nil || n < 1 || k < 1 {
			return out, usageError{fmt.Errorf("--item %q must be a line and how many portions of it, such as 2=1", text)}
		}
		out.Items = append(out.Items, dto.RefundItem{Position: n - 1, Portions: k})
	}
	return out, nil
}

// target is where a refund of an order goes, unless something else is wanted.
func target(o dto.Order, wanted string) (*dto.RefundRequestTo, error) {
	to, cash := dto.RefundRequestTo(wanted), o.Payment.Method == "cod"
	switch {
	case cash && to == dto.RefundRequestToSource:
		return nil, domain.Errorf(domain.Conflict, "payment.no_source", "the order was paid in cash, which cannot be sent back: --to wallet")
	case cash:
		to = dto.RefundRequestToWallet
	case to == "":
		to = dto.RefundRequestToSource
	}
	return &to, nil
}

// refunded says what a refund of an order is about.
func refunded(o dto.Order, r dto.RefundRequest) (string, error) {
	switch {
	case r.Amount != nil:
		return amount(*r.Amount), nil
	case len(r.Items) == 0:
		return "all that is left", nil
	}
	var parts []string
	for _, i := range r.Items {
		if i.Position >= len(o.Items) {
			return "", usageError{fmt.Errorf("--item %d=%d: the order has %d lines; see `zoop orders get %s`", i.Position+1, i.Portions, len(o.Items), o.Number)}
		}
		if i.Portions > o.Items[i.Position].Quantity {
			return "", usageError{fmt.Errorf("--item %d=%d is more than was ordered; see `zoop orders get %s`", i.Position+1, i.Portions, o.Number)}
		}
		parts = append(parts, fmt.Sprintf("%d × %s", i.Portions, o.Items[i.Position].Name))
	}
	return strings.Join(parts, ", "), nil
}

// bearer is who bears a refund, as staff are told.
func bearer(r dto.Refund) dto.RefundBearer {
	if r.Bearer == nil {
		return "somebody"
	}
	return *r.Bearer
}
