package limit_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/limit"
)

const long = time.Minute // a wait that no test sees the end of

// waiting starts an Enter that has to wait, and returns once it does.
func waiting(t *testing.T, ctx context.Context, s *limit.Slots, class int) <-chan error {
	t.Helper()
	_, before := s.Usage(class)
	done := make(chan error, 1)
	go func() { done <- s.Enter(ctx, class) }()
	require.Eventually(t, func() bool { _, n := s.Usage(class); return n == before+1 }, time.Minute, 50*time.Microsecond)
	return done
}

func TestAReserveIsForItsClassAlone(t *testing.T) {
	t.Parallel()
	const reads, orders = 0, 1
	s := limit.NewSlots(5, limit.Share{}, limit.Share{Reserve: 2})
	for range 3 {
		require.NoError(t, s.Enter(t.Context(), reads))
	}
	require.ErrorIs(t, s.Enter(t.Context(), reads), limit.ErrBusy)
	for range 2 {
		require.NoError(t, s.Enter(t.Context(), orders))
	}
	require.ErrorIs(t, s.Enter(t.Context(), orders), limit.ErrBusy, "what is shared is taken")
	s.Leave(orders)
	require.ErrorIs(t, s.Enter(t.Context(), reads), limit.ErrBusy, "what is reserved stays so")
	s.Leave(reads)
	require.NoError(t, s.Enter(t.Context(), orders))
	require.NoError(t, s.Enter(t.Context(), orders), "orders have their reserve and a shared one")
}

func TestAClassHasAtMostItsOwn(t *testing.T) {
	t.Parallel()
	s := limit.NewSlots(5, limit.Share{Most: 2}, limit.Share{})
	require.NoError(t, s.Enter(t.Context(), 0))
	require.NoError(t, s.Enter(t.Context(), 0))
	require.ErrorIs(t, s.Enter(t.Context(), 0), limit.ErrBusy)
	require.NoError(t, s.Enter(t.Context(), 1))
}

func TestFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	s := limit.NewSlots(1, limit.Share{Queue: 3, Wait: long}, limit.Share{Queue: 1, Wait: long})
	require.NoError(t, s.Enter(t.Context(), 0))
	first := waiting(t, t.Context(), s, 0)
	other := waiting(t, t.Context(), s, 1)
	third := waiting(t, t.Context(), s, 0)
	require.True(t, s.Full(1))
	require.False(t, s.Full(0))
	require.ErrorIs(t, s.Enter(t.Context(), 1), limit.ErrBusy, "the queue has its bound")
	for _, turn := range []struct {
		done  <-chan error
		class int
	}{{first, 0}, {other, 0}, {third, 1}} {
		s.Leave(turn.class)
		require.NoError(t, <-turn.done)
	}
	s.Leave(0)
	require.NoError(t, s.Enter(t.Context(), 1))
}

func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	s := limit.NewSlots(1, limit.Share{Queue: 1, Wait: 5 * time.Millisecond}, limit.Share{Queue: 2, Wait: long})
	require.NoError(t, s.Enter(t.Context(), 0))
	require.ErrorIs(t, s.Enter(t.Context(), 0), limit.ErrBusy)
	ctx, cancel := context.WithCancel(t.Context())
	gone, patient := waiting(t, ctx, s, 1), waiting(t, t.Context(), s, 1)
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	s.Leave(0)
	require.NoError(t, <-patient, "who went away does not hold up who stays")
}

func TestAQueueThatStandsStillLetsNobodyJoin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := limit.NewSlots(1, limit.Share{Queue: 1000, Wait: 2 * time.Second})
		require.NoError(t, s.Enter(t.Context(), 0))
		done := make(chan error, 1)
		go func() { done <- s.Enter(t.Context(), 0) }()
		synctest.Wait()
		time.Sleep(time.Second)
		require.False(t, s.Full(0), "it has waited for half its time")
		time.Sleep(time.Nanosecond)
		require.True(t, s.Full(0))
		require.ErrorIs(t, <-done, limit.ErrBusy)
		require.False(t, s.Full(0), "nobody waits any more")
	})
}

// Whatever happens, no class has more than it may, and nobody waits while there is room.
func TestSlotsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		shares := make([]limit.Share, rapid.IntRange(1, 3).Draw(t, "classes"))
		total, reserved := rapid.IntRange(4, 12).Draw(t, "total"), 0
		for i := range shares {
			shares[i] = limit.Share{Reserve: rapid.IntRange(0, 1).Draw(t, "reserve"), Most: rapid.IntRange(0, 5).Draw(t, "most")}
			reserved += shares[i].Reserve
		}
		s, used := limit.NewSlots(total, shares...), make([]int, len(shares))
		beyond := func(class int) (n int) { // shared slots in use, if the class had one more
			for i, u := range used {
				if i == class {
					u++
				}
				n += max(0, u-shares[i].Reserve)
			}
			return n
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			class := rapid.IntRange(0, len(shares)-1).Draw(t, "class")
			if used[class] > 0 && rapid.Bool().Draw(t, "leave") {
				s.Leave(class)
				used[class]--
				continue
			}
			fits := beyond(class) <= total-reserved && (shares[class].Most == 0 || used[class] < shares[class].Most)
			require.Equal(t, fits, s.Enter(context.Background(), class) == nil)
			if fits {
				used[class]++
			}
			n, _ := s.Usage(class)
			require.Equal(t, used[class], n)
		}
	})
}

func TestSlotsUnderACrowd(t *testing.T) {
	t.Parallel()
	s := limit.NewSlots(4, limit.Share{Queue: 500, Wait: long}, limit.Share{Reserve: 1, Queue: 500, Wait: long})
	var inside, entered atomic.Int64
	var group sync.WaitGroup
	for i := range 800 {
		group.Go(func() {
			if s.Enter(context.Background(), i%2) != nil {
				return
			}
			defer s.Leave(i % 2)
			if inside.Add(1) > 4 {
				t.Error("more than there are slots")
			}
			entered.Add(1)
			inside.Add(-1)
		})
	}
	group.Wait()
	require.EqualValues(t, 800, entered.Load())
	for class := range 2 {
		used, waiting := s.Usage(class)
		require.Zero(t, used+waiting)
	}
}

func BenchmarkSlot(b *testing.B) {
	s := limit.NewSlots(16, limit.Share{Queue: 100, Wait: time.Second})
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		_ = s.Full(0)
		_ = s.Enter(ctx, 0)
		s.Leave(0)
	}
}
