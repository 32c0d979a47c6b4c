package phone

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNormal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, region, want string }{
		{"+91 (11) 2345-6789", "", "+911123456789"},
		{"011 2345 6789", "IN", "+911123456789"},
		{"00351 912 345 678", "PT", "+351912345678"},
		{"+351912345678", "IN", "+351912345678"},
		{"011 2345 6789", "", ""},
		{"+91 1", "", ""},
		{"+999 123456789", "", ""},
		{"call me", "IN", ""},
		{"", "IN", ""},
	} {
		got, ok := Normal(c.text, c.region)
		require.Equal(t, c.want, got, c.text)
		require.Equal(t, c.want != "", ok, c.text)
	}
}
