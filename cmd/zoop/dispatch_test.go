package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/mdrp"
)

func TestDispatchBench(t *testing.T) {
	t.Parallel()
	dir, out := filepath.Join(t.TempDir(), "tiny"), t.TempDir()
	require.NoError(t, os.Mkdir(dir, 0o750))
	for name, text := range map[string]string{
		mdrp.ParamsFile:   "meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\n100\t4\t4\t40\n",
		mdrp.VendorsFile:  "restaurant\tx\ty\nr1\t500\t0\n",
		mdrp.CouriersFile: "courier\tx\ty\ton_time\toff_time\nc1\t0\t0\t0\t60\n",
		mdrp.OrdersFile:   "order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t500\t300\t0\tr1\t10\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	code, table, errs := invoke(t, "dispatch", "bench", dir, "--out", out, "--parallel", "2")
	require.Equal(t, exitOK, code, errs)
	require.Empty(t, errs, "no bar where nobody looks")
	require.Contains(t, table, "INSTANCE")
	require.Contains(t, table, "17.00", "10 until ready, 2 to leave, 3 on the way, 2 at the door")
	_, err := mdrp.ReadFiles(filepath.Join(out, "tiny"))
	require.NoError(t, err)

	code, text, errs := invoke(t, "dispatch", "bench", filepath.Dir(dir), "-o", "json")
	require.Equal(t, exitOK, code, errs)
	var results []mdrp.Result
	require.NoError(t, json.Unmarshal([]byte(text), &results))
	require.Len(t, results, 1)
	require.InDelta(t, 17, results[0].ClickToDoor, 1e-9)

	code, text, errs = invoke(t, "dispatch", "bench", dir, "--out", filepath.Join(dir, mdrp.OrdersFile))
	require.Equal(t, exitFailure, code)
	require.Empty(t, text, "what cannot be kept is not replayed")
	require.Contains(t, errs, "keep solutions")

	require.NoError(t, os.WriteFile(filepath.Join(dir, mdrp.CouriersFile), []byte("courier\tx\ty\ton_time\toff_time\nc1\t0\tfar\t0\t60\n"), 0o600))
	code, _, errs = invoke(t, "dispatch", "bench", dir)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, `couriers.txt:2: y: "far" is no number`)
	for _, args := range [][]string{{}, {dir, "--parallel", "0"}, {filepath.Join(dir, "nowhere")}} {
		code, _, errs = invoke(t, append([]string{"dispatch", "bench"}, args...)...)
		require.Equal(t, exitUsage, code, args)
		require.NotEmpty(t, errs)
	}
}
