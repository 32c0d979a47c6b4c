package mail_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/mail"
)

func TestMailboxKeepsTheNewest(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	var told int
	box, err := mail.OpenMailbox(dir, "zoop <hello@example.com>", func(m mail.Message) { told++ })
	require.NoError(t, err)
	for range 300 {
		require.NoError(t, box.Send(t.Context(), code))
	}
	box, err = mail.OpenMailbox(dir, "zoop <hello@example.com>", func(m mail.Message) { told++ })
	require.NoError(t, err)
	for range 250 {
		require.NoError(t, box.Send(t.Context(), code))
	}
	require.Equal(t, 550, told)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 500)
	info, err := entries[0].Info()
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	kept, err := mail.ReadMailbox(dir)
	require.NoError(t, err)
	require.Len(t, kept, 500)
	require.Equal(t, "asha@example.com", kept[0].To)
	require.Equal(t, code.Subject, kept[0].Subject)
	require.Equal(t, code.Text, kept[0].Text)
	require.WithinDuration(t, time.Now(), kept[499].At, time.Minute)
	require.NotEqual(t, kept[0].ID, kept[1].ID)
	info, err = os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

// What is kept is a message that any mail program opens, with both parts.
func TestMailboxKeepsRealMessages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	box, err := mail.OpenMailbox(dir, "zoop <hello@example.com>", nil)
	require.NoError(t, err)
	both := mail.Message{To: "asha@example.com", Subject: "Dal – ready", Text: "1 × Dal\nA line that is longer than what quoted-printable keeps on one line, äöü.\n", HTML: "<p>1 × Dal</p>"}
	require.NoError(t, box.Send(t.Context(), both))
	kept, err := mail.ReadMailbox(dir)
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.Equal(t, both.Subject, kept[0].Subject)
	require.Equal(t, both.Text, kept[0].Text)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	file, err := os.ReadFile(filepath.Join(dir, entries[0].Name()))
	require.NoError(t, err)
	require.Contains(t, string(file), "multipart/alternative")
	require.Contains(t, string(file), "text/html")
	require.Contains(t, string(file), "From: \"zoop\" <hello@example.com>")

	_, err = mail.ReadMailbox(filepath.Join(dir, "nothing"))
	require.Equal(t, domain.NotFound, domain.KindOf(err))
}

func TestNothingBecomesAHeader(t *testing.T) {
	t.Parallel()
	box, err := mail.OpenMailbox(t.TempDir(), "hello@example.com", func(mail.Message) { t.Error("kept") })
	require.NoError(t, err)
	sender, err := mail.NewSMTP(mail.SMTPConfig{URL: "smtp://127.0.0.1:1", From: "hello@example.com"})
	require.NoError(t, err)
	for _, m := range []mail.Message{
		{To: "a@example.com\r\nBcc: b@example.com"},
		{To: "a@example.com", Subject: "s\r\nBcc: b@example.com"},
		{To: "a@example.com", Subject: "s\nX: y"},
		{To: "a@example.com, b@example.com"},
		{To: "Asha <a@example.com>"},
		{To: ""},
	} {
		require.True(t, mail.Permanent(box.Send(t.Context(), m)), "%q", m)
		require.True(t, mail.Permanent(sender.Send(t.Context(), m)), "%q", m)
	}
}
