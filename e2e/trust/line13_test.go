package trust

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// skewed builds a zoop whose wall clock is off by as many seconds as ZOOP_TEST_SKEW says: the standard library's time is built
// with another Now. Timers, which follow the monotonic clock, go on as ever.
func skewed(t *testing.T) string {
	t.Helper()
	original := filepath.Join(runtime.GOROOT(), "src", "time", "time.go") //nolint:staticcheck // the toolchain that runs the test builds it
	source, err := os.ReadFile(original)
	require.NoError(t, err)
	const now, imports = "\tsec, nsec, mono := runtimeNow()\n\tif mono == 0 {", "\t_ \"unsafe\" // for go:linkname\n"
	for _, place := range []string{now, imports} {
		require.Contains(t, string(source), place, "this Go reads its clock in another way: look at time.Now")
	}
	text := strings.Replace(string(source), now, "\tsec, nsec, mono := runtimeNow()\n\tsec += skew\n\tif mono == 0 {", 1)
	text = strings.Replace(text, imports, "\t\"syscall\"\n"+imports, 1)
	text += `
var skew = func() (s int64) {
	text, _ := syscall.Getenv("ZOOP_TEST_SKEW")
	sign := int64(1)
	for _, c := range text {
		if c == '-' {
			sign = -1
			continue
		}
		s = s*10 + int64(c-'0')
	}
	return s * sign
}()
`
	dir := t.TempDir()
	patched, overlay, out := filepath.Join(dir, "time.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "zoop")
	require.NoError(t, os.WriteFile(patched, []byte(text), 0o600))
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{original: patched}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, list, 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", out, "../../cmd/zoop")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	said, err := build.CombinedOutput()
	require.NoError(t, err, "%s", said)
	return out
}

// TestLine13ClocksOfApplications has two processes whose clocks are ten minutes ahead and ten behind. Orders that they take have the
// database's deadlines, and whichever of them fires a timer does so within two seconds of the database's time.
func TestLine13ClocksOfApplications(t *testing.T) {
	if !full() {
		t.Skip("the full form builds a zoop with a clock of its own: make trust")
	}
	t.Parallel()
	zoop := skewed(t)
	s := newShop(t)
	s.exec(`CREATE TABLE due (order_id uuid, type text, at timestamptz, PRIMARY KEY (order_id, type))`)
	skews := map[string]string{"ahead": "ZOOP_TEST_SKEW=600", "behind": "ZOOP_TEST_SKEW=-600"}
	ahead, behind := s.serveAs(zoop, skews["ahead"]), s.serveAs(zoop, skews["behind"])
	for name, at := range map[string]*instance{"ahead": ahead, "behind": behind} {
		_, header, _ := at.do("GET", "/healthz", "", "")
		date, err := http.ParseTime(header.Get("Date"))
		require.NoError(t, err)
		require.InDelta(t, 600, time.Until(date).Abs().Seconds(), 5, "its clock is off")
		asha := s.tokenBy(zoop, skews[name], fmt.Sprintf("asha-%s@example.com", name))
		status, _, text := at.do("POST", "/api/v1/orders", asha, s.fill(at, asha), "Idempotency-Key", "k1")
		require.Equal(t, 201, status, "%s", text)
		require.Zero(t, s.count(`SELECT count(*) FROM orders WHERE abs(extract(epoch FROM now() - placed_at)) > 5`), name)
		require.Zero(t, s.count(`SELECT count(*) FROM orders WHERE deadline_at <> placed_at + interval '60 seconds' OR (timers -> 1 ->> 'at')::timestamptz <> placed_at + interval '300 seconds'`), name)
	}
	s.exec(`UPDATE orders SET state = 'cancelled', deadline_at = NULL, deadline_verb = NULL, timers = '[]', cancel_reason = 'OPS', cancel_fee = 0, cancel_lost = 0,
	        cancel_liable = 'platform', cancel_restock = true, cancel_strike = false`)
	s.exec(`UPDATE payments SET state = 'voided'`)
	for _, gone := range []*instance{nil, behind} { // by both, then by the one that is ahead
		if gone != nil {
			gone.kill()
		}
		s.exec(`TRUNCATE due`)
		s.waiting(200, 2*time.Second, 5*time.Second)
		late := s.settled()
		t.Logf("%d deadlines: p50 %s, last %s late", len(late), late[len(late)/2], late[len(late)-1])
		require.Less(t, late[len(late)-1], 2*time.Second)
	}
}

// tokenBy mints an access token by a build of zoop, whose clock its bearer goes by.
func (s *shop) tokenBy(zoop, skew, email string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), zoop, "token", "--yes", "--role", "customer", "--email", email)
	cmd.Env = append(append([]string{}, s.env...), skew)
	out, err := cmd.Output()
	require.NoError(s.t, err)
	return strings.TrimSpace(string(out))
}
