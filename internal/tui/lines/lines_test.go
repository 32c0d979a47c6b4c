package lines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/lines"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
var anOrder = domain.MustParseID("01900000-0000-7000-8000-00000000f2ab")

func entries() []board.Entry {
	return []board.Entry{
		{Number: "8F2K9Q", Event: board.Event{
			Seq: 7, Subject: domain.SubjectOrder, SubjectID: anOrder, Version: 1, Type: "order.placed", At: noon, City: "Delhi",
			Data: map[string]any{"vendorName": "Casa Lima", "total": map[string]any{"amount": 42100.0, "currency": "INR"}, "deadlineAt": noon.Format(time.RFC3339)},
		}},
		{Gap: &board.Gap{From: 8, To: 11, Reason: "trimmed"}},
		{Event: board.Event{Seq: 12, Subject: domain.SubjectOrder, SubjectID: anOrder, Version: 6, Type: "delivery.assigned", At: noon.Add(time.Millisecond), CourierID: anOrder}},
		{Event: board.Event{Seq: 13, Subject: domain.SubjectVendor, SubjectID: anOrder, Version: 2, Type: "vendor.paused", At: noon}},
	}
}

func run(t *testing.T, o lines.Options, batches ...board.Batch) (out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	o.Out, o.Err = &stdout, &stderr
	in := make(chan board.Batch, len(batches))
	for _, b := range batches {
		in <- b
	}
	if o.UntilIdle == 0 {
		close(in)
	}
	require.NoError(t, lines.Run(t.Context(), in, o))
	return stdout.String(), stderr.String()
}

func TestPlain(t *testing.T) {
	t.Parallel()
	out, said := run(t, lines.Options{}, board.Batch{Entries: entries(), Link: board.Link{Mode: board.Degraded, Note: "redis is away"}})
	require.Equal(t, strings.Join([]string{
		`2026-03-14T12:00:00.000Z        7 8F2K9Q      order.placed           deadlineAt=12:00:00 total=INR421.00 vendorName="Casa Lima"`,
		`GAP      events 8 to 11 lost: trimmed`,
		`2026-03-14T12:00:00.001Z       12 order-f2ab  delivery.assigned      c-f2ab`,
		`2026-03-14T12:00:00.000Z       13 vendor-f2ab vendor.paused`,
	}, "\n")+"\n", out)
	require.Equal(t, "DEGRADED: redis is away\n", said)
}

func TestJSON(t *testing.T) {
	t.Parallel()
	out, _ := run(t, lines.Options{JSON: true}, board.Batch{Entries: entries()})
	got := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, got, 4)
	id := anOrder.String()
	require.JSONEq(t, `{"schema":1,"gap":false,"seq":7,"type":"order.placed","subject":"order","order":"`+id+`","number":"8F2K9Q","version":1,
		"at":"2026-03-14T12:00:00Z","city":"Delhi","data":{"vendorName":"Casa Lima","total":{"amount":42100,"currency":"INR"},"deadlineAt":"2026-03-14T12:00:00Z"}}`, got[0])
	require.JSONEq(t, `{"schema":1,"gap":true,"seq":11,"type":"console.gap","from":8,"to":11,"reason":"trimmed"}`, got[1])
	require.JSONEq(t, `{"schema":1,"gap":false,"seq":13,"type":"vendor.paused","subject":"vendor","vendor":"`+id+`","version":2,"at":"2026-03-14T12:00:00Z","data":{}}`, got[3])
	for _, line := range got {
		require.True(t, json.Valid([]byte(line)))
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	out, _ := run(t, lines.Options{Count: 2}, board.Batch{Entries: entries()[:1]}, board.Batch{Entries: entries()[1:]})
	require.Equal(t, 3, strings.Count(out, "\n"), "a gap is no event")

	out, said := run(t, lines.Options{UntilIdle: time.Millisecond}, board.Batch{Entries: entries(), Link: board.Link{Mode: board.Live}})
	require.Equal(t, 4, strings.Count(out, "\n"))
	require.Equal(t, "LIVE\n", said)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, lines.Run(ctx, nil, lines.Options{}))
}

func TestWritesWhatMatches(t *testing.T) {
	t.Parallel()
	assigned := func(e board.Entry) bool { return e.Event.Type == "delivery.assigned" }
	out, _ := run(t, lines.Options{Match: assigned, Count: 1}, board.Batch{Entries: entries()})
	require.Equal(t, 2, strings.Count(out, "\n"), "the gap, too")
	require.NotContains(t, out, "order.placed")

	in := make(chan board.Batch, 2)
	in <- board.Batch{Epoch: "e1", Seq: 7, Entries: entries()[:1]}
	in <- board.Batch{Epoch: "e1", Seq: 13, Entries: entries()[1:]}
	var upTo strings.Builder
	require.NoError(t, lines.Run(t.Context(), in, lines.Options{Out: &upTo, Until: 12}), "ends although more may come")
	require.NotContains(t, upTo.String(), " 13 ", "what came with it is later")
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestSaysWhenItCannotWrite(t *testing.T) {
	t.Parallel()
	in := make(chan board.Batch, 1)
	in <- board.Batch{Entries: entries()}
	require.ErrorContains(t, lines.Run(t.Context(), in, lines.Options{Out: full{}}), "disk full")
}

// TestNotEverythingIsKnown: what the board was not told of is said once, beside the lines.
func TestNotEverythingIsKnown(t *testing.T) {
	t.Parallel()
	part := board.Batch{OrdersLeftOut: 3112, AlertsLeftOut: 45}
	for range 20_000 {
		part.Orders = append(part.Orders, &board.Order{State: order.Placed})
	}
	for _, json := range []bool{false, true} {
		out, said := run(t, lines.Options{JSON: json}, part, part, board.Batch{})
		require.Empty(t, out)
		require.Equal(t, "20,000 of 23,112 orders shown, those most in danger\n0 of 45 alerts shown, the worst\neverything is shown\n", said)
	}
}
