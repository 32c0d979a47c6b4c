package boot

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABrokenJSONMenuIsToldWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\n  \"categories\": [\n    {\"name\": \"Süß\",}\n  ]\n}": "line 3, column 20: is no JSON: invalid character '}'",
		"{\"categories\": [\n":         "line 1, column 17: is no JSON: unexpected end",
		"":                             "line 1, column 1: is no JSON: unexpected end",
		"{\n\"categories\": \"\xff\"}": "line 2, column 16: is no UTF-8",
	} {
		_, _, err := readMenu(MenuImport{Format: MenuJSON}, strings.NewReader(text))
		require.ErrorContains(t, err, want)
	}
}
