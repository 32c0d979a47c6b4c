package local

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A child's log is emptied when it passes maxLog, looked at every logTrimEvery.
const (
	maxLog       = 10 << 20
	logTrimEvery = time.Minute
	maxTail      = 2 << 10
)

// openLog opens a child's log for appending, emptied first when it has grown too large.
func openLog(path string) (*os.File, error) {
	trimLog(path)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return f, nil
}

// trimLog empties a log that is too large. Its writers append, so they go on at the start.
func trimLog(path string) {
	if logSize(path) > maxLog {
		_ = os.Truncate(path, 0)
	}
}

func logSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// logTail returns the end of what was logged after the offset from, to be put behind an error message.
func logTail(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	if size := logSize(path); size-from > maxTail {
		from = size - maxTail
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return ""
	}
	b, _ := io.ReadAll(io.LimitReader(f, maxTail))
	text := strings.TrimSpace(string(b))
	if text == "" {
		return " (log: " + path + ")"
	}
	return " (log: " + path + ")\n" + text
}
