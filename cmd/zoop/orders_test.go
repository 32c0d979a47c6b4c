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

// TestOrdersReachTheTerminalAsText has an API answer what takes a terminal over.
func TestOrdersReachTheTerminalAsText(t *testing.T) {
	evil := "\x1b]52;c;cm0gLXJmIC8=\x07\x1b[2J\u202eevil\u009b31m"
	party := dto.Party{Name: evil}
	o := dto.Order{
		Number: "7K3P0Q", State: dto.OrderState(evil), Vendor: party, Customer: party, Courier: &party, City: evil, Note: &evil,
		Items:   []dto.LineItem{{Name: evil, Quantity: 1, Note: &evil, Options: []dto.ChosenOption{{Name: evil}}}},
		Quote:   dto.Quote{Lines: []dto.QuoteLine{{Kind: dto.QuoteLineKind(evil), Label: evil, Amount: dto.Money{Currency: evil}}}},
		Address: &dto.OrderAddress{Line1: evil, City: evil, Instructions: &evil}, Cancel: &dto.CancelInfo{Reason: evil, By: dto.Role(evil)},
		Payment: dto.Payment{Method: dto.PaymentMethod(evil), State: dto.PaymentState(evil)}, Fulfilment: dto.Fulfilment(evil),
		Delivery: &dto.OrderDelivery{State: dto.DeliveryState(evil)},
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any = o
		switch {
		case strings.HasSuffix(r.URL.Path, "/events"):
			answer = dto.EventList{Data: []dto.Event{{Type: evil, Actor: dto.EventActor{Role: dto.Role(evil)}, Data: map[string]any{evil: evil}}}}
		case strings.HasSuffix(r.URL.Path, "/refunds"):
			if r.Header.Get("Idempotency-Key") == "" {
				http.Error(w, "no key", http.StatusBadRequest)
				return
			}
			bearer := dto.RefundBearer(evil)
			answer = dto.Refund{State: dto.RefundState(evil), To: dto.RefundTo(evil), Bearer: &bearer}
		case strings.HasSuffix(r.URL.Path, "/refund-quote"):
			answer = dto.RefundQuote{Amount: dto.Money{Currency: evil}, To: dto.RefundQuoteTo(evil), Bearer: dto.RefundQuoteBearer(evil)}
		case strings.HasSuffix(r.URL.Path, "/ledger"):
			answer = dto.Ledger{Data: []dto.LedgerTransfer{{Kind: dto.LedgerTransferKind(evil), Entries: []dto.LedgerEntry{{Account: dto.LedgerEntryAccount(evil), Owner: &party, Amount: dto.Money{Currency: evil}}}}}}
		case strings.HasSuffix(r.URL.Path, "/cancel-quote"):
			answer = dto.CancelQuote{Liable: dto.Liable(evil), Fee: dto.Money{Currency: evil}}
		case strings.HasSuffix(r.URL.Path, "/orders"):
			answer = dto.OrderList{Data: []dto.OrderSummary{{Number: evil, State: dto.OrderState(evil), Vendor: party, Customer: party, Courier: &party}}, NextCursor: &evil}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(api.Close)
	t.Setenv("ZOOP_API_URL", api.URL)
	t.Setenv("ZOOP_TOKEN", "token")
	id := "0190b5a8-0000-7000-8000-000000000001"
	for _, line := range []string{
		"list --limit 1", "list --limit 1 -o json", "get " + id, "get 7k3-poq -o json", "timeline " + id, "timeline " + id + " -o json", "ledger " + id, "ledger " + id + " -o json",
		"cancel " + id + " --reason OPS --yes", "cancel " + id + " --reason OPS --yes -o json",
		"restore " + id + " --yes", "restore " + id + " --yes -o json",
		"refund " + id + " --reason LATE --item 1=1 --yes", "refund " + id + " --reason LATE --yes -o json",
	} {
		code, out, errs := invoke(t, append([]string{"orders", "--data-dir", t.TempDir()}, strings.Fields(line)...)...)
		require.Equal(t, exitOK, code, "%s: %s", line, errs)
		require.Contains(t, out, "evil", line)
		require.False(t, strings.ContainsAny(out+errs, "\x1b\x07\u202e\u009b"), "%s: %q %q", line, out, errs)
	}
}

func TestRefundsMakeSense(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]refund{
		"no reason": {}, "both": {reason: "LATE", amount: "INR 1.00", items: []string{"1=1"}}, "no money": {reason: "LATE", amount: "1"},
		"no line": {reason: "LATE", items: []string{"0=1"}}, "no portions": {reason: "LATE", items: []string{"1"}}, "none": {reason: "LATE", items: []string{"1=0"}},
	} {
		_, err := r.parse()
		require.Equal(t, exitUsage, exitCode(err), name)
	}
	r := refund{reason: "MISSING_ITEM", to: "wallet", items: []string{"2=1"}}
	request, err := r.parse()
	require.NoError(t, err)
	require.NotEmpty(t, r.key)
	require.Equal(t, []dto.RefundItem{{Position: 1, Portions: 1}}, request.Items)
	what, err := refunded(dto.Order{Items: []dto.LineItem{{Name: "Thali", Quantity: 2}, {Name: "Lassi", Quantity: 1}}}, request)
	require.NoError(t, err)
	require.Equal(t, "1 × Lassi", what)
	_, err = refunded(dto.Order{Items: []dto.LineItem{{Name: "Thali", Quantity: 2}}}, request)
	require.Equal(t, exitUsage, exitCode(err))
}

func TestSinceIsATimeOrSoLongAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "90m": now.Add(-90 * time.Minute), "2026-03-14T01:00:00+05:30": time.Date(2026, 3, 13, 19, 30, 0, 0, time.UTC),
	} {
		at, err := sinceFlag(text, now)
		require.NoError(t, err, text)
		require.True(t, at.Equal(want), text)
	}
	for _, text := range []string{"-1h", "0s", "yesterday", "2026-03-14"} {
		_, err := sinceFlag(text, now)
		require.Equal(t, exitUsage, exitCode(err), text)
	}
}

// TestADeadlineSaysWhoseItIs, for after it something happens by itself.
func TestADeadlineSaysWhoseItIs(t *testing.T) {
	at := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	for state, want := range map[dto.OrderState]string{
		"placed": "the vendor answers by then", "delivered": "it is completed then", "collected": "it is completed then", "scheduled": "it is placed with the vendor then",
		"pending_payment": "it is paid by then", "new": "",
	} {
		var out strings.Builder
		describeOrder(&out, dto.Order{State: state, DeadlineAt: &at})
		line := "deadline\t2026-03-14T12:00:00Z"
		if want != "" {
			line += ", " + want
		}
		require.Contains(t, out.String(), line+"\n", state)
	}
	var out strings.Builder
	describeOrder(&out, dto.Order{State: "preparing", DeadlineAt: &at, Revision: &dto.Revision{State: "proposed"}})
	require.Contains(t, out.String(), "the customer answers by then")
}
