package letter

import "time"

// Outcome is what became of an attempt to send a letter.
type Outcome string

// The outcomes.
const (
	Sent    Outcome = "sent"
	Dropped Outcome = "dropped" // nobody is to get it: its reader is gone or does not want it, or it is a decoy
	Expired Outcome = "expired" // it was of no use any more
	Failed  Outcome = "failed"  // for now: it is tried again while it has attempts left
	Dead    Outcome = "dead"    // for good: kept for staff to look at
)

// longestPause is the most that lies between two attempts, without the part that is drawn by lot.
const longestPause = time.Hour

// Pause is how long to wait after so many attempts, at least 1: a second, doubling up to an hour. The lot, from 0 to below
// 1, adds at most half of it, so that what failed together does not come back together.
func Pause(attempt int, lot float64) time.Duration {
	const doublings = 12 // 2^12 s is more than an hour
	pause := min(time.Second<<min(attempt-1, doublings), longestPause)
	return pause + time.Duration(lot*float64(pause)/2)
}
