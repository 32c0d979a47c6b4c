package page

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/filter"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// sideBySide is the width from which a list and the details of its selection stand next to each other.
const sideBySide = 140

// entry is a row of a roster: a value that is replaced, never changed.
type entry interface {
	comparable
	id() domain.ID
}

// keepColumns is how many of a roster's columns never go.
const keepColumns = 3

// roster is a list of those who work, the worst first, and the details of one of them with their orders. As on the board, scrolling pauses it.
type roster[T entry] struct {
	selection[T]
	theme    theme.Theme
	keys     keymap.Map
	zone     *time.Location
	grid     widget.Grid[T]
	columns  []widget.Column[T]
	language filter.Language[T]
	whose    func(o *board.Order) domain.ID // the row that an order is of

	width, height int
	batch         board.Batch
	dirty         bool // the rows are older than the batch, or than the second
	freshAt       time.Time
	read          []T // as the API told
	all           []T
	matching      int // of all
	filter        filter.Rows[T]
	sought        T // whom the operator was led to, and who may be in no list; the zero value: nobody

	inside bool               // keys go to the details
	order  domain.ID          // the order that is selected there; Nil: the first
	scroll int                // of the details, where there are no orders
	cut    bool               // there are more than were read
	missed map[domain.ID]bool // who are on the board and were not in the list: the API is asked once for each
	list   paced
	detail paced
	of     domain.ID // whom the details that were read are of
}

func newRoster[T entry](t theme.Theme, keys keymap.Map, zone *time.Location, language filter.Language[T], whose func(o *board.Order) domain.ID) roster[T] {
	return roster[T]{selection: newSelection(T.id, true), theme: t, keys: keys, zone: zone, language: language, whose: whose}
}

// Resize implements View.
func (p *roster[T]) Resize(width, height int) {
	p.width, p.height = width, max(2, height)
	p.grid = widget.NewGrid(p.theme, p.listWidth(), keepColumns, p.columns)
	p.fit(p.height - 1)
}

func (p *roster[T]) wide() bool { return p.width >= sideBySide }

// listWidth is the list's part of the screen.
func (p *roster[T]) listWidth() int {
	if p.wide() {
		return min(max(80, p.width*50/100), 118)
	}
	return p.width
}

// Take implements View. What it means for the rows is found out when they are looked at.
func (p *roster[T]) Take(b board.Batch, _ time.Time) { p.batch, p.dirty = b, true }

// Pass implements View.
func (p *roster[T]) Pass(time.Time) { p.dirty = true }

// A crowd of orders is counted no more often than so.
const (
	crowd      = 2000
	crowdEvery = 200 * time.Millisecond
)

// counts says whether the rows have to be counted anew, and notes that they are.
func (p *roster[T]) counts(now time.Time) bool {
	if !p.dirty || len(p.batch.Orders) > crowd && now.Sub(p.freshAt) < crowdEvery {
		return false
	}
	p.dirty, p.freshAt = false, now
	return true
}

// maxMissed bounds those who are remembered to be missing.
const maxMissed = 10_000

// miss notes that somebody has work whom the list does not have, which it then may.
func (p *roster[T]) miss(id domain.ID) {
	if p.missed[id] {
		return
	}
	if p.missed == nil || len(p.missed) >= maxMissed {
		p.missed = map[domain.ID]bool{}
	}
	p.missed[id], p.list.stale = true, true
}

// arrange shows other rows, all of them sorted. While the reader scrolls they only replace those that are shown.
func (p *roster[T]) arrange(all []T, now time.Time) {
	if !p.sought.id().IsNil() && !slices.ContainsFunc(all, func(row T) bool { return row.id() == p.sought.id() }) {
		all = append(all, p.sought)
	}
	p.all = all
	p.keepMarks(all)
	fits := all
	if !p.filter.Empty() {
		fits = nil
		for _, row := range all {
			if p.filter.Match(row, now) {
				fits = append(fits, row)
			}
		}
	}
	p.matching = len(fits)
	if p.paused {
		p.replace()
		return
	}
	p.show(fits)
}

// replace puts what is newer into the rows that keep their places.
func (p *roster[T]) replace() {
	newer := make(map[domain.ID]T, len(p.all))
	for _, row := range p.all {
		newer[row.id()] = row
	}
	for i, row := range p.rows {
		now, ok := newer[row.id()]
		if ok && now != row {
			p.rows[i] = now
		}
		if !ok || now != row {
			p.changed[row.id()] = struct{}{}
		}
	}
}

// lead puts the selection on one of the rows, with its details, whatever the filter was. Who is in no list is shown as they are known.
func (p *roster[T]) lead(to T) {
	p.filter, p.sought = filter.Rows[T]{}, to
	p.pinned, p.inside, p.order, p.scroll = to.id(), true, domain.Nil, 0
	p.list.stale = true
	p.resume()
}

func (p *roster[T]) resume() {
	p.release()
	p.dirty, p.freshAt = true, time.Time{} // at once
}

// Filter implements Filtered.
func (p *roster[T]) Filter() string { return p.filter.String() }

// SetFilter implements Filtered.
func (p *roster[T]) SetFilter(text string, _ time.Time) error {
	f, err := p.language.Parse(text)
	if err != nil {
		return err
	}
	var nobody T
	p.filter, p.inside, p.sought = f, false, nobody
	p.list.stale = true // there may be others who are asked for
	p.resume()
	return nil
}

// Complete implements Filtered.
func (p *roster[T]) Complete(text string) []string { return p.language.Complete(text, p.all) }

// Inside says whether keys go to the details.
func (p *roster[T]) Inside() bool { return p.inside }

// note is what Note says.
func (p *roster[T]) note() (left, right string) {
	if !p.filter.Empty() {
		left = "/" + p.filter.String()
	}
	right = fmt.Sprintf("%d/%d", p.matching, len(p.all))
	if p.cut {
		right += "+"
	}
	return left, right
}

// key is what Key does.
func (p *roster[T]) key(k tea.KeyMsg) bool {
	if key.Matches(k, p.keys.Reload) {
		p.list.stale, p.detail.stale = true, true
		return true
	}
	if p.inside {
		return p.insideKey(k, p.orders())
	}
	switch {
	case p.steer(k, p.keys):
		p.order, p.scroll = domain.Nil, 0
	case key.Matches(k, p.keys.Resume):
		var nobody T
		p.pinned, p.sought = domain.Nil, nobody
		p.resume()
	case key.Matches(k, p.keys.Open):
		if _, ok := p.selected(); ok {
			p.pin()
			p.inside = true
		}
	case key.Matches(k, p.keys.Back) && p.paused:
		p.resume()
	case key.Matches(k, p.keys.Back) && !p.filter.Empty():
		p.filter, p.list.stale = filter.Rows[T]{}, true
		p.resume()
	default:
		return false
	}
	return true
}

func (p *roster[T]) insideKey(k tea.KeyMsg, orders []*board.Order) bool {
	step := 0
	switch {
	case key.Matches(k, p.keys.Back):
		p.inside = false
	case key.Matches(k, p.keys.Up):
		step = -1
	case key.Matches(k, p.keys.Down):
		step = 1
	case key.Matches(k, p.keys.PageUp):
		step = 1 - p.height
	case key.Matches(k, p.keys.PageDown):
		step = p.height - 1
	case key.Matches(k, p.keys.Top), key.Matches(k, p.keys.Resume):
		step = -1 << 20
	case key.Matches(k, p.keys.Bottom):
		step = 1 << 20
	default:
		return false
	}
	if len(orders) == 0 {
		p.scroll = max(0, p.scroll+step)
		return true
	}
	at := max(0, min(p.orderAt(orders)+step, len(orders)-1))
	p.order = orders[at].ID
	return true
}

// orders are those of the selection that have not ended, worst first.
func (p *roster[T]) orders() (out []*board.Order) {
	row, ok := p.selected()
	if !ok {
		return nil
	}
	for _, o := range p.batch.Orders {
		if o.State.Live() && p.whose(o) == row.id() {
			out = append(out, o)
		}
	}
	return out
}

// orderAt is the place of the selected order among those of the selection.
func (p *roster[T]) orderAt(orders []*board.Order) int {
	return max(0, slices.IndexFunc(orders, func(o *board.Order) bool { return o.ID == p.order }))
}

func (p *roster[T]) text(s string) string {
	if p.theme.ASCII {
		return sanitize.ASCII(s)
	}
	return s
}

func (p *roster[T]) clock(at time.Time) string { return at.In(p.zone).Format("15:04") }

// joined puts what there is to say into a line.
func (p *roster[T]) joined(words ...string) string {
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	return strings.Join(words, " "+p.theme.Signs.Dot+" ")
}
