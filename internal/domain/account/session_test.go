package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain/account"
)

func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]string{
		"203.0.113.7":                  {"203.0.113.7", "203.0.113.0/24"},
		"::ffff:203.0.113.7":           {"203.0.113.7", "203.0.113.0/24"},
		"2001:db8:1:2:3:4:5:6":         {"2001:db8:1:2::/64", "2001:db8:1::/48"},
		"2001:db8:1:2:ffff:4:5:6%eth0": {"2001:db8:1:2::/64", "2001:db8:1::/48"},
		"":                             {"unknown", ""},
		"@":                            {"unknown", ""},
		"203.0.113.7:80":               {"unknown", ""},
	} {
		require.Equal(t, want, [2]string{account.Network(address), account.Neighbourhood(address)}, address)
	}
}
