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

// Key names a request that must have its effect once, however often it arrives.
type Key struct {
	Principal domain.ID
	Route     string
	Key       string // the caller's Idempotency-Key
	Hash      []byte // of the request's body
}

// Answer is what such a request was answered.
type Answer struct {
	Status   int
	Body     []byte
	Replayed bool // it is an earlier request's answer
}

// lease is how long a claim holds when its process dies: longer than any request may run.
const lease = 15 * time.Second

// Once runs work in a transaction, at most once for a key, and stores its answer in that transaction; a later request with
// the key gets the same bytes. Work that fails leaves nothing behind and the key free for another try.
//
// Errors: Conflict "idempotency.running" while another request holds the key; Unprocessable "idempotency.other_body" when
// the key came with another body; those of InTx. Round trips: the claim by itself (nobody waits on it), then the work's
// own transaction with one more statement.
func (db *DB) Once(ctx context.Context, k Key, work func(tx *Tx) (Answer, error)) (Answer, error) {
	claim := domain.ID(id.New())
	if answer, err := db.claim(ctx, k, claim); err != nil || answer.Replayed {
		return answer, err
	}
	var answer Answer
	err := db.InTx(ctx, func(tx *Tx) error {
		var err error
		if answer, err = work(tx); err != nil {
			return err
		}
		n, err := tx.AnswerKey(ctx, query.AnswerKeyParams{
			Principal: k.Principal, Route: k.Route, Key: k.Key, Claim: claim, Status: &answer.Status, Body: answer.Body,
		})
		if err == nil && n == 0 { // the lease ran out and another request took over
			err = errRunning()
		}
		return err
	})
	if err != nil {
		db.release(ctx, k, claim)
		return Answer{}, err
	}
	return answer, nil
}

func (db *DB) claim(ctx context.Context, k Key, claim domain.ID) (Answer, error) {
	n, err := db.q().ClaimKey(ctx, query.ClaimKeyParams{
		Principal: k.Principal, Route: k.Route, Key: k.Key, RequestHash: k.Hash, Claim: claim, LeaseSeconds: lease.Seconds(),
	})
	if err != nil {
		return Answer{}, fmt.Errorf("claim key: %w", classify(err))
	}
	if n == 1 {
		return Answer{}, nil
	}
	r, err := db.q().ReadKey(ctx, query.ReadKeyParams{Principal: k.Principal, Route: k.Route, Key: k.Key})
	if err = missing("key", err); domain.KindOf(err) == domain.NotFound {
		return Answer{}, errRunning() // released in between: the caller tries again
	}
	switch {
	case err != nil:
		return Answer{}, fmt.Errorf("read key: %w", err)
	case !bytes.Equal(r.RequestHash, k.Hash):
		return Answer{}, domain.Errorf(domain.Unprocessable, "idempotency.other_body", "this Idempotency-Key came with another body before")
	case r.Status != nil:
		return Answer{Status: *r.Status, Body: r.Body, Replayed: true}, nil
	case !r.Abandoned:
		return Answer{}, errRunning()
	}
	n, err = db.q().TakeOverKey(ctx, query.TakeOverKeyParams{
		Principal: k.Principal, Route: k.Route, Key: k.Key, Claim: claim, LeaseSeconds: lease.Seconds(),
	})
	if err != nil {
		return Answer{}, fmt.Errorf("take over key: %w", classify(err))
	}
	if n == 0 {
		return Answer{}, errRunning()
	}
	return Answer{}, nil
}

// release frees the key of work that failed. When even that fails, the lease does it.
func (db *DB) release(ctx context.Context, k Key, claim domain.ID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = db.q().ReleaseKey(ctx, query.ReleaseKeyParams{Principal: k.Principal, Route: k.Route, Key: k.Key, Claim: claim})
}

func errRunning() error {
	return domain.Errorf(domain.Conflict, "idempotency.running", "a request with this Idempotency-Key is still running; try again")
}

// ForgetKeys deletes answers older than 48 hours, some thousands a call, and says how many.
func (db *DB) ForgetKeys(ctx context.Context) (int64, error) {
	n, err := db.q().ForgetKeys(ctx)
	return n, classify(err)
}
