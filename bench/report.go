package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// report is what is written down of a run.
type report struct {
	place    *Place
	began    time.Time
	loadavg  string // before anything was measured
	versions string
	rounds   int
	turn     time.Duration
	results  []result
}

func newReport(ctx context.Context, p *Place, rounds int, turn time.Duration) *report {
	return &report{place: p, began: time.Now(), loadavg: loadAverage(), versions: versions(ctx, p), rounds: rounds, turn: turn}
}

// write writes the whole report into a file.
func (r *report) write(path string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Measured ratios\n\nWritten by `make bench`. "+
		"Ratios of two things measured in turn on one machine; absolute figures are this machine's and this hour's.\n\n")
	fmt.Fprintf(&b, "- When: %s\n- Machine: %s\n- Versions: %s\n", r.began.UTC().Format("2006-01-02 15:04 MST"), machine(), r.versions)
	fmt.Fprintf(&b, "- Load average before and after: %s; %s\n", r.loadavg, loadAverage())
	fmt.Fprintf(&b, "- Method: %d turns of %s a side, in turn (A B A B …), after one each that does not count. Values are medians; the "+
		"ratio is the median of the rounds' ratios, with the least and the largest. Server, load generator and stores share the "+
		"processors; the load generator is a process of its own, and its share is in the table.\n\n", r.rounds, r.turn)
	b.WriteString("| goal | zoop | limit | ratio (spread) | bar | aim | |\n|---|---|---|---|---|---|---|\n")
	for _, res := range r.results {
		fmt.Fprintf(&b, "| %s: %s, against %s | %s |\n", res.Name, res.Work, res.Against, strings.Join(res.cells(), " | "))
	}
	for _, res := range r.results {
		if res.Note != "" {
			fmt.Fprintf(&b, "\n%s: %s\n", res.Name, res.Note)
		}
	}
	return os.WriteFile(path, b.Bytes(), 0o644) //nolint:gosec // for everybody to read
}

func (r result) cells() []string {
	sign := "≥ "
	if r.AtMost {
		sign = "≤ "
	}
	bar, aim := sign+number(r.Bar), sign+number(r.Aim)
	if r.err != nil {
		return []string{"", "", "", bar, aim, r.verdict()}
	}
	all := r.ratios()
	return []string{
		side(r.zoop, r.Unit), side(r.limit, r.Unit), fmt.Sprintf("**%.2f** (%.2f–%.2f)", r.ratio(), all[0], all[len(all)-1]), bar, aim, r.verdict(),
	}
}

// side is the medians of a side's turns.
func side(samples []Sample, unit string) string {
	return Sample{
		Value:   median(samples, func(s Sample) float64 { return s.Value }),
		P50:     time.Duration(median(samples, func(s Sample) float64 { return float64(s.P50) })),
		P99:     time.Duration(median(samples, func(s Sample) float64 { return float64(s.P99) })),
		Load:    median(samples, func(s Sample) float64 { return s.Load }),
		Server:  time.Duration(median(samples, func(s Sample) float64 { return float64(s.Server) })),
		Machine: time.Duration(median(samples, func(s Sample) float64 { return float64(s.Machine) })),
	}.text(unit)
}

// verdict is an error when a goal could not be measured for a reason other than that something is missing.
func (r *report) verdict() error {
	for _, res := range r.results {
		var s skip
		if res.err != nil && !errors.As(res.err, &s) {
			return fmt.Errorf("%s: %w", res.Name, res.err)
		}
	}
	return nil
}

func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.SplitSeq(string(text), "\n") {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d × %s, %s/%s", runtime.NumCPU(), model, runtime.GOOS, runtime.GOARCH)
}

func versions(ctx context.Context, p *Place) string {
	all := []string{runtime.Version()}
	if out, err := exec.CommandContext(ctx, p.zoop, "version").Output(); err == nil {
		line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		all = append(all, line)
	}
	for _, tool := range []string{"pgbench", "redis-server"} {
		path, err := findTool(tool)
		if err != nil {
			continue
		}
		if out, err := exec.CommandContext(ctx, path, "--version").Output(); err == nil {
			all = append(all, strings.TrimSpace(string(out)))
		}
	}
	return strings.Join(all, "; ")
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
