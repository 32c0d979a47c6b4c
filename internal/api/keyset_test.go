package api

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
)

// Anybody can check an access token with what is published, and nothing more is.
func TestPublishedKeysCheckTokens(t *testing.T) {
	p := newPeople(t)
	token := accessOf(p.signUp("asha@example.com"))
	p.url = strings.TrimSuffix(p.url, "/api/v1")
	r := p.do("GET", "/.well-known/jwks.json", "", "")
	require.Equal(t, 200, r.status)
	require.Equal(t, "application/jwk-set+json", r.header.Get("Content-Type"))
	require.Equal(t, "public, max-age=120", r.header.Get("Cache-Control"))
	keys := r.json["keys"].([]any)
	require.Len(t, keys, 1, "the key for codes is not among them")
	key := keys[0].(map[string]any)
	x, err := base64.RawURLEncoding.DecodeString(key["x"].(string))
	require.NoError(t, err)
	kid := key["kid"]
	delete(key, "x")
	delete(key, "kid")
	require.Equal(t, map[string]any{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"}, key)
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return ed25519.PublicKey(x), nil }, jwt.WithValidMethods([]string{"EdDSA"}))
	require.NoError(t, err)
	require.Equal(t, kid, parsed.Header["kid"])
	require.Equal(t, "at+jwt", parsed.Header["typ"])
}
