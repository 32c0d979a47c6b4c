package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/riverqueue/river/rivermigrate"
)

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

// migrateRiver brings the queue's schema all the way up or down.
func (s *Schema) migrateRiver(ctx context.Context, direction rivermigrate.Direction) ([]Migration, error) {
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
