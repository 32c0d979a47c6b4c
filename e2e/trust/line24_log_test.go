package trust

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// canary is a word that nothing but the test says; the name is the place where it was put.
func canary(place string) string { return "kanary" + place }

// TestLine24TheLogNamesNobody lives an evening at log level debug, with all that can go wrong, and looks in the log for whatever
// people typed or hold secret, and in every line for one JSON object.
func TestLine24TheLogNamesNobody(t *testing.T) {
	t.Parallel()
	f := &front{shop: newShop(t, "ZOOP_TRUSTED_PROXIES=127.0.0.0/8", "ZOOP_LOG_LEVEL=debug")}
	f.at = []*instance{f.serve()}
	at, secrets := f.at[0], []string{"kanary", "98100 12345", "+919810012345"}

	// Somebody signs up, with a wrong code, then the right one; comes back; uses a refresh token twice.
	email := canary("mail") + "@example.com"
	code := f.code(at, "signup", fmt.Sprintf(`{"email":%q,"firstName":%q,"lastName":%q,"role":"customer"}`, email, canary("first"), canary("last")), email, 1)
	status, _, _ := at.do("POST", "/api/v1/auth/verify", "", verify(email, "000000"), from(1)...)
	require.Equal(t, 401, status)
	var who tokens
	status, _, text := at.do("POST", "/api/v1/auth/verify", "", fmt.Sprintf(`{"email":%q,"otp":%q,"device":%q}`, email, code, canary("device")), from(1)...)
	require.Equal(t, 200, status, "%s", text)
	require.NoError(t, json.Unmarshal(text, &who))
	secrets = append(secrets, email, `"`+code+`"`, who.AccessToken, who.RefreshToken)
	f.at = append(f.at, f.serve("ZOOP_MAIL_DIR=", "ZOOP_SMTP_URL=smtp://"+canary("smtpuser")+":"+canary("smtppass")+"@127.0.0.1:1"))
	for range 3 { // its mail server is away, and some of these letters are its to send
		status, _, _ = f.at[1].do("POST", "/api/v1/auth/login", "", login(email), from(1)...)
		require.Equal(t, 202, status)
	}
	token := f.token("customer", email)
	secrets = append(secrets, token)

	// An address, an order with notes, what vendor and staff do with it, a courier.
	expect := func(want int, method, path, token, body string, headers ...string) map[string]any {
		t.Helper()
		status, _, text := at.do(method, path, token, body, headers...)
		require.Equal(t, want, status, "%s %s: %s", method, path, text)
		var out map[string]any
		_ = json.Unmarshal(text, &out)
		return out
	}
	address := fmt.Sprintf(`{"label":%q,"line1":%q,"city":%q,"instructions":%q,"location":{"lat":28.61,"lng":77.21}}`,
		canary("label"), canary("line"), canary("city"), canary("bell"))
	expect(201, "POST", "/api/v1/me/addresses", token, address)
	expect(200, "PATCH", "/api/v1/me", token, `{"phone":"+91 98100 12345"}`)
	order := strings.TrimSuffix(f.fill(at, token), "}") + fmt.Sprintf(`,"note":%q}`, canary("note"))
	placed := expect(201, "POST", "/api/v1/orders", token, order, "Idempotency-Key", canary("key"))
	admin := f.token("admin", canary("admin")+"@example.com")
	secrets = append(secrets, admin)
	expect(200, "POST", "/api/v1/vendors/"+f.vendor+"/pause", admin, fmt.Sprintf(`{"reason":%q}`, canary("reason")))
	expect(200, "POST", fmt.Sprint("/api/v1/orders/", placed["id"], "/cancel"), admin, `{"reason":"OPS"}`)
	courier := f.token("courier", canary("courier")+"@example.com")
	expect(200, "PUT", "/api/v1/courier/profile", courier, fmt.Sprintf(`{"name":%q,"phone":"+919810012345","vehicle":"car"}`, canary("rider")))

	// What is malformed: names and values of fields, query, path, headers, tokens.
	expect(400, "POST", "/api/v1/me/addresses", token, fmt.Sprintf(`{%q:%q}`, canary("field"), canary("value")))
	expect(400, "POST", "/api/v1/auth/login", "", `{"email":"`+canary("broken")+` @`)
	expect(400, "GET", "/api/v1/orders?cursor="+canary("cursor")+"&"+canary("param")+"="+url.QueryEscape("\x1b[2J"), token, "")
	expect(404, "GET", "/api/v1/orders/"+canary("path"), token, "")
	expect(404, "GET", "/"+canary("nowhere"), token, "")
	expect(401, "GET", "/api/v1/me", canary("token"), "")
	expect(401, "GET", "/api/v1/me", "", "", "Authorization", canary("scheme")+" x")
	expect(200, "GET", "/api/v1/me", token, "", "User-Agent", canary("agent"), "Referer", canary("referer"), "Cookie", canary("cookie"))
	expect(400, "GET", "/api/v1/ws?ticket="+canary("ticket"), token, "")
	ticket := expect(201, "POST", "/api/v1/ws/ticket", token, "")["ticket"].(string)
	secrets = append(secrets, ticket)
	stream := fmt.Sprint("/api/v1/orders/", placed["id"], "/events/stream?ticket=")
	expect(200, "HEAD", stream+ticket, "", "")
	expect(401, "GET", stream+ticket, "", "")
	expect(401, "GET", stream+canary("stub"), "", "")

	// Postgres quotes values in what it says of them, and names rows in the details of a broken constraint.
	f.exec(`TRUNCATE addresses CASCADE`) // a row that is only deleted may still be indexed, while a loop looks at an older snapshot
	f.exec(`CREATE INDEX ON addresses ((length(label) / (line1::int))) WHERE label LIKE 'kanary%'`)
	expect(500, "POST", "/api/v1/me/addresses", token, address)
	f.exec(`ALTER TABLE addresses ADD CONSTRAINT trap CHECK (label NOT LIKE 'kanary%') NOT VALID`)
	expect(500, "POST", "/api/v1/me/addresses", token, address)
	f.exec(`ALTER TABLE carts RENAME TO gone`)
	expect(500, "GET", "/api/v1/cart", token, "")

	metrics := string(func() []byte { _, _, text := at.do("GET", "/metrics", "", ""); return text }())
	for name, said := range map[string]string{"one": at.log.String(), "the other": f.at[1].log.String(), "metrics": metrics} {
		for _, secret := range secrets {
			if i := strings.Index(said, secret); i >= 0 {
				t.Errorf("%s says %q: …%s", name, secret, said[max(0, i-300):min(len(said), i+100)])
			}
		}
		if name == "metrics" {
			continue
		}
		require.Contains(t, said, `"level":"DEBUG","msg":"request"`)
		for line := range strings.Lines(said) {
			require.True(t, json.Valid([]byte(line)), "no JSON: %s", line)
		}
	}
	require.Contains(t, at.log.String(), `"msg":"request failed"`)
	require.Contains(t, at.log.String(), "a value does not fit (SQLSTATE 22P02)", "what is left of Postgres' words")
}

// TestLine24SecretsOfSettingsAreNotSaid starts processes that cannot work, for reasons that are near a password.
func TestLine24SecretsOfSettingsAreNotSaid(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for name, env := range map[string]string{
		"no database": "ZOOP_DATABASE_URL=postgres://u:" + canary("pg") + "@127.0.0.1:1/x", "no URL": "ZOOP_DATABASE_URL=postgres://u:" + canary("pg") + "@[x",
		"no Redis URL": "ZOOP_REDIS_URL=redis://:" + canary("redis") + "@127.0.0.1:x/y", "no mail URL": "ZOOP_SMTP_URL=smtp://u:" + canary("smtp") + "@h:x",
	} {
		out := p.fails("serve", append(p.env, env, "ZOOP_MAIL_DIR=", "ZOOP_HTTP="+freeAddress(t)))
		require.NotContains(t, out, "kanary", name)
	}
}

// fails runs a command that must not succeed, and gives all that it says.
func (p *place) fails(command string, env []string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, command)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	require.Error(p.t, err)
	require.NoError(p.t, ctx.Err(), "it did not end")
	return string(out)
}
