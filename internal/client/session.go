package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// early is how long before its end an access token is renewed, so that it does not end on its way to the server.
const early = 30 * time.Second

// Session is the source of access tokens of somebody who signed in: it renews them in time. Refresh tokens work once, so
// that one sign-in must have one Session.
func (c *Client) Session(tokens dto.Tokens) TokenSource {
	s := &session{client: c.As(nil)}
	s.keep(tokens)
	return s.token
}

type session struct {
	client *Client
	mu     sync.Mutex // held while renewing: others wait for the same answer
	tokens dto.Tokens
	until  time.Time
}

func (s *session) token(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused != s.tokens.AccessToken && time.Now().Before(s.until) {
		return s.tokens.AccessToken, nil
	}
	tokens, err := s.client.Refresh(ctx, s.tokens.RefreshToken)
	if err != nil {
		return "", fmt.Errorf("renew the session: %w", err)
	}
	s.keep(tokens)
	return tokens.AccessToken, nil
}

func (s *session) keep(tokens dto.Tokens) {
	s.tokens = tokens
	s.until = time.Now().Add(time.Duration(tokens.ExpiresIn)*time.Second - early)
}
