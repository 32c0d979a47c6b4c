package notify

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/mail"
)

// post is a sender whose answers a test decides.
type post struct {
	answer func(mail.Message) error
	sent   chan mail.Message
}

func (p *post) Send(ctx context.Context, m mail.Message) error {
	if err := p.answer(m); err != nil {
		return err
	}
	select {
	case p.sent <- m:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type fixture struct {
	*Notifier
	post post
	logs *bytes.Buffer // read it after stop
	stop func()
}

func setup(t *testing.T, answer func(mail.Message) error) *fixture {
	t.Helper()
	t.Parallel()
	f := &fixture{post: post{answer, make(chan mail.Message, 2*queueSize)}, logs: &bytes.Buffer{}}
	f.Notifier = New(&f.post, slog.New(slog.NewTextHandler(f.logs, nil)))
	f.pause = time.Millisecond
	return f
}

func (f *fixture) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = f.Run(ctx)
	}()
	f.stop = func() {
		cancel()
		<-done
	}
}

func codeFor(p account.Purpose) account.Code {
	return account.Code{
		To: "asha@example.com", Digits: "314159", Purpose: p, Until: time.Now().Add(time.Minute),
		Profile: account.Profile{FirstName: "Visit http://evil.example", Role: domain.RoleVendor},
	}
}

func allGood(mail.Message) error { return nil }

func TestTexts(t *testing.T) {
	t.Parallel()
	for purpose, says := range map[account.Purpose]string{
		account.SignIn: "sign in", account.SignUp: "open a vendor account", account.Already: "There is one already",
	} {
		m, err := compose(codeFor(purpose))
		require.NoError(t, err)
		require.Equal(t, "asha@example.com", m.To)
		require.Equal(t, "314159 is your zoop code", m.Subject)
		require.Contains(t, m.Text, says)
		require.Contains(t, m.Text, "\n    314159\n")
		require.Contains(t, m.Text, "for 5 minutes")
		require.False(t, strings.HasPrefix(m.Text, "\n"))
		require.NotContains(t, m.Text, "evil", "a stranger's words are in the mail")
	}
}

func TestCodesAreSentAndDecoysAreNot(t *testing.T) {
	f := setup(t, allGood)
	require.NoError(t, f.SendCode(codeFor(account.Decoy)))
	require.NoError(t, f.SendCode(codeFor(account.SignIn)))
	late := codeFor(account.SignUp)
	late.Until = time.Now().Add(-time.Second)
	require.NoError(t, f.SendCode(late))
	f.run()
	m := <-f.post.sent
	f.stop()
	require.Contains(t, m.Text, "sign in")
	require.Empty(t, f.post.sent)
	require.Empty(t, f.room)
}

func TestFailuresAreRetriedWhileItHelps(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		good    int // the attempt from which on it works
		sent    int
		attempt string
	}{
		"passing":   {&mail.Error{Step: "connect"}, 3, 1, "attempt=2"},
		"lasting":   {errors.New("broken"), 99, 0, "attempt=5"},
		"permanent": {&mail.Error{Step: "recipient", Code: 550, Permanent: true}, 99, 0, "attempt=1"},
	} {
		t.Run(name, func(t *testing.T) {
			var f *fixture
			done := make(chan struct{}, maxAttempts)
			tries := 0 // one message: never two at once
			f = setup(t, func(mail.Message) error {
				tries++
				done <- struct{}{}
				if tries >= c.good {
					return nil
				}
				return c.err
			})
			require.NoError(t, f.SendCode(codeFor(account.SignIn)))
			f.run()
			require.Eventually(t, func() bool { return len(f.room) == 0 }, 20*time.Second, time.Millisecond)
			f.stop()
			require.Len(t, f.post.sent, c.sent)
			require.Contains(t, f.logs.String(), c.attempt)
			require.Len(t, done, min(c.good, maxAttempts, map[bool]int{true: 1, false: maxAttempts}[mail.Permanent(c.err)]))
			require.NotContains(t, f.logs.String(), "314159")
			require.NotContains(t, f.logs.String(), "@")
		})
	}
}

// A decoy takes room as a real code does: a full queue tells nothing about an address.
func TestFullQueueRefusesAllAlike(t *testing.T) {
	f := setup(t, allGood)
	for range queueSize {
		require.NoError(t, f.SendCode(codeFor(account.SignIn)))
	}
	for _, p := range []account.Purpose{account.SignIn, account.Decoy} {
		require.Equal(t, domain.Unavailable, domain.KindOf(f.SendCode(codeFor(p))))
	}
	f.run()
	f.stop() // sends what is queued
	require.Len(t, f.post.sent, queueSize)
	require.NoError(t, f.SendCode(codeFor(account.SignIn)))
}
