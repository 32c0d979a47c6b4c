package feed

import (
	"context"
	"net/http"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// Fill fetches what the board lacks, one thing at a time, until ctx ends.
func (f *Follower) Fill(ctx context.Context, wanted <-chan board.Want) error {
	asked := map[domain.ID]time.Time{}
	for {
		var w board.Want
		select {
		case <-ctx.Done():
			return nil
		case w = <-wanted:
		}
		now := f.o.Now()
		if now.Sub(asked[w.ID]) < f.o.Pace.Silence {
			continue
		}
		if len(asked) >= pageSize {
			clear(asked)
		}
		asked[w.ID] = now
		if w.Subject == domain.SubjectAlert {
			f.fillName(ctx, w.ID)
		} else {
			f.fillOrder(ctx, w.ID)
		}
	}
}

func (f *Follower) fillOrder(ctx context.Context, id domain.ID) {
	o, err := ask(ctx, f, func(ctx context.Context) (dto.Order, error) { return f.o.API.Order(ctx, id) })
	switch {
	case err == nil:
		f.tell(ctx, board.Detail{Order: Order(o)})
	case client.IsStatus(err, http.StatusNotFound):
		f.tell(ctx, board.Gone{ID: id})
	}
}

// fillName tells what whoever looks after an alert is called: the stream has their ID alone.
func (f *Follower) fillName(ctx context.Context, id domain.ID) {
	a, err := ask(ctx, f, func(ctx context.Context) (dto.Alert, error) { return f.o.API.Alert(ctx, id) })
	if err == nil && a.AcknowledgedBy != nil {
		f.tell(ctx, board.Name{ID: a.AcknowledgedBy.ID, Name: sanitize.Line(a.AcknowledgedBy.Name)})
	}
}
