package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/payment"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// signed is a webhook as the server would send it.
func signed(t require.TestingT, e event, at time.Time) (http.Header, []byte) {
	body, err := json.Marshal(e)
	require.NoError(t, err)
	signature, err := signer(testSecret).Sign(e.ID, at, body)
	require.NoError(t, err)
	header := http.Header{}
	header.Set(standardwebhooks.HeaderWebhookID, e.ID)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return header, body
}

func someEvent() event {
	return event{
		ID: "evt_1", Type: payment.KindCaptured, At: noon, Amount: 5, Operation: domain.ID(id.New()),
		Payment: standing{Reference: "pay_1", PaymentID: domain.ID(id.New()), Currency: "INR", Amount: 5},
	}
}

func newClient(t require.TestingT) *Client {
	c, err := NewClient("http://127.0.0.1:1", testSecret, 0)
	require.NoError(t, err)
	return c
}

func TestAgeOfWebhooks(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	rapid.Check(t, func(t *rapid.T) {
		age := rapid.OneOf(
			rapid.Int64Range(-310, 310), rapid.Int64(), rapid.SampledFrom([]int64{-301, -300, 300, 301}),
		).Draw(t, "age in seconds")
		e := someEvent()
		header, body := signed(t, e, time.Unix(noon.Unix()-age, 0))
		got, err := c.ParseWebhook(header, body, noon)
		if age < -300 || age > 300 {
			require.ErrorIs(t, err, payment.ErrStale)
			return
		}
		require.NoError(t, err)
		require.Equal(t, payment.Event{
			ID: e.ID, Kind: e.Type, Reference: "pay_1", PaymentID: e.Payment.PaymentID, Operation: e.Operation, Amount: rupees(5), At: noon,
		}, got)
	})
}

// Whatever is changed of a signed webhook, nobody believes it.
func TestForgedWebhooks(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	rapid.Check(t, func(t *rapid.T) {
		header, body := signed(t, someEvent(), noon)
		flip := func(text []byte) string {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
			return string(text)
		}
		switch what := rapid.SampledFrom([]string{"body", "more", "less", "id", "time", "signature", "none", "secret"}).Draw(t, "what"); what {
		case "body":
			body = []byte(flip(body))
		case "more":
			body = append(body, rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "more")...)
		case "less":
			body = body[:rapid.IntRange(0, len(body)-1).Draw(t, "length")]
		case "id":
			header.Set(standardwebhooks.HeaderWebhookID, rapid.StringMatching(`evt_[2-9]`).Draw(t, "id"))
		case "time":
			header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(noon.Unix()+rapid.Int64Range(1, 300).Draw(t, "later"), 10))
		case "signature":
			text := header.Get(standardwebhooks.HeaderWebhookSignature)
			header.Set(standardwebhooks.HeaderWebhookSignature, "v1,"+flip([]byte(text[3:])))
		case "none":
			header.Del(rapid.SampledFrom([]string{
				standardwebhooks.HeaderWebhookID, standardwebhooks.HeaderWebhookTimestamp, standardwebhooks.HeaderWebhookSignature,
			}).Draw(t, "header"))
		case "secret":
			other, err := NewClient("http://127.0.0.1:1", testSecret+".", 0)
			require.NoError(t, err)
			_, err = other.ParseWebhook(header, body, noon)
			require.ErrorIs(t, err, payment.ErrForged)
			return
		}
		_, err := c.ParseWebhook(header, body, noon)
		require.ErrorIs(t, err, payment.ErrForged)
	})
}

func TestSignedNonsenseIsMalformed(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	for name, change := range map[string]func(*event){
		"no payment":     func(e *event) { e.Payment.PaymentID = domain.Nil },
		"no currency":    func(e *event) { e.Payment.Currency = "XXX" },
		"less than none": func(e *event) { e.Amount = -1 },
		"too much":       func(e *event) { e.Amount = domain.MaxAmount + 1 },
		"no ID":          func(e *event) { e.ID = "" },
		"long ID":        func(e *event) { e.ID = strings.Repeat("x", payment.MaxEventID+1) },
		"long reference": func(e *event) { e.Payment.Reference = strings.Repeat("x", payment.MaxEventID+1) },
	} {
		e := someEvent()
		change(&e)
		header, body := signed(t, e, noon)
		if e.ID == "" {
			header.Set(standardwebhooks.HeaderWebhookID, "evt_1")
			signature, err := signer(testSecret).Sign("evt_1", noon, body)
			require.NoError(t, err)
			header.Set(standardwebhooks.HeaderWebhookSignature, signature)
		}
		_, err := c.ParseWebhook(header, body, noon)
		require.ErrorIs(t, err, payment.ErrMalformed, name)
	}
	e := someEvent()
	e.Type = "dispute.opened"
	header, body := signed(t, e, noon)
	got, err := c.ParseWebhook(header, body, noon)
	require.NoError(t, err)
	require.Equal(t, payment.KindIgnored, got.Kind, "what a newer sandbox tells")
	e = someEvent()
	e.Code = "Mr Jones has no money"
	header, body = signed(t, e, noon)
	got, err = c.ParseWebhook(header, body, noon)
	require.NoError(t, err)
	require.Equal(t, "unknown", got.Code, "words of a gateway go nowhere")
}

func FuzzParseWebhook(f *testing.F) {
	header, body := signed(f, someEvent(), noon)
	at, signature := header.Get(standardwebhooks.HeaderWebhookTimestamp), header.Get(standardwebhooks.HeaderWebhookSignature)
	f.Add("evt_1", at, signature, body, false)
	f.Add("evt_1", at, "", []byte(`{"id":"evt_1","type":"captured","payment":null}`), true)
	f.Add("evt_1", at, "v1,", []byte(`{"id":"evt_1","id":"evt_2"}`), true)
	f.Add("", "-9223372036854775808", "v1, v2,x", []byte(`[[[[`), false)
	c := newClient(f)
	f.Fuzz(func(t *testing.T, eventID, at, signature string, body []byte, sign bool) {
		header := http.Header{}
		header.Set(standardwebhooks.HeaderWebhookID, eventID)
		header.Set(standardwebhooks.HeaderWebhookTimestamp, at)
		if sign {
			seconds, _ := strconv.ParseInt(at, 10, 64)
			signature, _ = c.signer.Sign(eventID, time.Unix(seconds, 0), body)
		}
		header.Set(standardwebhooks.HeaderWebhookSignature, signature)
		e, err := c.ParseWebhook(header, body, noon)
		if err != nil {
			require.Zero(t, e)
			return
		}
		require.NotEmpty(t, e.ID)
		require.LessOrEqual(t, len(e.ID), payment.MaxEventID)
		if e.Kind != payment.KindIgnored {
			require.False(t, e.PaymentID.IsNil())
			require.True(t, e.Amount.Currency.Known())
			require.True(t, e.Amount.Amount >= 0 && e.Amount.Amount <= domain.MaxAmount)
		}
	})
}

// A gateway that answers badly is a transient trouble, in bounded time and memory, and sends nobody elsewhere.
func TestAGatewayThatMisbehaves(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the key went elsewhere") }))
	t.Cleanup(elsewhere.Close)
	release := make(chan struct{})
	for name, tc := range map[string]struct {
		handle http.HandlerFunc
		code   string
	}{
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for range 3 {
				_, _ = w.Write(make([]byte, payment.MaxBody))
			}
		}, "answer_too_long"},
		"silent":   {func(_ http.ResponseWriter, r *http.Request) { <-release }, "timeout"},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, "answer_unreadable"},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "unknown"},
		"broken": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tc.handle)
			defer server.Close()
			patience := time.Minute
			if tc.code == "timeout" {
				patience = 300 * time.Millisecond
			}
			c, err := NewClient(server.URL, testSecret, patience)
			require.NoError(t, err)
			_, err = c.Capture(t.Context(), payment.Operation{ID: domain.ID(id.New()), Reference: "x", Amount: rupees(1)})
			require.Error(t, err)
			require.False(t, payment.Final(err), err)
			require.Equal(t, tc.code, payment.CodeOf(err))
			require.NotContains(t, err.Error(), testSecret)
			if name == "silent" {
				close(release)
			}
		})
	}
	stranger, err := NewClient(setup(t, Options{}).url, testSecret+"x", 0)
	require.NoError(t, err)
	_, err = stranger.Begin(t.Context(), newIntent(1))
	require.Equal(t, "unauthenticated", payment.CodeOf(err))
	require.False(t, payment.Final(err), "settings can be mended")
}
