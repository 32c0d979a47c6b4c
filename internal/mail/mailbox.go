package mail

import (
	"bytes"
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

// suffix is that of a message's file.
const suffix = ".eml"

// Mailbox keeps messages as files instead of sending them, for development: it holds working sign-in codes.
type Mailbox struct {
	dir    string
	from   string
	host   string
	onMail func(Message)

	mu    sync.Mutex
	names []string // oldest first
}

// OpenMailbox makes the directory, which only this user may read, or opens it. From is the sender's address. OnMail, which may
// be nil, is told of each message that was kept.
func OpenMailbox(dir, from string, onMail func(Message)) (*Mailbox, error) {
	host, err := senderHost(from)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make mailbox: %w", err)
	}
	entries, err := os.ReadDir(dir) // sorted by name, which begins with the time
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	b := &Mailbox{dir: dir, from: from, host: host, onMail: onMail}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			b.names = append(b.names, e.Name())
		}
	}
	return b, nil
}

// Send implements Sender: one file a message, the newest 500 of them.
func (b *Mailbox) Send(_ context.Context, m Message) error {
	msg, err := m.compose(b.from, b.host)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if _, err := msg.WriteTo(&file); err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	name := time.Now().UTC().Format("20060102T150405.000") + "-" + domain.ID(id.New()).String() + suffix
	if err := b.keep(name, file.Bytes()); err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	if b.onMail != nil {
		b.onMail(m)
	}
	return nil
}

// keep writes the file whole or not at all, and removes what is too old.
func (b *Mailbox) keep(name string, file []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path+".new", file, 0o600); err != nil {
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
