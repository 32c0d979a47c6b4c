package seed

import "hash/fnv"

// draw is a stream of numbers that follows from a key alone, on every machine and with every release of Go, so that menus,
// hours and phones are the same wherever a row is imported. It is SplitMix64.
type draw struct{ state uint64 }

// drawFor begins the stream of one purpose ("menu") of one vendor.
func drawFor(key, purpose string) *draw {
	h := fnv.New64a()
	_, _ = h.Write([]byte(purpose + "\x00" + key)) // never fails
	return &draw{h.Sum64()}
}

func (d *draw) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number from 0 up to n, n not included; n must be positive.
func (d *draw) below(n int) int {
	return int(d.next() % uint64(n)) //nolint:gosec // n is a small positive count
}

// between gives a number from least to most, both included.
func (d *draw) between(least, most int) int { return least + d.below(most-least+1) }

// share gives a number from 0 up to 1.
func (d *draw) share() float64 { return float64(d.next()>>11) / (1 << 53) }

// shuffled gives the numbers from 0 to n-1 in some order.
func (d *draw) shuffled(n int) []int {
	out := make([]int, n)
	for i := range out {
		j := d.below(i + 1)
		out[i] = out[j]
		out[j] = i
	}
	return out
}
