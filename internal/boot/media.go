package boot

import (
	"context"
	"path/filepath"

	"github.com/zoop-dev/zoop/internal/app/pictures"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/local"
	"github.com/zoop-dev/zoop/internal/media"
)

// mediaDir is where pictures are kept in a data directory.
const mediaDir = "media"

// openPictures opens what the roles api and worker keep pictures in; the others have no use for it.
func (a *App) openPictures(ctx context.Context) error {
	if !a.plays("api") && !a.plays("worker") {
		return nil
	}
	store, err := newStore(ctx, a.config)
	if err != nil {
		return err
	}
	a.pictures = pictures.New(a.db, store)
	return nil
}

// newStore chooses where pictures are kept: a bucket, a directory, or the one that a data directory would have.
// It returns Invalid for one that cannot be used, and Unavailable for one that does not answer.
func newStore(ctx context.Context, c *config.Config) (media.Store, error) {
	switch {
	case c.MediaS3URL != "":
		return media.OpenS3(ctx, c.MediaS3URL)
	case c.MediaDir != "":
		return media.OpenDirectory(c.MediaDir)
	}
	return media.OpenDirectory(filepath.Join(local.DefaultDataDir(), mediaDir))
}
