package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

const patience = time.Minute

var errBusy = errors.New("mail not sent: busy")

// work sends letters as send says until the test ends or stop is called.
func (o office) work(send postgres.SendLetter) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = o.WorkLetters(ctx, send, slog.New(slog.DiscardHandler))
	}()
	stop = func() {
		cancel()
		<-done
	}
	o.t.Cleanup(stop)
	return stop
}

// await gives the next letter that was handed over.
func await[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

// awaitJob waits until the only job has a state.
func (o office) awaitJob(state postgres.JobState) (job postgres.Job) {
	o.t.Helper()
	require.Eventually(o.t, func() bool {
		jobs, err := o.Jobs(o.t.Context(), postgres.JobStates, 10)
		require.NoError(o.t, err)
		require.Len(o.t, jobs, 1)
		job = jobs[0]
		return job.State == state
	}, patience, 10*time.Millisecond, "it is %s", state)
	return job
}

// always hands each letter to the channel, with the same outcome.
func always(c chan<- postgres.Posted, outcome letter.Outcome, err error) postgres.SendLetter {
	return func(ctx context.Context, p postgres.Posted) (letter.Outcome, error) {
		select {
		case c <- p:
			return outcome, err
		case <-ctx.Done():
			return letter.Failed, ctx.Err()
		}
	}
}

func TestLettersAreSentSoonAfterTheCommit(t *testing.T) {
	for name, options := range map[string]postgres.Options{"plain": {}, "behind a pooler": {Pooler: true}} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, options)
			sent := make(chan postgres.Posted, 1)
			o.work(always(sent, letter.Sent, nil))
			l := codeLetter("asha@example.com")
			o.post(l)
			p := await(t, sent)
			require.Equal(t, l.To, p.To)
			require.Equal(t, l.Secret, p.Secret)
			require.Equal(t, l.Data, p.Data)
			require.WithinDuration(t, l.Until, p.Until, time.Second)
			require.False(t, p.Expired)
			require.Equal(t, 1, p.Attempt)
			o.awaitJob(postgres.JobSent)
		})
	}
}

func TestWhatFailsIsTriedAgain(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	tries := make(chan int, 10)
	o.work(func(_ context.Context, p postgres.Posted) (letter.Outcome, error) {
		tries <- p.Attempt
		if p.Attempt < 3 {
			return letter.Failed, errBusy
		}
		return letter.Sent, nil
	})
	began := time.Now()
	o.post(codeLetter("asha@example.com"))
	for want := range 3 {
		require.Equal(t, want+1, await(t, tries))
	}
	require.Greater(t, time.Since(began), 3*time.Second, "one second, then two")
	job := o.awaitJob(postgres.JobSent)
	require.Len(t, job.Failures, 2)
	require.Equal(t, errBusy.Error(), job.Failures[0].Cause)
}

func TestDeadLettersAreKeptAndSentOnRequest(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	sent := make(chan postgres.Posted, 1)
	gone := errors.New("mail not sent: recipient: the server answered 550")
	stop := o.work(always(sent, letter.Dead, gone))
	o.post(codeLetter("asha@example.com"))
	require.Equal(t, 1, await(t, sent).Attempt)
	job := o.awaitJob(postgres.JobDead)
	require.Equal(t, letter.Code, job.Letter)
	require.Equal(t, gone.Error(), job.Failures[0].Cause)
	require.False(t, job.EndedAt.IsZero())
	stop()

	dead, err := o.Jobs(t.Context(), []postgres.JobState{postgres.JobDead}, 10)
	require.NoError(t, err)
	require.Len(t, dead, 1)
	o.work(always(sent, letter.Sent, nil))
	job, err = o.RetryJob(t.Context(), job.ID)
	require.NoError(t, err)
	require.Equal(t, postgres.JobWaiting, job.State)
	require.Equal(t, "314159", await(t, sent).Secret)
	job = o.awaitJob(postgres.JobSent)
	_, err = o.RetryJob(t.Context(), job.ID)
	require.Equal(t, domain.Conflict, domain.KindOf(err), "it would go out twice")
	_, err = o.RetryJob(t.Context(), job.ID+1)
	require.Equal(t, domain.NotFound, domain.KindOf(err))
}

func TestCancelledAndExpiredLettersStay(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	o.post(codeLetter("asha@example.com"))
	job := o.awaitJob(postgres.JobWaiting)
	job, err := o.CancelJob(t.Context(), job.ID)
	require.NoError(t, err)
	require.Equal(t, postgres.JobCancelled, job.State)

	_, err = o.Pool().Exec(t.Context(), "UPDATE river_job SET created_at = now() - interval '1 hour'")
	require.NoError(t, err)
	sent := make(chan postgres.Posted, 1)
	o.work(always(sent, letter.Expired, errors.New("too late")))
	_, err = o.RetryJob(t.Context(), job.ID)
	require.NoError(t, err)
	require.True(t, await(t, sent).Expired)
	o.awaitJob(postgres.JobCancelled)
}

// A stop cuts an attempt off: another process makes it anew, and it does not count.
func TestAStoppedWorkersLetterIsTakenUp(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	begun, sent := make(chan struct{}, 1), make(chan postgres.Posted, 1)
	stop := o.work(func(ctx context.Context, _ postgres.Posted) (letter.Outcome, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return letter.Failed, ctx.Err()
	})
	o.post(codeLetter("asha@example.com"))
	await(t, begun)
	stop()
	o.work(always(sent, letter.Sent, nil))
	require.Equal(t, 1, await(t, sent).Attempt)
	o.awaitJob(postgres.JobSent)
}

// What a process leaves that is killed while it sends.
func TestAKilledWorkersLetterIsTakenUp(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	o.post(codeLetter("asha@example.com"))
	_, err := o.Pool().Exec(t.Context(), `UPDATE river_job
		SET state = 'running', attempt = 1, attempted_at = now() - interval '2 minutes', attempted_by = ARRAY['the dead']`)
	require.NoError(t, err)
	sent := make(chan postgres.Posted, 1)
	o.work(always(sent, letter.Sent, nil))
	require.Equal(t, 2, await(t, sent).Attempt)
	o.awaitJob(postgres.JobSent)
}

// A seal holds only where it was put.
func TestASealCannotBeMoved(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	o.post(codeLetter("asha@example.com"))
	o.post(letter.Letter{Kind: letter.Invitation, To: "eve@example.com", Secret: "s", Until: time.Now().Add(time.Hour)})
	_, err := o.Pool().Exec(t.Context(), `UPDATE river_job j SET args = j.args || jsonb_build_object('sealed', o.args->'sealed')
		FROM river_job o WHERE o.id <> j.id`)
	require.NoError(t, err)
	jobs, err := o.Jobs(t.Context(), nil, 10)
	require.NoError(t, err)
	require.Len(t, jobs, 2)
	for _, j := range jobs {
		_, err := o.Letter(t.Context(), j.ID)
		require.ErrorContains(t, err, "seal")
	}
}

// Once keys were replaced, because they leaked, nothing more is sealed with them; what waits still opens.
func TestSealsFollowTheKeys(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	o.post(codeLetter("asha@example.com"))
	fresh := func(p account.KeyPurpose) postgres.SigningKey {
		return postgres.SigningKey{Key: account.Key{ID: string(p) + "-2", Purpose: p}, Secret: make([]byte, 32)}
	}
	require.NoError(t, o.InTx(t.Context(), func(tx *postgres.Tx) error {
		_, err := tx.DropKeys(t.Context(), fresh(account.ForTokens), fresh(account.ForCodes))
		return err
	}))
	o.post(codeLetter("asha@example.com"))
	rows := o.rows()
	require.NotContains(t, rows[0], string(account.ForCodes)+"-2")
	require.Contains(t, rows[1], string(account.ForCodes)+"-2")
	jobs, err := o.Jobs(t.Context(), nil, 10)
	require.NoError(t, err)
	for _, j := range jobs {
		p, err := o.Letter(t.Context(), j.ID)
		require.NoError(t, err)
		require.Equal(t, "314159", p.Secret)
	}
}

func TestLettersButNoCodesWaitWhileTheyAreHeld(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	sent := make(chan postgres.Posted, 2)
	release := o.HoldLetters()
	o.work(always(sent, letter.Sent, nil))
	o.post(letter.AboutOrder(letter.OrderConfirmed, domain.ID(id.New()), domain.ID(id.New()), time.Now()))
	o.awaitJob(postgres.JobRunning)
	o.post(codeLetter("asha@example.com"))
	require.Equal(t, letter.Code, await(t, sent).Kind)
	release()
	require.Equal(t, letter.OrderConfirmed, await(t, sent).Kind)
}
