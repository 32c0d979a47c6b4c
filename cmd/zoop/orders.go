package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/feed"
	"github.com/zoop-dev/zoop/internal/tui/widget"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

func newOrders(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "orders",
		Short: "Look for orders, see what happened to them, and put them right",
		Long: `Look for orders, see what happened to them, and put them right.

All of it asks the API, with ZOOP_API_URL and ZOOP_TOKEN, or that of the ` + "`zoop up`" + ` which runs on the data directory and the
staff token kept there. Staff see all orders; what changes one needs the permission that the API asks for (docs/access.md).

ORDER is an order's ID or its number, as somebody says it on the phone: small letters, spaces and O for 0 do not matter.`,
		Example: "  zoop orders list --state live\n  zoop orders timeline 7K3P0Q\n  zoop orders cancel 7K3P0Q --reason NO_COURIER",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.ordersList(), c.ordersGet(), c.ordersTimeline(), c.ordersLedger(), c.ordersCancel(), c.ordersRestore(), c.ordersRefund(), c.ordersNote())
	return cmd
}

// orders is the way to the API's orders.
func (c *cli) orders(cmd *cobra.Command) (*boot.Orders, error) {
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return nil, err
	}
	return boot.OpenOrders(cfg, c.dataDir)
}

// orderFilter is a filter as flags say it.
type orderFilter struct{ state, number, vendor, customer, since string }

func (c *cli) ordersList() *cobra.Command {
	var asked orderFilter
	var output, cursor string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List orders, newest first",
		Long: `List orders, newest first: those that fit all of the filters. When there are more, the cursor to go on with is said on the
standard error; as JSON it is nextCursor.

States: ` + stateWords() + `; live stands for all that have not ended.`,
		Example: `  zoop orders list --state live
  zoop orders list --vendor 01890a5d-ac96-774b-bcce-b302099a8057 --state cancelled,expired --since 24h
  zoop orders list --number "7k3 p0q"
  zoop orders list --since 2026-03-14T18:00:00Z --limit 1000 -o json | jq -r '.data[] | [.number, .total.amount] | @tsv'`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := asked.parse(time.Now())
			if err != nil {
				return err
			}
			if limit < 1 || limit > boot.MostOrders {
				return usageError{fmt.Errorf("--limit must be from 1 to %d", boot.MostOrders)}
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			list, err := orders.List(cmd.Context(), filter, limit, cursor)
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(list)
			}
			return c.printOrders(list)
		},
	}
	outputFlag(cmd, &output)
	f := cmd.Flags()
	f.StringVar(&asked.state, "state", "", "only those in one of these states, separated by commas, or live")
	f.StringVar(&asked.number, "number", "", "only that of this number")
	f.StringVar(&asked.vendor, "vendor", "", "only those with this vendor, by its ID")
	f.StringVar(&asked.customer, "customer", "", "only those of this customer, by its ID")
	f.StringVar(&asked.since, "since", "", "only those placed since a time such as 2026-03-14T12:00:00Z, or so long ago, such as 90m or 36h")
	f.IntVar(&limit, "limit", 50, fmt.Sprintf("list at most so many, up to %d", boot.MostOrders))
	f.StringVar(&cursor, "cursor", "", "go on where another list ended")
	return cmd
}

func stateWords() string {
	words := make([]string, len(order.States))
	for i, s := range order.States {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// parse checks what was asked for; now is what --since counts from.
func (f orderFilter) parse(now time.Time) (out client.OrderFilter, err error) {
	if f.state != "" {
		for state := range strings.SplitSeq(f.state, ",") {
			if state != "live" && !order.State(state).Known() {
				return out, usageError{fmt.Errorf("--state: %q is no state; states are live, %s", state, stateWords())}
			}
		}
	}
	out.State, out.Number = f.state, f.number
	if out.Vendor, err = idFlag("vendor", f.vendor); err != nil {
		return out, err
	}
	if out.Customer, err = idFlag("customer", f.customer); err != nil {
		return out, err
	}
	out.Since, err = sinceFlag(f.since, now)
	return out, err
}

func idFlag(name, text string) (domain.ID, error) {
	if text == "" {
		return domain.Nil, nil
	}
	id, err := domain.ParseID(text)
	if err != nil {
		return id, usageError{fmt.Errorf("--%s must be an ID, such as 01890a5d-ac96-774b-bcce-b302099a8057", name)}
	}
	return id, nil
}

func sinceFlag(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usageError{errors.New("--since must be a time such as 2026-03-14T12:00:00Z, or so long ago, such as 90m or 36h")}
	}
	return at, nil
}

func (c *cli) printOrders(list dto.OrderList) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "NUMBER", "STATE", "PLACED", "VENDOR", "CUSTOMER", "COURIER", "TOTAL", "ID")
	for _, o := range list.Data {
		row(w, o.Number, string(o.State), stamp(o.PlacedAt), o.Vendor.Name, o.Customer.Name, partyOrDash(o.Courier), amount(o.Total), o.ID.String())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if list.NextCursor != nil {
		printf(c.err, "there are more: --cursor %s\n", sanitize.Line(*list.NextCursor))
	}
	return nil
}

func partyOrDash(p *dto.Party) string {
	if p == nil {
		return "-"
	}
	return p.Name
}

func amount(m dto.Money) string {
	return domain.Money{Amount: m.Amount, Currency: domain.Currency(m.Currency)}.String()
}

func (c *cli) ordersGet() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "get ORDER",
		Short:   "Show an order with its dishes, its price and where it goes",
		Example: "  zoop orders get 7K3P0Q\n  zoop orders get 7K3P0Q -o json | jq '.quote.lines'",
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
			return c.printOrder(o, output)
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) printOrder(o dto.Order, output string) error {
	if output == "json" {
		return c.printJSON(o)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	describeOrder(w, o)
	for n, i := range o.Items {
		row(w, fmt.Sprintf("line %d", n+1), fmt.Sprintf("%d × %s", i.Quantity, dishText(i)), amount(dto.Money{Amount: i.UnitPrice.Amount * int64(i.Quantity), Currency: i.UnitPrice.Currency}))
	}
	for _, l := range o.Quote.Lines {
		if l.Kind != "item" {
			row(w, string(l.Kind), l.Label, amount(l.Amount))
		}
	}
	row(w, "total", "", amount(o.Quote.Total))
	return w.Flush()
}

// describeOrder writes all of an order but what was ordered.
func describeOrder(w io.Writer, o dto.Order) {
	fact := func(name string, values ...string) {
		if text := strings.Join(values, ", "); text != "" {
			row(w, name, text)
		}
	}
	fact("order", o.Number, o.ID.String())
	fact("state", string(o.State), "version "+strconv.Itoa(o.Version))
	fact("vendor", o.Vendor.Name, o.Vendor.ID.String())
	fact("customer", o.Customer.Name, o.Customer.ID.String())
	if o.Courier != nil {
		fact("courier", o.Courier.Name, o.Courier.ID.String())
	}
	fact("fulfilment", string(o.Fulfilment))
	if o.Delivery != nil {
		fact("delivery", string(o.Delivery.State))
	}
	fact("address", addressText(o.Address))
	fact("payment", payment(o.Payment)...)
	fact("placed", stamp(o.PlacedAt))
	fact("promised", stamp(o.PromisedAt))
	fact("ready by", stampOrNone(o.ReadyBy))
	if o.DeadlineAt != nil {
		fact("deadline", stamp(*o.DeadlineAt)+dueText(o))
	}
	if o.Note != nil {
		fact("note", *o.Note)
	}
	if o.Cancel != nil {
		fact("ended", o.Cancel.Reason+" by "+string(o.Cancel.By))
	}
}

// dueText says what an order's deadline is for: who answers by then, or what happens by itself.
func dueText(o dto.Order) string {
	if o.Revision != nil && o.Revision.State == dto.RevisionStateProposed {
		return ", the customer answers by then"
	}
	switch order.State(o.State) {
	case order.PendingPayment:
		return ", it is paid by then"
	case order.Scheduled:
		return ", it is placed with the vendor then"
	case order.Placed:
		return ", the vendor answers by then"
	case order.Delivered, order.Collected:
		return ", it is completed then"
	}
	return ""
}

// payment says how an order is paid, and what went back.
func payment(p dto.Payment) []string {
	said := []string{string(p.Method), string(p.State)}
	if p.Refunded != nil {
		said = append(said, amount(*p.Refunded)+" given back")
	}
	if p.Refunding != nil {
		said = append(said, amount(*p.Refunding)+" on its way back")
	}
	return said
}

func stampOrNone(t *time.Time) string {
	if t == nil {
		return ""
	}
	return stamp(*t)
}

func addressText(a *dto.OrderAddress) string {
	if a == nil {
		return ""
	}
	text := a.Line1
	for _, part := range []*string{a.Line2, a.Postcode, &a.City, a.Instructions} {
		if part != nil && *part != "" {
			text += ", " + *part
		}
	}
	return text
}

func dishText(i dto.LineItem) string {
	text := i.Name
	for _, o := range i.Options {
		text += ", " + o.Name
	}
	if i.Note != nil {
		text += " (" + *i.Note + ")"
	}
	return text
}

func (c *cli) ordersTimeline() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "timeline ORDER",
		Short:   "List what has happened to an order, and who did it, oldest first",
		Example: "  zoop orders timeline 7K3P0Q\n  zoop orders timeline 7K3P0Q -o json | jq -r '.data[] | \"\\(.at) \\(.type)\"'",
		Args:    exactly(1, "ORDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			events, err := orders.Timeline(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(dto.EventList{Data: events})
			}
			return c.printTimeline(events)
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

// printTimeline says events in the words of the console.
func (c *cli) printTimeline(events []dto.Event) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "VERSION", "AT", "AFTER", "EVENT", "BY", "WHAT")
	for i, e := range events {
		after := "-"
		if i > 0 {
			after = widget.Short(max(0, e.At.Sub(events[i-1].At)))
		}
		event, speaker := feed.Event(e), words.Speaker{Zone: time.UTC, Money: domain.Money.String, Known: words.OfOrder(e.Version)}
		row(w, strconv.Itoa(e.Version), stamp(e.At), after, e.Type, words.By(event), speaker.Data(event))
	}
	return w.Flush()
}
