package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// screenPatience bounds every wait for a screen: the machine may be busy with other tests.
const screenPatience = 60 * time.Second

// tmux is a server of a test's own, which holds its terminals.
type tmux struct {
	t      *testing.T
	socket string
}

// newTmux starts none yet: the first terminal does. Without tmux the test is skipped, but in CI it fails.
func newTmux(t *testing.T) *tmux {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no tmux here: make deps-test installs it")
		}
		t.Skip("no tmux on this machine: make deps-test installs it")
	}
	dir, err := os.MkdirTemp("", "zoop-tmux-") // a socket's path has to be short
	require.NoError(t, err)
	m := &tmux{t: t, socket: filepath.Join(dir, "s")}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", m.socket, "kill-server").Run() //nolint:gosec // or it has ended with its last terminal
		_ = os.RemoveAll(dir)
	})
	return m
}

func (m *tmux) run(args ...string) string {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), screenPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tmux", append([]string{"-S", m.socket, "-f", "/dev/null"}, args...)...) //nolint:gosec // our own arguments
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "LANG=C.UTF-8", "SHELL=/bin/sh"}
	out, err := cmd.CombinedOutput()
	require.NoError(m.t, err, "tmux %v: %s", args, out)
	return string(out)
}

// terminal is a window in which a program runs.
type terminal struct {
	*tmux
	name string
}

// open runs a program in a terminal of a size. Its screen stays when it has ended.
func (m *tmux) open(name string, width, height int, env []string, program ...string) *terminal {
	m.t.Helper()
	args := []string{"new-session", "-d", "-s", name, "-x", strconv.Itoa(width), "-y", strconv.Itoa(height)}
	for _, e := range env {
		args = append(args, "-e", e)
	}
	// Whoever kills the test leaves no console behind, which would never end by itself.
	watch := fmt.Sprintf("while kill -0 %d 2>/dev/null; do sleep 1; done; tmux -S %s kill-server", os.Getpid(), m.socket)
	m.run(append(append(args, program...), ";", "run-shell", "-b", watch, ";", "set-option", "-t", name, "remain-on-exit", "on", ";", "set-option", "-t", name, "status", "off")...)
	return &terminal{m, name}
}

// screen is what stands on it.
func (c *terminal) screen() string { return c.run("capture-pane", "-p", "-t", c.name) }

// types sends keys: names of tmux's, such as Enter, or letters as they are.
func (c *terminal) types(keys ...string) *terminal {
	c.t.Helper()
	for _, k := range keys {
		switch k {
		case "Enter", "Escape", "Tab", "Up", "Down", "PageDown", "End", "BSpace":
			c.run("send-keys", "-t", c.name, k)
		default:
			c.run("send-keys", "-t", c.name, "-l", k)
		}
	}
	return c
}

// shows waits until all of some texts are on the screen at once.
func (c *terminal) shows(texts ...string) *terminal {
	c.t.Helper()
	c.until("does not show "+strings.Join(texts, " | "), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
	return c
}

// hides waits until a text is on the screen no more.
func (c *terminal) hides(text string) *terminal {
	c.t.Helper()
	c.until("still shows "+text, func(screen string) bool { return !strings.Contains(screen, text) })
	return c
}

func (c *terminal) until(complaint string, enough func(screen string) bool) {
	c.t.Helper()
	screen := ""
	if !dbtest.Within(screenPatience, func() bool { screen = c.screen(); return enough(screen) }) {
		c.t.Fatalf("%s %s:\n%s", c.name, complaint, screen)
	}
}

// resize gives the terminal another size.
func (c *terminal) resize(width, height int) *terminal {
	c.run("resize-window", "-t", c.name, "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
	return c
}
