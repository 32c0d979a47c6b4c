package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Tokens are what a session acts with.
type Tokens struct {
	Access    string
	Refresh   string
	ExpiresIn time.Duration // of the access token
	User      rules.User
}

var (
	errRefresh = domain.Errorf(domain.Unauthenticated, "auth.refresh", "the refresh token is not valid; sign in again")
	errReused  = domain.Errorf(domain.Unauthenticated, "auth.refresh_reused", "the refresh token was used before, so the session has been ended; sign in again")
	errRaced   = domain.Errorf(domain.Unauthenticated, "auth.refresh_raced", "another request used the refresh token at the same moment; go on with what that one got")
)

// startSession begins a session for the user whom find comes up with and whose row it holds, in the same transaction.
func (s *Service) startSession(ctx context.Context, from Client, find func(*postgres.Tx) (rules.User, error)) (Tokens, error) {
	session := domain.ID(id.New())
	refresh, hash := newRefreshToken()
	var user rules.User
	var until time.Time
	var surplus []postgres.Revoked
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		if user, err = find(tx); err != nil {
			return err
		}
		until, surplus, err = tx.StartSession(ctx, postgres.NewSession{
			ID: session, UserID: user.ID, Device: from.Device, Network: rules.Neighbourhood(from.From.Address),
			AccessTTL: rules.AccessTTL, SessionTTL: rules.SessionTTL,
		})
		if err != nil {
			return err
		}
		return tx.AddRefreshToken(ctx, session, hash)
	})
	if err != nil {
		return Tokens{}, err
	}
	for _, old := range surplus {
		s.revoke(old.ID, old.AccessUntil)
	}
	return s.tokens(ctx, user, session, refresh, until)
}

func (s *Service) tokens(ctx context.Context, u rules.User, session domain.ID, refresh string, until time.Time) (Tokens, error) {
	access, err := s.sign(ctx, u, session, until, rules.AccessTTL)
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{Access: access, Refresh: refresh, ExpiresIn: rules.AccessTTL, User: u}, nil
}

// newRefreshToken draws 256 bits. That much needs no key and no salt to be hashed.
func newRefreshToken() (text string, hash []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the process ends instead
	text = base64.RawURLEncoding.EncodeToString(b[:])
	return text, refreshHash(text)
}

func refreshHash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// Refresh trades a refresh token for new tokens of the same session.
// It returns Unauthenticated: "auth.refresh" for a token that is unknown, expired, or of a session that has ended;
// "auth.refresh_raced" to a request that was waiting when another one used the token; "auth.refresh_reused" to one that came
// later, which ends the session. And Forbidden "account.suspended", which ends it as well.
func (s *Service) Refresh(ctx context.Context, from Client, token string) (Tokens, error) {
	arrived := time.Now()
	if err := from.check(); err != nil {
		return Tokens{}, err
	}
	refresh, hash := newRefreshToken()
	var held postgres.RefreshToken
	var until time.Time
	var refusal error // not an error of the transaction: what it wrote must stay
	err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
		var err error
		held, err = tx.TakeRefreshToken(ctx, refreshHash(token), time.Since(arrived))
		if domain.KindOf(err) == domain.NotFound {
			return errRefresh
		}
		if err != nil {
			return err
		}
		if refusal = refuse(held); refusal == nil {
			until, err = tx.ReplaceRefreshToken(ctx, held.Session, refreshHash(token), hash, from.Device, rules.Neighbourhood(from.From.Address))
			return err
		}
		if !held.Dead && !held.Raced {
			until, err = s.cutOff(ctx, tx, from, held)
		}
		return err
	})
	if err != nil {
		return Tokens{}, err
	}
	if refusal != nil {
		s.endedAtRefresh(ctx, held, until)
		return Tokens{}, refusal
	}
	return s.tokens(ctx, held.User, held.Session, refresh, until)
}

// cutOff ends a session at whose refresh something was wrong, and notes it.
func (s *Service) cutOff(ctx context.Context, tx *postgres.Tx, from Client, held postgres.RefreshToken) (time.Time, error) {
	until, err := tx.EndSession(ctx, held.Session)
	if err != nil || until.IsZero() {
		return until, err
	}
	by := domain.System
	by.From = from.From
	return until, tx.Audit(ctx, by, postgres.AuditEntry{
		Action: "session.cut_off", Subject: "session", SubjectID: held.Session,
		After: map[string]any{"user": held.User.ID, "reused": held.Used, "status": held.User.Status},
	})
}

// refuse says why a token gets no successor; nil when it does.
func refuse(t postgres.RefreshToken) error {
	switch {
	case t.Dead:
		return errRefresh
	case t.Raced:
		return errRaced
	case t.Used:
		return errReused
	}
	return t.User.MayAct()
}

// endedAtRefresh takes note of a session that a refresh has ended, if it has.
func (s *Service) endedAtRefresh(ctx context.Context, t postgres.RefreshToken, until time.Time) {
	if until.IsZero() {
		return
	}
	s.revoke(t.Session, until)
	s.log.WarnContext(ctx, "session ended at refresh", logkey.User, t.User.ID, logkey.Session, t.Session, logkey.Reused, t.Used)
}

// Logout ends the session that the actor acts through: its refresh token and its access tokens stop working.
func (s *Service) Logout(ctx context.Context, actor domain.Actor) error {
	until, err := s.db.EndSession(ctx, actor.Session)
	if err != nil {
		return fmt.Errorf("log out: %w", err)
	}
	s.revoke(actor.Session, until)
	return nil
}
