// Package pictures keeps what people upload to show, gives it to whoever looks, and throws it away when nobody shows it any
// more.
//
// Invariants:
//   - A picture's row is there before its files are, and stays until they are gone; so no file is without a row.
//   - Files are deleted under a lease during which nobody can begin to show the picture, and long after anybody has.
package pictures

import (
	"context"
	"io"
	"time"

	"github.com/zoop-dev/zoop/internal/media"
	"github.com/zoop-dev/zoop/internal/postgres"
)

const (
	// Grace is for how long a picture that nobody shows is kept: pages in caches may name it, and its upload may still be
	// under way.
	Grace = 24 * time.Hour
	// lease bounds the deletion of a batch; a round of the collector ends well before.
	lease = time.Minute
	batch = 100
)

// Service keeps pictures.
type Service struct {
	db        *postgres.DB
	store     media.Store
	processor *media.Processor
}

// New makes the service; one a process, because it counts the memory that uploads take.
func New(db *postgres.DB, store media.Store) *Service {
	return &Service{db, store, media.NewProcessor()}
}

// Keep makes a picture of an uploaded file, stores it, and gives the key under which somebody may now begin to show it.
// It returns Invalid for what is no picture within the bounds, and Unavailable.
func (s *Service) Keep(ctx context.Context, upload []byte) (string, error) {
	p, err := s.processor.Process(ctx, upload)
	if err != nil {
		return "", err
	}
	if err := s.db.RegisterPicture(ctx, p.Key, p.Bytes()); err != nil {
		return "", err
	}
	for i, side := range media.Sides {
		if err := s.store.Put(ctx, media.Name(p.Key, side), p.Files[i]); err != nil {
			return "", err
		}
	}
	return p.Key, nil
}

// Redraw makes a picture of an uploaded file as Keep does, and gives its largest file instead of keeping it.
func (s *Service) Redraw(ctx context.Context, upload []byte) ([]byte, error) {
	p, err := s.processor.Process(ctx, upload)
	return p.Files[len(p.Files)-1], err
}

// Open gives a file of a picture and its size in bytes: NotFound, or Unavailable.
func (s *Service) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	return s.store.Open(ctx, name)
}

// Collect throws away some of the pictures that nobody has shown for as long as Grace, and says whether there may be more.
// What fails in between is done again when the lease has ended. Any number of instances may collect at once.
func (s *Service) Collect(ctx context.Context) (more bool, err error) {
	doom, more, err := s.db.DoomPictures(ctx, Grace, lease, batch)
	if err != nil {
		return false, err
	}
	for _, key := range doom.Keys {
		for _, side := range media.Sides {
			if err := s.store.Delete(ctx, media.Name(key, side)); err != nil {
				return false, err
			}
		}
	}
	return more, s.db.ForgetPictures(ctx, doom)
}
