package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// errWrong says that the data are wrong; what is wrong with them is printed already.
var errWrong = errors.New("the data are wrong")

func newVerify(c *cli) *cobra.Command {
	var output, since string
	v := postgres.Verify{}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Prove that orders, payments, books and events agree with each other; exit 1 when they do not",
		Long: `Prove on live data that orders, payments, books and events agree with each other: totals are the sums of their lines, transfers
sum to zero, payments agree with their orders and with the books, nothing is held of what has ended, kept balances are the sums
of their entries, payouts too, promotions were used as often as orders say, what was handed over has its invoice and what was given
back its credit note, their numbers, versions and the published order have no holes, nothing is overdue, nothing is without its other
half.

It reads one moment of the database, in a read-only transaction that nobody waits for, with one scan a table and check. With
--since it looks at what was written from then on: a time such as 2026-03-01T00:00:00Z, or so long ago, such as 24h.

Exit code 0: all holds. 1: what is wrong is printed, with the IDs.`,
		Example: "  zoop verify\n  zoop verify --since 24h\n  zoop verify -o json | jq '.[] | select(.found > 0)'",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if v.Since, err = moment(since, time.Now()); err != nil {
				return err
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			return c.verify(output, func(begin func(postgres.Check)) ([]postgres.Verdict, error) {
				v.Begin = begin
				return boot.Verify(cmd.Context(), cfg, v)
			})
		},
	}
	outputFlag(cmd, &output)
	cmd.Flags().StringVar(&since, "since", "", "only what was written from a time on, or so long ago")
	cmd.Flags().DurationVar(&v.Grace, "grace", time.Minute, "what is due may wait so long")
	cmd.Flags().IntVar(&v.Most, "limit", 20, fmt.Sprintf("name at most so many of a check, up to %d; all are counted", postgres.MaxFaults))
	return cmd
}

// moment reads a time, or how long ago it was; "" is the zero time.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, domain.Invalidf("since", "form", "must be a time such as 2026-03-01T00:00:00Z, or so long ago, such as 24h")
	}
	return at, nil
}

func (c *cli) verify(output string, run func(func(postgres.Check)) ([]postgres.Verdict, error)) error {
	made, watched := 0, tty(c.err)
	verdicts, err := run(func(check postgres.Check) {
		if made++; watched {
			printf(c.err, "\r\x1b[K%d of %d: %s", made, len(postgres.Checks), check.Holds)
		}
	})
	if watched && made > 0 {
		printf(c.err, "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	if output == "json" {
		err = c.verdictsJSON(verdicts)
	} else {
		err = c.verdictsTable(verdicts)
	}
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if v.Found > 0 {
			return errWrong
		}
	}
	return nil
}

func (c *cli) verdictsTable(verdicts []postgres.Verdict) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, v := range verdicts {
		word := "ok"
		if v.Found > 0 {
			word = fmt.Sprintf("%d wrong", v.Found)
		}
		printf(w, "%s\t%s\t%s\n", v.Name, word, v.Holds)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, v := range verdicts {
		if v.Found > 0 {
			printf(c.out, "\n%s\n", v.Name)
		}
		for _, f := range v.Faults {
			printf(c.out, "  %s  %s\n", f.ID, f.Detail)
		}
		if more := v.Found - len(v.Faults); more > 0 {
			printf(c.out, "  … and %d more\n", more)
		}
	}
	return nil
}

type faultJSON struct {
	ID     string `json:"id"`
	Detail string `json:"detail"`
}

type verdictJSON struct {
	Check  string      `json:"check"`
	Holds  string      `json:"holds"`
	Found  int         `json:"found"`
	Faults []faultJSON `json:"faults"`
	Millis int64       `json:"ms"`
}

func (c *cli) verdictsJSON(verdicts []postgres.Verdict) error {
	out := make([]verdictJSON, len(verdicts))
	for i, v := range verdicts {
		out[i] = verdictJSON{v.Name, v.Holds, v.Found, make([]faultJSON, len(v.Faults)), v.Took.Milliseconds()}
		for j, f := range v.Faults {
			out[i].Faults[j] = faultJSON{f.ID, f.Detail}
		}
	}
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
