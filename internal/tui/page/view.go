package page

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
)

// View is one of the console's screens that a number opens. A new one is a file here and a line in the console's list.
type View interface {
	Name() string                            // in the line of tabs, and in small letters in the palette and the keymap
	Place() int                              // of its number, from 1
	Resize(width, height int)                // how much room there is
	Take(b board.Batch, now time.Time)       // a newer state of everything
	Pass(now time.Time)                      // time has passed
	Key(k tea.KeyMsg, now time.Time) bool    // acts on a key and says whether it was one of the view's
	View(now time.Time) []string             // exactly as many lines as there is room
	Subject() desk.Subject                   // what keys act upon
	Note(now time.Time) (left, right string) // beside the tabs, clean; and what is to be known of the rows, at the right edge
}

// Filtered is a view whose rows can be filtered.
type Filtered interface {
	View
	Filter() string                             // the text of the filter that holds
	SetFilter(text string, now time.Time) error // shows other rows, live; "" shows all. Where the text cannot be read nothing changes
	Complete(text string) []string              // what a text may become, the shortest way to go on first
	Paused() (paused bool, changed int)         // whether rows keep their places, and how many have changed since they do
}

// Asking is a view that shows what the board does not know. While it is shown it is asked, again and again, what it wants to know.
type Asking interface {
	View
	Ask(now time.Time) Question // nil: nothing now
	Told(answer any, err error, now time.Time)
}

// Question asks the API, within the bounds of ctx. The view that put it knows what its answer is.
type Question func(ctx context.Context, api desk.API) (answer any, err error)
