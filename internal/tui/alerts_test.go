package tui

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/feed"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/settings"
)

// alertsOf are alerts of every kind, as the API tells them: of the shop's first orders, of a vendor with a hostile name, and of a courier.
func alertsOf() []dto.Alert {
	shop, _ := shop{}.LiveOrders(context.Background())
	text := func(s string) *string { return &s }
	var out []dto.Alert
	for i, k := range alert.Kinds {
		o := shop.Orders[i]
		a := dto.Alert{
			ID: testID(0xa000 + i), Kind: dto.AlertKind(k.Kind), Severity: dto.AlertSeverity(k.Severity), Subject: "order", SubjectID: o.ID, Name: text(o.Number),
			VendorID: &o.Vendor.ID, City: "Delhi", State: "open", Version: 1, OpenedAt: noon.Add(-time.Duration(i*i) * time.Minute), Data: map[string]any{},
		}
		switch k.Kind {
		case alert.VendorSilent:
			a.Subject, a.SubjectID, a.Name = "vendor", testID(1000), text(hostile)
		case alert.CashLimit:
			a.Subject, a.SubjectID, a.Name, a.VendorID = "courier", testID(0xc101), nil, nil
		case alert.RefundFailed:
			a.SubjectID, a.Name = testID(0xffff), text("Z2Z2Z2") // it ended long ago
		case alert.CourierLost:
			a.AcknowledgedAt, a.AcknowledgedBy = &a.OpenedAt, &dto.Party{Name: "Ra\x1bvi"}
		case alert.PaymentExcess:
			later := noon.Add(25 * time.Minute)
			a.SnoozedUntil, a.SnoozedBy = &later, &dto.Party{Name: "Asha"}
		default:
		}
		out = append(out, a)
	}
	return out
}

// alerted tells the board of all alerts.
func (b *bench) alerted() *bench {
	f, _ := b.o.API.LiveOrders(context.Background())
	f.Alerts = alertsOf()
	var s board.Snapshot
	facts := make(chan board.Fact, 4)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_ = feed.New(feed.Options{API: alerting{f}, Facts: facts, Now: func() time.Time { return noon }}).Run(ctx)
	}()
	for range 2 {
		if snapshot, ok := (<-facts).(board.Snapshot); ok {
			s = snapshot
		}
	}
	cancel()
	b.board.Apply(s, b.now)
	b.take()
	return b
}

// alerting is a shop with alerts.
type alerting struct{ f dto.Feed }

func (a alerting) LiveOrders(context.Context) (dto.Feed, error) { return a.f, nil }
func (a alerting) Events(context.Context, int64, int) (dto.EventPage, error) {
	return dto.EventPage{Epoch: "e1", Last: 100}, nil
}
func (a alerting) Order(ctx context.Context, id domain.ID) (dto.Order, error) {
	return shop{}.Order(ctx, id)
}
func (a alerting) Alert(context.Context, domain.ID) (dto.Alert, error) { return dto.Alert{}, nil }
func (a alerting) Timeline(ctx context.Context, id domain.ID) ([]dto.Event, error) {
	return shop{}.Timeline(ctx, id)
}

func (c *counter) Alert(_ context.Context, id domain.ID) (dto.Alert, error) {
	for _, a := range alertsOf() {
		if a.ID == id {
			if c.shop.seen > 0 { // somebody was faster
				a.Version++
				a.AcknowledgedAt, a.AcknowledgedBy = &a.OpenedAt, &dto.Party{Name: "Ravi"}
			}
			return a, nil
		}
	}
	return dto.Alert{}, refusal(404, "no such alert")
}

func (c *counter) changedAlert(id domain.ID, what string, opts []client.CallOption) (dto.Alert, error) {
	a, _ := c.Alert(context.Background(), id)
	a.Version++
	return a, c.deed(what, opts...)
}

func (c *counter) AcknowledgeAlert(_ context.Context, id domain.ID, opts ...client.CallOption) (dto.Alert, error) {
	return c.changedAlert(id, "acknowledge", opts)
}

func (c *counter) UnacknowledgeAlert(_ context.Context, id domain.ID, opts ...client.CallOption) (dto.Alert, error) {
	return c.changedAlert(id, "unacknowledge", opts)
}

func (c *counter) SnoozeAlert(_ context.Context, id domain.ID, minutes int, opts ...client.CallOption) (dto.Alert, error) {
	return c.changedAlert(id, "snooze "+time.Duration(minutes*int(time.Minute)).String(), opts)
}

func (c *counter) WakeAlert(_ context.Context, id domain.ID, opts ...client.CallOption) (dto.Alert, error) {
	return c.changedAlert(id, "wake", opts)
}

// alertEvent tells of the next event of an alert.
func (b *bench) alertEvent(id domain.ID, version int, kind string, data map[string]any) {
	b.board.Apply(board.Events{{Seq: b.batch.Seq + 1, Subject: domain.SubjectAlert, SubjectID: id, Version: version, Type: kind, At: b.now, City: "Delhi", Data: data}}, b.now)
	b.take()
}

func TestFramesOfAlerts(t *testing.T) {
	t.Parallel()
	goldens(t, "alerts", func(b *bench) { b.alerted().keys("2", "s") })
	goldens(t, "alert-snooze", func(b *bench) { b.alerted().keys("2", "z", "down") })
}

func TestFramesOfAlertsInTrouble(t *testing.T) {
	t.Parallel()
	small := func() *bench { return newBench(t, 80, 24, nil) }
	small().live().keys("2").golden("alerts-none")
	small().keys("2").golden("alerts-connecting")
	b := small().live().alerted().keys("2")
	b.board.Apply(board.Link{Mode: board.Stale, Since: noon.Add(-42 * time.Second), APIAway: true, Note: "redis is away, the API is away"}, b.now)
	b.take()
	b.keys("A")
	require.Nil(t, b.over)
	b.golden("alerts-stale")
}

// TestAnAlertIsLookedAfter is the closed loop: it is pending until its event comes, and counted no more.
func TestAnAlertIsLookedAfter(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk, o.API = c, c }).live()
	require.Contains(t, b.fits(), "CRIT 2 WARN 1 ")
	b.alerted().keys("2")
	require.Contains(t, b.fits(), "CRIT 7 WARN 2 ", "five that nobody looks after and are no orders', and a courier's cash")
	require.Contains(t, b.fits(), "10, 1 snoozed")
	require.Contains(t, b.fits(), "the food of D2PF2D is with somebody who cannot bring it")
	b.keys("down", "up", "A")
	require.Contains(t, b.fits(), "nobody looks after it")
	require.Empty(t, c.did)
	b.keys("enter")
	require.Equal(t, []string{`acknowledge if "1"`}, c.did)
	require.Contains(t, b.fits(), "PENDING acknowledge food stranded D2PF2D")
	b.alertEvent(testID(0xa000), 2, alert.EventAcknowledged, nil)
	require.Contains(t, b.fits(), "done, and seen on the stream")
	require.NotContains(t, b.fits(), "PENDING")
	require.Contains(t, b.fits(), "CRIT 6 WARN 2 ")
	require.Equal(t, testID(0xa000), b.views[1].Subject().Alert.ID, "the selection stays on its alert, which has gone down")

	b.out.Reset()
	b.keys("Y")
	require.Contains(t, b.out.String(), base64.StdEncoding.EncodeToString([]byte("zoop alerts ack "+testID(0xa000).String())))
	b.now = b.now.Add(time.Hour)
	b.out.Reset()
	b.keys("Y")
	require.Contains(t, b.out.String(), base64.StdEncoding.EncodeToString([]byte("zoop alerts get "+testID(0xa000).String())))

	b.alertEvent(testID(0xa000), 3, alert.EventClosed, nil)
	require.NotContains(t, b.fits(), "food stranded")
	b.alertEvent(testID(0xb000), 1, alert.EventOpened, map[string]any{
		"kind": "no_courier", "severity": "crit", "subject": "order", "subjectId": testID(2).String(), "name": "NEWONE", "vendorId": testID(1000).String(),
	})
	require.Contains(t, b.fits(), "NEWONE")
}

// TestAnAlertIsSnoozed hides it, counts it, and shows it on demand and when the time is over.
func TestAnAlertIsSnoozed(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk, o.API = c, c }).live().alerted().keys("2", "z", "down", "enter", "enter")
	require.Equal(t, []string{`snooze 30m0s if "1"`}, c.did)
	b.alertEvent(testID(0xa000), 2, alert.EventSnoozed, map[string]any{"until": b.now.Add(30 * time.Minute).Format(time.RFC3339)})
	require.NotContains(t, b.fits(), "food stranded  ")
	require.Contains(t, b.fits(), "9, 2 snoozed")
	b.keys("Y")
	require.Contains(t, b.out.String(), base64.StdEncoding.EncodeToString([]byte("zoop alerts snooze "+testID(0xa000).String()+" --for 30m")), "though it is not in sight")
	b.keys("s", "end", "up")
	require.Contains(t, b.fits(), "snoozed 30m")
	b.now = b.now.Add(31 * time.Minute)
	b.onClock()
	require.Contains(t, b.fits(), "11")
	require.NotContains(t, b.fits(), "snoozed 2")
}

// TestSomebodyWasFasterWithAnAlert says who, and what they did.
func TestSomebodyWasFasterWithAnAlert(t *testing.T) {
	t.Parallel()
	c := &counter{fails: refusal(412, "it was changed since: its version is 2, not 1")}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk, o.API = c, c }).live().alerted().keys("2", "A")
	c.shop.seen = 1
	b.keys("enter")
	require.Contains(t, b.fits(), "somebody was faster")
	require.Contains(t, b.fits(), "version 2: acknowledged by Ravi at 12:00:00 UTC")
}

// TestAnAlertOpensWhatItIsAbout: its order, also one that is not on the board; its vendor and its courier, whatever they are called and whether
// they have anything to do.
func TestAnAlertOpensWhatItIsAbout(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk, o.API = c, c }).live().alerted().keys("2", "enter")
	require.True(t, b.inOrder)
	require.Equal(t, testID(1), b.order.ID())
	b.keys("esc")
	to := func(k alert.Kind) {
		for b.views[1].Subject().Alert.Kind != k {
			b.keys("down")
		}
		b.keys("enter")
	}
	to(alert.CashLimit)
	require.Contains(t, b.fits(), "[4]Couriers")
	require.Equal(t, testID(0xc101), b.view().Subject().CourierID)
	b.keys("2", "g")
	to(alert.VendorSilent)
	require.Contains(t, b.fits(), "[3]Vendors")
	require.Equal(t, testID(1000), b.view().Subject().VendorID)

	b.alertEvent(testID(0xb001), 1, alert.EventOpened, map[string]any{
		"kind": "vendor_silent", "severity": "crit", "subject": "vendor", "subjectId": testID(0xabc).String(), "vendorId": testID(0xabc).String(), "name": `"Joe", Sons`,
	})
	b.keys("2", "/", "sons", "enter", "enter")
	require.Equal(t, testID(0xabc), b.view().Subject().VendorID)
	require.Contains(t, b.fits(), `"Joe", Sons`, "though it has nothing to do")
	b.keys("esc", "G")
	require.NotContains(t, b.fits(), `"Joe", Sons`)

	b.alertEvent(testID(0xb002), 1, alert.EventOpened, map[string]any{"kind": "of_a_newer_server", "severity": "crit", "subject": "cart", "subjectId": testID(0xabd).String()})
	b.keys("2", "esc", "/", "newer", "enter", "enter")
	require.Contains(t, b.fits(), "nothing is known of cart 0abd")
	b.keys("1", "/", "nosuch", "enter", "enter")
	require.Contains(t, b.fits(), "nothing is selected")
}

// TestAlertsAreFiltered by the language of the other views; what is snoozed is shown when states are asked for.
func TestAlertsAreFiltered(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := newBench(t, 100, 24, func(o *Options) { o.Desk, o.API, o.Settings = c, c, settings.Dir(t.TempDir()) }).live().alerted().keys("2")
	shown := func(filter string, want string) {
		t.Helper()
		b.keys("/", filter, "enter")
		require.Contains(t, b.fits(), "/"+filter)
		require.Contains(t, b.fits(), want)
		b.keys("esc")
		require.NotContains(t, b.fits(), "/"+filter)
	}
	shown("kind=vendor_silent", "1/11, 1 snoozed")
	shown("severity=warn", "3/11")
	shown("state=snoozed", "paid back twice")
	shown("state=acknowledged by~ra", "1/11")
	shown("vendor~lima -cash", "/11")
	shown("courier=c-c101", "cash limit")
	shown("order=z2z2z2", "refund failed")
	shown("city=delhi age>60", "/11")
	shown("order=nosuch", "no alert meets the filter")
	b.keys("/", "sta", "tab", "sno", "tab")
	require.Contains(t, b.fits(), "/state=snoozed")
	b.keys("enter", ":", "save hidden", "enter", "esc", "1", ":", "hidden", "enter")
	require.Contains(t, b.fits(), "[2]Alerts")
	require.Contains(t, b.fits(), "/state=snoozed")
	b.golden("alerts-filtered")
}

// TestMarks: rows stay marked wherever they go, their IDs are copied at once, and marked alerts are looked after at once.
func TestMarks(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk, o.API = c, c }).live().alerted()
	first, second := b.batch.Orders[0].ID, b.batch.Orders[1].ID
	b.keys(" ", " ", "G")
	require.Contains(t, b.fits(), "MARK 2")
	b.keys("y")
	require.Contains(t, b.fits(), "copied 2 IDs")
	ids := []string{first.String(), second.String()}
	slices.Sort(ids)
	require.Contains(t, b.out.String(), base64.StdEncoding.EncodeToString([]byte(strings.Join(ids, "\n"))))
	b.golden("marks")
	b.board.Apply(board.Events{{Seq: b.batch.Seq + 1, Subject: domain.SubjectOrder, SubjectID: first, Version: 4, Type: "order.cancelled", At: b.now}}, b.now)
	b.take()
	require.Contains(t, b.fits(), "MARK 2")
	require.Contains(t, b.fits(), b.theme.Signs.PointerAtMark+"!-01:47", "the second has gone up")
	b.keys("c")
	require.Nil(t, b.over.(*dialog).subject.Alerts, "nothing is done to several orders")
	b.keys("esc", "esc")
	require.NotContains(t, b.fits(), "MARK")

	b.now = b.now.Add(noticeFor)
	b.keys("2", " ", " ", " ", "A")
	require.Contains(t, b.fits(), "Marked: 3 alerts")
	require.Empty(t, c.did)
	b.keys("enter")
	require.Equal(t, []string{`acknowledge if "1"`, `acknowledge if "1"`, `acknowledge if "1"`}, c.did)
	require.Contains(t, b.fits(), "PENDING acknowledge 3 alerts")
	require.NotContains(t, b.fits(), "MARK")
	for i, a := range b.views[1].(*page.Alerts).Shown()[:3] {
		require.Contains(t, b.fits(), "PENDING", i)
		b.alertEvent(a.ID, 2, alert.EventAcknowledged, nil)
	}
	require.Contains(t, b.fits(), "done, and seen on the stream")
	require.Equal(t, 3, strings.Count(b.commandLine(), "zoop alerts ack "))
}

// TestEventsMayBeFasterThanAnswers, of marked alerts as well.
func TestEventsMayBeFasterThanAnswers(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk, o.API = c, c }).live().alerted().keys("2", " ", " ", "A")
	w := watch(b.over.(*dialog).subject)
	for _, a := range b.over.(*dialog).subject.Alerts {
		w.take(board.Batch{Entries: []board.Entry{{Event: board.Event{Subject: domain.SubjectAlert, SubjectID: a.ID, Version: 2}}}})
	}
	require.Len(t, w.saw.Entries, 2)
}

// TestMarkedAlertsAreSnoozedOnce: what was done is not done again when the rest is sent once more; and who was faster is said.
func TestMarkedAlertsAreSnoozedOnce(t *testing.T) {
	t.Parallel()
	c := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk, o.API = c, c }).live().alerted().keys("2", " ", " ", "z", "down")
	c.fails, c.first = client.ErrUnreachable, 1
	b.keys("enter", "enter")
	require.Contains(t, b.fits(), "Marked: 2 alerts")
	require.Len(t, c.did, 2)
	c.fails = nil
	b.keys("enter")
	require.Equal(t, []string{`snooze 30m0s if "1"`, `snooze 30m0s if "1"`, `snooze 30m0s if "1"`}, c.did, "the first was done")
	require.NotEmpty(t, c.keys[1])
	require.NotEqual(t, c.keys[0], c.keys[1])
	require.Equal(t, c.keys[1], c.keys[2], "the second may have been")
	c.fails = refusal(412, "it was changed since")
	b.keys(" ", "A", "enter")
	require.Contains(t, b.fits(), "somebody was faster")
}

// TestMarkedAlertsOfSomebodyElse are left to them: who that is, is said and kept.
func TestMarkedAlertsOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for first, want := range []string{"not done, somebody was faster", "acknowledged 1 of 2"} {
		c := &counter{fails: refusal(412, "it was changed since"), first: first}
		b := newBench(t, 140, 40, func(o *Options) { o.Desk, o.API = c, c }).live().alerted().keys("2", " ", " ", "A")
		c.shop.seen = 1
		b.keys("enter")
		require.Contains(t, b.fits(), want)
		require.Len(t, b.pending, first, "what was done is waited for")
		b.keys("esc", "M")
		require.Contains(t, b.fits(), want)
		require.Contains(t, b.fits(), ": acknowledged by Ravi at ")
	}
}

// TestAlertsAreTold by the line mode, which obeys as well.
func TestAlertsAreTold(t *testing.T) {
	t.Parallel()
	c := &counter{}
	say, heard, take, b := converses(t, c)
	heard("30 orders, 2 breached, 1 at risk.")
	b.Apply(board.Events{{Seq: 101, Subject: domain.SubjectAlert, SubjectID: testID(0xa000), Version: 1, Type: alert.EventOpened, At: noon, City: "Delhi", Data: map[string]any{
		"kind": "no_courier", "severity": "crit", "subject": "order", "subjectId": testID(2).String(), "name": "8F2K9Q",
	}}}, noon)
	take()
	heard("New alert, critical: nobody takes 8F2K9Q, for 0s.")
	say("status")
	heard("1 alerts.")
	say("alerts")
	heard("1. critical: nobody takes 8F2K9Q, for 0s.\n1 alerts.")
	say("acknowledge 2")
	heard("No alert is 2.")
	say("acknowledge 1")
	heard("Type yes to go on.")
	say("yes")
	heard("acknowledged")
	heard("The same as: zoop alerts ack")
	heard("Pending until the stream tells of it.")
	b.Apply(board.Events{{Seq: 102, Subject: domain.SubjectAlert, SubjectID: testID(0xa000), Version: 2, Type: alert.EventAcknowledged, At: noon}}, noon)
	take()
	heard("done, and seen on the stream.")
	say("alerts")
	heard(", acknowledged.")
}
