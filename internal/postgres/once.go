package postgres

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// lease is how long a claim holds when its process dies: longer than any request may run.
const lease = 15 * time.Second

// claim is a request's hold on its key. It travels in the request's context, as it is about that request and nothing else.
type claim struct {
	domain.Request
	id     domain.ID
	done   bool // a transaction of the work has been committed
	stored bool // and the answer with it
}

type claimKey struct{}

func claimOf(ctx context.Context) *claim {
	c, _ := ctx.Value(claimKey{}).(*claim)
	return c
}

// Once runs work at most once for a request's key and keeps its answer; a later request with the key gets the same bytes.
//
// The first transaction that work commits in its context also notes that the key's work is done, so that nothing is done
// twice whenever the process dies. The answer is stored right after, or, where that is too late, in the transaction itself
// by Tx.Keep. Work that fails leaves the key free for another try, unless it has been done.
//
// Errors: Conflict "idempotency.running" while another request holds the key; Conflict "idempotency.answer_lost" when the
// work is done and its answer died with the process; Unprocessable "idempotency.other_body" when the key came with another
// body; work's own. Round trips: the claim by itself (nobody waits on it), a statement in work's transaction, the answer.
func (db *DB) Once(ctx context.Context, r domain.Request, work func(context.Context) (domain.Answer, error)) (domain.Answer, error) {
	c := &claim{Request: r, id: domain.ID(id.New())}
	if answer, err := db.claim(ctx, c); err != nil || answer.Replayed {
		return answer, err
	}
	answer, err := work(context.WithValue(ctx, claimKey{}, c))
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	switch {
	case err != nil:
		_ = db.q().ReleaseKey(after, query.ReleaseKeyParams{Principal: r.Principal, Route: r.Route, Key: r.Key, Claim: c.id}) // or the lease does it
		return domain.Answer{}, err
	case c.stored:
		return answer, nil
	}
	// When this fails, what has been done is done all the same: the caller is told so, and a retry that the answer is lost.
	_ = db.q().AnswerKey(after, query.AnswerKeyParams{
		Principal: r.Principal, Route: r.Route, Key: r.Key, Claim: c.id, Status: &answer.Status, Body: answer.Body, Etag: answer.ETag,
	})
	return answer, nil
}

// Keep stores the answer of a request that runs under a key in the transaction of its work, so that it is there if and only
// if the work is. Without a key it does nothing.
func (tx *Tx) Keep(ctx context.Context, a domain.Answer) error {
	c := claimOf(ctx)
	if c == nil {
		return nil
	}
	tx.kept = true
	return tx.finishKey(ctx, c, query.FinishKeyParams{Status: &a.Status, Body: a.Body, Etag: a.ETag})
}

// commit ends a transaction that may write, and notes with it that the work of the request's key is done.
func (tx *Tx) commit(ctx context.Context) error {
	c := claimOf(ctx)
	if tx.aside {
		return tx.tx.Commit(ctx)
	}
	if c != nil && !c.done && !tx.kept {
		if err := tx.finishKey(ctx, c, query.FinishKeyParams{}); err != nil {
			return err
		}
	}
	err := tx.tx.Commit(ctx)
	if c != nil && err == nil {
		c.done, c.stored = true, c.stored || tx.kept
	}
	return err
}

func (tx *Tx) finishKey(ctx context.Context, c *claim, p query.FinishKeyParams) error {
	p.Principal, p.Route, p.Key, p.Claim = c.Principal, c.Route, c.Key, c.id
	return tx.queue(func(tx *Tx) error { return tx.FinishKey(ctx, p) }, func(err error) error {
		if guarded(err) { // the lease ran out, and another request took over
			return errRunning()
		}
		return err
	})
}

// claim takes the key for c, or gives the answer of the request that had it before.
func (db *DB) claim(ctx context.Context, c *claim) (domain.Answer, error) {
	var n int64
	// What is done under the key is committed after its claim, and the log keeps that order: a claim that dies with the server has
	// done nothing.
	err := together(ctx, db.single(),
		func(q *query.Queries) error { return q.Unhurried(ctx) },
		func(q *query.Queries) (err error) {
			n, err = q.ClaimKey(ctx, query.ClaimKeyParams{
				Principal: c.Principal, Route: c.Route, Key: c.Key, RequestHash: c.Hash, Claim: c.id, LeaseSeconds: lease.Seconds(),
			})
			return err
		})
	if err != nil {
		return domain.Answer{}, fmt.Errorf("claim key: %w", classify(err))
	}
	if n == 1 {
		return domain.Answer{}, nil
	}
	r, err := db.q().ReadKey(ctx, query.ReadKeyParams{Principal: c.Principal, Route: c.Route, Key: c.Key})
	if err = missing("key", err); domain.KindOf(err) == domain.NotFound {
		return domain.Answer{}, errRunning() // released in between: the caller tries again
	}
	switch {
	case err != nil:
		return domain.Answer{}, fmt.Errorf("read key: %w", err)
	case !bytes.Equal(r.RequestHash, c.Hash):
		return domain.Answer{}, domain.Errorf(domain.Unprocessable, "idempotency.other_body", "this Idempotency-Key came with another body before")
	case r.Status != nil:
		return domain.Answer{Status: *r.Status, Body: r.Body, ETag: r.Etag, Replayed: true}, nil
	case !r.Abandoned:
		return domain.Answer{}, errRunning()
	case r.Done:
		return domain.Answer{}, domain.Errorf(domain.Conflict, "idempotency.answer_lost", "it was done, but its answer is lost; read what there is now")
	}
	return domain.Answer{}, db.takeOver(ctx, c)
}

func (db *DB) takeOver(ctx context.Context, c *claim) error {
	n, err := db.q().TakeOverKey(ctx, query.TakeOverKeyParams{
		Principal: c.Principal, Route: c.Route, Key: c.Key, Claim: c.id, LeaseSeconds: lease.Seconds(),
	})
	if err != nil {
		return fmt.Errorf("take over key: %w", classify(err))
	}
	if n == 0 {
		return errRunning()
	}
	return nil
}

func errRunning() error {
	return domain.Errorf(domain.Conflict, "idempotency.running", "a request with this Idempotency-Key is still running; try again").With("retryAfter", 1)
}

// ForgetKeys deletes answers older than 48 hours, some thousands a call, and says how many.
func (db *DB) ForgetKeys(ctx context.Context) (int64, error) {
	n, err := db.q().ForgetKeys(ctx)
	return n, classify(err)
}
