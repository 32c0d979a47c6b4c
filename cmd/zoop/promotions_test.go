package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// TestPromotionsReachTheTerminalAsText has an API answer what takes a terminal over.
func TestPromotionsReachTheTerminalAsText(t *testing.T) {
	evil := "\x1b]52;c;cm0gLXJmIC8=\x07\x1b[2J\u202eevil\u009b31m"
	money, n := dto.Money{Currency: evil}, 1
	p := dto.Promotion{
		Code: &evil, Label: evil, Benefit: dto.Benefit(evil), State: dto.PromotionState(evil), Cap: &money, MinOrder: &money, Limit: &n, PerCustomer: &n,
		Cities: []string{evil}, Cuisines: []string{evil}, Windows: []dto.Window{{Days: []dto.Day{dto.Day(evil)}, From: evil, To: evil}},
		Spent: []dto.Spending{{Vendor: money, Platform: money}}, Held: true,
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any = p
		switch {
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/promotions") && r.Header.Get("Idempotency-Key") == "":
			http.Error(w, "no key", http.StatusBadRequest)
			return
		case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/promotions"):
			answer = dto.PromotionList{Data: []dto.Promotion{p}, NextCursor: &evil}
		case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/commissions"):
			answer = dto.CommissionList{Data: []dto.Commission{{City: &evil}}}
		case strings.HasSuffix(r.URL.Path, "/commissions"):
			answer = dto.Commission{City: &evil}
		case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/tariffs"):
			answer = dto.TariffList{Data: []dto.Tariff{{City: &evil}}}
		case strings.HasSuffix(r.URL.Path, "/tariffs"):
			answer = dto.Tariff{City: &evil, Currency: evil}
		case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/surges"):
			answer = dto.SurgeZoneList{Data: []dto.SurgeZone{{City: &evil}}}
		case strings.HasSuffix(r.URL.Path, "/surges"):
			answer = dto.SurgeZone{Label: evil, Currency: evil, Windows: []dto.Window{{From: evil, To: evil}}}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	for _, line := range []string{
		"promotions list --limit 1", "promotions list --limit 1 -o json", "promotions get JUNE", "promotions get JUNE -o json",
		"promotions create --label x --percent 1%", "promotions create --label x --free-delivery -o json", "promotions pause JUNE",
		"promotions resume JUNE -o json", "promotions end JUNE", "commissions list", "commissions list -o json", "commissions set 1%",
		"commissions set 1% --city x -o json", "tariffs list", "surges list", "surges create --label x --currency INR --times 2",
	} {
		code, out, errs := invoke(t, append(strings.Fields(line), "--data-dir", t.TempDir())...)
		require.Equal(t, exitOK, code, "%s: %s", line, errs)
		require.Contains(t, out, "evil", line)
		require.False(t, strings.ContainsAny(out+errs, "\x1b\x07\u202e\u009b"), "%s: %q %q", line, out, errs)
	}
}

func TestABandThatIsWrongIsSaidOnce(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{"0=INR": "--band", "0=": "lacks its fee", "x=INR 1.00": "must be metres"} {
		_, err := bandFlag(text)
		require.Equal(t, exitUsage, exitCode(err), text)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "\n", text)
	}
}

// TestRulesThatAreNotListedAreSaid has more rules than a list reads.
func TestRulesThatAreNotListedAreSaid(t *testing.T) {
	next := "more"
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"data": make([]struct{}, 100), "nextCursor": next})
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	for _, line := range []string{"tariffs list", "tariffs list -o json", "surges list", "commissions list"} {
		code, _, errs := invoke(t, append(strings.Fields(line), "--data-dir", t.TempDir())...)
		require.Equal(t, exitOK, code, "%s: %s", line, errs)
		require.Contains(t, errs, "there are more", line)
	}
}

func TestPromotionsMakeSense(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for name, p := range map[string]promotionAsked{
		"no label": {percent: "1%"}, "no benefit": {label: "x"}, "two benefits": {label: "x", percent: "1%", freeDelivery: true},
		"no share": {label: "x", percent: "1"}, "no money": {label: "x", flat: "1"}, "no cap": {label: "x", percent: "1%", top: "1"},
		"no minimum": {label: "x", percent: "1%", minOrder: "INR"}, "no vendor": {label: "x", percent: "1%", vendors: []string{"casa"}},
		"no end": {label: "x", percent: "1%", ends: "soon"}, "no start": {label: "x", percent: "1%", starts: "-1h"},
		"no hours": {label: "x", percent: "1%", windows: []string{"mon"}}, "no vendor's share": {label: "x", percent: "1%", share: "101%"},
	} {
		_, err := p.parse(now)
		require.Equal(t, exitUsage, exitCode(err), name)
	}
	got, err := promotionAsked{
		label: "x", flat: "INR 50", minOrder: "INR 199.00", share: "12.5%", starts: "36h", ends: "2026-04-01T00:00:00+05:30",
		windows: []string{"fri,sat 18:00-02:00", "12:00-14:00"}, limit: 5, firstOrder: true,
	}.parse(now)
	require.NoError(t, err)
	require.Equal(t, dto.Flat, got.Benefit)
	require.Equal(t, &dto.Price{Amount: 5000, Currency: "INR"}, got.Amount)
	require.Equal(t, 1250, *got.VendorShare)
	require.Equal(t, now.Add(36*time.Hour), *got.StartsAt)
	require.Equal(t, dto.Window{Days: []dto.Day{dto.Fri, dto.Sat}, From: "18:00", To: "02:00"}, got.Windows[0])
	require.Len(t, got.Windows[1].Days, 7)
	require.Nil(t, got.PerCustomer)
	require.True(t, *got.FirstOrder)
}
