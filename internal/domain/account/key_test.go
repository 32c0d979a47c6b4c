package account_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain/account"
)

func TestKeysTakeTurns(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	keys := []account.Key{ // newest first
		{ID: "c", Purpose: account.ForTokens, SignsFrom: at(20)},
		{ID: "k2", Purpose: account.ForCodes, SignsFrom: at(12)},
		{ID: "b", Purpose: account.ForTokens, SignsFrom: at(10)},
		{ID: "a", Purpose: account.ForTokens, SignsFrom: at(0)},
		{ID: "k1", Purpose: account.ForCodes, SignsFrom: at(0)},
	}
	for minute, want := range map[int]string{-1: "a", 0: "a", 9: "a", 10: "b", 19: "b", 20: "c", 99: "c"} {
		require.Equal(t, want, keys[account.SignerAt(keys, at(minute))].ID, minute)
	}
	require.Equal(t, []account.KeyState{account.Published, account.Signing, account.Signing, account.Verifying, account.Retired},
		account.StateAt(keys, at(15)))
	require.Equal(t, -1, account.SignerAt(keys[1:2], at(15)))
	require.Greater(t, account.KeyOverlap, account.MaxMintedTTL+account.Leeway, "a key outlives what it signed")
	require.Greater(t, account.KeyPublished, account.KeysMaxAge, "nobody's copy is too old")
}
