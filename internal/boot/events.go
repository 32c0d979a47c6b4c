package boot

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/filter"
)

// Events says which of the published events to write.
type Events struct {
	Filter string // as filter.ParseEvents reads it
	Since  string // a place, a time or how long ago; "" is now, of a replay the first that is kept
	Replay bool   // end with the event that is the last when it begins
}

// Run writes lines for events by the way of the console: the stream, and the API for what it lacks.
// Errors: Invalid for a filter or a beginning that cannot be read, NotFound for an order's number that there is not; those of Console.
func (e Events) Run(ctx context.Context, c *config.Config, dataDir string, o tui.Options) error {
	f, err := filter.ParseEvents(e.Filter)
	if err != nil {
		return domain.Invalidf("filter", "syntax", "%v", err)
	}
	since, err := parseSince(e.Since, time.Now())
	if err != nil {
		return err
	}
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	if err != nil {
		return err
	}
	if o.Match, err = matching(ctx, api, f); err != nil {
		return err
	}
	if o.From, err = since.place(ctx, api); err != nil {
		return err
	}
	if err := begins(ctx, api, "since", o.From); err != nil {
		return err
	}
	if e.Replay {
		page, err := api.Events(ctx, 0, 1)
		if err != nil {
			return err
		}
		if o.Until = page.Last; page.Last == 0 {
			return nil
		}
		if o.From == nil {
			o.From = before(page)
		}
	}
	return console(ctx, c, api, o)
}

// matching is a filter that knows the orders that it names, although they were placed before the first event that is read.
func matching(ctx context.Context, api *client.Client, f filter.Events) (func(board.Entry) bool, error) {
	numbers := map[domain.ID]string{}
	for _, n := range f.Numbers() {
		found, err := api.Orders(ctx, client.OrderFilter{Number: order.ParseNumber(n)}, client.Page{Limit: 1})
		switch {
		case err != nil:
			return nil, fmt.Errorf("find order %s: %w", n, err)
		case len(found.Data) == 0:
			return nil, domain.Errorf(domain.NotFound, string(domain.NotFound), "no order has the number %s", n)
		}
		numbers[found.Data[0].ID] = n
	}
	return func(e board.Entry) bool {
		if n := numbers[e.Event.SubjectID]; n != "" {
			e.Number = n
		}
		return f.Match(e)
	}, nil
}

// since is where events begin: after a place, or at a time.
type since struct {
	seq *int64
	at  time.Time
}

func parseSince(text string, now time.Time) (since, error) {
	if text == "" {
		return since{}, nil
	}
	if seq, err := strconv.ParseInt(text, 10, 64); err == nil && seq >= 0 {
		return since{seq: &seq}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return since{at: now.Add(-ago)}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		if at.After(now) {
			return since{}, domain.Invalidf("since", "future", "%s lies ahead: it is %s", text, now.UTC().Format(time.RFC3339))
		}
		return since{at: at}, nil
	}
	return since{}, domain.Invalidf("since", "format", "must be the seq of an event, a time such as 2026-01-02T15:04:05Z, or how long ago, such as 10m")
}

// place finds the event after which those of a time begin. There are at most some fifty questions: events are in the order of their
// commits, near enough.
func (s since) place(ctx context.Context, api *client.Client) (*int64, error) {
	if s.seq != nil || s.at.IsZero() {
		return s.seq, nil
	}
	page, err := api.Events(ctx, 0, 1)
	if err != nil {
		return nil, fmt.Errorf("find the time: %w", err)
	}
	low, high := *before(page), page.Last
	for low < high {
		middle := low + (high-low)/2
		page, err := api.Events(ctx, middle, 1)
		switch {
		case err != nil:
			return nil, fmt.Errorf("find the time: %w", err)
		case len(page.Data) == 0 || !page.Data[0].At.Before(s.at):
			high = middle
		default:
			low = middle + 1
		}
	}
	return &low, nil
}

// before is the place before a page's first event, or the last of all when there is none.
func before(page dto.EventPage) *int64 {
	if len(page.Data) == 0 || page.Data[0].Seq == nil {
		return &page.Last
	}
	at := *page.Data[0].Seq - 1
	return &at
}
