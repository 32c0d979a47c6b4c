package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// SigningKey is a secret of the server.
type SigningKey struct {
	account.Key
	Secret []byte
}

// KeyNames writes the names of keys the way NewsSince does, so that one can see whether there are others.
func KeyNames(keys []SigningKey) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.ID
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// SigningKeys lists the server's keys that are good for something, newest first. When one of a purpose is missing it writes
// what missing makes, once for all instances that ask at the same moment.
func (db *DB) SigningKeys(ctx context.Context, missing func(have []SigningKey) ([]SigningKey, error)) ([]SigningKey, error) {
	keys, err := signingKeys(ctx, db.q())
	if err != nil {
		return nil, classify(err)
	}
	if absent, err := missing(keys); err != nil || len(absent) == 0 {
		return keys, err
	}
	err = db.InTx(ctx, func(tx *Tx) error {
		if err := tx.LockSigningKeys(ctx); err != nil {
			return fmt.Errorf("lock signing keys: %w", err)
		}
		if keys, err = signingKeys(ctx, tx.Queries); err != nil {
			return err
		}
		absent, err := missing(keys)
		if err != nil {
			return err
		}
		for _, k := range absent {
			if k, err = tx.AddSigningKey(ctx, k, 0); err != nil {
				return err
			}
			keys = append([]SigningKey{k}, keys...)
		}
		return nil
	})
	return keys, err
}

// AddSigningKey writes a key that begins to sign after a while, and gives it with its times.
func (tx *Tx) AddSigningKey(ctx context.Context, k SigningKey, after time.Duration) (SigningKey, error) {
	row, err := tx.CreateSigningKey(ctx, query.CreateSigningKeyParams{
		ID: k.ID, Purpose: string(k.Purpose), PrivateKey: k.Secret, DelaySeconds: after.Seconds(),
	})
	if err != nil {
		return k, fmt.Errorf("create signing key: %w", err)
	}
	k.CreatedAt, k.SignsFrom = row.CreatedAt, row.SignsFrom
	return k, nil
}

// ReplaceTokenKeys writes a key for tokens that signs after a while, and lets the others verify for as long as what they
// signed may live. One rotation at a time: Conflict "keys.waiting" while an earlier one's key has not begun to sign,
// "keys.too_many" when there are account.MaxKeys.
func (tx *Tx) ReplaceTokenKeys(ctx context.Context, k SigningKey) (SigningKey, error) {
	if err := tx.LockSigningKeys(ctx); err != nil {
		return k, fmt.Errorf("lock signing keys: %w", err)
	}
	have, err := tx.WaitingTokenKeys(ctx)
	if err != nil {
		return k, fmt.Errorf("look at signing keys: %w", err)
	}
	switch {
	case have.Waiting:
		return k, domain.Errorf(domain.Conflict, "keys.waiting", "the newest key begins to sign at %s; rotate again after that",
			have.SignsFrom.UTC().Format(time.RFC3339)).With("signsFrom", have.SignsFrom)
	case have.Keys >= account.MaxKeys:
		return k, domain.Errorf(domain.Conflict, "keys.too_many", "there are %d keys; the oldest end within %s", have.Keys, account.KeyOverlap)
	}
	if k, err = tx.AddSigningKey(ctx, k, account.KeyPublished); err != nil {
		return k, err
	}
	err = tx.RetireTokenKeys(ctx, query.RetireTokenKeysParams{ID: k.ID, SignsFrom: k.SignsFrom, OverlapSeconds: account.KeyOverlap.Seconds()})
	if err != nil {
		return k, fmt.Errorf("retire signing keys: %w", err)
	}
	return k, nil
}

// DropKeys puts new keys in the place of all that were known to somebody who should not: tokens that the old ones signed are
// no longer good, nor are sign-in codes. The old key for codes stays, since letters that wait to be sent are sealed with it.
func (tx *Tx) DropKeys(ctx context.Context, tokens, codes SigningKey) (SigningKey, error) {
	if err := tx.LockSigningKeys(ctx); err != nil {
		return tokens, fmt.Errorf("lock signing keys: %w", err)
	}
	if err := tx.DropTokenKeys(ctx, tokens.ID); err != nil {
		return tokens, fmt.Errorf("drop signing keys: %w", err)
	}
	if _, err := tx.AddSigningKey(ctx, codes, 0); err != nil {
		return tokens, err
	}
	return tx.AddSigningKey(ctx, tokens, 0)
}

func signingKeys(ctx context.Context, q *query.Queries) ([]SigningKey, error) {
	rows, err := q.SigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	keys := make([]SigningKey, len(rows))
	for i, r := range rows {
		keys[i] = SigningKey{account.Key{ID: r.ID, Purpose: account.KeyPurpose(r.Purpose), CreatedAt: r.CreatedAt, SignsFrom: r.SignsFrom}, r.PrivateKey}
		if r.VerifiesUntil != nil {
			keys[i].VerifiesUntil = *r.VerifiesUntil
		}
	}
	return keys, nil
}
