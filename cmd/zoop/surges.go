package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
)

func newSurges(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "surges",
		Short: "See and set when delivery costs more",
		Long: `See and set when delivery costs more: by times of its fee, or by a flat amount, for a city's vendors or anywhere, for a while or for good.
An order keeps what it was placed with.

It asks the API as ` + "`zoop promotions`" + ` does, and needs the same permission, pricing.`,
		Example: "  zoop surges list\n  zoop surges create --label Rain --currency INR --times 1.5 --city Bengaluru --ends 3h",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.surgesList(), c.surgesCreate(), c.endRule("surges", "SURGE", (*boot.Rules).EndSurge))
	return cmd
}

func (c *cli) surgesList() *cobra.Command {
	return c.listRules("zoop surges list\n  zoop surges list --city Bengaluru -o json", func(ctx context.Context, rules *boot.Rules, currency, city string) (any, bool, func() error, error) {
		list, err := rules.Surges(ctx, currency, city)
		return list, list.NextCursor != nil, func() error { return c.printSurges(list.Data...) }, err
	})
}

// surgeFlags are a rule of surge as somebody types it.
type surgeFlags struct{ label, currency, city, times, flat, top, starts, ends string }

func (c *cli) surgesCreate() *cobra.Command {
	var asked surgeFlags
	var windows []string
	var key, output string
	cmd := &cobra.Command{
		Use:   "create --label TEXT --currency CODE (--times N | --flat AMOUNT)",
		Short: "Have delivery cost more, from now or from --starts on",
		Example: "  zoop surges create --label Rain --currency INR --times 1.5 --city Bengaluru --ends 3h\n" +
			"  zoop surges create --label \"Late at night\" --currency INR --flat \"INR 20.00\" --window 22:00-04:00",
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := asked.parse(time.Now())
			if err != nil {
				return err
			}
			for _, text := range windows {
				w, err := windowFlag(text)
				if err != nil {
					return err
				}
				request.Windows = append(request.Windows, w)
			}
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			made, err := rules.CreateSurge(cmd.Context(), keyOr(key), request)
			switch {
			case err != nil:
				return err
			case output == "json":
				return c.printJSON(made)
			}
			return c.printSurges(made)
		},
	}
	f := cmd.Flags()
	f.StringVar(&asked.label, "label", "", "shown on the quote's line")
	f.StringVar(&asked.currency, "currency", "", "for vendors of this currency")
	f.StringVar(&asked.city, "city", "", "for vendors of this city (default of any)")
	f.StringVar(&asked.times, "times", "", "what the fee is multiplied by, above 1 and up to 5, such as 1.5")
	f.StringVar(&asked.flat, "flat", "", "what is added to the fee, such as \"INR 20.00\"")
	f.StringVar(&asked.top, "cap", "", "the most that it adds")
	f.StringVar(&asked.starts, "starts", "", "from a time on, such as 2026-06-01T00:00:00Z, or after so long, such as 36h (default now)")
	f.StringVar(&asked.ends, "ends", "", "until a time, or for so long (default for good)")
	f.StringArrayVar(&windows, "window", nil, "at these hours, such as \"fri,sat 18:00-02:00\" (default always)")
	f.StringVar(&key, "key", "", "names the rule's making, which is done once for it (default a new one)")
	outputFlag(cmd, &output)
	return cmd
}

func (s surgeFlags) parse(now time.Time) (r dto.SurgeZoneRequest, err error) {
	if s.label == "" || s.currency == "" || (s.times == "") == (s.flat == "") {
		return r, usageError{errors.New("--label, --currency and either --times or --flat are needed")}
	}
	r.Label, r.Currency = s.label, s.currency
	optional(&r.City, s.city)
	if s.times != "" {
		times, err := strconv.ParseFloat(s.times, 64)
		if err != nil || times <= 1 || times > 5 {
			return r, usageError{errors.New("--times must be above 1 and up to 5, such as 1.5")}
		}
		n := int(times*10_000 + 0.5)
		r.Times = &n
	}
	if r.Flat, err = priceFlag("flat", s.flat); err != nil {
		return r, err
	}
	if r.Cap, err = priceFlag("cap", s.top); err != nil {
		return r, err
	}
	if r.StartsAt, err = aheadFlag("starts", s.starts, now); err != nil {
		return r, err
	}
	r.EndsAt, err = aheadFlag("ends", s.ends, now)
	return r, err
}

func (c *cli) printSurges(rules ...dto.SurgeZone) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "LABEL", "OF", "CURRENCY", "MORE", "AT MOST", "HOURS", "FROM", "UNTIL", "ID")
	for _, r := range rules {
		more := "-"
		switch {
		case r.Times != nil:
			more = strconv.FormatFloat(float64(*r.Times)/10_000, 'f', -1, 64) + " times"
		case r.Flat != nil:
			more = "+ " + amount(*r.Flat)
		}
		most := "-"
		if r.Cap != nil {
			most = amount(*r.Cap)
		}
		row(w, r.Label, textOr(r.City, "anywhere"), r.Currency, more, most, hoursText(r.Windows), stampOr(r.StartsAt, "-"), stampOr(r.EndsAt, "-"), r.ID.String())
	}
	return w.Flush()
}

// hoursText is when a rule holds.
func hoursText(windows []dto.Window) string {
	if len(windows) == 0 {
		return "always"
	}
	texts := make([]string, len(windows))
	for i, w := range windows {
		texts[i] = windowText(w)
	}
	return strings.Join(texts, "; ")
}
