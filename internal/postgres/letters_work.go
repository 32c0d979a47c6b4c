package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// Bounds of the work on letters.
const (
	codePoll    = 200 * time.Millisecond // how long a code waits at most for somebody to look
	letterPoll  = time.Second            // how long any other letter does
	minLook     = 50 * time.Millisecond  // between two looks while there is work
	codeHands   = 4                      // codes that one process sends at once
	letterHands = 4                      // other letters
	workTime    = 30 * time.Second       // of one attempt
	rescueAfter = time.Minute            // an attempt that is older belonged to a process that was killed; more than workTime
	patience    = 10 * time.Second       // of a stop with letters that are being sent
	startPause  = time.Second            // before another attempt to begin

	keepSent      = 10 * time.Minute    // rows of letters that went out or were dropped
	keepCancelled = 24 * time.Hour      // of those that expired or were called back
	keepDead      = 14 * 24 * time.Hour // of those that staff should look at
)

// SendLetter is one attempt to send a letter. What the error says is kept with the job and logged: it holds no personal data.
type SendLetter func(context.Context, Posted) (letter.Outcome, error)

// WorkLetters has letters sent until ctx ends, and then waits at most 10 s for those that are being sent. Several processes
// may do so: each letter is with one of them at a time. A letter whose process is killed is taken up by another one, so it
// may go out twice, and never goes missing. It returns nil; what fails is tried again.
func (db *DB) WorkLetters(ctx context.Context, send SendLetter, log *slog.Logger) error {
	for ctx.Err() == nil {
		client, err := db.letterClient(send, log)
		if err != nil {
			return err
		}
		if err = client.Start(ctx); err == nil {
			<-client.Stopped()
			continue
		}
		log.WarnContext(ctx, "letters wait", logkey.Error, err.Error())
		select {
		case <-ctx.Done():
		case <-time.After(startPause):
		}
	}
	return nil
}

func (db *DB) letterClient(send SendLetter, log *slog.Logger) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &letterWorker{db: db, send: send}); err != nil {
		return nil, fmt.Errorf("prepare to send letters: %w", err)
	}
	client, err := river.NewClient(quiet{riverpgxv5.New(db.pool)}, &river.Config{
		Workers: workers, Logger: slog.New(warnings{log.Handler()}), PollOnly: true,
		Queues: map[string]river.QueueConfig{
			codeQueue:   {MaxWorkers: codeHands, FetchCooldown: minLook, FetchPollInterval: codePoll},
			letterQueue: {MaxWorkers: letterHands, FetchCooldown: minLook, FetchPollInterval: letterPoll},
		},
		JobTimeout: workTime, RescueStuckJobsAfter: rescueAfter, SoftStopTimeout: patience,
		CompletedJobRetentionPeriod: keepSent, CancelledJobRetentionPeriod: keepCancelled, DiscardedJobRetentionPeriod: keepDead,
	})
	if err != nil {
		return nil, fmt.Errorf("prepare to send letters: %w", err)
	}
	return client, nil
}

// HoldLetters has this process's letters other than codes wait until they are released, which the caller does before long: it is time of their
// attempts (30 s). Those that are on their way go on.
func (db *DB) HoldLetters() (release func()) {
	db.letters <- struct{}{}
	return func() { <-db.letters }
}

// letterWorker makes River's decisions of outcomes.
type letterWorker struct {
	river.WorkerDefaults[letterArgs]
	db   *DB
	send SendLetter
}

// Work implements river.Worker.
func (w *letterWorker) Work(ctx context.Context, job *river.Job[letterArgs]) error {
	if job.Queue == letterQueue {
		select {
		case w.db.letters <- struct{}{}:
			<-w.db.letters
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	p, err := w.db.posted(ctx, job.JobRow)
	outcome := letter.Failed
	switch {
	case errors.Is(err, errSeal):
		outcome = letter.Dead
	case err == nil:
		outcome, err = w.send(ctx, p)
	}
	switch outcome {
	case letter.Sent, letter.Dropped:
		return nil
	case letter.Expired:
		return river.JobCancel(err)
	case letter.Dead:
		job.MaxAttempts = job.Attempt // of this copy: River discards what has no attempt left
	}
	return err
}

// NextRetry implements river.Worker.
func (w *letterWorker) NextRetry(job *river.Job[letterArgs]) time.Time {
	return time.Now().Add(letter.Pause(job.Attempt, rand.Float64())) //nolint:gosec // spreads retries, guards nothing
}

// warnings keeps what River logs below warnings, which is every failure that is tried again, out of the log.
type warnings struct{ slog.Handler }

// Enabled implements slog.Handler.
func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
