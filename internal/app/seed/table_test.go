package seed

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	table, err := readTable()
	require.NoError(t, err)
	_ = table
}
