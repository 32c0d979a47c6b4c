package payment

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestWhereACustomerMayBeSentBack(t *testing.T) {
	t.Parallel()
	r, err := ParseReturns([]string{"https://app.example", "https://shop.example:8443", "http://localhost:3000", "zoop-app:"})
	require.NoError(t, err)
	for _, text := range []string{
		"", "https://app.example", "https://app.example/orders/1?paid=1#top", "https://APP.example/", "https://shop.example:8443/x",
		"http://localhost:3000/done", "zoop-app://paid/1", "zoop-app:paid", "https://app.example/%E0%A4%A5",
		"https://app.example/" + strings.Repeat("a", MaxReturnURL-20),
	} {
		require.NoError(t, r.Check(text), text)
	}
	for _, text := range []string{
		"https://evil.example/", "http://app.example/", "//app.example/", "/orders", "https:app.example", "https:///app.example/", "https:/app.example",
		"https://app.example.evil.example/", "https://app.example@evil.example/", "https://app.example:x@evil.example", "https://evil.example\\@app.example/",
		"https://app.example\\.evil.example/", "https://app.example:444/", "https://shop.example/", "javascript:alert(1)", "JavaScript:alert(1)", "zoop-app2:x",
		"data:text/html,x", " https://app.example/", "https://app.example/\n", "https://app.example/\tx", "https://app.example/थाली", "http://localhost:3001/",
		"https://app.example/" + strings.Repeat("a", MaxReturnURL-19),
	} {
		var e *domain.Error
		require.ErrorAs(t, r.Check(text), &e, text)
		require.Equal(t, domain.Invalid, e.Kind, text)
		require.Equal(t, "returnUrl", e.Fields[0].Field)
	}
	require.Error(t, Returns{}.Check("https://app.example/"), "nothing is listed")
	for _, entry := range []string{
		"", "*", "app.example", "http://app.example", "https://app.example/", "https://app.example/path", "https://a@app.example", "https://", "https:", "javascript:",
		"data:", "file:", "zoop-app://x", "Zoop:", "zoop app:", "https://APP.example", "http://localhost.evil.example",
	} {
		_, err := ParseReturns([]string{entry})
		require.Equal(t, domain.Invalid, domain.KindOf(err), entry)
	}
}
