package board

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
)

// TestSameFactsSameAlerts: whatever the batching, the repetition and the disorder of the events, and wherever the snapshot was, the alerts
// are those that there are.
func TestSameFactsSameAlerts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(most int) int { return rapid.IntRange(0, most).Draw(t, "n") }
		truth := map[domain.ID]Alert{}
		var log Events
		step := func() {
			n := draw(5)
			id := orderID(100*n + len(log)/12) // one that was closed does not come again
			a, open := truth[id]
			e := Event{Seq: int64(len(log) + 1), Subject: domain.SubjectAlert, SubjectID: id, Version: a.Version + 1, At: noon.Add(time.Duration(len(log)) * time.Second), City: "Delhi", Data: map[string]any{}}
			switch verb := draw(4); {
			case !open && slices.ContainsFunc(log, func(e Event) bool { return e.SubjectID == id }):
				return
			case !open:
				k := alert.Kinds[n]
				e.Type, e.Data = alert.EventOpened, map[string]any{"kind": string(k.Kind), "severity": string(k.Severity), "subject": "order", "subjectId": orderID(n).String(), "name": "8F2K"}
				a = Alert{ID: id, Kind: k.Kind, Severity: k.Severity, Subject: "order", SubjectID: orderID(n), Name: "8F2K", City: "Delhi", OpenedAt: e.At}
			case verb == 0:
				e.Type = alert.EventClosed
			case verb == 1:
				e.Type, a.Acknowledged = alert.EventAcknowledged, true
			case verb == 2:
				e.Type, a.Acknowledged = alert.EventUnacknowledged, false
			case verb == 3:
				e.Type, a.SnoozedUntil = alert.EventSnoozed, noon.Add(time.Hour)
				e.Data["until"] = a.SnoozedUntil.Format(time.RFC3339)
			default:
				e.Type, a.SnoozedUntil = alert.EventWoken, time.Time{}
			}
			a.Version = e.Version
			if truth[id] = a; e.Type == alert.EventClosed {
				delete(truth, id)
			}
			log = append(log, e)
		}
		snapshot := func() Snapshot {
			s := Snapshot{Epoch: "e1", Seq: int64(len(log))}
			for _, a := range truth {
				s.Alerts = append(s.Alerts, a)
			}
			return s
		}
		for range draw(30) {
			step()
		}
		first := snapshot()
		for range draw(40) {
			step()
		}
		mixed := slices.Clone(log[first.Seq:])
		for range draw(10) {
			if len(log) > 0 {
				mixed = append(mixed, log[draw(len(log)-1)])
			}
		}
		mixed = rapid.Permutation(mixed).Draw(t, "disorder")
		b := New()
		b.Apply(Start{"e1", first.Seq}, noon)
		b.Apply(first, noon)
		for len(mixed) > 0 {
			n := 1 + draw(len(mixed)-1)
			b.Apply(mixed[:n], noon)
			mixed = mixed[n:]
			if draw(3) == 0 {
				b.Apply(first, noon) // a snapshot that is late
				b.Batch()
			}
		}
		got := map[domain.ID]Alert{}
		for _, a := range b.sortedAlerts() {
			got[a.ID] = *a
		}
		require.Equal(t, truth, got)
		require.True(t, slices.IsSortedFunc(b.sortedAlerts(), WorstAlert))
		b.Apply(Start{"e2", 0}, noon)
		require.Empty(t, b.sortedAlerts(), "another history")
	})
}

// TestNamesOfKeepers: a name is asked for once, and told of every alert that its bearer looks after.
func TestNamesOfKeepers(t *testing.T) {
	t.Parallel()
	b, ravi := New(), orderID(900)
	b.Apply(Start{Epoch: "e1"}, noon)
	seq := int64(0)
	event := func(id domain.ID, version int, kind string, by domain.ID) {
		seq++
		b.Apply(Events{{Seq: seq, Subject: domain.SubjectAlert, SubjectID: id, Version: version, Type: kind, ActorID: by, At: noon}}, noon)
	}
	by := func(id domain.ID) string { return b.alerts[id].By }
	event(orderID(1), 1, alert.EventOpened, domain.Nil)
	event(orderID(2), 1, alert.EventOpened, domain.Nil)
	event(orderID(1), 2, alert.EventAcknowledged, ravi)
	require.Equal(t, []domain.ID{orderID(1)}, b.unnamed)
	require.Empty(t, by(orderID(1)))
	before := b.alerts[orderID(1)]
	b.Apply(Name{ravi, "Ravi"}, noon)
	require.Equal(t, "Ravi", by(orderID(1)))
	require.Empty(t, before.By, "what was handed out stays as it was")
	event(orderID(2), 2, alert.EventAcknowledged, ravi)
	require.Equal(t, "Ravi", by(orderID(2)))
	require.Len(t, b.unnamed, 1, "not asked for again")
	event(orderID(2), 3, alert.EventUnacknowledged, ravi)
	require.Empty(t, by(orderID(2)))
}
