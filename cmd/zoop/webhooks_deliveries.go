package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

func (h *hooks) deliveries() *cobra.Command {
	var state, cursor string
	var limit int
	cmd := &cobra.Command{
		Use: "deliveries WEBHOOK", Short: "List what a webhook was told, newest first, and what became of that",
		Example: "  zoop webhooks deliveries " + hookID + " --state failed",
	}
	f := cmd.Flags()
	f.Var(&choice{&state, []string{"pending", "delivered", "failed"}}, "state", "only those")
	f.IntVar(&limit, "limit", 50, fmt.Sprintf("list at most so many, up to %d", boot.MostDeliveries))
	f.StringVar(&cursor, "cursor", "", "go on where another list ended")
	return h.deed(cmd, []string{"WEBHOOK"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		if limit < 1 || limit > boot.MostDeliveries {
			return nil, nil, usageError{fmt.Errorf("--limit must be from 1 to %d", boot.MostDeliveries)}
		}
		list, err := w.Deliveries(cmd.Context(), ids[0], state, limit, cursor)
		return list, func() error { return h.printDeliveries(list) }, err
	})
}

func (h *hooks) printDeliveries(list dto.WebhookDeliveryList) error {
	t := tabwriter.NewWriter(h.out, 0, 8, 2, ' ', 0)
	row(t, "ID", "TYPE", "STATE", "ATTEMPTS", "LAST", "NEXT", "CREATED")
	for _, d := range list.Data {
		kind := d.Type
		if d.Test {
			kind += " (test)"
		}
		row(t, d.ID.String(), kind, string(d.State), strconv.Itoa(d.Attempts), cameOf(d), stampOr(d.NextAttemptAt, ""), stamp(d.CreatedAt))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	h.more(list.NextCursor)
	return nil
}

// cameOf is what came of the last attempt, in a word or two.
func cameOf(d dto.WebhookDelivery) string {
	var words []string
	if d.Status != nil {
		words = append(words, strconv.Itoa(*d.Status))
	}
	if d.Error != nil && *d.Error != dto.WebhookDeliveryErrorStatus {
		words = append(words, string(*d.Error))
	}
	return strings.Join(words, " ")
}

func (h *hooks) delivery() *cobra.Command {
	return h.deed(&cobra.Command{
		Use: "delivery WEBHOOK DELIVERY", Short: "Show one delivery, with its payload",
		Example: "  zoop webhooks delivery " + hookID + " 01890a5d-bbbb-774b-bcce-b302099a8057 -o json | jq .payload",
	}, []string{"WEBHOOK", "DELIVERY"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		d, err := w.WebhookDelivery(cmd.Context(), w.Vendor, ids[0], ids[1])
		return d, func() error { return h.printDelivery(d) }, err
	})
}

func (h *hooks) printDelivery(d dto.WebhookDelivery) error {
	t := tabwriter.NewWriter(h.out, 0, 8, 2, ' ', 0)
	row(t, "delivery", d.ID.String())
	row(t, "webhook-id", d.MessageID)
	row(t, "type", d.Type)
	row(t, "state", fmt.Sprintf("%s after %d attempts", d.State, d.Attempts))
	if d.NextAttemptAt != nil {
		row(t, "next", stamp(*d.NextAttemptAt))
	}
	if d.AttemptedAt != nil {
		last := stamp(*d.AttemptedAt) + ": " + cameOf(d)
		if d.Millis != nil {
			last += fmt.Sprintf(" in %d ms", *d.Millis)
		}
		row(t, "last", last)
	}
	if d.Answer != nil {
		row(t, "answer", *d.Answer)
	}
	if d.Payload != nil {
		text, err := json.Marshal(d.Payload)
		if err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		row(t, "payload", string(sanitize.JSON(text)))
	}
	return t.Flush()
}

func (h *hooks) redeliver() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use: "redeliver WEBHOOK [DELIVERY | --failed-since TIME]", Short: "Send a delivery once more, or all that failed since a time",
		Long: `Send a delivery once more, whatever became of it, or all that failed since a time: at once, and by the schedule again if that fails. Each
keeps its webhook-id.`,
		Example: "  zoop webhooks redeliver " + hookID + " 01890a5d-bbbb-774b-bcce-b302099a8057\n  zoop webhooks redeliver " + hookID + " --failed-since 36h",
	}
	cmd.Flags().StringVar(&since, "failed-since", "", "a time such as 2026-06-01T09:00:00Z, or so long ago, such as 36h")
	one := h.deed(&cobra.Command{}, []string{"WEBHOOK", "DELIVERY"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		d, err := w.RedeliverWebhookDelivery(cmd.Context(), w.Vendor, ids[0], ids[1])
		return d, func() error { return h.printDelivery(d) }, err
	})
	h.deed(cmd, []string{"WEBHOOK"}, func(cmd *cobra.Command, w *boot.Webhooks, ids []domain.ID) (any, func() error, error) {
		from, err := agoFlag("failed-since", since, time.Now())
		if err != nil {
			return nil, nil, err
		}
		sum := dto.WebhookRedelivered{}
		for more := true; more; {
			part, err := w.RedeliverWebhook(cmd.Context(), w.Vendor, ids[0], from)
			if err != nil {
				return nil, nil, err
			}
			sum.Count, more = sum.Count+part.Count, part.More
		}
		return sum, func() error {
			printf(h.out, "%d are sent once more\n", sum.Count)
			return nil
		}, nil
	})
	all := cmd.RunE
	cmd.Args = between(1, 2, "WEBHOOK [DELIVERY | --failed-since TIME]")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if (len(args) == 2) == (since != "") {
			return usageError{errors.New("give a DELIVERY, or --failed-since")}
		}
		if len(args) == 1 {
			return all(cmd, args)
		}
		if f := cmd.Flag("output"); f.Changed {
			if err := one.Flags().Set("output", f.Value.String()); err != nil {
				return err
			}
		}
		one.SetContext(cmd.Context())
		return one.RunE(one, args)
	}
	return cmd
}

// agoFlag reads a time, or how long ago it was.
func agoFlag(name, text string, now time.Time) (time.Time, error) {
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return now.Add(-ago).UTC().Truncate(time.Second), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, usageError{fmt.Errorf("--%s must be a time such as 2026-06-01T00:00:00Z, or so long ago, such as 36h", name)}
	}
	return at, nil
}

func (h *hooks) trigger() *cobra.Command {
	var hook string
	var output string
	cmd := &cobra.Command{
		Use: "trigger EVENT [--webhook WEBHOOK]", Short: "Send a sample of an event, to whoever listens here or to a webhook",
		Long: `Send something that has not happened, of the type EVENT or "ping": to the ` + "`zoop webhooks listen`" + ` that runs on this machine, or
with --webhook to that webhook. Its payload says "test": true. ` + "`zoop webhooks events`" + ` lists the types. It exits with 6 when the listener's
program did not take it; what becomes of a webhook's, ` + "`zoop webhooks deliveries`" + ` tells.`,
		Example: "  zoop webhooks trigger order.placed\n  zoop webhooks trigger ping --webhook " + hookID,
		Args:    exactly(1, "EVENT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if hook == "" {
				return h.toListener(cmd, args[0], output)
			}
			id, err := idFlag("webhook", hook)
			if err != nil {
				return err
			}
			w, err := h.open(cmd)
			if err != nil {
				return err
			}
			d, err := w.TestWebhook(cmd.Context(), w.Vendor, id, args[0])
			if err != nil {
				return err
			}
			if output == "json" {
				return h.printJSON(d)
			}
			return h.printDelivery(d)
		},
		ValidArgs: append([]string{webhook.Ping}, webhook.Types...),
	}
	cmd.Flags().StringVar(&hook, "webhook", "", "a webhook's ID")
	outputFlag(cmd, &output)
	return cmd
}

func (h *hooks) toListener(cmd *cobra.Command, kind, output string) error {
	done, err := boot.SampleToListener(cmd.Context(), kind)
	if err != nil {
		return err
	}
	if output == "json" {
		err = h.printJSON(done)
	} else {
		err = h.printForwarded(done)
	}
	if err == nil && done.Error != "" {
		return errFound
	}
	return err
}

func (h *hooks) printForwarded(f boot.Forwarded) error {
	outcome := strconv.Itoa(f.Status)
	if f.Status == 0 {
		outcome = f.Error
	}
	_, err := fmt.Fprintf(h.out, "%s  %-24s  %-10s  %4d ms  %s\n", stamp(f.At), sanitize.Line(f.Type), sanitize.Line(outcome), f.Millis, sanitize.Line(f.ID))
	return err
}

func (h *hooks) listen() *cobra.Command {
	var output string
	var o boot.ListenOptions
	cmd := &cobra.Command{
		Use: "listen --forward-to URL [--events TYPES]", Short: "Forward what happens to a program on this machine, as a webhook would",
		Long: `Follow what happens at a vendor on the live feed, and post each event to a URL, signed as its webhook would be, until interrupted. Each is
posted once, and printed with what came of it: nothing is sent again. The secret that it is signed with is printed, or given with --secret.

It takes a token of a person who works for the vendor, or of staff; API keys open no socket. Samples of ` + "`zoop webhooks trigger`" + ` come here, too.`,
		Example: "  zoop webhooks listen --forward-to http://127.0.0.1:3000/zoop\n" +
			"  zoop webhooks listen --forward-to http://127.0.0.1:3000/zoop --events \"order.*\" -o json",
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.ForwardTo == "" {
				return usageError{errors.New("--forward-to is needed")}
			}
			w, err := h.open(cmd)
			if err != nil {
				return err
			}
			again := false
			o.Ready = func(secret string) {
				if again {
					printf(h.err, "connected again\n")
					return
				}
				again = true
				printf(h.err, "secret: %s\nforwarding what happens at %s to %s\n", secret, w.Vendor, sanitize.Line(o.ForwardTo))
			}
			o.Lost = func(why error) { printf(h.err, "connection lost: %s\n", sanitize.Line(why.Error())) }
			o.Forwarded = func(f boot.Forwarded) error {
				if output == "json" {
					return h.printJSON(f)
				}
				return h.printForwarded(f)
			}
			return w.Listen(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.ForwardTo, "forward-to", "", "where events are posted")
	f.StringSliceVar(&o.Events, "events", nil, "which: types such as order.placed, all of a kind as order.* (default all)")
	f.StringVar(&o.Secret, "secret", "", "what they are signed with, whsec_… (default a new one)")
	outputFlag(cmd, &output)
	return cmd
}
