package search

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAlike(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typed, word string
		want        bool
	}{
		{"piza", "pizza", true},
		{"chiken", "chicken", true},
		{"noodels", "noodles", true}, // two neighbours swapped are one error
		{"panner", "paneer", true},
		{"biriyani", "biryani", true},
		{"manchuiran", "manchurian", true}, // two errors in a long word
		{"बरयानी", "बिरयानी", true},
		{"pizza", "pizza", false}, // the same is not another
		{"tea", "sea", false},     // too short for an error
		{"pasta", "pesto", false}, // two errors in a short word
		{"burger", "bulgur", false},
		{"manchester", "manchurian", false},
	} {
		require.Equal(t, tt.want, Alike(tt.typed, tt.word), "%s, %s", tt.typed, tt.word)
	}
}

// TestDistanceBounds holds the distance to what any must be: symmetric, zero for the same alone, at most the longer length, and as
// given when there is no bound or one that it keeps.
func TestDistanceBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SliceOfN(rapid.RuneFrom([]rune("abcब")), 0, 7)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		const unbounded = 100
		d := distance(a, b, unbounded)
		require.Equal(t, d, distance(b, a, unbounded))
		require.Equal(t, d == 0, string(a) == string(b))
		require.LessOrEqual(t, d, max(len(a), len(b)))
		most := rapid.IntRange(0, 7).Draw(t, "most")
		require.Equal(t, min(d, most+1), min(distance(a, b, most), most+1))
	})
}

func TestTerms(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"paneer", "tikka"}, Terms([]string{"paneer", "tikka", "paneer", ""}))
	require.Equal(t, []string{"豆腐"}, Terms([]string{"豆腐", "腐"}))
	require.Equal(t, []string{"腐"}, Terms([]string{"腐"}))
	require.Equal(t, []string{"7a", "a"}, Terms([]string{"7a", "a"}))
	require.Len(t, Terms([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"}), maxTerms)
	require.Empty(t, Terms([]string{""}))
}
