package main

import (
	"os"
	"strings"
	"time"
)

// progress shows how far an import is, or other work that is done in many steps: a bar where a person looks, else a line now and then.
type progress struct {
	out     *os.File
	bar     bool
	size    int64 // of the input, in bytes; 0 where nobody knows
	unit    string
	started time.Time
	last    time.Time // of the last line
	drawn   bool
}

const (
	barCells  = 30
	lineEvery = 5 * time.Second
)

func newProgress(out *os.File, size int64) *progress {
	now := time.Now()
	return &progress{out: out, bar: tty(out), size: size, unit: "rows", started: now, last: now}
}

// show is told how many bytes were read and how many rows dealt with.
func (p *progress) show(bytes int64, rows int) {
	now := time.Now()
	rate := float64(rows) / max(now.Sub(p.started).Seconds(), 0.001)
	share := 0.0
	if p.size > 0 {
		share = min(float64(bytes)/float64(p.size), 1)
	}
	switch {
	case p.bar && p.size > 0:
		full := int(share * barCells)
		printf(p.out, "\r[%s%s] %3.0f %%  %d %s, %.0f a second ", strings.Repeat("#", full), strings.Repeat(".", barCells-full), share*100, rows, p.unit, rate)
		p.drawn = true
	case p.bar:
		printf(p.out, "\r%d %s, %.0f a second ", rows, p.unit, rate)
		p.drawn = true
	case now.Sub(p.last) >= lineEvery:
		printf(p.out, "%d %s, %.0f a second\n", rows, p.unit, rate)
		p.last = now
	}
}

// done takes the bar away.
func (p *progress) done() {
	if p.drawn {
		printf(p.out, "\r\x1b[K")
	}
}
