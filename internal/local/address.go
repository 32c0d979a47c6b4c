package local

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Ports come from below the range that kernels take outgoing connections from: a client that retries a dead port in that range
// may one day connect to itself, and hold the port.
const (
	minPort   = 20000
	maxPort   = 32000
	portTries = 100
)

// choosePort returns preferred when nobody listens there, else a free port.
func choosePort(preferred int) (int, error) {
	if preferred != 0 && portFree(preferred) {
		return preferred, nil
	}
	for range portTries {
		if port := minPort + rand.IntN(maxPort-minPort); portFree(port) { //nolint:gosec // a port is no secret
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", minPort, maxPort)
}

func portFree(port int) bool {
	l, err := net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// socketRoot is short (a socket's path ends at 104 bytes) and open to the account that runs Postgres.
const socketRoot = "/tmp"

const socketPrefix = "zoop-"

// makeSocketDir returns a directory that only the account and root may enter, the one used before if it still is so.
// Whoever can enter it is the database's superuser, so its owner and mode are checked, not assumed.
func makeSocketDir(before string, user account) (string, error) {
	if before != "" {
		if err := os.Mkdir(before, 0o700); err == nil && user.drop {
			_ = os.Chown(before, user.uid, user.gid)
		}
		if ownSocketDir(before, user) {
			return before, nil
		}
	}
	dir, err := os.MkdirTemp(socketRoot, socketPrefix)
	if err == nil {
		err = user.own(dir)
	}
	if err == nil && !ownSocketDir(dir, user) {
		err = errors.New("owner or mode is not as it was set")
	}
	if err != nil {
		return "", fmt.Errorf("make socket directory: %w", err)
	}
	return dir, nil
}

func ownSocketDir(dir string, user account) bool {
	if filepath.Dir(dir) != socketRoot || !strings.HasPrefix(filepath.Base(dir), socketPrefix) {
		return false
	}
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == user.uid
}
