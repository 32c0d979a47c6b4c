package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

func newVendors(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "vendors",
		Short: "See what vendors have to do now; pause and resume them",
		Long: `See what vendors have to do now, who is late, how they cook and answer; pause and resume them.

All of it asks the API, with ZOOP_API_URL and ZOOP_TOKEN, or that of the ` + "`zoop up`" + ` which runs on the data directory and the
staff token kept there; pause and resume need the permission pause_vendors. VENDOR is a vendor's ID.`,
		Example: "  zoop vendors list\n  zoop vendors pause 01890a5d-ac96-774b-bcce-b302099a8057 --for 30m --reason \"gas is out\"",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.vendorsList(), c.vendorsGet(), c.vendorsPause(), c.vendorsResume())
	return cmd
}

// desk is the way to the API's lists of who has to do what.
func (c *cli) desk(cmd *cobra.Command) (*boot.Desk, error) {
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return nil, err
	}
	return boot.OpenDesk(cfg, c.dataDir)
}

// deskList are the flags of a list of the desk.
type deskList struct {
	client.DeskFilter
	limit          int
	cursor, output string
}

func (l *deskList) flags(cmd *cobra.Command, states ...string) {
	outputFlag(cmd, &l.output)
	f := cmd.Flags()
	f.StringVar(&l.City, "city", "", "only those of this city")
	f.Var(&choice{&l.State, states}, "state", "only those of this state")
	f.StringVar(&l.Text, "name", "", "any whose name holds this, with work or without")
	f.IntVar(&l.limit, "limit", 50, fmt.Sprintf("list at most so many, up to %d", boot.MostDesk))
	f.StringVar(&l.cursor, "cursor", "", "go on where another list ended")
}

func (l *deskList) check() error {
	if l.limit < 1 || l.limit > boot.MostDesk {
		return usageError{fmt.Errorf("--limit must be from 1 to %d", boot.MostDesk)}
	}
	return nil
}

func (c *cli) vendorsList() *cobra.Command {
	var asked deskList
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List vendors with work now, and those that are paused, the worst first",
		Long: `List vendors with orders to answer, cook or hand over, and those that are paused: the most late orders first. When there are more, the
cursor to go on with is said on the standard error; as JSON it is nextCursor.

P95: 95 of 100 orders were ready within it from the vendor's yes, as its last 50 tell. YES: of its last 100 orders, how many of those that
it answered or let expire it accepted.`,
		Example: "  zoop vendors list --city Pune\n  zoop vendors list --state paused\n  zoop vendors list -o json | jq -r '.data[] | select(.late > 0) | .name'",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := asked.check(); err != nil {
				return err
			}
			desk, err := c.desk(cmd)
			if err != nil {
				return err
			}
			list, err := desk.Vendors(cmd.Context(), asked.DeskFilter, asked.limit, asked.cursor)
			if err != nil {
				return err
			}
			if asked.output == "json" {
				return c.printJSON(list)
			}
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			row(w, "ID", "VENDOR", "CITY", "STATE", "LATE", "NEW", "COOK", "READY", "P95", "YES", "CARTS")
			for _, v := range list.Data {
				row(w, v.ID.String(), v.Name, v.City, vendorState(v), strconv.Itoa(v.Late), strconv.Itoa(v.Placed), strconv.Itoa(v.Cooking), strconv.Itoa(v.Ready),
					p95(v.Prep), yesRate(v.Answers), strconv.Itoa(v.Carts))
			}
			return c.endList(w, list.NextCursor)
		},
	}
	asked.flags(cmd, "open", "closed", "paused", "off")
	return cmd
}

// endList ends a table, and says how to go on.
func (c *cli) endList(w *tabwriter.Writer, next *string) error {
	if err := w.Flush(); err != nil {
		return err
	}
	if next != nil {
		printf(c.err, "there are more: --cursor %s\n", sanitize.Line(*next))
	}
	return nil
}

func vendorState(v dto.DeskVendor) string {
	if v.Pause == nil || v.Pause.Until == nil {
		return string(v.State)
	}
	return string(v.State) + " until " + stamp(*v.Pause.Until)
}

func p95(p dto.DeskPrep) string {
	if p.Orders == 0 {
		return "-"
	}
	return (time.Duration(p.P95Seconds) * time.Second).String()
}

func yesRate(a dto.DeskAnswers) string {
	if a.Asked == 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", 100*a.Accepted/a.Asked)
}

// onVendor is a command about one vendor: it may change it, and shows its work then.
func (c *cli) onVendor(cmd *cobra.Command, do func(ctx context.Context, desk *boot.Desk, id domain.ID) (dto.DeskVendor, error)) *cobra.Command {
	var output string
	cmd.Args = exactly(1, "VENDOR")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := domain.ParseID(args[0])
		if err != nil {
			return usageError{errors.New("VENDOR must be an ID, such as 01890a5d-ac96-774b-bcce-b302099a8057")}
		}
		desk, err := c.desk(cmd)
		if err != nil {
			return err
		}
		v, err := do(cmd.Context(), desk, id)
		if err != nil {
			return err
		}
		if output == "json" {
			return c.printJSON(v)
		}
		return c.printVendor(v)
	}
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) printVendor(v dto.DeskVendor) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "vendor", v.ID.String())
	row(w, "name", v.Name+", "+v.City)
	row(w, "state", fmt.Sprintf("%s, %s, version %d", vendorState(v), v.Status, v.Version))
	if v.Pause != nil {
		row(w, "paused", pauseOf(*v.Pause))
	}
	row(w, "orders", fmt.Sprintf("%d late; %d wait for its answer, %d are cooked, %d are ready", v.Late, v.Placed, v.Cooking, v.Ready))
	row(w, "carts", strconv.Itoa(v.Carts))
	row(w, "cooking", fmt.Sprintf("95 of 100 within %s, as %d orders tell", p95(v.Prep), v.Prep.Orders))
	row(w, "answers", fmt.Sprintf("accepted %d of %d", v.Answers.Accepted, v.Answers.Asked))
	return w.Flush()
}

// pauseOf says why a vendor is paused, and by whom, where that is known.
func pauseOf(p dto.DeskPause) string {
	if p.By == nil {
		return p.Reason
	}
	return p.Reason + ", by " + words.Actor(*p.By)
}

// vendorStanding says how a vendor stands, and who paused it.
func vendorStanding(ctx context.Context, desk *boot.Desk, id domain.ID) (string, error) {
	v, err := desk.DeskVendor(ctx, id)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("version %d is %s, %s", v.Version, vendorState(v), v.Status)
	if v.Pause != nil {
		text += "; " + pauseOf(*v.Pause)
	}
	return sanitize.Line(text), nil
}

func (c *cli) vendorsGet() *cobra.Command {
	return c.onVendor(&cobra.Command{
		Use: "get VENDOR", Short: "Show what a vendor has to do now, and why it takes no orders",
		Example: "  zoop vendors get 01890a5d-ac96-774b-bcce-b302099a8057",
	}, func(ctx context.Context, desk *boot.Desk, id domain.ID) (dto.DeskVendor, error) {
		return desk.DeskVendor(ctx, id)
	})
}

func (c *cli) vendorsPause() *cobra.Command {
	var reason string
	var length time.Duration
	var version int
	cmd := &cobra.Command{
		Use: "pause VENDOR --reason TEXT [--for DURATION] [--version N]", Short: "Have a vendor take no new orders; those that it has go on",
		Long: `Have a vendor take no new orders, for a time or until it is resumed; those that it has go on. With --version it exits with 5 if the vendor
was changed since you looked, and tells how it stands now, and who paused it.`,
		Example: "  zoop vendors pause 01890a5d-ac96-774b-bcce-b302099a8057 --for 30m --reason \"gas is out\"",
	}
	f := cmd.Flags()
	f.StringVar(&reason, "reason", "", "why; the vendor and those who look at its menu read it")
	f.DurationVar(&length, "for", 0, "for so long, in whole minutes (default until it is resumed)")
	f.IntVar(&version, "version", 0, "only if the vendor is still of this version")
	return c.onVendor(cmd, func(ctx context.Context, desk *boot.Desk, id domain.ID) (dto.DeskVendor, error) {
		switch {
		case reason == "":
			return dto.DeskVendor{}, usageError{errors.New("--reason is needed")}
		case length < 0 || length%time.Minute != 0:
			return dto.DeskVendor{}, usageError{errors.New("--for must be whole minutes, such as 30m")}
		}
		same, err := sameVersion(cmd, version)
		if err != nil {
			return dto.DeskVendor{}, err
		}
		v, err := desk.Pause(ctx, id, int(length/time.Minute), reason, same...)
		return v, withStanding(err, func() (string, error) { return vendorStanding(ctx, desk, id) })
	})
}

// sameVersion is the precondition of --version, if it was given.
func sameVersion(cmd *cobra.Command, version int) ([]client.CallOption, error) {
	if !cmd.Flags().Changed("version") {
		return nil, nil
	}
	if version < 1 {
		return nil, errVersion
	}
	return []client.CallOption{client.IfMatch(version)}, nil
}

var errVersion = usageError{errors.New("--version must be 1 or more")}

// withStanding adds to a refusal of what somebody has changed meanwhile how that stands now; read gives it.
func withStanding(err error, read func() (string, error)) error {
	if !client.IsStatus(err, http.StatusPreconditionFailed) {
		return err
	}
	text, readErr := read()
	if readErr != nil {
		return err
	}
	return fmt.Errorf("%w\n%s", err, text)
}

func (c *cli) vendorsResume() *cobra.Command {
	var version int
	cmd := &cobra.Command{
		Use: "resume VENDOR [--version N]", Short: "Have a vendor take orders again",
		Long: `Have a vendor take orders again. With --version it exits with 5 if the vendor was changed since you looked, and tells how it stands now,
and who paused it.`,
		Example: "  zoop vendors resume 01890a5d-ac96-774b-bcce-b302099a8057",
	}
	cmd.Flags().IntVar(&version, "version", 0, "only if the vendor is still of this version")
	return c.onVendor(cmd, func(ctx context.Context, desk *boot.Desk, id domain.ID) (dto.DeskVendor, error) {
		same, err := sameVersion(cmd, version)
		if err != nil {
			return dto.DeskVendor{}, err
		}
		v, err := desk.Resume(ctx, id, same...)
		return v, withStanding(err, func() (string, error) { return vendorStanding(ctx, desk, id) })
	})
}
