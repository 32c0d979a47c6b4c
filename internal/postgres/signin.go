package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// CountSignIn counts one more attempt from a network, "" for everywhere. When there were as many as b allows it counts
// nothing, and says for how many seconds there may be no other.
func (db *DB) CountSignIn(ctx context.Context, what account.Attempt, network string, b account.Bound) (wait int, err error) {
	_, err = db.q().CountSignIn(ctx, query.CountSignInParams{
		What: string(what), Network: network, Most: b.Most, WindowSeconds: b.Window.Seconds(),
	})
	if !errors.Is(err, pgx.ErrNoRows) {
		if err != nil {
			err = fmt.Errorf("count sign-ins: %w", classify(err))
		}
		return 0, err
	}
	wait, err = db.q().SignInWait(ctx, query.SignInWaitParams{What: string(what), Network: network, WindowSeconds: b.Window.Seconds()})
	if errors.Is(err, pgx.ErrNoRows) { // purged in between
		return 1, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read sign-ins' wait: %w", classify(err))
	}
	return wait, nil
}

// Sessions lists an account's sessions that have not ended, the last used first.
func (db *DB) Sessions(ctx context.Context, user domain.ID) ([]account.Session, error) {
	rows, err := db.q().SessionsOf(ctx, query.SessionsOfParams{UserID: user, Most: account.MaxSessions})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", classify(err))
	}
	out := make([]account.Session, len(rows))
	for i, r := range rows {
		out[i] = account.Session(r)
	}
	return out, nil
}

// EndOwnSession revokes a session of an account: NotFound when it has none of that ID, or it has ended.
func (db *DB) EndOwnSession(ctx context.Context, user, id domain.ID) (Revoked, error) {
	until, err := db.q().RevokeOwnSession(ctx, query.RevokeOwnSessionParams{ID: id, UserID: user})
	if err != nil {
		return Revoked{}, missing("session", fmt.Errorf("revoke session: %w", err))
	}
	return Revoked{id, until}, nil
}

// EndOtherSessions revokes all sessions of an account but one, and lists them.
func (db *DB) EndOtherSessions(ctx context.Context, user, keep domain.ID) (ended []Revoked, err error) {
	err = db.InTx(ctx, func(tx *Tx) error {
		rows, err := tx.RevokeOtherSessions(ctx, query.RevokeOtherSessionsParams{UserID: user, ID: keep})
		ended = nil
		for _, r := range rows {
			ended = append(ended, Revoked(r))
		}
		return err
	})
	return ended, err
}
