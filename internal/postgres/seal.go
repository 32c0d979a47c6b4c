package postgres

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// errSeal says that a sealed text cannot be opened: it was changed, or moved, or its key is gone.
var errSeal = errors.New("the seal cannot be opened")

// sealer encrypts what must not be read where jobs are: in a list, a log, a copy of the table. Its keys come from the
// server's own, which are in another table; whoever has both can read.
type sealer struct {
	mu    sync.Mutex
	keys  map[string]cipher.AEAD // by the ID of the key they come from
	first string                 // seals
}

// seal encrypts a text that is only good together with about, and names the key.
func (tx *Tx) seal(ctx context.Context, text, about []byte) (key string, sealed []byte, err error) {
	s := &tx.db.sealer
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == "" {
		if err := s.read(ctx, tx.Queries); err != nil {
			return "", nil, err
		}
	}
	if s.first == "" { // nobody has signed in yet: not kept, as the transaction may come to nothing
		id, aead, err := tx.makeCodeKey(ctx)
		if err != nil {
			return "", nil, err
		}
		return id, aead.Seal(nil, nil, text, about), nil
	}
	return s.first, s.keys[s.first].Seal(nil, nil, text, about), nil
}

// open is the way back: errSeal.
func (db *DB) open(ctx context.Context, key string, sealed, about []byte) ([]byte, error) {
	aead, err := db.sealer.find(ctx, db.q(), key)
	if err != nil {
		return nil, err
	}
	text, err := aead.Open(nil, nil, sealed, about)
	if err != nil {
		return nil, errSeal
	}
	return text, nil
}

func (s *sealer) find(ctx context.Context, q *query.Queries, key string) (cipher.AEAD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[key] == nil {
		if err := s.read(ctx, q); err != nil {
			return nil, err
		}
	}
	if aead := s.keys[key]; aead != nil {
		return aead, nil
	}
	return nil, errSeal
}

// read derives the keys anew; s.mu is held.
func (s *sealer) read(ctx context.Context, q *query.Queries) error {
	rows, err := signingKeys(ctx, q)
	if err != nil {
		return err
	}
	s.keys, s.first = map[string]cipher.AEAD{}, ""
	for _, r := range slices.Backward(rows) { // the newest comes last, and seals
		if r.Purpose != account.ForCodes {
			continue
		}
		if s.keys[r.ID], err = letterKey(r.Secret); err != nil {
			return err
		}
		s.first = r.ID
	}
	return nil
}

func letterKey(secret []byte) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "zoop letters", 32)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return aead, nil
}

// makeCodeKey makes the server's key for codes, unless another transaction just did.
func (tx *Tx) makeCodeKey(ctx context.Context) (string, cipher.AEAD, error) {
	if err := tx.LockSigningKeys(ctx); err != nil {
		return "", nil, fmt.Errorf("lock signing keys: %w", err)
	}
	rows, err := signingKeys(ctx, tx.Queries)
	if err != nil {
		return "", nil, err
	}
	at := slices.IndexFunc(rows, func(k SigningKey) bool { return k.Purpose == account.ForCodes })
	if at < 0 {
		secret := make([]byte, 32)
		_, _ = rand.Read(secret) // never fails: the process ends instead
		sum := sha256.Sum256(append([]byte("zoop code key\x00"), secret...))
		id := base64.RawURLEncoding.EncodeToString(sum[:12])
		rows, at = []SigningKey{{account.Key{ID: id, Purpose: account.ForCodes}, secret}}, 0
		if _, err := tx.AddSigningKey(ctx, rows[0], 0); err != nil {
			return "", nil, err
		}
	}
	aead, err := letterKey(rows[at].Secret)
	return rows[at].ID, aead, err
}
