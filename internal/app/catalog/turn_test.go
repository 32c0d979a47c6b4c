package catalog_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// live is a catalogue whose clock goes, as the database's does.
func live(t *testing.T) *bundle {
	t.Helper()
	t.Parallel()
	b := open(t, dbtest.URL(t), catalog.Options{Now: time.Now})
	b.Cache().Current(true)
	return b
}

// turn lets the clock's deeds be told, and gives what was told of a vendor.
func (b *bundle) turn(vendorID domain.ID) (types []string, last map[string]any) {
	b.t.Helper()
	before := b.version(vendorID)
	for more := true; more; {
		var err error
		more, err = b.Turn(b.ctx)
		require.NoError(b.t, err)
	}
	rows, err := b.db.Pool().Query(b.ctx, `SELECT type, data FROM events WHERE subject_id = $1 AND version > $2 ORDER BY version`, vendorID, before)
	require.NoError(b.t, err)
	defer rows.Close()
	for rows.Next() {
		var kind string
		var data []byte
		require.NoError(b.t, rows.Scan(&kind, &data))
		last = nil
		require.NoError(b.t, json.Unmarshal(data, &last))
		types = append(types, kind)
	}
	require.NoError(b.t, rows.Err())
	require.Equal(b.t, before+len(types), b.version(vendorID))
	return types, last
}

func (b *bundle) version(vendorID domain.ID) int {
	b.t.Helper()
	n, _, err := b.db.VendorState(b.ctx, vendorID)
	require.NoError(b.t, err)
	return n
}

func TestWhatTheClockDoesIsToldOnce(t *testing.T) {
	b := live(t)
	v, owner := b.vendor()
	types, _ := b.turn(v.ID)
	require.Equal(t, []string{"vendor.opened"}, types)
	types, _ = b.turn(v.ID)
	require.Empty(t, types)

	_, err := b.Pause(b.ctx, owner, v.ID, 0, 5, "rain")
	require.NoError(t, err)
	types, _ = b.turn(v.ID)
	require.Empty(t, types, "the pause has told it")
	b.exec(`UPDATE vendors SET paused_until = now() - interval '1 second', turns_at = now() WHERE id = $1`, v.ID)
	types, data := b.turn(v.ID)
	require.Equal(t, []string{"vendor.resumed"}, types)
	require.Equal(t, map[string]any{"open": true}, data)
	require.Empty(t, b.page(v.ID).PauseReason)

	_, err = b.SetBusy(b.ctx, owner, v.ID, 0, 15, 30)
	require.NoError(t, err)
	page := b.page(v.ID)
	require.True(t, page.Busy)
	require.Equal(t, 35, page.PrepAt(time.Now()))
	types, _ = b.turn(v.ID)
	require.Empty(t, types)
	b.exec(`UPDATE vendors SET busy_until = now() - interval '1 second', turns_at = now() WHERE id = $1`, v.ID)
	types, _ = b.turn(v.ID)
	require.Equal(t, []string{"vendor.busy_ended"}, types)
	require.False(t, b.page(v.ID).Busy)

	today := time.Now().In(v.Place).Format(time.DateOnly)
	closure, err := b.Close(b.ctx, owner, v.ID, 0, today, today, "Holi")
	require.NoError(t, err)
	types, data = b.turn(v.ID)
	require.Equal(t, []string{"vendor.closed"}, types)
	require.Equal(t, closure.Until.UTC().Format(time.RFC3339), data["opensAt"])
	require.False(t, b.page(v.ID).Clock.Open)
	require.Empty(t, b.near(catalog.Query{Point: delhi, OpenNow: true}).IDs)
	require.NoError(t, b.Reopen(b.ctx, owner, v.ID, closure.ID, 0))
	types, _ = b.turn(v.ID)
	require.Equal(t, []string{"vendor.opened"}, types)
	require.Len(t, b.near(catalog.Query{Point: delhi, OpenNow: true}).IDs, 1)

	_, err = b.Suspend(b.ctx, admin, v.ID, 0, "rats")
	require.NoError(t, err)
	types, _ = b.turn(v.ID)
	require.Empty(t, types, "the suspension has told it")
}

// Many instances look at once, and each deed is told once, also when one gives up in the middle.
func TestManyInstancesTellEachTurnOnce(t *testing.T) {
	b := live(t)
	var ids []domain.ID
	for range 20 {
		v, _ := b.vendor()
		ids = append(ids, v.ID)
	}
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			ctx, cancel := context.WithCancel(b.ctx)
			defer cancel()
			for n := 0; ; n++ {
				if i == 0 && n == 3 {
					cancel() // its next transaction is rolled back
				}
				if more, err := b.Turn(ctx); err != nil || !more {
					return
				}
			}
		})
	}
	group.Wait()
	for _, id := range ids {
		b.turn(id) // what the one that gave up has left
		var told int
		require.NoError(t, b.db.Pool().QueryRow(b.ctx, `SELECT count(*) FROM events WHERE subject_id = $1 AND type = 'vendor.opened'`, id).Scan(&told))
		require.Equal(t, 1, told)
	}
}

func TestAClosureIsKeptOnce(t *testing.T) {
	b := live(t)
	v, owner := b.vendor()
	day := time.Now().In(v.Place).AddDate(0, 0, 3).Format(time.DateOnly)
	first, err := b.Close(b.ctx, owner, v.ID, 0, day, day, "Holi")
	require.NoError(t, err)
	for _, until := range []string{day, first.Until.In(v.Place).Format("2006-01-02T15:04")} {
		_, err = b.Close(b.ctx, owner, v.ID, 0, day, until, "Holi, again")
		var e *domain.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, []any{domain.Conflict, "closures.exists", first.ID}, []any{e.Kind, e.Code, e.Details["closureId"]})
	}
	_, err = b.Close(b.ctx, owner, v.ID, 0, day, day+"T12:00", "Half of it")
	require.NoError(t, err, "one that overlaps is another")
	require.NoError(t, b.Reopen(b.ctx, owner, v.ID, first.ID, 0))
	_, err = b.Close(b.ctx, owner, v.ID, 0, day, day, "Holi")
	require.NoError(t, err)
}

func TestClosuresAreBounded(t *testing.T) {
	b := live(t)
	v, owner := b.vendor()
	day := func(n int) string { return time.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	for n := range vendor.MaxClosures {
		_, err := b.Close(b.ctx, owner, v.ID, 0, day(2+n), day(2+n), "tired")
		require.NoError(t, err)
	}
	_, err := b.Close(b.ctx, owner, v.ID, 0, day(100), day(100), "tired")
	requireKind(t, domain.Conflict, err)
	list, err := b.Closures(b.ctx, anonymous, v.ID)
	require.NoError(t, err)
	require.Len(t, list, vendor.MaxClosures)

	b.exec(`UPDATE closures SET starts_at = now() - interval '2 days', ends_at = now() - interval '1 day' WHERE id = $1`, list[0].ID)
	_, err = b.Close(b.ctx, owner, v.ID, 0, day(100), day(100), "tired")
	require.NoError(t, err, "one that has ended does not count")
	left, err := b.Closures(b.ctx, anonymous, v.ID)
	require.NoError(t, err)
	require.Equal(t, list[1].ID, left[0].ID)
	require.Len(t, left, vendor.MaxClosures)

	other, stranger := b.vendor()
	requireKind(t, domain.NotFound, b.Reopen(b.ctx, stranger, other.ID, left[0].ID, 0))
	requireKind(t, domain.NotFound, b.Reopen(b.ctx, stranger, v.ID, left[0].ID, 0))
	_, err = b.SetBusy(b.ctx, owner, v.ID, 0, 121, 10)
	requireKind(t, domain.Invalid, err)
	_, err = b.SetBusy(b.ctx, owner, v.ID, 0, 10, 0)
	requireKind(t, domain.Invalid, err)
}
