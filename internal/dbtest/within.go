package dbtest

import "time"

// Within looks again and again until enough says so, and gives up after a while: false. It is for what another process does and
// tells nobody of.
func Within(patience time.Duration, enough func() bool) bool {
	deadline := time.Now().Add(patience)
	for !enough() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(10 * time.Millisecond) // between two looks; the deadline bounds it
	}
	return true
}
