package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// MadeKey is an API key with its secret, which nobody sees again.
type MadeKey struct {
	rules.APIKey
	Secret string
}

// CreateKey makes an API key for a partner of the actor's vendor. Name, scopes and expiry are the owner's choice. It acts for
// the owner who makes it, and dies with their ownership.
// It returns Invalid, NotFound for a vendor that is not theirs, Forbidden for a member who is no owner, and Conflict
// "key.too_many".
func (s *Service) CreateKey(ctx context.Context, actor domain.Actor, vendorID domain.ID, k rules.APIKey) (MadeKey, error) {
	if err := k.Check(s.now()); err != nil {
		return MadeKey{}, err
	}
	k.ID, k.VendorID, k.MadeBy = id.New(), vendorID, actor.ID
	k.Prefix = newKeyPrefix()
	secret, hash := newKeySecret(k.Prefix)
	err := s.asKeeper(ctx, actor, vendorID, func(tx *postgres.Tx) error {
		if err := tx.AddAPIKey(ctx, &k, hash); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, ofKey("key.create", k, nil, map[string]any{"scopes": k.Scopes.Names()}))
	})
	return MadeKey{k, secret}, err
}

// APIKeys lists the keys of the actor's vendor, oldest first. Errors are those of CreateKey.
func (s *Service) APIKeys(ctx context.Context, actor domain.Actor, vendorID domain.ID) (list []rules.APIKey, err error) {
	err = s.asKeeper(ctx, actor, vendorID, func(tx *postgres.Tx) error {
		list, err = tx.APIKeys(ctx, vendorID)
		return err
	})
	return list, err
}

// RotateKey gives a key another secret. The one before works for the grace, of at most MaxKeyGrace; without one it is refused
// at once here, and within about a second elsewhere. It returns NotFound, Forbidden and Invalid.
func (s *Service) RotateKey(ctx context.Context, actor domain.Actor, vendorID, keyID domain.ID, grace time.Duration) (MadeKey, error) {
	if grace < 0 || grace > rules.MaxKeyGrace {
		return MadeKey{}, domain.Invalidf("graceMinutes", "range", "must be from none to %s", rules.MaxKeyGrace)
	}
	var made MadeKey
	err := s.asKeeper(ctx, actor, vendorID, func(tx *postgres.Tx) error {
		k, err := tx.HoldAPIKey(ctx, vendorID, keyID)
		if err != nil {
			return err
		}
		secret, hash := newKeySecret(k.Prefix)
		made = MadeKey{k, secret}
		if err := tx.RenewAPIKey(ctx, keyID, hash, grace); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, ofKey("key.rotate", k, nil, map[string]any{"graceMinutes": grace.Minutes()}))
	})
	s.partners.forget(made.Prefix)
	return made, err
}

// RevokeKey ends a key at once here, and within about a second elsewhere. It returns NotFound and Forbidden.
func (s *Service) RevokeKey(ctx context.Context, actor domain.Actor, vendorID, keyID domain.ID) error {
	var k rules.APIKey
	err := s.asKeeper(ctx, actor, vendorID, func(tx *postgres.Tx) (err error) {
		if k, err = tx.HoldAPIKey(ctx, vendorID, keyID); err != nil {
			return err
		}
		if err := tx.DropAPIKey(ctx, keyID); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, ofKey("key.revoke", k, map[string]any{"scopes": k.Scopes.Names()}, nil))
	})
	s.partners.forget(k.Prefix)
	return err
}

// asKeeper does something about the keys of a vendor under its lock, if the actor may.
func (s *Service) asKeeper(ctx context.Context, actor domain.Actor, vendorID domain.ID, do func(*postgres.Tx) error) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		_, role, err := tx.VendorForWrite(ctx, vendorID, actor.ID)
		switch {
		case err != nil:
			return err
		case actor.Role != domain.RoleVendor || role == "" || !actor.Key.IsNil():
			return domain.Missing("vendor")
		case !role.May(rules.ManageKeys):
			return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "the role %s may not %s", role, rules.ManageKeys)
		}
		return do(tx)
	})
}

func ofKey(action string, k rules.APIKey, before, after map[string]any) postgres.AuditEntry {
	for _, facts := range []map[string]any{before, after} {
		if facts != nil {
			facts["vendor"], facts["prefix"] = k.VendorID, k.Prefix
		}
	}
	return postgres.AuditEntry{Action: action, Subject: "key", SubjectID: k.ID, Before: before, After: after}
}

func newKeyPrefix() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails: the process ends instead
	return rules.NewKeyPrefix(b)
}

// newKeySecret draws 256 bits, as for a refresh token, and writes the key with them.
func newKeySecret(prefix string) (text string, hash []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:])
	text = rules.WriteKey(prefix, b)
	return text, keyHash(text)
}

func keyHash(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}
