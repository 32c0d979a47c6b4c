package plan

import "time"

// again expects what was ordered lately to be ordered again, so much later. It is a forecast that needs no history: it knows
// the hour, the weather, and which vendors are full.
func again(lately []Order, now time.Time, after time.Duration) []Order {
	out := make([]Order, 0, len(lately))
	for _, o := range lately {
		if o.Placed.After(now) || !o.Placed.Add(after).After(now) {
			continue
		}
		o.Placed, o.Ready, o.Promised = o.Placed.Add(after), o.Ready.Add(after), time.Time{}
		o.Cash, o.Reach, o.Barred = 0, 0, nil
		out = append(out, o)
	}
	return out
}
