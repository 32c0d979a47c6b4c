package worker

import (
	"context"
	"log/slog"

	"github.com/zoop-dev/zoop/internal/app/notify"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Letters sends what use cases posted, until ctx ends.
func Letters(db *postgres.DB, n *notify.Notifier, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error { return db.WorkLetters(ctx, n.Deliver, log) }
}
