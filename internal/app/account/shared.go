package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
)

// SharedKey derives 32 secret bytes for a purpose, the same on every instance of one database.
// Unavailable when the database is away and the keys were never read.
func (s *Service) SharedKey(ctx context.Context, purpose string) ([]byte, error) {
	k, err := s.keys.get(ctx)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, k.code)
	mac.Write([]byte("zoop shared key: " + purpose))
	return mac.Sum(nil), nil
}
