package boot

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// garbageRoom is how much garbage there may be before it is collected, whatever little is in use. By default Go collects when
// there is as much as is in use: seven megabytes in a process that mostly serves from its cache, which it fills ten times a
// second under load.
const garbageRoom = 64 << 20

// tendGarbage keeps the collector's target in step with what is in use, until ctx ends. GOGC in the environment overrides it.
func tendGarbage(ctx context.Context) error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for set := 0; ; {
		metrics.Read(sample)
		if percent := garbagePercent(sample[0].Value.Uint64()); percent != set { // setting it stops the world for a moment
			set = percent
			debug.SetGCPercent(set)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// garbagePercent is the target for so many bytes in use, in steps of fifty percent: never less than the default of 100.
func garbagePercent(live uint64) int {
	const least, most, step = 100, 1000, 50
	percent := most
	if live > 0 {
		percent = int(min(most, garbageRoom*100/live)) //nolint:gosec // at most 1000
	}
	return max(least, percent/step*step)
}
