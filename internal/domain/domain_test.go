package domain

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestIDsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var id ID
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		back, err := ParseID(id.String())
		if err != nil || back != id {
			t.Fatalf("%s came back as %s, %v", id, back, err)
		}
	})
	for _, wrong := range []string{"", "nope", "01900000-0000-7000-8000-00000000000g", "01900000-0000-7000-8000-0000000000000", "01900000000070008000000000000000"} {
		_, err := ParseID(wrong)
		require.Equal(t, Invalid, KindOf(err), wrong)
	}
}

func TestMoneyIsRoundedOnce(t *testing.T) {
	t.Parallel()
	inr := func(n int64) Money { return Money{n, "INR"} }
	for _, tc := range []struct {
		amount int64
		share  BasisPoints
		want   int64
	}{{24900, 500, 1245}, {10, 500, 1}, {9, 500, 0}, {-10, 500, -1}, {-9, 500, 0}, {0, 500, 0}, {1, 10000, 1}} {
		require.Equal(t, inr(tc.want), inr(tc.amount).Share(tc.share), "%d × %d", tc.amount, tc.share)
	}
	require.Panics(t, func() { inr(1).Add(Money{1, "USD"}) })
	require.Equal(t, "INR 249.00", inr(24900).String())
	require.Equal(t, "-0.05", inr(-5).Decimal())
	require.Equal(t, "500", Money{500, "JPY"}.Decimal())
	require.Equal(t, "0.007", Money{7, "KWD"}.Decimal())
	require.Equal(t, Money{1005, "INR"}, FromMajor(10.05, "INR"))
}

func TestDistances(t *testing.T) {
	t.Parallel()
	delhi, agra := Point{28.6139, 77.2090}, Point{27.1767, 78.0081}
	require.InDelta(t, 178_000, delhi.Meters(agra), 1_000) // by any atlas
	require.Zero(t, delhi.Meters(delhi))
	require.InDelta(t, delhi.Meters(agra), agra.Meters(delhi), 1e-6)
	require.False(t, Point{}.Valid())
	require.False(t, Point{91, 0}.Valid())
}

func TestErrorsAreComparedByCode(t *testing.T) {
	t.Parallel()
	a := Errorf(Conflict, "price_changed", "one")
	require.ErrorIs(t, error(Errorf(Conflict, "price_changed", "two").With("x", 1)), a)
	require.NotErrorIs(t, error(Errorf(Conflict, "other", "one")), a)
	cause := errors.New("root")
	e := Errorf(Unavailable, "unavailable", "away")
	e.Cause = cause
	require.ErrorIs(t, error(e), cause)
	require.NotContains(t, e.Error(), "root", "the cause is for the log")
}

func TestParseMoneyReadsWhatStringWrites(t *testing.T) {
	t.Parallel()
	for _, m := range []Money{{0, "INR"}, {5, "INR"}, {24_900, "INR"}, {7, "JPY"}, {1_001, "KWD"}, {MaxAmount, "USD"}} {
		got, err := ParseMoney("limit", m.String())
		require.NoError(t, err)
		require.Equal(t, m, got)
	}
	whole, err := ParseMoney("limit", "INR 249")
	require.NoError(t, err)
	require.EqualValues(t, 24_900, whole.Amount)
	for _, bad := range []string{"", "INR", "249", "XXX 1", "INR -1", "INR +1", "INR 1.234", "INR 1.", "INR .5", "JPY 1.0", "INR 1e3", "INR 10000000000.01", "INR 1 2", "inr 1"} {
		_, err := ParseMoney("limit", bad)
		require.Equal(t, Invalid, KindOf(err), bad)
	}
}

func TestPercentIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]BasisPoints{"0%": 0, "20%": 2000, "12.5%": 1250, "17.25%": 1725, "0.01%": 1, "100%": 10_000} {
		got, err := ParsePercent("share", text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		require.Equal(t, text, got.Percent())
	}
	for _, text := range []string{"", "%", "20", "20 %%", "-1%", "100.01%", "1.234%", "1.%", ".5%", "+5%", "1e2%", "4294967297%"} {
		_, err := ParsePercent("share", text)
		require.Equal(t, Invalid, KindOf(err), text)
	}
}
