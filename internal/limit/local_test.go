package limit_test

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/limit"
)

var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func key(name string, n uint64) (k limit.Key) {
	k.Name = name
	binary.BigEndian.PutUint64(k.ID[:], n)
	return k
}

func genRate(t *rapid.T) limit.Rate {
	return limit.Rate{
		Every: time.Duration(rapid.IntRange(1, 5_000_000).Draw(t, "every")) * time.Microsecond,
		Burst: rapid.IntRange(1, 20).Draw(t, "burst"),
	}
}

// bucket is the other way to tell the same rate: a bucket that holds the burst, leaks one drop an interval, and may not overflow.
type bucket struct {
	limit.Rate
	level time.Duration
	at    time.Time
}

func (b *bucket) take(now time.Time) bool {
	b.level = max(0, b.level-now.Sub(b.at))
	b.at = now
	if b.level+b.Every > b.Window() {
		return false
	}
	b.level += b.Every
	return true
}

func TestRatesKeepTheirNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ask := limit.Ask{Key: key("k", 1), Rate: genRate(t)}
		l, now := limit.NewLocal(0, start), start
		model := bucket{Rate: ask.Rate, at: start}
		var allowed []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			pause := rapid.Int64Range(0, 2*ask.Rate.Every.Microseconds()).Draw(t, "pause")
			now = now.Add(time.Duration(pause) * time.Microsecond)
			v := l.Take(now, ask)
			require.Equal(t, model.take(now), v.OK)
			if v.OK {
				allowed = append(allowed, now)
				require.Equal(t, int((ask.Rate.Window()-model.level)/ask.Rate.Every), v.Remaining)
				require.Equal(t, model.level, v.Reset)
				continue
			}
			require.Positive(t, v.RetryAfter)
			require.False(t, l.Peek(now.Add(v.RetryAfter-time.Microsecond), ask).OK, "too early by a microsecond")
			require.True(t, l.Peek(now.Add(v.RetryAfter), ask).OK, "as promised")
		}
		for i := range allowed {
			for j := i; j < len(allowed); j++ {
				most := ask.Rate.Burst + int(allowed[j].Sub(allowed[i])/ask.Rate.Every)
				require.LessOrEqual(t, j-i+1, most, "burst + rate·t")
			}
		}
	})
}

func TestARefusalUsesNothingUp(t *testing.T) {
	t.Parallel()
	wide := limit.Ask{Key: key("wide", 1), Rate: limit.Rate{Every: time.Second, Burst: 10}}
	tight := limit.Ask{Key: key("tight", 2), Rate: limit.Rate{Every: time.Minute, Burst: 2}}
	for _, asks := range [][]limit.Ask{{wide, tight}, {tight, wide}} {
		l := limit.NewLocal(0, start)
		for range 2 {
			v := l.Take(start, asks...)
			require.True(t, v.OK)
			require.Equal(t, tight.Key, asks[v.Which].Key, "the one with the least left")
		}
		for range 20 {
			v := l.Take(start, asks...)
			require.False(t, v.OK)
			require.Equal(t, tight.Key, asks[v.Which].Key)
			require.Equal(t, time.Minute, v.RetryAfter)
		}
		require.Equal(t, 7, l.Take(start, wide).Remaining)
	}
}

func TestTheLongestRefusalIsTold(t *testing.T) {
	t.Parallel()
	l := limit.NewLocal(0, start)
	short := limit.Ask{Key: key("short", 1), Rate: limit.Rate{Every: time.Second, Burst: 1}}
	long := limit.Ask{Key: key("long", 1), Rate: limit.Rate{Every: time.Hour, Burst: 1}}
	require.True(t, l.Take(start, short, long).OK)
	v := l.Take(start, short, long)
	require.Equal(t, limit.Verdict{Which: 1, RetryAfter: time.Hour, Reset: time.Hour}, v)
}

func TestAllAtOnceGetTheBurst(t *testing.T) {
	t.Parallel()
	l := limit.NewLocal(0, start)
	one := limit.Ask{Key: key("one", 1), Rate: limit.Rate{Every: time.Second, Burst: 25}}
	two := limit.Ask{Key: key("two", 2), Rate: limit.Rate{Every: time.Second, Burst: 1000}}
	var allowed atomic.Int64
	var group sync.WaitGroup
	for i := range 200 {
		group.Go(func() {
			asks := []limit.Ask{one, two}
			if i%2 == 0 {
				slices.Reverse(asks)
			}
			if l.Take(start, asks...).OK {
				allowed.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 25, allowed.Load())
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const most = 6400
	l := limit.NewLocal(most, start)
	rate := limit.Rate{Every: time.Second, Burst: 3}
	now := start
	heavy := limit.Ask{Key: key("heavy", 1), Rate: limit.Rate{Every: 24 * time.Hour, Burst: 2}}
	l.Take(now, heavy)
	l.Take(now, heavy)
	for n := range uint64(1_000_000) {
		now = now.Add(10 * time.Microsecond)
		require.True(t, l.Take(now, limit.Ask{Key: key("address", n), Rate: rate}).OK)
	}
	require.LessOrEqual(t, l.Len(), most)
	require.False(t, l.Take(now, heavy).OK, "who is limited most is remembered longest")
}

func TestRatesGrowAndShrink(t *testing.T) {
	t.Parallel()
	r := limit.Rate{Every: time.Second, Burst: 10}
	require.Equal(t, limit.Rate{Every: 250 * time.Millisecond, Burst: 40}, r.Times(4))
	require.Equal(t, limit.Rate{Every: 100 * time.Second, Burst: 1}, r.Times(0.01))
	require.Equal(t, limit.Rate{Every: time.Microsecond, Burst: 100_000_000}, r.Times(1e7))
	l := limit.NewLocal(0, start)
	for range 10 {
		require.True(t, l.Take(start, limit.Ask{Key: key("k", 1), Rate: r}).OK)
	}
	narrow := limit.Ask{Key: key("k", 1), Rate: limit.Rate{Every: time.Second, Burst: 2}}
	require.Equal(t, time.Second, l.Take(start, narrow).RetryAfter, "no debt beyond the burst of today")
}

func BenchmarkLocal(b *testing.B) {
	l := limit.NewLocal(0, time.Now())
	rate := limit.Rate{Every: time.Microsecond, Burst: 1000}
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		l.Take(time.Now(), limit.Ask{Key: key("address", n%100_000), Rate: rate})
	}
}
