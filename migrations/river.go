package migrations

import (
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"
)

// River is what migrates the job queue's schema. That comes with the queue's library and has a history of its own, which
// follows ours: it is applied once ours is current, and goes with the last of ours.
type River = rivermigrate.Migrator[*sql.Tx]

// NewRiver prepares the queue's migrations of a database; nothing is read yet.
func NewRiver(db *sql.DB) (*River, error) {
	m, err := rivermigrate.New(riverdatabasesql.New(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("read river's migrations: %w", err)
	}
	return m, nil
}
