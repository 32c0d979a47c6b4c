package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// OwnersLike lists the e-mail addresses, like a pattern of LIKE, of those who own an approved vendor; at most so many.
func (db *DB) OwnersLike(ctx context.Context, pattern string, most int32) ([]string, error) {
	emails, err := db.q().OwnersLike(ctx, query.OwnersLikeParams{Pattern: pattern, Most: most})
	if err != nil {
		return nil, fmt.Errorf("list owners: %w", classify(err))
	}
	return emails, nil
}
