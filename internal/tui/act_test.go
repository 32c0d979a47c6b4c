package tui

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/form"
	"github.com/zoop-dev/zoop/internal/tui/tape"
)

// at is a console with a counter to act through, on the worst order.
func at(t *testing.T, c *counter) *bench {
	t.Helper()
	return newBench(t, 80, 24, func(o *Options) { o.Desk, o.API = c, c }).live().keys("enter")
}

// event tells of the next event of the first order.
func (b *bench) event(version int, kind string, data map[string]any) {
	b.board.Apply(board.Events{{
		Seq: b.batch.Seq + 1, Subject: domain.SubjectOrder, SubjectID: testID(1), Version: version, Type: kind, At: b.now, Data: data,
	}}, b.now)
	b.take()
}

// TestCancel is the closed loop: the cost is shown, the number has to be typed, and it is pending until its event comes.
func TestCancel(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := at(t, c).keys("c")
	require.Contains(t, b.fits(), "NO_COURIER")
	b.keys("no_c", "enter")
	require.Contains(t, b.fits(), "goes back INR 421.00, fee INR 0.00")
	require.Contains(t, b.fits(), "lost INR 10.00, borne by platform; its portions go back to the menu")
	b.keys("D2PF2X", "enter")
	require.Contains(t, b.fits(), "that is not D2PF2D: nothing was done")
	require.Empty(t, c.did)
	b.keys("backspace", "d", "enter")
	require.Equal(t, []string{`cancel NO_COURIER if "3"`}, c.did)
	require.Nil(t, b.over)
	require.Contains(t, b.fits(), "PENDING cancel D2PF2D")

	b.event(4, "order.cancelled", map[string]any{"reason": "NO_COURIER"})
	require.Contains(t, b.fits(), "cancel D2PF2D: done, and seen on the stream")
	require.NotContains(t, b.fits(), "PENDING")
	require.Contains(t, b.fits(), "CANCELLED")

	b.out.Reset()
	b.keys("Y")
	require.Contains(t, b.out.String(), base64.StdEncoding.EncodeToString([]byte("zoop orders cancel D2PF2D --reason NO_COURIER")))
	b.now = b.now.Add(time.Hour)
	b.out.Reset()
	b.keys("Y")
	require.Contains(t, b.out.String(), base64.StdEncoding.EncodeToString([]byte("zoop orders timeline D2PF2D")))
}

// TestSomebodyWasFaster: a version conflict says who did what meanwhile.
func TestSomebodyWasFaster(t *testing.T) {
	t.Parallel()
	c := &counter{fails: refusal(412, "it was changed since: its version is 3, not 2")}
	b := at(t, c)
	b.keys("c", "ops", "enter", "D2PF2D")
	c.shop.seen = 2 // what the order was when it was looked at
	b.keys("enter")
	require.Contains(t, b.fits(), "somebody was faster")
	require.Contains(t, b.fits(), "version 4, 0s ago: order.cancelled by vendor: too busy")
	b.keys("enter")
	require.Nil(t, b.over)
	require.Contains(t, b.fits(), "MSG 1")
}

// TestWhoWasFaster: of the staff it is said who, and how long ago.
func TestWhoWasFaster(t *testing.T) {
	t.Parallel()
	ravi, name := testID(900), "Ra\u202evi"
	c := &counter{fails: refusal(409, "the order is cancelled"), shop: shop{by: dto.EventActor{Role: "support", ID: &ravi, Name: &name}}}
	b := at(t, c)
	b.keys("c", "ops", "enter", "D2PF2D")
	c.shop.seen = 2
	b.now = b.now.Add(3 * time.Second)
	require.Contains(t, b.keys("enter").fits(), "version 4, 3s ago: order.cancelled by Ravi (support): too busy")
}

// TestALostAnswer: the same is asked for once more, under the same key; that its event came meanwhile is no other's deed.
func TestALostAnswer(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{
		"cancel": {"c", "ops", "enter", "D2PF2D", "enter"}, "assign": {"a", "dalia", "enter", "enter", "enter"}, "take away": {"t", "acc", "enter", "enter"},
	} {
		c := &counter{fails: client.ErrUnreachable}
		b := at(t, c).keys(keys...)
		require.Contains(t, b.fits(), "nobody knows whether it was done", name)
		b.event(4, "order.changed", nil)
		b.event(5, "order.changed", nil)
		c.fails = nil
		b.keys("enter")
		require.Nil(t, b.over, name)
		require.NotContains(t, b.fits(), "PENDING", name)
		require.Len(t, c.keys, 2, name)
		require.NotEmpty(t, c.keys[0], name)
		require.Equal(t, c.keys[0], c.keys[1], name)
	}
}

// TestDoneUnheard: what the API has done, and has lost its answer of, is done.
func TestDoneUnheard(t *testing.T) {
	t.Parallel()
	lost := &client.Problem{Problem: dto.Problem{Status: 409, Code: "idempotency.answer_lost", Title: "Conflict"}}
	for said, keys := range map[string][]string{
		"cancelled D2PF2D": {"c", "ops", "enter", "D2PF2D", "enter"}, "assigned D2PF2D": {"a", "dalia", "enter", "enter", "enter"},
		"noted on D2PF2D": {"n", "called them", "enter", "enter"}, "paused Casa Lima": {"p", "hour", "enter", "oven is broken", "enter", "enter"},
		"sold out: Masala dosa": {"8", "dosa", "enter", "four", "enter", "enter"},
	} {
		c := &counter{fails: client.ErrUnreachable}
		b := at(t, c).keys(keys...)
		b.event(3, "order.changed", nil)
		c.fails = lost
		b.keys("enter")
		require.Nil(t, b.over, "%s: %s", said, b.fits())
		require.Len(t, b.messages, 1, "only that there was no answer")
	}
}

// TestSoldOutMeanwhile: of a dish, too, it is said what was done to it since it was looked at, by whom, and how long ago; and how it stands.
func TestSoldOutMeanwhile(t *testing.T) {
	t.Parallel()
	by := dto.DeskActor{Role: "support", Name: ptr("Ra\u202evi")}
	c := &counter{fails: refusal(412, "it was changed since: its version is 9, not 5"), done: []dto.DeskChange{
		{Version: 4, What: "sold_out", At: noon.Add(-time.Hour), By: by}, {Version: 5, What: "available", At: noon.Add(-time.Hour), By: by},
	}}
	b := at(t, c).keys("8", "dosa", "enter", "four", "enter")
	c.dish = 9
	c.done = append(c.done, dto.DeskChange{Version: 8, What: "sold_out", At: noon, By: by}, dto.DeskChange{Version: 9, What: "restocked", At: noon, By: dto.DeskActor{Role: "vendor"}})
	b.now = b.now.Add(3 * time.Second)
	b.keys("enter")
	require.Contains(t, b.fits(), "not done, somebody was faster: it was changed since")
	require.Contains(t, b.fits(), "version 8, 3s ago: sold out by Ravi (support)")
	require.Contains(t, b.fits(), "version 9, 3s ago: restocked by vendor")
	require.Contains(t, b.fits(), "version 9 is sold out")
	require.NotContains(t, b.fits(), "brought back", "that was seen")
}

// TestChangedByNobodyKnown: of a dish that nobody is known to have changed since it was looked at, it is said how it stands.
func TestChangedByNobodyKnown(t *testing.T) {
	t.Parallel()
	out := dto.DishUnavailableReasonOutOfSchedule
	c := &counter{fails: refusal(412, "it was changed since: its version is 9, not 5")}
	c.done = []dto.DeskChange{{Version: 5, What: "available", At: noon.Add(-time.Hour), By: dto.DeskActor{Role: "support", Name: ptr("Ravi")}}}
	b := at(t, c).keys("8", "dosa", "enter", "four", "enter")
	c.dish, c.why = 9, &out
	b.keys("enter")
	require.Contains(t, b.fits(), "version 9 is not served")
	require.NotContains(t, b.fits(), "Ravi")
}

// TestRefusalsAreWords: what the API does not allow is said, and kept.
func TestRefusalsAreWords(t *testing.T) {
	t.Parallel()
	c := &counter{fails: refusal(403, "this needs the permission refund")}
	require.Contains(t, at(t, c).keys("c", "ops", "enter", "D2PF2D", "enter").fits(), "not allowed: this needs the permission refund")

	c = &counter{may: []dto.Permission{"reassign"}}
	b := at(t, c).keys("c")
	require.Nil(t, b.over)
	require.Contains(t, b.fits(), "cancel: needs the permission refund, which your account lacks")
	require.Contains(t, b.keys("x").fits(), "not now: needs the permission refund")
	require.Empty(t, c.did)
}

// TestNoAnswer: the same may be asked for once more, under the same key.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	c := &counter{state: "completed", fails: client.ErrUnreachable}
	b := at(t, c)
	b.event(4, "order.completed", nil)
	b.keys("r", "line", "enter", "dosa", "enter", "enter", "missing", "enter", "wallet", "enter")
	require.Contains(t, b.fits(), "given back already: INR 60.00, missing item")
	b.keys("D2PF2D", "enter")
	require.Contains(t, b.fits(), "nobody knows whether it was done")
	c.fails = nil
	b.keys("enter")
	require.Nil(t, b.over)
	require.Len(t, c.did, 2)
	require.Equal(t, c.did[0], c.did[1])
	require.Contains(t, c.did[0], `{"items":[{"portions":1,"position":0}],"reason":"MISSING_ITEM","to":"wallet"} if "3"`)
	require.Contains(t, b.fits(), "PENDING refund D2PF2D")
	key := strings.Fields(c.did[0])[1]
	require.Equal(t, "zoop orders refund D2PF2D --reason MISSING_ITEM --item 1=1 --to wallet --key "+key, b.commandLine())
	b.event(5, "payment.refund_requested", nil)
	require.NotContains(t, b.fits(), "PENDING")
}

// TestARefundSaysItsLimit before anything is answered, and asks nobody who may give nothing back of the order.
func TestARefundSaysItsLimit(t *testing.T) {
	t.Parallel()
	limit := func(amount int64, currency string) *dto.Money { return &dto.Money{Amount: amount, Currency: currency} }
	for name, tt := range map[string]struct {
		role  dto.Role
		limit *dto.Money
		paid  string // with which currency
		want  string
		not   bool // opened
	}{
		"of its currency":     {"support", limit(20_000, "INR"), "INR", "you give back at most INR 200.00 at once", false},
		"of any currency":     {"support", limit(20_000, "XXX"), "INR", "you give back at most INR 200.00 at once", false},
		"without decimals":    {"support", limit(500_000, "XXX"), "JPY", "you give back at most JPY 500000 at once", false},
		"of another currency": {"support", limit(20_000, "INR"), "JPY", "it was paid in JPY, and you give back at most INR 200.00 at once", true},
		"a new account":       {"support", nil, "INR", "not done: you give nothing back, for your account has no refund limit", true},
		"an admin":            {"admin", nil, "INR", "", false},
	} {
		c := &counter{state: "completed", role: tt.role, limit: tt.limit, none: tt.limit == nil, paid: tt.paid}
		b := at(t, c)
		b.event(4, "order.completed", nil)
		shown := b.keys("r").fits()
		require.Contains(t, oneLine(shown), tt.want, name)
		require.Equal(t, tt.not, !strings.Contains(shown, "Refund order"), name)
		require.Equal(t, strings.Contains(tt.want, "at once"), strings.Contains(shown, "at once"), name)
	}
}

// oneLine is a screen without its breaks.
func oneLine(screen string) string { return strings.Join(strings.Fields(screen), " ") }

// TestRefundOfAnAmount is bounded before anybody is asked.
func TestRefundOfAnAmount(t *testing.T) {
	t.Parallel()
	c := &counter{state: "completed"}
	b := at(t, c)
	b.event(4, "order.completed", nil)
	b.keys("r", "amount", "enter")
	require.Contains(t, b.keys("enter").fits(), "amount")
	require.Contains(t, b.keys("0", "enter").fits(), "more than nothing")
	b.keys("backspace", "12.50", "enter", "late", "enter", "enter", "D2PF2D", "enter")
	require.Contains(t, c.did[0], `{"amount":{"amount":1250,"currency":"INR"},"reason":"LATE","to":"wallet"}`, "cash has no source")
	require.Contains(t, b.commandLine(), `--amount "INR 12.50"`)

	require.Contains(t, at(t, &counter{}).keys("r").fits(), "refund: the order has not ended")
}

// TestTheOtherActions each reach the API with what was chosen.
func TestTheOtherActions(t *testing.T) {
	t.Parallel()
	act := func(keys ...string) (string, *bench) {
		c := &counter{}
		b := at(t, c).keys(keys...)
		require.Len(t, c.did, 1, b.fits())
		return c.did[0], b
	}
	did, b := act("a", "dalia", "enter", "enter", "enter")
	require.Equal(t, "assign "+testID(0xc102).String()+` false if "3"`, did)
	require.Equal(t, "zoop dispatch assign D2PF2D "+testID(0xc102).String(), b.commandLine())
	did, b = act("a", "another", "enter", testID(0xc1ff).String(), "enter", "override", "enter", "enter")
	require.Equal(t, "assign "+testID(0xc1ff).String()+` true if "3"`, did)
	require.Contains(t, b.commandLine(), " --override")
	did, b = act("t", "acc", "enter", "enter")
	require.Equal(t, `take away ACCIDENT if "3"`, did)
	require.Equal(t, "zoop dispatch take-away D2PF2D --reason ACCIDENT", b.commandLine())
	did, b = act("n", "called them", "enter", "enter")
	require.Equal(t, "note called them", did)
	require.Contains(t, b.fits(), "noted on D2PF2D")
	require.Regexp(t, `^zoop orders note D2PF2D --text "called them" --key [0-9a-f-]{36}$`, b.commandLine())
	require.NotContains(t, b.fits(), "PENDING")

	did, b = act("p", "hour", "enter", "oven is broken", "enter", "enter")
	require.Equal(t, `pause {"minutes":60,"reason":"oven is broken"} if "7"`, did)
	require.Contains(t, b.fits(), "PENDING pause Casa Lima")
	b.board.Apply(board.Events{{Seq: 101, Subject: domain.SubjectVendor, SubjectID: testID(1000), Version: 8, Type: "vendor.paused", At: b.now}}, b.now)
	b.take()
	require.Contains(t, b.fits(), "pause Casa Lima: done")

	did, b = act("8", "dosa", "enter", "four", "enter", "enter")
	require.Equal(t, `availability {"available":false,"until":"2026-03-14T16:00:00Z"} if "5"`, did)
	require.Contains(t, b.fits(), "PENDING")
	require.Regexp(t, `^zoop menu sold-out [0-9a-f-]{36} --for 4h$`, b.commandLine())
}

// TestEachHasACommandLine: whatever the console does can be done without it.
func TestEachHasACommandLine(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live()
	s := desk.Of(b.batch.Orders[0])
	s.CourierID, s.Alert = testID(0xc101), &board.Alert{ID: alertsOf()[0].ID}
	for _, a := range desk.Actions() {
		f, err := a.Open(t.Context(), Options{Desk: &counter{}, Now: func() time.Time { return noon }}.env(), s)
		require.NoError(t, err, a.Name)
		require.NotNil(t, f.Command, a.Name)
		require.Regexp(t, "^zoop [a-z]+ [a-z-]+ ", f.Command(form.Answers{}), a.Name)
	}
}

// TestFoodOnItsWay is rescued or given up on, and not assigned.
func TestFoodOnItsWay(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{"e": `rescue ACCIDENT if "3"`, "L": `lose if "3"`} {
		c := &counter{}
		b := at(t, c)
		require.Contains(t, b.keys(key).fits(), "no courier is on the way")
		b.event(4, "order.picked_up", nil)
		require.Contains(t, b.keys("a").fits(), "rescue it")
		b.keys(key, map[string]string{"e": "acc", "L": "D2PF2D"}[key], "enter", "enter")
		require.Equal(t, []string{want}, c.did, b.fits())
		require.Regexp(t, `^zoop dispatch (rescue D2PF2D --reason ACCIDENT|lose D2PF2D)$`, b.commandLine())
	}
}

// TestNotOffered: without an API, and in a read-only console, the actions are not there.
func TestNotOffered(t *testing.T) {
	t.Parallel()
	c := &counter{}
	gone := at(t, c)
	gone.board.Apply(board.Link{Mode: board.Live, APIAway: true}, gone.now)
	gone.take()
	closed := newBench(t, 80, 24, func(o *Options) { o.Desk, o.ReadOnly = c, true }).live().keys("enter")
	for _, b := range []*bench{gone, closed} {
		require.Contains(t, b.fits(), " RO ")
		require.NotContains(t, b.fits(), "x actions")
		require.NotContains(t, b.keys("?").fits(), "cancel the order")
		b.keys("esc", "c", "r", "x", "n", "p")
		require.Nil(t, b.over)
		require.NotContains(t, b.keys(":", "canc").fits(), "cancel the order")
		b.keys("esc")
	}
	require.Empty(t, c.did)
	gone.board.Apply(board.Link{Mode: board.Live}, gone.now)
	gone.take()
	require.Contains(t, gone.fits(), "x actions")
}

// TestReplay: what one console was told another is told again: the same lines, and a screen without any API.
func TestReplay(t *testing.T) {
	t.Parallel()
	api := &market{epoch: "e1", log: history(20)}
	begin := int64(0)
	var recorded, first, again bytes.Buffer
	require.NoError(t, Run(t.Context(), Options{
		API: api, Face: JSON, From: &begin, Count: len(api.log), Out: &first, Record: &recorded, Now: func() time.Time { return noon },
	}))
	player := func() *tape.Player {
		p, err := tape.Open(bytes.NewReader(recorded.Bytes()), 0)
		require.NoError(t, err)
		return p
	}
	require.NoError(t, Run(t.Context(), Options{Face: JSON, Replay: player(), Out: &again}))
	require.NotEmpty(t, first.String())
	require.Equal(t, first.String(), again.String())

	in, keys := io.Pipe()
	var out safeBuffer
	done := make(chan error, 1)
	go func() {
		done <- Run(t.Context(), Options{Face: Screen, Replay: player(), In: in, Out: &out, Zone: time.UTC, Label: "tape"})
	}()
	require.Eventually(t, func() bool {
		return strings.Contains(out.String(), "tape RO") && strings.Contains(out.String(), "Wok 88")
	}, time.Minute, 10*time.Millisecond)
	_, err := keys.Write([]byte("\r"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "a replay has no details") }, time.Minute, 10*time.Millisecond)
	_, err = keys.Write([]byte("q"))
	require.NoError(t, err)
	require.NoError(t, <-done)
}
