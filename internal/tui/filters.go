package tui

import (
	"maps"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/tui/filter"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/settings"
	"github.com/zoop-dev/zoop/internal/tui/widget"
)

// completion is what a filter being typed may become; the key for it goes from one to the next.
type completion struct {
	texts []string
	at    int
}

// complete puts the next completion into the line, and says whether there was one.
func (m *model) complete() bool {
	if m.offered.texts == nil {
		m.offered = completion{texts: m.view().(page.Filtered).Complete(m.input.Text()), at: -1}
	}
	if len(m.offered.texts) == 0 {
		m.offered = completion{}
		return false
	}
	m.offered.at = (m.offered.at + 1) % len(m.offered.texts)
	m.input = widget.NewInput(m.offered.texts[m.offered.at])
	if len(m.offered.texts) == 1 {
		m.offered = completion{} // the next one goes on from here
	}
	return true
}

// line shows what else it may become.
func (c completion) line() string {
	var words []string
	for i := range min(len(c.texts), 6) {
		text := c.texts[(c.at+i)%len(c.texts)]
		words = append(words, text[filter.LastWord(text):])
	}
	if len(c.texts) > len(words) {
		words = append(words, "…")
	}
	return strings.Join(words, "  ")
}

// filtersMsg are the saved filters, once more when one was saved.
type filtersMsg struct {
	filters map[string]string
	say     string
	err     error
}

func (m *model) readFilters() tea.Cmd {
	if m.o.Settings == "" {
		return nil
	}
	return func() tea.Msg {
		filters, err := m.o.Settings.Filters()
		return filtersMsg{filters: filters, err: err}
	}
}

func (m *model) onFilters(msg filtersMsg) {
	if msg.err != nil {
		m.fail("saved filters: " + msg.err.Error())
		return
	}
	if m.filters = msg.filters; msg.say != "" {
		m.say(msg.say)
	}
}

// save keeps the filter that holds under a name; text is "" to forget it.
func (m *model) save(name, text, say string) tea.Cmd {
	return func() tea.Msg {
		if err := m.o.Settings.SaveFilter(name, text); err != nil {
			return filtersMsg{err: err}
		}
		filters, err := m.o.Settings.Filters()
		return filtersMsg{filters: filters, say: say, err: err}
	}
}

// filterCommands are the palette's lines for filters: those that were saved, and to save and to forget one.
func (m *model) filterCommands(typed string) []command {
	var out []command
	for _, name := range slices.Sorted(maps.Keys(m.filters)) {
		text := m.filters[name]
		out = append(out, command{name, "filter " + text, func(m *model) tea.Cmd { return m.recall(text) }})
	}
	verb, name, _ := strings.Cut(typed, " ")
	name = strings.TrimSpace(name)
	if v, ok := m.view().(page.Filtered); ok && m.o.Settings != "" && v.Filter() != "" {
		does := "NAME: keep the filter " + v.Filter()
		if verb != "save" || name == "" {
			out = append(out, command{"save ", does, func(m *model) tea.Cmd {
				m.over = &palette{input: widget.NewInput("save ")}
				return nil
			}})
		} else {
			out = append(out, command{"save " + name, does, func(m *model) tea.Cmd {
				return m.save(name, m.savedAs(v), "saved as "+name)
			}})
		}
	}
	if _, ok := m.filters[name]; ok && verb == "forget" {
		out = append(out, command{"forget " + name, "a saved filter", func(m *model) tea.Cmd { return m.save(name, "", "forgot "+name) }})
	}
	return out
}

// savedAs is a view's filter as it is saved: after the name of its view, unless that is the board.
func (m *model) savedAs(v page.Filtered) string {
	if v.Place() == 1 {
		return v.Filter()
	}
	return settings.OfView + strings.ToLower(v.Name()) + " " + v.Filter()
}

// recall shows the rows of a saved filter, in its view.
func (m *model) recall(text string) tea.Cmd {
	to := 0
	if of, rest, named := strings.Cut(strings.TrimPrefix(text, settings.OfView), " "); named && strings.HasPrefix(text, settings.OfView) {
		to, text = slices.Index(m.viewNames(), of), rest
	}
	v, ok := m.views[max(0, to)].(page.Filtered)
	if to < 0 || !ok {
		m.fail("no view has this filter: " + text)
		return nil
	}
	if err := v.SetFilter(text, m.o.Now()); err != nil {
		m.fail(err.Error())
		return nil
	}
	return m.turn(to)
}
