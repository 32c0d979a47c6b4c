package sandbox

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/zoop-dev/zoop/internal/logkey"
)

// tell makes the body of a fact's webhook.
func (s *Server) tell(r *record, f fact) event {
	return event{Type: f.kind, Payment: s.standing(r), Operation: f.operation, Refund: f.refund, Amount: f.amount, Code: f.code}
}

// deliver posts a message once and says whether the merchant took it.
func (s *Server) deliver(ctx context.Context, m message) bool {
	ctx, cancel := context.WithTimeout(ctx, postTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.options.WebhookURL, bytes.NewReader(m.Body))
	if err != nil {
		return false
	}
	now := s.options.Now()
	signature, err := s.signer.Sign(m.Event, now, m.Body)
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(standardwebhooks.HeaderWebhookID, m.Event)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	resp, err := s.client.Do(req)
	if err != nil {
		s.options.Log.DebugContext(ctx, "webhook not taken", logkey.Event, m.Event, logkey.Attempt, m.Tries+1, logkey.Error, err.Error())
		return false
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
	taken := resp.StatusCode >= 200 && resp.StatusCode < 300
	if !taken {
		s.options.Log.DebugContext(ctx, "webhook not taken", logkey.Event, m.Event, logkey.Attempt, m.Tries+1, logkey.Status, resp.StatusCode)
	}
	return taken
}
