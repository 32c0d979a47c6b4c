package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// errCode is the one answer to a code that opens nothing, whatever the reason.
var errCode = domain.Errorf(domain.Unauthenticated, "auth.code", "the code is wrong, was used, or has expired")

// Signup sends a code that opens an account; an address that has one gets a code that signs in.
// It returns Invalid, RateLimited with retryAfter, or Unavailable; never whether there is an account.
func (s *Service) Signup(ctx context.Context, from Client, email string, p rules.Profile) error {
	email, err := rules.ParseEmail(email)
	if err != nil {
		return err
	}
	if err := p.Check(); err != nil {
		return err
	}
	if err := s.admit(ctx, rules.AskCode, from.From); err != nil {
		return err
	}
	return s.sendCode(ctx, email, &p)
}

// Login sends a code that signs in, if the address has an account. Errors are those of Signup.
func (s *Service) Login(ctx context.Context, from Client, email string) error {
	email, err := rules.ParseEmail(email)
	if err != nil {
		return err
	}
	if err := s.admit(ctx, rules.AskCode, from.From); err != nil {
		return err
	}
	return s.sendCode(ctx, email, nil)
}

// sendCode takes one transaction, and the same way for all addresses.
func (s *Service) sendCode(ctx context.Context, email string, p *rules.Profile) error {
	keys, err := s.keys.get(ctx)
	if err != nil {
		return err
	}
	digits, err := newDigits()
	if err != nil {
		return err
	}
	err = s.db.IssueCode(ctx, email, keys.codeHash(email, digits), p, func(known bool) letter.Letter {
		l := letter.Letter{Kind: letter.Code, To: email, Secret: digits, Until: time.Now().Add(rules.CodeTTL)}
		l.Data = map[string]string{letter.Purpose: string(purpose(known, p)), letter.Role: ""}
		if p != nil {
			l.Data[letter.Role] = string(p.Role)
		}
		return l
	})
	switch {
	case err == nil:
		s.happened(codeIssued)
	case domain.KindOf(err) == domain.RateLimited:
		s.happened(codeRefused)
	}
	return err
}

func purpose(known bool, p *rules.Profile) rules.Purpose {
	switch {
	case known && p == nil:
		return rules.SignIn
	case known:
		return rules.Already
	case p != nil:
		return rules.SignUp
	}
	return rules.Decoy
}

// newDigits draws six digits, evenly.
func newDigits() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("draw a code: %w", err)
	}
	return fmt.Sprintf("%0*d", rules.CodeDigits, n.Int64()), nil
}

// codeHash hides a code. It is keyed, as anybody could hash all million codes.
func (k *keys) codeHash(email, digits string) []byte {
	mac := hmac.New(sha256.New, k.code)
	_, _ = fmt.Fprintf(mac, "%s\x00%s", email, digits) // a hash takes everything
	return mac.Sum(nil)
}

// Verify trades a code for a session and its tokens; for somebody who signs up, it makes the account. A vendor's account
// becomes a member of the vendors that asked its address.
// It returns Invalid, RateLimited with retryAfter, Unauthenticated "auth.code", or Forbidden "account.suspended".
func (s *Service) Verify(ctx context.Context, from Client, email, digits string) (Tokens, error) {
	email, err := rules.ParseEmail(email)
	if err != nil {
		return Tokens{}, err
	}
	if err := from.check(); err != nil {
		return Tokens{}, err
	}
	if err := s.admit(ctx, rules.TryCode, from.From); err != nil {
		return Tokens{}, err
	}
	tokens, err := s.verify(ctx, from, email, digits)
	switch {
	case err == nil:
		s.happened(guessRight)
	case errors.Is(err, errCode):
		s.happened(guessWrong)
	}
	return tokens, err
}

func (s *Service) verify(ctx context.Context, from Client, email, digits string) (Tokens, error) {
	keys, err := s.keys.get(ctx)
	if err != nil {
		return Tokens{}, err
	}
	given := keys.codeHash(email, digits)
	stored, err := s.db.TryCode(ctx, email) // in a statement of its own: the guess counts whatever follows
	if err != nil {
		return Tokens{}, err
	}
	if !hmac.Equal(stored, given) {
		return Tokens{}, errCode
	}
	return s.startSession(ctx, from, func(tx *postgres.Tx) (rules.User, error) {
		user, err := tx.RedeemCode(ctx, email, given, id.New())
		if domain.KindOf(err) == domain.NotFound {
			return user, errCode
		}
		if err != nil {
			return user, err
		}
		if err := user.MayAct(); err != nil || user.Role != domain.RoleVendor {
			return user, err
		}
		return user, tx.JoinInvited(ctx, domain.Actor{ID: user.ID, Role: user.Role}, email)
	})
}
