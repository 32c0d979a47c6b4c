package boot

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGarbagePercent(t *testing.T) {
	t.Parallel()
	for mib, want := range map[uint64]int{0: 1000, 1: 1000, 7: 900, 16: 400, 40: 150, 64: 100, 500: 100} {
		require.Equal(t, want, garbagePercent(mib<<20), "%d MiB in use", mib)
	}
}
