package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

const alertID = "01890a5d-ac96-774b-bcce-b302099a8057"

func newAlerts(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "alerts",
		Short: "See what wants somebody, look after it, and snooze it",
		Long: `See what wants somebody: orders that are late or about to be, that nobody takes or pays back, vendors that do not answer, couriers with too
much cash. The system opens an alert when there is a cause and closes it when the cause has gone; acknowledging or snoozing it does not.

All of it asks the API, with ZOOP_API_URL and ZOOP_TOKEN, or that of the ` + "`zoop up`" + ` which runs on the data directory and the
staff token kept there. ALERT is an alert's ID.`,
		Example: "  zoop alerts list\n  zoop alerts ack " + alertID + "\n  zoop alerts snooze " + alertID + " --for 30m",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var length time.Duration
	snooze := &cobra.Command{
		Use: "snooze ALERT [--for DURATION]", Short: "Hear nothing of an alert for a while",
		Long: `Hear nothing of an alert for a while, nor of another one of the same kind and subject. It exits with 5 when the alert is closed.`, Example: "  zoop alerts snooze " + alertID + " --for 2h",
	}
	snooze.Flags().DurationVar(&length, "for", 30*time.Minute, "for how long, from 1m to 24h, in whole minutes")
	cmd.AddCommand(
		c.alertsList(),
		c.onAlert(&cobra.Command{Use: "get ALERT", Short: "Show an alert", Example: "  zoop alerts get " + alertID}, nil),
		c.onAlert(&cobra.Command{
			Use: "ack ALERT", Short: "Say that you look after an alert",
			Long: `Say that you look after an alert. One that somebody else looks after already stays theirs: it exits with 5 then, and says whose it is.
It does so, too, when the alert is closed. To take one over, say zoop alerts unack first.`, Example: "  zoop alerts ack " + alertID,
		}, acknowledge),
		c.onAlert(&cobra.Command{
			Use: "unack ALERT", Short: "Say that nobody looks after an alert", Example: "  zoop alerts unack " + alertID,
			Long: "Say that nobody looks after an alert. Whose it was is said on the standard error where it was somebody else's.",
		}, func(ctx context.Context, api *boot.Alerts, a dto.Alert) (dto.Alert, error) {
			done, err := api.UnacknowledgeAlert(ctx, a.ID, client.IfMatch(a.Version), boot.Once())
			if err == nil && a.AcknowledgedBy != nil {
				c.wasOf(ctx, api, a.AcknowledgedBy, holder(a))
			}
			return done, err
		}),
		c.onAlert(snooze, func(ctx context.Context, api *boot.Alerts, a dto.Alert) (dto.Alert, error) {
			if length < alert.MinSnooze || length > alert.MaxSnooze || length%time.Minute != 0 {
				return a, usageError{errors.New("--for must be from 1m to 24h, in whole minutes")}
			}
			return api.SnoozeAlert(ctx, a.ID, int(length/time.Minute), client.IfMatch(a.Version), boot.Once())
		}),
		c.onAlert(&cobra.Command{
			Use: "wake ALERT", Short: "Hear of an alert again that is snoozed", Example: "  zoop alerts wake " + alertID,
			Long: "Hear of an alert again that is snoozed. Who had snoozed it is said on the standard error where it was somebody else.",
		}, func(ctx context.Context, api *boot.Alerts, a dto.Alert) (dto.Alert, error) {
			done, err := api.WakeAlert(ctx, a.ID, client.IfMatch(a.Version), boot.Once())
			if err == nil && a.State == dto.AlertStateSnoozed && a.SnoozedBy != nil {
				c.wasOf(ctx, api, a.SnoozedBy, alertState(a))
			}
			return done, err
		}),
	)
	return cmd
}

// acknowledge has the caller look after an alert. Errors: Conflict when somebody else does by then.
func acknowledge(ctx context.Context, api *boot.Alerts, seen dto.Alert) (dto.Alert, error) {
	done, err := api.AcknowledgeAlert(ctx, seen.ID, client.IfMatch(seen.Version), boot.Once())
	if err == nil && seen.AcknowledgedBy == nil {
		return done, nil
	}
	is := done
	if err != nil {
		var readErr error
		if is, readErr = api.Alert(ctx, seen.ID); !client.IsStatus(err, http.StatusPreconditionFailed) || readErr != nil {
			return done, err
		}
	}
	if is.AcknowledgedBy == nil {
		return done, err
	}
	if mine, err := own(ctx, api, is.AcknowledgedBy); mine || err != nil {
		return is, err
	}
	return is, domain.Errorf(domain.Conflict, "alert.acknowledged", "somebody else looks after it: %s", sanitize.Line(holder(is)))
}

// own says whether the token's account is a party.
func own(ctx context.Context, api *boot.Alerts, p *dto.Party) (bool, error) {
	me, err := api.Me(ctx)
	return err == nil && me.ID == p.ID, err
}

// wasOf says whose something was that was undone, and how it stood: nothing of the caller's own.
func (c *cli) wasOf(ctx context.Context, api *boot.Alerts, p *dto.Party, stood string) {
	if mine, _ := own(ctx, api, p); !mine { // said once too often is better than not at all
		printf(c.err, "it was %s\n", sanitize.Line(stood))
	}
}

// holder says who looks after an alert, and since when.
func holder(a dto.Alert) string {
	text := "acknowledged by " + a.AcknowledgedBy.Name
	if a.AcknowledgedAt != nil {
		text += " since " + stamp(*a.AcknowledgedAt)
	}
	return text
}

func (c *cli) alertsAPI(cmd *cobra.Command) (*boot.Alerts, error) {
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return nil, err
	}
	return boot.OpenAlerts(cfg, c.dataDir)
}

func (c *cli) alertsList() *cobra.Command {
	var output, state, kind, city, cursor string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List alerts, newest first",
		Long: `List alerts, newest first; closed ones are kept for 90 days. When there are more, the cursor to go on with is said on the standard error;
as JSON it is nextCursor.`,
		Example: "  zoop alerts list --state open --city Delhi\n  zoop alerts list --kind no_courier -o json | jq -r '.data[].name'",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > boot.MostAlerts {
				return usageError{fmt.Errorf("--limit must be from 1 to %d", boot.MostAlerts)}
			}
			api, err := c.alertsAPI(cmd)
			if err != nil {
				return err
			}
			list, err := api.List(cmd.Context(), client.AlertFilter{State: state, Kind: dto.AlertKind(kind), City: city}, limit, cursor)
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(list)
			}
			return c.printAlerts(list)
		},
	}
	outputFlag(cmd, &output)
	kinds := make([]string, len(alert.Kinds))
	for i, k := range alert.Kinds {
		kinds[i] = string(k.Kind)
	}
	f := cmd.Flags()
	f.Var(&choice{&state, []string{"live", "open", "acknowledged", "snoozed", "closed"}}, "state", "only these; live, the default, are all that are not closed")
	f.Var(&choice{&kind, kinds}, "kind", "only of this kind: "+strings.Join(kinds, ", "))
	f.StringVar(&city, "city", "", "only of this city")
	f.IntVar(&limit, "limit", 50, fmt.Sprintf("list at most so many, up to %d", boot.MostAlerts))
	f.StringVar(&cursor, "cursor", "", "go on where another list ended")
	return cmd
}

// onAlert is a command about one alert: it reads it, may change it, and shows it as it is then.
func (c *cli) onAlert(cmd *cobra.Command, change func(ctx context.Context, api *boot.Alerts, seen dto.Alert) (dto.Alert, error)) *cobra.Command {
	var output string
	cmd.Args = exactly(1, "ALERT")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := domain.ParseID(args[0])
		if err != nil {
			return usageError{errors.New("ALERT must be an ID")}
		}
		api, err := c.alertsAPI(cmd)
		if err != nil {
			return err
		}
		a, err := api.Alert(cmd.Context(), id)
		if err == nil && change != nil {
			a, err = change(cmd.Context(), api, a)
		}
		switch {
		case err != nil:
			return err
		case output == "json":
			return c.printJSON(a)
		}
		return c.printAlerts(dto.AlertList{Data: []dto.Alert{a}})
	}
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) printAlerts(list dto.AlertList) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "ID", "SEVERITY", "KIND", "SUBJECT", "CITY", "OPENED", "STATE")
	for _, a := range list.Data {
		row(w, a.ID.String(), strings.ToUpper(string(a.Severity)), string(a.Kind), string(a.Subject)+" "+textOr(a.Name, a.SubjectID.String()), a.City, stamp(a.OpenedAt), alertState(a))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if list.NextCursor != nil {
		printf(c.err, "there are more: --cursor %s\n", sanitize.Line(*list.NextCursor))
	}
	return nil
}

func alertState(a dto.Alert) string {
	by := func(p *dto.Party) string {
		if p == nil {
			return ""
		}
		return " by " + p.Name
	}
	switch {
	case a.State == dto.AlertStateAcknowledged:
		return "acknowledged" + by(a.AcknowledgedBy)
	case a.State == dto.AlertStateSnoozed && a.SnoozedUntil != nil:
		return "snoozed" + by(a.SnoozedBy) + " until " + stamp(*a.SnoozedUntil)
	}
	return string(a.State)
}
