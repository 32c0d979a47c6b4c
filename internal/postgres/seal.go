package postgres

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// errSeal says that a sealed text cannot be opened: it was changed, or moved, or its key is gone.
var errSeal = errors.New("the seal cannot be opened")

// seal encrypts what must not be read where jobs are: in a list, a log, a copy of the table. The text is only good together
// with about, and names its key. That is derived from the server's newest for codes, which is in another table: whoever
// has both can read. Keys are read each time, as they may be replaced at any moment.
func (tx *Tx) seal(ctx context.Context, text, about []byte) (key string, sealed []byte, err error) {
	rows, err := signingKeys(ctx, tx.Queries)
	if err != nil {
		return "", nil, err
	}
	newest, found := codeKey(rows, "")
	if !found {
		if newest, err = tx.makeCodeKey(ctx); err != nil {
			return "", nil, err
		}
	}
	aead, err := letterKey(newest.Secret)
	if err != nil {
		return "", nil, err
	}
	return newest.ID, aead.Seal(nil, nil, text, about), nil //nolint:gosec // G407: the cipher draws its own nonce
}

// open is the way back: errSeal.
func open(ctx context.Context, q *query.Queries, key string, sealed, about []byte) ([]byte, error) {
	rows, err := signingKeys(ctx, q)
	if err != nil {
		return nil, classify(err)
	}
	used, found := codeKey(rows, key)
	if !found {
		return nil, errSeal
	}
	aead, err := letterKey(used.Secret)
	if err != nil {
		return nil, err
	}
	text, err := aead.Open(nil, nil, sealed, about)
	if err != nil {
		return nil, errSeal
	}
	return text, nil
}

// codeKey finds a key for codes by its ID; "" is the newest.
func codeKey(rows []SigningKey, id string) (SigningKey, bool) {
	at := slices.IndexFunc(rows, func(k SigningKey) bool { return k.Purpose == account.ForCodes && (id == "" || k.ID == id) })
	if at < 0 {
		return SigningKey{}, false
	}
	return rows[at], true
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
func (tx *Tx) makeCodeKey(ctx context.Context) (SigningKey, error) {
	if err := tx.LockSigningKeys(ctx); err != nil {
		return SigningKey{}, fmt.Errorf("lock signing keys: %w", err)
	}
	rows, err := signingKeys(ctx, tx.Queries)
	if err != nil {
		return SigningKey{}, err
	}
	if key, found := codeKey(rows, ""); found {
		return key, nil
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails: the process ends instead
	key := SigningKey{account.Key{ID: account.KeyID(account.ForCodes, secret), Purpose: account.ForCodes}, secret}
	_, err = tx.AddSigningKey(ctx, key, 0)
	return key, err
}
