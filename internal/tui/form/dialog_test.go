package form_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
)

// TestWhatWasChosenIsSaid: the steps that are answered say what was shown, and not what the API is told.
func TestWhatWasChosenIsSaid(t *testing.T) {
	t.Parallel()
	var options []form.Option
	for n := range 20 {
		options = append(options, form.Option{Value: fmt.Sprintf("01a22833-%02d", n), Text: fmt.Sprintf("dish %-9d sold", n)})
	}
	d, work := form.Open(form.Form{
		Title: "A dish", Facts: []string{"PREPARING, of Asha", "a second", "a third", "a fourth", "a fifth"},
		Steps: []form.Step{{Name: "dish", Prompt: "dish", Load: form.Choose(options...)}, {Name: "until", Prompt: "until"}},
		Do:    func(context.Context, form.Answers) (form.Receipt, error) { return form.Receipt{}, nil },
	})
	loaded, err := work.Options(t.Context())
	require.NoError(t, err)
	d.HasOptions(loaded, nil)
	view := func(height int) string {
		return strings.Join(d.View(theme.New(theme.Options{ASCII: true}), 60, height), "\n")
	}

	for height := 6; height < 20; height++ { // what it is about stays, however many may be chosen
		require.Contains(t, view(height), "A dish", height)
		require.Contains(t, view(height), "PREPARING, of Asha", height)
		require.Contains(t, view(height), "dish 0 ", height)
		require.LessOrEqual(t, strings.Count(view(height), "\n")+1, height)
	}
	d.Key(tea.KeyMsg{Type: tea.KeyEnter}, keymap.Default())
	require.Equal(t, "01a22833-00", d.Answers["dish"])
	require.Contains(t, view(20), "dish: dish 0 sold")
	require.NotContains(t, view(20), "01a22833")
}
