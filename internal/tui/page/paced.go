package page

import (
	"time"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// The paces at which the API is asked.
const (
	askSettled = 300 * time.Millisecond // between the details of one row and another
	askSoon    = 2 * time.Second        // after something has changed, and again
	askFailed  = 5 * time.Second        // after a question that failed
	askSlow    = 10 * time.Second       // in any case
)

// paced is something that is read from the API again and again, at a bounded rate.
type paced struct {
	at      time.Time // when it was last answered; zero: never
	stale   bool      // something has changed since
	problem string    // why the last question got no answer; clean
}

func (p *paced) due(now time.Time, every time.Duration) bool {
	since := now.Sub(p.at)
	switch {
	case p.at.IsZero():
		return true
	case p.problem != "":
		return since >= askFailed
	case p.stale:
		return since >= askSoon
	}
	return since >= every
}

// answered notes what became of a question; a problem leaves what was known.
func (p *paced) answered(now time.Time, err error) bool {
	p.at, p.stale, p.problem = now, false, ""
	if err != nil {
		p.problem = sanitize.Line(err.Error())
	}
	return err == nil
}

// The bounds of a list that is read from the API.
const (
	pageSize = 100
	mostRows = 500
)

// pages reads a list page by page, up to most rows, and says whether there are more.
func pages[T any](most int, read func(client.Page) ([]T, *string, error)) (all []T, more bool, err error) {
	for p := (client.Page{Limit: pageSize}); len(all) < most; {
		rows, next, err := read(p)
		if err != nil {
			return nil, false, err
		}
		if all = append(all, rows...); next == nil {
			return all, false, nil
		}
		p.Cursor = *next
	}
	return all, true, nil
}
