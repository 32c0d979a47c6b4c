package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/settings"
)

func ptr[T any](v T) *T { return &v }

// vendors are those of the desk: the shop's one, one that is paused by a stranger, and twenty more.
func (c *counter) DeskVendors(_ context.Context, f client.DeskFilter, p client.Page) (dto.DeskVendorList, error) {
	if c.broken != nil {
		return dto.DeskVendorList{}, c.broken
	}
	c.asked = append(c.asked, "vendors "+f.Text+p.Cursor)
	if f.Text != "" {
		return dto.DeskVendorList{Data: []dto.DeskVendor{{ID: testID(0xf00), Name: "Found Bakery", City: "Goa", State: "closed", Status: "approved"}}}, nil
	}
	if p.Cursor == "" {
		first := c.lima(testID(1000))
		return dto.DeskVendorList{Data: []dto.DeskVendor{first}, NextCursor: ptr("more")}, nil
	}
	list := dto.DeskVendorList{Data: []dto.DeskVendor{{
		ID: testID(1001), Name: hostile, City: "Pune\x1b[31m", State: "paused", Status: "approved", Carts: 2, Answers: dto.DeskAnswers{Asked: 20, Accepted: 9},
		Pause: &dto.DeskPause{Reason: "gas\u202e out\x07", Until: ptr(noon.Add(30 * time.Minute)), By: &dto.DeskActor{Role: "support", Name: ptr("A\u200bsha")}},
	}}}
	for n := range 20 {
		list.Data = append(list.Data, dto.DeskVendor{
			ID: testID(2000 + n), Name: fmt.Sprintf("寿司太郎 %d", n), City: "Delhi", State: "paused", Status: "approved", Pause: &dto.DeskPause{Reason: "holiday"},
		})
	}
	return list, nil
}

func (c *counter) DeskVendor(_ context.Context, id domain.ID) (dto.DeskVendor, error) {
	return c.lima(id), c.broken
}

func (c *counter) lima(id domain.ID) dto.DeskVendor {
	v := dto.DeskVendor{
		ID: id, Name: "Casa Lima", City: "Delhi", State: "open", Status: "approved", Version: 7, Placed: 1, Carts: 4,
		Prep: dto.DeskPrep{Orders: 50, P95Seconds: 18 * 60}, Answers: dto.DeskAnswers{Asked: 100, Accepted: 97},
	}
	if c.seen > 0 {
		v.Version, v.State = 9, "paused"
		v.Pause = &dto.DeskPause{Reason: "oven", By: &dto.DeskActor{Role: "vendor", Name: ptr("Rosa")}}
	}
	return v
}

func (c *counter) Hours(context.Context, domain.ID) (dto.Hours, error) {
	return dto.Hours{Week: []dto.Slot{{Day: "sat", Opens: "09:00", Closes: "22:00"}}}, c.broken
}

func (c *counter) Closures(context.Context, domain.ID) (dto.ClosureList, error) {
	return dto.ClosureList{Data: []dto.Closure{{StartsAt: noon.Add(4 * time.Hour), EndsAt: noon.Add(8 * time.Hour), Reason: "wedding\u202e"}}}, c.broken
}

// couriers are those of the desk: one who carries and is silent, one in every state, and one whose pocket is full.
func (c *counter) DeskCouriers(_ context.Context, f client.DeskFilter, _ client.Page) (dto.DeskCourierList, error) {
	if c.broken != nil {
		return dto.DeskCourierList{}, c.broken
	}
	c.asked = append(c.asked, "couriers "+f.Text)
	if f.Text != "" {
		return dto.DeskCourierList{Data: []dto.DeskCourier{{ID: testID(0xf01), Name: "Found Ravi", State: "offline", Status: "approved", Capacity: 2, Excluded: ptr(dto.ExclusionOffline)}}}, nil
	}
	inr := func(n int64) dto.Money { return dto.Money{Amount: n, Currency: "INR"} }
	var list dto.DeskCourierList
	add := func(n int, name string, state dto.DeskCourierState, silence time.Duration, change func(*dto.DeskCourier)) {
		v := dto.DeskCourier{
			ID: testID(n), Name: name, City: ptr("Delhi"), Vehicle: "bicycle", Status: "approved", State: state, Capacity: 2, Version: 3, SeenAt: ptr(noon.Add(-silence)),
			Cash: []dto.CashRoom{{Limit: inr(500000), Held: inr(120000), Due: inr(42100), Left: inr(337900)}}, ShiftEndsAt: ptr(noon.Add(3 * time.Hour)),
		}
		change(&v)
		list.Data = append(list.Data, v)
	}
	why := func(e dto.Exclusion) func(*dto.DeskCourier) { return func(v *dto.DeskCourier) { v.Excluded = &e } }
	add(0xc101, "Hana Gill", "carrying", 3*time.Minute, why(dto.ExclusionAway))
	add(0xc103, "Ev\x1b[2Jil \u202eoiraM", "carrying", 10*time.Second, func(*dto.DeskCourier) {})
	add(0xd001, "Asha Rao", "idle", 40*time.Second, func(v *dto.DeskCourier) { v.City = nil })
	add(0xd002, "Kofi Mensah", "idle", 75*time.Second, func(v *dto.DeskCourier) {
		v.Cash = append(v.Cash, dto.CashRoom{Limit: dto.Money{Amount: 10000, Currency: "USD"}, Held: dto.Money{Amount: 10100, Currency: "USD"}})
	})
	add(0xd003, "寿司 太郎", "offered", 5*time.Second, why(dto.ExclusionOffered))
	return list, nil
}

func (c *counter) DeskCourier(_ context.Context, id domain.ID) (dto.DeskCourier, error) {
	v := dto.DeskCourier{ID: id, Name: "Hana Gill", Vehicle: "motorbike", State: "carrying", Status: "approved", Carrying: 1, Capacity: 2, Version: 3, Changes: c.done}
	if c.seen > 0 {
		v.Version, v.State = 5, "offline"
	}
	if c.seen > 1 {
		v.Status = "suspended"
	}
	return v, c.broken
}

func (c *counter) CourierDocuments(context.Context, domain.ID) (dto.CourierDocumentList, error) {
	return dto.CourierDocumentList{Data: c.shown}, c.broken
}

func (c *counter) SuspendCourier(_ context.Context, id domain.ID, reason string, opts ...client.CallOption) (dto.Courier, error) {
	return dto.Courier{ID: id, Version: 4}, c.deed("suspend "+reason, opts...)
}

func (c *counter) ApproveCourier(_ context.Context, id domain.ID, opts ...client.CallOption) (dto.Courier, error) {
	return dto.Courier{ID: id, Version: 4}, c.deed("approve", opts...)
}

func (c *counter) DeskStreams(context.Context) (dto.DeskStreams, error) {
	c.asked = append(c.asked, "streams")
	return dto.DeskStreams{
		Epoch: "e1", Last: 100 + int64(len(c.asked)), Waiting: 12, WaitingSeconds: ptr(0.34),
		Streams: []dto.DeskStream{{
			Name: "zoop:{events}:e1:orders", Length: 99, First: 2, Last: 100, Behind: 3,
			Groups: []dto.DeskGroup{{Name: "re\x1b[31mports", Consumers: 2, Pending: 3, Lag: ptr(int64(5))}, {Name: "old"}},
		}},
	}, c.broken
}

// pass lets a second pass, as the clock does.
func (b *bench) pass(d time.Duration) *bench {
	b.now = b.now.Add(d)
	b.onClock()
	b.run(b.ask())
	return b
}

func TestFramesOfTheVendors(t *testing.T) {
	t.Parallel()
	goldens(t, "vendors", func(b *bench) { b.keys("3") })
	goldens(t, "vendor", func(b *bench) { b.keys("3", "enter", "down") })
}

func TestFramesOfTheCouriers(t *testing.T) {
	t.Parallel()
	goldens(t, "couriers", func(b *bench) { b.keys("4") })
	goldens(t, "courier", func(b *bench) { b.keys("4", "enter") })
}

// TestTheNewViewsAreHarmless: of what strangers have typed nothing but letters reaches the terminal.
func TestTheNewViewsAreHarmless(t *testing.T) {
	t.Parallel()
	b := newBench(t, 220, 60, nil).live()
	for _, view := range []string{"3", "4", "5"} {
		b.keys(view)
		for range 4 {
			b.keys("down", "enter")
			for _, r := range b.fits() {
				require.False(t, r != '\n' && r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u202e' || r == '\u200b', "%U is on the screen", r)
			}
			b.keys("esc")
		}
	}
}

// TestVendorsAreAsLiveAsTheBoard: what is counted follows the stream at once; what is read from the API follows a vendor's event, but not
// more often than every other second.
func TestVendorsAreAsLiveAsTheBoard(t *testing.T) {
	t.Parallel()
	api := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk = api }).live()
	require.Empty(t, api.asked, "nobody looks")
	b.keys("3")
	require.Equal(t, []string{"vendors ", "vendors more"}, api.asked)
	row := func(name string) string {
		for _, line := range strings.Split(b.fits(), "\n") {
			if strings.Contains(line, name) {
				return line
			}
		}
		return ""
	}
	require.Regexp(t, `! *\d+ +Casa Lima +OPEN +5 +10 +5 +18m +97%`, row("Casa Lima"), "as many as the board has, and not as the API says")

	b.board.Apply(board.Events{{Seq: 101, Subject: domain.SubjectOrder, SubjectID: testID(1), Version: 4, Type: "order.accepted", VendorID: testID(1000), At: b.now}}, b.now)
	b.take()
	require.Regexp(t, `Casa Lima +OPEN +4 +11 +5`, row("Casa Lima"))
	require.Len(t, api.asked, 2, "the board knows")

	b.board.Apply(board.Events{{Seq: 102, Subject: domain.SubjectVendor, SubjectID: testID(1000), Version: 9, Type: "vendor.paused", At: b.now}}, b.now)
	b.take()
	b.pass(time.Second)
	require.Len(t, api.asked, 2, "too soon")
	b.pass(time.Second)
	require.Len(t, api.asked, 4)
	b.pass(9 * time.Second)
	require.Len(t, api.asked, 4)
	b.pass(time.Second)
	require.Len(t, api.asked, 6, "now and then in any case")
	b.board.Apply(board.Events{{Seq: 103, Subject: domain.SubjectOrder, SubjectID: testID(600), Version: 1, Type: "order.placed", VendorID: testID(3000), At: b.now}}, b.now)
	b.take()
	b.pass(2 * time.Second)
	require.Len(t, api.asked, 8, "somebody new has work")
	b.pass(2 * time.Second)
	require.Len(t, api.asked, 8, "whom the list does not have: asked for once")
	b.keys("1").pass(time.Hour)
	require.Len(t, api.asked, 8, "nobody looks")
}

// TestVendorsBeyondThoseWithWork are found by their name; the filter has fields of its own.
func TestVendorsBeyondThoseWithWork(t *testing.T) {
	t.Parallel()
	api := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk = api }).live().keys("3", "/", "bakery", "enter")
	b.pass(2 * time.Second)
	require.Contains(t, api.asked, "vendors bakery")
	require.Contains(t, b.fits(), "Found Bakery")
	require.Contains(t, b.fits(), "1/23")
	b.keys("esc", "/", "state=pa", "tab", " by~ash", "enter")
	require.Contains(t, b.fits(), "1/2")
	require.Contains(t, b.fits(), "PAUSED 12:30")
	b.keys("esc", "/", "late>0 yes>90%", "enter")
	require.Contains(t, b.fits(), "Casa Lima")
	b.keys("/", " size>3")
	require.Contains(t, b.fits(), `no field "size"`)
	b.keys("esc", "/", "si", "tab")
	require.NotContains(t, b.fits(), "sla", "those of the board are others")
}

// TestAVendorsFilterIsSaved with its view, and recalled in it.
func TestAVendorsFilterIsSaved(t *testing.T) {
	t.Parallel()
	dir := settings.Dir(t.TempDir())
	console := func() *bench {
		b := newBench(t, 80, 24, func(o *Options) { o.Settings = dir }).live()
		b.run(b.readFilters())
		return b
	}
	console().keys("3", "/", "late>0", "enter", ":", "save behind", "enter")
	b := console().keys(":", "behind", "enter")
	require.Equal(t, "Vendors", b.view().Name())
	require.Contains(t, b.fits(), "/late>0")
	require.Empty(t, b.orders.Filter())
}

// TestThePaletteFindsVendors by a part of their name, and shows them in their view.
func TestThePaletteFindsVendors(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live().keys(":", "casa li")
	require.Contains(t, b.fits(), "vendor in Delhi")
	b.keys("enter")
	require.Equal(t, "Vendors", b.view().Name())
	require.Contains(t, b.fits(), `/"Casa Lima"`)
	require.Equal(t, testID(1000), b.view().Subject().VendorID)
}

// TestTheSelectionOfARosterStays while rows move, and scrolling keeps rows where they are.
func TestTheSelectionOfARosterStays(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live().keys("3", "down", "down")
	chosen := b.view().Subject().VendorID
	for n := range 3 { // another one comes on top
		b.board.Apply(board.Events{{
			Seq: int64(101 + n), Subject: domain.SubjectOrder, SubjectID: testID(500 + n), Version: 1, Type: "order.placed", VendorID: testID(3000), At: b.now,
			Data: map[string]any{"number": fmt.Sprint("N", n), "vendorName": "Aa New", "deadlineAt": noon.Add(-time.Minute).Format(time.RFC3339)},
		}}, b.now)
	}
	b.take()
	require.Contains(t, b.fits(), "paused")
	require.NotContains(t, b.fits(), "Aa New")
	require.Equal(t, chosen, b.view().Subject().VendorID)
	b.keys("esc")
	require.Contains(t, b.fits(), "Aa New")
	require.Equal(t, chosen, b.view().Subject().VendorID, "it is still selected")
	b.keys("G")
	require.NotEqual(t, chosen, b.view().Subject().VendorID)
}

// TestAVendorIsPaused from its row: the dialog says what that touches, it is done for the version that was shown, and it is pending until the
// vendor's own event comes.
func TestAVendorIsPaused(t *testing.T) {
	t.Parallel()
	api := &counter{}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk = api }).live().keys("3", "p")
	require.Contains(t, b.fits(), "4 carts are open with it")
	require.Contains(t, b.fits(), "live orders")
	b.keys("down", "enter", "gas is out", "enter", "enter")
	require.Equal(t, []string{`pause {"minutes":30,"reason":"gas is out"} if "7"`}, api.did)
	require.Contains(t, b.fits(), "PENDING pause Casa Lima")
	require.Contains(t, b.commandLine(), `zoop vendors pause `+testID(1000).String()+` --reason "gas is out" --for 30m`)
	b.board.Apply(board.Events{{Seq: 101, Subject: domain.SubjectVendor, SubjectID: testID(1000), Version: 8, Type: "vendor.paused", At: b.now}}, b.now)
	b.take()
	require.Contains(t, b.fits(), "pause Casa Lima: done, and seen on the stream")
	b.now = b.now.Add(time.Hour)
	require.Equal(t, "zoop vendors get "+testID(1000).String(), b.commandLine())
}

// TestAVendorThatSomebodyElsePaused is a conflict that says who; one that has only changed otherwise is none.
func TestAVendorThatSomebodyElsePaused(t *testing.T) {
	t.Parallel()
	api := &counter{fails: refusal(412, "it has version 9")}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk = api }).live().keys("3", "p", "enter", "gas", "enter")
	api.seen = 1
	b.keys("enter")
	require.Contains(t, b.fits(), "somebody was faster")
	require.Contains(t, b.fits(), "paused until it is resumed by the vendor Rosa: oven")
	require.Len(t, api.did, 1)

	api = &counter{fails: refusal(412, "it has version 9")}
	newBench(t, 80, 24, func(o *Options) { o.Desk = api }).live().keys("3", "p", "enter", "gas", "enter", "enter")
	require.Len(t, api.did, 2, "nobody has paused it: once more, with the newer version")
}

// TestACourierIsSuspended with a reason, by whoever may; food that they carry can be taken from them order by order.
func TestACourierIsSuspended(t *testing.T) {
	t.Parallel()
	api := &counter{may: []dto.Permission{"onboard", "reassign"}}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk = api }).live().keys("4", "S")
	require.Contains(t, b.fits(), "carries 1 of 2")
	b.keys("took a cow", "enter", "enter")
	require.Equal(t, []string{`suspend took a cow if "3"`}, api.did)
	require.Contains(t, b.fits(), "PENDING suspend Hana Gill")
	require.Equal(t, `zoop couriers suspend `+testID(0xc101).String()+` --reason "took a cow"`, b.commandLine())

	api.fails = refusal(412, "version 5")
	by := dto.DeskActor{Role: "support", Name: ptr("Ra\u202evi")}
	api.done = []dto.DeskChange{{Version: 3, What: "approved", At: noon.Add(-time.Hour), By: by}}
	b.keys("S")
	api.seen = 1
	b.keys("again", "enter", "enter")
	require.Contains(t, b.fits(), "version 5 is approved, offline")
	require.NotContains(t, b.fits(), "Ravi", "that was before it was looked at")
	b.keys("esc")
	api.seen = 0
	b.keys("S")
	api.seen = 2
	api.done = append(api.done, dto.DeskChange{Version: 4, What: "suspended", At: noon, By: by}, dto.DeskChange{Version: 5, What: "document_shown", At: noon, By: dto.DeskActor{Role: "courier"}})
	b.now = b.now.Add(3 * time.Second)
	b.keys("again", "enter", "enter")
	require.Contains(t, b.fits(), "version 4, 3s ago: suspended by Ravi (support)")
	require.Contains(t, b.fits(), "version 5, 3s ago: document shown by courier")
	require.Contains(t, b.fits(), "version 5 is suspended, offline")
	b.keys("esc", "S", "enter")
	require.NotContains(t, b.fits(), "Ravi", "that was seen")
	api.fails, api.seen = nil, 0
	b.keys("esc", "enter")
	require.Equal(t, testID(2), b.subject().Order.ID, "the order that they bring")
	b.keys("enter")
	require.True(t, b.inOrder)
	require.Equal(t, testID(2), b.order.ID())
	b.keys("esc", "esc")
	require.Contains(t, b.fits(), "WHY NOT")

	none := newBench(t, 80, 24, nil).live().keys("4", "S")
	require.Contains(t, none.fits(), "needs the permission onboard")
	require.Contains(t, newBench(t, 80, 24, func(o *Options) { o.ReadOnly = true }).live().keys("4", "x").fits(), "[4]Couriers")
}

// TestWhoHasNoPapersIsNotApproved, which the dialogs say before anything is done: the API refuses it.
func TestWhoHasNoPapersIsNotApproved(t *testing.T) {
	t.Parallel()
	dialog := func(seen int, shown ...dto.CourierDocument) string {
		api := &counter{may: []dto.Permission{"onboard"}, shown: shown}
		api.seen = seen
		return newBench(t, 140, 40, func(o *Options) { o.Desk = api }).live().keys("4", "S").fits()
	}
	identity := dto.CourierDocument{Kind: "identity", Verified: true}
	licence := dto.CourierDocument{Kind: "licence", ExpiresOn: ptr("2031-01-01")}
	insurance := dto.CourierDocument{Kind: "insurance", ExpiresOn: ptr("2031-01-01"), Verified: true}
	late := dto.CourierDocument{Kind: "insurance", ExpiresOn: ptr("2025-12-31"), Verified: true}
	const lacking = "missing or expired: "
	for _, seen := range []int{0, 2} {
		require.Contains(t, dialog(seen), lacking+"identity, licence, insurance")
		require.Contains(t, dialog(seen, identity, licence, late), lacking+"insurance")
		require.NotContains(t, dialog(seen, identity, licence, insurance), lacking)
	}
	require.NotContains(t, dialog(2, identity), "you have looked at")
	require.Contains(t, dialog(2, identity, licence, insurance), "you have looked at the documents")
}

// TestAnApiThatIsAway leaves what was known, says so, and is not asked all the time.
func TestAViewWhoseAPIIsAway(t *testing.T) {
	t.Parallel()
	api := &counter{shop: shop{broken: errors.New("down")}}
	b := newBench(t, 80, 24, func(o *Options) { o.API, o.Desk = shop{}, api }).live().keys("4")
	require.Contains(t, b.fits(), "c-c101", "the board knows who carries")
	b.keys("5")
	require.Contains(t, b.fits(), "not read: the API is away")
	asked := len(api.asked)
	b.pass(4 * time.Second)
	require.Len(t, api.asked, asked)
	b.pass(time.Second)
	require.Len(t, api.asked, asked+1)
	b.board.Apply(board.Link{Mode: board.Live, APIAway: true}, b.now)
	b.take()
	b.pass(time.Minute)
	require.Len(t, api.asked, asked+1)
}

// TestTheNewViewsAreSaid to those who listen.
func TestTheNewViewsAreSaid(t *testing.T) {
	t.Parallel()
	say, heard, _, _ := converses(t, &counter{})
	heard("30 orders")
	say("vendors late>0")
	heard("1. Casa Lima, open: 2 late, 5 to answer, 10 cooked, 5 ready, 95 of 100 ready within 18m, accepts 97%.")
	heard("1 of 22 vendors.")
	say("couriers why=away")
	heard("1. Hana Gill, carrying, carries 1 of 2, seen at 11:57, gets no offers: not heard of for two minutes, has 24 percent of their cash.")
	say("couriers size>1")
	heard("Not understood: no field")
	say("streams")
	heard("1. outbox: seq")
}

// TestStreams tells the outbox, the streams and their groups, and how fast events come.
func TestStreams(t *testing.T) {
	t.Parallel()
	b := newBench(t, 100, 24, nil).live().keys("5").pass(2 * time.Second)
	require.Contains(t, b.fits(), "seq 102, 0.5 a second, 12 wait, the oldest for 0.3 s")
	require.Contains(t, b.fits(), "99 entries, seq 2 to 100, 3 behind, zoop:{events}:e1:orders")
	require.Contains(t, b.fits(), "reports: 2 consumers, 3 pending, 5 behind")
	require.Equal(t, "zoop console --plain --from 100", b.commandLine())
}

// TestAnySizeFitsTheNewViews: whatever the size, and wherever the operator is in the new views.
func TestAnySizeFitsTheNewViews(t *testing.T) {
	t.Parallel()
	for _, view := range []string{"3", "4", "5"} {
		b := newBench(t, 80, 24, func(o *Options) { o.Color = true }).live().keys(view)
		for width := 1; width < 240; width += 7 {
			for _, height := range []int{1, 2, 5, 12, 24, 60} {
				b.do(tea.WindowSizeMsg{Width: width, Height: height})
				b.fits()
				b.keys("enter", "down", "down")
				b.fits()
				b.keys("esc", "esc")
			}
		}
	}
}
