package client

import (
	"context"
	"errors"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// Mark is a place in the published order of events: of which history, and the last event seen.
type Mark struct {
	Epoch string
	Seq   int64
}

// Topic is what to follow: "me", "order:<id>", "vendor:<id>", "courier:<id>" or, for staff, "ops".
type Topic struct {
	Name string
	From *Mark // the last event already known; nil: begin now
}

// MessageKind says what a Message tells.
type MessageKind int

// The kinds of message.
const (
	Subscribed MessageKind = iota // a topic is followed, for the first time or again after the connection was lost
	Event                         // something happened
	Refused                       // the server does not let this account follow the topic, or no longer; Err says why. It is asked for again when the connection is made anew
	Down                          // the connection is lost or was not made; Err says why, and it is being made again
)

// Message is one thing that a feed tells.
type Message struct {
	Kind  MessageKind
	Topic string // empty for Down
	Mark  Mark   // where the topic stands, to go on from in another process; of Subscribed and Event
	Event dto.Event

	// Fresh, of Subscribed, means that the topic begins here: what was before is not told, because it was not asked for
	// or is past the server's retention. A reader that holds state reads a snapshot now; events that it contains already
	// may follow, and are known by their version.
	Fresh bool
	Err   error
}

// Waits between attempts to connect: doubling from the first to the last, jittered.
const (
	feedBackoffLeast = 250 * time.Millisecond
	feedBackoffMost  = 15 * time.Second
	feedBuffer       = 64 // messages that may wait for the reader; a slow one holds up the server, which then drops us
)

// Feed follows topics over WebSocket until ctx ends, and then closes the channel. It connects again for ever. Each event
// of a topic is told exactly once and in order, also across lost connections and restarts of the server.
func (c *Client) Feed(ctx context.Context, topics ...Topic) <-chan Message {
	f := newFeed(c, topics...)
	go f.run(ctx, f.connect)
	return f.out
}

func newFeed(c *Client, topics ...Topic) *feed {
	f := &feed{client: c, out: make(chan Message, feedBuffer), topics: map[string]*topicState{}}
	for _, t := range topics {
		state := &topicState{name: t.Name, last: -1}
		if t.From != nil {
			state.known, state.epoch, state.last = true, t.From.Epoch, t.From.Seq
		}
		f.topics[t.Name] = state
		f.order = append(f.order, state)
	}
	return f
}

// feed is one connection after the other, and where each topic stands.
type feed struct {
	client *Client
	out    chan Message
	topics map[string]*topicState
	order  []*topicState // as the caller gave them
	failed int           // attempts in a row that got no subscription
}

type topicState struct {
	name    string
	known   bool // epoch and last say where to go on
	epoch   string
	last    int64 // seq of the last event told; -1: none
	request int   // of the subscription that waits for its answer
}

// run makes one connection after the other.
func (f *feed) run(ctx context.Context, connect func(ctx context.Context, refused string) (token string, err error)) {
	defer close(f.out)
	refused := ""
	for {
		token, err := connect(ctx, refused)
		if ctx.Err() != nil {
			return
		}
		refused = ""
		if IsCode(err, "unauthenticated") {
			refused = token
		}
		if !f.tell(ctx, Message{Kind: Down, Err: err}) || wait(ctx, f.backoff(err)) != nil {
			return
		}
	}
}

// tell hands a message to the reader, and says whether there still is one.
func (f *feed) tell(ctx context.Context, m Message) bool {
	select {
	case f.out <- m:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *feed) backoff(err error) time.Duration {
	f.failed++
	most := min(feedBackoffLeast<<min(f.failed-1, 10), feedBackoffMost)
	var p *Problem
	if errors.As(err, &p) && p.RetryAfter > most {
		most = p.RetryAfter
	}
	return most/4 + jitter(most*3/4)
}

// subscribed notes the server's answer to a subscription.
func (f *feed) subscribed(ctx context.Context, m frame) bool {
	t := f.topics[m.Topic]
	if t == nil || m.ID != t.request {
		return true
	}
	fresh := !t.known
	if fresh {
		t.known, t.last = true, m.Seq
	}
	t.epoch = m.Epoch
	f.failed = 0
	return f.tell(ctx, Message{Kind: Subscribed, Topic: t.name, Mark: Mark{t.epoch, t.last}, Fresh: fresh})
}

// event tells an event unless it was told before.
func (f *feed) event(ctx context.Context, m frame) bool {
	t := f.topics[m.Topic]
	if t == nil || m.Event == nil || m.Seq <= t.last {
		return true
	}
	t.last = m.Seq
	m.Event.Seq = &m.Seq
	return f.tell(ctx, Message{Kind: Event, Topic: t.name, Mark: Mark{t.epoch, m.Seq}, Event: *m.Event})
}
