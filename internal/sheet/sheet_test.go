package sheet_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/sheet"
)

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =cmd|' /C calc'!A0", "\u200b=1", "\ufeff=1", "\"=1", "'=1", "＝1", "＠x",
	} {
		require.Equal(t, "'"+text, sheet.Cell(text), "%q", text)
	}
	for _, text := range []string{"", "Casa Lima", "a=b", "1 + 1", "{\"a\":-1}", "नमस्ते", "a\nb"} {
		require.Equal(t, text, sheet.Cell(text))
	}
	require.Equal(t, "a\ufffd[2Jb\ufffd", sheet.Cell("a\x1b[2Jb\x9b"), "no escape sequence, and no broken UTF-8")
}

func TestRowsAreQuoted(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := sheet.New(&b)
	require.NoError(t, w.Row("a", `say "hi"`, "1,2", "two\nlines"))
	require.NoError(t, w.Flush())
	require.Equal(t, "a,\"say \"\"hi\"\"\",\"1,2\",\"two\r\nlines\"\r\n", b.String())
	rows, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err)
	require.Equal(t, [][]string{{"a", `say "hi"`, "1,2", "two\nlines"}}, rows)
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestSaysWhenItCannotWrite(t *testing.T) {
	t.Parallel()
	w := sheet.New(full{})
	_ = w.Row(strings.Repeat("x", 10))
	require.ErrorContains(t, w.Flush(), "disk full")
}
