package page

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// view draws the list, or the details, or both beside each other. about are the lines of the details, clean and whole.
func (p *roster[T]) view(now time.Time, empty string, about []string) []string {
	switch {
	case p.wide():
		right := p.width - p.listWidth() - 3
		left, details := p.drawList(now, empty), p.drawDetails(now, right, about)
		bar := p.theme.Muted
		if p.inside {
			bar = p.theme.Accent
		}
		for i := range left {
			left[i] += " " + bar.Paint(p.theme.Signs.Bar) + " " + details[i]
		}
		return left
	case p.inside:
		return p.drawDetails(now, p.width, about)
	}
	return p.drawList(now, empty)
}

func (p *roster[T]) drawList(now time.Time, empty string) []string {
	width := p.listWidth()
	out := []string{p.grid.Head()}
	from, end := p.inSight()
	for i := from; i < end; i++ {
		out = append(out, p.grid.Row(p.rows[i], now, i == p.cursor, p.marks.has(p.rows[i].id())))
	}
	if len(p.rows) == 0 {
		switch {
		case !p.filter.Empty() && len(p.all) > 0:
			empty = "nobody meets the filter"
		case p.list.problem != "":
			empty = p.list.problem
		case p.list.at.IsZero() && p.batch.Epoch == "":
			empty = "waiting for the marketplace"
		}
		out = append(out, widget.Spread(width, p.theme.Signs.Cut, []widget.Piece{{Text: " " + p.text(empty), Style: p.theme.Muted}}, nil))
	}
	return exactly(out, width, p.height)
}

func (p *roster[T]) drawDetails(now time.Time, width int, about []string) []string {
	var out []string
	if p.detail.problem != "" && len(about) > 0 {
		about = append(slices.Clone(about), "not all could be read: "+p.detail.problem)
	}
	for i, line := range about {
		for _, part := range widget.Wrap(p.text(line), max(8, width-2)) {
			if i == 0 {
				part = p.theme.Title.Paint(part)
			}
			out = append(out, " "+part)
		}
	}
	if len(about) == 0 {
		out = append(out, " "+p.theme.Muted.Paint("nobody is selected"))
	}
	focus := min(p.scroll, max(0, len(out)-p.height)) // the line that has to be in sight
	p.scroll = focus
	if orders := p.orders(); len(orders) > 0 {
		table := widget.NewTable(p.theme, width)
		out = append(out, "", table.Head())
		at := p.orderAt(orders)
		focus = 0
		if p.inside && at > 0 {
			focus = max(0, len(out)+at+1-p.height)
		}
		for i, o := range orders {
			out = append(out, table.Row(o, now, p.inside && i == at, false))
		}
	}
	return exactly(out[focus:], width, p.height)
}
