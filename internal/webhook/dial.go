package webhook

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"

	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
)

// errForbidden says that an address is one which no webhook goes to.
var errForbidden = errors.New("no webhook goes to this address")

// guard judges every address when it is about to be connected to: after names were resolved, so that neither a name that leads inside,
// nor one that leads elsewhere the next moment, nor a number in another form gets by.
type guard struct {
	open  rules.Networks // of ours that may be connected to all the same
	plain bool           // for http: only those
}

// control implements net.Dialer.ControlContext.
func (g guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || !rules.AllowedPort(int(to.Port()), g.plain) {
		return errForbidden
	}
	switch a := to.Addr().Unmap(); {
	case g.open.Has(a) && a.Zone() == "":
		return nil
	case g.plain, !rules.Public(a), ours(a):
		return errForbidden
	}
	return nil
}

// ours says whether an address is one of this machine's, behind whose firewall there may be more than before it.
func ours(a netip.Addr) bool {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return true // better none than one too many
	}
	for _, one := range all {
		if n, ok := one.(*net.IPNet); ok {
			if own, ok := netip.AddrFromSlice(n.IP); ok && own.Unmap() == a {
				return true
			}
		}
	}
	return false
}
