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
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

func newCouriers(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "couriers",
		Short: "See who carries, let them, and say where, when and how much",
		Long: `See couriers and why they get no offers; approve, reject and suspend them; say where they work, how much they carry at once and how much
cash they may have; look at their shifts and documents.

All of it asks the API, with ZOOP_API_URL and ZOOP_TOKEN, or that of the ` + "`zoop up`" + ` which runs on the data directory and the
staff token kept there; it needs the permission onboard, and cash-limits needs payouts. COURIER is a courier's ID.`,
		Example: `  zoop couriers list --status pending
  zoop couriers documents list 01890a5d-ac96-774b-bcce-b302099a8057
  zoop couriers approve 01890a5d-ac96-774b-bcce-b302099a8057
  zoop couriers set 01890a5d-ac96-774b-bcce-b302099a8057 --city Pune --capacity 3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.couriersList(), c.couriersWork(), c.couriersGet(), c.couriersJudge("approve", "Let a courier take offers, whose documents were looked at"),
		c.couriersJudge("reject", "Turn a pending courier down"), c.couriersJudge("suspend", "Stop a courier from taking offers"),
		c.couriersSet(), newShifts(c), newDocuments(c), newCashLimits(c),
	)
	return cmd
}

// couriers is the way to the API's couriers.
func (c *cli) couriers(cmd *cobra.Command) (*boot.Couriers, error) {
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return nil, err
	}
	return boot.OpenCouriers(cfg, c.dataDir)
}

func (c *cli) couriersList() *cobra.Command {
	var output, status, cursor string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List couriers, newest first",
		Long: `List couriers, newest first. When there are more, the cursor to go on with is said on the standard error; as JSON it is
nextCursor.`,
		Example: "  zoop couriers list --status pending\n  zoop couriers list --limit 1000 -o json | jq '[.data[] | select(.online)] | length'",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > boot.MostCouriers {
				return usageError{fmt.Errorf("--limit must be from 1 to %d", boot.MostCouriers)}
			}
			couriers, err := c.couriers(cmd)
			if err != nil {
				return err
			}
			list, err := couriers.List(cmd.Context(), dto.Standing(status), limit, cursor)
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(list)
			}
			return c.printCouriers(list)
		},
	}
	outputFlag(cmd, &output)
	f := cmd.Flags()
	f.Var(&choice{&status, []string{"pending", "approved", "rejected", "suspended"}}, "status", "only those of this standing")
	f.IntVar(&limit, "limit", 50, fmt.Sprintf("list at most so many, up to %d", boot.MostCouriers))
	f.StringVar(&cursor, "cursor", "", "go on where another list ended")
	return cmd
}

func (c *cli) printCouriers(list dto.CourierList) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "ID", "NAME", "STATUS", "ONLINE", "VEHICLE", "CITY", "AT ONCE", "SEEN")
	for _, v := range list.Data {
		row(w, v.ID.String(), v.Name, string(v.Status), yesNo(v.Online), string(v.Vehicle), textOr(v.City, "anywhere"), strconv.Itoa(v.Capacity), stampOr(v.LocatedAt, "never"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if list.NextCursor != nil {
		printf(c.err, "there are more: --cursor %s\n", sanitize.Line(*list.NextCursor))
	}
	return nil
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// onCourier is a command about one courier: it reads them, may change them, and shows them as they are then.
func (c *cli) onCourier(cmd *cobra.Command, change func(ctx context.Context, couriers *boot.Couriers, seen dto.Courier) (dto.Courier, error)) *cobra.Command {
	var output string
	cmd.Args = exactly(1, "COURIER")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := courierID(args[0])
		if err != nil {
			return err
		}
		couriers, err := c.couriers(cmd)
		if err != nil {
			return err
		}
		v, err := couriers.CourierFor(cmd.Context(), id)
		if err == nil && change != nil {
			v, err = change(cmd.Context(), couriers, v)
		}
		if err != nil {
			return err
		}
		if output == "json" {
			return c.printJSON(v)
		}
		return c.printCourier(v)
	}
	outputFlag(cmd, &output)
	return cmd
}

func courierID(text string) (domain.ID, error) {
	id, err := domain.ParseID(text)
	if err != nil {
		return id, usageError{errors.New("COURIER must be an ID, such as 01890a5d-ac96-774b-bcce-b302099a8057; `zoop couriers list` has them")}
	}
	return id, nil
}

func (c *cli) printCourier(v dto.Courier) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "courier", v.ID.String())
	name := v.Name
	if v.Phone != "" {
		name += ", " + v.Phone
	}
	row(w, "name", name)
	status := fmt.Sprintf("%s, version %d", v.Status, v.Version)
	if v.StatusReason != nil {
		status += ": " + *v.StatusReason
	}
	row(w, "status", status)
	offers := "yes"
	if v.Excluded != nil {
		offers = "none: " + strings.ReplaceAll(string(*v.Excluded), "_", " ")
	}
	row(w, "offers", offers)
	carrying := 0
	if v.Carrying != nil {
		carrying = *v.Carrying
	}
	row(w, "carries", fmt.Sprintf("%d of %d, by %s", carrying, v.Capacity, v.Vehicle))
	zone := "all of it"
	if n := len(v.Zone); n > 0 {
		zone = fmt.Sprintf("a zone of %d corners", n)
	}
	row(w, "works", textOr(v.City, "anywhere")+", "+zone)
	shift := "none"
	if v.ShiftEndsAt != nil {
		shift = "until " + stamp(*v.ShiftEndsAt)
	}
	row(w, "shift", shift)
	row(w, "seen", stampOr(v.LocatedAt, "never"))
	for _, r := range v.Cash {
		row(w, "cash", fmt.Sprintf("%s of %s, %s due, %s left", amount(r.Held), amount(r.Limit), amount(r.Due), amount(r.Left)))
	}
	return w.Flush()
}

func (c *cli) couriersGet() *cobra.Command {
	return c.onCourier(&cobra.Command{
		Use: "get COURIER", Short: "Show a courier, and why they get no offers",
		Example: "  zoop couriers get 01890a5d-ac96-774b-bcce-b302099a8057\n  zoop couriers get 01890a5d-ac96-774b-bcce-b302099a8057 -o json | jq .excluded",
	}, nil)
}

func (c *cli) couriersJudge(verb, short string) *cobra.Command {
	var reason string
	var version int
	cmd := &cobra.Command{
		Use: verb + " COURIER", Short: short,
		Long:    short + ". With --version it exits with 5 if the courier was changed since you looked, and tells what was done to them since then, and by whom.",
		Example: "  zoop couriers " + verb + " 01890a5d-ac96-774b-bcce-b302099a8057",
	}
	cmd.Flags().IntVar(&version, "version", 0, "only if the courier is still of this version")
	if verb == "approve" {
		cmd.Long += " It exits with 5, naming them, when documents are missing that the vehicle needs."
	} else {
		cmd.Use += " --reason TEXT"
		cmd.Example += ` --reason "licence of somebody else"`
		cmd.Flags().StringVar(&reason, "reason", "", "why, in at most 300 characters; the courier reads it")
	}
	cmd.Use += " [--version N]"
	return c.onCourier(cmd, func(ctx context.Context, couriers *boot.Couriers, seen dto.Courier) (dto.Courier, error) {
		if verb != "approve" && reason == "" {
			return seen, usageError{errors.New("--reason is needed")}
		}
		if cmd.Flags().Changed("version") {
			if seen.Version = version; version < 1 {
				return seen, errVersion
			}
		}
		judged, err := couriers.Judge(ctx, seen, verb, reason)
		return judged, withStanding(err, func() (string, error) { return courierStanding(ctx, couriers, seen.ID, seen.Version) })
	})
}

// courierStanding says what was done to a courier after a version, and how they stand.
func courierStanding(ctx context.Context, couriers *boot.Couriers, id domain.ID, seen int) (string, error) {
	v, err := couriers.DeskCourier(ctx, id)
	if err != nil {
		return "", err
	}
	return became(v.Changes, seen, words.CourierStanding(v)), nil
}

func (c *cli) couriersSet() *cobra.Command {
	var city string
	var capacity int
	var limits []string
	var everywhere, usual bool
	cmd := &cobra.Command{
		Use:   "set COURIER [--city CITY] [--capacity N] [--cash-limit AMOUNT… | --usual-cash] [--everywhere]",
		Short: "Say where a courier works, how much they carry at once, and how much cash they may have",
		Long: `Say where a courier works, how much they carry at once, and how much cash they may have. What is not named stays as it was. A zone
is drawn over the API; --everywhere takes it away.`,
		Example: "  zoop couriers set 01890a5d-ac96-774b-bcce-b302099a8057 --city Pune --capacity 3\n" +
			"  zoop couriers set 01890a5d-ac96-774b-bcce-b302099a8057 --cash-limit \"INR 5000.00\"",
	}
	f := cmd.Flags()
	f.StringVar(&city, "city", "", "where they work, \"\" for wherever they are")
	f.IntVar(&capacity, "capacity", 0, "deliveries at once, 1 to 4")
	f.StringArrayVar(&limits, "cash-limit", nil, "the most cash of a currency that they may have, such as \"INR 5000.00\"")
	f.BoolVar(&usual, "usual-cash", false, "no limits of their own: those of their city")
	f.BoolVar(&everywhere, "everywhere", false, "no zone: all of the city")
	return c.onCourier(cmd, func(ctx context.Context, couriers *boot.Couriers, seen dto.Courier) (dto.Courier, error) {
		var r dto.CourierPatch
		if f.Changed("city") {
			r.City = &city
		}
		if f.Changed("capacity") {
			if capacity < 1 || capacity > 4 {
				return seen, usageError{errors.New("--capacity must be from 1 to 4")}
			}
			r.Capacity = &capacity
		}
		if usual && len(limits) > 0 {
			return seen, usageError{errors.New("--cash-limit and --usual-cash are opposites: give one of them")}
		}
		if usual {
			r.CashLimits = &[]dto.Price{}
		}
		var own []dto.Price
		for _, text := range limits {
			limit, err := priceFlag("cash-limit", text)
			if err != nil || limit == nil {
				return seen, usageError{errors.Join(errors.New(`--cash-limit must be an amount, such as "INR 5000.00"`), err)}
			}
			own = append(own, *limit)
			r.CashLimits = &own
		}
		if everywhere {
			r.Zone = &[]dto.Point{}
		}
		if r.City == nil && r.Capacity == nil && r.CashLimits == nil && r.Zone == nil {
			return seen, usageError{errors.New("name what to change: --city, --capacity, --cash-limit, --usual-cash or --everywhere")}
		}
		return couriers.Change(ctx, seen, r)
	})
}
