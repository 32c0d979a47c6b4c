package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
)

// SharedKey gives what derives 32 secret bytes for a purpose, the same on every instance of one database. They change when
// the server's keys are replaced, so they are asked for each time.
// Unavailable when the database is away and the keys were never read.
func (s *Service) SharedKey(ctx context.Context, purpose string) (func() []byte, error) {
	if _, err := s.keys.get(ctx); err != nil {
		return nil, err
	}
	return func() []byte {
		mac := hmac.New(sha256.New, s.keys.current.Load().code)
		mac.Write([]byte("zoop shared key: " + purpose))
		return mac.Sum(nil)
	}, nil
}
