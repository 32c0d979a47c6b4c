package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// entry is one line of the journal: what a change made of a payment, and of the messages about it. A line is written in one
// piece, so that of a change either all or nothing survives a crash.
type entry struct {
	Payment  *record   `json:"payment,omitempty"`
	Messages []message `json:"messages,omitempty"`
}

// message is one copy of a webhook that waits to be posted.
type message struct {
	Key    string          `json:"key"` // unique among copies
	Event  string          `json:"event"`
	Body   json.RawMessage `json:"body,omitempty"`
	Due    time.Time       `json:"due"`
	Tries  int             `json:"tries,omitempty"`
	Posted bool            `json:"posted,omitempty"` // or given up: it is to be forgotten
}

const (
	journalFile = "journal.jsonl"
	keepFor     = 30 * 24 * time.Hour
)

// journal is an append-only file of entries, on the disk before append returns. Nil keeps nothing.
type journal struct {
	file *os.File
	lock *os.File // held by one process
}

// openJournal reads the journal of a directory, which it makes, hands each entry to apply, and begins a new file with what
// snapshot then gives, so that it does not grow for ever. A last line that was cut off by a crash is dropped: nobody was told
// of it.
func openJournal(dir string, apply func(entry), snapshot func() []entry) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open sandbox: %w", err)
	}
	path := filepath.Join(dir, journalFile)
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open sandbox: %w", err)
	}
	j := &journal{lock: lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		j.close()
		return nil, fmt.Errorf("open sandbox: another process uses %s: %w", dir, err)
	}
	if err = replay(path, apply); err == nil {
		j.file, err = rewrite(path, snapshot())
	}
	if err != nil {
		j.close()
		return nil, fmt.Errorf("open sandbox: %w", err)
	}
	return j, nil
}

// replay reads all whole lines of a file; one that does not exist has none.
func replay(path string, apply func(entry)) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewReader(file)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // what precedes it was being written when the process died
		}
		if err != nil {
			return err
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		apply(e)
	}
}

// rewrite replaces the file by one with these entries, in one step, and opens it for more.
func rewrite(path string, entries []entry) (*os.File, error) {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(file)
	for _, e := range entries {
		if err := json.NewEncoder(w).Encode(e); err != nil {
			_ = file.Close()
			return nil, err
		}
	}
	if err := errors.Join(w.Flush(), file.Sync(), os.Rename(path+".new", path), syncDir(filepath.Dir(path))); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// syncDir makes a rename last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// append puts an entry on the disk. After an error nothing more can be kept: the file may end in half a line.
func (j *journal) append(e entry) error {
	if j == nil {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	if _, err = j.file.Write(append(line, '\n')); err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	return nil
}

func (j *journal) close() {
	if j == nil {
		return
	}
	if j.file != nil {
		_ = j.file.Close()
	}
	_ = j.lock.Close()
}
