package account

import (
	"net/netip"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// MaxSessions is how many sessions an account has at most: the one that was used least lately goes.
const MaxSessions = 50

// Session is a sign-in that goes on, as its owner tells it from others.
type Session struct {
	ID        domain.ID
	Device    string
	Network   string // from where it was last used
	CreatedAt time.Time
	UsedAt    time.Time // when it last got tokens
}

// Attempt is what strangers may do only so often.
type Attempt string

// The attempts.
const (
	AskCode Attempt = "code"  // have a code sent
	TryCode Attempt = "guess" // try one, right or wrong
)

// Bound is how often something may happen within a window.
type Bound struct {
	Most   int
	Window time.Duration
}

// The bounds of sign-in besides those of one address. A network is an office, or a street of homes behind one address of the
// provider's: a hundred people sign in there within a quarter of an hour, and every second one mistypes once. The bounds of
// everywhere are far above what a marketplace sees in a day's peak; reaching one is an attack, or a reason to raise it.
var (
	OfNetwork  = map[Attempt]Bound{AskCode: {100, 15 * time.Minute}, TryCode: {200, 15 * time.Minute}}
	Everywhere = map[Attempt]Bound{AskCode: {1200, time.Minute}, TryCode: {3000, time.Minute}}
)

// Network is what attempts from a client's address are counted by: the address, or of IPv6 the /64, which one customer has.
// A text that is no address counts as "unknown", so nobody escapes by having none.
func Network(address string) string {
	a, ok := parse(address)
	switch {
	case !ok:
		return "unknown"
	case a.Is4():
		return a.String()
	}
	return prefix(a, 64)
}

// Neighbourhood is as much of a client's address as is kept with a session: the /24, or of IPv6 the /48; "" for none. It tells
// home from elsewhere, and nobody's house.
func Neighbourhood(address string) string {
	a, ok := parse(address)
	switch {
	case !ok:
		return ""
	case a.Is4():
		return prefix(a, 24)
	}
	return prefix(a, 48)
}

func parse(address string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(address)
	return a.Unmap().WithZone(""), err == nil
}

func prefix(a netip.Addr, bits int) string {
	p, err := a.Prefix(bits)
	if err != nil {
		return "" // no address has fewer bits
	}
	return p.String()
}
