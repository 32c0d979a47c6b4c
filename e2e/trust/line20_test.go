package trust

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// refresh trades a refresh token; the problem's code is "" when it went well.
func refresh(i *instance, token string) (t tokens, code string) {
	i.t.Helper()
	status, _, text := i.do("POST", "/api/v1/auth/refresh", "", fmt.Sprintf(`{"refreshToken":%q}`, token))
	if status == http.StatusOK {
		require.NoError(i.t, json.Unmarshal(text, &t))
		return t, ""
	}
	require.Equal(i.t, http.StatusUnauthorized, status, "%s", text)
	return t, problem(text)
}

// me is whether an access token opens something, and why not.
func me(i *instance, token string) (status int, code string) {
	i.t.Helper()
	status, _, text := i.do("GET", "/api/v1/me", token, "")
	return status, problem(text)
}

// awaitRefused waits until a process refuses an access token.
func awaitRefused(i *instance, token, want string) {
	i.t.Helper()
	var code string
	require.Eventually(i.t, func() bool {
		var status int
		status, code = me(i, token)
		return status == http.StatusUnauthorized
	}, 5*time.Second, 20*time.Millisecond)
	require.Equal(i.t, want, code)
}

// TestLine20ReplayedRefreshRevokesTheFamily uses a refresh token twice, on different processes: whatever descends from it is
// dead on all of them, its socket too, and nothing else is.
func TestLine20ReplayedRefreshRevokesTheFamily(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	stolen, other := f.signIn("asha@example.com"), f.signIn("ravi@example.com")
	second, code := refresh(f.at[0], stolen.RefreshToken)
	require.Empty(t, code)
	third, code := refresh(f.at[1], second.RefreshToken)
	require.Empty(t, code)
	family := []string{stolen.AccessToken, second.AccessToken, third.AccessToken}
	for _, i := range f.at {
		for _, token := range family {
			status, _ := me(i, token)
			require.Equal(t, http.StatusOK, status)
		}
	}
	socket := open(f.at[2], third.AccessToken)
	defer socket.Close()

	_, code = refresh(f.at[2], stolen.RefreshToken)
	require.Equal(t, "auth.refresh_reused", code)
	for _, i := range f.at {
		for _, token := range family {
			awaitRefused(i, token, "auth.session_ended")
		}
		for _, token := range []string{stolen.RefreshToken, second.RefreshToken, third.RefreshToken} {
			_, code = refresh(i, token)
			require.Equal(t, "auth.refresh", code)
		}
		status, _ := me(i, other.AccessToken)
		require.Equal(t, http.StatusOK, status, "somebody else")
	}
	requireClosed(t, socket, 4009)
	require.Equal(t, 1, f.count(`SELECT count(*) FROM audit_log WHERE action = 'session.cut_off' AND (after->>'reused')::boolean`))
}

func open(i *instance, token string) *websocket.Conn {
	i.t.Helper()
	return openBy(websocket.DefaultDialer, i, token)
}

func openBy(dialer *websocket.Dialer, i *instance, token string) *websocket.Conn {
	i.t.Helper()
	socket, res, err := dialer.DialContext(i.t.Context(), strings.Replace(i.url, "http", "ws", 1)+"/api/v1/ws",
		http.Header{"Authorization": {"Bearer " + token}})
	require.NoError(i.t, err)
	_ = res.Body.Close()
	return socket
}

func requireClosed(t *testing.T, socket *websocket.Conn, code int) {
	t.Helper()
	require.NoError(t, socket.SetReadDeadline(time.Now().Add(patience)))
	for {
		if _, _, err := socket.ReadMessage(); err != nil {
			var closed *websocket.CloseError
			require.ErrorAs(t, err, &closed)
			require.Equal(t, code, closed.Code)
			return
		}
	}
}

// TestLine20RacingRefreshesHaveOneSuccessor uses one refresh token twenty times at once, over three processes.
func TestLine20RacingRefreshesHaveOneSuccessor(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	for round := range times(100, 5) {
		email := fmt.Sprintf("asha%d@example.com", round)
		f.token("customer", email)
		first := f.session(email)
		codes := map[string]int{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		start := make(chan struct{})
		for n := range 20 {
			wg.Go(func() {
				<-start
				status, _, text, err := f.at[n%3].send(t.Context(), "POST", "/api/v1/auth/refresh", "", fmt.Sprintf(`{"refreshToken":%q}`, first))
				mu.Lock()
				defer mu.Unlock()
				codes[fmt.Sprintf("%d%s%v", status, problem(text), err)]++
			})
		}
		close(start)
		wg.Wait()
		require.Equal(t, 1, codes["200<nil>"], "%v", codes)
		require.Equal(t, 19, codes["401auth.refresh_raced<nil>"]+codes["401auth.refresh_reused<nil>"]+codes["401auth.refresh<nil>"], "%v", codes)
		require.Equal(t, 2, f.count(`SELECT count(*) FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id JOIN users u ON u.id = s.user_id WHERE u.email = $1`, email))
	}
}

// session puts a session into the database, with a refresh token: signing in is another test's.
func (f *front) session(email string) string {
	f.t.Helper()
	token := strings.ReplaceAll(newID()+newID(), "-", "")
	hash := sha256.Sum256([]byte(token))
	session := newID()
	f.exec(`INSERT INTO sessions (id, user_id, access_until, expires_at) SELECT $1, id, now(), now() + interval '1 hour' FROM users WHERE email = $2`, session, email)
	f.exec(`INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($1, $2, now() + interval '1 hour')`, hash[:], session)
	return token
}

// TestLine20ForgedTokens sends tokens that nobody may take, all but the last made by whoever has the server's own key.
func TestLine20ForgedTokens(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	good := f.token("customer", "asha@example.com")
	seed, kid := make([]byte, 0, 32), ""
	require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT private_key, id FROM signing_keys WHERE purpose = 'token'`).Scan(&seed, &kid))
	key := ed25519.NewKeyFromSeed(seed)
	_, strange, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	hs256 := func(text string) []byte {
		mac := hmac.New(sha256.New, key.Public().(ed25519.PublicKey))
		mac.Write([]byte(text))
		return mac.Sum(nil)
	}
	eddsa := func(text string) []byte { return ed25519.Sign(key, []byte(text)) }
	ago := func(d time.Duration) int64 { return time.Now().Add(-d).Unix() }
	for name, c := range map[string]struct {
		header, claims map[string]any
		sign           func(string) []byte
		status         int
	}{
		"as it is":                {nil, nil, eddsa, 200},
		"none":                    {map[string]any{"alg": "none"}, nil, func(string) []byte { return nil }, 401},
		"none, spelled otherwise": {map[string]any{"alg": "nOnE"}, nil, func(string) []byte { return nil }, 401},
		"public key as secret":    {map[string]any{"alg": "HS256"}, nil, hs256, 401},
		"another algorithm":       {map[string]any{"alg": "ES256"}, nil, eddsa, 401},
		"another type":            {map[string]any{"typ": "JWT"}, nil, eddsa, 401},
		"another key's name":      {map[string]any{"kid": "unknown"}, nil, eddsa, 401},
		"no key's name":           {map[string]any{"kid": nil}, nil, eddsa, 401},
		"another audience":        {nil, map[string]any{"aud": "zoop-mail"}, eddsa, 401},
		"another issuer":          {nil, map[string]any{"iss": "https://zoop.example"}, eddsa, 401},
		"ended long ago":          {nil, map[string]any{"exp": ago(61 * time.Second)}, eddsa, 401},
		"ended just now":          {nil, map[string]any{"exp": ago(20 * time.Second)}, eddsa, 200},
		"never ends":              {nil, map[string]any{"exp": nil}, eddsa, 401},
		"not yet":                 {nil, map[string]any{"nbf": ago(-90 * time.Second)}, eddsa, 401},
		"of the future":           {nil, map[string]any{"iat": ago(-90 * time.Second)}, eddsa, 401},
		"of the system":           {nil, map[string]any{"role": "system"}, eddsa, 401},
		"another's key":           {nil, nil, func(text string) []byte { return ed25519.Sign(strange, []byte(text)) }, 401},
	} {
		token := forge(t, good, c.header, c.claims, c.sign)
		for _, i := range f.at {
			status, _ := me(i, token)
			require.Equal(t, c.status, status, name)
		}
	}
	parts := strings.Split(good, ".")
	admin := strings.Split(forge(t, good, nil, map[string]any{"role": "admin"}, eddsa), ".")
	for _, token := range []string{parts[0] + "." + admin[1] + "." + parts[2], parts[0] + "." + parts[1] + ".", parts[1] + "." + parts[0] + "." + parts[2]} {
		status, _ := me(f.at[0], token)
		require.Equal(t, http.StatusUnauthorized, status)
	}
}

// forge writes a token anew with some of its header and claims changed; nil takes one away.
func forge(t *testing.T, token string, header, claims map[string]any, sign func(string) []byte) string {
	t.Helper()
	parts := strings.Split(token, ".")
	for n, changes := range []map[string]any{header, claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[n])
		require.NoError(t, err)
		var fields map[string]any
		require.NoError(t, json.Unmarshal(text, &fields))
		maps.Copy(fields, changes)
		maps.DeleteFunc(fields, func(_ string, v any) bool { return v == nil })
		text, err = json.Marshal(fields)
		require.NoError(t, err)
		parts[n] = base64.RawURLEncoding.EncodeToString(text)
	}
	text := parts[0] + "." + parts[1]
	return text + "." + base64.RawURLEncoding.EncodeToString(sign(text))
}

// TestLine20KeysRotate changes the keys under three processes: in order, which nobody notices, and because one leaked.
func TestLine20KeysRotate(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	before := f.signIn("asha@example.com")
	made := f.run("keys", "rotate")
	for _, i := range f.at {
		require.Eventually(t, func() bool {
			_, _, text := i.do("GET", "/.well-known/jwks.json", "", "")
			return strings.Contains(string(text), made)
		}, 5*time.Second, 20*time.Millisecond)
		status, _ := me(i, before.AccessToken)
		require.Equal(t, http.StatusOK, status)
	}
	list := f.run("keys", "list", "-o", "json")
	require.Contains(t, list, `"state":"published"`)
	for _, row := range []string{"token", "code"} {
		var secret []byte
		require.NoError(t, f.pool.QueryRow(t.Context(), `SELECT private_key FROM signing_keys WHERE purpose = $1 LIMIT 1`, row).Scan(&secret))
		require.NotContains(t, list, base64.RawURLEncoding.EncodeToString(secret))
		require.NotContains(t, list, base64.StdEncoding.EncodeToString(secret))
	}

	f.run("keys", "rotate", "--now")
	for _, i := range f.at {
		awaitRefused(i, before.AccessToken, "auth.token")
	}
	after, code := refresh(f.at[1], before.RefreshToken)
	require.Empty(t, code)
	for _, i := range f.at {
		status, _ := me(i, after.AccessToken)
		require.Equal(t, http.StatusOK, status)
	}
}
