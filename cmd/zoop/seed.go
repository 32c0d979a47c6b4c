package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/app/seed"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/postgres"
)

func newSeed(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Fill the marketplace with vendors",
		Long: `Fill the marketplace with vendors. The database is ZOOP_DATABASE_URL, or that of the ` + "`zoop up`" + ` that runs on the data
directory. What is there already stays as it is, so that a command may be repeated and interrupted.`,
		Example: "  zoop seed vendors --from zomato.csv --report rejected.csv\n  zoop seed demo",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.seedVendors(), c.seedDemo())
	return cmd
}

func (c *cli) seedVendors() *cobra.Command {
	var from, report, output string
	cmd := &cobra.Command{
		Use:   "vendors",
		Short: "Import vendors from a Zomato export (CSV)",
		Long: `Import vendors from a Zomato export. The country code decides currency and time; hours and a menu are composed from a
vendor's cuisines, prices from its cost for two. Rows that cannot be used are written to the report by line, field and
reason, and the rest is imported. The same file again changes nothing; a row that has changed changes what it says of its
vendor, never the menu, hours or zone.`,
		Example: "  zoop seed vendors --from zomato.csv\n  zoop seed vendors --from zomato.csv --report rejected.csv\n  xz -dc zomato.csv.xz | zoop seed vendors --from -",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				return usageError{fmt.Errorf("--from names the file to import; - reads the standard input")}
			}
			in, size, err := c.openInput(from)
			if err != nil {
				return err
			}
			defer func() { _ = in.Close() }()
			out, err := newReport(report)
			if err != nil {
				return err
			}
			result, err := c.importVendors(cmd, in, size, out.Report)
			if err := out.close(); err != nil {
				return err
			}
			if err != nil && result.Rows == 0 {
				return err
			}
			if printErr := c.printSeeded(result, output); printErr != nil {
				return printErr
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "the CSV file; - is the standard input")
	f.StringVar(&report, "report", "", "write rejected rows to this CSV file")
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) seedDemo() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Open the demo vendors, with owners, customers and couriers",
		Long: `Open the demo vendors: 69 in Bengaluru, London and São Paulo, with menus and owners; and customers and approved couriers.
Their addresses are owner+SLUG@demo.zoop.test, customer+CITY-NN@demo.zoop.test and courier+CITY-NN@demo.zoop.test, where
SLUG is the vendor's name in small letters and dashes and CITY is blr, ldn or sao. Get a token for one with ` + "`zoop token`" + `.`,
		Example: "  zoop seed demo\n  zoop token --email owner+copper-thali-house@demo.zoop.test --role vendor",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var result seed.Result
			err := c.withSeeder(cmd, func(ctx context.Context, s *seed.Seeder) error {
				var err error
				result, err = s.Demo(ctx)
				return err
			})
			if err != nil {
				return err
			}
			return c.printSeeded(result, output)
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

// withSeeder opens the database around a seeding; a schema that is behind is refused.
func (c *cli) withSeeder(cmd *cobra.Command, do func(context.Context, *seed.Seeder) error) error {
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	if err := boot.CheckSchema(ctx, cfg, false); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, cfg.DatabaseURL, postgres.Options{MaxConns: 4, Pooler: cfg.Pooler})
	if err != nil {
		return err
	}
	defer db.Close()
	return do(ctx, seed.New(db))
}

func (c *cli) importVendors(cmd *cobra.Command, in io.Reader, size int64, report *seed.Report) (seed.Result, error) {
	var result seed.Result
	p := newProgress(c.err, size)
	err := c.withSeeder(cmd, func(ctx context.Context, s *seed.Seeder) error {
		var err error
		result, err = s.Vendors(ctx, in, seed.Options{Report: report, Progress: p.show})
		return err
	})
	p.done()
	return result, err
}

// openInput opens a file, and says how large it is; 0 where nobody knows.
func (c *cli) openInput(path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(c.in), 0, nil
	}
	f, err := os.Open(path) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, 0, usageError{fmt.Errorf("open vendors: %w", err)}
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f, 0, nil //nolint:nilerr // only the bar needs the size
	}
	return f, info.Size(), nil
}

// reportFile is a report on its way to a file, or to nowhere.
type reportFile struct {
	*seed.Report
	file *os.File
}

func newReport(path string) (reportFile, error) {
	if path == "" {
		return reportFile{}, nil
	}
	f, err := os.Create(path) //nolint:gosec // the operator's own file
	if err != nil {
		return reportFile{}, usageError{fmt.Errorf("open report: %w", err)}
	}
	r, err := seed.NewReport(f)
	return reportFile{r, f}, err
}

func (r reportFile) close() error {
	if r.file == nil {
		return nil
	}
	if err := r.Report.Close(); err != nil {
		return err
	}
	if err := r.file.Close(); err != nil {
		return fmt.Errorf("close report: %w", err)
	}
	return nil
}

func (c *cli) printSeeded(r seed.Result, output string) error {
	if output == "json" {
		err := json.NewEncoder(c.out).Encode(map[string]any{
			"rows": r.Rows, "inserted": r.Inserted, "updated": r.Updated, "unchanged": r.Unchanged, "rejected": r.Rejected,
			"dishes": r.Dishes, "reasons": r.Reasons, "repaired": r.Repaired, "seconds": r.Took.Seconds(),
		})
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		return nil
	}
	rate := float64(r.Rows) / max(r.Took.Seconds(), 0.001)
	printf(c.out, "%d rows in %s (%.0f a second): %d new vendors with %d dishes, %d changed, %d as they were, %d rejected\n",
		r.Rows, r.Took.Round(10*time.Millisecond), rate, r.Inserted, r.Dishes, r.Updated, r.Unchanged, r.Rejected)
	printCounts(c.out, "rejected", r.Reasons)
	printCounts(c.out, "repaired", r.Repaired)
	return nil
}

// printCounts lists counts by what they count, the largest first.
func printCounts(w io.Writer, title string, counts map[string]int) {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return counts[b] - counts[a]
		}
		return slices.Compare([]byte(a), []byte(b))
	})
	for _, name := range names {
		printf(w, "  %s %6d  %s\n", title, counts[name], name)
	}
}
