package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river/rivermigrate"
)

// riverLock is the advisory lock of whoever migrates the job queue's schema: goose holds its own for our history alone.
const riverLock = 7264891530118

// unlockTime bounds how long giving a lock back may take after the caller has gone.
const unlockTime = 5 * time.Second

// riverPlan lists what Up or Down would do to the queue's schema, all of it.
func (s *Schema) riverPlan(ctx context.Context, direction rivermigrate.Direction) ([]Migration, error) {
	result, err := s.river.Migrate(ctx, direction, riverOpts(direction, true))
	if err != nil {
		return nil, fmt.Errorf("plan river's migrations: %w", classify(err))
	}
	return fromRiver(result), nil
}

// riverStatus lists the queue's migrations, oldest first.
func (s *Schema) riverStatus(ctx context.Context) ([]Migration, error) {
	pending, err := s.riverPlan(ctx, rivermigrate.DirectionUp)
	if err != nil {
		return nil, err
	}
	var out []Migration
	for _, m := range s.river.AllVersions() {
		name := riverFile(m.Version, m.Name)
		waits := slices.ContainsFunc(pending, func(p Migration) bool { return p.File == name })
		out = append(out, Migration{File: name, applied: !waits})
	}
	return out, nil
}

// migrateRiver brings the queue's schema all the way up or down. Several at once take turns.
func (s *Schema) migrateRiver(ctx context.Context, direction rivermigrate.Direction) ([]Migration, error) {
	if plan, err := s.riverPlan(ctx, direction); err != nil || len(plan) == 0 {
		return nil, err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock river's migrations: %w", classify(err))
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", riverLock); err != nil {
		return nil, fmt.Errorf("lock river's migrations: %w", classify(err))
	}
	defer func() {
		undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTime)
		defer cancel()
		_, _ = conn.ExecContext(undo, "SELECT pg_advisory_unlock($1)", riverLock) // goes with the connection otherwise
	}()
	result, err := s.river.Migrate(ctx, direction, riverOpts(direction, false))
	if err != nil {
		return nil, fmt.Errorf("migrate river: %w", classify(err))
	}
	return fromRiver(result), nil
}

func riverOpts(direction rivermigrate.Direction, dry bool) *rivermigrate.MigrateOpts {
	o := &rivermigrate.MigrateOpts{DryRun: dry}
	if direction == rivermigrate.DirectionDown {
		o.TargetVersion = -1 // all of it
	}
	return o
}

func fromRiver(r *rivermigrate.MigrateResult) []Migration {
	var out []Migration
	for _, v := range r.Versions {
		out = append(out, Migration{
			File: riverFile(v.Version, v.Name), Took: v.Duration, Down: r.Direction == rivermigrate.DirectionDown, text: v.SQL,
		})
	}
	return out
}

func riverFile(version int, name string) string { return fmt.Sprintf("river/%03d %s", version, name) }
