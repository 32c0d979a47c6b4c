package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// hooks are the commands about a vendor's webhooks, which share the vendor.
type hooks struct {
	*cli
	vendor string
}

func newWebhooks(c *cli) *cobra.Command {
	h := &hooks{cli: c}
	cmd := &cobra.Command{
		Use:   "webhooks",
		Short: "Have partners told what happens at a vendor, and try that out",
		Long: `See and change the addresses that are told what happens at a vendor, and what they were told; send again what failed; and for those who
write a receiver: forward what happens to a program on this machine, and send it samples. docs/webhooks.md says what is sent and how it
is checked.

All of it asks the API, with ZOOP_API_URL and ZOOP_TOKEN, a token of the vendor's manager or owner; lists, samples and what is sent again are
also for API keys of partners with orders:read, and for staff.`,
		Example: `  zoop webhooks create --url https://pos.example.com/zoop --events order.*
  zoop webhooks listen --forward-to http://127.0.0.1:3000/zoop
  zoop webhooks trigger order.placed
  zoop webhooks deliveries 01890a5d-ac96-774b-bcce-b302099a8057 --state failed`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&h.vendor, "vendor", "", "the vendor's ID (default the only one that the account works for)")
	cmd.AddCommand(
		h.list(), h.get(), h.create(), h.set(), h.flip("enable", "Switch a webhook on"), h.flip("disable", "Switch a webhook off: what happens meanwhile is not told"),
		h.rotate(), h.remove(), h.deliveries(), h.delivery(), h.redeliver(), h.listen(), h.trigger(), h.events(),
	)
	return cmd
}

func (h *hooks) open(cmd *cobra.Command) (*boot.Webhooks, error) {
	vendor, err := idFlag("vendor", h.vendor)
	if err != nil {
		return nil, err
	}
	cfg, err := h.loadLocal(cmd)
	if err != nil {
		return nil, err
	}
	return boot.OpenWebhooks(cmd.Context(), cfg, h.dataDir, vendor)
}

// deed is a command that asks the API for something and shows it. The IDs that it takes are parsed.
func (h *hooks) deed(cmd *cobra.Command, takes []string, do func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error)) *cobra.Command {
	var output string
	cmd.Args = exactly(len(takes), strings.Join(takes, " "))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ids := make([]domain.ID, len(args))
		for i, text := range args {
			var err error
			if ids[i], err = domain.ParseID(text); err != nil {
				return usageError{fmt.Errorf("%s must be an ID, such as 01890a5d-ac96-774b-bcce-b302099a8057", takes[i])}
			}
		}
		w, err := h.open(cmd)
		if err != nil {
			return err
		}
		answer, table, err := do(cmd, w, ids)
		switch {
		case err != nil:
			return err
		case output == "json":
			return h.printJSON(answer)
		}
		return table()
	}
	outputFlag(cmd, &output)
	return cmd
}

const hookID = "01890a5d-ac96-774b-bcce-b302099a8057"

func (h *hooks) list() *cobra.Command {
	return h.deed(&cobra.Command{
		Use: "list", Short: "List a vendor's webhooks, oldest first", Example: "  zoop webhooks list",
	}, nil, func(cmd *cobra.Command, w *boot.Webhooks, _ []domain.ID) (any, func() error, error) {
		list, err := w.Webhooks(cmd.Context(), w.Vendor)
		return list, func() error {
			t := tabwriter.NewWriter(h.out, 0, 8, 2, ' ', 0)
			row(t, "ID", "STATUS", "FAILURES", "EVENTS", "URL", "NOTE")
			for _, v := range list.Data {
				row(t, v.ID.String(), hookStatus(v), strconv.Itoa(v.Failures), strings.Join(v.Events, ","), v.URL, textOr(v.Note, ""))
			}
			return t.Flush()
		}, err
	})
}

func hookStatus(v dto.Webhook) string {
	if v.DisabledReason != nil {
		return fmt.Sprintf("%s: %s", v.Status, *v.DisabledReason)
	}
	return string(v.Status)
}

func (h *hooks) printHook(v dto.Webhook) error {
	t := tabwriter.NewWriter(h.out, 0, 8, 2, ' ', 0)
	row(t, "webhook", v.ID.String())
	row(t, "url", v.URL)
	row(t, "events", strings.Join(v.Events, ", "))
	if v.Note != nil {
		row(t, "note", *v.Note)
	}
	row(t, "status", fmt.Sprintf("%s, version %d", hookStatus(v), v.Version))
	failing := "no"
	if v.FailingSince != nil {
		failing = fmt.Sprintf("since %s, %d times in a row", stamp(*v.FailingSince), v.Failures)
	}
	row(t, "failing", failing)
	row(t, "succeeded", stampOr(v.SucceededAt, "never"))
	if v.OldSecretUntil != nil {
		row(t, "old secret", "until "+stamp(*v.OldSecretUntil))
	}
	if v.Secret != nil {
		row(t, "secret", *v.Secret)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if v.Secret != nil {
		printf(h.err, "keep the secret: it is not shown again\n")
	}
	return nil
}

func (h *hooks) shows(v dto.Webhook, err error) (any, func() error, error) {
	return v, func() error { return h.printHook(v) }, err
}

func (h *hooks) get() *cobra.Command {
	return h.deed(&cobra.Command{
		Use: "get WEBHOOK", Short: "Show a webhook, and how it fares", Example: "  zoop webhooks get " + hookID,
	}, []string{"WEBHOOK"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		return h.shows(w.Webhook(cmd.Context(), w.Vendor, ids[0]))
	})
}

func (h *hooks) create() *cobra.Command {
	var to, note string
	var events []string
	cmd := &cobra.Command{
		Use: "create --url URL [--events TYPES] [--note TEXT]", Short: "Have an address told what happens from now on",
		Long: `Have an address told what happens from now on: https to a name of the public Internet. Its secret is printed this once.
TYPES are types of events such as order.placed, all of a kind as order.*, or * for all; ` + "`zoop webhooks events`" + ` lists them.`,
		Example: "  zoop webhooks create --url https://pos.example.com/zoop --events \"order.*,vendor.paused\"\n" +
			"  zoop webhooks create --url https://pos.example.com/zoop -o json | jq -r .secret",
	}
	cmd.Flags().StringVar(&to, "url", "", "where events are posted")
	cmd.Flags().StringSliceVar(&events, "events", []string{"*"}, "which")
	cmd.Flags().StringVar(&note, "note", "", "what it is for")
	return h.deed(cmd, nil, func(cmd *cobra.Command, w *boot.Webhooks, _ []domain.ID) (any, func() error, error) {
		if to == "" {
			return nil, nil, usageError{errors.New("--url is needed")}
		}
		r := dto.WebhookRequest{URL: to, Events: events}
		optional(&r.Note, note)
		return h.shows(w.CreateWebhook(cmd.Context(), w.Vendor, r))
	})
}

func (h *hooks) set() *cobra.Command {
	var to, note string
	var events []string
	cmd := &cobra.Command{
		Use: "set WEBHOOK [--url URL] [--events TYPES] [--note TEXT]", Short: "Change where a webhook goes, or what it is told",
		Example: "  zoop webhooks set " + hookID + " --events \"*\"",
	}
	f := cmd.Flags()
	f.StringVar(&to, "url", "", "where events are posted")
	f.StringSliceVar(&events, "events", nil, "which")
	f.StringVar(&note, "note", "", "what it is for")
	return h.deed(cmd, []string{"WEBHOOK"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		var r dto.WebhookPatch
		if f.Changed("url") {
			r.URL = &to
		}
		if f.Changed("events") {
			r.Events = &events
		}
		if f.Changed("note") {
			r.Note = &note
		}
		if r.URL == nil && r.Events == nil && r.Note == nil {
			return nil, nil, usageError{errors.New("name what to change: --url, --events or --note")}
		}
		seen, err := w.Webhook(cmd.Context(), w.Vendor, ids[0])
		if err != nil {
			return nil, nil, err
		}
		return h.shows(w.PatchWebhook(cmd.Context(), w.Vendor, ids[0], r, client.IfMatch(seen.Version)))
	})
}

func (h *hooks) flip(verb, short string) *cobra.Command {
	return h.deed(&cobra.Command{
		Use: verb + " WEBHOOK", Short: short, Example: "  zoop webhooks " + verb + " " + hookID,
	}, []string{"WEBHOOK"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		seen, err := w.Webhook(cmd.Context(), w.Vendor, ids[0])
		if err != nil {
			return nil, nil, err
		}
		v, err := w.SwitchWebhook(cmd.Context(), w.Vendor, ids[0], verb == "enable")
		if err == nil && verb == "enable" && seen.DisabledReason != nil {
			printf(h.err, "it was disabled (%s): what waited then is sent now\n", sanitize.Line(string(*seen.DisabledReason)))
		}
		return h.shows(v, err)
	})
}

func (h *hooks) rotate() *cobra.Command {
	grace := webhook.MaxGrace
	cmd := &cobra.Command{
		Use: "rotate WEBHOOK [--grace DURATION]", Short: "Give a webhook another secret",
		Long: `Give a webhook another secret, and print it this once. For the grace each webhook is signed with the one before, too, so that the
receiver can take the new one meanwhile. Of a secret that has leaked there should be none.`,
		Example: "  zoop webhooks rotate " + hookID + "\n  zoop webhooks rotate " + hookID + " --grace 0s",
	}
	cmd.Flags().Var((*span)(&grace), "grace", "for how long the secret before signs as well, such as 90m, 12h or 1d, which is the most")
	return h.deed(cmd, []string{"WEBHOOK"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		if grace < 0 || grace > webhook.MaxGrace || grace%time.Minute != 0 {
			return nil, nil, usageError{errors.New("--grace must be from 0s to 1d, in whole minutes, such as 90m or 12h")}
		}
		return h.shows(w.RotateWebhook(cmd.Context(), w.Vendor, ids[0], grace))
	})
}

func (h *hooks) remove() *cobra.Command {
	var sure bool
	cmd := &cobra.Command{
		Use: "delete WEBHOOK", Short: "End a webhook, and throw away what it was told",
		Long: `End a webhook, and throw away what it was told and what waits to be sent: nothing brings that back. It is shown first, and the host of
its address has to be typed; --yes does without. What should only pause is for ` + "`zoop webhooks disable`" + `.`,
		Example: "  zoop webhooks delete " + hookID + "\n  zoop webhooks delete " + hookID + " --yes",
	}
	yesFlag(cmd, &sure)
	return h.deed(cmd, []string{"WEBHOOK"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		gone := map[string]any{"deleted": ids[0]}
		v, err := w.Webhook(cmd.Context(), w.Vendor, ids[0])
		if err != nil {
			return nil, nil, err
		}
		err = h.confirm(webhook.Host(v.URL), sure, func() {
			row(h.err, fmt.Sprintf("webhook %s to %s, %s, of %s", v.ID, v.URL, hookStatus(v), strings.Join(v.Events, ", ")))
			row(h.err, "what it was told and what waits to be sent are thrown away")
		})
		if err != nil {
			return nil, nil, err
		}
		return gone, func() error { return nil }, w.DeleteWebhook(cmd.Context(), w.Vendor, ids[0])
	})
}

func (h *hooks) events() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "events", Short: "List the types of events that webhooks tell of", Example: "  zoop webhooks events | grep order",
		Args: exactly(0, ""),
		RunE: func(*cobra.Command, []string) error {
			if output == "json" {
				return h.printJSON(webhook.Types)
			}
			for _, t := range webhook.Types {
				printf(h.out, "%s\n", t)
			}
			return nil
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

// more says how a list goes on.
func (h *hooks) more(next *string) {
	if next != nil {
		printf(h.err, "there are more: --cursor %s\n", sanitize.Line(*next))
	}
}
