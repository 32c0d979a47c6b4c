package tui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/filter"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/widget"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// talk is the console without a screen, for those who listen to it or feel it: whole sentences, one below the other, and
// commands that are typed. Nothing moves, and nothing is told by colour or place. While a command asks, nothing else is said.
type talk struct {
	o        Options
	theme    theme.Theme
	lines    <-chan string
	batches  <-chan board.Batch
	out      *bufio.Writer
	batch    board.Batch
	known    map[domain.ID]order.Risk
	alerts   map[domain.ID]bool // that were there before
	listed   []*board.Alert     // by the last list of them
	roll     []page.Courier     // couriers, by the last list of them
	link     string
	filter   filter.Filter
	operator desk.Operator
	pending  []pending
	sent     *witness // of what came since a deed was sent; nil: none was
	silent   bool     // a command asks
}

// firstWithin is how long the first orders are waited for.
const firstWithin = 3 * time.Second

// maxTold bounds the orders that are told of at once.
const maxTold = 5

// errGone says that nobody types any more.
var errGone = errors.New("the input has ended")

// converse talks until the operator quits, the input or ctx ends (nil).
func converse(ctx context.Context, o Options, batches <-chan board.Batch) error {
	t := &talk{
		o: o, theme: theme.New(theme.Options{ASCII: o.ASCII}), batches: batches, lines: typed(ctx, o.In), out: bufio.NewWriter(o.Out),
		link: "?", // so that the first is told
	}
	if o.Desk != nil {
		if u, err := o.Desk.Me(ctx); err == nil {
			t.operator = desk.ReadOperator(u)
		}
	}
	t.say("zoop console on " + o.Label + ". Type help for the commands, quit to end.")
	t.settle(ctx)
	for {
		line, err := t.listen(ctx)
		if err != nil || !t.obey(ctx, line) {
			return t.out.Flush()
		}
	}
}

// settle waits a moment for the orders, so that what is typed ahead is answered with them.
func (t *talk) settle(ctx context.Context) {
	patience := time.NewTimer(firstWithin)
	defer patience.Stop()
	for t.batch.Epoch == "" {
		select {
		case b, ok := <-t.batches:
			if !ok {
				t.batches = nil
				return
			}
			t.take(b)
		case <-patience.C:
			return
		case <-ctx.Done():
			return
		}
	}
	t.tell()
}

// typed reads lines until the input ends; a line that nobody takes any more is dropped.
func typed(ctx context.Context, in io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			select {
			case out <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (t *talk) say(text string) {
	if t.o.ASCII {
		text = sanitize.ASCII(text)
	}
	_, _ = t.out.WriteString(text + "\n") // the error stays until the flush
	_ = t.out.Flush()
}

// listen waits for a line, and tells of what happens meanwhile.
func (t *talk) listen(ctx context.Context) (string, error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case line, ok := <-t.lines:
			if !ok {
				return "", errGone
			}
			return strings.TrimSpace(sanitize.Line(line)), nil
		case b, ok := <-t.batches:
			if !ok {
				t.batches = nil
				break
			}
			t.take(b)
		case <-tick.C:
			t.overdue()
		}
		t.tell()
	}
}

func (t *talk) take(b board.Batch) {
	t.batch = b
	t.sent.take(b)
	t.pending = slices.DeleteFunc(t.pending, func(p pending) bool {
		done := p.seen(b)
		if done {
			t.say(p.what + ": done, and seen on the stream.")
		}
		return done
	})
}

func (t *talk) overdue() {
	t.pending = slices.DeleteFunc(t.pending, func(p pending) bool {
		late := t.o.Now().Sub(p.at) >= seenWithin
		if late {
			t.say(p.what + ": the API says that it is done, but nothing came of it on the stream.")
		}
		return late
	})
}

// tell says how the console is connected when that changes, and which orders have come into danger.
func (t *talk) tell() {
	if t.silent || t.batch.Link.Mode == board.Connecting {
		return
	}
	link := strings.ToLower(string(t.batch.Link.Mode))
	if t.batch.Link.APIAway {
		link += ", the API is away"
	}
	if link != t.link {
		t.link = link
		t.say("Connection: " + link + ". " + t.counts())
	}
	now, risks := t.o.Now(), map[domain.ID]order.Risk{}
	told, more := 0, 0
	for _, o := range t.batch.Orders {
		r := o.Risk(now)
		risks[o.ID] = r
		if t.known == nil || r <= t.known[o.ID] || !t.filter.Match(o, now) {
			continue
		}
		if told++; told > maxTold {
			more++
			continue
		}
		t.say("Now " + t.sentence(o))
	}
	if more > 0 {
		t.say(fmt.Sprintf("and %d more.", more))
	}
	t.known = risks
	t.tellAlerts()
}

func (t *talk) counts() string {
	var crit, warn int
	now := t.o.Now()
	for _, o := range t.batch.Orders {
		switch o.Risk(now) {
		case order.Breached:
			crit++
		case order.AtRisk:
			warn++
		case order.OnTime:
		}
	}
	text := fmt.Sprintf("%d orders, %d breached, %d at risk.", len(t.batch.Orders), crit, warn)
	if n := len(t.batch.Alerts); n > 0 {
		text += fmt.Sprintf(" %d alerts.", n)
	}
	for _, said := range words.LeftOut(t.batch) {
		text += " " + said + "."
	}
	return text
}

// sentence says of an order what a row of the board shows.
func (t *talk) sentence(o *board.Order) string {
	now := t.o.Now()
	text := widget.Number(o) + ", " + strings.ToLower(widget.State(o.State)) + ", " + o.Vendor
	next := o.Next(now)
	if next.Promise == order.NoPromise {
		return text + "."
	}
	risk := map[order.Risk]string{order.Breached: ", breached", order.AtRisk: ", at risk"}[o.Risk(now)]
	text += risk + ": " + widget.Why(o, now)
	switch {
	case next.Foretold:
		return text + "."
	case next.Left < 0:
		return text + ", " + widget.Short(-next.Left) + " over."
	}
	return text + ", " + widget.Short(next.Left) + " left."
}

// obey carries out a command and says whether to go on.
func (t *talk) obey(ctx context.Context, line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch verb = strings.ToLower(verb); verb {
	case "":
	case "quit", "exit", "q":
		return false
	case "help", "?":
		t.help()
	case "status":
		t.say("Connection: " + t.link + ". " + t.counts())
	case "list":
		t.list(rest)
	case "alerts":
		t.listAlerts()
	case "filter":
		t.setFilter(rest)
	case "order":
		t.show(ctx, rest)
	case "vendors", "couriers", "streams":
		t.roster(ctx, verb, rest)
	default:
		for _, a := range desk.Actions() {
			switch {
			case ofCourier(a) && (verb == suspend || verb == approve):
				t.act(ctx, only(a, verb), rest)
				return true
			case a.Name == verb:
				t.act(ctx, a, rest)
				return true
			}
		}
		t.say("There is no command " + verb + ". Type help.")
	}
	return true
}

func (t *talk) help() {
	t.say("list, or list 20: the orders that come first, worst first.")
	t.say("order NUMBER: all of an order.")
	t.say("filter state=ready sla<5m: list and tell only of these; filter alone: of all.")
	t.say("alerts: all alerts, worst first.")
	t.say("vendors, or couriers: those who have something to do, worst first; vendors late>0: as a filter says. streams: how far events have come.")
	t.say("status: the connection, and how many orders there are. quit: end.")
	if t.o.Desk == nil || t.o.ReadOnly {
		return
	}
	for _, a := range desk.Actions() {
		switch {
		case ofCourier(a):
			t.say("suspend, or approve, NUMBER of an order, or PLACE in the list of couriers, or their name or ID: they get no work any more, or get it again.")
		case a.Of != nil:
			t.say(a.Name + " PLACE in the list of alerts: " + a.Does + ".")
		default:
			t.say(a.Name + " NUMBER: " + a.Does + ".")
		}
	}
}

func (t *talk) list(rest string) {
	most, err := strconv.Atoi(rest)
	if err != nil || most < 1 {
		most = 10
	}
	n, now := 0, t.o.Now()
	for _, o := range t.batch.Orders {
		if !t.filter.Match(o, now) {
			continue
		}
		if n++; n <= most {
			t.say(fmt.Sprintf("%d. %s", n, t.sentence(o)))
		}
	}
	t.say(fmt.Sprintf("%d of %d orders.", min(n, most), n))
}

func (t *talk) setFilter(text string) {
	f, err := filter.Parse(text)
	if err != nil {
		t.say("Not understood: " + err.Error() + ".")
		return
	}
	t.filter = f
	t.list("1")
}

// find is the order of a number, from the board or the API; nil where that was said to be none.
func (t *talk) find(ctx context.Context, text string) *board.Order {
	number := order.ParseNumber(text)
	for _, o := range t.batch.Orders {
		if o.Number == number {
			return o
		}
	}
	if t.o.Desk == nil || !looksLikeNumber(text) {
		t.say("No order has the number " + number + ".")
		return nil
	}
	f := t.o.find(ctx, text)
	switch {
	case f.err != nil:
		t.say(number + ": " + t.o.problem(f.err) + ".")
	case f.order == nil:
		t.say("No order has the number " + number + ".")
	}
	return f.order
}

// proseWidth is how wide a paragraph is where nobody looks at columns.
const proseWidth = 100

func (t *talk) show(ctx context.Context, number string) {
	o := t.find(ctx, number)
	if o == nil {
		return
	}
	p := page.NewOrder(t.theme, t.o.Keys, t.o.Zone)
	p.Resize(proseWidth, 2000)
	p.Show(o)
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	if d, err := t.o.details(ctx, t.theme, o.ID); err != nil {
		p.Failed(o.ID, t.o.problem(err))
	} else {
		p.Loaded(o.ID, d)
	}
	for _, line := range p.View(t.o.Now()) {
		if line = strings.TrimSpace(line); line != "" {
			t.say(line)
		}
	}
	t.meet(ctx, attention{order: o.ID})
}

// meet tells who else looks at an order, and tells them of the operator: for as long as the API keeps it, as nothing is open here.
func (t *talk) meet(ctx context.Context, is attention) {
	if t.o.Desk == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, attendTimeout)
	defer cancel()
	if others := alsoHere(ctx, t.o.Desk, is); others != "" {
		t.say("A" + others[1:] + ".")
	}
}
