// Package limit bounds how often things happen (Rate, Local) and how many happen at once (Slots).
//
// It holds the arithmetic and what one process remembers; internal/redis keeps the same rates for all processes together.
// Everything here has a bound in memory, however many callers there are.
package limit

import "time"

// Rate allows Burst requests at once and one more every Every. The zero Rate is no limit, and nobody asks about it.
//
// It is the Generic Cell Rate Algorithm of the ATM Forum's Traffic Management Specification 4.0 (ITU-T I.371), in the form
// of a virtual schedule: of each key one number is kept, the theoretical arrival time (TAT), at which the whole burst is
// there again. A request moves it on by one interval, and is refused if that takes it further than the burst ahead of now.
// B. Leach, "Rate limiting, cells, and GCRA" (brandur.org/rate-limiting) explains it for web servers.
type Rate struct {
	Every time.Duration // whole microseconds, at least one
	Burst int           // at least one
}

// Times is the rate with f times as many requests, and f times the burst; f is above 0.
func (r Rate) Times(f float64) Rate {
	return Rate{
		Every: max(time.Microsecond, time.Duration(float64(r.Every)/f).Round(time.Microsecond)),
		Burst: max(1, int(float64(r.Burst)*f)),
	}
}

// Window is the time in which a burst that was used up is there again.
func (r Rate) Window() time.Duration { return r.Every * time.Duration(r.Burst) }

// Key is who is limited, and in what.
type Key struct {
	Name string   // the limit's: one of a few constants
	ID   [16]byte // an account's, or an address
}

// Ask is one limit that a request must keep to. The keys of one request differ.
type Ask struct {
	Key  Key
	Rate Rate
}

// Verdict is the answer to a request's limits together: it keeps to all of them, or uses up none.
type Verdict struct {
	OK         bool
	Which      int           // index of the limit that refuses for longest, or of the one with the least left
	Remaining  int           // requests that this limit would still allow at once
	RetryAfter time.Duration // until this limit allows one again; 0 when OK
	Reset      time.Duration // until its whole burst is there again
}

// take moves one TAT on. Times are microseconds, as in limit.lua of internal/redis, which says the same to Redis.
func (r Rate) take(tat, now int64) (next int64, v Verdict) {
	every, burst := r.Every.Microseconds(), int64(r.Burst)
	window := every * burst
	// A TAT further ahead than the burst is left from a clock that went back, or from a rate that was wider.
	tat = min(max(tat, now), now+window)
	next = tat + every
	if wait := next - now - window; wait > 0 {
		return tat, Verdict{RetryAfter: micros(wait), Reset: micros(tat - now)}
	}
	return next, Verdict{OK: true, Remaining: int((window - (next - now)) / every), Reset: micros(next - now)}
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// worse says whether a verdict is what the caller should hear of rather than the other one.
func (v Verdict) worse(than Verdict) bool {
	switch {
	case v.OK != than.OK:
		return !v.OK
	case !v.OK:
		return v.RetryAfter > than.RetryAfter
	}
	return v.Remaining < than.Remaining
}
