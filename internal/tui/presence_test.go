package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// second has the screen's clock move on.
func (b *bench) second(n int) *bench {
	b.now = b.now.Add(time.Duration(n) * time.Second)
	b.run(b.attend(b.now))
	return b
}

// TestOperatorsSeeEachOther: whoever opens an order says so, and again every three seconds, with what they are about to do, and sees who else
// is there; leaving it is said, too.
func TestOperatorsSeeEachOther(t *testing.T) {
	t.Parallel()
	refund := "refund"
	api := &counter{here: []dto.Viewer{{Name: "Ravi" + hostile, Doing: &refund}, {Name: "Mira"}}}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk = api }).live()
	b.second(1)
	require.Empty(t, api.looks, "nothing is open")

	b.keys("enter").second(1)
	require.Equal(t, []string{"looks at 01"}, api.looks)
	require.Contains(t, b.fits(), "also here: Ravi")
	b.second(2)
	require.Len(t, api.looks, 1)
	b.second(1)
	require.Len(t, api.looks, 2)

	b.keys("c").second(1)
	require.Equal(t, "looks at 01 cancel", api.looks[2])
	require.Contains(t, b.fits(), "(typing: refund), Mira")
	b.keys("esc").second(1)
	require.Equal(t, "looks at 01", api.looks[3])
	b.keys("esc").second(1)
	require.Equal(t, "leaves 01", api.looks[4])
	require.NotContains(t, b.fits(), "also here")

	b.keys("enter", "esc", "down", "enter").second(1)
	require.Equal(t, "looks at 02", api.looks[5])
	require.Contains(t, b.fits(), "also here")
	api.broken = errors.New("down")
	b.second(5)
	require.NotContains(t, b.fits(), "also here", "nobody knows any more")
}

// TestNobodyIsSeenWithoutTheAPI: nothing is asked of an API that is away, and nobody is shown.
func TestNobodyIsSeenWithoutTheAPI(t *testing.T) {
	t.Parallel()
	api := &counter{here: []dto.Viewer{{Name: "Mira"}}}
	b := newBench(t, 80, 24, func(o *Options) { o.Desk = api }).live().keys("enter").second(1)
	require.Contains(t, b.fits(), "also here: Mira")
	b.board.Apply(board.Link{Mode: board.Stale, Since: noon, APIAway: true}, b.now)
	b.take()
	b.second(6)
	require.NotContains(t, b.fits(), "also here")
	require.Len(t, api.looks, 1)
}

func TestFramesOfCompany(t *testing.T) {
	t.Parallel()
	refund := "refund"
	for name, keys := range map[string][]string{"company": {"enter"}, "company-dialog": {"enter", "n"}} {
		goldens(t, name, func(b *bench) {
			b.o.Desk.(*counter).here = []dto.Viewer{{Name: "Ravi", Doing: &refund}, {Name: strings.Repeat("Wolfeschlegelstein", 8)}}
			b.keys(keys...).second(1)
		})
	}
}

func TestFramesOfTheLedger(t *testing.T) {
	t.Parallel()
	goldens(t, "ledger", func(b *bench) {
		b.keys("enter")
		for range 40 {
			if strings.Contains(b.View(), "Ledger") && !strings.Contains(b.View(), "Refunds") {
				return
			}
			b.keys("down")
		}
	})
}
