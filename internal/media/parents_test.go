package media

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The data directory may be made for pictures first; the account that runs the stores has to pass through it later.
func TestOthersPassThroughWhatHoldsThePictures(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	_, err := OpenDirectory(filepath.Join(data, "media"))
	require.NoError(t, err)
	holds, err := os.Stat(data)
	require.NoError(t, err)
	require.EqualValues(t, 0o711, holds.Mode().Perm())
	pictures, err := os.Stat(filepath.Join(data, "media"))
	require.NoError(t, err)
	require.EqualValues(t, 0o700, pictures.Mode().Perm())
}
