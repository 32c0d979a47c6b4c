package main

import (
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

func newCommissions(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "commissions",
		Short: "See and set what the marketplace keeps of vendors' food",
		Long: `See and set what the marketplace keeps of vendors' food. A vendor's own rule is in force before its city's, and that before
everybody's; of several the one that began last. An order keeps the rate that it was placed with.

It asks the API as ` + "`zoop promotions`" + ` does, and needs the same permission, pricing.`,
		Example: "  zoop commissions list\n  zoop commissions set 18% --city Bengaluru",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.commissionsList(), c.commissionsSet())
	return cmd
}

func (c *cli) commissionsList() *cobra.Command {
	var vendor, city, output string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the rules, newest first",
		Example: "  zoop commissions list\n  zoop commissions list --vendor 01890a5d-ac96-774b-bcce-b302099a8057 -o json",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			vendorID, err := idFlag("vendor", vendor)
			if err != nil {
				return err
			}
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			list, err := rules.Commissions(cmd.Context(), vendorID, city)
			if err != nil {
				return err
			}
			if list.NextCursor != nil {
				c.moreRules("--vendor and --city")
			}
			if output == "json" {
				return c.printJSON(list)
			}
			return c.printCommissions(list.Data...)
		},
	}
	outputFlag(cmd, &output)
	cmd.Flags().StringVar(&vendor, "vendor", "", "only those of this vendor, by its ID")
	cmd.Flags().StringVar(&city, "city", "", "only those of this city")
	return cmd
}

func (c *cli) commissionsSet() *cobra.Command {
	var vendor, city, starts, ends, output string
	cmd := &cobra.Command{
		Use:   "set RATE",
		Short: "Set a rate from now on, of a vendor, of a city, or of everybody",
		Long: `Set a rate from now on, or from --starts: of a vendor, of a city's vendors, or with neither of everybody. It is another rule, in
force before those that began earlier; with --ends they come back then. RATE is a share of up to 50%, such as 18% or 17.5%.`,
		Example: "  zoop commissions set 18%\n  zoop commissions set 12.5% --vendor 01890a5d-ac96-774b-bcce-b302099a8057 --ends 720h",
		Args:    exactly(1, "RATE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			rate, err := domain.ParsePercent("RATE", args[0])
			if err != nil {
				return err
			}
			now := time.Now()
			request := dto.CommissionRequest{Rate: int(rate)}
			optional(&request.City, city)
			vendorID, err := idFlag("vendor", vendor)
			if err != nil {
				return err
			}
			optional(&request.VendorID, vendorID)
			if request.StartsAt, err = aheadFlag("starts", starts, now); err != nil {
				return err
			}
			if request.StartsAt == nil {
				at := now.UTC()
				request.StartsAt = &at
			}
			if request.EndsAt, err = aheadFlag("ends", ends, now); err != nil {
				return err
			}
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			made, err := rules.SetCommission(cmd.Context(), domain.ID(id.New()).String(), request)
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(made)
			}
			return c.printCommissions(made)
		},
	}
	f := cmd.Flags()
	f.StringVar(&vendor, "vendor", "", "of this vendor, by its ID")
	f.StringVar(&city, "city", "", "of this city's vendors")
	f.StringVar(&starts, "starts", "", "from a time on, such as 2026-06-01T00:00:00Z, or after so long, such as 36h (default now)")
	f.StringVar(&ends, "ends", "", "until a time, or for so long (default for good)")
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) printCommissions(rules ...dto.Commission) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "OF", "RATE", "FROM", "UNTIL", "ID")
	for _, r := range rules {
		of := textOr(r.City, "everybody")
		if r.VendorID != nil {
			of = r.VendorID.String()
		}
		row(w, of, domain.BasisPoints(r.Rate).Percent(), stampOr(r.StartsAt, "-"), stampOr(r.EndsAt, "-"), r.ID.String())
	}
	return w.Flush()
}
