package api

import (
	"net/http"
	"net/netip"
	"strings"
)

// maxHops is how many proxies one request may name; beyond, nobody is believed.
const maxHops = 32

// networks are addresses that belong together.
type networks []netip.Prefix

func (n networks) contain(a netip.Addr) bool {
	for _, p := range n {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// clientAddress is where a request comes from: the peer of the connection or, as long as that is a proxy in trusted, whoever
// that proxy says it speaks for, in X-Forwarded-For or in Forwarded (RFC 7239). What stands further left was written by those
// we do not trust and is not looked at. Where a trusted proxy's word cannot be read, the peer's address stands. So it does when
// both headers are there and differ: most proxies write one of them and pass the other on as a client made it up.
// The zero Addr is a peer without an address, such as a Unix socket.
func clientAddress(r *http.Request, trusted networks) netip.Addr {
	peer, ok := parseHop(r.RemoteAddr)
	if !ok || !trusted.contain(peer) {
		return peer
	}
	x, standard := r.Header["X-Forwarded-For"], r.Header["Forwarded"]
	switch {
	case len(x) == 0 && len(standard) == 0:
		return peer
	case len(standard) == 0:
		return walk(peer, x, trusted, parseHop)
	case len(x) == 0:
		return walk(peer, standard, trusted, parseForwarded)
	}
	a := walk(peer, x, trusted, parseHop)
	if a != walk(peer, standard, trusted, parseForwarded) {
		return peer
	}
	return a
}

// walk goes from the right-most hop to the left until one is not trusted, or is the first.
func walk(peer netip.Addr, lines []string, trusted networks, parse func(string) (netip.Addr, bool)) netip.Addr {
	at, hops := peer, 0
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			var hop string
			if rest, hop, more = cutLast(rest); strings.TrimSpace(hop) == "" {
				continue // lists may have empty elements (RFC 9110, 5.6.1)
			}
			next, ok := parse(strings.TrimSpace(hop))
			if hops++; !ok || hops > maxHops {
				return peer
			}
			if at = next; !trusted.contain(at) {
				return at
			}
		}
	}
	return at
}

// cutLast takes the last element off a list. Nothing that is quoted in these headers has a comma in it: a quoted one makes
// elements that cannot be read.
func cutLast(list string) (before, last string, more bool) {
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		return list[:i], list[i+1:], true
	}
	return "", list, false
}

// parseHop reads an address, with or without a port; one of IPv6 with a port is in brackets.
func parseHop(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddrPort(text); err == nil {
		return a.Addr().Unmap().WithZone(""), true
	}
	if len(text) > 2 && text[0] == '[' && text[len(text)-1] == ']' {
		text = text[1 : len(text)-1]
	}
	a, err := netip.ParseAddr(text)
	return a.Unmap().WithZone(""), err == nil
}

// parseForwarded reads the for= of one element such as `for="[2001:db8::1]:4711";proto=https`. Names that hide the address
// ("unknown", "_secret") cannot be read.
func parseForwarded(element string) (found netip.Addr, ok bool) {
	for pair := range strings.SplitSeq(element, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if !strings.EqualFold(name, "for") {
			continue
		}
		if ok { // said twice
			return netip.Addr{}, false
		}
		if len(value) > 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		if found, ok = parseHop(value); !ok {
			return found, false
		}
	}
	return found, ok
}

// addressText is "" for no address.
func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
