package main

import (
	"errors"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
)

// deed is a command that asks the API for something and shows it.
func (c *cli) deed(cmd *cobra.Command, do func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error)) *cobra.Command {
	var output string
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		couriers, err := c.couriers(cmd)
		if err != nil {
			return err
		}
		answer, table, err := do(cmd, couriers, args)
		switch {
		case err != nil:
			return err
		case output == "json":
			return c.printJSON(answer)
		}
		return table()
	}
	outputFlag(cmd, &output)
	return cmd
}

// group is a command that holds others.
func group(use, short, example string, of ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(of...)
	return cmd
}

func newShifts(c *cli) *cobra.Command {
	return group("shifts", "See and plan when couriers work",
		"  zoop couriers shifts list 01890a5d-ac96-774b-bcce-b302099a8057",
		c.shiftsList(), c.shiftsPlan(), c.shiftsDrop())
}

func (c *cli) shiftsList() *cobra.Command {
	return c.deed(&cobra.Command{
		Use: "list COURIER", Short: "List a courier's shifts that have not ended, oldest first",
		Example: "  zoop couriers shifts list 01890a5d-ac96-774b-bcce-b302099a8057", Args: exactly(1, "COURIER"),
	}, func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error) {
		id, err := courierID(args[0])
		if err != nil {
			return nil, nil, err
		}
		list, err := couriers.CourierShifts(cmd.Context(), id)
		return list, func() error { return c.printShifts(list.Data...) }, err
	})
}

func (c *cli) printShifts(shifts ...dto.Shift) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "ID", "FROM", "UNTIL")
	for _, s := range shifts {
		row(w, s.ID.String(), stamp(s.StartsAt), stamp(s.EndsAt))
	}
	return w.Flush()
}

func (c *cli) shiftsPlan() *cobra.Command {
	var starts, key string
	var length time.Duration
	cmd := &cobra.Command{
		Use: "plan COURIER --starts TIME --for DURATION", Short: "Plan a shift of a courier's",
		Long: `Plan a shift of a courier's, of 15 minutes to 16 hours. Whoever has had a shift in the last four weeks is online within their shifts
only. It exits with 5 when there is another at the time.`,
		Example: "  zoop couriers shifts plan 01890a5d-ac96-774b-bcce-b302099a8057 --starts 2026-06-01T09:00:00+05:30 --for 8h\n" +
			"  zoop couriers shifts plan 01890a5d-ac96-774b-bcce-b302099a8057 --starts 1h --for 4h", Args: exactly(1, "COURIER"),
	}
	cmd.Flags().StringVar(&starts, "starts", "", "a time, such as 2026-06-01T09:00:00Z, or after so long, such as 36h")
	cmd.Flags().DurationVar(&length, "for", 0, "for so long, such as 8h")
	cmd.Flags().StringVar(&key, "key", "", "names the planning, which is done once for it (default a new one)")
	return c.deed(cmd, func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error) {
		id, err := courierID(args[0])
		if err != nil {
			return nil, nil, err
		}
		from, err := aheadFlag("starts", starts, time.Now())
		if err != nil {
			return nil, nil, err
		}
		if from == nil || length <= 0 {
			return nil, nil, usageError{errors.New("--starts and --for are needed")}
		}
		made, err := couriers.PlanCourierShift(cmd.Context(), keyOr(key), id, dto.ShiftRequest{StartsAt: *from, EndsAt: from.Add(length)})
		return made, func() error { return c.printShifts(made) }, err
	})
}

func (c *cli) shiftsDrop() *cobra.Command {
	return c.deed(&cobra.Command{
		Use: "drop COURIER SHIFT", Short: "Take a courier's shift back, also one that has begun",
		Example: "  zoop couriers shifts drop 01890a5d-ac96-774b-bcce-b302099a8057 01890a5d-bbbb-774b-bcce-b302099a8057", Args: exactly(2, "COURIER SHIFT"),
	}, func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error) {
		id, err := courierID(args[0])
		if err != nil {
			return nil, nil, err
		}
		shift, err := domain.ParseID(args[1])
		if err != nil {
			return nil, nil, usageError{errors.New("SHIFT must be an ID")}
		}
		if err := couriers.DropCourierShift(cmd.Context(), id, shift); err != nil {
			return nil, nil, err
		}
		list, err := couriers.CourierShifts(cmd.Context(), id)
		return list, func() error { return c.printShifts(list.Data...) }, err
	})
}

func newDocuments(c *cli) *cobra.Command {
	return group("documents", "See what couriers have shown, and note that it was looked at",
		"  zoop couriers documents list 01890a5d-ac96-774b-bcce-b302099a8057\n  zoop couriers documents expiring --days 30",
		c.documentsList(), c.documentsGet(), c.documentsPicture(), c.documentsVerify(), c.documentsExpiring())
}

func (c *cli) documentsList() *cobra.Command {
	return c.deed(&cobra.Command{
		Use: "list COURIER", Short: "List what a courier has shown, of the numbers only their ends",
		Example: "  zoop couriers documents list 01890a5d-ac96-774b-bcce-b302099a8057", Args: exactly(1, "COURIER"),
	}, func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error) {
		id, err := courierID(args[0])
		if err != nil {
			return nil, nil, err
		}
		list, err := couriers.CourierDocuments(cmd.Context(), id)
		return list, func() error { return c.printDocuments(list.Data...) }, err
	})
}

func (c *cli) documentsGet() *cobra.Command {
	return c.deed(&cobra.Command{
		Use: "get COURIER (identity | licence | insurance)", Short: "Show the newest document of a kind with its whole number; that you looked is noted",
		Example: "  zoop couriers documents get 01890a5d-ac96-774b-bcce-b302099a8057 licence", Args: exactly(2, "COURIER KIND"),
	}, func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error) {
		id, kind, err := documentOf(args)
		if err != nil {
			return nil, nil, err
		}
		d, err := couriers.CourierDocument(cmd.Context(), id, kind)
		return d, func() error { return c.printDocuments(d) }, err
	})
}

func (c *cli) documentsVerify() *cobra.Command {
	var version int
	cmd := &cobra.Command{
		Use: "verify COURIER (identity | licence | insurance) [--version N]", Short: "Note that the document which waits was looked at",
		Long: `Note that the document which waits was looked at. With --version it exits with 5 if the courier was changed since you looked, so that
no other document has taken its place, and tells what was done to them since then; "zoop couriers get" shows the version.`,
		Example: "  zoop couriers documents verify 01890a5d-ac96-774b-bcce-b302099a8057 licence --version 12", Args: exactly(2, "COURIER KIND"),
	}
	cmd.Flags().IntVar(&version, "version", 0, "only if the courier is still of this version")
	return c.deed(cmd, func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error) {
		id, kind, err := documentOf(args)
		if err != nil {
			return nil, nil, err
		}
		same, err := sameVersion(cmd, version)
		if err != nil {
			return nil, nil, err
		}
		list, err := couriers.VerifyDocument(cmd.Context(), id, kind, same...)
		err = withStanding(err, func() (string, error) { return courierStanding(cmd.Context(), couriers, id, version) })
		return list, func() error { return c.printDocuments(list.Data...) }, err
	})
}

func (c *cli) documentsPicture() *cobra.Command {
	return &cobra.Command{
		Use: "picture COURIER (identity | licence | insurance) FILE", Short: "Save the picture of the newest document of a kind; that you looked is noted",
		Long:    "Save the picture of the newest document of a kind, a JPEG, in a file that does not exist yet and only you can read; that you looked is noted. Delete it when you have.",
		Example: "  zoop couriers documents picture 01890a5d-ac96-774b-bcce-b302099a8057 licence licence.jpg", Args: exactly(3, "COURIER KIND FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, kind, err := documentOf(args)
			if err != nil {
				return err
			}
			couriers, err := c.couriers(cmd)
			if err != nil {
				return err
			}
			return c.toFile(args[2], func(w io.Writer) error { return couriers.CourierDocumentPicture(cmd.Context(), id, kind, w) })
		},
	}
}

// documentOf reads a courier and a kind.
func documentOf(args []string) (domain.ID, dto.DocumentKind, error) {
	id, err := courierID(args[0])
	kind := dto.DocumentKind(args[1])
	if err == nil && !slices.Contains([]dto.DocumentKind{"identity", "licence", "insurance"}, kind) {
		err = usageError{errors.New("a document is identity, licence or insurance")}
	}
	return id, kind, err
}

func (c *cli) printDocuments(all ...dto.CourierDocument) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "KIND", "NUMBER", "LAST DAY", "VERIFIED", "PICTURE", "SHOWN")
	for _, d := range all {
		row(w, string(d.Kind), d.Number, textOr(d.ExpiresOn, "-"), yesNo(d.Verified), yesNo(d.Picture != nil), stamp(d.ChangedAt))
	}
	return w.Flush()
}

func (c *cli) documentsExpiring() *cobra.Command {
	var days int
	cmd := &cobra.Command{
		Use: "expiring", Short: "List documents of approved couriers that expire soon, or have, the first first",
		Example: "  zoop couriers documents expiring --days 7", Args: exactly(0, ""),
	}
	cmd.Flags().IntVar(&days, "days", 30, "within so many, 0 to 366")
	return c.deed(cmd, func(cmd *cobra.Command, couriers *boot.Couriers, _ []string) (any, func() error, error) {
		if days < 0 || days > 366 {
			return nil, nil, usageError{errors.New("--days must be from 0 to 366")}
		}
		list, err := couriers.ExpiringDocuments(cmd.Context(), days)
		return list, func() error {
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			row(w, "LAST DAY", "KIND", "NAME", "PHONE", "COURIER")
			for _, d := range list.Data {
				row(w, textOr(d.Document.ExpiresOn, "-"), string(d.Document.Kind), d.Name, d.Phone, d.CourierID.String())
			}
			return w.Flush()
		}, err
	})
}

func newCashLimits(c *cli) *cobra.Command {
	return group("cash-limits", "See and set how much cash couriers may have in their pockets",
		"  zoop couriers cash-limits set \"INR 5000.00\" --city Pune",
		c.cashLimitsList(), c.cashLimitsSet(), c.cashLimitsDrop())
}

func (c *cli) printCashLimits(list dto.CashLimitList) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "CITY", "LIMIT")
	for _, l := range list.Data {
		row(w, textOr(l.City, "all others"), amount(l.Limit))
	}
	return w.Flush()
}

func (c *cli) cashLimitsList() *cobra.Command {
	return c.deed(&cobra.Command{
		Use: "list", Short: "List the limits by city", Example: "  zoop couriers cash-limits list -o json", Args: exactly(0, ""),
	}, func(cmd *cobra.Command, couriers *boot.Couriers, _ []string) (any, func() error, error) {
		list, err := couriers.CashLimits(cmd.Context())
		return list, func() error { return c.printCashLimits(list) }, err
	})
}

func (c *cli) cashLimitsSet() *cobra.Command {
	var city string
	cmd := &cobra.Command{
		Use: "set AMOUNT [--city CITY]", Short: "Limit the cash of a city's couriers, or without a city that of all others",
		Long:    "Limit the cash of a city's couriers, or without a city that of all others: whoever would have more is offered no order that is paid in cash.",
		Example: "  zoop couriers cash-limits set \"INR 5000.00\" --city Pune\n  zoop couriers cash-limits set \"EUR 150.00\"", Args: exactly(1, "AMOUNT"),
	}
	cmd.Flags().StringVar(&city, "city", "", "of this city's couriers (default of all others)")
	return c.deed(cmd, func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error) {
		limit, err := priceFlag("limit", args[0])
		if err != nil || limit == nil {
			return nil, nil, usageError{errors.New(`AMOUNT must be one such as "INR 5000.00"`)}
		}
		r := dto.CashLimitRequest{Limit: *limit}
		optional(&r.City, city)
		list, err := couriers.PutCashLimit(cmd.Context(), r)
		return list, func() error { return c.printCashLimits(list) }, err
	})
}

func (c *cli) cashLimitsDrop() *cobra.Command {
	var city string
	cmd := &cobra.Command{
		Use: "drop CURRENCY [--city CITY]", Short: "Take a limit away",
		Example: "  zoop couriers cash-limits drop INR --city Pune", Args: exactly(1, "CURRENCY"),
	}
	cmd.Flags().StringVar(&city, "city", "", "of this city's couriers (default of all others)")
	return c.deed(cmd, func(cmd *cobra.Command, couriers *boot.Couriers, args []string) (any, func() error, error) {
		if err := couriers.DeleteCashLimit(cmd.Context(), city, args[0]); err != nil {
			return nil, nil, err
		}
		list, err := couriers.CashLimits(cmd.Context())
		return list, func() error { return c.printCashLimits(list) }, err
	})
}
