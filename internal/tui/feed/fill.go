package feed

import (
	"context"
	"net/http"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// Fill fetches the details of orders that the board lacks, one at a time, until ctx ends.
func (f *Follower) Fill(ctx context.Context, wanted <-chan domain.ID) error {
	asked := map[domain.ID]time.Time{}
	for {
		var id domain.ID
		select {
		case <-ctx.Done():
			return nil
		case id = <-wanted:
		}
		now := f.o.Now()
		if now.Sub(asked[id]) < f.o.Pace.Silence {
			continue
		}
		if len(asked) >= pageSize {
			clear(asked)
		}
		asked[id] = now
		o, err := ask(ctx, f, func(ctx context.Context) (dto.Order, error) { return f.o.API.Order(ctx, id) })
		switch {
		case err == nil:
			f.tell(ctx, board.Detail{Order: Order(o)})
		case client.IsStatus(err, http.StatusNotFound):
			f.tell(ctx, board.Gone{ID: id})
		}
	}
}
