package api

import (
	"net/http"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func anonymous(r *http.Request) bool { return r.Header.Get("Authorization") == "" }

// authenticate finds out who asks. A bad token is refused even where none is needed.
func (s *server) authenticate(c *call, may access) error {
	header := c.Header.Get("Authorization")
	if header == "" {
		if ticket := c.URL.Query().Get("ticket"); may.ticket && ticket != "" {
			return s.redeem(c, ticket)
		}
		return nil
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return domain.Errorf(domain.Unauthenticated, string(domain.Unauthenticated), "the Authorization header must be: Bearer <access token>")
	}
	if strings.HasPrefix(token, account.KeyMark) { // one that is not held is looked up, so whoever guesses is stopped before that
		if err := s.limits.spent(c, classTokens); err != nil {
			return err
		}
	}
	actor, err := s.auth(c.Context(), token)
	if err != nil {
		return s.refuseToken(c, err)
	}
	actor.From = c.actor.From
	c.actor = actor
	return nil
}

// redeem finds out who got a ticket, which it uses up.
func (s *server) redeem(c *call, ticket string) error {
	actor, err := s.tickets(c.Context(), ticket)
	if err != nil {
		return s.refuseToken(c, err)
	}
	actor.From = c.actor.From
	c.actor = actor
	return nil
}

// refuseToken is the answer to a token that is no good, or, where one address sends many of them, RateLimited.
func (s *server) refuseToken(c *call, err error) error {
	if kind := domain.KindOf(err); kind == domain.Unauthenticated || kind == domain.RateLimited {
		if limited := s.limits.take(c, classTokens); limited != nil {
			return limited
		}
	}
	return err
}
