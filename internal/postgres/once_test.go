package postgres

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
)

// desk is a database with one account, whose addresses are the work to be done once.
type desk struct {
	*DB
	t   *testing.T
	ctx context.Context
	who domain.ID
}

func newDesk(t *testing.T) desk {
	t.Helper()
	t.Parallel()
	db, err := Open(t.Context(), dbtest.URL(t), Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	d := desk{db, t, t.Context(), id.New()}
	_, err = db.pool.Exec(d.ctx, `INSERT INTO users (id, email, first_name, role) VALUES ($1, 'a@example.com', 'A', 'customer')`, d.who)
	require.NoError(t, err)
	return d
}

func (d desk) request() domain.Request {
	return domain.Request{Principal: d.who, Route: "createAddress", Key: "k", Hash: []byte("body")}
}

// work saves an address.
func (d desk) work(ctx context.Context) (domain.Answer, error) {
	_, err := d.AddAddress(ctx, d.who, account.Address{ID: id.New(), Label: "Home", Line1: "1", City: "Delhi"})
	return domain.Answer{Status: 201, Body: []byte(`{"made":1}`), ETag: `"1"`}, err
}

func (d desk) addresses() int {
	d.t.Helper()
	list, err := d.Addresses(d.ctx, d.who)
	require.NoError(d.t, err)
	return len(list)
}

// die leaves a request as a process leaves it that is killed after its work was committed, or before.
func (d desk) die(work func(context.Context) (domain.Answer, error)) {
	d.t.Helper()
	c := &claim{Request: d.request(), id: id.New()}
	_, err := d.claim(d.ctx, c)
	require.NoError(d.t, err)
	if work != nil {
		_, err = work(context.WithValue(d.ctx, claimKey{}, c))
		require.NoError(d.t, err)
	}
}

// outlive lets the lease of the dead run out.
func (d desk) outlive() {
	d.t.Helper()
	_, err := d.pool.Exec(d.ctx, `UPDATE idempotency_keys SET locked_until = now() - interval '1 second'`)
	require.NoError(d.t, err)
}

func TestTheFirstAnswerComesAgain(t *testing.T) {
	d := newDesk(t)
	first, err := d.Once(d.ctx, d.request(), d.work)
	require.NoError(t, err)
	require.False(t, first.Replayed)
	again, err := d.Once(d.ctx, d.request(), d.work)
	require.NoError(t, err)
	require.Equal(t, domain.Answer{Status: 201, Body: first.Body, ETag: first.ETag, Replayed: true}, again)
	require.Equal(t, 1, d.addresses())

	other := d.request()
	other.Hash = []byte("other")
	_, err = d.Once(d.ctx, other, d.work)
	require.Equal(t, domain.Unprocessable, domain.KindOf(err))
	for _, r := range []domain.Request{{Principal: id.New(), Route: "createAddress", Key: "k", Hash: []byte("body")}, {Principal: d.who, Route: "other", Key: "k", Hash: []byte("body")}} {
		a, err := d.Once(d.ctx, r, d.work)
		require.NoError(t, err)
		require.False(t, a.Replayed, "another caller's, or for another thing")
	}
}

func TestWorkThatFailedLeavesItsKeyFree(t *testing.T) {
	d := newDesk(t)
	broken := errors.New("broken")
	_, err := d.Once(d.ctx, d.request(), func(ctx context.Context) (domain.Answer, error) {
		return domain.Answer{}, d.InTx(ctx, func(*Tx) error { return broken })
	})
	require.ErrorIs(t, err, broken)
	a, err := d.Once(d.ctx, d.request(), d.work)
	require.NoError(t, err)
	require.False(t, a.Replayed)
	require.Equal(t, 1, d.addresses())
}

func TestWhatWasDoneIsNeverDoneAgain(t *testing.T) {
	d := newDesk(t)
	d.die(d.work)
	_, err := d.Once(d.ctx, d.request(), d.work)
	require.ErrorIs(t, err, errRunning(), "it may be about to answer")
	d.outlive()
	_, err = d.Once(d.ctx, d.request(), d.work)
	require.Equal(t, "idempotency.answer_lost", codeOf(err))
	require.Equal(t, 1, d.addresses())

	// The same when the answer could not be made after the work was done.
	r := d.request()
	r.Key = "k2"
	_, err = d.Once(d.ctx, r, func(ctx context.Context) (domain.Answer, error) {
		_, err := d.work(ctx)
		return domain.Answer{}, errors.Join(err, errors.New("broken"))
	})
	require.Error(t, err)
	d.outlive()
	_, err = d.Once(d.ctx, r, d.work)
	require.Equal(t, "idempotency.answer_lost", codeOf(err))
	require.Equal(t, 2, d.addresses())
}

func TestAnAnswerKeptWithTheWorkOutlivesTheProcess(t *testing.T) {
	d := newDesk(t)
	keep := func(ctx context.Context) (domain.Answer, error) {
		a := domain.Answer{Status: 201, Body: []byte("kept"), ETag: `"7"`}
		return a, d.InTx(ctx, func(tx *Tx) error { return tx.Keep(ctx, a) })
	}
	d.die(keep)
	a, err := d.Once(d.ctx, d.request(), keep)
	require.NoError(t, err)
	require.Equal(t, domain.Answer{Status: 201, Body: []byte("kept"), ETag: `"7"`, Replayed: true}, a)
	require.NoError(t, d.InTx(d.ctx, func(tx *Tx) error { return tx.Keep(d.ctx, a) }), "without a key there is nothing to keep")
}

func TestOnlyTheDeadAreTakenOver(t *testing.T) {
	d := newDesk(t)
	d.die(nil)
	_, err := d.Once(d.ctx, d.request(), d.work)
	require.ErrorIs(t, err, errRunning())
	d.outlive()
	a, err := d.Once(d.ctx, d.request(), d.work)
	require.NoError(t, err)
	require.Equal(t, 201, a.Status)
	require.Equal(t, 1, d.addresses())
}

func TestALateRequestWhoseKeyWasTakenDoesNothing(t *testing.T) {
	d := newDesk(t)
	_, err := d.Once(d.ctx, d.request(), func(late context.Context) (domain.Answer, error) {
		d.outlive()
		_, err := d.Once(d.ctx, d.request(), d.work)
		require.NoError(t, err)
		return d.work(late)
	})
	require.ErrorIs(t, err, errRunning())
	require.Equal(t, 1, d.addresses())
	a, err := d.Once(d.ctx, d.request(), d.work)
	require.NoError(t, err)
	require.True(t, a.Replayed, "the other's answer stays")
}

func codeOf(err error) string {
	var e *domain.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
