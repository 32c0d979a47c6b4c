package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// promotionAsked is a promotion as flags say it.
type promotionAsked struct {
	code, label, percent, flat, top, minOrder, share, currency, starts, ends string
	freeDelivery, firstOrder, alone                                          bool
	perCustomer, limit                                                       int
	windows, vendors, cities, cuisines                                       []string
}

func (c *cli) promotionsCreate() *cobra.Command {
	var asked promotionAsked
	var key, output string
	cmd := &cobra.Command{
		Use:   "create --label LABEL (--percent SHARE | --flat AMOUNT | --free-delivery)",
		Short: "Make a promotion of the marketplace; with --code it is a coupon",
		Long: `Make a promotion of the marketplace. With --code it is a coupon; without one all have it who fit. --vendor-share says what of the
discount the vendor bears; the marketplace bears the rest.

It exits with 5 when another promotion has the code, or had it. It is made once for its --key, so that a command may be given again
whose answer was lost.`,
		Example: `  zoop promotions create --label "10% in June" --code JUNE10 --percent 10% --cap "INR 100.00" --ends 2026-07-01T00:00:00Z
  zoop promotions create --label "Welcome" --flat "INR 75.00" --min-order "INR 199.00" --first-order --per-customer 1
  zoop promotions create --label "Free delivery at noon" --free-delivery --city Bengaluru --window "mon,tue,wed,thu,fri 12:00-14:00"
  zoop promotions create --label "Pizza week" --percent 20% --cuisine Pizza --vendor-share 50% --limit 5000 -o json`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := asked.parse(time.Now())
			if err != nil {
				return err
			}
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			if key == "" {
				key = domain.ID(id.New()).String()
			}
			p, err := rules.CreatePromotion(cmd.Context(), key, request)
			if err != nil {
				return err
			}
			return c.printPromotion(p, output)
		},
	}
	asked.flags(cmd.Flags())
	cmd.Flags().StringVar(&key, "key", "", "names the request, which is done once for it (default a new one)")
	outputFlag(cmd, &output)
	return cmd
}

func (n *promotionAsked) flags(f *pflag.FlagSet) {
	f.StringVar(&n.label, "label", "", "what the quote's line says")
	f.StringVar(&n.code, "code", "", "of a coupon: 3 to 24 letters, digits or -")
	f.StringVar(&n.percent, "percent", "", "take off a share of the food, such as 20% or 12.5%")
	f.StringVar(&n.flat, "flat", "", `take an amount off the food, such as "INR 50.00"`)
	f.BoolVar(&n.freeDelivery, "free-delivery", false, "take off the fee of the delivery")
	f.StringVar(&n.top, "cap", "", `take off at most so much, such as "INR 100.00"`)
	f.StringVar(&n.minOrder, "min-order", "", "only from so much food on")
	f.StringVar(&n.share, "vendor-share", "", "what of the discount the vendor bears (default 0%)")
	f.StringVar(&n.currency, "currency", "", "only for orders in it (default that of the amounts)")
	f.BoolVar(&n.firstOrder, "first-order", false, "only for a customer's first order")
	f.IntVar(&n.perCustomer, "per-customer", 0, "so many times for each customer (default any number)")
	f.IntVar(&n.limit, "limit", 0, "so many times in all (default any number)")
	f.StringVar(&n.starts, "starts", "", "from a time on, such as 2026-06-01T00:00:00Z, or after so long, such as 36h (default now)")
	f.StringVar(&n.ends, "ends", "", "until a time, or for so long (default for good)")
	f.StringArrayVar(&n.windows, "window", nil, `only at these hours, by the vendor's clock, such as "fri,sat 18:00-02:00"; may be given again`)
	f.StringSliceVar(&n.vendors, "vendor", nil, "only for this vendor, by its ID; may be given again, as the next two")
	f.StringSliceVar(&n.cities, "city", nil, "only for vendors of this city")
	f.StringSliceVar(&n.cuisines, "cuisine", nil, "only for vendors of this cuisine")
	f.BoolVar(&n.alone, "alone", false, "goes with no other promotion")
}

// parse checks what was asked for, as far as the API does not; now is what times count from.
func (n promotionAsked) parse(now time.Time) (out dto.PromotionRequest, err error) {
	given := 0
	for _, is := range []bool{n.percent != "", n.flat != "", n.freeDelivery} {
		if is {
			given++
		}
	}
	if given != 1 || n.label == "" {
		return out, usageError{errors.New("--label is needed, and one of --percent, --flat and --free-delivery; see `zoop promotions create --help`")}
	}
	out = dto.PromotionRequest{Label: n.label, Benefit: dto.FreeDelivery, Cities: n.cities, Cuisines: n.cuisines}
	optional(&out.Code, n.code)
	optional(&out.Currency, n.currency)
	optional(&out.FirstOrder, n.firstOrder)
	optional(&out.Alone, n.alone)
	optional(&out.PerCustomer, n.perCustomer)
	optional(&out.Limit, n.limit)
	if err := n.amounts(&out); err != nil {
		return out, err
	}
	if err := n.times(&out, now); err != nil {
		return out, err
	}
	for _, text := range n.vendors {
		v, err := idFlag("vendor", text)
		if err != nil {
			return out, err
		}
		out.Vendors = append(out.Vendors, v)
	}
	return out, nil
}

// amounts reads what is taken off.
func (n promotionAsked) amounts(out *dto.PromotionRequest) (err error) {
	switch {
	case n.percent != "":
		out.Benefit = dto.Percent
		if out.Share, err = shareFlag("percent", n.percent); err != nil {
			return err
		}
	case n.flat != "":
		out.Benefit = dto.Flat
		if out.Amount, err = priceFlag("flat", n.flat); err != nil {
			return err
		}
	}
	if out.VendorShare, err = shareFlag("vendor-share", n.share); err != nil {
		return err
	}
	if out.Cap, err = priceFlag("cap", n.top); err != nil {
		return err
	}
	out.MinOrder, err = priceFlag("min-order", n.minOrder)
	return err
}

// times reads when it applies.
func (n promotionAsked) times(out *dto.PromotionRequest, now time.Time) (err error) {
	if out.StartsAt, err = aheadFlag("starts", n.starts, now); err != nil {
		return err
	}
	if out.EndsAt, err = aheadFlag("ends", n.ends, now); err != nil {
		return err
	}
	for _, text := range n.windows {
		w, err := windowFlag(text)
		if err != nil {
			return err
		}
		out.Windows = append(out.Windows, w)
	}
	return nil
}

// optional sets a field that was given.
func optional[T comparable](to **T, value T) {
	var none T
	if value != none {
		*to = &value
	}
}

func shareFlag(name, text string) (*int, error) {
	if text == "" {
		return nil, nil
	}
	share, err := domain.ParsePercent("--"+name, text)
	n := int(share)
	return &n, err
}

func priceFlag(name, text string) (*dto.Price, error) {
	if text == "" {
		return nil, nil
	}
	m, err := domain.ParseMoney("--"+name, text)
	return &dto.Price{Amount: m.Amount, Currency: string(m.Currency)}, err
}

// aheadFlag reads a time, or how long there is until it.
func aheadFlag(name, text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	if in, err := time.ParseDuration(text); err == nil && in > 0 {
		at := now.Add(in).UTC().Truncate(time.Second)
		return &at, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, usageError{fmt.Errorf("--%s must be a time such as 2026-06-01T00:00:00Z, or so long from now, such as 36h", name)}
	}
	return &at, nil
}

// windowFlag reads hours on days of the week; without days they are of every day.
func windowFlag(text string) (dto.Window, error) {
	days, hours, found := strings.Cut(strings.TrimSpace(text), " ")
	if !found {
		days, hours = "mon,tue,wed,thu,fri,sat,sun", days
	}
	from, to, found := strings.Cut(strings.TrimSpace(hours), "-")
	if !found {
		return dto.Window{}, usageError{fmt.Errorf("--window %q must be days and hours, such as \"fri,sat 18:00-02:00\"", text)}
	}
	w := dto.Window{From: from, To: to}
	for day := range strings.SplitSeq(days, ",") {
		w.Days = append(w.Days, dto.Day(day))
	}
	return w, nil
}
