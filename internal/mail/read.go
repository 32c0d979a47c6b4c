package mail

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Kept is a message in a development mailbox.
type Kept struct {
	ID      string // the end of its file's name
	At      time.Time
	To      string
	Subject string
	Text    string
}

// maxKept bounds what is read of one file, in bytes.
const maxKept = 1 << 20

// idLength is how many characters of a file's name are a message's ID: enough to tell 500 apart.
const idLength = 12

// ReadMailbox lists the messages in a development mailbox, oldest first. NotFound when there is none.
func ReadMailbox(dir string) ([]Kept, error) {
	entries, err := os.ReadDir(dir) // sorted by name, which begins with the time
	if errors.Is(err, fs.ErrNotExist) {
		return nil, domain.Errorf(domain.NotFound, "no_mailbox", "there is no mailbox at %s", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	var out []Kept
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		k, err := readKept(filepath.Join(dir, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was the oldest, and one more came
		}
		if err != nil {
			return nil, fmt.Errorf("read mail %s: %w", e.Name(), err)
		}
		out = append(out, k)
	}
	return out, nil
}

func readKept(path string) (Kept, error) {
	f, err := os.Open(path) //nolint:gosec // a file of the operator's own directory
	if err != nil {
		return Kept{}, err
	}
	defer f.Close()
	m, err := netmail.ReadMessage(io.LimitReader(f, maxKept))
	if err != nil {
		return Kept{}, err
	}
	name := strings.TrimSuffix(filepath.Base(path), suffix)
	k := Kept{ID: name[max(0, len(name)-idLength):], To: strings.Trim(m.Header.Get("To"), "<>")}
	if k.At, err = m.Header.Date(); err != nil {
		return Kept{}, err
	}
	if k.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return Kept{}, err
	}
	k.Text, err = plainPart(m)
	return k, err
}

// plainPart finds the text among a message's alternatives.
func plainPart(m *netmail.Message) (string, error) {
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	body := m.Body
	if !strings.HasPrefix(kind, "multipart/") {
		if strings.EqualFold(m.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(body)
		}
		return readAll(body)
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		p, err := parts.NextPart() // decodes quoted-printable
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") {
			return readAll(p)
		}
	}
}

func readAll(r io.Reader) (string, error) {
	text, err := io.ReadAll(r)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
