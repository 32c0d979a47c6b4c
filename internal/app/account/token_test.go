package account_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// forger makes tokens with the real key and any content.
type forger struct {
	key ed25519.PrivateKey
	kid string
}

func newForger(f fixture) forger {
	f.t.Helper()
	f.signUp("first@example.com") // so that there is a key
	keys, err := f.db.SigningKeys(f.t.Context(), func([]postgres.SigningKey) ([]postgres.SigningKey, error) { return nil, nil })
	require.NoError(f.t, err)
	for _, k := range keys {
		if k.Purpose == "token" {
			return forger{ed25519.NewKeyFromSeed(k.Secret), k.ID}
		}
	}
	f.t.Fatal("no key")
	return forger{}
}

func (g forger) token(t *testing.T, method jwt.SigningMethod, key any, kid string, change func(jwt.MapClaims)) string {
	t.Helper()
	now := time.Now()
	claims := jwt.MapClaims{
		"iss": "zoop", "aud": "zoop-api", "sub": domain.ID(id.New()).String(), "sid": domain.ID(id.New()).String(),
		"role": "customer", "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	change(claims)
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"], token.Header["typ"] = kid, "at+jwt"
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

func TestForgedTokens(t *testing.T) {
	f := setup(t)
	g := newForger(f)
	public := []byte(g.key.Public().(ed25519.PublicKey))
	_, strange, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	set := func(name string, value any) func(jwt.MapClaims) {
		return func(c jwt.MapClaims) { c[name] = value }
	}
	drop := func(name string) func(jwt.MapClaims) { return func(c jwt.MapClaims) { delete(c, name) } }
	same := func(jwt.MapClaims) {}
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	ed := jwt.SigningMethodEdDSA
	codeKey := scan[string](f, "SELECT id FROM signing_keys WHERE purpose = 'code'")
	header := `{"typ":"at+jwt","alg":"EdDSA","kid":"` + g.kid + `"}`
	someone := domain.ID(id.New()).String()
	rest := fmt.Sprintf(`"sid":"%s","role":"customer","iss":"zoop","aud":"zoop-api","exp":%d}`, someone, ago(-time.Minute))
	good := g.token(t, ed, g.key, g.kid, same)
	for name, c := range map[string]struct{ token, code string }{
		"good":                 {good, ""},
		"expired in leeway":    {g.token(t, ed, g.key, g.kid, set("exp", ago(30*time.Second))), ""},
		"expired":              {g.token(t, ed, g.key, g.kid, set("exp", ago(90*time.Second))), "auth.token_expired"},
		"without end":          {g.token(t, ed, g.key, g.kid, drop("exp")), "auth.token"},
		"of the future":        {g.token(t, ed, g.key, g.kid, set("iat", ago(-90*time.Second))), "auth.token"},
		"not yet":              {g.token(t, ed, g.key, g.kid, set("nbf", ago(-90*time.Second))), "auth.token"},
		"not yet, in leeway":   {g.token(t, ed, g.key, g.kid, set("nbf", ago(-30*time.Second))), ""},
		"alg none":             {g.token(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, g.kid, same), "auth.token"},
		"public key as secret": {g.token(t, jwt.SigningMethodHS256, public, g.kid, same), "auth.token"},
		"other key":            {g.token(t, ed, strange, g.kid, same), "auth.token"},
		"unknown key":          {g.token(t, ed, strange, "unknown", same), "auth.token"},
		"no key":               {g.token(t, ed, g.key, "", same), "auth.token"},
		"other audience":       {g.token(t, ed, g.key, g.kid, set("aud", "zoop-mail")), "auth.token"},
		"no audience":          {g.token(t, ed, g.key, g.kid, drop("aud")), "auth.token"},
		"other issuer":         {g.token(t, ed, g.key, g.kid, set("iss", "else")), "auth.token"},
		"no issuer":            {g.token(t, ed, g.key, g.kid, drop("iss")), "auth.token"},
		"no session":           {g.token(t, ed, g.key, g.kid, drop("sid")), "auth.token"},
		"no user":              {g.token(t, ed, g.key, g.kid, drop("sub")), "auth.token"},
		"the system's role":    {g.token(t, ed, g.key, g.kid, set("role", "system")), "auth.token"},
		"no role":              {g.token(t, ed, g.key, g.kid, drop("role")), "auth.token"},
		"one bit":              {flip(good), "auth.token"},
		"endless":              {good + strings.Repeat("A", 4096), "auth.token"},
		"another's claims":     {g.raw(header, `{"sub":"`+someone+`",`+rest), ""},
		"a claim twice":        {g.raw(header, `{"sub":"`+someone+`","sub":"`+someone+`",`+rest), "auth.token"},
		"a header twice":       {g.raw(strings.Replace(header, "{", `{"alg":"none",`, 1), `{"sub":"`+someone+`",`+rest), "auth.token"},
		"must be understood":   {g.raw(strings.Replace(header, "{", `{"crit":["b64"],"b64":false,`, 1), `{"sub":"`+someone+`",`+rest), "auth.token"},
		"of another type":      {g.raw(strings.Replace(header, "at+jwt", "JWT", 1), `{"sub":"`+someone+`",`+rest), "auth.token"},
		"no type":              {g.raw(strings.Replace(header, `"typ":"at+jwt",`, "", 1), `{"sub":"`+someone+`",`+rest), "auth.token"},
		"key for codes":        {g.raw(strings.Replace(header, g.kid, codeKey, 1), `{"sub":"`+someone+`",`+rest), "auth.token"},
		"payload of another":   {spliced(good, g.raw(header, `{"sub":"`+someone+`",`+rest)), "auth.token"},
		"empty":                {"", "auth.token"},
		"three dots":           {"..", "auth.token"},
	} {
		_, err := f.Authenticate(t.Context(), c.token)
		if c.code == "" {
			require.NoError(t, err, name)
			continue
		}
		var e *domain.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, c.code, e.Code, name)
		require.Equal(t, domain.Unauthenticated, e.Kind, name)
	}
}

// raw signs a header and claims as they are.
func (g forger) raw(header, claims string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	text := b64([]byte(header)) + "." + b64([]byte(claims))
	return text + "." + b64(ed25519.Sign(g.key, []byte(text)))
}

// spliced is a token with the claims of another one, both signed by the same key.
func spliced(token, other string) string {
	a, b := strings.Split(token, "."), strings.Split(other, ".")
	return a[0] + "." + b[1] + "." + a[2]
}

// flip changes the first character of the signature.
func flip(token string) string {
	at := strings.LastIndex(token, ".") + 1
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}

func TestAuthenticateAsksNobodyOnceWarm(t *testing.T) {
	f := setup(t)
	tokens := f.signUp("asha@example.com")
	_, err := f.Authenticate(t.Context(), tokens.Access)
	require.NoError(t, err)
	f.db.Close()
	_, err = f.Authenticate(t.Context(), tokens.Access)
	require.NoError(t, err)
}

func TestColdAuthenticateWithoutPostgresIsUnavailable(t *testing.T) {
	f := setup(t)
	tokens := f.signUp("asha@example.com")
	cold, db := f.instance()
	db.Close()
	_, err := cold.Authenticate(t.Context(), tokens.Access)
	require.Error(t, err)
	require.NotEqual(t, domain.Unauthenticated, domain.KindOf(err), "a good token must not look bad")
}

// Instances that start together agree on one key, and each takes what another one signed.
func TestInstancesAgreeOnKeys(t *testing.T) {
	f := setup(t)
	var instances []*account.Service
	for range 6 {
		s, _ := f.instance()
		instances = append(instances, s)
	}
	tokens := make([]string, len(instances))
	inParallel(len(instances), func(i int) {
		minted, _ := instances[i].Mint(t.Context(), account.Mint{Email: "ops@example.com", Role: domain.RoleAdmin})
		tokens[i] = minted.Token
	})
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM signing_keys WHERE purpose = 'token'"))
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM signing_keys WHERE purpose = 'code'"))
	for i, s := range instances {
		for _, token := range tokens {
			_, err := s.Authenticate(t.Context(), token)
			require.NoError(t, err, i)
		}
	}
}

func TestNewKeyIsFoundByItsName(t *testing.T) {
	f := setup(t)
	_ = newForger(f)
	f.exec("UPDATE signing_keys SET created_at = created_at - interval '1 hour'")
	f.exec("INSERT INTO signing_keys (id, purpose, private_key) VALUES ('new', 'token', $1)", make([]byte, 32))
	fresh, _ := f.instance()
	minted, err := fresh.Mint(t.Context(), account.Mint{Email: "ops@example.com", Role: domain.RoleAdmin})
	require.NoError(t, err)
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		_, err := f.Authenticate(t.Context(), minted.Token)
		assert.NoError(c, err)
	}, patience, 50*time.Millisecond)
}

// What is remembered of a token ends with it.
func TestAKnownTokenExpires(t *testing.T) {
	f := setup(t)
	g := newForger(f)
	var token string
	var err error
	for valid := 2 * time.Second; valid < time.Minute; valid *= 2 { // a slow machine needs one that is valid for longer
		token = g.token(t, jwt.SigningMethodEdDSA, g.key, g.kid, func(c jwt.MapClaims) {
			c["exp"] = time.Now().Add(valid - rules.Leeway).Unix()
			c["iat"], c["nbf"] = time.Now().Add(-2*time.Minute).Unix(), time.Now().Add(-2*time.Minute).Unix()
		})
		if _, err = f.Authenticate(t.Context(), token); err == nil {
			break
		}
	}
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := f.Authenticate(t.Context(), token)
		return domain.KindOf(err) == domain.Unauthenticated
	}, patience, 20*time.Millisecond)
	_, err = f.Authenticate(t.Context(), token)
	require.ErrorContains(t, err, "expired")
}
