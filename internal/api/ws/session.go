package ws

import (
	"context"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

const (
	checkSessions = 10   // seconds between looks at the sessions of all connections
	sessionPage   = 1000 // sessions asked for at once
)

// RevokeSession closes the sockets of a session with 4009, and refuses its tickets. It is quick where the revocation is known;
// everywhere else Postgres tells within ten seconds.
func (h *Hub) RevokeSession(id domain.ID) {
	if id.IsNil() {
		return
	}
	h.revoked.note(id, time.Now().Add(2*ticketLife))
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.sessions[id] {
		c.close(CloseRevoked, "the session was revoked: sign in again")
	}
}

// endRevoked asks Postgres which sessions have ended.
func (h *Hub) endRevoked(ctx context.Context) {
	h.mu.Lock()
	ids := make([]domain.ID, 0, len(h.sessions))
	for id := range h.sessions {
		ids = append(ids, id)
	}
	h.mu.Unlock()
	for page := range slices.Chunk(ids, sessionPage) {
		limited, cancel := context.WithTimeout(ctx, frameLimit)
		ended, err := h.DB.RevokedSessions(limited, page)
		cancel()
		if err != nil {
			h.log.WarnContext(ctx, "sessions of sockets not checked", logkey.Error, err.Error())
			return
		}
		for _, id := range ended {
			h.RevokeSession(id)
		}
	}
}
