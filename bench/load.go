package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Load is what the load generator is told: so many connections to one address, each of which sends its next request as soon
// as it has the answer to the last.
type Load struct {
	Address     string        // host:port
	Connections int           // at most 1,024
	For         time.Duration // requests that began before its end are waited for
	Most        int           // end earlier after so many; 0: there is no end to them
	Requests    []Request     // all connections take them in turn, over and over
	Script      string        // instead of Requests: the name of one in scripts
	Args        json.RawMessage
	// Burst makes the connections send one request each at the same moment, wait for all answers, and begin anew; before each
	// burst the next of Before is sent and answered.
	Burst  bool
	Before []Request
	// Sockets, instead of all that, are tokens of couriers, each with a WebSocket of their own on which they say where they are.
	Sockets []string
	Fan     *Fan // the same, for sockets that hear something
}

// Request is sent as it is. An answer other than 2xx is a failure of the run.
type Request struct {
	Method string `json:",omitempty"` // GET
	Path   string
	Token  string `json:",omitempty"`
	Body   string `json:",omitempty"`
	Header string `json:",omitempty"` // further lines, each with its CRLF
}

// Script is what a connection does over and over when its requests depend on answers: one call is one piece of work. Args are
// the load's, connection numbers from 0 and n counts that connection's calls.
type Script func(c *Conn, args json.RawMessage, connection, n int) error

// scripts are those that a Load may name.
var scripts = map[string]Script{}

// loaded is what the load generator answers.
type loaded struct {
	Done     int
	Took     time.Duration
	P50, P99 time.Duration
	CPU      time.Duration // of the load generator, user and system
	Server   time.Duration // of the server, where the load generator looked, since it could begin
	Failure  string        // the first one; "": none
}

// over has a second process make the load, and gives what was done a second.
func (p *Place) over(ctx context.Context, l Load) (Sample, error) {
	s, got, err := p.load(ctx, l)
	if err != nil {
		return s, err
	}
	s.Value, s.P50, s.P99, s.Load = float64(got.Done)/got.Took.Seconds(), got.P50, got.P99, got.CPU.Seconds()/got.Took.Seconds()
	s.Server /= time.Duration(max(1, got.Done))
	s.Machine /= time.Duration(max(1, got.Done))
	return s, nil
}

// load has a second process make the load; the sample has what it cost in all.
func (p *Place) load(ctx context.Context, l Load) (cost Sample, got loaded, err error) {
	told, err := json.Marshal(l)
	if err != nil {
		return cost, got, err
	}
	ctx, cancel := context.WithTimeout(ctx, l.For+time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.self)
	cmd.Env = append(os.Environ(), roleKey+"="+roleLoad)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(told), os.Stderr
	server := p.servers[l.Address]
	profiled := p.profiled(ctx, l)
	before, busy := cpuOf(server), machineCPU()
	out, err := cmd.Output()
	cost.Server, cost.Machine = cpuOf(server)-before, machineCPU()-busy
	profiled()
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if got.Server > 0 {
		cost.Server = got.Server
	}
	if err != nil {
		return cost, got, fmt.Errorf("load generator: %w", err)
	}
	if got.Failure != "" {
		return cost, got, errors.New(got.Failure)
	}
	return cost, got, nil
}

// runLoad is the second process.
func runLoad(ctx context.Context, in io.Reader, out io.Writer) error {
	var l Load
	if err := json.NewDecoder(in).Decode(&l); err != nil {
		return err
	}
	if len(l.Sockets) > 0 {
		return runSockets(ctx, l, out)
	}
	if l.Fan != nil {
		return runFan(ctx, l, out)
	}
	if l.Connections < 1 || l.Connections > 1024 || l.For <= 0 || (len(l.Requests) == 0) == (l.Script == "") {
		return errors.New("this is no load")
	}
	g := &generator{Load: l, raw: render(l.Requests, l.Address), before: render(l.Before, l.Address)}
	for range l.Connections {
		c, err := dial(ctx, l.Address)
		if err != nil {
			return err
		}
		defer c.Close()
		g.conns = append(g.conns, c)
	}
	start, cpu := time.Now(), cpuTime()
	if l.Burst {
		g.bursts(ctx, start)
	} else {
		g.stream(ctx, start)
	}
	got := loaded{Took: time.Since(start), CPU: cpuTime() - cpu, Done: len(g.took)}
	if slices.Sort(g.took); len(g.took) > 0 {
		got.P50, got.P99 = g.took[(len(g.took)-1)/2], g.took[(len(g.took)-1)*99/100]
	}
	if g.failure != nil {
		got.Failure = g.failure.Error()
	}
	return json.NewEncoder(out).Encode(got)
}

// generator is a load under way.
type generator struct {
	Load
	conns       []*Conn
	raw, before [][]byte
	next        atomic.Int64
	begun       atomic.Int64

	mu      sync.Mutex
	took    []time.Duration
	failure error
}

// piece does the connection's next piece of work.
func (g *generator) piece(c *Conn, connection, n int) error {
	if g.Script != "" {
		script := scripts[g.Script]
		if script == nil {
			return fmt.Errorf("there is no script %q", g.Script)
		}
		return script(c, g.Args, connection, n)
	}
	return c.send(g.raw[int(g.next.Add(1)-1)%len(g.raw)])
}

// stream keeps every connection busy.
func (g *generator) stream(ctx context.Context, start time.Time) {
	var group sync.WaitGroup
	for i, c := range g.conns {
		group.Go(func() {
			var took []time.Duration
			var err error
			for n := 0; err == nil && time.Since(start) < g.For && ctx.Err() == nil && g.more(1); n++ {
				begun := time.Now()
				err = g.piece(c, i, n)
				took = append(took, time.Since(begun))
			}
			g.note(took, err)
		})
	}
	group.Wait()
}

// more says whether so many pieces of work may begin.
func (g *generator) more(pieces int) bool {
	return g.begun.Add(int64(pieces)) <= int64(g.Most) || g.Most == 0
}

// bursts sends everything at the same moment, again and again.
func (g *generator) bursts(ctx context.Context, start time.Time) {
	for n := 0; g.failure == nil && time.Since(start) < g.For && ctx.Err() == nil && g.more(len(g.conns)); n++ {
		if len(g.before) > 0 {
			if err := g.conns[0].send(g.before[n%len(g.before)]); err != nil {
				g.note(nil, err)
				return
			}
		}
		var group sync.WaitGroup
		begun := time.Now()
		for i, c := range g.conns {
			group.Go(func() {
				err := g.piece(c, i, n)
				g.note([]time.Duration{time.Since(begun)}, err)
			})
		}
		group.Wait()
	}
}

func (g *generator) note(took []time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.took = append(g.took, took...)
	if g.failure == nil {
		g.failure = err
	}
}

// cpuOf is the processor time that a process has had, in hundredths of a second; 0 where that cannot be told.
func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name, which may hold spaces, comes before
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// machineCPU is the processor time that all processes have had, in hundredths of a second; 0 where that cannot be told.
func machineCPU() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	var user, nice, system, idle, wait, hard, soft int64
	if _, err := fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &wait, &hard, &soft); err != nil {
		return 0
	}
	return time.Duration(user+nice+system+hard+soft) * 10 * time.Millisecond
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
