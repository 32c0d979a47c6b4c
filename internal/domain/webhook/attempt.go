package webhook

import "time"

// State is what became of a delivery.
type State string

// The states.
const (
	Pending   State = "pending"
	Delivered State = "delivered"
	Failed    State = "failed"
)

// Fault is why an attempt came to nothing, in a word that may be shown.
type Fault string

// The faults; "" is none.
const (
	FaultAddress    Fault = "address"    // it leads to where no webhook may go
	FaultName       Fault = "name"       // the host's name has no address
	FaultConnection Fault = "connection" // refused, reset, or not HTTP
	FaultTLS        Fault = "tls"
	FaultTimeout    Fault = "timeout"
	FaultRedirect   Fault = "redirect" // redirects are not followed
	FaultStatus     Fault = "status"   // any other than 2xx
	FaultExpired    Fault = "expired"  // it was never tried to the end: the endpoint did not answer, or was disabled, for days
	FaultSecret     Fault = "secret"   // what it is signed with cannot be read
)

// pauses are those between attempts, as Standard Webhooks suggests: ten attempts within 75 hours and a half.
var pauses = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// GiveUpAfter is how long something is tried, also when its endpoint has rested so often that there were fewer attempts.
const GiveUpAfter = 4 * 24 * time.Hour

// Pause is how long to wait after so many attempts, at least 1, that have come to nothing; not ok: there are no more. The lot, from 0 to
// below 1, adds at most a tenth, so that what failed together does not come back together.
func Pause(tries int, lot float64) (pause time.Duration, ok bool) {
	if tries > len(pauses) {
		return 0, false
	}
	pause = pauses[tries-1]
	return pause + time.Duration(lot*float64(pause)/10), true
}

// Health is how an endpoint fares.
type Health struct {
	Failures int       // attempts in a row that came to nothing
	Since    time.Time // the first of them; zero: there is none
	Slow     bool      // it is not known to answer quickly
}

// quick is how long answers take at most, on average, of an endpoint that is not slow.
const quick = 2 * time.Second

// After is the health after one more attempt.
func (h Health) After(f Fault, took time.Duration, now time.Time) Health {
	if f == "" {
		return Health{Slow: took > quick}
	}
	h.Failures++
	h.Slow = true
	if h.Since.IsZero() {
		h.Since = now
	}
	return h
}

// Rest is how long an endpoint is left alone: longer with each failure, so that one which does not answer costs little.
func (h Health) Rest() time.Duration {
	const most = 5 * time.Minute
	if h.Failures == 0 {
		return 0
	}
	return min(time.Second<<min(h.Failures-1, 10), most)
}

// Hopeless says whether nothing has arrived for so long, in spite of many attempts, that the endpoint is disabled.
func (h Health) Hopeless(now time.Time) bool {
	const days, attempts = 5 * 24 * time.Hour, 20
	return h.Failures >= attempts && !h.Since.IsZero() && now.Sub(h.Since) >= days
}
