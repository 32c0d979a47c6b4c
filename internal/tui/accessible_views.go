package tui

import (
	"context"
	"fmt"
	"strings"

	"github.com/zoop-dev/zoop/internal/tui/page"
)

// told is a view that can be listened to.
type told interface {
	page.Asking
	Sentences(most int) []string
}

// roster says what a view of vendors, couriers or streams shows, read now, as far as a filter lets it through.
func (t *talk) roster(ctx context.Context, name, filter string) {
	view, ok := t.view(name)
	if !ok || t.o.Desk == nil {
		t.say("There is nothing to tell of " + name + ".")
		return
	}
	now := t.o.Now()
	view.Take(t.batch, now)
	if f, ok := view.(page.Filtered); ok {
		if err := f.SetFilter(filter, now); err != nil {
			t.say("Not understood: " + err.Error() + ".")
			return
		}
	}
	question := view.Ask(now)
	answer, err := within(ctx, func(ctx context.Context) (any, error) { return question(ctx, t.o.Desk) })
	if err != nil {
		t.say(name + ": " + t.o.problem(err) + ".")
		return
	}
	view.Told(answer, nil, now)
	if couriers, ok := view.(*page.Couriers); ok {
		defer func() { t.roll = couriers.Rows() }()
	}
	_, counts := view.Note(now)
	for i, line := range view.Sentences(maxSaid) {
		t.say(fmt.Sprintf("%d. %s.", i+1, line))
	}
	if _, ok := view.(page.Filtered); ok {
		t.say(strings.Replace(counts, "/", " of ", 1) + " " + name + ".")
	}
}

// maxSaid bounds the rows that are said at once.
const maxSaid = 10

func (t *talk) view(name string) (told, bool) {
	for _, v := range views(t.theme, t.o.Keys, t.o.Zone) {
		if asked, ok := v.(told); ok && viewName(v) == name {
			return asked, true
		}
	}
	return nil, false
}
