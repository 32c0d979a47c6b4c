package sim

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

// Report is what happened in a city.
type Report struct {
	Took     time.Duration
	Placed   int            // orders that customers placed
	Live     int            // orders that have not ended
	Ended    map[string]int // orders that ended, by state; also those of an earlier run that were taken up
	Errors   map[string]int // answers that were no success, by code; "unreachable" where there was none
	Skipped  int            // orders not placed because every customer was busy
	Couriers int
	Busy     int           // couriers with a delivery
	P50, P99 time.Duration // from sending an order to the server's yes
}

// Line is the report on one line.
func (r Report) Line() string {
	ended := counts(r.Ended)
	if ended == "" {
		ended = "none ended"
	}
	line := fmt.Sprintf("%s  placed %d (%.0f/min)  live %d  %s  couriers %d/%d busy  p50 %s p99 %s",
		r.Took.Round(time.Second), r.Placed, float64(r.Placed)/max(r.Took.Minutes(), 1.0/60), r.Live, ended,
		r.Busy, r.Couriers, round(r.P50), round(r.P99))
	if errs := counts(r.Errors); errs != "" {
		line += "  refused: " + errs
	}
	return line
}

// String is the report for people, on several lines.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "city closed after %s\n", r.Took.Round(time.Second))
	fmt.Fprintf(&b, "  placed    %d orders (%.0f a minute), p50 %s, p99 %s\n",
		r.Placed, float64(r.Placed)/max(r.Took.Minutes(), 1.0/60), round(r.P50), round(r.P99))
	fmt.Fprintf(&b, "  ended     %s\n", orNone(counts(r.Ended)))
	fmt.Fprintf(&b, "  live      %d\n", r.Live)
	fmt.Fprintf(&b, "  refused   %s\n", orNone(counts(r.Errors)))
	if r.Skipped > 0 {
		fmt.Fprintf(&b, "  skipped   %d (every customer was busy)\n", r.Skipped)
	}
	return b.String()
}

func counts(of map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, of[name]))
	}
	return strings.Join(parts, "  ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// round writes a latency in plain letters, so that a line may be cut anywhere.
func round(d time.Duration) string { return fmt.Sprintf("%.1fms", d.Seconds()*1000) }

// tell writes a line every ten seconds until ctx ends; on a terminal each takes the place of the one before.
func (t *tally) tell(ctx context.Context, out io.Writer) {
	screen, onScreen := out.(*os.File)
	onScreen = onScreen && term.IsTerminal(int(screen.Fd()))
	for pause(ctx, 10*time.Second) {
		line := t.report().Line()
		if !onScreen {
			fmt.Fprintln(out, line)
			continue
		}
		if width, _, err := term.GetSize(int(screen.Fd())); err == nil {
			line = line[:min(len(line), max(width-1, 0))] // one that wraps could not be replaced
		}
		fmt.Fprint(out, "\r\x1b[K"+line)
	}
	if onScreen {
		fmt.Fprintln(out)
	}
}
