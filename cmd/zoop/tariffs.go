package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/id"
)

func newTariffs(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tariffs",
		Short: "See and set what delivery costs",
		Long: `See and set what delivery costs, by distance as the crow flies: one tariff a currency and city, before that of its currency anywhere.
An order keeps what it was placed with. Where there is none, a built-in one of the currency is in force, which is not listed.

It asks the API as ` + "`zoop promotions`" + ` does, and needs the same permission, pricing.`,
		Example: "  zoop tariffs list\n  zoop tariffs create --city Bengaluru --band \"0=INR 30.00\" --band \"3000=INR 30.00 + INR 8.00\"",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.tariffsList(), c.tariffsCreate(), c.endRule("tariffs", "TARIFF", (*boot.Rules).EndTariff))
	return cmd
}

func (c *cli) tariffsList() *cobra.Command {
	return c.listRules("zoop tariffs list\n  zoop tariffs list --currency INR -o json", func(ctx context.Context, rules *boot.Rules, currency, city string) (any, bool, func() error, error) {
		list, err := rules.Tariffs(ctx, currency, city)
		if err == nil && len(list.Data) == 0 {
			c.builtIn(currency)
		}
		return list, list.NextCursor != nil, func() error { return c.printTariffs(list.Data...) }, err
	})
}

// builtIn says what applies where there is no tariff.
func (c *cli) builtIn(currency string) {
	said := "its built-in one is in force; --currency shows it"
	if currency != "" {
		var bands []string
		for _, b := range pricing.DefaultTariff(domain.Currency(currency)).Bands {
			band := fmt.Sprintf("%d=%s", b.From, domain.Money{Amount: b.Fee, Currency: domain.Currency(currency)})
			if b.PerKm > 0 {
				band += " + " + domain.Money{Amount: b.PerKm, Currency: domain.Currency(currency)}.String()
			}
			bands = append(bands, band)
		}
		said = "the built-in one is in force: " + strings.Join(bands, ", ")
	}
	printf(c.err, "none is made here; where neither a city nor its currency has one, %s\n", said)
}

// listRules is a command that lists rules of a currency and a city, as JSON or as it prints them.
// It says so when there are more than it reads.
func (c *cli) listRules(example string, read func(ctx context.Context, rules *boot.Rules, currency, city string) (list any, more bool, table func() error, err error)) *cobra.Command {
	var currency, city, output string
	cmd := &cobra.Command{
		Use: "list", Short: "List the rules, newest first", Example: "  " + example,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			list, more, table, err := read(cmd.Context(), rules, currency, city)
			if err != nil {
				return err
			}
			if more {
				c.moreRules("--currency and --city")
			}
			if output == "json" {
				return c.printJSON(list)
			}
			return table()
		},
	}
	outputFlag(cmd, &output)
	cmd.Flags().StringVar(&currency, "currency", "", "only those of this currency")
	cmd.Flags().StringVar(&city, "city", "", "only those of this city")
	return cmd
}

// moreRules says that a list is not all.
func (c *cli) moreRules(flags string) {
	printf(c.err, "there are more than these %d: %s pick some\n", boot.MostRules, flags)
}

// endRule is a command that takes a rule away: unlike a promotion, nothing was counted by it that would be kept.
func (c *cli) endRule(family, name string, end func(*boot.Rules, context.Context, domain.ID) error) *cobra.Command {
	return &cobra.Command{
		Use: "end " + name, Short: "End a rule, now and for good: what was ordered keeps its price",
		Long: `End a rule, now and for good: it applies to no order any more, and what was ordered keeps its price. Unlike a promotion that has ended
it is not listed afterwards, and gone; who ended it, and what it was, stays in the audit log.`,
		Example: "  zoop " + family + " end 01890a5d-ac96-774b-bcce-b302099a8057",
		Args:    exactly(1, name),
		RunE: func(cmd *cobra.Command, args []string) error {
			ruleID, err := domain.ParseID(args[0])
			if err != nil {
				return usageError{fmt.Errorf("%s must be an ID, such as 01890a5d-ac96-774b-bcce-b302099a8057", name)}
			}
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			if err := end(rules, cmd.Context(), ruleID); err != nil {
				return err
			}
			printf(c.out, "ended %s: it applies no more, and is not listed any more\n", ruleID)
			return nil
		},
	}
}

func (c *cli) tariffsCreate() *cobra.Command {
	var bands []string
	var city, below, fee, key, output string
	cmd := &cobra.Command{
		Use:   "create --band METRES=FEE…",
		Short: "Make a tariff of a currency, in a city or anywhere",
		Long: `Make a tariff of a currency, in a city or anywhere. Each --band is from how many metres on, and what it costs: "0=INR 30.00", or with
so much for each kilometre begun beyond, "3000=INR 30.00 + INR 8.00". The first begins at 0. With --small-below and --small-fee little
food costs what is missing, but at most the fee. It is made once for its --key.`,
		Example: "  zoop tariffs create --band \"0=INR 30.00\"\n" +
			"  zoop tariffs create --city Bengaluru --band \"0=INR 25.00\" --band \"3000=INR 25.00 + INR 8.00\" --small-below \"INR 150.00\" --small-fee \"INR 20.00\"",
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := tariffAsked(bands, below, fee)
			if err != nil {
				return err
			}
			optional(&request.City, city)
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			made, err := rules.CreateTariff(cmd.Context(), keyOr(key), request)
			switch {
			case err != nil:
				return err
			case output == "json":
				return c.printJSON(made)
			}
			return c.printTariffs(made)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&bands, "band", nil, "from how many metres on, and what it costs; may be given up to ten times")
	f.StringVar(&city, "city", "", "in this city (default wherever no city's own is for)")
	f.StringVar(&below, "small-below", "", "food of less is little, such as \"INR 150.00\"")
	f.StringVar(&fee, "small-fee", "", "the most that little food costs")
	f.StringVar(&key, "key", "", "names the rule's making, which is done once for it (default a new one)")
	outputFlag(cmd, &output)
	return cmd
}

func keyOr(key string) string {
	if key == "" {
		return domain.ID(id.New()).String()
	}
	return key
}

func tariffAsked(bands []string, below, fee string) (r dto.TariffRequest, err error) {
	if len(bands) == 0 {
		return r, usageError{errors.New("--band is needed: what a delivery costs, such as \"0=INR 30.00\"")}
	}
	for _, text := range bands {
		band, err := bandFlag(text)
		if err != nil {
			return r, err
		}
		r.Bands = append(r.Bands, band)
	}
	r.Currency = r.Bands[0].Fee.Currency
	if (below == "") != (fee == "") {
		return r, usageError{errors.New("--small-below and --small-fee go together")}
	}
	if below == "" {
		return r, nil
	}
	least, err := priceFlag("small-below", below)
	if err != nil {
		return r, err
	}
	most, err := priceFlag("small-fee", fee)
	if err != nil {
		return r, err
	}
	r.SmallOrder = &dto.SmallOrder{Below: *least, Fee: *most}
	return r, nil
}

// bandFlag reads where a band begins, in metres, and what it costs.
func bandFlag(text string) (band dto.TariffBand, err error) {
	from, costs, found := strings.Cut(text, "=")
	if band.From, err = strconv.Atoi(strings.TrimSpace(from)); err != nil || !found {
		return band, usageError{fmt.Errorf("--band %q must be metres and a fee, such as \"3000=INR 30.00 + INR 8.00\"", text)}
	}
	fee, perKm, _ := strings.Cut(costs, "+")
	base, err := priceFlag("band", strings.TrimSpace(fee))
	switch {
	case err != nil:
		return band, err
	case base == nil:
		return band, usageError{fmt.Errorf("--band %q lacks its fee", text)}
	}
	band.Fee = *base
	band.PerKm, err = priceFlag("band", strings.TrimSpace(perKm))
	return band, err
}

func (c *cli) printTariffs(rules ...dto.Tariff) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "OF", "CURRENCY", "FEES", "LITTLE FOOD", "ID")
	for _, r := range rules {
		var fees []string
		for _, b := range r.Bands {
			text := fmt.Sprintf("%d m: %s", b.From, price(&b.Fee))
			if b.PerKm != nil && b.PerKm.Amount != 0 {
				text += " + " + price(b.PerKm) + "/km"
			}
			fees = append(fees, text)
		}
		small := "-"
		if r.SmallOrder != nil {
			small = "below " + price(&r.SmallOrder.Below) + ": at most " + price(&r.SmallOrder.Fee)
		}
		row(w, textOr(r.City, "anywhere"), r.Currency, strings.Join(fees, ", "), small, r.ID.String())
	}
	return w.Flush()
}

// price writes an amount that a rule has, "-" for none.
func price(p *dto.Price) string {
	if p == nil {
		return "-"
	}
	return amount(dto.Money(*p))
}
