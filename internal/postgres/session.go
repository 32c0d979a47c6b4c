package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// NewSession is a session that begins.
type NewSession struct {
	ID, UserID domain.ID
	Device     string
	Network    string // as account.Neighbourhood gives it
	AccessTTL  time.Duration
	SessionTTL time.Duration
}

// StartSession writes a session of an account whose row is held, and says when its first access token ends, by the database's
// clock. Of more than account.MaxSessions it ends those that were used least lately, and lists them.
func (tx *Tx) StartSession(ctx context.Context, s NewSession) (until time.Time, ended []Revoked, err error) {
	until, err = tx.CreateSession(ctx, query.CreateSessionParams{
		ID: s.ID, UserID: s.UserID, Device: s.Device, Network: s.Network, AccessSeconds: s.AccessTTL.Seconds(), SessionSeconds: s.SessionTTL.Seconds(),
	})
	if err != nil {
		return until, nil, fmt.Errorf("start session: %w", err)
	}
	surplus, err := tx.RevokeSurplusSessions(ctx, query.RevokeSurplusSessionsParams{UserID: s.UserID, Most: account.MaxSessions})
	if err != nil {
		return until, nil, fmt.Errorf("end surplus sessions: %w", err)
	}
	for _, r := range surplus {
		ended = append(ended, Revoked(r))
	}
	return until, ended, nil
}

// AddRefreshToken writes the hash of a session's first refresh token.
func (tx *Tx) AddRefreshToken(ctx context.Context, session domain.ID, hash []byte) error {
	if err := tx.CreateRefreshToken(ctx, query.CreateRefreshTokenParams{
		Hash: hash, SessionID: session, SessionSeconds: account.SessionTTL.Seconds(),
	}); err != nil {
		return fmt.Errorf("add refresh token: %w", err)
	}
	return nil
}

// RefreshToken is what is known of one that was presented, whose session is now locked.
type RefreshToken struct {
	Session domain.ID
	User    account.User
	Used    bool // it had a successor already
	Raced   bool // and got it while this request was waiting
	Dead    bool // it expired, or its session was revoked
}

// TakeRefreshToken locks a refresh token and its session: NotFound. Waited is how long ago the request arrived.
func (tx *Tx) TakeRefreshToken(ctx context.Context, hash []byte, waited time.Duration) (RefreshToken, error) {
	row, err := tx.LockRefreshToken(ctx, query.LockRefreshTokenParams{Hash: hash, WaitedSeconds: waited.Seconds()})
	if err != nil {
		return RefreshToken{}, fmt.Errorf("take refresh token: %w", classify(err))
	}
	user, err := tx.UserByID(ctx, row.UserID)
	if err != nil {
		return RefreshToken{}, fmt.Errorf("read account: %w", err)
	}
	return RefreshToken{
		Session: row.SessionID, User: toUser(user), Used: row.Used, Raced: row.Raced, Dead: row.Expired || row.Revoked,
	}, nil
}

// ReplaceRefreshToken uses up the old token, writes its successor and says when the next access token ends.
// The device is the session's new name, "" for the one it has.
func (tx *Tx) ReplaceRefreshToken(ctx context.Context, session domain.ID, oldHash, newHash []byte, device, network string) (time.Time, error) {
	until, err := tx.RotateRefreshToken(ctx, query.RotateRefreshTokenParams{
		SessionID: session, OldHash: oldHash, NewHash: newHash, Device: device, Network: network,
		AccessSeconds: account.AccessTTL.Seconds(), SessionSeconds: account.SessionTTL.Seconds(),
	})
	if err != nil {
		return until, fmt.Errorf("replace refresh token: %w", err)
	}
	return until, nil
}

// EndSession revokes a session and says until when its access tokens must be refused; a session that has ended, or never
// was, gives the zero time.
func (db *DB) EndSession(ctx context.Context, id domain.ID) (time.Time, error) {
	until, err := endSession(ctx, db.q(), id)
	return until, classify(err)
}

// EndSession is DB.EndSession within a transaction.
func (tx *Tx) EndSession(ctx context.Context, id domain.ID) (time.Time, error) {
	return endSession(ctx, tx.Queries, id)
}

func endSession(ctx context.Context, q *query.Queries, id domain.ID) (time.Time, error) {
	until, err := q.RevokeSession(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return until, fmt.Errorf("revoke session: %w", err)
	}
	return until, nil
}

// Revoked is a session whose access tokens must be refused until they end by themselves.
type Revoked struct {
	ID          domain.ID
	AccessUntil time.Time
}

// News is what an instance has to hear of about once a second.
type News struct {
	At      time.Time // the database's clock
	Keys    string    // the names of the server's keys, as KeyNames writes them
	Revoked []Revoked
}

// NewsSince tells of the sessions revoked since a moment of the database's clock, and of the server's keys: one round trip.
func (db *DB) NewsSince(ctx context.Context, since time.Time) (News, error) {
	rows, err := db.q().RevokedSessions(ctx, query.RevokedSessionsParams{Since: since, LeewaySeconds: account.Leeway.Seconds()})
	if err != nil {
		return News{}, fmt.Errorf("list revoked sessions: %w", classify(err))
	}
	news := News{At: rows[0].ReadAt, Keys: rows[0].Keys}
	for _, r := range rows {
		if r.ID != nil {
			news.Revoked = append(news.Revoked, Revoked{*r.ID, *r.AccessUntil})
		}
	}
	return news, nil
}
