package ws

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

var pingWire = wireFrame(websocket.PingMessage, nil)

// upgrader shakes hands. Frames are written by conn, so gorilla gets no write buffer to keep.
var upgrader = websocket.Upgrader{
	HandshakeTimeout: 5 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 512, WriteBufferPool: noBuffers{},
	CheckOrigin: func(*http.Request) bool { return true }, // Serve has checked
	Error:       func(w http.ResponseWriter, _ *http.Request, status int, _ error) { w.WriteHeader(status) },
}

// noBuffers makes gorilla allocate a write buffer only for the frame it writes, if ever.
type noBuffers struct{}

func (noBuffers) Get() any { return nil }
func (noBuffers) Put(any)  {}

// Serve turns a request into a socket and returns; the socket lives on. The actor is who the bearer header named, or nobody:
// then ?ticket= decides, and a ticket that opens nothing is told by close code 4001, because browsers hide the answer to a
// failed handshake from scripts. The error, for a request that did not become a socket, is Unauthenticated, Forbidden
// (foreign Origin, API key), Invalid (no WebSocket handshake), Unavailable (draining, or full) or RateLimited (the account has
// all the sockets it may have).
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, actor domain.Actor) error {
	ticket := r.URL.Query().Get("ticket")
	upgrade := websocket.IsWebSocketUpgrade(r)
	switch {
	case !upgrade && actor.Anonymous() && ticket == "":
		return domain.Errorf(domain.Unauthenticated, string(domain.Unauthenticated), "sign in first: Authorization: Bearer <access token>, or ?ticket=")
	case !upgrade:
		return domain.Errorf(domain.Invalid, "upgrade_required", "this is a WebSocket: ask for the upgrade")
	case !h.originAllowed(r):
		return domain.Errorf(domain.Forbidden, "origin", "pages of this origin may not connect")
	}
	if !actor.Key.IsNil() { // nothing would close the socket when the key ends
		return domain.Errorf(domain.Forbidden, "scope", "this is not for API keys")
	}
	code, reason := 0, ""
	if actor.Anonymous() {
		var err error
		if actor, err = h.Redeem(r.Context(), ticket); err != nil {
			code, reason = CloseUnauthenticated, "no valid ticket"
		}
	} else if !actor.Role.Known() {
		code, reason = CloseForbidden, "not for this role"
	}
	if err := h.reserve(actor); err != nil {
		return err
	}
	socket, err := upgrader.Upgrade(hijacker{w}, r, nil)
	if err != nil {
		h.unreserve(actor)
		h.log.DebugContext(r.Context(), "handshake failed", logkey.Error, err.Error())
		return nil // it is answered
	}
	c := newConn(h, socket.NetConn(), actor)
	c.ws = socket
	h.add(c)
	if code != 0 {
		c.close(code, reason)
	}
	go c.read() //nolint:gosec // the socket outlives the request
	return nil
}

func newConn(h *Hub, socket net.Conn, actor domain.Actor) *conn {
	return &conn{
		hub: h, net: socket, actor: actor, ping: time.Now().Add(pingEvery), subs: map[string]*subscription{}, room: make(chan struct{}, 1),
	}
}

// NewTicket makes a ticket that opens one socket, or one stream of an order, for an actor who is signed in, and tells for how many seconds.
func (h *Hub) NewTicket(actor domain.Actor) (ticket string, expiresIn int, err error) {
	ticket, err = sealTicket(h.TicketKey(), actor, time.Now().Add(ticketLife))
	return ticket, int(ticketLife / time.Second), err
}

// Redeem uses a ticket up, and gives who got it: Unauthenticated "ticket" for one that opens nothing. All instances share the memory of used
// ones in Redis; while that is away each has its own.
func (h *Hub) Redeem(ctx context.Context, ticket string) (domain.Actor, error) {
	now := time.Now()
	actor, nonce, err := openTicket(h.TicketKey(), ticket, now)
	if err != nil {
		return domain.Actor{}, err
	}
	if !h.used.note(nonce, now.Add(2*ticketLife)) {
		return domain.Actor{}, errTicket
	}
	if first, known := h.Redis.Claim(ctx, nonce, 2*ticketLife); known && !first {
		return domain.Actor{}, errTicket
	}
	return actor, nil
}

// originAllowed keeps pages of other sites from using a visitor's credentials. Clients that are no browser send no Origin.
func (h *Hub) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(h.Origins, "*") {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	same := func(allowed string) bool { return strings.EqualFold(allowed, origin) }
	return strings.EqualFold(u.Host, r.Host) || slices.ContainsFunc(h.Origins, same)
}

// socketRetry is how many seconds pass until a socket that nobody holds any more is surely found dead.
const socketRetry = int(silenceMax / time.Second)

// reserve makes sure of room for one more socket of an actor, before its handshake.
func (h *Hub) reserve(actor domain.Actor) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.draining:
		return domain.Errorf(domain.Unavailable, "draining", "this instance is going away; try again")
	case len(h.conns) >= h.MaxConns:
		return domain.Errorf(domain.Unavailable, string(domain.Unavailable), "this instance has all the sockets it can carry")
	case h.accounts[actor.ID] >= h.MaxEach && !actor.Anonymous():
		return domain.Errorf(domain.RateLimited, "too_many_sockets", "this account has %d sockets open: close one", h.MaxEach).With("retryAfter", socketRetry)
	}
	h.accounts[actor.ID]++
	return nil
}

func (h *Hub) unreserve(actor domain.Actor) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(actor)
}

// forget needs the lock.
func (h *Hub) forget(actor domain.Actor) {
	if h.accounts[actor.ID]--; h.accounts[actor.ID] == 0 {
		delete(h.accounts, actor.ID)
	}
}

func (h *Hub) add(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[c] = struct{}{}
	enlist(h.sessions, c.actor.Session, c)
	enlist(h.actors, c.actor.ID, c)
	h.connections.Inc()
	switch {
	case h.revoked.has(c.actor.Session):
		c.close(CloseRevoked, "the session was revoked: sign in again")
	case h.draining: // it came while Drain listed the others
		c.close(CloseDraining, "draining: reconnect elsewhere")
	}
}

// remove forgets a connection that has ended.
func (h *Hub) remove(c *conn) {
	_ = c.net.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, sub := range c.subs {
		h.drop(sub)
	}
	delete(h.conns, c)
	strike(h.sessions, c.actor.Session, c)
	strike(h.actors, c.actor.ID, c)
	h.forget(c.actor)
	h.connections.Dec()
	h.checkEmpty()
}

func enlist(of map[domain.ID]map[*conn]struct{}, id domain.ID, c *conn) {
	if id.IsNil() {
		return
	}
	if of[id] == nil {
		of[id] = map[*conn]struct{}{}
	}
	of[id][c] = struct{}{}
}

func strike(of map[domain.ID]map[*conn]struct{}, id domain.ID, c *conn) {
	delete(of[id], c)
	if len(of[id]) == 0 {
		delete(of, id)
	}
}

// hijacker finds the connection below wrappers that only know how to unwrap.
type hijacker struct{ http.ResponseWriter }

// Hijack implements http.Hijacker.
func (w hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}
