package domain

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSplitByHand(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		amount  int64
		weights []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{10, []int64{1, 2, 4}, []int64{1, 3, 6}}, // 1.43, 2.86, 5.71: the second has the largest remainder, then the third
		{1, []int64{0, 5, 5}, []int64{0, 1, 0}},
		{7, []int64{0, 0}, []int64{7, 0}},
		{0, []int64{3, 4}, []int64{0, 0}},
		{MaxAmount, []int64{MaxAmount, MaxAmount}, []int64{MaxAmount / 2, MaxAmount / 2}},
	} {
		var got []int64
		for _, part := range (Money{tc.amount, "INR"}).Split(tc.weights...) {
			require.Equal(t, Currency("INR"), part.Currency)
			got = append(got, part.Amount)
		}
		require.Equal(t, tc.want, got, "%d by %v", tc.amount, tc.weights)
	}
}

func TestSplitLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(-MaxAmount, MaxAmount).Draw(t, "amount")
		weights := rapid.SliceOfN(rapid.Int64Range(0, MaxAmount), 1, 12).Draw(t, "weights")
		total, sum := int64(0), int64(0)
		for _, w := range weights {
			total += w
		}
		for i, part := range (Money{amount, "INR"}).Split(weights...) {
			sum += part.Amount
			if total == 0 {
				continue
			}
			exact := new(big.Rat).Mul(big.NewRat(amount, 1), big.NewRat(weights[i], total))
			off := exact.Sub(exact, big.NewRat(part.Amount, 1))
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("part %d is off by %s", i, off.FloatString(3))
			}
		}
		if sum != amount {
			t.Fatalf("the parts of %d sum to %d", amount, sum)
		}
	})
}

func TestShareIsExactForAnyAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(-1<<62, 1<<62).Draw(t, "amount")
		share := rapid.Int64Range(0, 10_000).Draw(t, "share")
		product := new(big.Int).Mul(big.NewInt(amount), big.NewInt(2*share))
		product.Add(product, big.NewInt(int64(10_000*product.Sign())))
		want := product.Quo(product, big.NewInt(20_000)).Int64()
		if got := (Money{amount, "INR"}).Share(BasisPoints(share)).Amount; got != want {
			t.Fatalf("%d of %d is %d, want %d", share, amount, got, want)
		}
	})
}

func TestWithin(t *testing.T) {
	t.Parallel()
	delhi, err := time.LoadLocation("Asia/Kolkata")
	require.NoError(t, err)
	at := func(text string) time.Time {
		moment, err := time.ParseInLocation("2006-01-02 15:04", text, delhi)
		require.NoError(t, err)
		return moment.UTC()
	}
	// Fridays and Saturdays (5 and 6 June 2026) from 22:00 to 2:00.
	late := []Window{{[]int{4, 5}, 22 * 60, 2 * 60}}
	for text, want := range map[string]bool{
		"2026-06-05 21:59": false, "2026-06-05 22:00": true, "2026-06-06 01:59": true, "2026-06-06 02:00": false,
		"2026-06-07 01:00": true, "2026-06-07 22:30": false, "2026-06-05 01:00": false,
	} {
		require.Equal(t, want, Within(late, at(text), delhi), text)
	}
	require.True(t, Within(nil, at("2026-06-05 12:00"), delhi))
	require.True(t, at("2026-06-05 22:00").Equal(NextOf(late, at("2026-06-01 12:00"), delhi)))
	require.True(t, at("2026-06-06 22:00").Equal(NextOf(late, at("2026-06-05 22:00"), delhi)))
	require.True(t, at("2026-06-12 22:00").Equal(NextOf(late, at("2026-06-06 22:00"), delhi)))
	require.True(t, NextOf(nil, at("2026-06-05 12:00"), delhi).IsZero())
}
