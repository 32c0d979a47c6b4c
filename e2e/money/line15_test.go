package money

import (
	"testing"

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
