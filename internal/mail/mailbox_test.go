package mail_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/mail"
)

func TestMailboxKeepsTheNewest(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	var told int
	box, err := mail.OpenMailbox(dir, func(m mail.Message) { told++ })
	require.NoError(t, err)
	for range 300 {
		require.NoError(t, box.Send(t.Context(), code))
	}
	box, err = mail.OpenMailbox(dir, func(m mail.Message) { told++ })
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
	text, err := os.ReadFile(filepath.Join(dir, entries[0].Name()))
	require.NoError(t, err)
	require.Contains(t, string(text), "To: asha@example.com\nSubject: 123456 is your code\n")
	info, err = os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestNothingBecomesAHeader(t *testing.T) {
	t.Parallel()
	box, err := mail.OpenMailbox(t.TempDir(), func(mail.Message) { t.Error("kept") })
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
