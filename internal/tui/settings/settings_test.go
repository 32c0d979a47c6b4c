package settings_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/settings"
)

func dir(t *testing.T, content string) settings.Dir {
	t.Helper()
	d := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(d, "console.yaml"), []byte(content), 0o600))
	return settings.Dir(d)
}

// TestShippedKeysDoNotCollide, and neither do none.
func TestShippedKeysDoNotCollide(t *testing.T) {
	t.Parallel()
	require.NoError(t, keymap.Default().Check())
	keys, err := settings.Dir(t.TempDir()).Keys()
	require.NoError(t, err)
	require.Equal(t, keymap.Default().Rows(), keys.Rows())
}

func TestKeys(t *testing.T) {
	t.Parallel()
	keys, err := dir(t, "keys:\n  refund: ctrl+r\n  reload: f5\n  up: [up, w]\n  sold-out: 0\n  page-down: space\n  mark: m\n").Keys()
	require.NoError(t, err)
	require.Equal(t, []string{"ctrl+r"}, keys.Refund.Keys())
	require.Equal(t, []string{"up", "w"}, keys.Up.Keys())
	require.Equal(t, "up/w", keys.Up.Help().Key)
	require.Equal(t, []string{"0"}, keys.SoldOut.Keys())
	require.Equal(t, []string{" "}, keys.PageDown.Keys())
	require.Equal(t, keymap.Default().Cancel.Keys(), keys.Cancel.Keys())
	for _, k := range []string{"f12", "alt+r", "é", "ctrl+g", "alt+enter", "shift+left"} {
		_, err := dir(t, "keys:\n  refund: "+k+"\n").Keys()
		require.NoError(t, err, k)
	}
}

func TestWrongKeysAreRefused(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"keys:\n  refund: c\n":           "the key c would mean both cancel and refund",
		"keys:\n  refund: ctrl+r\n":      "would mean both reload and refund",
		"keys:\n  quit: ctrl+c\n":        "ctrl+c always quits",
		"keys:\n  refnd: x\n":            `no key is called "refnd": up, down`,
		"keys:\n  refund: []\n":          "refund needs at least one key",
		"keys:\n  refund: ''\n":          "a key has a name",
		"keys:\n  refund: Ctrl+R\n":      `refund: no terminal sends "Ctrl+R"`,
		"keys:\n  refund: ctrl+i\n":      `refund: no terminal sends "ctrl+i"`,
		"keys:\n  refund: alt+\n":        `refund: no terminal sends "alt+"`,
		"keys:\n  refund: \"\\x01\"\n":   `refund: no terminal sends "\x01"`,
		"keys:\n  refund: \"alt+\\t\"\n": `refund: no terminal sends "alt+\t"`,
		"keys: 3\n":                      "keys must be names",
		"colours: {}\n":                  `no setting is called "colours"`,
		"{":                              "console.yaml",
	} {
		_, err := dir(t, content).Keys()
		require.ErrorContains(t, err, want, content)
		require.ErrorContains(t, err, "console.yaml", content)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	d := settings.Dir(filepath.Join(t.TempDir(), "not", "yet"))
	require.NoError(t, d.SaveFilter("late", "sla<0 state!=done"))
	require.NoError(t, d.SaveFilter("big: ones", "total>500"))
	filters, err := d.Filters()
	require.NoError(t, err)
	require.Equal(t, map[string]string{"late": "sla<0 state!=done", "big: ones": "total>500"}, filters)
	require.NoError(t, d.SaveFilter("late", ""))
	filters, err = d.Filters()
	require.NoError(t, err)
	require.Len(t, filters, 1)
	require.Error(t, settings.Dir("").SaveFilter("late", "sla<0"))
}
