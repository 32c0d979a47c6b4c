package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// mostJobs bounds a list of jobs.
const mostJobs = 1000

func newJobs(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "jobs",
		Short: "Look at the letters that wait or could not be sent, and send or cancel them",
		Long: `Look at the jobs that send letters, and retry or cancel them. A letter is tried again with growing pauses; one that no try
can help is dead, and kept for 14 days. What a letter says and to whom it goes is sealed, and never shown. The database is
ZOOP_DATABASE_URL, or that of the ` + "`zoop up`" + ` that runs on the data directory.`,
		Example: "  zoop jobs list --state dead\n  zoop jobs show 4711\n  zoop jobs retry --dead",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newJobsList(c), newJobsShow(c), newJobsRetry(c), newJobsCancel(c))
	return cmd
}

func newJobsList(c *cli) *cobra.Command {
	var output, state string
	var limit int
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List jobs, newest first; those that were sent only when asked for",
		Example: "  zoop jobs list\n  zoop jobs list --state dead -o json",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > mostJobs {
				return domain.Invalidf("limit", "range", "must be from 1 to %d", mostJobs)
			}
			var states []postgres.JobState
			if state != "" {
				states = []postgres.JobState{postgres.JobState(state)}
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			jobs, err := boot.Jobs(cmd.Context(), cfg, states, limit)
			if err != nil {
				return err
			}
			return c.printJobs(jobs, output)
		},
	}
	outputFlag(cmd, &output)
	stateFlag(cmd, &state)
	cmd.Flags().IntVar(&limit, "limit", 50, "list at most so many, up to 1000")
	return cmd
}

func stateFlag(cmd *cobra.Command, into *string) {
	words := make([]string, len(postgres.JobStates))
	for i, s := range postgres.JobStates {
		words[i] = string(s)
	}
	cmd.Flags().Var(&choice{into, words}, "state", "only those that are waiting, running, sent, cancelled or dead")
}

func newJobsShow(c *cli) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a job and why its attempts failed",
		Example: "  zoop jobs show 4711",
		Args:    exactly(1, "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids, err := jobIDs(args)
			if err != nil {
				return err
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			job, err := boot.Job(cmd.Context(), cfg, ids[0])
			if err != nil {
				return err
			}
			return c.printJob(job, output)
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

func newJobsRetry(c *cli) *cobra.Command {
	var dead bool
	cmd := &cobra.Command{
		Use:     "retry ID... | --dead",
		Short:   "Have letters tried again at once",
		Long:    "Have letters tried again at once, also dead and cancelled ones. One that is of no use any more, such as an old code, is cancelled instead.",
		Example: "  zoop jobs retry 4711 4712\n  zoop jobs retry --dead",
		RunE: func(cmd *cobra.Command, args []string) error {
			if dead == (len(args) > 0) {
				return usageError{fmt.Errorf("name jobs, or --dead; see `%s --help`", cmd.CommandPath())}
			}
			if !dead {
				return c.changeJobs(cmd, args, (*postgres.DB).RetryJob)
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			jobs, err := boot.Jobs(cmd.Context(), cfg, []postgres.JobState{postgres.JobDead}, mostJobs)
			if err != nil {
				return err
			}
			ids := make([]int64, len(jobs))
			for i, j := range jobs {
				ids[i] = j.ID
			}
			return boot.ChangeJobs(cmd.Context(), cfg, ids, (*postgres.DB).RetryJob, c.printChanged)
		},
	}
	cmd.Flags().BoolVar(&dead, "dead", false, "all dead ones, up to 1000")
	return cmd
}

func newJobsCancel(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:     "cancel ID...",
		Short:   "Have letters that wait not sent",
		Example: "  zoop jobs cancel 4711",
		Args:    between(1, mostJobs, "ID..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeJobs(cmd, args, (*postgres.DB).CancelJob)
		},
	}
}

func (c *cli) changeJobs(cmd *cobra.Command, args []string, change boot.JobChange) error {
	ids, err := jobIDs(args)
	if err != nil {
		return err
	}
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return err
	}
	return boot.ChangeJobs(cmd.Context(), cfg, ids, change, c.printChanged)
}

func jobIDs(args []string) ([]int64, error) {
	ids := make([]int64, len(args))
	for i, arg := range args {
		id, err := strconv.ParseInt(arg, 10, 64)
		if err != nil || id < 1 {
			return nil, usageError{fmt.Errorf("%q is no job's ID: `zoop jobs list` shows them", arg)}
		}
		ids[i] = id
	}
	return ids, nil
}

func (c *cli) printChanged(j postgres.Job) { printf(c.out, "%d is %s\n", j.ID, j.State) }

func (c *cli) printJobs(jobs []postgres.Job, output string) error {
	if output == "json" {
		enc := json.NewEncoder(c.out)
		for _, j := range jobs {
			if err := enc.Encode(jobJSON(j)); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	printf(w, "ID\tLETTER\tSTATE\tATTEMPTS\tPOSTED\tNEXT\tLAST FAILURE\n")
	for _, j := range jobs {
		printf(w, "%d\t%s\t%s\t%d/%d\t%s\t%s\t%s\n",
			j.ID, j.Letter, j.State, j.Attempt, j.MaxAttempts, stamp(j.PostedAt), orDash(j.NextAt), lastCause(j))
	}
	return w.Flush()
}

func (c *cli) printJob(j postgres.Job, output string) error {
	if output == "json" {
		out := jobJSON(j)
		failures := make([]map[string]any, len(j.Failures))
		for i, f := range j.Failures {
			failures[i] = map[string]any{"at": stamp(f.At), "attempt": f.Attempt, "cause": sanitize.Line(f.Cause)}
		}
		out["failures"] = failures
		return json.NewEncoder(c.out).Encode(out)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	printf(w, "job\t%d\nletter\t%s\nstate\t%s\nattempts\t%d of %d\nposted\t%s\nnext\t%s\nof use until\t%s\nended\t%s\nreader\t%s\norder\t%s\n",
		j.ID, j.Letter, j.State, j.Attempt, j.MaxAttempts, stamp(j.PostedAt), orDash(j.NextAt), orDash(j.Until), orDash(j.EndedAt),
		idOrDash(j.UserID), idOrDash(j.OrderID))
	for _, f := range j.Failures {
		printf(w, "failure %d\t%s  %s\n", f.Attempt, stamp(f.At), sanitize.Line(f.Cause))
	}
	return w.Flush()
}

func jobJSON(j postgres.Job) map[string]any {
	out := map[string]any{
		"id": j.ID, "letter": j.Letter, "state": j.State, "attempts": j.Attempt, "maxAttempts": j.MaxAttempts, "postedAt": stamp(j.PostedAt),
	}
	for key, t := range map[string]time.Time{"nextAt": j.NextAt, "endedAt": j.EndedAt, "until": j.Until} {
		if !t.IsZero() {
			out[key] = stamp(t)
		}
	}
	for key, id := range map[string]domain.ID{"userId": j.UserID, "orderId": j.OrderID} {
		if !id.IsNil() {
			out[key] = id
		}
	}
	if len(j.Failures) > 0 {
		out["lastFailure"] = lastCause(j)
	}
	return out
}

func lastCause(j postgres.Job) string {
	if len(j.Failures) == 0 {
		return "-"
	}
	return sanitize.Line(j.Failures[len(j.Failures)-1].Cause)
}

func orDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return stamp(t)
}

func idOrDash(id domain.ID) string {
	if id.IsNil() {
		return "-"
	}
	return id.String()
}
