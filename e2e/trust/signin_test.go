package trust

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/mail"
)

// front is a shop behind three processes, which believe the test who the client is.
type front struct {
	*shop
	at []*instance
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{shop: newShop(t, "ZOOP_TRUSTED_PROXIES=127.0.0.0/8")}
	for range 3 {
		f.at = append(f.at, f.serve())
	}
	return f
}

// from is the header of a client in the nth network of many.
func from(n int) []string {
	return []string{"X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)}
}

var digits = regexp.MustCompile(`\b\d{6}\b`)

// code asks for a sign-in code and takes it out of the mail.
func (f *front) code(i *instance, path, body, email string, network int) string {
	f.t.Helper()
	before := len(f.codes(email))
	status, _, text := i.do("POST", "/api/v1/auth/"+path, "", body, from(network)...)
	require.Equal(f.t, 202, status, "%s", text)
	var codes []string
	require.Eventually(f.t, func() bool {
		codes = f.codes(email)
		return len(codes) > before
	}, patience, 20*time.Millisecond, "no code in the mail")
	return codes[len(codes)-1]
}

// codes lists what was mailed to an address, oldest first.
func (f *front) codes(email string) (codes []string) {
	f.t.Helper()
	kept, err := mail.ReadMailbox(f.mail)
	if err != nil {
		return nil // there is none before the first message
	}
	for _, m := range kept {
		if code := digits.FindString(m.Text); code != "" && m.To == email {
			codes = append(codes, code)
		}
	}
	return codes
}

func login(email string) string { return fmt.Sprintf(`{"email":%q}`, email) }

func signup(email string) string {
	return fmt.Sprintf(`{"email":%q,"firstName":"Asha","role":"customer"}`, email)
}

func verify(email, code string) string { return fmt.Sprintf(`{"email":%q,"otp":%q}`, email, code) }

// tokens are what a sign-in gives.
type tokens struct{ AccessToken, RefreshToken string }

// signIn makes an account, and gives its first tokens.
func (f *front) signIn(email string) (t tokens) {
	f.t.Helper()
	code := f.code(f.at[0], "signup", signup(email), email, 1)
	status, _, text := f.at[1].do("POST", "/api/v1/auth/verify", "", verify(email, code), from(1)...)
	require.Equal(f.t, 200, status, "%s", text)
	require.NoError(f.t, json.Unmarshal(text, &t))
	return t
}

// problem is the code of a refusal.
func problem(text []byte) string {
	var p struct{ Code string }
	_ = json.Unmarshal(text, &p)
	return p.Code
}
