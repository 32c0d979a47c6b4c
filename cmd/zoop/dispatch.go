package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/mdrp"
)

func newDispatch(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dispatch",
		Short: "Look at how couriers are chosen, and choose one",
		Long: `Look at how couriers are chosen, and choose one (docs/dispatch.md).

All but bench ask the API, with ZOOP_API_URL and ZOOP_TOKEN, or that of the ` + "`zoop up`" + ` which runs on the data directory and the
staff token kept there. All staff may read; who changes something needs the permission reassign.

ORDER is an order's ID or its number, as somebody says it on the phone.`,
		Example: "  zoop dispatch explain 7K3P0Q\n  zoop dispatch assign 7K3P0Q 01890a5d-ac96-774b-bcce-b302099a8057\n" +
			"  zoop dispatch take-away 7K3P0Q --reason ACCIDENT\n  zoop dispatch rescue 7K3P0Q --reason UNREACHABLE --at 28.6139,77.2090\n" +
			"  zoop dispatch lose 7K3P0Q\n  zoop dispatch bench ../shared/data/mdrp",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.dispatchExplain(), c.dispatchAssign(), c.dispatchTakeAway(), c.dispatchRescue(), c.dispatchLose(), c.dispatchBench())
	return cmd
}

func (c *cli) dispatchBench() *cobra.Command {
	var out, output string
	parallel := 1
	cmd := &cobra.Command{
		Use:   "bench DIR...",
		Short: "Replay instances of the Meal Delivery Routing Problem through the dispatch engine",
		Long: `Replay published instances of the Meal Delivery Routing Problem (github.com/grubhub/mdrplib) through the engine that chooses
couriers in production: every minute a round, which knows of an order once it is placed. DIR is an instance (orders.txt,
restaurants.txt, couriers.txt, instance_parameters.txt) or holds instances.

The figures are taken from the solution's files, which are checked against the published rules; with --out they are kept, as
the published evaluator reads them, in a folder for each instance. Times are minutes: CTD is click to door, PICKUP ready to
pickup; USED is the couriers' working share of their shifts, LATE the share past the instance's target. An instance has the same
solution on every run, also with --parallel, but then decisions take longer.

Exit code 6: a solution breaks a rule, which is printed.`,
		Example: "  zoop dispatch bench ../shared/data/mdrp\n" +
			"  zoop dispatch bench --out solutions instances/5o100t100s1p100\n" +
			"  zoop dispatch bench --parallel 2 -o json ../shared/data/mdrp | jq '.[] | select(.undelivered > 0)'",
		Args: between(1, 10_000, "DIR..."),
		RunE: func(cmd *cobra.Command, dirs []string) error {
			if parallel < 1 || parallel > 64 {
				return usageError{fmt.Errorf("--parallel must be between 1 and 64")}
			}
			instances, err := mdrp.LoadAll(dirs)
			if errors.Is(err, mdrp.ErrInput) {
				return usageError{err}
			}
			if err != nil {
				return err
			}
			if out != "" {
				if err := os.MkdirAll(out, 0o750); err != nil { // before minutes are spent
					return fmt.Errorf("keep solutions: %w", err)
				}
			}
			results, err := c.replay(cmd.Context(), instances, out, parallel)
			if err != nil {
				return err
			}
			if output == "json" {
				err = c.printJSON(results)
			} else {
				err = c.printResults(results)
			}
			if err != nil {
				return err
			}
			return c.violations(results)
		},
	}
	f := cmd.Flags()
	f.StringVar(&out, "out", "", "keep the solutions in this folder")
	f.IntVar(&parallel, "parallel", parallel, "how many instances to replay at once")
	outputFlag(cmd, &output)
	return cmd
}

// replay plays the instances, keeps their solutions in a folder, if one is named, and shows how far it is where a person looks.
func (c *cli) replay(ctx context.Context, instances []*mdrp.Instance, out string, parallel int) ([]mdrp.Result, error) {
	steps := &minutes{bar: newProgress(c.err, int64(len(instances))*whole), done: make([]int64, len(instances))}
	steps.bar.unit = "minutes"
	defer steps.bar.done()
	results := make([]mdrp.Result, len(instances))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, in := range instances {
		g.Go(func() error {
			result, files, err := in.Bench(ctx, in.Params(), func(now, last int) { steps.show(i, now, last) })
			if err != nil {
				return err
			}
			results[i] = result
			if out == "" {
				return nil
			}
			return files.Write(filepath.Join(out, in.Name))
		})
	}
	return results, g.Wait()
}

// whole is the length of an instance on the bar, whose days differ.
const whole = 1000

// minutes add up how far each of several replays is.
type minutes struct {
	sync.Mutex
	bar   *progress
	done  []int64 // by instance, of whole
	total int     // minutes replayed
}

func (m *minutes) show(i, now, last int) {
	m.Lock()
	defer m.Unlock()
	m.total++
	if !m.bar.bar {
		return
	}
	m.done[i] = int64(now) * whole / int64(max(1, last))
	sum := int64(0)
	for _, n := range m.done {
		sum += n
	}
	m.bar.show(sum, m.total)
}

func (c *cli) printResults(results []mdrp.Result) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row(w, "INSTANCE", "ORDERS", "DELIVERED", "LEFT", "CTD", "P90", "PICKUP", "USED", "PER BUNDLE", "LATE", "P50 MS", "P99 MS", "")
	for _, r := range results {
		row(w, r.Instance, strconv.Itoa(r.Orders), strconv.Itoa(r.Delivered), strconv.Itoa(r.Undelivered), decimals(r.ClickToDoor), strconv.Itoa(r.ClickToDoorP90),
			decimals(r.ReadyToPickup), decimals(r.Utilisation), decimals(r.OrdersPerBundle), decimals(r.Late), decimals(r.DecisionP50), decimals(r.DecisionP99), "")
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func decimals(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// violations prints what is wrong with solutions, and fails if anything is.
func (c *cli) violations(results []mdrp.Result) error {
	var err error
	for _, r := range results {
		for _, v := range r.Violations {
			printf(c.err, "%s: %s\n", r.Instance, v)
			err = errFound
		}
	}
	return err
}
