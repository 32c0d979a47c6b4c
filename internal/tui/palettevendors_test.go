package tui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// typing is a console whose pauses in typing are given by hand.
type typing struct {
	*bench
	api    *counter
	pauses []tea.Msg
}

func palettes(t *testing.T, api *counter, change func(*Options)) *typing {
	t.Helper()
	b := &typing{api: api}
	b.bench = newBench(t, 80, 24, func(o *Options) {
		if o.Desk = api; change != nil {
			change(o)
		}
	})
	b.after = func(d time.Duration, msg tea.Msg) tea.Cmd {
		require.Equal(t, wonderAfter, d)
		b.pauses = append(b.pauses, msg)
		return nil
	}
	b.live()
	return b
}

// pause lets all pauses pass that have begun.
func (b *typing) pause() {
	pauses := b.pauses
	b.pauses = nil
	for _, msg := range pauses {
		b.do(msg)
	}
}

// names are those of what the palette finds.
func (b *typing) names() (out []string) {
	for _, c := range b.over.(*palette).found(b.model) {
		out = append(out, c.name)
	}
	return out
}

// zaikas are vendors of one name, with numbers.
func zaikas(from, to int) (out []dto.DeskVendor) {
	for n := from; n < to; n++ {
		out = append(out, dto.DeskVendor{ID: testID(0xf000 + n), Name: fmt.Sprint("Zaika ", n)})
	}
	return out
}

// TestThePaletteAsksForVendors that have no live order, once nothing has been typed for a moment, and leads to the one that is chosen.
func TestThePaletteAsksForVendors(t *testing.T) {
	t.Parallel()
	b := palettes(t, &counter{}, nil)
	b.keys(":", "found")
	require.Empty(t, b.api.asked, "no key asks")
	require.Contains(t, b.fits(), "nothing on the board fits; asking the API for vendors")
	b.keys(" ba", " ")
	b.pause()
	require.Equal(t, []string{"vendors found ba"}, b.api.asked, "only for what was typed last, and once")
	b.golden("palette-vendors")
	b.keys("enter")
	require.Equal(t, "Vendors", b.view().Name())
	require.Equal(t, testID(0xf00), b.view().Subject().VendorID)
	require.Contains(t, b.fits(), "Found Bakery")
}

// found is an API whose vendors of a name are told to it.
type found struct {
	*counter
	vendors []dto.DeskVendor
	asked   []context.Context
}

func (f *found) DeskVendors(ctx context.Context, _ client.DeskFilter, p client.Page) (dto.DeskVendorList, error) {
	f.asked = append(f.asked, ctx)
	return dto.DeskVendorList{Data: f.vendors[:min(len(f.vendors), p.Limit)]}, ctx.Err()
}

// TestVendorsOfTheAPIComeLast: what is there stays where it is, however well what comes fits, and a vendor that the board has is not listed again.
func TestVendorsOfTheAPIComeLast(t *testing.T) {
	t.Parallel()
	lima, bakery, bar := dto.DeskVendor{ID: testID(1000), Name: "Casa Lima"}, dto.DeskVendor{ID: testID(0xf02), Name: "Lima Bakery"}, dto.DeskVendor{ID: testID(0xf03), Name: "Lima"}
	api := &found{counter: &counter{}, vendors: []dto.DeskVendor{bakery, lima}}
	b := palettes(t, api.counter, func(o *Options) { o.Desk = api })
	b.keys(":", "lim")
	require.Equal(t, []string{"Casa Lima"}, b.names())
	b.pause()
	require.Equal(t, []string{"Casa Lima", "Lima Bakery"}, b.names())
	b.keys("a", "down")
	require.Equal(t, []string{"Casa Lima", "Lima Bakery"}, b.names(), "it fits still")
	api.vendors = []dto.DeskVendor{bar, lima, bakery}
	b.pause()
	require.Equal(t, []string{"Casa Lima", "Lima Bakery", "Lima"}, b.names())
	b.keys(" b")
	require.Equal(t, []string{"Lima Bakery"}, b.names())
}

// TestUpToTwentyVendorsOfTheAPI are shown: the newest answer has room, and what is above the cursor stays where it is.
func TestUpToTwentyVendorsOfTheAPI(t *testing.T) {
	t.Parallel()
	api := &found{counter: &counter{}, vendors: zaikas(0, 20)}
	b := palettes(t, api.counter, func(o *Options) { o.Desk = api })
	b.keys(":", "zaik")
	b.pause()
	before := b.names()
	require.Len(t, before, maxVendors)
	api.vendors = append(zaikas(90, 91), zaikas(0, 19)...)
	b.keys("a")
	b.pause()
	require.Equal(t, append(before[:19:19], "Zaika 90"), b.names(), "the last gives way")

	b.keys("esc", ":", "zaik")
	api.vendors = zaikas(0, 20)
	b.pause()
	b.keys("a")
	for range 14 {
		b.keys("down")
	}
	api.vendors = zaikas(50, 70)
	b.pause()
	after := b.names()
	require.Len(t, after, maxVendors)
	require.Equal(t, before[:15], after[:15], "the cursor is on the last of them")
	require.Equal(t, "Zaika 50", after[15])

	b.keys("esc", ":", "zaik")
	api.vendors = zaikas(0, 20)
	b.pause()
	b.keys("a 1")
	api.vendors = zaikas(100, 120)
	b.pause()
	after = b.names()[1:] // ZAIKA 1 may be an order
	require.Len(t, after, maxVendors, "those that fit no more do not count")
	require.Equal(t, "Zaika 109", after[19])
}

// TestVendorsOfTheBoardTakeNoPlace from those that only the API knows.
func TestVendorsOfTheBoardTakeNoPlace(t *testing.T) {
	t.Parallel()
	api := &found{counter: &counter{}, vendors: zaikas(0, 60)}
	b := palettes(t, api.counter, func(o *Options) { o.Desk = api })
	busy := board.Snapshot{Epoch: "e2"}
	for n := range 25 {
		busy.Orders = append(busy.Orders, board.Order{
			ID: testID(n + 1), Number: fmt.Sprint("N", n), Vendor: fmt.Sprint("Zaika ", n), VendorID: testID(0xf000 + n), State: order.Preparing, Version: 1, PlacedAt: noon,
		})
	}
	b.board.Apply(board.Start{Epoch: "e2"}, b.now)
	b.board.Apply(busy, b.now)
	b.take()
	b.keys(":", "zaik")
	require.Len(t, b.names(), 25)
	b.pause()
	require.Len(t, b.names(), 25+maxVendors)
	require.Equal(t, "Zaika 44", b.names()[44])
}

// TestAnAnswerToWhatIsTypedNoMore is given up and not shown.
func TestAnAnswerToWhatIsTypedNoMore(t *testing.T) {
	t.Parallel()
	api := &found{counter: &counter{}, vendors: []dto.DeskVendor{{ID: testID(0xf02), Name: "Late Bakery " + hostile, City: "Goa", State: "open"}}}
	b := palettes(t, api.counter, func(o *Options) { o.Desk = api })
	ask := func() tea.Cmd {
		_, cmd := b.Update(b.pauses[len(b.pauses)-1])
		require.NotNil(t, cmd)
		return cmd
	}
	b.keys(":", "bak")
	first := ask()
	b.keys("e")
	late := first()
	require.ErrorIs(t, api.asked[0].Err(), context.Canceled)
	b.do(late)
	require.NotContains(t, b.fits(), "Late Bakery")
	require.Contains(t, b.fits(), "asking the API for vendors")
	second := ask()
	b.keys("esc")
	late = second()
	require.ErrorIs(t, api.asked[1].Err(), context.Canceled, "whoever leaves wants no answer")
	b.do(late)
	b.keys(":", "bake")
	require.NotContains(t, b.fits(), "Late Bakery", "it was of another palette")
	b.do(ask()())
	require.Contains(t, b.fits(), "Late Bakery Evil")
}

// TestTheSameAskedAgain is another question: an answer to the first of them, which was given up, says nothing of the second.
func TestTheSameAskedAgain(t *testing.T) {
	t.Parallel()
	api := &found{counter: &counter{}}
	b := palettes(t, api.counter, func(o *Options) { o.Desk = api })
	ask := func() tea.Cmd {
		_, cmd := b.Update(b.pauses[len(b.pauses)-1])
		return cmd
	}
	b.keys(":", "bak")
	first := ask()
	b.keys("e", "backspace")
	require.Nil(t, b.onWonder(b.pauses[0].(wonderMsg)), "a pause that typing has ended is none")
	second := ask()
	b.do(first())
	require.Contains(t, b.fits(), "nothing on the board fits; asking the API for vendors")
	b.keys("e", "backspace")
	second()
	require.ErrorIs(t, api.asked[1].Err(), context.Canceled, "the second can still be given up")
	b.do(ask()())
	require.Contains(t, b.fits(), "nothing fits")
}

// TestTheAPIIsAskedTooOften is said as that.
func TestTheAPIIsAskedTooOften(t *testing.T) {
	t.Parallel()
	b := palettes(t, &counter{}, nil)
	b.api.broken = refusal(http.StatusTooManyRequests, "slow down")
	b.keys(":", "bake")
	b.pause()
	require.Contains(t, b.fits(), "nothing on the board fits; the API is asked too often, type on in a moment")
}

// TestThePaletteWithoutAnAPI finds what is on the board, and says why that is all.
func TestThePaletteWithoutAnAPI(t *testing.T) {
	t.Parallel()
	b := palettes(t, &counter{}, nil)
	b.api.broken = errors.New("down")
	b.keys(":", "casa")
	b.pause()
	require.Contains(t, b.fits(), "Casa Lima")
	b.keys("esc", ":", "bake")
	b.pause()
	require.Contains(t, b.fits(), "nothing on the board fits; the API is away")

	b.board.Apply(board.Link{Mode: board.Live, APIAway: true}, b.now)
	b.take()
	b.keys("r")
	require.Empty(t, b.pauses, "nobody is asked")
	require.Contains(t, b.fits(), "nothing on the board fits; the API is away")
	b.api.broken = nil
	b.board.Apply(board.Link{Mode: board.Live}, b.now)
	b.board.Tick(b.now)
	batch, ok := b.board.Batch()
	require.True(t, ok)
	b.onBatch(batch)
	b.pause()
	require.Equal(t, []string{"vendors baker"}, b.api.asked, "it is back")
	require.Contains(t, b.fits(), "Found Bakery")

	closed := palettes(t, &counter{}, func(o *Options) { o.ReadOnly = true })
	closed.keys(":", "bake")
	closed.pause()
	require.Contains(t, closed.fits(), "Found Bakery", "whoever may only look may look for it")
	replayed := palettes(t, &counter{}, func(o *Options) { o.Desk = nil })
	replayed.keys(":", "bake")
	require.Empty(t, replayed.pauses)
	require.Contains(t, replayed.fits(), "nothing fits")
	none := palettes(t, &counter{}, nil)
	none.keys("x")
	require.Empty(t, none.pauses)
	none.keys("esc", ":", "b", "backspace")
	none.pause()
	require.Empty(t, none.api.asked, "nothing is no name")
}
