package api

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhoACallerSpeaksFor(t *testing.T) {
	t.Parallel()
	trusted := networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("127.0.0.1/32")}
	const proxy = "10.0.0.1:40000"
	deep := strings.Repeat("10.0.0.9, ", maxHops+1) + "10.0.0.8"
	for name, tc := range map[string]struct {
		peer    string
		x       []string // X-Forwarded-For, a value a line
		forward []string // Forwarded
		want    string   // "": none
	}{
		"nobody in between":            {peer: "203.0.113.7:5000", want: "203.0.113.7"},
		"IPv6":                         {peer: "[2001:db8::7]:5000", want: "2001:db8::7"},
		"IPv4 in IPv6":                 {peer: "[::ffff:203.0.113.7]:5000", want: "203.0.113.7"},
		"with a zone":                  {peer: "[fe80::1%eth0]:5000", want: "fe80::1"},
		"no address":                   {peer: "@", want: ""},
		"a stranger's word":            {peer: "203.0.113.7:5000", x: []string{"198.51.100.1"}, forward: []string{"for=198.51.100.1"}, want: "203.0.113.7"},
		"a proxy that says nothing":    {peer: proxy, want: "10.0.0.1"},
		"one proxy":                    {peer: proxy, x: []string{"198.51.100.1"}, want: "198.51.100.1"},
		"spoofed in front":             {peer: proxy, x: []string{"1.2.3.4, 127.0.0.1, 198.51.100.1"}, want: "198.51.100.1"},
		"rubbish in front":             {peer: proxy, x: []string{`";DROP, \x00,, 198.51.100.1`}, want: "198.51.100.1"},
		"two proxies":                  {peer: proxy, x: []string{"1.2.3.4, 198.51.100.1, 10.1.1.1"}, want: "198.51.100.1"},
		"all trusted":                  {peer: proxy, x: []string{"10.2.2.2, 10.1.1.1"}, want: "10.2.2.2"},
		"two lines are one list":       {peer: proxy, x: []string{"198.51.100.1", "10.1.1.1"}, want: "198.51.100.1"},
		"empty elements":               {peer: proxy, x: []string{" , 198.51.100.1 , ,"}, want: "198.51.100.1"},
		"nothing in it":                {peer: proxy, x: []string{"", " , "}, want: "10.0.0.1"},
		"with a port":                  {peer: proxy, x: []string{"198.51.100.1:4711"}, want: "198.51.100.1"},
		"IPv6 by IPv6":                 {peer: "[fd00::1]:40000", x: []string{"2001:db8::1"}, want: "2001:db8::1"},
		"IPv6 with a port":             {peer: proxy, x: []string{"[2001:db8::1]:4711"}, want: "2001:db8::1"},
		"IPv6 in brackets":             {peer: proxy, x: []string{"[2001:db8::1]"}, want: "2001:db8::1"},
		"unreadable":                   {peer: proxy, x: []string{"198.51.100.1, unknown"}, want: "10.0.0.1"},
		"unreadable behind a proxy":    {peer: proxy, x: []string{"unknown, 10.1.1.1"}, want: "10.0.0.1"},
		"a name":                       {peer: proxy, x: []string{"evil.example"}, want: "10.0.0.1"},
		"CIDR":                         {peer: proxy, x: []string{"198.51.100.0/24"}, want: "10.0.0.1"},
		"too many hops":                {peer: proxy, x: []string{deep}, want: "10.0.0.1"},
		"huge, and right":              {peer: proxy, x: []string{strings.Repeat("x,", 15_000) + "198.51.100.1"}, want: "198.51.100.1"},
		"huge, and wrong":              {peer: proxy, x: []string{strings.Repeat("9", 30_000)}, want: "10.0.0.1"},
		"Forwarded":                    {peer: proxy, forward: []string{"for=198.51.100.1"}, want: "198.51.100.1"},
		"Forwarded, all of it":         {peer: proxy, forward: []string{`For="[2001:db8::1]:4711";proto=https;by=10.0.0.1`}, want: "2001:db8::1"},
		"Forwarded, spoofed":           {peer: proxy, forward: []string{`for="1.2.3.4`, "for=198.51.100.1;host=x"}, want: "198.51.100.1"},
		"Forwarded, two proxies":       {peer: proxy, forward: []string{`for=198.51.100.1, for="10.1.1.1:80"`}, want: "198.51.100.1"},
		"Forwarded, hidden":            {peer: proxy, forward: []string{"for=_secret"}, want: "10.0.0.1"},
		"Forwarded, without for":       {peer: proxy, forward: []string{"for=198.51.100.1, proto=https"}, want: "10.0.0.1"},
		"Forwarded, for twice":         {peer: proxy, forward: []string{"for=198.51.100.1;for=1.2.3.4"}, want: "10.0.0.1"},
		"Forwarded, a comma in quotes": {peer: proxy, forward: []string{`for=198.51.100.1;host="a,b"`}, want: "10.0.0.1"},
		"both, and the same":           {peer: proxy, x: []string{"198.51.100.1"}, forward: []string{"for=198.51.100.1"}, want: "198.51.100.1"},
		"both, and one made up":        {peer: proxy, x: []string{"198.51.100.1"}, forward: []string{"for=1.2.3.4"}, want: "10.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: tc.peer, Header: http.Header{}}
			for _, line := range tc.x {
				r.Header.Add("X-Forwarded-For", line)
			}
			for _, line := range tc.forward {
				r.Header.Add("Forwarded", line)
			}
			got, want := clientAddress(r, trusted), netip.Addr{}
			if tc.want != "" {
				want = netip.MustParseAddr(tc.want)
			}
			require.Equal(t, want, got)
		})
	}
}

// Whatever a client puts in front, the address is the one that the trusted proxy saw.
func FuzzClientAddress(f *testing.F) {
	f.Add("1.2.3.4, ", "for=1.2.3.4,")
	f.Add(`"`, `for="`)
	trusted := networks{netip.MustParsePrefix("10.0.0.0/8")}
	seen := netip.MustParseAddr("198.51.100.1")
	f.Fuzz(func(t *testing.T, x, forward string) {
		for name, line := range map[string]string{"X-Forwarded-For": x + ",198.51.100.1", "Forwarded": forward + ",for=198.51.100.1"} {
			r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{name: {line}}}
			require.Equal(t, seen, clientAddress(r, trusted))
		}
	})
}
