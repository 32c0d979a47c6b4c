package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

const dishID = "01890a5d-ac96-774b-bcce-b302099a8057"

func (c *cli) menuSoldOut() *cobra.Command {
	var length time.Duration
	cmd := &cobra.Command{
		Use: "sold-out DISH [--for DURATION] [--version N]", Short: "Say that a dish is sold out; orders that were placed keep it",
		Long: `Say that a dish is sold out: new orders cannot have it, those that were placed keep it. It comes back by itself after a time, or when
somebody says so. DISH is a dish's ID, which zoop menu export and zoop orders get -o json tell. With --version it exits with 5 if the dish was
changed since you looked, and tells staff what was done to it since then, and by whom.`,
		Example: "  zoop menu sold-out " + dishID + " --for 2h\n  zoop menu sold-out " + dishID + " -o json | jq .availableAt",
	}
	cmd.Flags().DurationVar(&length, "for", 0, "for so long, in whole minutes (default until somebody says that it is back)")
	return c.onDish(cmd, func(ctx context.Context, desk *boot.Desk, id domain.ID, same []client.CallOption) (dto.Dish, error) {
		if length < 0 || length%time.Minute != 0 {
			return dto.Dish{}, usageError{errors.New("--for must be whole minutes, such as 90m")}
		}
		var until time.Time
		if length > 0 {
			until = time.Now().Add(length).UTC().Truncate(time.Second)
		}
		return desk.SetAvailable(ctx, id, false, until, same...)
	})
}

func (c *cli) menuBack() *cobra.Command {
	return c.onDish(&cobra.Command{
		Use: "back DISH [--version N]", Short: "Say that a dish can be had again",
		Long: `Say that a dish can be had again; portions that had run out are not counted any more. With --version it exits with 5 if the dish was
changed since you looked, and tells staff what was done to it since then, and by whom.`,
		Example: "  zoop menu back " + dishID,
	}, func(ctx context.Context, desk *boot.Desk, id domain.ID, same []client.CallOption) (dto.Dish, error) {
		return desk.SetAvailable(ctx, id, true, time.Time{}, same...)
	})
}

// onDish is a command about one dish: it changes it, and says how it stands then.
func (c *cli) onDish(cmd *cobra.Command, change func(ctx context.Context, desk *boot.Desk, id domain.ID, same []client.CallOption) (dto.Dish, error)) *cobra.Command {
	var output string
	var version int
	cmd.Args = exactly(1, "DISH")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := domain.ParseID(args[0])
		if err != nil {
			return usageError{errors.New("DISH must be an ID, such as " + dishID)}
		}
		same, err := sameVersion(cmd, version)
		if err != nil {
			return err
		}
		desk, err := c.desk(cmd)
		if err != nil {
			return err
		}
		d, err := change(cmd.Context(), desk, id, same)
		if err != nil {
			return withStanding(err, func() (string, error) { return dishStanding(cmd.Context(), desk, id, version) })
		}
		if output == "json" {
			return c.printJSON(d)
		}
		row(c.out, d.Name+" "+words.DishStanding(d.Available, d.UnavailableReason, d.AvailableAt, stamp))
		return nil
	}
	cmd.Flags().IntVar(&version, "version", 0, "only if the dish is still of this version")
	outputFlag(cmd, &output)
	return cmd
}

// dishStanding says what was done to a dish after a version, and how it stands: for staff, whom the API tells.
func dishStanding(ctx context.Context, desk *boot.Desk, id domain.ID, seen int) (string, error) {
	d, err := desk.DeskDish(ctx, id)
	if err != nil {
		return "", err
	}
	return became(d.Changes, seen, fmt.Sprintf("version %d %s", d.Version, words.DishStanding(d.Available, d.UnavailableReason, d.AvailableAt, stamp))), nil
}
