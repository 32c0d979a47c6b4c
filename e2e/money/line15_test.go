package money

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestLine15TheRules has whatever may happen to orders happen to the rules alone.
func TestLine15TheRules(t *testing.T) {
	sequences(t, 10_000, 500)
	seen := reached{}
	rapid.Check(t, func(t *rapid.T) { live(t, newCity(t.Fatalf, drawTerms(t)), seen) })
	if full() {
		seen.everything(t)
	}
}

// TestLine15OnPostgres has the same happen to the use cases on a real Postgres. After each sequence zoop verify finds nothing, and what is
// in the books stays there.
func TestLine15OnPostgres(t *testing.T) {
	sequences(t, 300, 20)
	m, seen := newMarket(t), reached{}
	var last *shop
	rapid.Check(t, func(t *rapid.T) {
		s := m.open(t.Fatalf, drawTerms(t))
		defer s.shut()
		live(t, s, seen)
		s.proved(s.since)
		last = s
	})
	last.fatal = t.Fatalf
	last.proved(time.Time{})
	for _, change := range []string{`UPDATE entries SET amount = amount + 1`, `DELETE FROM entries`, `TRUNCATE entries`, `UPDATE transfers SET source = id`, `DELETE FROM transfers`, `DELETE FROM accounts`} {
		_, err := m.pool.Exec(t.Context(), change)
		require.Error(t, err, change)
	}
	require.NotZero(t, seen[string(place)])
	if full() {
		seen.everywhere(t)
	}
}
