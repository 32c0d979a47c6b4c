package eta

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func mins(n float64) time.Duration { return time.Duration(n * float64(time.Minute)) }

// day is a history of so many orders, spread over two weeks at an hour of the day, each after so long.
func day(n, hour int, took func(i int) time.Duration) (out []Cooked) {
	for i := range n {
		at := time.Date(2026, 4, 1+i%14, hour, i/14%60, 0, 0, time.UTC)
		out = append(out, Cooked{AskedAt: at.Add(-time.Minute), AcceptedAt: at, ReadyBy: at.Add(mins(15)), ReadyAt: at.Add(took(i))})
	}
	return out
}

func TestAKitchenIsLearned(t *testing.T) {
	t.Parallel()
	stated := Stated{Minutes: 15}
	prior := Expect(stated)
	lunch := day(280, 12, func(i int) time.Duration { return mins(20 + float64(i%5)) }) // 20 … 24
	night := day(280, 21, func(i int) time.Duration { return mins(30 + float64(i%5)) }) // 30 … 34
	k, own, n := Learn(time.UTC, append(lunch, night...), prior)
	require.Equal(t, 560, n)
	require.InDelta(t, 27, own.Cooking.Typical.Minutes(), 1)
	require.InDelta(t, 22, k.Cooking[12], 1)
	require.InDelta(t, 31, k.Cooking[21], 1.5, "hours differ")
	require.InDelta(t, 26, k.Cooking[3], 1, "an hour without orders is as the day")
	require.Equal(t, 1, k.Answer)
	require.InDelta(t, 11, k.Late, 2, "it says 15 whatever the hour")
	require.InDelta(t, mins(22+1).Minutes(), first(k.Ready(stated, noon, UsualLoad)).Minutes(), 1.5)

	// Elsewhere noon is another hour.
	kolkata := time.FixedZone("IST", 5*3600+1800)
	k, _, _ = Learn(kolkata, lunch, prior)
	require.Zero(t, k.Usual[12])
	require.Positive(t, k.Usual[17])
}

func first[A, B any](a A, _ B) A { return a }

func TestAKitchenIsSlowerWithMoreOrders(t *testing.T) {
	t.Parallel()
	var history []Cooked
	for d := range 28 {
		for i := range 16 { // one after the other, and every second day all at once
			at := time.Date(2026, 4, 1+d, 12, i*2, 0, 0, time.UTC)
			took := mins(2)
			if d%2 == 1 {
				took = mins(10 + 2*float64(i))
				at = time.Date(2026, 4, 1+d, 12, 0, i, 0, time.UTC)
			}
			history = append(history, Cooked{AcceptedAt: at, ReadyBy: at, ReadyAt: at.Add(took)})
		}
	}
	k, _, _ := Learn(time.UTC, history, Expect(Stated{Minutes: 10}))
	s := Stated{Minutes: 10}
	require.Less(t, k.Cook(s, noon, 0), k.Cook(s, noon, 15))
	require.Equal(t, 100, k.Load[asEver])
}

func TestWhatAVendorSaysBoundsWhatIsKnown(t *testing.T) {
	t.Parallel()
	var k Kitchen
	require.Equal(t, mins(15), k.Cook(Stated{Minutes: 15}, noon, 7), "nothing is known")
	require.Equal(t, mins(25), k.Cook(Stated{15, 10}, noon, UsualLoad))
	for h := range k.Cooking {
		k.Cooking[h] = 40
	}
	require.Equal(t, mins(40), k.Cook(Stated{Minutes: 30}, noon, UsualLoad))
	require.Equal(t, mins(30+5), k.Cook(Stated{15, 5}, noon, UsualLoad), "at most twice that, and busy is busy")
	require.Equal(t, mins(60), k.Cook(Stated{Minutes: 120}, noon, UsualLoad), "at least half")
}

func TestAClaimIsCorrectedByWhatIsUsual(t *testing.T) {
	t.Parallel()
	c := Claim{ReadyBy: noon.Add(mins(10)), Late: mins(8)}
	require.Equal(t, noon.Add(mins(18)), c.Ready(noon))
	require.Equal(t, noon.Add(mins(20)), c.Ready(noon.Add(mins(18))).Add(mins(2)), "to the minute")
	require.Equal(t, noon.Add(mins(21)), c.Ready(noon.Add(mins(19))), "it must come soon")
	c.ReadyAt = noon.Add(mins(3))
	require.Equal(t, c.ReadyAt, c.Ready(noon.Add(mins(30))), "it is ready")
	require.Equal(t, noon, Claim{ReadyBy: noon.Add(mins(10)), Made: true}.Ready(noon), "it is, since nobody knows when")
	early := Claim{ReadyBy: noon.Add(mins(10)), Late: -mins(4)}
	require.Equal(t, noon.Add(mins(6)), early.Ready(noon))
}

// Cold start: a cuisine in a city counts before the cuisine, that before all, and each the more vendors it has.
func TestExpectationsGoFromWideToNarrow(t *testing.T) {
	t.Parallel()
	of := func(n float64) Record { return Record{Cooking: Spread{mins(n), mins(n + 5)}} }
	s := Stated{Minutes: 10}
	require.Equal(t, Spread{mins(10), mins(12)}, Expect(s).Cooking, "of which nothing is known, nobody knows that it always takes as long")
	require.Equal(t, Spread{mins(10), mins(12)}, Expect(s, Group{}, Group{}).Cooking)
	k, _, _ := Learn(time.UTC, nil, Expect(Stated{Minutes: 20}))
	expected, margin := k.Ready(Stated{Minutes: 20}, noon, UsualLoad)
	require.Equal(t, []time.Duration{mins(20), mins(4)}, []time.Duration{expected, margin})
	require.InDelta(t, 20, Expect(s, Group{1000, of(40)}, Group{500, of(30)}, Group{1000, of(20)}).Cooking.Typical.Minutes(), 0.2)
	require.InDelta(t, 30, Expect(s, Group{1000, of(40)}, Group{500, of(30)}).Cooking.Typical.Minutes(), 0.2)
	require.InDelta(t, 20, Expect(s, Group{3, of(30)}).Cooking.Typical.Minutes(), 0.01, "three vendors are half believed")
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Group {
			return Group{rapid.IntRange(0, 50).Draw(t, "vendors"), of(float64(rapid.IntRange(1, 90).Draw(t, "minutes")))}
		}), 0, 3).Draw(t, "kinds")
		said := rapid.IntRange(1, 90).Draw(t, "said")
		least, most := mins(float64(said)), mins(float64(said))
		for _, k := range kinds {
			least, most = min(least, k.Mean.Cooking.Typical), max(most, k.Mean.Cooking.Typical)
		}
		got := Expect(Stated{Minutes: said}, kinds...).Cooking
		if got.Typical < least || got.Typical > most || got.Cautious < got.Typical {
			t.Fatalf("%v of %v said %d", got, kinds, said)
		}
	})
}

func histories() *rapid.Generator[[]Cooked] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Cooked {
		at := noon.Add(-time.Duration(rapid.IntRange(0, 28*24*60).Draw(t, "ago")) * time.Minute)
		return Cooked{
			AskedAt: at.Add(-mins(float64(rapid.IntRange(0, 9).Draw(t, "asked")))), AcceptedAt: at,
			ReadyBy: at.Add(mins(float64(rapid.IntRange(1, 60).Draw(t, "said")))),
			ReadyAt: at.Add(mins(float64(rapid.IntRange(0, 300).Draw(t, "took")))), Planned: rapid.Bool().Draw(t, "planned"),
		}
	}), 0, 120)
}

// Whatever happened, what is learned lies between what was expected and what was, within bounds, and never falls with the load.
func TestWhatIsLearnedIsBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		history := histories().Draw(t, "history")
		stated := Stated{rapid.IntRange(1, 120).Draw(t, "stated"), 0}
		prior := Expect(stated)
		k, own, n := Learn(time.UTC, history, prior)
		if own.Cooking.Typical > own.Cooking.Cautious || own.Answer.Typical > own.Answer.Cautious || own.Late.Typical > own.Late.Cautious {
			t.Fatalf("quantiles cross: %v", own)
		}
		for h := range 24 {
			at := time.Date(2026, 5, 4, h, 0, 0, 0, time.UTC)
			if n == 0 && k.Cook(stated, at, UsualLoad) != prior.Cooking.Typical {
				t.Fatalf("learned from nothing: %v", k.Cook(stated, at, UsualLoad))
			}
			least, most := min(own.Cooking.Typical, prior.Cooking.Typical), max(own.Cooking.Typical, prior.Cooking.Typical)
			if n == 0 {
				least, most = prior.Cooking.Typical, prior.Cooking.Typical
			}
			if got := mins(float64(k.Cooking[h])); got < least/2-time.Minute || got > 2*most+time.Minute {
				t.Fatalf("%v is not about %v … %v", got, least, most)
			}
			if k.Margin[h] < 0 || k.Usual[h] < 0 {
				t.Fatalf("negative: %v", k)
			}
			last := time.Duration(0)
			for load := range 40 {
				got := k.Cook(stated, at, load)
				if got < last || got <= 0 {
					t.Fatalf("%d orders take %v, one less %v", load, got, last)
				}
				last = got
			}
		}
		if k.Answer < 0 || k.Answer > 30 || k.Late < -15 || k.Late > 60 {
			t.Fatalf("out of bounds: %v", k)
		}
	})
}

// The longer a history of the same, the closer to it; and order does not matter.
func TestOwnHistoryTakesOver(t *testing.T) {
	t.Parallel()
	last := 60
	for _, n := range []int{0, 10, 30, 100, 1000} {
		k, _, _ := Learn(time.UTC, day(n, 12, func(int) time.Duration { return mins(20) }), Expect(Stated{Minutes: 60}))
		require.LessOrEqual(t, k.Cooking[12], last)
		last = k.Cooking[12]
	}
	require.InDelta(t, 21, last, 1)
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	require.Zero(t, quantile(nil, 0.5))
	require.InDelta(t, 2.5, quantile([]float64{4, 1, 3, 2}, 0.5), 1e-9)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 30).Draw(t, "values")
		a, b := rapid.Float64Range(0, 1).Draw(t, "a"), rapid.Float64Range(0, 1).Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		if quantile(values, a) > quantile(values, b)+1e-9 {
			t.Fatal("quantiles cross")
		}
	})
}

func TestMarginsOfIndependentThingsAddUpLessThanTheirSum(t *testing.T) {
	t.Parallel()
	require.Equal(t, 5, margin(mins(3), mins(4)))
	require.Equal(t, 0, margin(0, 0))
	require.Equal(t, 4, margin(mins(3.2)))
}

func TestLoadsAreStepsOfDoublings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ load, usual, want int }{{0, 0, 2}, {1, 0, 3}, {3, 0, 4}, {100, 0, 5}, {0, 7, 0}, {7, 7, 2}, {15, 7, 3}, {3, 7, 1}} {
		require.Equal(t, c.want, step(c.load, c.usual), "%v", c)
	}
}
