package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// migrateFlags are those of the directions.
type migrateFlags struct {
	to     int64
	steps  int
	dryRun bool
	wait   time.Duration
}

func newMigrate(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Change the database's schema",
		Long: `Change the database's schema by the migrations in this binary. Several at once are safe: they take turns by an advisory
lock. The database is ZOOP_DATABASE_URL, or that of the ` + "`zoop up`" + ` that runs on the data directory.

A migration may take away what older binaries still use: stop the processes of another version first.`,
		Example: "  zoop migrate status\n  zoop migrate up --wait 60s\n  zoop migrate up --dry-run",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.migrateUp(), c.migrateDown(), c.migrateRedo(), c.migrateStatus(), c.migrateVersion(), c.migrateCreate())
	return cmd
}

func (c *cli) migrateUp() *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:     "up",
		Short:   "Apply pending migrations",
		Example: "  zoop migrate up\n  zoop migrate up --to 3\n  zoop migrate up --steps 1 --dry-run",
		Args:    exactly(0, ""),
		RunE: c.withSchema(&f, func(cmd *cobra.Command, s *postgres.Schema) error {
			if f.dryRun {
				return c.printPlan(cmd, s, false, f)
			}
			done, err := s.Up(cmd.Context(), f.to, f.steps)
			c.printMade(done, "nothing to do: the schema is current")
			return err
		}),
	}
	f.add(cmd)
	cmd.Flags().Int64Var(&f.to, "to", 0, "stop at this version")
	cmd.Flags().IntVar(&f.steps, "steps", 0, "apply at most so many (default all)")
	return cmd
}

func (c *cli) migrateDown() *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:     "down",
		Short:   "Take migrations back: one, or --steps, or all above --to",
		Example: "  zoop migrate down\n  zoop migrate down --to 2 --dry-run",
		Args:    exactly(0, ""),
		RunE: c.withSchema(&f, func(cmd *cobra.Command, s *postgres.Schema) error {
			if f.dryRun {
				return c.printPlan(cmd, s, true, f)
			}
			done, err := s.Down(cmd.Context(), f.to, f.steps)
			c.printMade(done, "nothing to take back")
			return err
		}),
	}
	f.add(cmd)
	cmd.Flags().Int64Var(&f.to, "to", -1, "take back everything above this version; 0 empties the database")
	cmd.Flags().IntVar(&f.steps, "steps", 1, "take back so many")
	return cmd
}

func (c *cli) migrateRedo() *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:     "redo",
		Short:   "Take the newest migration back and apply it again",
		Example: "  zoop migrate redo",
		Args:    exactly(0, ""),
		RunE: c.withSchema(&f, func(cmd *cobra.Command, s *postgres.Schema) error {
			if f.dryRun {
				if err := c.printPlan(cmd, s, true, migrateFlags{to: -1, steps: 1}); err != nil {
					return err
				}
				return c.printNewest(cmd, s)
			}
			done, err := s.Redo(cmd.Context())
			c.printMade(done, "nothing to redo")
			return err
		}),
	}
	f.add(cmd)
	return cmd
}

func (c *cli) migrateStatus() *cobra.Command {
	var f migrateFlags
	var check bool
	var output string
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "List the migrations and when each was applied",
		Example: "  zoop migrate status\n  zoop migrate status --check || zoop migrate up",
		Args:    exactly(0, ""),
		RunE: c.withSchema(&f, func(cmd *cobra.Command, s *postgres.Schema) error {
			all, err := s.Status(cmd.Context())
			if err != nil {
				return err
			}
			pending := 0
			for _, m := range all {
				applied := "applied"
				switch {
				case m.Pending():
					applied = "pending"
					pending++
				case !m.AppliedAt.IsZero():
					applied = m.AppliedAt.UTC().Format(time.RFC3339)
				}
				if output == "json" {
					err = json.NewEncoder(c.out).Encode(map[string]any{"version": m.Version, "file": m.File, "applied": applied})
				} else {
					_, err = fmt.Fprintf(c.out, "%-22s %s\n", applied, m.File)
				}
				if err != nil {
					return fmt.Errorf("write: %w", err)
				}
			}
			if check && pending > 0 {
				return errFound
			}
			return nil
		}),
	}
	f.addWait(cmd)
	cmd.Flags().BoolVar(&check, "check", false, "exit with 6 when a migration is pending")
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) migrateVersion() *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the newest migration that was applied",
		Example: "  zoop migrate version",
		Args:    exactly(0, ""),
		RunE: c.withSchema(&f, func(cmd *cobra.Command, s *postgres.Schema) error {
			v, err := s.Version(cmd.Context())
			if err == nil {
				printf(c.out, "%d\n", v)
			}
			return err
		}),
	}
	f.addWait(cmd)
	return cmd
}

func (c *cli) migrateCreate() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:     "create TITLE",
		Short:   "Write an empty migration with the next number into the source tree",
		Example: "  zoop migrate create courier_shifts",
		Args:    exactly(1, "TITLE"),
		RunE: func(_ *cobra.Command, args []string) error {
			path, err := postgres.CreateMigration(dir, args[0])
			if err == nil {
				printf(c.out, "%s\n", path)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "migrations", "the source tree's directory of migrations")
	return cmd
}

func (f *migrateFlags) add(cmd *cobra.Command) {
	f.addWait(cmd)
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print the SQL and change nothing")
}

func (f *migrateFlags) addWait(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&f.wait, "wait", 0, "wait so long for the database to answer")
}

// withSchema opens the schema around a command.
func (c *cli) withSchema(f *migrateFlags, do func(*cobra.Command, *postgres.Schema) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		cfg, err := c.loadLocal(cmd)
		if err != nil {
			return err
		}
		if f.steps < 0 || f.steps > 1000 {
			return domain.Invalidf("steps", "range", "must be from 1 to 1000")
		}
		s, err := postgres.OpenSchema(cmd.Context(), cfg.DatabaseURL, f.wait)
		if err != nil {
			return err
		}
		defer s.Close()
		return do(cmd, s)
	}
}

func (c *cli) printMade(done []postgres.Migration, none string) {
	for _, m := range done {
		verb := "applied"
		if m.Down {
			verb = "took back"
		}
		printf(c.out, "%s %s (%s)\n", verb, m.File, m.Took.Round(time.Millisecond))
	}
	if len(done) == 0 {
		printf(c.out, "%s\n", none)
	}
}

// printPlan prints the SQL of what a direction would do.
func (c *cli) printPlan(cmd *cobra.Command, s *postgres.Schema, down bool, f migrateFlags) error {
	plan, err := s.Plan(cmd.Context(), down, f.to, f.steps)
	if err != nil {
		return err
	}
	return c.printSQL(plan, down)
}

func (c *cli) printNewest(cmd *cobra.Command, s *postgres.Schema) error {
	plan, err := s.Plan(cmd.Context(), true, -1, 1)
	if err != nil {
		return err
	}
	return c.printSQL(plan, false)
}

func (c *cli) printSQL(plan []postgres.Migration, down bool) error {
	for _, m := range plan {
		text, err := postgres.SQL(m, down)
		if err != nil {
			return err
		}
		printf(c.out, "-- %s\n%s\n", m.File, text)
	}
	return nil
}
