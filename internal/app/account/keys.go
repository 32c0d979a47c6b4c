package account

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zoop-dev/zoop/internal/postgres"
)

// What a key of the server is for.
const (
	forTokens = "token" // an Ed25519 key
	forCodes  = "code"  // 32 random bytes
)

// reloadEvery is how often at most an unknown key ID, which anybody can invent, makes us ask the database.
const reloadEvery = time.Second

// keys is one reading of the server's keys.
type keys struct {
	id      string // of the key that signs: the newest
	private ed25519.PrivateKey
	publics map[string]ed25519.PublicKey
	code    []byte
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
	if key, ok := have.publics[id]; ok {
		return key, nil
	}
	if err := k.reloadIfStale(ctx); err != nil {
		return nil, err
	}
	if key, ok := k.current.Load().publics[id]; ok {
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

func (k *keyring) read(ctx context.Context) error {
	rows, err := k.db.SigningKeys(ctx, missingKeys)
	if err != nil {
		return fmt.Errorf("get signing keys: %w", err)
	}
	next := &keys{publics: map[string]ed25519.PublicKey{}}
	for _, row := range slices.Backward(rows) { // so that the newest comes last, and stays
		switch row.Purpose {
		case forTokens:
			next.id, next.private = row.ID, ed25519.NewKeyFromSeed(row.Secret)
			next.publics[row.ID] = next.private.Public().(ed25519.PublicKey)
		case forCodes:
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
	for _, purpose := range []string{forTokens, forCodes} {
		if slices.ContainsFunc(have, func(k postgres.SigningKey) bool { return k.Purpose == purpose }) {
			continue
		}
		secret := make([]byte, ed25519.SeedSize)
		if _, err := rand.Read(secret); err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		made = append(made, postgres.SigningKey{ID: keyID(purpose, secret), Purpose: purpose, Secret: secret})
	}
	return made, nil
}

// keyID names a key by a digest that tells nothing of it.
func keyID(purpose string, secret []byte) string {
	about := append([]byte("zoop "+purpose+" key\x00"), secret...)
	if purpose == forTokens {
		about = ed25519.NewKeyFromSeed(secret).Public().(ed25519.PublicKey)
	}
	sum := sha256.Sum256(about)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
