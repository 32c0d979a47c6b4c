package trust

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"
)

// metric reads one of the process's numbers, 0 when it is not there.
func (i *instance) metric(name string) float64 {
	i.t.Helper()
	_, _, text := i.do("GET", "/metrics", "", "")
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			f, err := strconv.ParseFloat(value, 64)
			require.NoError(i.t, err)
			return f
		}
	}
	return 0
}
