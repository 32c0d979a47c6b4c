package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// LiveKey is an API key that opens something, as far as it takes to know who uses it.
type LiveKey struct {
	ID, VendorID, MadeBy domain.ID
	Prefix               string
	Hash                 []byte
	OldHash              []byte // of the secret before, while it still works
	Scopes               domain.Scopes
	Maker                account.MemberRole // what who made it is to the vendor now
}

// LiveKeys finds keys by their prefixes: one round trip for any number.
func (db *DB) LiveKeys(ctx context.Context, prefixes []string) ([]LiveKey, error) {
	rows, err := db.q().LiveKeys(ctx, prefixes)
	if err != nil {
		return nil, fmt.Errorf("read API keys: %w", classify(err))
	}
	out := make([]LiveKey, len(rows))
	for i, r := range rows {
		out[i] = LiveKey{
			ID: r.ID, VendorID: r.VendorID, MadeBy: r.UserID, Prefix: r.Prefix, Hash: r.Hash, OldHash: r.OldHash,
			Scopes: domain.Scopes(r.Scopes), Maker: account.MemberRole(r.MemberRole), //nolint:gosec // a small set
		}
	}
	return out, nil
}

// NoteKeyUses remembers that keys were used in this minute.
func (db *DB) NoteKeyUses(ctx context.Context, ids []domain.ID) error {
	if err := db.q().NoteKeyUses(ctx, ids); err != nil {
		return fmt.Errorf("note uses of API keys: %w", classify(err))
	}
	return nil
}

// APIKeys lists a vendor's keys, oldest first.
func (tx *Tx) APIKeys(ctx context.Context, vendorID domain.ID) ([]account.APIKey, error) {
	rows, err := tx.KeysOfVendor(ctx, query.KeysOfVendorParams{VendorID: vendorID, Most: account.MaxKeysOfVendor})
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	out := make([]account.APIKey, len(rows))
	for i, r := range rows {
		out[i] = toAPIKey(query.LockKeyRow(r))
	}
	return out, nil
}

// HoldAPIKey locks a key of a vendor's: NotFound when it has none of that ID.
func (tx *Tx) HoldAPIKey(ctx context.Context, vendorID, id domain.ID) (account.APIKey, error) {
	row, err := tx.LockKey(ctx, query.LockKeyParams{ID: id, VendorID: vendorID})
	if err != nil {
		return account.APIKey{}, missing("API key", fmt.Errorf("lock API key: %w", err))
	}
	return toAPIKey(row), nil
}

func toAPIKey(r query.LockKeyRow) account.APIKey {
	k := account.APIKey{
		ID: r.ID, VendorID: r.VendorID, MadeBy: r.UserID, Name: r.Name, Prefix: r.Prefix, CreatedAt: r.CreatedAt,
		Scopes: domain.Scopes(r.Scopes), //nolint:gosec // a small set
	}
	if r.UsedAt != nil {
		k.UsedAt = *r.UsedAt
	}
	if r.ExpiresAt != nil {
		k.ExpiresAt = *r.ExpiresAt
	}
	return k
}

// AddAPIKey writes a key of a vendor that is locked, and fills in when: Conflict "key.too_many".
func (tx *Tx) AddAPIKey(ctx context.Context, k *account.APIKey, hash []byte) error {
	n, err := tx.KeyCount(ctx, k.VendorID)
	if err != nil {
		return fmt.Errorf("count API keys: %w", err)
	}
	if n >= account.MaxKeysOfVendor {
		return domain.Errorf(domain.Conflict, "key.too_many", "a vendor has at most %d API keys", account.MaxKeysOfVendor)
	}
	var expires *time.Time
	if !k.ExpiresAt.IsZero() {
		expires = &k.ExpiresAt
	}
	k.CreatedAt, err = tx.InsertKey(ctx, query.InsertKeyParams{
		ID: k.ID, VendorID: k.VendorID, UserID: k.MadeBy, Name: k.Name, Prefix: k.Prefix, Hash: hash, Scopes: int(k.Scopes), ExpiresAt: expires,
	})
	if err != nil {
		return fmt.Errorf("write API key: %w", err)
	}
	return nil
}

// RenewAPIKey gives a key that is held another secret; the one before works for the grace.
func (tx *Tx) RenewAPIKey(ctx context.Context, id domain.ID, hash []byte, grace time.Duration) error {
	if err := tx.ReplaceKeySecret(ctx, query.ReplaceKeySecretParams{ID: id, Hash: hash, GraceSeconds: grace.Seconds()}); err != nil {
		return fmt.Errorf("renew API key: %w", err)
	}
	return nil
}

// DropAPIKey ends a key.
func (tx *Tx) DropAPIKey(ctx context.Context, id domain.ID) error {
	if err := tx.DeleteKey(ctx, id); err != nil {
		return fmt.Errorf("delete API key: %w", err)
	}
	return nil
}
