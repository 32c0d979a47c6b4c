// Package account lets people in: sign-up and sign-in by a code sent to their mailbox, sessions, access tokens, and what
// people keep about themselves.
//
// Invariants:
//   - Whether an address has an account shows neither in an answer nor in its time: both cases make the same transaction,
//     which stores a code and posts a letter; that to an address without account is dropped when its turn comes.
//   - At most five guesses are compared with one code, however many come at once and on however many instances; a code
//     opens one session.
//   - How often a network, and everybody together, may ask for codes and try them is counted in Postgres before it is done.
//   - A refresh token has one successor. One that comes back after it was used ends its session, and with it all tokens
//     that descend from it. Requests that were already waiting when another one used the same token are only refused: two
//     tabs that race are no theft. There is no grace beyond that, so a client whose answer got lost signs in again.
//   - An access token of a session that was ended is refused at once by the instance that ended it and within about a
//     second by the others: each reads the sessions that were revoked since it last asked, and keeps those whose access
//     tokens still run in memory. While Postgres is away an instance goes by what it knew last, at most until a
//     token's own end.
//   - An API key ends in the same time, whatever ends it: that it is revoked or expires, that its maker is suspended or owns
//     the vendor no more, that the vendor is turned down.
//   - Times are the database's: an instance whose clock is wrong judges tokens by the difference it has measured.
//
// Every process that authenticates runs Run.
package account

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Options are what a Service may need besides the database.
type Options struct {
	Ended  func(session domain.ID) // hears of each session that has ended before its time, here or elsewhere; it must not wait. May be nil
	Wake   func()                  // called after a commit that wrote events; may be nil
	Logger *slog.Logger

	Registry prometheus.Registerer // may be nil
	// Pictures keeps an uploaded file as a picture and gives its key; nil where nobody uploads.
	Pictures func(ctx context.Context, upload []byte) (key string, err error)
}

// Service is the use cases of accounts.
type Service struct {
	db      *postgres.DB
	keep    func(ctx context.Context, upload []byte) (key string, err error) // a picture
	ended   func(domain.ID)
	wake    func()
	log     *slog.Logger
	keys    keyring
	revoked revocations
	signIns signIns

	verified verified
	partners partners
	skew     atomic.Int64 // nanoseconds that the database's clock is ahead of ours
}

// New makes the use cases; nothing is read before it is needed.
func New(db *postgres.DB, o Options) *Service {
	s := &Service{db: db, keep: o.Pictures, ended: o.Ended, wake: o.Wake, log: o.Logger}
	if s.ended == nil {
		s.ended = func(domain.ID) {}
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.keys.db = db
	s.verified = newVerified(&s.keys, s.now)
	s.signIns.count = newSignIns(o.Registry)
	s.revoked.until = map[domain.ID]time.Time{}
	return s
}

// now is the database's time, as well as we know it.
func (s *Service) now() time.Time { return time.Now().Add(time.Duration(s.skew.Load())) }

// How often Run does what it does.
const (
	pollEvery  = time.Second
	purgeEvery = 10 * time.Minute
	purgeBatch = 1000
)

// Run learns which sessions and API keys have ended and which keys the server has, follows the database's clock, and deletes
// what has expired, until ctx ends. It returns nil: what fails is tried again.
func (s *Service) Run(ctx context.Context) error {
	poll, uses, purge := time.NewTicker(pollEvery), time.NewTicker(useEvery), time.NewTicker(purgeEvery)
	defer poll.Stop()
	defer uses.Stop()
	defer purge.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
			err := errors.Join(s.learn(ctx), s.confirmKeys(ctx))
			if err != nil && !failing && ctx.Err() == nil {
				s.log.WarnContext(ctx, "ended sessions and keys are not known", logkey.Error, err.Error())
			}
			failing = err != nil
		case <-uses.C:
			s.try(ctx, "note uses of API keys", s.noteUses)
		case <-purge.C:
			s.try(ctx, "purge accounts", s.purge)
		}
	}
}

func (s *Service) try(ctx context.Context, task string, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "task failed, will try again", logkey.Task, task, logkey.Error, err.Error())
	}
}

func (s *Service) purge(ctx context.Context) error {
	for {
		n, err := s.db.PurgeAccounts(ctx, purgeBatch)
		if err != nil || n < purgeBatch {
			return err
		}
	}
}
