package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
)

// JobState is where a job stands, in the words of operators.
type JobState string

// The states.
const (
	JobWaiting   JobState = "waiting" // for its turn, or for its next attempt
	JobRunning   JobState = "running"
	JobSent      JobState = "sent" // or dropped; such jobs are deleted after ten minutes
	JobCancelled JobState = "cancelled"
	JobDead      JobState = "dead"
)

// JobStates lists them.
var JobStates = []JobState{JobWaiting, JobRunning, JobSent, JobCancelled, JobDead}

// rivers are River's words for a state.
var rivers = map[JobState][]rivertype.JobState{
	JobWaiting: {
		rivertype.JobStateAvailable, rivertype.JobStateRetryable, rivertype.JobStateScheduled, rivertype.JobStatePending,
	},
	JobRunning:   {rivertype.JobStateRunning},
	JobSent:      {rivertype.JobStateCompleted},
	JobCancelled: {rivertype.JobStateCancelled},
	JobDead:      {rivertype.JobStateDiscarded},
}

// Job is what may be shown of one: neither what its letter says nor to whom.
type Job struct {
	ID          int64
	Letter      letter.Kind
	State       JobState
	Attempt     int // how many there were
	MaxAttempts int
	PostedAt    time.Time
	NextAt      time.Time // of the next attempt, while it waits
	Until       time.Time // when the letter is of no use any more
	EndedAt     time.Time // zero while it waits or runs
	UserID      domain.ID // Nil for a letter to an address
	OrderID     domain.ID
	Failures    []JobFailure // oldest first
}

// JobFailure is one attempt that came to nothing.
type JobFailure struct {
	At      time.Time
	Attempt int
	Cause   string
}

// Jobs lists the jobs in some states (none: those that did not go out), newest first, at most so many (1 to 1000).
func (db *DB) Jobs(ctx context.Context, states []JobState, most int) ([]Job, error) {
	if len(states) == 0 {
		states = []JobState{JobWaiting, JobRunning, JobCancelled, JobDead}
	}
	var words []rivertype.JobState
	for _, s := range states {
		words = append(words, rivers[s]...)
	}
	params := river.NewJobListParams().Kinds(letterArgs{}.Kind()).States(words...).First(most).
		OrderBy(river.JobListOrderByID, river.SortOrderDesc)
	result, err := db.poster.JobList(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", classify(err))
	}
	jobs := make([]Job, len(result.Jobs))
	for i, row := range result.Jobs {
		jobs[i] = toJob(row)
	}
	return jobs, nil
}

// Job reads one: NotFound.
func (db *DB) Job(ctx context.Context, id int64) (Job, error) {
	return oneJob(db.poster.JobGet(ctx, id))
}

// RetryJob has a job that is dead, cancelled or waiting tried again at once, with one attempt more if it had none left.
// NotFound, and Conflict "job.state" for one that runs or is done.
func (db *DB) RetryJob(ctx context.Context, id int64) (Job, error) {
	return db.changeJob(ctx, id, func(tx *Tx) (*rivertype.JobRow, error) { return db.poster.JobRetryTx(ctx, tx.tx, id) })
}

// CancelJob has a waiting job never tried again. NotFound, and Conflict "job.state" for one that runs or is done.
func (db *DB) CancelJob(ctx context.Context, id int64) (Job, error) {
	return db.changeJob(ctx, id, func(tx *Tx) (*rivertype.JobRow, error) { return db.poster.JobCancelTx(ctx, tx.tx, id) })
}

func (db *DB) changeJob(ctx context.Context, id int64, change func(*Tx) (*rivertype.JobRow, error)) (Job, error) {
	var job Job
	err := db.InTx(ctx, func(tx *Tx) error {
		var err error
		if job, err = oneJob(db.poster.JobGetTx(ctx, tx.tx, id)); err != nil {
			return err
		}
		if job.State == JobRunning || job.State == JobSent {
			return domain.Errorf(domain.Conflict, "job.state", "job %d is %s", id, job.State)
		}
		job, err = oneJob(change(tx))
		return err
	})
	return job, err
}

func oneJob(row *rivertype.JobRow, err error) (Job, error) {
	if errors.Is(err, rivertype.ErrNotFound) {
		return Job{}, domain.Missing("job")
	}
	if err != nil {
		return Job{}, fmt.Errorf("read job: %w", classify(err))
	}
	return toJob(row), nil
}

func toJob(row *rivertype.JobRow) Job {
	j := Job{ID: row.ID, Attempt: row.Attempt, MaxAttempts: row.MaxAttempts, PostedAt: row.CreatedAt, EndedAt: orZero(row.FinalizedAt)}
	for state, words := range rivers {
		for _, w := range words {
			if w == row.State {
				j.State = state
			}
		}
	}
	if j.State == JobWaiting {
		j.NextAt = row.ScheduledAt
	}
	var args letterArgs
	if err := json.Unmarshal(row.EncodedArgs, &args); err == nil { // what cannot be read is shown without it
		j.Letter, j.UserID, j.OrderID, j.Until = args.Letter, args.User, args.Order, args.until(row.CreatedAt)
	}
	for _, e := range row.Errors {
		j.Failures = append(j.Failures, JobFailure{e.At, e.Attempt, e.Error})
	}
	return j
}
