package webhook

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Networks are those of ours that webhooks may go to all the same, by http too. There are none but for development.
type Networks []netip.Prefix

// Has says whether an address is in one of them.
func (n Networks) Has(a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(n, func(p netip.Prefix) bool { return p.Contains(a) })
}

// special are the networks of IANA's registries of special purposes that are nobody's on the public Internet, or lead to another
// address than they say; and one that a large cloud has its own services at.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", // Azure's virtual machines ask their host there
	"2001::/23",        // Teredo, ORCHID and other protocols
	"2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// global is all of IPv6 that is anybody's. Outside are mapped and translated (NAT64) IPv4, loopback, private, link-local and multicast.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// Public says whether an address may be somebody's on the public Internet. IPv4 in IPv6's clothes is judged as what it is.
func Public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if a.Is6() && !global.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// AllowedPort says whether webhooks go to a port: 443 and those that no service of a system has, which begin with 1024; of http, 80.
func AllowedPort(port int, plain bool) bool {
	return port >= 1024 && port <= 65535 || port == 443 && !plain || port == 80 && plain
}

// private are the ends of names that have no place on the public Internet.
var private = []string{"localhost", "local", "internal", "intranet", "lan", "home", "arpa", "onion", "invalid", "test"}

// ParseURL reads where webhooks go to: https to a name or a public address, and in one form. Whether a name leads where it may is seen
// when it is dialled. Networks add their addresses, localhost and http. Invalid "url".
func ParseURL(text string, n Networks) (string, error) {
	u, err := url.Parse(text)
	switch {
	case len(text) > MaxURL || domain.CheckLine("url", text) != nil || err != nil || u.Opaque != "" || u.Hostname() == "":
		return "", domain.Invalidf("url", "format", "must be a URL of at most %d characters, such as https://pos.example.com/zoop", MaxURL)
	case u.Scheme != "https" && (u.Scheme != "http" || len(n) == 0):
		return "", domain.Invalidf("url", "scheme", "must begin with https://")
	case u.User != nil:
		return "", domain.Invalidf("url", "userinfo", "must not have a user or password: webhooks are signed")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return "", domain.Invalidf("url", "fragment", "must not have a fragment")
	}
	if err := checkPort(u); err != nil {
		return "", err
	}
	if err := checkHost(u.Hostname(), n); err != nil {
		return "", err
	}
	u.Host = strings.ToLower(u.Host)
	return u.String(), nil
}

func checkPort(u *url.URL) error {
	if u.Port() == "" && !strings.HasSuffix(u.Host, ":") {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil || !AllowedPort(port, u.Scheme == "http") {
		return domain.Invalidf("url", "port", "must be at port 443, or one from 1024 to 65535")
	}
	return nil
}

func checkHost(host string, n Networks) error {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Zone() == "" && n.Has(a) || Public(a) {
			return nil
		}
		return domain.Invalidf("url", "address", "must be at a public address")
	}
	host = strings.ToLower(host)
	if host == "localhost" && len(n) > 0 {
		return nil
	}
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	switch {
	case len(host) > 253 || !slices.ContainsFunc([]rune(last), isLetter) || strings.HasPrefix(last, "0x"):
		return domain.Invalidf("url", "host", "must be at a name such as pos.example.com, or a public address in its usual form")
	case len(labels) < 2 || slices.Contains(private, last):
		return domain.Invalidf("url", "host", "must be at a name of the public Internet, such as pos.example.com")
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || l[0] == '-' || l[len(l)-1] == '-' {
			return domain.Invalidf("url", "host", "must be at a name of letters, digits and dashes; other scripts are written as xn--…")
		}
	}
	return nil
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' }

// WithoutQuery is a URL for those who need not know what stands after its path, where keys may be.
func WithoutQuery(text string) string {
	before, _, found := strings.Cut(text, "?")
	if found {
		before += "?…"
	}
	return before
}

// SameHost says whether two URLs lead to one host, by whatever way, scheme or port, and however it is spelled.
func SameHost(a, b string) bool {
	host := hostname(a)
	return host != "" && host == hostname(b)
}

// hostname is a URL's host without its port, in one spelling.
func hostname(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return a.Unmap().String()
	}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// Host is where a URL leads, without the way there.
func Host(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}
