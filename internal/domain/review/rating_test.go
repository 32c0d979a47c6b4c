package review

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestFewVotesSayLittle(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		voted Tally
		from  Imported
		want  Rating
	}{
		"none":                        {want: Rating{0, 0}},
		"one best vote":               {voted: Tally{5, 1}, want: Rating{3.67, 1}},
		"ten best votes":              {voted: Tally{50, 10}, want: Rating{4.33, 10}},
		"a thousand best votes":       {voted: Tally{5000, 1000}, want: Rating{4.99, 1000}},
		"one worst vote":              {voted: Tally{1, 1}, want: Rating{3.22, 1}},
		"from elsewhere":              {from: Imported{4.9, 77}, want: Rating{4.71, 77}},
		"more elsewhere is no better": {from: Imported{4.9, 7700}, want: Rating{4.71, 7700}},
		"few elsewhere":               {from: Imported{4.9, 4}, want: Rating{3.97, 4}},
		"never rated elsewhere":       {from: Imported{0, 3}, want: Rating{0, 0}},
		"both":                        {Tally{100, 100}, Imported{4.9, 1000}, Rating{2.36, 1100}},
	} {
		require.Equal(t, tt.want, Rate(tt.voted, tt.from), name)
	}
}

// A thing with more votes of the same stars is never farther from them, and every rating lies between the prior and the votes.
func TestMoreVotesSayMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stars, votes := rapid.IntRange(MinStars, MaxStars).Draw(t, "stars"), rapid.IntRange(1, 10_000).Draw(t, "votes")
		few := Rate(Tally{int64(stars * votes), votes}, Imported{})
		more := Rate(Tally{int64(stars * votes * 2), votes * 2}, Imported{})
		require.LessOrEqual(t, math.Abs(more.Average-float64(stars)), math.Abs(few.Average-float64(stars)))
		low, high := min(PriorStars, float64(stars)), max(PriorStars, float64(stars))
		require.True(t, few.Average >= low && few.Average <= high, few)
	})
}

func TestChangesOfTallies(t *testing.T) {
	t.Parallel()
	r := Review{
		VendorID: domain.ID{4}, CourierID: domain.ID{5}, Stars: 4, CourierStars: 2, State: Published,
		Dishes: []DishStars{{thali, 5}, {lassi, 1}},
	}
	require.Equal(t, []Change{
		{OfVendor, domain.ID{4}, Tally{4, 1}}, {OfDish, thali, Tally{5, 1}}, {OfDish, lassi, Tally{1, 1}}, {OfCourier, domain.ID{5}, Tally{2, 1}},
	}, Changes(nil, &r))
	hidden := r
	hidden.State = Pending
	require.Empty(t, Changes(nil, &hidden))
	require.Equal(t, Tally{-4, -1}, Changes(&r, &hidden)[0].Tally)
	same := r
	same.Text = "other words"
	require.Empty(t, Changes(&r, &same))
	bitter := r
	bitter.Dishes = []DishStars{{thali, 2}}
	require.Equal(t, []Change{ // the vendor's row comes first, although nothing of it changes
		{OfVendor, domain.ID{4}, Tally{}}, {OfDish, thali, Tally{-3, 0}}, {OfDish, lassi, Tally{-1, -1}},
	}, Changes(&r, &bitter))
	picked := r
	picked.CourierID, picked.CourierStars = domain.Nil, 0
	require.Len(t, Changes(nil, &picked), 3)
}
