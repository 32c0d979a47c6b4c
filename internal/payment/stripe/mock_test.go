package stripe

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/payment"
)

// mock starts stripe-mock, which checks every request against Stripe's own description of its API, and gives its URL.
func mock(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "-modfile=../../../tools/go.mod", "-n", "stripe-mock").Output()
	if err != nil {
		t.Skipf("stripe-mock cannot be had: go tool -n stripe-mock: %v", err)
	}
	cmd := exec.Command(strings.TrimSpace(string(out)), "-http-port", "0")
	cmd.Stderr = os.Stderr
	lines, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address := make(chan string, 1)
	go func() {
		for s := bufio.NewScanner(lines); s.Scan(); { // to its end, so that it never waits for a reader
			if _, found, ok := strings.Cut(s.Text(), "Listening for HTTP at address: "); ok {
				address <- "http://" + strings.Replace(found, "[::]", "127.0.0.1", 1)
			}
		}
		close(address)
	}()
	url, ok := <-address
	require.True(t, ok, "stripe-mock did not start")
	return url
}

func TestRequestsAreWhatStripeDescribes(t *testing.T) {
	t.Parallel()
	g, err := New(Options{Key: "sk_test_123", WebhookSecret: webhookSecret, URL: mock(t)})
	require.NoError(t, err)
	session, err := g.Begin(t.Context(), payment.Intent{
		PaymentID: domain.ID(id.New()), OrderID: domain.ID(id.New()), Number: "ZX-1", Amount: domain.Money{Amount: 2_000, Currency: "USD"},
	})
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(session.Reference, "pi_"), session.Reference)
	require.NotEmpty(t, session.ClientSecret)
	o := payment.Operation{ID: domain.ID(id.New()), Reference: session.Reference, Amount: domain.Money{Amount: 1_000, Currency: "USD"}}
	// The mock keeps nothing and always tells of the same intent, so only that it took the requests counts here.
	_, err = g.Status(t.Context(), session.Reference)
	require.NoError(t, err)
	_, err = g.Capture(t.Context(), o)
	require.NoError(t, err)
	_, err = g.Void(t.Context(), o)
	require.NoError(t, err)
	_, err = g.Refund(t.Context(), o)
	require.NoError(t, err)
}
