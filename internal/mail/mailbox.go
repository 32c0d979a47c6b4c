package mail

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// mailboxMost is how many messages a mailbox keeps.
const mailboxMost = 500

// Mailbox keeps messages as files instead of sending them, for development: it holds working sign-in codes.
type Mailbox struct {
	dir    string
	onMail func(Message)

	mu    sync.Mutex
	names []string // oldest first
}

// OpenMailbox makes the directory, which only this user may read, or opens it. OnMail, which may be nil, is told of each message that was kept.
func OpenMailbox(dir string, onMail func(Message)) (*Mailbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make mailbox: %w", err)
	}
	entries, err := os.ReadDir(dir) // sorted by name, which begins with the time
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	b := &Mailbox{dir: dir, onMail: onMail}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".eml") {
			b.names = append(b.names, e.Name())
		}
	}
	return b, nil
}

// Send implements Sender: one file a message, the newest 500 of them.
func (b *Mailbox) Send(_ context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	now := time.Now().UTC()
	name := now.Format("20060102T150405.000") + "-" + domain.ID(id.New()).String() + ".eml"
	if err := b.keep(name, m.file(now)); err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	if b.onMail != nil {
		b.onMail(m)
	}
	return nil
}

// keep writes the file whole or not at all, and removes what is too old.
func (b *Mailbox) keep(name, text string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	b.names = append(b.names, name)
	if over := len(b.names) - mailboxMost; over > 0 {
		for _, old := range b.names[:over] {
			_ = os.Remove(filepath.Join(b.dir, old)) // somebody may have tidied up
		}
		b.names = slices.Clone(b.names[over:])
	}
	return nil
}

// file is the message as RFC 5322 writes it.
func (m Message) file(at time.Time) string {
	return "Date: " + at.Format(time.RFC1123Z) + "\nTo: " + m.To + "\nSubject: " + m.Subject +
		"\nContent-Type: text/plain; charset=utf-8\n\n" + m.Text
}
