// Package keymap is the one list of the console's keys. Help is made from it, so that none is ever undocumented, and two
// that collide are refused.
package keymap

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"
)

// Map is every key of the console.
type Map struct {
	Up, Down, PageUp, PageDown, Top, Bottom, Resume, Filter, Mark                                   key.Binding
	Open, Back, Reload, Raw, Copy, Command                                                          key.Binding
	Cancel, Refund, Restore, Assign, TakeAway, Rescue, Lose, Pause, SoldOut, Suspend, Note, Actions key.Binding
	Acknowledge, Snooze, Snoozed                                                                    key.Binding
	Views                                                                                           [5]key.Binding
	Palette, Messages, Help, Quit                                                                   key.Binding
	Apply, Discard, Complete, Before, After                                                         key.Binding // while something is typed or chosen
}

// Default is the keys as they are shipped.
func Default() Map {
	m := Map{
		Up:       bind("↑/k", "up (pauses the board)", "up", "k"),
		Down:     bind("↓/j", "down (pauses the board)", "down", "j"),
		PageUp:   bind("pgup", "a page up", "pgup", "ctrl+b", "ctrl+u"),
		PageDown: bind("pgdn", "a page down", "pgdown", "ctrl+f", "ctrl+d"),
		Top:      bind("g", "first row", "home", "g"),
		Bottom:   bind("end", "last row", "end"),
		Resume:   bind("G", "resume, worst first", "G"),
		Filter:   bind("/", "filter", "/"),
		Mark:     bind("space", "mark the row, or unmark it", " "),

		Open:    bind("enter", "open what is selected", "enter"),
		Back:    bind("esc", "back, no marks, no filter", "esc", "left", "h"),
		Reload:  bind("R", "read it again", "R", "ctrl+r"),
		Raw:     bind("J", "the order as the API tells it", "J"),
		Copy:    bind("y", "copy the ID, or all marked", "y"),
		Command: bind("Y", "copy the command line for it", "Y"),

		Actions:  bind("x", "choose what to do", "x"),
		Cancel:   bind("c", "cancel the order", "c"),
		Refund:   bind("r", "refund", "r"),
		Restore:  bind("u", "undo a cancel", "u"),
		Assign:   bind("a", "assign a courier", "a"),
		TakeAway: bind("t", "take it from its courier", "t"),
		Rescue:   bind("e", "rescue food that was fetched", "e"),
		Lose:     bind("L", "give up on food that was fetched", "L"),
		Pause:    bind("p", "pause or resume the vendor", "p"),
		SoldOut:  bind("8", "a dish is sold out, or back", "8"),
		Suspend:  bind("S", "suspend the courier, or let them work", "S"),
		Note:     bind("n", "write a note", "n"),

		Acknowledge: bind("A", "look after the alert, or not any more", "A"),
		Snooze:      bind("z", "snooze the alert, or wake it", "z"),
		Snoozed:     bind("s", "show alerts that are snoozed, or hide them", "s"),

		Palette:  bind(":", "go to an order, a view, a command", ":"),
		Messages: bind("M", "errors of this session", "M"),
		Help:     bind("?", "help", "?"),
		Quit:     bind("q", "quit", "q"),

		Apply:    bind("enter", "apply, go on", "enter"),
		Discard:  bind("esc", "leave it as it was", "esc"),
		Complete: bind("tab", "complete", "tab"),
		Before:   bind("↑", "the choice above", "up", "shift+tab"),
		After:    bind("↓", "the choice below", "down"),
	}
	for i, name := range viewNames {
		n := string(rune('1' + i))
		m.Views[i] = bind(n, name, n)
	}
	return m
}

var viewNames = [5]string{"orders", "alerts", "vendors", "couriers", "streams"}

func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// entry is a key with the name by which a settings file means it.
type entry struct {
	name string
	key  *key.Binding
}

// group is keys that belong together in the help. Typing keys have the keyboard to themselves, so that they collide only
// with each other.
type group struct {
	name   string
	typing bool
	keys   []entry
}

func (m *Map) groups() []group {
	views := make([]entry, len(m.Views))
	for i := range m.Views {
		views[i] = entry{viewNames[i], &m.Views[i]}
	}
	return []group{
		{name: "Orders", keys: []entry{
			{"up", &m.Up}, {"down", &m.Down}, {"page-up", &m.PageUp}, {"page-down", &m.PageDown}, {"top", &m.Top}, {"bottom", &m.Bottom},
			{"resume", &m.Resume}, {"filter", &m.Filter}, {"mark", &m.Mark}, {"open", &m.Open}, {"back", &m.Back}, {"reload", &m.Reload}, {"raw", &m.Raw},
			{"copy", &m.Copy}, {"command", &m.Command}, {"snoozed", &m.Snoozed},
		}},
		{name: "Actions", keys: []entry{
			{"actions", &m.Actions}, {"cancel", &m.Cancel}, {"refund", &m.Refund}, {"restore", &m.Restore}, {"assign", &m.Assign},
			{"take-away", &m.TakeAway}, {"rescue", &m.Rescue}, {"lose", &m.Lose}, {"pause", &m.Pause}, {"sold-out", &m.SoldOut}, {"suspend", &m.Suspend}, {"note", &m.Note},
			{"acknowledge", &m.Acknowledge}, {"snooze", &m.Snooze},
		}},
		{name: "Views", keys: views},
		{name: "Console", keys: []entry{{"palette", &m.Palette}, {"messages", &m.Messages}, {"help", &m.Help}, {"quit", &m.Quit}}},
		{name: "While typing", typing: true, keys: []entry{
			{"apply", &m.Apply}, {"discard", &m.Discard}, {"complete", &m.Complete}, {"before", &m.Before}, {"after", &m.After},
		}},
	}
}

// Row is one key for those who want a list.
type Row struct{ Group, Name, Keys, Does string }

// Rows lists all keys that do something.
func (m Map) Rows() []Row {
	var rows []Row
	for _, g := range m.groups() {
		for _, e := range g.keys {
			if e.key.Enabled() {
				rows = append(rows, Row{g.name, e.name, strings.Join(spelled(e.key.Keys()), " "), e.key.Help().Desc})
			}
		}
	}
	return rows
}

// spelled writes the space bar as a word.
func spelled(keys []string) []string {
	out := slices.Clone(keys)
	for i, k := range out {
		if k == " " {
			out[i] = "space"
		}
	}
	return out
}

// Remap gives other keys to what has a name. The result is to be checked.
func (m *Map) Remap(name string, keys ...string) error {
	if len(keys) == 0 {
		return fmt.Errorf("%s needs at least one key", name)
	}
	var names []string
	for _, g := range m.groups() {
		for _, e := range g.keys {
			names = append(names, e.name)
			if e.name != name {
				continue
			}
			for i, k := range keys {
				switch k {
				case "":
					return fmt.Errorf("%s: a key has a name, such as x, ctrl+r or f5", name)
				case "ctrl+c":
					return fmt.Errorf("%s: ctrl+c always quits", name)
				case "space":
					keys[i] = " "
				default:
					if !sent(k) {
						return fmt.Errorf("%s: no terminal sends %q: a key is a character, or a name such as ctrl+r, f5 or alt+x", name, k)
					}
				}
			}
			e.key.SetKeys(keys...)
			e.key.SetHelp(strings.Join(spelled(keys), "/"), e.key.Help().Desc)
			return nil
		}
	}
	return fmt.Errorf("no key is called %q: %s", name, strings.Join(names, ", "))
}

// sent says whether a terminal sends a key of that name: what nobody can press would take its deed away without a word.
func sent(name string) bool {
	plain := strings.TrimPrefix(name, "alt+")
	switch r, size := utf8.DecodeRuneInString(plain); {
	case plain == "": // as the types between the names are called
		return false
	case size == len(plain):
		return unicode.IsPrint(r)
	}
	for t := tea.KeyF20; t < tea.KeyRunes; t++ {
		if t.String() == plain {
			return true
		}
	}
	for t := tea.KeyNull; t <= tea.KeyBackspace; t++ {
		if t.String() == plain {
			return true
		}
	}
	return false
}

// Check refuses a map in which one key means two things.
func (m Map) Check() error {
	var taken [2]map[string]string
	taken[0], taken[1] = map[string]string{}, map[string]string{}
	for _, g := range m.groups() {
		scope := taken[0]
		if g.typing {
			scope = taken[1]
		}
		for _, e := range g.keys {
			for _, k := range e.key.Keys() {
				if other, ok := scope[k]; ok {
					return fmt.Errorf("the key %s would mean both %s and %s", spelled([]string{k})[0], other, e.name)
				}
				scope[k] = e.name
			}
		}
	}
	return nil
}

func (m *Map) binding(name string) *key.Binding {
	for _, g := range m.groups() {
		for _, e := range g.keys {
			if e.name == name {
				return e.key
			}
		}
	}
	return nil
}

// Key is the key of a name; the zero binding, which nothing matches, for a name that is none.
func (m Map) Key(name string) key.Binding {
	if b := m.binding(name); b != nil {
		return *b
	}
	return key.Binding{}
}

// Only leaves of the actions and views those whose names are given: what is not there has no key.
func (m *Map) Only(actions, views []string) {
	for _, g := range m.groups() {
		have := views
		switch g.name {
		case "Actions":
			have = actions
		case "Views":
		default:
			continue
		}
		for _, e := range g.keys {
			e.key.SetEnabled(slices.Contains(have, e.name))
		}
	}
}

// Group is keys that belong together in the help.
type Group struct {
	Name string
	Keys []key.Binding
}

// Groups lists every key that does something, for the help.
func (m Map) Groups() []Group {
	var out []Group
	for _, g := range m.groups() {
		shown := Group{Name: g.name}
		for _, e := range g.keys {
			if e.key.Enabled() {
				shown.Keys = append(shown.Keys, *e.key)
			}
		}
		if len(shown.Keys) > 0 {
			out = append(out, shown)
		}
	}
	return out
}

// Hint is a key with a word for the last line of the screen.
type Hint struct {
	Key  key.Binding
	Word string
}

// Board lists the hints of the board.
func (m Map) Board() []Hint {
	return []Hint{
		{m.Open, "open"}, {m.Filter, "filter"}, {m.Palette, "command"}, {m.Actions, "actions"}, {m.Copy, "copy ID"}, {m.Resume, "resume"},
		{m.Help, "help"}, {m.Quit, "quit"}, {m.Mark, "mark"},
	}
}

// Alerts lists the hints of the alerts.
func (m Map) Alerts() []Hint {
	return []Hint{
		{m.Open, "open"}, {m.Acknowledge, "acknowledge"}, {m.Snooze, "snooze"}, {m.Snoozed, "snoozed"}, {m.Filter, "filter"}, {m.Actions, "actions"}, {m.Help, "help"},
		{m.Palette, "command"}, {m.Quit, "quit"}, {m.Mark, "mark"},
	}
}

// View lists the hints of a view that has no rows to act on.
func (m Map) View() []Hint {
	return []Hint{{m.Views[0], "orders"}, {m.Palette, "command"}, {m.Help, "help"}, {m.Quit, "quit"}}
}

// Order lists the hints of an order.
func (m Map) Order() []Hint {
	return []Hint{
		{m.Back, "back"}, {m.Actions, "actions"}, {m.Copy, "copy ID"}, {m.Command, "copy command"}, {m.Raw, "raw"}, {m.Reload, "reload"},
		{m.Help, "help"}, {m.Quit, "quit"},
	}
}

// Typing lists the hints while a filter is typed.
func (m Map) Typing() []Hint {
	return []Hint{{m.Apply, "apply"}, {m.Complete, "complete"}, {m.Discard, "discard"}}
}

// Choosing lists the hints while something is chosen from a list.
func (m Map) Choosing() []Hint {
	return []Hint{{m.Apply, "go on"}, {m.Before, "up"}, {m.After, "down"}, {m.Complete, "complete"}, {m.Discard, "leave"}}
}

// Confirming lists the hints before something is done.
func (m Map) Confirming() []Hint {
	return []Hint{{m.Apply, "go on"}, {m.Discard, "leave, nothing is done"}}
}

// Reading lists the hints while something stands over the screen.
func (m Map) Reading() []Hint {
	return []Hint{{m.Back, "or any key closes this"}}
}
