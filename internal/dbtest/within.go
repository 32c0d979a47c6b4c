package dbtest

import "time"

// Within looks again and again until enough says so, and gives up after a while: false. It is for what another process does and
// tells nobody of. The looks become rarer, so that a server's limits of rate do not end a long wait.
func Within(patience time.Duration, enough func() bool) bool {
	deadline := time.Now().Add(patience)
	for pause := 10 * time.Millisecond; !enough(); pause = min(2*pause, 160*time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(pause) // between two looks; the deadline bounds it
	}
	return true
}
