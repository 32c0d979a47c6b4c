package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/wire"
)

const (
	fanSockets  = 2000
	fanAccounts = 40 // of staff, so that no account has more sockets than it may
	fanStep     = 16 // events that are published at once
	fanWindow   = 64 // events that some socket has not got yet, at most
	fanEvent    = "vendor.menu_changed"
)

// fanMark stands once in each message, and nowhere else that a server says.
const fanMark = `{"type":"event"`

const fanNote = "the load generator inserts events into Postgres (zoop) or asks the rival to publish a text as long as zoop's frame, 16 at a time, while fewer than " +
	"64 are not with every socket; each socket must have got each. For zoop that is the whole way: commit, relay, Redis, feed, hub. What waits for a socket is written at once."

var (
	fanOutLoop = Goal{
		Name: "fanout-loop", Work: "an event to 2,000 sockets that follow one topic", Against: "a loop over the same sockets with gorilla/websocket, the frame prepared once",
		Unit: "messages/s", Bar: 0.80, Aim: 1.0, Note: fanNote,
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return fanOut(ctx, p, "gorilla", fanStep, fanWindow)
		},
	}
	fanOutLibrary = Goal{
		Name: "fanout-library", Work: "the same", Against: "the library centrifuge: JSON, its queues as they come", Unit: "messages/s", Bar: 1.0, Aim: 1.2,
		Note: "as fanout-loop.",
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			return fanOut(ctx, p, "centrifuge", fanStep, fanWindow)
		},
	}
	fanOutAlone = Goal{
		Name: "fanout-alone", Work: "events that come one by one, each to 2,000 sockets", Against: "a loop over the same sockets with gorilla/websocket, the frame prepared once",
		Unit: "messages a second of the server's processor time", Bar: 0.80, Aim: 1.0,
		Note: "the next event is published when all sockets have got the last, so that nothing is written together. What zoop spends on relay and feed is among its time.",
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			zoop, limit, err = fanOut(ctx, p, "gorilla", 1, 1)
			return byProcessor(zoop), byProcessor(limit), err
		},
	}
	socketMemory = Goal{
		Name: "socket-memory", Work: "memory of each of 2,000 sockets that follow a topic and have got an event", Against: "the same with bare gorilla/websocket", Unit: "kB",
		Bar: 2.1, Aim: 1.3, AtMost: true,
		Note: "what a server, begun for the turn, has more of resident memory with the sockets than before, by sockets; both collect garbage early (GOGC=20), so that what " +
			"is in use counts. The bar stands for 25 kB where the other takes 12, the aim for 16.",
		Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
			db, tokens, err := p.staff(ctx)
			if err != nil {
				return nil, nil, err
			}
			zoop = func(ctx context.Context, d time.Duration) (Sample, error) {
				l, err := p.ours(ctx, db, tokens, "GOGC=20")
				return p.socketMemory(ctx, l, d, err)
			}
			return zoop, func(ctx context.Context, d time.Duration) (Sample, error) {
				l, err := p.theirs(ctx, "gorilla", "GOGC=20")
				return p.socketMemory(ctx, l, d, err)
			}, nil
		},
	}
)

// Fan has many sockets hear what is published.
type Fan struct {
	Sockets  int
	Path     string   // of the upgrade
	Tokens   []string // the sockets take them in turn
	Hello    string   // what each says first
	Ready    string   // what it hears then
	Database string   // where zoop's events are written; without, Body goes to /publish
	Body     string
	Server   int  // process
	Weigh    bool // see what memory it takes with its sockets, instead of telling them much

	Step, Window int // so many events are published at once, while fewer than Window are under way
}

func fanOut(ctx context.Context, p *Place, rival string, step, window int) (zoop, limit Side, err error) {
	db, tokens, err := p.staff(ctx)
	if err != nil {
		return nil, nil, err
	}
	ours, err := p.ours(ctx, db, tokens)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := p.theirs(ctx, rival)
	if err != nil {
		return nil, nil, err
	}
	side := func(l Load) Side {
		return func(ctx context.Context, d time.Duration) (Sample, error) {
			l.For, l.Fan.Server, l.Fan.Step, l.Fan.Window = d, p.servers[l.Address], step, window
			return p.over(ctx, l)
		}
	}
	return side(ours), side(theirs), nil
}

// byProcessor values work by the server's processor time.
func byProcessor(side Side) Side {
	return func(ctx context.Context, d time.Duration) (Sample, error) {
		s, err := side(ctx, d)
		if err == nil && s.Server <= 0 {
			err = errors.New("the server took no time that can be told")
		}
		s.Value = float64(time.Second) / float64(s.Server)
		return s, err
	}
}

// staff makes those whose sockets follow everything.
func (p *Place) staff(ctx context.Context) (db *Database, tokens []string, err error) {
	if db, err = p.Database(ctx, "fan"); err != nil {
		return nil, nil, err
	}
	if err = db.Exec(ctx, `CREATE TABLE bench_tokens (email text, token text)`); err != nil {
		return nil, nil, err
	}
	if err = db.mint(ctx, "s%d@example.com", domain.RoleAdmin, fanAccounts); err != nil {
		return nil, nil, err
	}
	tokens, err = db.tokens(ctx, "s")
	return db, tokens, err
}

// ours serves zoop.
func (p *Place) ours(ctx context.Context, db *Database, tokens []string, env ...string) (Load, error) {
	address, err := p.Serve(ctx, db, append(env, "ZOOP_ROLES=api,relay")...)
	return Load{Address: address, Fan: &Fan{
		Sockets: fanSockets, Path: "/api/v1/ws", Tokens: tokens, Hello: `{"type":"subscribe","id":1,"topic":"ops"}`, Ready: `"subscribed"`, Database: db.URL,
	}}, err
}

// theirs serves a rival, which says as much of an event as zoop does.
func (p *Place) theirs(ctx context.Context, rival string, env ...string) (Load, error) {
	event, err := wire.Event(domain.Record{
		Seq: 1000, Version: 1000, Type: fanEvent, At: time.Now().Truncate(time.Microsecond), Subject: domain.SubjectVendor, SubjectID: id.New(), ActorRole: domain.RoleSystem,
		Data: []byte(`{}`),
	})
	if err != nil {
		return Load{}, err
	}
	f := &Fan{Sockets: fanSockets, Path: "/ws", Body: fanMark + `,"topic":"ops","seq":1000,"event":` + string(event) + `}`}
	if rival == "centrifuge" {
		f.Hello, f.Ready = `{"id":1,"connect":{}}`, `"connect"`
	}
	address, err := p.rival(ctx, rival, env)
	return Load{Address: address, Fan: f}, err
}

// rival starts the other party.
func (p *Place) rival(ctx context.Context, with string, env []string) (address string, err error) {
	bin := filepath.Join(p.dir, "rivals")
	build := exec.CommandContext(ctx, "go", "build", "-C", "bench/rivals", "-o", bin, ".")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the rivals: %w\n%s", err, out)
	}
	if address, err = freeAddress(ctx); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, bin, "-http", address, "-with", with) //nolint:gosec // just built
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	return address, p.start(ctx, cmd, address)
}

// socketMemory is what sockets cost a server that was just begun.
func (p *Place) socketMemory(ctx context.Context, l Load, d time.Duration, err error) (Sample, error) {
	if err != nil {
		return Sample{}, err
	}
	l.For, l.Fan.Server, l.Fan.Weigh = d, p.servers[l.Address], true
	_, got, err := p.load(ctx, l)
	return Sample{Value: float64(got.Done) / 1024 / fanSockets}, err
}

// residentOf is a process's memory, in bytes.
func residentOf(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, errors.New("/proc has no memory of the server")
	}
	pages, err := strconv.Atoi(fields[1])
	return pages * os.Getpagesize(), err
}

// runFan is the load generator's part.
func runFan(ctx context.Context, l Load, out io.Writer) error {
	f := &fan{Fan: *l.Fan, address: l.Address, heard: make([]atomic.Int64, l.Fan.Sockets), news: make(chan struct{}, 1)}
	defer f.close()
	got, err := f.run(ctx, l.For)
	if err != nil {
		got.Failure = err.Error()
	}
	return json.NewEncoder(out).Encode(got)
}

// fan is a load under way.
type fan struct {
	Fan
	address string
	db      *pgx.Conn
	conns   []*socket
	heard   []atomic.Int64 // by socket
	all     atomic.Int64
	news    chan struct{}
	told    int64
}

func (f *fan) close() {
	for _, s := range f.conns {
		if s != nil {
			_ = s.net.Close()
		}
	}
	if f.db != nil {
		_ = f.db.Close(context.Background())
	}
}

func (f *fan) run(ctx context.Context, d time.Duration) (got loaded, err error) {
	before := 0
	if f.Weigh {
		if before, err = residentOf(f.Server); err != nil {
			return got, err
		}
	}
	if err := f.open(ctx); err != nil {
		return got, err
	}
	if f.Weigh {
		if err := f.tell(ctx, 1); err != nil {
			return got, err
		}
		if err := f.await(ctx, f.told); err != nil {
			return got, err
		}
		pause(ctx, d) // until what the handshakes left is collected
		with, err := residentOf(f.Server)
		return loaded{Done: with - before, Took: d}, err
	}
	start, cpu, server := time.Now(), cpuTime(), cpuOf(f.Server)
	for time.Since(start) < d {
		if err := f.tell(ctx, f.Step); err != nil {
			return got, err
		}
		if err := f.await(ctx, f.told-int64(f.Window-f.Step)); err != nil {
			return got, err
		}
	}
	err = f.await(ctx, f.told)
	got = loaded{Took: time.Since(start), CPU: cpuTime() - cpu, Server: cpuOf(f.Server) - server, Done: int(f.all.Load())}
	for i := range f.heard {
		if n := f.heard[i].Load(); n != f.told && err == nil {
			err = fmt.Errorf("socket %d got %d of %d events", i, n, f.told)
		}
	}
	return got, err
}

// open opens the sockets, each of which counts what it hears from then on.
func (f *fan) open(ctx context.Context) (err error) {
	if f.Database != "" {
		if f.db, err = pgx.Connect(ctx, f.Database); err != nil {
			return err
		}
	}
	f.conns = make([]*socket, f.Sockets)
	return each(f.Sockets, func(i int) (err error) {
		token := ""
		if len(f.Tokens) > 0 {
			token = f.Tokens[i%len(f.Tokens)]
		}
		s, err := upgrade(ctx, f.address, f.Path, token)
		if err != nil {
			return err
		}
		f.conns[i] = s
		if f.Hello != "" {
			if _, err := s.net.Write(frame(f.Hello)); err != nil {
				return err
			}
			text, err := s.message()
			if err != nil || !strings.Contains(text, f.Ready) {
				return fmt.Errorf("answered %.200q: %w", text, err)
			}
		}
		go f.listen(i, s)
		return nil
	})
}

// listen counts marks, also one that two reads share. It looks at no frames: that would cost as much as sending them.
func (f *fan) listen(i int, s *socket) {
	buf := make([]byte, 16<<10)
	kept := 0
	for {
		n, err := s.r.Read(buf[kept:])
		if err != nil {
			return
		}
		text := buf[:kept+n]
		if found := int64(bytes.Count(text, []byte(fanMark))); found > 0 {
			f.heard[i].Add(found)
			f.all.Add(found)
			select {
			case f.news <- struct{}{}:
			default:
			}
			text = text[bytes.LastIndex(text, []byte(fanMark))+len(fanMark):]
		}
		kept = copy(buf, text[max(0, len(text)-len(fanMark)+1):])
	}
}

// await waits until the sockets, taken together, have got so many events each.
func (f *fan) await(ctx context.Context, events int64) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for f.all.Load() < events*int64(f.Sockets) {
		select {
		case <-f.news:
		case <-ctx.Done():
			return fmt.Errorf("the sockets got %d of %d messages: %w", f.all.Load(), f.told*int64(f.Sockets), ctx.Err())
		}
	}
	return nil
}

// tell publishes events.
func (f *fan) tell(ctx context.Context, n int) error {
	f.told += int64(n)
	if f.db != nil {
		_, err := f.db.Exec(ctx, `INSERT INTO events (subject, subject_id, version, type, actor_role)
			SELECT 'vendor', gen_random_uuid(), 1000, '`+fanEvent+`', 'system' FROM generate_series(1, $1)`, n)
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+f.address+"/publish?n="+strconv.Itoa(n), strings.NewReader(f.Body))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New("the rival says " + res.Status)
	}
	return nil
}
