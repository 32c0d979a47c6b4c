package redis

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/limit"
)

func openTest(t testing.TB, url string) *Client {
	t.Helper()
	return openPatient(t, url, 0)
}

// openPatient waits so long for limits: a machine that has too much to do is no Redis that is away.
func openPatient(t testing.TB, url string, patience time.Duration) *Client {
	t.Helper()
	c, err := Open(url, Options{LimitTimeout: patience})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func ask(name string, id byte, every time.Duration, burst int) limit.Ask {
	return limit.Ask{Key: limit.Key{Name: name, ID: [16]byte{id}}, Rate: limit.Rate{Every: every, Burst: burst}}
}

// The script and the process's own memory say the same to the same requests, down to the microsecond.
func TestScriptAndMemoryAgree(t *testing.T) {
	t.Parallel()
	c := openTest(t, dbtest.Redis(t))
	clock := "redis.call('TIME')"
	require.Equal(t, 1, strings.Count(limitSource, clock))
	script := goredis.NewScript(strings.Replace(limitSource, clock, "{ARGV[#ARGV - 1], ARGV[#ARGV]}", 1))
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		asks := make([]limit.Ask, rapid.IntRange(1, 3).Draw(rt, "limits"))
		for i := range asks {
			every := time.Duration(rapid.IntRange(60_000_000, 900_000_000).Draw(rt, "every")) * time.Microsecond // outlives the test
			asks[i] = ask(strconv.Itoa(round), byte(i), every, rapid.IntRange(1, 5).Draw(rt, "burst"))
		}
		now := time.Unix(1_780_000_000, 0)
		local := limit.NewLocal(0, now)
		for range rapid.IntRange(1, 25).Draw(rt, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 300_000_000).Draw(rt, "pause")) * time.Microsecond)
			some := asks[:rapid.IntRange(1, len(asks)).Draw(rt, "asked")]
			var keys []string
			var args []any
			for _, a := range some {
				keys = append(keys, limitKey(a.Key))
				args = append(args, a.Rate.Every.Microseconds(), a.Rate.Burst)
			}
			got, err := script.Run(t.Context(), c.rdb, keys, append(args, now.Unix(), now.Nanosecond()/1000)...).Int64Slice()
			require.NoError(rt, err)
			want, ok := local.Take(now, some...), int64(0)
			if want.OK {
				ok = 1
			}
			require.Equal(rt, []int64{ok, int64(want.Which) + 1, int64(want.Remaining), want.RetryAfter.Microseconds(), want.Reset.Microseconds()}, got)
		}
	})
}

func TestInstancesShareTheirLimits(t *testing.T) {
	t.Parallel()
	url := dbtest.Redis(t)
	wide, tight := ask("wide", 1, time.Hour, 100), ask("tight", 1, time.Hour, 30) // which let nobody through a second time within the test
	results := make(chan bool)
	for range 3 {
		c := openPatient(t, url, time.Minute)
		for range 5 {
			go func() {
				for range 10 {
					v, known := c.Limit(t.Context(), wide, tight)
					results <- known && v.OK
				}
			}()
		}
	}
	allowed := 0
	for range 150 {
		if <-results {
			allowed++
		}
	}
	require.Equal(t, 30, allowed)
	c := openPatient(t, url, time.Minute)
	v, known := c.Limit(t.Context(), wide)
	require.True(t, known)
	require.Equal(t, 69, v.Remaining, "what was refused used nothing up")
	v, known = c.Limit(t.Context(), wide, tight)
	require.True(t, known)
	require.Equal(t, 1, v.Which)
	require.Positive(t, v.RetryAfter)
	require.LessOrEqual(t, v.RetryAfter, time.Hour)
	keys, err := c.rdb.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.Len(t, keys, 2)
	for _, key := range keys {
		require.Regexp(t, `^zoop:\{limits\}:(wide|tight):`, key)
		left, err := c.rdb.PTTL(t.Context(), key).Result()
		require.NoError(t, err)
		require.Positive(t, left, "what is over is forgotten")
		require.LessOrEqual(t, left, 100*time.Hour)
	}
}

func TestLimitsWithoutRedis(t *testing.T) {
	t.Parallel()
	server := dbtest.OwnRedis(t)
	c := openPatient(t, server.URL(), time.Minute)
	var asked questions
	c.rdb.AddHook(&asked)
	a := ask("a", 1, time.Hour, 1000)
	known := func() bool {
		_, known := c.Limit(t.Context(), a)
		return known
	}
	require.Eventually(t, known, time.Minute, 10*time.Millisecond)
	server.Kill()
	require.Eventually(t, func() bool { return !known() }, time.Minute, time.Millisecond)
	before := time.Now()
	asked.Store(0)
	for range 10_000 {
		_ = known()
	}
	require.LessOrEqual(t, asked.Load(), 1+int64(time.Since(before)/leaveAlone), "a dead Redis is asked now and then, and costs the others nothing")
	server.Restart()
	require.Eventually(t, known, time.Minute, 10*time.Millisecond)
	require.True(t, known(), "once it is back it is asked every time")
	require.NoError(t, c.rdb.ScriptFlush(t.Context()).Err())
	require.True(t, known(), "a script that Redis forgot is sent again")
}

// questions counts commands.
type questions struct{ atomic.Int64 }

// DialHook implements redis.Hook.
func (*questions) DialHook(next goredis.DialHook) goredis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (q *questions) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		q.Add(1)
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook implements redis.Hook.
func (*questions) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func BenchmarkLimit(b *testing.B) {
	c := openTest(b, dbtest.Redis(b))
	principal, address := ask("principal", 1, time.Microsecond, 1_000_000), ask("address", 1, time.Microsecond, 1_000_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, known := c.Limit(b.Context(), principal, address); !known {
			b.Fatal("Redis did not answer")
		}
	}
}
