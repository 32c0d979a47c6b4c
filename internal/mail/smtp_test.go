package mail_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/mail"
)

// server is a mail server that remembers what it was given.
type server struct {
	reject map[string]*smtp.SMTPError // by recipient

	mu  sync.Mutex
	got []received
}

type received struct {
	from, to, user, data string
	encrypted            bool
}

// serve starts the server on loopback and gives its port. Implicit: TLS from the start. A nil TLS config offers none.
func (s *server) serve(t *testing.T, config *tls.Config, implicit bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	srv.Domain, srv.TLSConfig = "mail.example.com", config
	if implicit {
		l = tls.NewListener(l, config)
	}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return port
}

func (s *server) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

type session struct {
	*server
	conn *smtp.Conn
	now  received
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.now.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.now.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.now.to = to
	if err := s.reject[to]; err != nil {
		return err
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, s.now.encrypted = s.conn.TLSConnectionState()
	s.now.data = string(data)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, s.now)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// certificate is one for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	t.Cleanup(web.Close)
	pool := x509.NewCertPool()
	pool.AddCert(web.Certificate())
	return &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}, pool
}

var code = mail.Message{
	To: "asha@example.com", Subject: "123456 is your code", Text: "Your code is\n\n    123456\n", HTML: "<p>Your code is <b>123456</b></p>",
	Brief: "code 123456",
}

func TestSMTPEncrypts(t *testing.T) {
	t.Parallel()
	config, roots := certificate(t)
	for name, implicit := range map[string]bool{"smtp": false, "smtps": true} {
		s := &server{}
		port := s.serve(t, config, implicit)
		sender, err := mail.NewSMTP(mail.SMTPConfig{URL: name + "://zoop:secret@127.0.0.1:" + port, From: "zoop <hello@example.com>", Roots: roots})
		require.NoError(t, err)
		require.NoError(t, sender.Send(t.Context(), code), name)
		require.Len(t, s.received(), 1)
		got := s.received()[0]
		require.True(t, got.encrypted)
		require.Equal(t, "zoop", got.user)
		require.Equal(t, "hello@example.com", got.from)
		require.Equal(t, "asha@example.com", got.to)
		m, err := netmail.ReadMessage(strings.NewReader(got.data))
		require.NoError(t, err)
		require.Equal(t, code.Subject, m.Header.Get("Subject"))
		require.Equal(t, "auto-generated", m.Header.Get("Auto-Submitted"))
		require.Contains(t, m.Header.Get("Content-Type"), "multipart/alternative")
		require.Contains(t, got.data, "    123456")
		require.Contains(t, got.data, "<b>123456</b>")
		require.NotContains(t, got.data, "code 123456", "Brief is not for the world")

		distrusting, err := mail.NewSMTP(mail.SMTPConfig{URL: name + "://127.0.0.1:" + port, From: "hello@example.com"})
		require.NoError(t, err)
		require.Error(t, distrusting.Send(t.Context(), code), "an unknown authority")
		require.Len(t, s.received(), 1)
	}
}

// 0.0.0.0 reaches this machine without being called loopback.
func TestSMTPWithoutTLSIsForThisMachineAlone(t *testing.T) {
	t.Parallel()
	s := &server{}
	port := s.serve(t, nil, false)
	for host, sent := range map[string]int{"0.0.0.0": 0, "127.0.0.1": 1} {
		s.got = nil
		sender, err := mail.NewSMTP(mail.SMTPConfig{URL: "smtp://" + host + ":" + port, From: "hello@example.com"})
		require.NoError(t, err)
		err = sender.Send(t.Context(), code)
		require.Equal(t, sent == 0, err != nil, host)
		require.Len(t, s.received(), sent, host)
	}
}

func TestSMTPErrorsSayWhetherToTryAgainAndNothingElse(t *testing.T) {
	t.Parallel()
	const secret = "asha@example.com"
	s := &server{reject: map[string]*smtp.SMTPError{
		"gone@example.com": {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no " + secret},
		"busy@example.com": {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "later, " + secret},
	}}
	port := s.serve(t, nil, false)
	sender, err := mail.NewSMTP(mail.SMTPConfig{URL: "smtp://127.0.0.1:" + port, From: "hello@example.com"})
	require.NoError(t, err)
	for to, permanent := range map[string]bool{"gone@example.com": true, "busy@example.com": false} {
		err := sender.Send(t.Context(), mail.Message{To: to, Subject: "s", Text: "t"})
		require.Error(t, err)
		require.Equal(t, permanent, mail.Permanent(err), to)
		require.NotContains(t, err.Error(), "@")
		require.Contains(t, err.Error(), fmt.Sprint(s.reject[to].Code))
	}
}

func TestSMTPGivesUpOnASilentServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	sender, err := mail.NewSMTP(mail.SMTPConfig{URL: "smtp://" + l.Addr().String(), From: "hello@example.com", Timeout: 100 * time.Millisecond})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = sender.Send(ctx, code)
	require.Error(t, err)
	require.False(t, mail.Permanent(err))
	require.NoError(t, ctx.Err(), "it waited for the caller's patience instead of its own")
}

func TestSMTPConfigRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []mail.SMTPConfig{
		{URL: "", From: "a@example.com"},
		{URL: "http://user:hunter2@example.com", From: "a@example.com"},
		{URL: "smtp://user:hunter2@", From: "a@example.com"},
		{URL: "smtp://user:hunter2@example.com:99999", From: "a@example.com"},
		{URL: "smtp://example.com", From: "nobody"},
		{URL: "smtp://example.com", From: "a@example.com\r\nBcc: b@example.com"},
	} {
		_, err := mail.NewSMTP(c)
		require.Error(t, err, c.From)
		require.NotContains(t, err.Error(), "hunter2")
	}
}
