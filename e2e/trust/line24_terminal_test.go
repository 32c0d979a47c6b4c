package trust

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/mail"
)

// worst is all that would harm a terminal or a sheet in one text. A database keeps no NUL.
const worst = "=HYPERLINK(\"http://evil\")\x1b[2J\x1b]52;c;eA==\x07\u009b2J\u202egnp\u2066x\u2069\r\nEvil\b\x7f"

// TestLine24NoFieldTakesAnAttack types what would harm whoever shows it into every field that a stranger can fill in.
func TestLine24NoFieldTakesAnAttack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	at := s.serve()
	tokens := map[string]string{"": ""}
	for _, role := range []string{"customer", "vendor", "courier", "admin"} {
		tokens[role] = s.token(role, role+"@example.com")
	}
	s.exec(`INSERT INTO vendor_members (vendor_id, user_id) SELECT $1, id FROM users WHERE role = 'vendor'`, s.vendor)
	vendor, admin := "/api/v1/vendors/"+s.vendor, "/api/v1/admin/vendors/"+s.vendor
	const home = `"line1":"1 Janpath","city":"New Delhi","location":{"lat":28.6,"lng":77.2}`
	order := strings.TrimSuffix(s.fill(at, tokens["customer"]), "}")
	dish := fmt.Sprintf(`{"categoryId":%q,"price":{"amount":100,"currency":"INR"},"diet":"veg",`, newID())
	for _, field := range []struct{ role, method, path, body, name string }{
		{"", "POST", "/api/v1/auth/signup", `{"email":"a@example.com","role":"customer","firstName":%s}`, "firstName"},
		{"", "POST", "/api/v1/auth/signup", `{"email":"a@example.com","role":"customer","firstName":"A","lastName":%s}`, "lastName"},
		{"", "POST", "/api/v1/auth/login", `{"email":%s}`, "email"},
		{"", "POST", "/api/v1/auth/verify", `{"email":"a@example.com","otp":"000000","device":%s}`, "device"},
		{"customer", "PATCH", "/api/v1/me", `{"firstName":%s}`, "firstName"},
		{"customer", "PATCH", "/api/v1/me", `{"lastName":%s}`, "lastName"},
		{"customer", "POST", "/api/v1/me/addresses", `{` + home + `,"label":%s}`, "label"},
		{"customer", "POST", "/api/v1/me/addresses", `{"label":"Home",` + home + `,"line2":%s}`, "line2"},
		{"customer", "POST", "/api/v1/me/addresses", `{"label":"Home",` + home + `,"contactName":%s}`, "contactName"},
		{"customer", "POST", "/api/v1/me/addresses", `{"label":"Home",` + home + `,"instructions":%s}`, "instructions"},
		{"customer", "POST", "/api/v1/orders", order + `,"note":%s}`, "note"},
		{"vendor", "PATCH", vendor, `{"name":%s}`, "name"},
		{"vendor", "PATCH", vendor, `{"address":%s}`, "address"},
		{"vendor", "POST", vendor + "/pause", `{"reason":%s}`, "reason"},
		{"vendor", "POST", vendor + "/categories", `{"name":%s}`, "name"},
		{"vendor", "POST", vendor + "/dishes", dish + `"name":%s}`, "name"},
		{"vendor", "POST", vendor + "/dishes", dish + `"name":"Thali","description":%s}`, "description"},
		{"vendor", "POST", vendor + "/keys", `{"scopes":["menu:write"],"name":%s}`, "name"},
		{"courier", "PUT", "/api/v1/courier/profile", `{"phone":"+919876543210","vehicle":"bicycle","name":%s}`, "name"},
		{"admin", "POST", admin + "/suspend", `{"reason":%s}`, "reason"},
	} {
		for attack, text := range attacks {
			quoted, err := json.Marshal(text)
			require.NoError(t, err)
			status, _, problem := at.do(field.method, field.path, tokens[field.role], fmt.Sprintf(field.body, quoted), "Idempotency-Key", newID())
			require.Equal(t, 400, status, "%s of %s: %s: %s", field.name, field.path, attack, problem)
			require.Contains(t, string(problem), fmt.Sprintf(`"field":%q`, field.name), "%s: %s", field.path, attack)
		}
	}
}

// TestLine24NoTextOfAStrangerActsOnATerminal puts the worst where an older release may have let it in, straight into the
// database, and reads everything that the commands print.
func TestLine24NoTextOfAStrangerActsOnATerminal(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.forged = true // an event from nowhere, and entries of the audit log
	at := s.serve()
	token, admin := s.token("customer", "asha@example.com"), s.token("admin", "mira@example.com")
	s.exec(`UPDATE users SET first_name = $1, last_name = $1`, worst)
	s.exec(`UPDATE users SET email = lower($1) || email WHERE role = 'admin'`, worst)
	s.exec(`UPDATE vendors SET name = $1, city = $1, address = $1`, worst)
	s.exec(`UPDATE dishes SET name = $1`, worst)
	s.exec(`INSERT INTO events (subject, subject_id, version, type, actor_role, vendor_id, city, data)
	        VALUES ('vendor', $1, 1000, $2, $2, $1, $2, jsonb_build_object('reason', $2::text, $2::text, jsonb_build_array($2::text)))`, s.vendor, worst)
	for _, text := range []string{worst, "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\u202a=1"} {
		s.exec(`INSERT INTO audit_log (actor_role, address, request_id, action, subject, before, after)
		        VALUES ('system', $1, $1, 'vendor.suspend', 'vendor', jsonb_build_object($1::text, $1::text), jsonb_build_object('reason', $1::text))`, text)
	}
	status, _, problem := at.do("POST", "/api/v1/orders", token, s.fill(at, token), "Idempotency-Key", newID())
	require.Equal(t, 201, status, "%s", problem)
	require.Eventually(t, func() bool {
		kept, err := mail.ReadMailbox(s.mail)
		return err == nil && len(kept) > 0 && s.count(`SELECT count(*) FROM audit_log WHERE place IS NULL`) == 0 &&
			s.count(`SELECT count(*) FROM events WHERE pub_seq IS NULL`) == 0
	}, patience, 20*time.Millisecond, "no letter about the order")

	letter := "Date: Tue, 24 Nov 2026 12:00:00 +0000\r\nTo: asha@example.com\r\nSubject: " + strings.NewReplacer("\r", "", "\n", "").Replace(worst) +
		"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + worst + "\r\n"
	require.NoError(t, os.WriteFile(filepath.Join(s.mail, "99991231T235959.999-worst.eml"), []byte(letter), 0o600))
	s.env = append(s.env, "ZOOP_API_URL="+at.url, "ZOOP_TOKEN="+admin)
	for command, shows := range map[string]string{
		"console --json --from 0 --until-idle 1s": "gnp", "console --plain --from 0 --until-idle 1s": "gnp",
		"audit tail -n 50": "gnp", "audit tail -n 50 -o json": "gnp", "mail list": "asha@", "mail list -o json": "asha@", "mail show": "gnp",
		"staff list": "gnp", "staff list -o json": "gnp", "jobs list": "", "jobs list -o json": "",
	} {
		out := s.run(strings.Fields(command)...)
		require.Contains(t, out, shows, command)
		harmless(t, command, out)
	}

	status, _, sheet := at.do("GET", "/api/v1/admin/audit.csv", admin, "")
	require.Equal(t, 200, status)
	rows, err := csv.NewReader(strings.NewReader(string(sheet))).ReadAll()
	require.NoError(t, err)
	require.Greater(t, len(rows), 8)
	for _, row := range rows {
		for _, cell := range row {
			require.NotRegexp(t, "^[=+\\-@\t\r\n]", cell)
			require.NotContains(t, cell, "\x1b")
		}
	}
	require.Contains(t, string(sheet), "'=1+1", "the text itself is kept")
}

// harmless fails when a terminal would take any of a text for more than text.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	for _, r := range text {
		acts := r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
		require.False(t, acts, "%s prints %U: %q", what, r, text)
	}
}
