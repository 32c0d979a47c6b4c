package review_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
)

const rounds = 40

// at once runs both, as much at the same moment as can be.
func atOnce(one, other func()) {
	var start, done sync.WaitGroup
	start.Add(1)
	for _, f := range []func(){one, other} {
		done.Go(func() {
			start.Wait()
			f()
		})
	}
	start.Done()
	done.Wait()
}

func TestTwoReviewsAtOnceAreOne(t *testing.T) {
	b := setup(t, review.Options{})
	for range rounds {
		orderID := b.order(b.customers[0], b.vendors[0], "delivered")
		var errs [2]error
		write := func(n int) func() {
			return func() { _, errs[n] = b.Write(b.ctx, b.customers[0], orderID, say(n+1, "")) }
		}
		atOnce(write(0), write(1))
		if errs[0] == nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		require.NoError(t, errs[1])
		requireCode(t, "review.exists", errs[0])
	}
	require.Equal(t, rounds, scan[int](b, "SELECT votes FROM ratings WHERE subject = 'vendor'"))
	require.Empty(t, scan[string](b, fold))
}

// What staff have published is what they have seen, whatever its customer does at that moment.
func TestModerationAgainstEdit(t *testing.T) {
	b := setup(t, review.Options{})
	edited := 0
	for range rounds {
		v := b.written(say(4, "see example.com"))
		var judged, changed error
		atOnce(
			func() { _, judged = b.Judge(b.ctx, staff, v.ID, v.Version, rules.VerbPublish, "") },
			func() { _, changed = b.Edit(b.ctx, b.customers[0], v.OrderID, 0, say(1, "see example.org")) },
		)
		require.NoError(t, changed)
		if judged != nil {
			requireCode(t, "precondition", judged)
			edited++
		}
		now, err := b.OfOrder(b.ctx, staff, v.OrderID)
		require.NoError(t, err)
		require.Equal(t, "see example.org", now.Text)
		require.Equal(t, rules.Pending, now.State, "nobody has seen it")
	}
	t.Logf("the edit came first in %d of %d rounds", edited, rounds)
	require.Empty(t, scan[string](b, fold))
}

func TestReplyAgainstRemove(t *testing.T) {
	b := setup(t, review.Options{})
	for range rounds {
		v := b.written(say(4, "fine"))
		var replied, removed error
		atOnce(
			func() { _, replied = b.Reply(b.ctx, b.owner, v.ID, 0, "Thank you") },
			func() { removed = b.Remove(b.ctx, b.customers[0], v.OrderID, 0) },
		)
		require.NoError(t, removed)
		if replied != nil {
			require.Equal(t, domain.NotFound, domain.KindOf(replied))
		}
	}
	require.Zero(t, scan[int](b, "SELECT count(*) FROM reviews"))
	require.Empty(t, scan[string](b, fold))
}

// Whatever is written at the moment when its customer is erased, no word of theirs is left.
func TestWriteAgainstErasure(t *testing.T) {
	b := setup(t, review.Options{})
	accounts := account.New(b.db, account.Options{})
	for n := range 10 {
		m, err := accounts.Mint(b.ctx, account.Mint{Email: fmt.Sprintf("gone%d@example.com", n), Role: domain.RoleCustomer, Name: "Asha"})
		require.NoError(t, err)
		actor, err := accounts.Authenticate(b.ctx, m.Token)
		require.NoError(t, err)
		orderID := b.order(actor, b.vendors[0], "completed")
		var wrote, erased error
		atOnce(
			func() { _, wrote = b.Write(b.ctx, actor, orderID, say(4, "canary")) },
			func() { erased = accounts.Erase(b.ctx, actor) },
		)
		require.NoError(t, erased)
		if wrote != nil {
			requireCode(t, "account.erased", wrote)
		}
	}
	require.Zero(t, scan[int](b, "SELECT count(*) FROM reviews WHERE text <> ''"))
	require.Empty(t, scan[string](b, fold))
}
