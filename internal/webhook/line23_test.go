package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
)

// trap is a host on every address of this machine's that can be had: whoever connects is counted.
type trap struct {
	port     int
	accepted atomic.Int64
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	first, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	x := &trap{port: first.Addr().(*net.TCPAddr).Port}
	x.listen(t, first)
	addresses := []string{"::1", "127.0.0.2"}
	all, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			addresses = append(addresses, n.IP.String())
		}
	}
	for _, a := range addresses {
		if l, err := net.Listen("tcp", net.JoinHostPort(a, fmt.Sprint(x.port))); err == nil {
			x.listen(t, l)
		}
	}
	return x
}

func (x *trap) listen(t *testing.T, l net.Listener) {
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			x.accepted.Add(1)
			_ = c.Close()
		}
	}()
}

// names is a DNS server that answers each question about a name with the next of its answers, and the last for ever.
type names struct {
	mu      sync.Mutex
	answers map[string][][]netip.Addr
	asked   atomic.Int64
}

func (n *names) next(name string) []netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.answers[name]
	if len(all) == 0 {
		return nil
	}
	if len(all) > 1 {
		n.answers[name] = all[1:]
	}
	return all[0]
}

// resolver asks the server instead of the system's.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go n.serve(conn)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (n *names) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		size, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		n.asked.Add(1)
		q := m.Questions[0]
		name := q.Name.String()
		m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
		for _, a := range n.next(name[:len(name)-1] + "/" + q.Type.String()) {
			h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 0}
			if a.Is4() {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: a.As4()}})
			} else {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
			}
		}
		if text, err := m.Pack(); err == nil {
			_, _ = conn.WriteTo(text, from)
		}
	}
}

func addrs(texts ...string) (out []netip.Addr) {
	for _, t := range texts {
		out = append(out, netip.MustParseAddr(t))
	}
	return out
}

var errWould = errors.New("it would be connected to")

// TestLine23NothingIsConnectedToInside sends webhooks to addresses inside, in every form that one can write and by names that lead there,
// at once or when they are asked again: nobody there is connected to. What is outside is not connected to here either, but would be.
func TestLine23NothingIsConnectedToInside(t *testing.T) {
	t.Parallel()
	inside := newTrap(t)
	dns := &names{answers: map[string][][]netip.Addr{
		"inside.example.com/TypeA":        {addrs("127.0.0.1")},
		"private.example.com/TypeA":       {addrs("10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1")},
		"both.example.com/TypeA":          {addrs("127.0.0.1")},
		"both.example.com/TypeAAAA":       {addrs("::1")},
		"mapped.example.com/TypeAAAA":     {addrs("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "fe80::1", "fd00::1")},
		"mixed.example.com/TypeA":         {addrs("93.184.216.34", "127.0.0.1")},
		"rebinding.example.com/TypeA":     {addrs("93.184.216.34"), addrs("127.0.0.1"), addrs("93.184.216.34"), addrs("127.0.0.1")},
		"outside.example.com/TypeA":       {addrs("93.184.216.34")},
		"outside.example.com/TypeAAAA":    {addrs("2606:4700:4700::1111")},
		"rebinding6.example.com/TypeA":    {addrs("93.184.216.34"), addrs("10.0.0.1")},
		"rebinding6.example.com/TypeAAAA": {addrs("2606:4700:4700::1111"), addrs("::1")},
	}}
	o := Options{Timeout: 5 * time.Second, Resolver: dns.resolver(t)}
	g := guard{}
	var wouldBe sync.Map
	s := New(o)
	s.https = newClient(o, func(ctx context.Context, network, address string, c syscall.RawConn) error {
		if err := g.control(ctx, network, address, c); err != nil {
			return err
		}
		wouldBe.Store(address, true)
		return errWould
	})
	rounds := 3
	if os.Getenv("ZOOP_TRUST") == "full" {
		rounds = 200
	}
	hosts := []string{
		"127.0.0.1", "127.0.0.2", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "localhost", "0.0.0.0", "0", "[::]", "[::1]",
		"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "[::1%25lo]",
		"10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255", "[ff02::1]",
		"inside.example.com", "private.example.com", "both.example.com", "mapped.example.com", "mixed.example.com", "rebinding.example.com", "rebinding6.example.com",
		"outside.example.com", "93.184.216.34",
	}
	all, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok {
			hosts = append(hosts, map[bool]string{true: n.IP.String(), false: "[" + n.IP.String() + "]"}[n.IP.To4() != nil])
		}
	}
	for range rounds {
		for _, host := range hosts {
			for _, scheme := range []string{"https", "http"} {
				url := fmt.Sprintf("%s://%s:%d/", scheme, host, inside.port)
				r := s.Send(t.Context(), message(url))
				require.NotEmpty(t, r.Fault, url)
				require.Zero(t, r.Status, url)
				require.Zero(t, inside.accepted.Load(), "%s was connected to", url)
			}
		}
	}
	require.Positive(t, dns.asked.Load())
	wouldBe.Range(func(address, _ any) bool {
		require.Regexp(t, `^(93\.184\.216\.34|\[2606:4700:4700::1111\]):`, address)
		return true
	})
	_, outside := wouldBe.Load(fmt.Sprintf("93.184.216.34:%d", inside.port))
	require.True(t, outside, "what is outside would be connected to")

	// What was let through for development is let through, and nothing else.
	open := New(Options{Open: rules.Networks{netip.MustParsePrefix("127.0.0.1/32")}, Timeout: time.Second, Resolver: dns.resolver(t)})
	require.Equal(t, rules.FaultConnection, open.Send(t.Context(), message(fmt.Sprintf("http://inside.example.com:%d/", inside.port))).Fault)
	require.EqualValues(t, 1, inside.accepted.Load())
	for _, url := range []string{"http://127.0.0.2:%d/", "http://[::1]:%d/", "https://127.0.0.2:%d/"} {
		require.Equal(t, rules.FaultAddress, open.Send(t.Context(), message(fmt.Sprintf(url, inside.port))).Fault, url)
	}
	require.EqualValues(t, 1, inside.accepted.Load())
}

func TestPorts(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"93.184.216.34:443": true, "93.184.216.34:8443": true, "[2606:4700:4700::1111]:1024": true,
		"93.184.216.34:80": false, "93.184.216.34:22": false, "93.184.216.34:25": false, "93.184.216.34:1023": false, "93.184.216.34:0": false, "93.184.216.34": false, "/run/x.sock": false,
	} {
		require.Equal(t, ok, guard{}.control(t.Context(), map[bool]string{true: "tcp6", false: "tcp4"}[address[0] == '['], address, nil) == nil, address)
	}
	require.Error(t, guard{}.control(t.Context(), "unix", "93.184.216.34:443", nil))
	require.Error(t, guard{plain: true}.control(t.Context(), "tcp4", "93.184.216.34:8080", nil), "http goes to our own networks only")
	require.NoError(t, guard{open: loopback, plain: true}.control(t.Context(), "tcp4", "127.0.0.1:80", nil))
	require.Error(t, guard{open: loopback}.control(t.Context(), "tcp4", "127.0.0.1:22", nil))
}
