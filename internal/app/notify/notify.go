// Package notify decides what people are told, in which words, and sees to it that it goes out.
//
// Sign-in codes wait in a bounded queue of this process and are sent off the request's path, so that an answer's time tells
// nothing; they live too short to be worth writing down. Nothing here logs an address or a code.
package notify

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/mail"
)

// Bounds of the queue.
const (
	queueSize   = 1024
	senders     = 4
	maxAttempts = 5
	sendTimeout = 20 * time.Second
	drainTime   = 5 * time.Second
	firstPause  = time.Second // before the second attempt; doubles
	// settle lets the request that queued a message be answered before work on it begins, which its time would show.
	settle = 5 * time.Millisecond
)

// Notifier sends what it is given.
type Notifier struct {
	sender mail.Sender
	log    *slog.Logger
	queue  chan job
	room   chan struct{} // one token a job that is queued, being sent, or waiting for its next attempt
	pause  time.Duration
}

type job struct {
	code    account.Code
	attempt int
}

// New makes a notifier; Run sends.
func New(sender mail.Sender, log *slog.Logger) *Notifier {
	return &Notifier{
		sender: sender, log: log, pause: firstPause,
		queue: make(chan job, queueSize), room: make(chan struct{}, queueSize),
	}
}

// SendCode queues a code; it does not wait. A decoy takes the same way, and is dropped at its end.
// It returns Unavailable when 1,024 messages are waiting.
func (n *Notifier) SendCode(c account.Code) error {
	select {
	case n.room <- struct{}{}:
		n.queue <- job{code: c} // has as much room
		return nil
	default:
		return domain.Errorf(domain.Unavailable, string(domain.Unavailable), "too much mail is waiting; try again").With("retryAfter", 10)
	}
}

// Run sends until ctx ends, and then for at most 5 s what is under way or queued, each message once more. It returns nil.
func (n *Notifier) Run(ctx context.Context) error {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(drainTime, cancel) })()
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			n.work(ctx, sending)
			n.drain(sending)
		})
	}
	wg.Wait()
	return nil
}

// work takes jobs until ctx ends; what it has begun to send by then goes on under sending.
func (n *Notifier) work(ctx, sending context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-n.queue:
			n.handle(sending, j)
		}
	}
}

// handle sends one message; one that failed for now comes back to the queue after a pause.
func (n *Notifier) handle(ctx context.Context, j job) {
	j.attempt++
	err := n.deliver(ctx, j.code)
	if err == nil {
		<-n.room
		return
	}
	attrs := []any{logkey.Task, "code", logkey.Attempt, j.attempt, logkey.Error, err.Error()}
	pause := n.pause << (j.attempt - 1)
	pause += rand.N(pause/2 + 1) //nolint:gosec // spreads retries, guards nothing
	if mail.Permanent(err) || j.attempt >= maxAttempts || time.Now().Add(pause).After(j.code.Until) {
		n.log.ErrorContext(ctx, "mail given up", attrs...)
		<-n.room
		return
	}
	n.log.WarnContext(ctx, "mail not sent, will try again", attrs...)
	time.AfterFunc(pause, func() { n.queue <- j })
}

func (n *Notifier) drain(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case j := <-n.queue:
			if err := n.deliver(ctx, j.code); err != nil {
				n.log.ErrorContext(ctx, "mail given up", logkey.Task, "code", logkey.Error, err.Error())
			}
			<-n.room
		default:
			return
		}
	}
}

func (n *Notifier) deliver(ctx context.Context, c account.Code) error {
	if c.Purpose == account.Decoy {
		return nil
	}
	if time.Now().After(c.Until) {
		return &mail.Error{Step: "the code has expired", Permanent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	select {
	case <-time.After(settle):
	case <-ctx.Done():
		return ctx.Err()
	}
	m, err := compose(c)
	if err != nil {
		return err
	}
	return n.sender.Send(ctx, m)
}
