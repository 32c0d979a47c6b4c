package account

import (
	"context"
	"crypto/ed25519"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// PublicKey is a key that access tokens are checked with.
type PublicKey struct {
	ID  string
	Key ed25519.PublicKey
}

// PublicKeys gives the keys that sign access tokens, will sign them soon, or signed some that still live; newest first.
// Unavailable when the database is away and the keys were never read.
func (s *Service) PublicKeys(ctx context.Context) ([]PublicKey, error) {
	have, err := s.keys.get(ctx)
	if err != nil {
		return nil, err
	}
	var out []PublicKey
	for _, k := range have.all {
		if public, ok := have.public(k.ID); ok {
			out = append(out, PublicKey{k.ID, public})
		}
	}
	return out, nil
}

// KeyStatus is a key of the server and where in its life it is; nothing of it is secret.
type KeyStatus struct {
	rules.Key
	State rules.KeyState
}

// Keys lists the server's keys, newest first, as they are in the database now.
func (s *Service) Keys(ctx context.Context) ([]KeyStatus, error) {
	if err := s.keys.reload(ctx); err != nil {
		return nil, err
	}
	if err := s.learn(ctx); err != nil { // the database's clock
		return nil, err
	}
	all := s.keys.current.Load().all
	states := rules.StateAt(all, s.now())
	out := make([]KeyStatus, len(all))
	for i, k := range all {
		out[i] = KeyStatus{k, states[i]}
	}
	return out, nil
}

// RotateKeys makes a new key for tokens and gives it. Every instance hears of it within seconds, and it is among the public
// ones at once, but it signs only after KeyPublished; those before go on verifying for KeyOverlap after that. So nobody is
// signed out, however many instances there are.
// It returns Conflict: "keys.waiting" while the newest key does not sign yet, also to one of two who rotate at once, and
// "keys.too_many".
func (s *Service) RotateKeys(ctx context.Context) (rules.Key, error) {
	return s.rotate(ctx, "keys.rotate", func(tx *postgres.Tx) (postgres.SigningKey, error) {
		return tx.ReplaceTokenKeys(ctx, newKey(rules.ForTokens))
	})
}

// ReplaceLeakedKeys puts new keys in the place of all, at once: what the old ones signed is refused by every instance as soon
// as it hears of it, about a second later, and while it cannot reach Postgres not before it can. Everybody's access token is
// dead then; refresh tokens, which no key signs, go on. Sign-in codes and WebSocket tickets that are under way die, too.
func (s *Service) ReplaceLeakedKeys(ctx context.Context) (rules.Key, error) {
	return s.rotate(ctx, "keys.replace", func(tx *postgres.Tx) (postgres.SigningKey, error) {
		return tx.DropKeys(ctx, newKey(rules.ForTokens), newKey(rules.ForCodes))
	})
}

func (s *Service) rotate(ctx context.Context, action string, do func(*postgres.Tx) (postgres.SigningKey, error)) (rules.Key, error) {
	var made postgres.SigningKey
	err := s.db.InTx(ctx, func(tx *postgres.Tx) (err error) {
		if made, err = do(tx); err != nil {
			return err
		}
		return tx.Audit(ctx, domain.Operator, postgres.AuditEntry{
			Action: action, Subject: "signing_key", After: map[string]any{"id": made.ID, "signsFrom": made.SignsFrom},
		})
	})
	if err != nil {
		return rules.Key{}, err
	}
	return made.Key, s.keys.reload(ctx)
}
