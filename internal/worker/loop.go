package worker

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/zoop-dev/zoop/internal/logkey"
)

// Loop does a piece of work again and again. Any number of instances may run the same one: what must not happen twice is
// kept from it by row locks, inside Do.
type Loop struct {
	Name  string
	Every time.Duration
	// Do makes one round, in bounded time, and says whether there is more to do at once.
	Do func(ctx context.Context) (more bool, err error)
	// Within bounds a round; 0: ten seconds.
	Within time.Duration
}

const (
	roundTimeout = 10 * time.Second
	maxPause     = 5 * time.Second
)

// Run loops until ctx ends and returns nil. A round that fails is logged and tried again, after a pause that grows to 5 s.
func (l Loop) Run(ctx context.Context, log *slog.Logger) error {
	pause := l.Every
	for {
		more, err := l.round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			pause = min(max(2*pause, 100*time.Millisecond), max(maxPause, l.Every))
			log.WarnContext(ctx, "round failed", logkey.Task, l.Name, logkey.Error, err.Error())
		case more:
			continue
		default:
			pause = l.Every
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func (l Loop) round(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(l.Within, roundTimeout))
	defer cancel()
	return l.Do(ctx)
}
