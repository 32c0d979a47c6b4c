package webhooks

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/webhook"
	"github.com/zoop-dev/zoop/internal/wire"
)

// The rhythm of sending, and its bounds.
const (
	hands     = 16                     // endpoints that one process sends to at once, of each lane
	abreast   = 4                      // of one endpoint, of different orders
	batch     = 50                     // deliveries of a turn
	turnTime  = 10 * time.Second       // after which a turn begins no other attempt
	lease     = time.Minute            // more than a turn can take: its last attempts, and noting them
	poll      = 200 * time.Millisecond // between looks while nothing is due
	pollAfter = time.Second            // after Postgres has failed
	patience  = 5 * time.Second        // of a stop, for what is being sent
	noteTime  = 5 * time.Second        // to write down what came of it
)

// Tell finds what is to be told to whom in what was published since the last time, and says whether there is more of it.
func (s *Service) Tell(ctx context.Context) (bool, error) {
	n, more, err := s.db.TellWebhooks(ctx, func() domain.ID { return id.New() })
	s.metrics.told.Add(float64(n))
	return more, err
}

// Run sends what is due until ctx ends, and then waits 5 s for what is being sent. Any number of processes may do so.
func (s *Service) Run(ctx context.Context) error {
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(patience, stop) })()
	group := errgroup.Group{}
	for _, slow := range []bool{false, true} {
		group.Go(func() error {
			s.lane(ctx, sending, slow)
			return nil
		})
	}
	return group.Wait()
}

// lane gives turns to endpoints of a kind while there are hands.
func (s *Service) lane(ctx, sending context.Context, slow bool) {
	name := map[bool]string{false: "quick", true: "slow"}[slow]
	busy := s.metrics.turns.WithLabelValues(name)
	free := make(chan struct{}, hands)
	for range hands {
		free <- struct{}{}
	}
	var running sync.WaitGroup
	defer running.Wait()
	pause := time.Duration(0)
	for sleep(ctx, pause) {
		n := grab(ctx, free)
		if n == 0 {
			return
		}
		turns, err := s.db.ClaimTurns(ctx, id.New(), slow, n, lease)
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "webhooks wait", logkey.Error, err.Error())
		}
		for range n - len(turns) {
			free <- struct{}{}
		}
		for _, t := range turns {
			busy.Inc()
			running.Go(func() {
				s.turn(ctx, sending, t)
				busy.Dec()
				free <- struct{}{}
			})
		}
		switch {
		case err != nil:
			pause = pollAfter
		case len(turns) < n:
			pause = poll
		default:
			pause = 0
		}
	}
}

// grab takes all hands that are free, and waits for one; none when ctx ends.
func grab(ctx context.Context, free <-chan struct{}) (n int) {
	select {
	case <-ctx.Done():
		return 0
	case <-free:
	}
	for n = 1; n < hands; n++ {
		select {
		case <-free:
		default:
			return n
		}
	}
	return n
}

// sleep waits, and says whether ctx goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	return ctx.Err() == nil
}

// turn is what one endpoint is sent in one go. It ends with the first failure: what follows would most likely fail as well, and whoever
// does not answer must not hold on to a hand.
type turn struct {
	*Service
	postgres.WebhookTurn

	mu      sync.Mutex // over what follows
	health  rules.Health
	arrived int
	took    time.Duration // all of these
	failed  bool
	gone    bool
	wait    time.Duration // that the endpoint asked for
}

func (s *Service) turn(ctx, sending context.Context, claimed postgres.WebhookTurn) {
	t := &turn{Service: s, WebhookTurn: claimed, health: claimed.Health}
	err := s.db.ReadTurn(sending, &t.WebhookTurn, batch)
	if err == nil {
		t.send(ctx, sending)
		err = t.end(sending)
	}
	if err != nil { // the lease ends it
		s.log.WarnContext(ctx, "webhook's turn not ended", logkey.Error, err.Error())
	}
}

// send sends what is due: what somebody waits for first; then what is of one thing one after the other, and a few things at once.
func (t *turn) send(ctx, sending context.Context) {
	deadline := time.Now().Add(turnTime)
	inTurn := func(all []postgres.WebhookDue) {
		for _, d := range all {
			if ctx.Err() != nil || time.Now().After(deadline) || t.over() {
				return
			}
			t.attempt(sending, d)
		}
	}
	hurried := 0
	for hurried < len(t.Due) && t.Due[hurried].ByHand {
		hurried++
	}
	inTurn(t.Due[:hurried])
	threads := map[domain.ID][]postgres.WebhookDue{}
	var order []domain.ID
	for _, d := range t.Due[hurried:] {
		if threads[d.Subject] == nil {
			order = append(order, d.Subject)
		}
		threads[d.Subject] = append(threads[d.Subject], d)
	}
	group := errgroup.Group{}
	group.SetLimit(abreast)
	for _, subject := range order {
		group.Go(func() error {
			inTurn(threads[subject])
			return nil
		})
	}
	_ = group.Wait() // which has no error
}

func (t *turn) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

func (t *turn) attempt(sending context.Context, d postgres.WebhookDue) {
	result := t.post(sending, d)
	if sending.Err() != nil && result.Fault != "" {
		return // cut off by a stop: it is not the endpoint's fault
	}
	outcome := string(result.Fault)
	if outcome == "" {
		outcome = "delivered"
	}
	t.metrics.attempts.WithLabelValues(outcome).Observe(result.Took.Seconds())
	gone := result.Status == http.StatusGone
	t.note(result, gone)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(sending), noteTime)
	defer cancel()
	_, err := t.db.NoteAttempt(ctx, d, postgres.WebhookAttempt{
		Status: result.Status, Fault: result.Fault, Answer: result.Answer, Took: result.Took, Final: gone, Wait: result.RetryAfter,
	}, rand.Float64()) //nolint:gosec // spreads retries, guards nothing
	if err != nil { // it is sent again
		t.log.WarnContext(ctx, "webhook's attempt not noted", logkey.Error, err.Error())
	}
}

func (t *turn) post(ctx context.Context, d postgres.WebhookDue) webhook.Result {
	body := []byte(d.Sample)
	if !d.Test() {
		var err error
		if body, err = wire.Webhook(d.Event, false); err != nil {
			t.log.ErrorContext(ctx, "event cannot be encoded", logkey.Seq, d.Seq, logkey.Error, err.Error())
			return webhook.Result{Fault: rules.FaultSecret}
		}
	}
	return t.sender.Send(ctx, webhook.Message{URL: t.URL, ID: d.MessageID, At: t.Now(), Body: body, Secrets: t.Secrets})
}

func (t *turn) note(r webhook.Result, gone bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone = t.gone || gone
	t.failed = t.failed || r.Fault != ""
	if r.Fault == "" {
		t.arrived++
		t.took += r.Took
	} else {
		t.wait = max(t.wait, r.RetryAfter)
	}
	t.health = t.health.After(r.Fault, r.Took, t.Now())
}

// end gives the endpoint back, or up.
func (t *turn) end(sending context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(sending), noteTime)
	defer cancel()
	h := t.health
	if h.Failures == 0 && t.arrived > 0 { // by the average, not the last
		h = rules.Health{}.After("", t.took/time.Duration(t.arrived), t.Now())
	}
	cause := rules.Cause("")
	switch {
	case t.gone:
		cause = rules.Gone
	case h.Hopeless(t.Now()):
		cause = rules.Failing
	}
	if cause != "" {
		done, err := t.db.GiveUpOn(ctx, t.Endpoint, cause)
		if err != nil {
			return err
		}
		if done {
			t.wake()
			t.metrics.disabled.WithLabelValues(string(cause)).Inc()
			t.log.InfoContext(ctx, "webhook disabled", logkey.Vendor, t.VendorID.String(), logkey.Task, string(cause))
		}
	}
	return t.db.EndTurn(ctx, t.WebhookTurn, h, t.arrived > 0, max(h.Rest(), t.wait))
}
