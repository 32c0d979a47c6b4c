package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// TestNearCommandsAreNamed: a word that is no command is answered with the one that may have been meant.
func TestNearCommandsAreNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"oders"}, "unknown command \"oders\" for \"zoop\"; did you mean orders; see `zoop --help`"},
		{[]string{"orders", "lst"}, "did you mean get or list; see `zoop orders --help`"},
		{[]string{"orders", "qqqqqq"}, "unknown command \"qqqqqq\" for \"zoop orders\"; see `zoop orders --help`"},
	} {
		root := newRoot(&cli{})
		root.SetArgs(c.args)
		err := root.ExecuteContext(t.Context())
		require.ErrorContains(t, err, c.says)
		require.Equal(t, exitUsage, exitCode(err))
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"1d": 24 * time.Hour, "90m": 90 * time.Minute, "0s": 0} {
		var s span
		require.NoError(t, s.Set(text))
		require.Equal(t, want, time.Duration(s), text)
	}
	for _, text := range []string{"", "d", "-1d", "soon", "1.5d"} {
		var s span
		require.ErrorContains(t, s.Set(text), "such as 90m, 12h or 1d", text)
	}
}

// TestCashGoesToTheWallet: there is nothing else that it could go back to.
func TestCashGoesToTheWallet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method dto.PaymentMethod
		wanted string
		to     dto.RefundRequestTo
	}{{"cod", "", "wallet"}, {"cod", "wallet", "wallet"}, {"card", "", "source"}, {"card", "wallet", "wallet"}, {"card", "source", "source"}} {
		to, err := target(dto.Order{Payment: dto.Payment{Method: c.method}}, c.wanted)
		require.NoError(t, err)
		require.Equal(t, c.to, *to)
	}
	_, err := target(dto.Order{Payment: dto.Payment{Method: "cod"}}, "source")
	require.ErrorContains(t, err, "--to wallet")
	require.Equal(t, exitConflict, exitCode(err))
}

func TestShortCouriers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"c-8057": true, "c-dEAE": false, "c-805": false, "8057": false, "c-80571": false} {
		require.Equal(t, want, isShortCourier(text), text)
	}
}
