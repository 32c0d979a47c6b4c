package webhook_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/webhook"
)

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for text, public := range map[string]bool{
		"93.184.216.34": true, "8.8.8.8": true, "1.1.1.1": true, "172.15.0.1": true, "172.32.0.1": true, "100.63.0.1": true, "100.128.0.1": true, "223.255.255.255": true,
		"2606:4700:4700::1111": true, "2a00:1450:4001::1": true, "::ffff:8.8.8.8": true,

		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "127.0.0.1": false, "127.255.255.254": false, "100.64.0.1": false, "100.100.100.200": false, "169.254.169.254": false,
		"172.16.0.1": false, "172.31.255.255": false, "192.168.0.1": false, "192.0.0.192": false, "192.0.2.1": false, "192.88.99.1": false, "198.18.0.1": false,
		"198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "239.255.255.250": false, "240.0.0.1": false, "255.255.255.255": false, "168.63.129.16": false,
		"::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "64:ff9b::7f00:1": false,
		"64:ff9b:1::a00:1": false, "2002:7f00:1::": false, "2002:a00:1::1": false, "2001::1": false, "2001:0:7f00:1::": false, "2001:db8::1": false, "3fff::1": false,
		"fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fec0::1": false, "ff02::1": false, "100::1": false, "5f00::1": false,
	} {
		require.Equal(t, public, webhook.Public(netip.MustParseAddr(text)), text)
	}
	require.False(t, webhook.Public(netip.Addr{}))
	require.False(t, webhook.Public(netip.MustParseAddr("2606:4700::1%eth0")))
}

func TestURLs(t *testing.T) {
	t.Parallel()
	here := webhook.Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for text, is := range map[string]string{
		"https://pos.example.com":                              "https://pos.example.com",
		"HTTPS://POS.Example.com/Zoop?key=A":                   "https://pos.example.com/Zoop?key=A",
		"https://pos.example.com:443/":                         "https://pos.example.com:443/",
		"https://pos.example.com:8443/":                        "https://pos.example.com:8443/",
		"https://8.8.8.8/":                                     "https://8.8.8.8/",
		"https://[2606:4700:4700::1111]:8443/":                 "https://[2606:4700:4700::1111]:8443/",
		"https://xn--bcher-kva.example/":                       "https://xn--bcher-kva.example/",
		"https://a.b" + strings.Repeat("/x", 990):              "https://a.b" + strings.Repeat("/x", 990),
		"http://pos.example.com/":                              "",
		"ftp://pos.example.com/":                               "",
		"//pos.example.com/":                                   "",
		"https:pos.example.com":                                "",
		"https:///x":                                           "",
		"pos.example.com":                                      "",
		"":                                                     "",
		"https://pos.example.com/\u202e":                       "",
		"https://pos.example.com/\x00":                         "",
		"https://pos.example.com/ x\r\nHost: y":                "",
		"https://user:secret@pos.example.com/":                 "",
		"https://pos.example.com/#x":                           "",
		"https://pos.example.com/#":                            "",
		"https://pos.example.com:80/":                          "",
		"https://pos.example.com:25/":                          "",
		"https://pos.example.com:0/":                           "",
		"https://pos.example.com:65536/":                       "",
		"https://pos.example.com:/":                            "",
		"https://localhost/":                                   "",
		"https://pos.localhost/":                               "",
		"https://pos/":                                         "",
		"https://redis.internal/":                              "",
		"https://printer.local/":                               "",
		"https://1.0.0.127.in-addr.arpa/":                      "",
		"https://pos.example.com./":                            "",
		"https://-a.example.com/":                              "",
		"https://a..example.com/":                              "",
		"https://bücher.example/":                              "",
		"https://127.0.0.1/":                                   "",
		"https://127.1/":                                       "",
		"https://2130706433/":                                  "",
		"https://0x7f000001/":                                  "",
		"https://0x7f.0.0.1/":                                  "",
		"https://0177.0.0.1/":                                  "",
		"https://127.0.0.01/":                                  "",
		"https://10.0.0.1/":                                    "",
		"https://169.254.169.254/latest/meta-data/":            "",
		"https://[::1]/":                                       "",
		"https://[::ffff:127.0.0.1]/":                          "",
		"https://[::ffff:a9fe:a9fe]/":                          "",
		"https://[64:ff9b::7f00:1]/":                           "",
		"https://[fe80::1%25eth0]/":                            "",
		"https://" + strings.Repeat("a", 64) + ".com/":         "",
		"https://" + strings.Repeat("a.", 127) + "com/":        "",
		"https://pos.example.com/" + strings.Repeat("x", 2000): "",
	} {
		got, err := webhook.ParseURL(text, nil)
		if is == "" {
			var e *domain.Error
			require.ErrorAs(t, err, &e, text)
			require.Equal(t, "url", e.Fields[0].Field, text)
			continue
		}
		require.NoError(t, err, text)
		require.Equal(t, is, got)
		again, err := webhook.ParseURL(got, nil)
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
	for text, ok := range map[string]bool{
		"http://127.0.0.1:4370/zoop": true, "http://localhost:4370/": true, "https://[::1]:4370/": true, "http://localhost/": true, "http://pos.example.com/": true,
		"http://10.0.0.1:4370/": false, "http://[fe80::1]:4370/": false, "http://127.0.0.1:22/": false, "http://db:4370/": false,
	} {
		_, err := webhook.ParseURL(text, here)
		require.Equal(t, ok, err == nil, "%s: %v", text, err)
	}
}

func TestWhatIsShownOfURLs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "https://pos.example.com/a?…", webhook.WithoutQuery("https://pos.example.com/a?key=1"))
	require.Equal(t, "https://pos.example.com/a", webhook.WithoutQuery("https://pos.example.com/a"))
	require.Equal(t, "pos.example.com:8443", webhook.Host("https://pos.example.com:8443/a?key=1"))
}

func TestFilters(t *testing.T) {
	t.Parallel()
	for _, ok := range [][]string{{"*"}, {"order.*", "vendor.paused"}, {"order.placed", "order.placed"}} {
		_, err := webhook.ParseFilter(ok)
		require.NoError(t, err, ok)
	}
	for _, wrong := range [][]string{nil, {""}, {"order"}, {"order.plced"}, {"courier.*"}, {"*.placed"}, {".*"}, {"order.**"}, {"ping"}, slices.Repeat([]string{"*"}, 51)} {
		_, err := webhook.ParseFilter(wrong)
		require.Equal(t, domain.Invalid, domain.KindOf(err), wrong)
	}
	got, err := webhook.ParseFilter([]string{"vendor.*", "order.placed", "vendor.*"})
	require.NoError(t, err)
	require.Equal(t, []string{"order.placed", "vendor.*"}, got)
	for kind, wanted := range map[string]bool{"order.placed": true, "order.accepted": false, "vendor.paused": true, "payment.captured": false} {
		require.Equal(t, wanted, webhook.Wants(got, kind), kind)
		require.True(t, webhook.Wants([]string{"*"}, kind))
	}
}

func TestTheScheduleIsThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	var least, most time.Duration
	tries := 1
	for ; ; tries++ {
		pause, ok := webhook.Pause(tries, 0)
		if !ok {
			break
		}
		longest, _ := webhook.Pause(tries, 0.999)
		least, most = least+pause, most+longest
	}
	require.Equal(t, 10, tries, "attempts")
	require.Equal(t, 75*time.Hour+35*time.Minute+5*time.Second, least)
	require.Less(t, most, webhook.GiveUpAfter)
	first, _ := webhook.Pause(1, 0.5)
	require.Equal(t, 5250*time.Millisecond, first)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	h := webhook.Health{Slow: true}.After("", 100*time.Millisecond, now)
	require.Equal(t, webhook.Health{}, h)
	require.Zero(t, h.Rest())
	require.True(t, h.After("", 3*time.Second, now).Slow)
	for n := 1; n <= 30; n++ {
		h = h.After(webhook.FaultTimeout, time.Second, now)
		require.Equal(t, n, h.Failures)
		require.Equal(t, now, h.Since)
		require.True(t, h.Slow)
		require.False(t, h.Hopeless(now.Add(5*24*time.Hour-time.Second)))
		require.Equal(t, n >= 20, h.Hopeless(now.Add(5*24*time.Hour)))
	}
	require.Equal(t, 5*time.Minute, h.Rest())
	require.Equal(t, time.Second, webhook.Health{Failures: 1}.Rest())
	require.Equal(t, 64*time.Second, webhook.Health{Failures: 7}.Rest())
	require.Equal(t, webhook.Health{}, h.After("", time.Second, now))
}

func TestMessageIDs(t *testing.T) {
	t.Parallel()
	thing := domain.MustParseID("01900000-0000-7000-8000-000000000001")
	require.Equal(t, "evt_01900000-0000-7000-8000-000000000001_7", webhook.MessageID(thing, 7))
	require.Equal(t, "test_01900000-0000-7000-8000-000000000001", webhook.SampleID(thing))
	require.NotContains(t, webhook.MessageID(thing, 7), ".", "what is signed is separated by full stops")
}
