package tui

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// converses starts a talk that is fed by hand.
func converses(t *testing.T, c *counter) (say func(line string), heard func(text string), take func(), b *board.Board) {
	t.Helper()
	in, keys := io.Pipe()
	var out safeBuffer
	batches, done := make(chan board.Batch), make(chan error, 1)
	o := Options{API: c, Desk: c, In: in, Out: &out, Label: "test", Zone: time.UTC, Now: func() time.Time { return noon }}.filled()
	go func() { done <- converse(t.Context(), o, batches) }()
	from := 0
	heard = func(text string) {
		t.Helper()
		require.Eventually(t, func() bool {
			at := strings.Index(out.String()[from:], text)
			if at >= 0 {
				from += at + len(text)
			}
			return at >= 0
		}, time.Minute, time.Millisecond, "%q is not said after %q in %s", text, "", out.String()[from:])
	}
	say = func(line string) {
		_, err := keys.Write([]byte(line + "\n"))
		require.NoError(t, err)
	}
	bench := newBench(t, 80, 24, nil).live()
	take = func() {
		bench.board.Tick(noon)
		batch, ok := bench.board.Batch()
		require.True(t, ok)
		batches <- batch
	}
	batches <- bench.batch
	t.Cleanup(func() {
		say("quit")
		require.NoError(t, <-done)
		require.NotContains(t, out.String(), "\x1b")
	})
	return say, heard, take, bench.board
}

// TestTypedAhead: a script's commands are answered once the orders are there.
func TestTypedAhead(t *testing.T) {
	t.Parallel()
	var out safeBuffer
	require.NoError(t, Run(t.Context(), Options{API: shop{}, Face: Accessible, In: strings.NewReader("list 1\nquit\n"), Out: &out, Zone: time.UTC}))
	require.Contains(t, out.String(), "1 of 30 orders.")
}

// TestAccessible: everything is a sentence, what comes into danger is told, and a command asks line by line.
func TestAccessible(t *testing.T) {
	t.Parallel()
	c := &counter{}
	say, heard, take, b := converses(t, c)
	heard("zoop console on test. Type help")
	heard("Connection: live. 30 orders, 2 breached, 1 at risk.")
	say("list 2")
	heard("1. D2PF2D, placed, Casa Lima, breached: no answer, 4m over.\n2. 3BVD02")
	heard("2 of 30 orders.")
	say("filter state=lost")
	heard(`Not understood: no state "lost"`)
	say("order d2pf2d")
	heard("Order D2PF2D")
	heard("2 x Masala dosa")
	heard("order.accepted by vendor: 12 min to cook")
	say("order zzzzzz")
	heard("No order has the number ZZZZZZ.")
	say("dance")
	heard("There is no command dance.")

	b.Apply(board.Events{{Seq: 101, Subject: domain.SubjectOrder, SubjectID: testID(5), Version: 4, Type: "order.nudge", At: noon, Data: map[string]any{
		"promisedAt": noon.Add(time.Minute).Format(time.RFC3339),
	}}}, noon)
	take()
	heard("Now 67A6S1, picked up, Café Mañana, at risk: promised at door, 1m left.")

	say("cancel d2pf2d")
	heard("Cancel order D2PF2D. An empty line leaves it.")
	heard("15. NO_COURIER platform")
	say("99")
	heard("Type a number from 1 to")
	say("15")
	heard("goes back INR 421.00")
	heard("Type D2PF2D to go on.")
	say("no")
	heard("Left: nothing was done.")
	require.Empty(t, c.did)
	say("cancel d2pf2d")
	say("15")
	say("d2pf2d")
	heard("cancelled D2PF2D.")
	heard("The same as: zoop orders cancel D2PF2D --reason NO_COURIER")
	heard("Pending until the stream tells of it.")
	require.Equal(t, []string{`cancel NO_COURIER if "3"`}, c.did)
	b.Apply(board.Events{{Seq: 102, Subject: domain.SubjectOrder, SubjectID: testID(1), Version: 4, Type: "order.cancelled", At: noon}}, noon)
	take()
	heard("cancel D2PF2D: done, and seen on the stream.")

	say("note 3BVD02")
	say("called them")
	say("yes")
	heard("noted on 3BVD02.")
	say("refund 3BVD02")
	heard("refund: the order has not ended")
}

// TestAccessibleAsksOnceMore: where there was no answer the same can be asked for again, and what came meanwhile is not waited for.
func TestAccessibleAsksOnceMore(t *testing.T) {
	t.Parallel()
	c := &counter{fails: client.ErrUnreachable}
	say, heard, take, b := converses(t, c)
	heard("Connection: live.")
	say("take-away d2pf2d")
	say("1")
	say("yes")
	heard("nobody knows whether it was done")
	heard("Type yes to go on.")
	b.Apply(board.Events{{Seq: 101, Subject: domain.SubjectOrder, SubjectID: testID(1), Version: 4, Type: "delivery.taken_away", At: noon}}, noon)
	take()
	c.fails = nil
	say("yes")
	heard("took away D2PF2D.")
	heard("take away D2PF2D: done, and seen on the stream.")
	require.Len(t, c.keys, 2)
	require.Equal(t, c.keys[0], c.keys[1])
	c.fails = client.ErrUnreachable
	say("note d2pf2d")
	say("called them")
	say("yes")
	heard("Type yes to go on.")
	say("")
	heard("Left.")
	require.Len(t, c.keys, 3)
}

// TestCouriersAreSuspendedByWord: by their place in the list, the end of their ID or their name; a word does its half of the action alone.
func TestCouriersAreSuspendedByWord(t *testing.T) {
	t.Parallel()
	c := &counter{may: []dto.Permission{"onboard"}}
	say, heard, _, _ := converses(t, c)
	heard("30 orders")
	say("suspend")
	heard("Say which courier: suspend PLACE, or their name.")
	say("couriers")
	heard("1. Hana Gill")
	say("suspend 1")
	heard("Suspend Hana Gill. An empty line leaves it.")
	say("took a cow")
	heard("Type yes to go on.")
	say("yes")
	heard("suspended Hana Gill.")
	require.Equal(t, []string{`suspend took a cow if "3"`}, c.did)
	say("suspend c-d001")
	heard("An empty line leaves it.")
	say("")
	heard("Left: nothing was done.")
	say("approve Ravi")
	heard("not done: they are approved already.")
	require.Len(t, c.did, 1)
}
