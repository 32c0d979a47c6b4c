package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/payment"
)

func TestCardsAreNumbersThatNobodyHas(t *testing.T) {
	t.Parallel()
	for _, c := range Cards {
		require.Len(t, c.Number, 16)
		require.True(t, strings.HasPrefix(c.Number, "400000"))
		sum := 0
		for i, digit := range c.Number { // Luhn: every second digit from the right is doubled
			d := int(digit - '0')
			if i%2 == 0 {
				if d *= 2; d > 9 {
					d -= 9
				}
			}
			sum += d
		}
		require.Zero(t, sum%10, c.Number)
		got, known := find(c.Number[:4] + " " + c.Number[4:])
		require.True(t, known)
		require.Equal(t, c, got)
	}
}

func TestACardThatIsAccepted(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{})
	i, s := b.authorized(t, 24_900, accepted)
	require.Equal(t, rupees(24_900), b.shop.heard(t, i.PaymentID, payment.KindAuthorized).Amount)

	capture := b.operation(s, 20_000)
	progress, err := b.Capture(t.Context(), capture)
	require.NoError(t, err)
	require.Equal(t, payment.Done, progress)
	require.Equal(t, capture.ID, b.shop.heard(t, i.PaymentID, payment.KindCaptured).Operation)

	_, err = b.Void(t.Context(), b.operation(s, 0))
	require.True(t, payment.Final(err), "what was captured is not voided: %v", err)
	_, err = b.Refund(t.Context(), b.operation(s, 20_001))
	require.Equal(t, "amount_exceeds_captured", payment.CodeOf(err))
	for _, part := range []int64{5_000, 15_000} {
		_, err = b.Refund(t.Context(), b.operation(s, part))
		require.NoError(t, err)
	}
	standing, err := b.Status(t.Context(), s.Reference)
	require.NoError(t, err)
	require.Equal(t, payment.Standing{
		Reference: s.Reference, PaymentID: i.PaymentID, State: payment.Refunded,
		Authorized: rupees(24_900), Captured: rupees(20_000), Refunded: rupees(20_000),
	}, standing)
}

func TestACardThatIsDeclinedMayBeFollowedByAnother(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{})
	i, s := b.begun(t, 100)
	declined := func(b behaviour) bool { return b.decline != "" }
	require.Contains(t, pay(t, s, declined), "insufficient_funds")
	require.Equal(t, "insufficient_funds", b.shop.heard(t, i.PaymentID, payment.KindDeclined).Code)
	pay(t, s, accepted)
	b.shop.heard(t, i.PaymentID, payment.KindAuthorized)

	i, s = b.begun(t, 100)
	for range maxAttempts {
		pay(t, s, declined)
	}
	b.shop.heard(t, i.PaymentID, payment.KindFailed)
	require.Contains(t, pay(t, s, accepted), "already_failed")

	i, s = b.begun(t, 100)
	post(t, s.HostedURL, url.Values{"do": {"leave"}})
	require.Equal(t, "abandoned", b.shop.heard(t, i.PaymentID, payment.KindFailed).Code)
}

func TestThreeDSecureAsksTheCustomer(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{})
	asks := func(b behaviour) bool { return b.challenge }
	i, s := b.begun(t, 100)
	require.Contains(t, post(t, s.HostedURL, url.Values{"do": {"approve"}}), "nothing_was_asked")
	require.Contains(t, pay(t, s, asks), "Your bank asks")
	standing, err := b.Status(t.Context(), s.Reference)
	require.NoError(t, err)
	require.Equal(t, payment.Created, standing.State)
	require.Contains(t, post(t, s.HostedURL, url.Values{"do": {"approve"}}), "authorized")
	b.shop.heard(t, i.PaymentID, payment.KindAuthorized)

	i, s = b.begun(t, 100)
	pay(t, s, asks)
	post(t, s.HostedURL, url.Values{"do": {"refuse"}})
	require.Equal(t, "authentication_failed", b.shop.heard(t, i.PaymentID, payment.KindDeclined).Code)
}

func TestASlowBankAnswersWhenItLikes(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{SlowAfter: 200 * time.Millisecond})
	slow := func(b behaviour) bool { return b.slow }
	i, s := b.begun(t, 100)
	pay(t, s, slow)
	b.shop.heard(t, i.PaymentID, payment.KindAuthorized)

	patient := setup(t, Options{})
	i, s = patient.begun(t, 100)
	require.Contains(t, pay(t, s, slow), "has not answered yet")
	require.Contains(t, pay(t, s, accepted), "bank_is_thinking")
	_, err := patient.Void(t.Context(), patient.operation(s, 0))
	require.NoError(t, err, "a payment may be voided before its bank has answered")
	patient.shop.heard(t, i.PaymentID, payment.KindVoided)
}

func TestOfASilentPaymentOnlyAskingTells(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{})
	_, silent := b.authorized(t, 100, func(b behaviour) bool { return b.silent })
	other, _ := b.authorized(t, 100, accepted)
	b.shop.heard(t, other.PaymentID, payment.KindAuthorized)
	b.shop.wait(t, func(all []payment.Event) bool {
		for _, e := range all {
			require.NotEqual(t, silent.Reference, e.Reference)
		}
		return true
	})
}

func TestOperationsThatFail(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{0, 20 * time.Millisecond} {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			b := setup(t, Options{Delay: delay})
			i, s := b.authorized(t, 100, func(b behaviour) bool { return b.failCapture })
			capture := b.operation(s, 100)
			progress, err := b.Capture(t.Context(), capture)
			if delay > 0 {
				require.NoError(t, err)
				require.Equal(t, payment.Pending, progress)
				require.Equal(t, capture.ID, b.shop.heard(t, i.PaymentID, payment.KindCaptureFailed).Operation)
				_, err = b.Capture(t.Context(), capture)
			}
			require.True(t, payment.Final(err))
			require.Equal(t, "capture_declined", payment.CodeOf(err))

			i, s = b.authorized(t, 100, func(b behaviour) bool { return b.failRefund })
			_, err = b.Capture(t.Context(), b.operation(s, 100))
			require.NoError(t, err)
			b.shop.heard(t, i.PaymentID, payment.KindCaptured)
			refund := b.operation(s, 100)
			_, _ = b.Refund(t.Context(), refund)
			require.Equal(t, refund.ID, b.shop.heard(t, i.PaymentID, payment.KindRefundFailed).Operation)
			standing, err := b.Status(t.Context(), s.Reference)
			require.NoError(t, err)
			require.Equal(t, rupees(0), standing.Refunded)
		})
	}
}

// A call whose answer is lost is made again with the same key, and what it asked for is done once.
func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{})
	var lose atomic.Bool
	lossy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !lose.Load() {
			b.server.ServeHTTP(w, r)
			return
		}
		b.server.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(lossy.Close)
	client, err := NewClient(lossy.URL, testSecret, 0)
	require.NoError(t, err)
	again := func(call func() error) {
		t.Helper()
		lose.Store(true)
		err := call()
		require.Error(t, err)
		require.False(t, payment.Final(err))
		lose.Store(false)
		require.NoError(t, call())
		require.NoError(t, call())
	}
	i := newIntent(1_000)
	sessions := map[payment.Session]bool{}
	again(func() error {
		s, err := client.Begin(t.Context(), i)
		if err == nil {
			sessions[s] = true
		}
		return err
	})
	require.Len(t, sessions, 1)
	changed := i
	changed.Amount.Amount++
	_, err = client.Begin(t.Context(), changed)
	require.Equal(t, "key_reused", payment.CodeOf(err))
	var s payment.Session
	for s = range sessions {
		pay(t, s, accepted)
	}
	capture, refund := b.operation(s, 1_000), b.operation(s, 400)
	again(func() error { _, err := client.Capture(t.Context(), capture); return err })
	again(func() error { _, err := client.Refund(t.Context(), refund); return err })
	refund.Amount.Amount = 300
	_, err = client.Refund(t.Context(), refund)
	require.Equal(t, "key_reused", payment.CodeOf(err))
	standing, err := client.Status(t.Context(), s.Reference)
	require.NoError(t, err)
	require.Equal(t, rupees(1_000), standing.Captured)
	require.Equal(t, rupees(400), standing.Refunded)
}

func TestRefundsAtOnceNeverExceedWhatWasCaptured(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{0, 10 * time.Millisecond} {
		b := setup(t, Options{Delay: delay})
		i, s := b.authorized(t, 1_000, accepted)
		_, err := b.Capture(t.Context(), b.operation(s, 1_000))
		require.NoError(t, err)
		b.shop.heard(t, i.PaymentID, payment.KindCaptured)
		var group sync.WaitGroup
		var taken atomic.Int64
		for range 20 {
			group.Go(func() {
				if _, err := b.Refund(context.Background(), b.operation(s, 300)); err == nil {
					taken.Add(1)
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 3, taken.Load())
	}
}

func TestWebhooksComeTwiceOutOfOrderAndInSpiteOfFailures(t *testing.T) {
	t.Parallel()
	b := setup(t, Options{Duplicates: 3, Disorder: 20 * time.Millisecond, Seed: 7})
	b.shop.mu.Lock()
	b.shop.refuse = 25
	b.shop.mu.Unlock()
	const payments = 10
	for range payments {
		_, s := b.authorized(t, 100, accepted)
		_, err := b.Capture(t.Context(), b.operation(s, 100))
		require.NoError(t, err)
	}
	events := b.shop.wait(t, func(all []payment.Event) bool { return len(all) >= payments*2*4 })
	copies, disorder := map[string]int{}, 0
	captured := map[string]bool{}
	for _, e := range events {
		copies[e.ID]++
		switch {
		case e.Kind == payment.KindCaptured:
			captured[e.Reference] = true
		case captured[e.Reference]:
			disorder++
		}
	}
	require.Len(t, copies, payments*2)
	for id, n := range copies {
		require.Equal(t, 4, n, id)
	}
	require.Positive(t, disorder)
}

// childDir names the environment variable that makes this test binary a sandbox in a directory.
const childDir = "ZOOP_TEST_SANDBOX_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir, os.Getenv("ZOOP_TEST_SANDBOX_ADDRESS"))
	}
	os.Exit(m.Run())
}

func child(dir, address string) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	s, err := New(Options{Secret: testSecret, Dir: dir, PublicURL: "http://" + l.Addr().String(), Delay: 50 * time.Millisecond})
	if err != nil {
		panic(err)
	}
	go func() { panic(http.Serve(l, s)) }()
	fmt.Println(l.Addr())
	panic(s.Run(context.Background()))
}

// spawn starts a sandbox as a process of its own and gives its address.
func spawn(t *testing.T, dir, address string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, "ZOOP_TEST_SANDBOX_ADDRESS="+address)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return cmd, strings.TrimSpace(line)
}

// Killed without warning again and again, a sandbox knows all that it has answered, and goes on with what it had promised.
func TestSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, address := spawn(t, dir, "127.0.0.1:0")
	client, err := NewClient("http://"+address, testSecret, 0)
	require.NoError(t, err)
	kill := func() {
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		cmd, _ = spawn(t, dir, address)
	}
	i := newIntent(900)
	s, err := client.Begin(t.Context(), i)
	require.NoError(t, err)
	kill()
	same, err := client.Begin(t.Context(), i)
	require.NoError(t, err)
	require.Equal(t, s, same)
	pay(t, s, accepted)
	kill()
	capture := payment.Operation{ID: i.OrderID, Reference: s.Reference, Amount: rupees(900)}
	_, err = client.Capture(t.Context(), capture)
	require.NoError(t, err)
	kill() // most likely before the capture was done
	require.Eventually(t, func() bool {
		progress, err := client.Capture(t.Context(), capture)
		return err == nil && progress == payment.Done
	}, time.Minute, 10*time.Millisecond)
	for n := range 5 {
		refund := payment.Operation{ID: i.PaymentID, Reference: s.Reference, Amount: rupees(100)}
		refund.ID[15] = byte(n)
		_, err := client.Refund(t.Context(), refund)
		require.NoError(t, err)
		kill()
		_, err = client.Refund(t.Context(), refund)
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		standing, err := client.Status(t.Context(), s.Reference)
		return err == nil && standing.Refunded == rupees(500) && standing.Captured == rupees(900)
	}, time.Minute, 10*time.Millisecond)
}

func TestAHalfWrittenLineIsForgotten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := New(Options{Secret: testSecret, Dir: dir})
	require.NoError(t, err)
	r, err := first.book.begin(intent{PaymentID: newIntent(1).PaymentID, Amount: 5, Currency: "INR"}, "pay_1")
	require.NoError(t, err)
	_, err = New(Options{Secret: testSecret, Dir: dir})
	require.ErrorContains(t, err, "another process")
	_, err = first.book.journal.file.WriteString(`{"payment":{"reference":"pay_2","int`)
	require.NoError(t, err)
	first.Close()
	second, err := New(Options{Secret: testSecret, Dir: dir})
	require.NoError(t, err)
	defer second.Close()
	got, err := second.book.get("pay_1")
	require.NoError(t, err)
	require.Equal(t, r, got)
	_, err = second.book.get("pay_2")
	require.ErrorIs(t, err, errUnknown)
	require.Len(t, second.book.payments, 1)
}

func TestUndeliveredWebhooksSurvive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := New(Options{Secret: testSecret, Dir: dir})
	require.NoError(t, err)
	i := newIntent(1)
	_, err = first.book.begin(intent{PaymentID: i.PaymentID, Amount: 5, Currency: "INR"}, "pay_1")
	require.NoError(t, err)
	_, err = first.book.change("pay_1", func(r *record, now time.Time) ([]fact, bool) {
		facts, _ := r.pay(Cards[0], now, 0)
		return facts, true
	})
	require.NoError(t, err)
	first.Close()
	b := setup(t, Options{Dir: dir})
	b.shop.heard(t, i.PaymentID, payment.KindAuthorized)
}
