// Package keymap is the one list of the console's keys. Help is made from it, so that none is ever undocumented.
package keymap

import "github.com/charmbracelet/bubbles/key"

// Map is every key of the console.
type Map struct {
	Open, Back, Filter, Copy, Reload, Help, Quit    key.Binding
	Up, Down, PageUp, PageDown, Top, Bottom, Resume key.Binding
	Apply, Discard                                  key.Binding // while a filter is typed
}

// Default is the keys as they are shipped.
func Default() Map {
	return Map{
		Open:     bind("enter", "open the order", "enter"),
		Back:     bind("esc", "back, resume, no filter", "esc", "left", "h"),
		Filter:   bind("/", "filter", "/"),
		Copy:     bind("y", "copy the order's ID", "y"),
		Reload:   bind("r", "read the order again", "r"),
		Help:     bind("?", "help", "?"),
		Quit:     bind("q", "quit", "q", "ctrl+c"),
		Up:       bind("↑/k", "up (pauses the board)", "up", "k"),
		Down:     bind("↓/j", "down (pauses the board)", "down", "j"),
		PageUp:   bind("pgup", "a page up", "pgup", "ctrl+b", "ctrl+u"),
		PageDown: bind("pgdn", "a page down", "pgdown", "ctrl+f", "ctrl+d", " "),
		Top:      bind("g", "first row", "home", "g"),
		Bottom:   bind("end", "last row", "end"),
		Resume:   bind("G", "resume, worst first", "G"),
		Apply:    bind("enter", "apply the filter", "enter"),
		Discard:  bind("esc", "leave the filter as it was", "esc"),
	}
}

func bind(shown, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, does))
}

// Group is keys that belong together in the help.
type Group struct {
	Name string
	Keys []key.Binding
}

// Groups lists every key for the help.
func (m Map) Groups() []Group {
	return []Group{
		{"Orders", []key.Binding{m.Up, m.Down, m.PageUp, m.PageDown, m.Top, m.Bottom, m.Resume, m.Filter}},
		{"Order", []key.Binding{m.Open, m.Back, m.Reload, m.Copy}},
		{"While filtering", []key.Binding{m.Apply, m.Discard}},
		{"Console", []key.Binding{m.Help, m.Quit}},
	}
}

// Hint is a key with a word for the last line of the screen.
type Hint struct {
	Key  key.Binding
	Word string
}

// Board lists the hints of the board.
func (m Map) Board() []Hint {
	return []Hint{{m.Open, "open"}, {m.Filter, "filter"}, {m.Copy, "copy ID"}, {m.Resume, "resume"}, {m.Help, "help"}, {m.Quit, "quit"}}
}

// Order lists the hints of an order.
func (m Map) Order() []Hint {
	return []Hint{{m.Back, "back"}, {m.Copy, "copy ID"}, {m.Reload, "reload"}, {m.Help, "help"}, {m.Quit, "quit"}}
}

// Typing lists the hints while a filter is typed.
func (m Map) Typing() []Hint {
	return []Hint{{m.Apply, "apply"}, {m.Discard, "discard"}}
}

// Reading lists the hints while the help is open.
func (m Map) Reading() []Hint {
	return []Hint{{m.Back, "or any key closes the help"}}
}
