// Package settings is what an operator has made their own of the console: other keys, and filters that were saved. Both are
// files in one directory; the first is written by hand, the second by the console.
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"

	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/filter"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
)

// The files, in the directory of the settings.
const (
	keysFile    = "console.yaml"
	filtersFile = "console-filters.yaml"
)

// maxFilters bounds the saved filters.
const maxFilters = 100

// Dir is a directory with settings; "" has none and keeps none.
type Dir string

// Default is the directory of whoever runs this.
func Default() Dir {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return Dir(filepath.Join(dir, "zoop"))
}

// Keys is the keymap: as shipped, but for what `keys:` in console.yaml says. Errors name the file, and the key that is unknown
// or would mean two things.
func (d Dir) Keys() (keymap.Map, error) {
	keys := keymap.Default()
	content, err := d.read(keysFile)
	if err != nil {
		return keys, err
	}
	wrong := func(err error) (keymap.Map, error) {
		return keymap.Default(), fmt.Errorf("%s: %w", filepath.Join(string(d), keysFile), err)
	}
	for name := range content {
		if name != "keys" {
			return wrong(fmt.Errorf("no setting is called %q: keys", name))
		}
	}
	mine, ok := content["keys"].(map[string]any)
	if !ok && content["keys"] != nil {
		return wrong(errors.New("keys must be names with their keys, such as refund: ctrl+r"))
	}
	for _, name := range slices.Sorted(maps.Keys(mine)) {
		if err := keys.Remap(name, texts(mine[name])...); err != nil {
			return wrong(err)
		}
	}
	if err := keys.Check(); err != nil {
		return wrong(err)
	}
	return keys, nil
}

// texts reads a text or a list of them; YAML reads some keys, such as 8, as numbers.
func texts(value any) []string {
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return []string{fmt.Sprint(value)}
	}
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	return out
}

// OfView begins a saved filter of another view than the board: "@vendors late>0".
const OfView = "@"

// Filters are the saved filters, by name. One that cannot be read any more is left out.
func (d Dir) Filters() (map[string]string, error) {
	content, err := d.read(filtersFile)
	out := map[string]string{}
	for name, value := range content {
		text, _ := value.(string)
		if _, err := filter.Parse(text); (err == nil || strings.HasPrefix(text, OfView)) && text != "" {
			out[sanitize.Line(name)] = sanitize.Line(text)
		}
	}
	return out, err
}

// SaveFilter keeps a filter under a name; an empty one forgets it.
func (d Dir) SaveFilter(name, text string) error {
	if d == "" {
		return errors.New("there is no directory for settings")
	}
	filters, err := d.Filters()
	if err != nil {
		return err
	}
	if filters[name] = text; text == "" {
		delete(filters, name)
	}
	if len(filters) > maxFilters {
		return fmt.Errorf("no more than %d filters can be saved", maxFilters)
	}
	content := make(map[string]any, len(filters))
	for k, v := range filters {
		content[k] = v
	}
	encoded, err := yaml.Parser().Marshal(content)
	if err != nil {
		return fmt.Errorf("encode filters: %w", err)
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return err
	}
	path := filepath.Join(string(d), filtersFile)
	if err := os.WriteFile(path+".new", encoded, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// read parses a file; one that there is not is empty.
func (d Dir) read(name string) (map[string]any, error) {
	if d == "" {
		return nil, nil
	}
	path := filepath.Join(string(d), name)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parsed, err := yaml.Parser().Unmarshal(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return parsed, nil
}
