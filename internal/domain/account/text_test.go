package account_test

import (
	"net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func TestParseEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a@b":                           "a@b",
		" Asha.Rao+zoop@Example.CO.IN ": "asha.rao+zoop@example.co.in",
		"o'neil@xn--bcher-kva.example":  "o'neil@xn--bcher-kva.example",
		"":                              "",
		"a":                             "",
		"@b":                            "",
		"a@":                            "",
		"a@b@c":                         "",
		"a..b@c":                        "",
		".a@c":                          "",
		"a@-b.c":                        "",
		"a@b..c":                        "",
		"a@b.":                          "",
		"a b@c":                         "",
		`"a b"@c`:                       "",
		"a@[127.0.0.1]":                 "",
		"a@b\r\nBcc: c@d":               "",
		"a\x00@b":                       "",
		"İ@b":                           "",
		"a@b,c@d":                       "",
		"Asha <a@b>":                    "",
		"a@" + strings.Repeat("b", 64):  "",
		strings.Repeat("a", 65) + "@b":  "",
		strings.Repeat("a.", 200) + "@": "",
	} {
		got, err := account.ParseEmail(in)
		require.Equal(t, want, got, in)
		require.Equal(t, want == "", domain.KindOf(err) == domain.Invalid, in)
	}
}

// What is taken for an address, mail takes for the same one.
func FuzzParseEmail(f *testing.F) {
	f.Add("asha@example.com")
	f.Add("a!#$%&'*+-/=?^_`{|}~@b-c.d")
	f.Fuzz(func(t *testing.T, in string) {
		email, err := account.ParseEmail(in)
		if err != nil {
			return
		}
		parsed, err := mail.ParseAddress(email)
		require.NoError(t, err)
		require.Equal(t, email, parsed.Address)
		again, err := account.ParseEmail(email)
		require.NoError(t, err)
		require.Equal(t, email, again)
	})
}
