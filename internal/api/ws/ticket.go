package ws

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// ticketLife is how long a ticket opens a socket.
const ticketLife = 30 * time.Second

// A ticket is base64url of: form (1 byte), role (1), account (16), session (16), expiry in Unix milliseconds (8), nonce (8),
// MAC (20, of HMAC-SHA-256). It is signed, not stored, so that it works while Redis is away.
const (
	ticketForm  = 1
	ticketBody  = 50
	ticketMAC   = 20
	ticketNonce = 42 // where the nonce begins
)

// ticketRoles are the roles by their number in a ticket; the order is part of the form.
var ticketRoles = []domain.Role{domain.RoleCustomer, domain.RoleVendor, domain.RoleCourier, domain.RoleAdmin, domain.RoleSupport}

// errTicket is the answer to every ticket that opens nothing.
var errTicket = domain.Errorf(domain.Unauthenticated, "ticket", "the ticket is not valid, was used, or has expired")

// sealTicket makes a ticket for somebody who is signed in.
func sealTicket(key []byte, actor domain.Actor, expires time.Time) (string, error) {
	role := slices.Index(ticketRoles, actor.Role)
	if role < 0 {
		return "", domain.Errorf(domain.Forbidden, string(domain.Forbidden), "the role %s has no tickets", actor.Role)
	}
	b := make([]byte, 0, ticketBody+ticketMAC)
	b = append(b, ticketForm, byte(role)) //nolint:gosec // one of five
	b = append(b, actor.ID[:]...)
	b = append(b, actor.Session[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(expires.UnixMilli()))
	b = b[:ticketBody]
	_, _ = rand.Read(b[ticketNonce:]) // never fails
	return base64.RawURLEncoding.EncodeToString(append(b, macOf(key, b)...)), nil
}

// openTicket reads a ticket: errTicket for one that is not ours or no longer good.
func openTicket(key []byte, ticket string, now time.Time) (actor domain.Actor, nonce string, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(ticket)
	if err != nil || len(b) != ticketBody+ticketMAC || b[0] != ticketForm || int(b[1]) >= len(ticketRoles) {
		return domain.Actor{}, "", errTicket
	}
	body := b[:ticketBody]
	expires := time.UnixMilli(int64(binary.BigEndian.Uint64(b[34:ticketNonce]))) //nolint:gosec // ours, if the MAC is
	if subtle.ConstantTimeCompare(macOf(key, body), b[ticketBody:]) != 1 || !now.Before(expires) {
		return domain.Actor{}, "", errTicket
	}
	actor.Role = ticketRoles[b[1]]
	copy(actor.ID[:], b[2:18])
	copy(actor.Session[:], b[18:34])
	return actor, base64.RawURLEncoding.EncodeToString(b[ticketNonce:ticketBody]), nil
}

func macOf(key, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("zoop websocket ticket\x00"))
	h.Write(body)
	return h.Sum(nil)[:ticketMAC]
}

// memory remembers for a while what was seen.
type memory[K comparable] struct {
	mu   sync.Mutex
	seen map[K]time.Time // until when
}

// note remembers a key, and says whether it is new.
func (m *memory[K]) note(k K, until time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = map[K]time.Time{}
	}
	_, known := m.seen[k]
	m.seen[k] = until
	return !known
}

func (m *memory[K]) has(k K) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, known := m.seen[k]
	return known
}

// forget lets go of what is old.
func (m *memory[K]) forget(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, until := range m.seen {
		if now.After(until) {
			delete(m.seen, k)
		}
	}
}
