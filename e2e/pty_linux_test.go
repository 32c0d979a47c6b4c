package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// pty is a terminal that shows nothing and answers no question.
type pty struct {
	pid  int
	keys *os.File
	done chan error

	mu   sync.Mutex
	said strings.Builder
	want string // waited for, in what is said from now on
	seen chan time.Time
}

// onPty runs zoop at a terminal of a size.
func onPty(t testing.TB, width, height uint16, env []string, args ...string) *pty {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ours.Close() })
	var unlock, n int32
	control(t, ours, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	control(t, ours, syscall.TIOCGPTN, unsafe.Pointer(&n))
	size := [4]uint16{height, width}
	control(t, ours, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), binary, args...) //nolint:gosec // our own arguments
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm-256color", "LANG=C.UTF-8"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	require.NoError(t, theirs.Close())
	p := &pty{pid: cmd.Process.Pid, keys: ours, done: make(chan error, 1), seen: make(chan time.Time, 1)}
	go func() {
		piece := make([]byte, 4096)
		for {
			k, err := ours.Read(piece)
			p.hear(piece[:k])
			if err != nil { // nobody writes there any more
				p.done <- cmd.Wait()
				return
			}
		}
	}()
	return p
}

func (p *pty) hear(piece []byte) {
	at := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.said.Write(piece); p.want != "" && strings.Contains(p.said.String(), p.want) {
		p.want = ""
		p.seen <- at
	}
}

// await waits for what is shown after a key, or from the start on, and says how long that took.
func (p *pty) await(t testing.TB, key, text string) time.Duration {
	t.Helper()
	p.mu.Lock()
	if key != "" {
		p.said.Reset()
	}
	p.want = text
	p.mu.Unlock()
	began := time.Now()
	if key != "" {
		_, err := p.keys.WriteString(key)
		require.NoError(t, err)
	} else {
		p.hear(nil)
	}
	select {
	case at := <-p.seen:
		return at.Sub(began)
	case <-time.After(screenPatience):
		t.Fatalf("%q does not show %q: %q", key, text, p.text())
	}
	return 0
}

func control(t testing.TB, f *os.File, request uintptr, arg unsafe.Pointer) {
	t.Helper()
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(arg))
	require.Zero(t, errno, "%v", errno)
}

func (p *pty) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// TestNoTerminalIsAsked: no command asks a terminal for its colours, or where its cursor is: one that gives no answer would be waited for.
func TestNoTerminalIsAsked(t *testing.T) {
	t.Parallel()
	unasked := func(p *pty) {
		t.Helper()
		require.NotContains(t, p.text(), "\x1b]1", "its colours")
		require.NotContains(t, p.text(), "\x1b[6n", "its cursor")
	}
	p := onPty(t, 80, 24, nil, "version")
	require.NoError(t, <-p.done)
	require.NotEmpty(t, p.text())
	unasked(p)

	p = onPty(t, 80, 24, []string{"ZOOP_API_URL=http://127.0.0.1:1", "ZOOP_TOKEN=none"}, "console")
	require.True(t, dbtest.Within(screenPatience, func() bool { return strings.Contains(p.text(), "Orders") }), "%q", p.text())
	_, err := p.keys.WriteString("q")
	require.NoError(t, err)
	require.NoError(t, <-p.done)
	require.Contains(t, p.text(), "\x1b[?1049h", "a screen, so the kind of the terminal is known again")
	unasked(p)
}
