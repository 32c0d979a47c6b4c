package account

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// reloadEvery is how often at most an unknown key ID, which anybody can invent, makes us ask the database.
const reloadEvery = time.Second

// keys is one reading of the server's keys.
type keys struct {
	all     []rules.Key // newest first
	names   string      // as postgres.KeyNames writes them
	private map[string]ed25519.PrivateKey
	code    []byte
}

// signer gives the key that signs at a moment of the database's clock.
func (k *keys) signer(at time.Time) (string, ed25519.PrivateKey) {
	id := k.all[rules.SignerAt(k.all, at)].ID // missingKeys sees to it that there is one
	return id, k.private[id]
}

// public gives the key of a name, which may be anything.
func (k *keys) public(id string) (ed25519.PublicKey, bool) {
	private, ok := k.private[id]
	if !ok {
		return nil, false
	}
	return private.Public().(ed25519.PublicKey), true
}

// keyring holds the newest reading.
type keyring struct {
	db      *postgres.DB
	current atomic.Pointer[keys]

	mu     sync.Mutex // one reading at a time
	readAt time.Time  // guarded by mu
}

// get gives the keys; the first call on an empty database makes them.
func (k *keyring) get(ctx context.Context) (*keys, error) {
	if have := k.current.Load(); have != nil {
		return have, nil
	}
	if err := k.reload(ctx); err != nil {
		return nil, err
	}
	return k.current.Load(), nil
}

// public gives the key that a token names: errToken when there is none. A key that another instance made is looked for.
func (k *keyring) public(ctx context.Context, id string) (ed25519.PublicKey, error) {
	have, err := k.get(ctx)
	if err != nil {
		return nil, err
	}
	if key, ok := have.public(id); ok {
		return key, nil
	}
	if err := k.reloadIfStale(ctx); err != nil {
		return nil, err
	}
	if key, ok := k.current.Load().public(id); ok {
		return key, nil
	}
	return nil, errToken
}

func (k *keyring) reloadIfStale(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.readAt) < reloadEvery {
		return nil
	}
	return k.read(ctx)
}

func (k *keyring) reload(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.read(ctx)
}

// follow reads the keys again when there are others than those that are known.
func (k *keyring) follow(ctx context.Context, names string) error {
	if have := k.current.Load(); have != nil && have.names == names {
		return nil
	}
	return k.reload(ctx)
}

func (k *keyring) read(ctx context.Context) error {
	rows, err := k.db.SigningKeys(ctx, missingKeys)
	if err != nil {
		return fmt.Errorf("get signing keys: %w", err)
	}
	next := &keys{private: map[string]ed25519.PrivateKey{}, names: postgres.KeyNames(rows)}
	for _, row := range rows {
		next.all = append(next.all, row.Key)
		switch {
		case row.Purpose == rules.ForTokens:
			next.private[row.ID] = ed25519.NewKeyFromSeed(row.Secret)
		case next.code == nil:
			next.code = row.Secret
		}
	}
	k.current.Store(next)
	k.readAt = time.Now()
	return nil
}

// missingKeys makes the keys that a database must have and does not.
func missingKeys(have []postgres.SigningKey) ([]postgres.SigningKey, error) {
	var made []postgres.SigningKey
	for _, purpose := range []rules.KeyPurpose{rules.ForTokens, rules.ForCodes} {
		if !slices.ContainsFunc(have, func(k postgres.SigningKey) bool { return k.Purpose == purpose }) {
			made = append(made, newKey(purpose))
		}
	}
	return made, nil
}

// newKey draws a key; what it is for has 32 bytes of secret either way.
func newKey(purpose rules.KeyPurpose) postgres.SigningKey {
	secret := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(secret) // never fails: the process ends instead
	return postgres.SigningKey{Key: rules.Key{ID: rules.KeyID(purpose, secret), Purpose: purpose}, Secret: secret}
}
