package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"
	"github.com/maypok86/otter/v2"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
)

// Who issues access tokens, and for whom.
const (
	issuer   = "zoop"
	audience = "zoop-api"
)

// tokenType is what the header of an access token says it is (RFC 9068), so that nothing else that we may sign passes for one.
const tokenType = "at+jwt"

// maxToken is the longest text that is looked at as a token, in bytes.
const maxToken = 2048

// claims is what an access token says.
type claims struct {
	Role        domain.Role        `json:"role"`
	Session     domain.ID          `json:"sid"`
	Permissions domain.Permissions `json:"perm,omitempty"`
	jwt.RegisteredClaims
}

// UnmarshalJSON reads claims strictly: a name that comes twice, which others may read otherwise, is an error.
func (c *claims) UnmarshalJSON(text []byte) error {
	type plain claims
	return json.Unmarshal(text, (*plain)(c))
}

// header is what has to be said before the key is chosen.
type header struct {
	Type     string         `json:"typ"`
	Key      string         `json:"kid"`
	Critical jsontext.Value `json:"crit"` // what a reader must understand or refuse; we understand nothing of it
}

// keyOf reads the header as strictly as the claims: errToken for any that we do not write.
func keyOf(token string) (string, error) {
	first, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.Strict().DecodeString(first)
	if err != nil {
		return "", errToken
	}
	var h header
	if err := json.Unmarshal(text, &h); err != nil || h.Type != tokenType || h.Key == "" || h.Critical != nil {
		return "", errToken
	}
	return h.Key, nil
}

var (
	errToken   = domain.Errorf(domain.Unauthenticated, "auth.token", "the access token is not valid")
	errExpired = domain.Errorf(domain.Unauthenticated, "auth.token_expired", "the access token has expired; refresh it")
	errEnded   = domain.Errorf(domain.Unauthenticated, "auth.session_ended", "the session has ended; sign in again")
)

// sign makes the access token of a session. Its times are the database's.
func (s *Service) sign(ctx context.Context, u rules.User, session domain.ID, until time.Time, ttl time.Duration) (string, error) {
	keys, err := s.keys.get(ctx)
	if err != nil {
		return "", err
	}
	issued := until.Add(-ttl)
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		Role: u.Role, Session: session, Permissions: u.Permissions,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: u.ID.String(),
			IssuedAt: jwt.NewNumericDate(issued), NotBefore: jwt.NewNumericDate(issued), ExpiresAt: jwt.NewNumericDate(until),
		},
	})
	kid, key := keys.signer(issued)
	t.Header["kid"], t.Header["typ"] = kid, tokenType
	text, err := t.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return text, nil
}

// Authenticate tells whose an access token or an API key is. Once keys and ended sessions are known it asks nobody.
// It returns Unauthenticated ("auth.token", "auth.token_expired", "auth.session_ended", "auth.key"), RateLimited while many
// API keys that nobody knows are tried, or Unavailable while Postgres is away and has never been there.
func (s *Service) Authenticate(ctx context.Context, token string) (domain.Actor, error) {
	if strings.HasPrefix(token, rules.KeyMark) {
		return s.authenticateKey(ctx, token)
	}
	if len(token) > maxToken {
		return domain.Actor{}, errToken
	}
	if err := s.learned(ctx); err != nil {
		return domain.Actor{}, err
	}
	c, err := s.verified.claims(ctx, token)
	if err != nil {
		return domain.Actor{}, tokenError(err)
	}
	user, err := domain.ParseID(c.Subject)
	if err != nil || !c.Role.Known() || c.Session.IsNil() {
		return domain.Actor{}, errToken
	}
	if s.Revoked(c.Session) {
		return domain.Actor{}, errEnded
	}
	return domain.Actor{ID: user, Role: c.Role, Session: c.Session, Permissions: c.Permissions}, nil
}

// mostVerified bounds the tokens whose signatures are remembered: about 8 MB.
const mostVerified = 16384

// verified remembers tokens whose signature was right, as whoever comes with one soon comes again, and a signature costs more to check
// than all else of a token. What may change since is checked each time: the time, and that the key is still ours.
type verified struct {
	keys   *keyring
	rules  []jwt.ParserOption
	tokens *otter.Cache[[sha256.Size]byte, signed] // by their hash: a token opens the door
}

type signed struct {
	claims *claims
	key    string
}

func newVerified(keys *keyring, now func() time.Time) verified {
	return verified{
		keys,
		[]jwt.ParserOption{
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(rules.Leeway), jwt.WithTimeFunc(now), jwt.WithStrictDecoding(),
		},
		otter.Must(&otter.Options[[sha256.Size]byte, signed]{MaximumSize: mostVerified}),
	}
}

// claims are what a token says that we have signed, and that is valid now.
func (v *verified) claims(ctx context.Context, token string) (*claims, error) {
	sum := sha256.Sum256([]byte(token))
	if known, ok := v.tokens.GetIfPresent(sum); ok {
		if _, err := v.keys.public(ctx, known.key); err != nil {
			return nil, err
		}
		return known.claims, jwt.NewValidator(v.rules...).Validate(known.claims)
	}
	fresh := signed{claims: &claims{}}
	_, err := jwt.NewParser(v.rules...).ParseWithClaims(token, fresh.claims, func(t *jwt.Token) (key any, err error) {
		if fresh.key, err = keyOf(t.Raw); err != nil {
			return nil, err
		}
		return v.keys.public(ctx, fresh.key)
	})
	if err == nil {
		v.tokens.Set(sum, fresh)
	}
	return fresh.claims, err
}

// tokenError keeps from the parser's error only what the caller may know.
func tokenError(err error) error {
	var e *domain.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, jwt.ErrTokenExpired):
		return errExpired
	}
	return errToken
}
