package ordering

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// promises are the events of an order that tell of its promises.
func (b *bench) promises(id domain.ID) []string {
	return slices.DeleteFunc(b.types(id), func(t string) bool { return !strings.HasPrefix(t, "sla.") })
}

// later lets minutes pass for what was promised of an order, and has it looked at.
func (b *bench) later(id domain.ID, minutes int) {
	b.t.Helper()
	b.exec(`UPDATE orders SET promised_at = promised_at - make_interval(mins => $2), ready_by = ready_by - make_interval(mins => $2),
	               estimated_at = estimated_at - make_interval(mins => $2), deadline_at = deadline_at - make_interval(mins => $2), sla_at = sla_at - make_interval(mins => $2),
	               timers = coalesce((SELECT jsonb_agg(x || jsonb_build_object('at', (x ->> 'at')::timestamptz - make_interval(mins => $2))) FROM jsonb_array_elements(timers) x), '[]'),
	               sla_told = coalesce((SELECT jsonb_object_agg(key, value || jsonb_build_object('due', (value ->> 'due')::timestamptz - make_interval(mins => $2))) FROM jsonb_each(sla_told)), '{}')
	        WHERE id = $1`, id.String(), minutes)
	b.lookAll()
}

func (b *bench) lookAll() {
	b.t.Helper()
	for {
		more, err := b.LookAtPromises(b.ctx)
		require.NoError(b.t, err)
		if !more {
			return
		}
	}
}

// TestPromisesAreTold follows an order that its vendor forgets.
func TestPromisesAreTold(t *testing.T) {
	b := setup(t)
	id := b.placed()
	b.exec(`UPDATE orders SET promised_at = promised_at + interval '2 hours'`) // nothing is late at the door
	b.lookAll()
	require.Empty(t, b.promises(id))
	b.later(id, 4)
	require.Equal(t, []string{"sla.at_risk"}, b.promises(id))
	require.Equal(t, 1, b.scan(`SELECT count(*)::int FROM orders WHERE sla_risk = 'at_risk' AND sla_promise = 'answer' AND sla_at > now()`))
	require.Equal(t, 1, b.scan(`SELECT count(*)::int FROM events WHERE type = 'sla.at_risk' AND vendor_id = $1 AND data ->> 'promise' = 'answer' AND data ? 'dueAt'`, b.vendor.String()))
	b.later(id, 0)
	require.Len(t, b.promises(id), 1)

	_, err := b.Accept(b.ctx, b.owner, id, 0, 20)
	require.NoError(t, err)
	require.Equal(t, 1, b.scan(`SELECT count(*)::int FROM orders WHERE sla_risk = ''`), "what is better is so at once")
	b.lookAll()
	require.Len(t, b.promises(id), 1, "it will come in time")
	b.later(id, 25)
	require.Equal(t, []string{"sla.at_risk", "sla.breached"}, b.promises(id))
	_, err = b.Start(b.ctx, b.owner, id, 0)
	require.NoError(t, err)
	b.lookAll()
	require.Len(t, b.promises(id), 2, "once each")

	_, err = b.Cancel(b.ctx, b.staff, id, 0, "OPS")
	require.NoError(t, err)
	require.Equal(t, 1, b.scan(`SELECT count(*)::int FROM orders WHERE sla_risk = '' AND sla_promise = '' AND sla_at IS NULL`), "an order that has ended promises nothing")
	require.Zero(t, b.scan(`SELECT count(*)::int FROM (SELECT version - row_number() OVER (ORDER BY version) AS gap FROM events WHERE subject_id = $1) x WHERE gap <> 0`, id.String()))
}

// TestPromisesAreToldOnceByMany has several instances look at many orders at once.
func TestPromisesAreToldOnceByMany(t *testing.T) {
	b := setup(t)
	var ids []domain.ID
	for range 12 {
		ids = append(ids, b.taken(0))
	}
	b.exec(`UPDATE orders SET ready_by = now() - interval '4 minutes', sla_at = now()`)
	var group sync.WaitGroup
	errs := make([]error, 4)
	for n := range errs {
		group.Go(func() {
			for more := true; more && errs[n] == nil; {
				more, errs[n] = b.LookAtPromises(b.ctx)
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	for _, id := range ids {
		told := b.promises(id)
		require.Len(t, slices.DeleteFunc(slices.Clone(told), func(t string) bool { return t != "sla.breached" }), 1, told)
	}
	require.Zero(t, b.scan(`SELECT count(*)::int FROM orders WHERE sla_at <= now()`))
}
