package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
)

// MostAlerts bounds how many alerts one list reads.
const MostAlerts = 1000

// Alerts are those of the settings' API, for staff. Errors of its methods: *client.Problem.
type Alerts struct{ *client.Client }

// OpenAlerts makes it. Errors: those of staffClient.
func OpenAlerts(c *config.Config, dataDir string) (*Alerts, error) {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	return &Alerts{api}, err
}

// List reads up to most alerts (1 to MostAlerts), newest first, from a cursor on, or "" for the beginning. The list's NextCursor tells where the
// next begin.
func (s *Alerts) List(ctx context.Context, f client.AlertFilter, most int, cursor string) (dto.AlertList, error) {
	all, next, err := upTo(most, cursor, func(p client.Page) ([]dto.Alert, *string, error) {
		list, err := s.Alerts(ctx, f, p)
		return list.Data, list.NextCursor, err
	})
	return dto.AlertList{Data: all, NextCursor: next}, err
}
