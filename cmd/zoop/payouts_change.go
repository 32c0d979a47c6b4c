package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/sheet"
)

func (c *cli) payoutsDraft() *cobra.Command {
	var output, owner, key string
	cmd := &cobra.Command{
		Use:   "draft [--owner ID]",
		Short: "Put together what everybody, or one vendor or courier, is owed",
		Long: `Put together what everybody, or one vendor or courier, is owed: the entries of orders that were completed, or ended otherwise a day ago.
Whoever comes to nothing or less has no payout: it is carried over. A worker does the same every Monday. Drafting is done once for
its --key, so that a command may be given again whose answer was lost.`,
		Example: "  zoop payouts draft\n  zoop payouts draft --owner 01890a5d-ac96-774b-bcce-b302099a8057 -o json",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			of, err := idFlag("owner", owner)
			if err != nil {
				return err
			}
			if key == "" {
				key = domain.ID(id.New()).String()
			}
			payouts, err := c.payouts(cmd)
			if err != nil {
				return err
			}
			made, err := payouts.Draft(cmd.Context(), key, of)
			if err != nil {
				return err
			}
			if len(made.Data) == 0 {
				printf(c.err, "nothing to draft: what is owed is in a payout already, or not ripe yet\n")
			}
			return c.printPayouts(made, output)
		},
	}
	outputFlag(cmd, &output)
	cmd.Flags().StringVar(&owner, "owner", "", "only of this vendor or courier, by its ID")
	cmd.Flags().StringVar(&key, "key", "", "names the drafting, which is done once for it (default a new one)")
	return cmd
}

// onPayout is a command about one payout. It shows the payout as it is after it was moved.
type onPayout struct {
	use, short, long, example string
	flag, flagUsage           string // of a note, which is needed; "": it takes none
	move                      func(ctx context.Context, p *boot.Payouts, seen dto.Payout, note string) (dto.Payout, error)
}

func (c *cli) onPayout(o onPayout) *cobra.Command {
	var output, note string
	cmd := &cobra.Command{
		Use: o.use, Short: o.short, Long: o.long, Example: o.example,
		Args: exactly(1, "PAYOUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := payoutID(args[0])
			if err != nil {
				return err
			}
			if o.flag != "" && note == "" {
				return usageError{fmt.Errorf("--%s is needed: %s", o.flag, o.flagUsage)}
			}
			payouts, err := c.payouts(cmd)
			if err != nil {
				return err
			}
			p, err := payouts.Payout(cmd.Context(), id)
			if err == nil && o.move != nil {
				p, err = o.move(cmd.Context(), payouts, p, note)
			}
			if err != nil {
				return err
			}
			return c.printPayout(p, output)
		},
	}
	outputFlag(cmd, &output)
	if o.flag != "" {
		cmd.Flags().StringVar(&note, o.flag, "", o.flagUsage)
	}
	return cmd
}

func (c *cli) payoutsApprove() *cobra.Command {
	return c.onPayout(onPayout{
		use: "approve PAYOUT", short: "Approve a draft that somebody else has made",
		long: `Approve a draft that somebody else, or the weekly job, has made. It exits with 4 for one's own, and with 5 for what is
neither a draft nor an approved one whose payee has another bank account by now, and when that account has changed since it was looked at.
An approved one is approved again when its payee has told another account: it is not exported before.`,
		example: "  zoop payouts approve 01890a5d-ac96-774b-bcce-b302099a8057",
		move: func(ctx context.Context, p *boot.Payouts, seen dto.Payout, _ string) (dto.Payout, error) {
			return p.Approve(ctx, seen)
		},
	})
}

func (c *cli) payoutsPaid() *cobra.Command {
	return c.onPayout(onPayout{
		use: "paid PAYOUT --reference TEXT", short: "Note that the bank has paid",
		example: `  zoop payouts paid 01890a5d-ac96-774b-bcce-b302099a8057 --reference "UTR 4711"`,
		flag:    "reference", flagUsage: "the bank's reference, at most 200 characters",
		move: func(ctx context.Context, p *boot.Payouts, seen dto.Payout, note string) (dto.Payout, error) {
			return p.Paid(ctx, seen, note)
		},
	})
}

func (c *cli) payoutsFailed() *cobra.Command {
	return c.onPayout(onPayout{
		use: "failed PAYOUT --reason TEXT", short: "Note that a payout will not be paid: what it was made of is owed again",
		example: `  zoop payouts failed 01890a5d-ac96-774b-bcce-b302099a8057 --reason "account closed"`,
		flag:    "reason", flagUsage: "why, in at most 200 characters",
		move: func(ctx context.Context, p *boot.Payouts, seen dto.Payout, note string) (dto.Payout, error) {
			return p.Failed(ctx, seen, note)
		},
	})
}

func (c *cli) payoutsExport() *cobra.Command {
	var file string
	var approved bool
	cmd := &cobra.Command{
		Use:   "export (PAYOUT… | --approved) [--file FILE]",
		Short: "Note that the bank is told of payouts, and write the sheet that tells it",
		Long: `Note that the bank is told of approved payouts, which are in the books from then on, and write the sheet that tells it: CSV with a
header, amounts in minor units, where each goes, and no cell that a spreadsheet takes for a formula.

Payouts to those who have told no bank account, or another one than the payout was approved with, are left as they are: the latter are
looked at and approved again. With --approved whatever is left is named on the standard error, all others are exported, and it exits
with 5; of payouts that are named it stops at the first one that has to be left. The sheet holds what this very command exported, and
those named that were exported before: a sheet that was lost is written again by naming its payouts. When something goes wrong midway,
the sheet holds what was exported until then, and it exits with the error's code. How many a --file holds, and what they come to, is said
on the standard error.`,
		Example: `  zoop payouts export --approved --file monday.csv
  zoop payouts export 01890a5d-ac96-774b-bcce-b302099a8057 > one.csv`,
		Args: between(0, boot.MostPayouts, "(PAYOUT… | --approved) [--file FILE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if approved == (len(args) > 0) {
				return usageError{errors.New("name payouts, or give --approved")}
			}
			payouts, err := c.payouts(cmd)
			if err != nil {
				return err
			}
			chosen, err := toExport(cmd.Context(), payouts, args)
			if err != nil {
				return err
			}
			e := exporting{payouts: payouts}
			if approved {
				e.left = func(p dto.Payout, why error) {
					printf(c.err, "left: %s to %s: %v\n", p.ID, sanitize.Line(p.Payee), why)
				}
			}
			err = c.toFile(file, func(w io.Writer) error { return e.export(cmd.Context(), chosen, w) })
			if file != "" && len(e.totals) > 0 {
				printf(c.err, "%s: %s\n", sanitize.Line(file), e.sum())
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&approved, "approved", false, fmt.Sprintf("all that are approved, up to %d at once", boot.MostPayouts))
	cmd.Flags().StringVar(&file, "file", "", "where to, a file that does not exist yet (default the standard output)")
	return cmd
}

// toExport reads the payouts that are named, or without names all that are approved.
func toExport(ctx context.Context, payouts *boot.Payouts, names []string) ([]dto.Payout, error) {
	if len(names) == 0 {
		list, err := payouts.List(ctx, client.PayoutFilter{State: dto.PayoutStateApproved}, boot.MostPayouts, "")
		return list.Data, err
	}
	var chosen []dto.Payout
	for _, name := range names {
		id, err := payoutID(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(chosen, func(p dto.Payout) bool { return p.ID == id }) {
			continue
		}
		p, err := payouts.Payout(ctx, id)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, p)
	}
	return chosen, nil
}

// exporting is the writing of a sheet.
type exporting struct {
	payouts *boot.Payouts
	left    func(p dto.Payout, why error) // is told what is left; nil: the first one that has to be left is an error

	written, leaves int
	totals          map[string]domain.Money // of what is written, by currency
}

// export moves payouts one by one and writes those that it has moved, with where they go. Nothing is written when the first is refused.
func (e *exporting) export(ctx context.Context, chosen []dto.Payout, w io.Writer) error {
	out := sheet.New(w)
	head := []string{"payout", "kind", "owner", "payee", "minor units", "currency", "state", "until", "note", "holder", "scheme", "account", "routing"}
	for _, p := range chosen {
		cells, err := e.one(ctx, p)
		if cells == nil && err == nil {
			continue
		}
		if cells == nil {
			return errors.Join(err, out.Flush())
		}
		if head != nil {
			err, head = errors.Join(err, out.Row(head...)), nil
		}
		if err = errors.Join(err, out.Row(cells...)); err != nil {
			return errors.Join(err, out.Flush())
		}
		e.count(p)
	}
	if head != nil {
		if err := out.Row(head...); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil || e.leaves == 0 {
		return err
	}
	return domain.Errorf(domain.Conflict, "payout.left", "%d of %d payouts are left as they are", e.leaves, len(chosen))
}

func (e *exporting) count(p dto.Payout) {
	if e.totals == nil {
		e.totals = map[string]domain.Money{}
	}
	e.written++
	total := e.totals[p.Amount.Currency]
	e.totals[p.Amount.Currency] = domain.Money{Amount: total.Amount + p.Amount.Amount, Currency: domain.Currency(p.Amount.Currency)}
}

// sum says what is written.
func (e *exporting) sum() string {
	said := fmt.Sprintf("%d payouts", e.written)
	if e.written == 1 {
		said = "1 payout"
	}
	for _, currency := range slices.Sorted(maps.Keys(e.totals)) {
		said += ", " + e.totals[currency].String()
	}
	return said
}

// one gives a payout's row once the bank may be told of it, or nothing of one that is left; without its account, and an error, when that
// cannot be read then: the payout is in the books all the same. One from before there were bank accounts has none.
func (e *exporting) one(ctx context.Context, seen dto.Payout) ([]string, error) {
	p, err := e.payouts.Export(ctx, seen)
	if err != nil {
		var refused *client.Problem // for its own sake
		if e.left != nil && errors.As(err, &refused) && problemCode(refused.Status) == exitConflict {
			e.leaves++
			e.left(seen, err)
			return nil, nil
		}
		return nil, err
	}
	cells := []string{
		p.ID.String(), string(p.Kind), p.Owner.String(), p.Payee, strconv.FormatInt(p.Amount.Amount, 10), p.Amount.Currency, string(p.State), stamp(p.Until), p.Note,
	}
	if p.BankAccount == nil {
		return append(cells, "", "", "", ""), nil
	}
	b, err := e.payouts.Bank(ctx, p.ID)
	if err != nil {
		return append(cells, "", "", "", ""), fmt.Errorf("%s is exported, but its account could not be read: write it again with `zoop payouts export %[1]s`: %w", p.ID, err)
	}
	routing := ""
	if b.Routing != nil {
		routing = *b.Routing
	}
	return append(cells, b.Holder, string(b.Scheme), b.Number, routing), nil
}

// toFile has something written into a new file that only this user reads, or "" the standard output.
func (c *cli) toFile(name string, write func(io.Writer) error) error {
	if name == "" {
		return write(c.out)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the user names it
	if err != nil {
		return fmt.Errorf("write the file: %w", err)
	}
	err = write(f)
	info, statErr := f.Stat()
	err = errors.Join(err, f.Close())
	if err != nil && statErr == nil && info.Size() == 0 { // nothing came of it: the name may be used again
		return errors.Join(err, os.Remove(name))
	}
	return err
}
