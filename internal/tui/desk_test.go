package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/desk"
)

// counter is an API to act through, of a shop, for somebody of support who may do what there is.
type counter struct {
	desk.API
	shop
	may []dto.Permission // nil: all that the console needs
}

func (c *counter) Me(context.Context) (dto.User, error) {
	may := c.may
	if may == nil {
		may = []dto.Permission{"refund", "reassign", "pause_vendors", "a_newer_one"}
	}
	return dto.User{Email: "asha@example.com", Role: "support", Permissions: may}, c.broken
}

func (c *counter) Order(ctx context.Context, id domain.ID) (dto.Order, error) {
	return c.shop.Order(ctx, id)
}

func (c *counter) Timeline(ctx context.Context, id domain.ID) ([]dto.Event, error) {
	return c.shop.Timeline(ctx, id)
}

func (c *counter) Orders(ctx context.Context, f client.OrderFilter, _ client.Page) (dto.OrderList, error) {
	all, err := c.LiveOrders(ctx)
	var list dto.OrderList
	for _, o := range all.Orders {
		if o.Number == f.Number {
			list.Data = append(list.Data, o)
		}
	}
	return list, err
}

// TestPalette: commands, views and orders are found by a part of their names; tab completes.
func TestPalette(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live()
	require.Contains(t, b.keys(":", "strm").fits(), "streams")
	b.keys("tab")
	require.Equal(t, "streams", b.over.(*palette).input.Text())
	b.keys("enter")
	require.Equal(t, "Streams", b.view().Name())
	require.Contains(t, b.fits(), "[5]Streams")
	b.keys("1")
	require.Equal(t, "Orders", b.view().Name())

	b.keys(":", "wgf4", "enter")
	require.True(t, b.inOrder)
	require.Equal(t, testID(6), b.order.ID())
	b.keys("esc", ":", "esc")
	require.Nil(t, b.over)
	require.Contains(t, b.keys(":", "zzzz").fits(), "nothing fits")
}

// TestPaletteAsksForOrdersThatHaveEnded: the board does not know them, the API does.
func TestPaletteAsksForOrdersThatHaveEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil)
	require.Contains(t, b.keys(":", "d2pf2d").fits(), "ask the API")
	b.keys("enter")
	require.True(t, b.inOrder)
	require.Equal(t, testID(1), b.order.ID())
	b.keys("esc", ":", "zzzzzz", "enter")
	require.Contains(t, b.fits(), "no order has the number ZZZZZZ")
}

// TestMessagesAreKept: errors stay until they are dismissed.
func TestMessagesAreKept(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, func(o *Options) { o.Desk = &counter{shop: shop{broken: errors.New("down")}} })
	b.keys(":", "d2pf2d", "enter")
	require.Contains(t, b.fits(), "MSG 1")
	require.Contains(t, b.keys("M").fits(), "D2PF2D: the API is away")
	b.keys("x")
	require.Nil(t, b.over)
	require.Contains(t, b.fits(), "MSG 1")
	b.keys("M", "enter")
	require.NotContains(t, b.fits(), "MSG")
}

// TestWhoAndWhether: the header says who this is and whether anything can be done.
func TestWhoAndWhether(t *testing.T) {
	t.Parallel()
	first := func(b *bench) string { return strings.Split(b.fits(), "\n")[0] }
	require.Contains(t, first(newBench(t, 80, 24, nil).live()), "asha@support RW")
	require.Contains(t, first(newBench(t, 80, 24, func(o *Options) { o.ReadOnly = true }).live()), "asha@support RO")
}

func (c *counter) Notes(context.Context, domain.ID) ([]dto.Note, error) {
	return []dto.Note{{By: dto.Party{Name: "Asha"}, Text: "called the vendor, " + hostile, At: noon}}, c.broken
}

func (c *counter) Refunds(context.Context, domain.ID, client.Page) (dto.RefundList, error) {
	bearer := dto.RefundBearer("vendor")
	return dto.RefundList{Data: []dto.Refund{{Amount: dto.Money{Amount: 6000, Currency: "INR"}, At: noon, Reason: "MISSING_ITEM", State: "done", To: "source", Bearer: &bearer}}}, c.broken
}

func (c *counter) Decision(context.Context, domain.ID) (dto.DeliveryDecision, error) {
	bike, answer, who := dto.Vehicle("bicycle"), dto.DispatchAttemptAnswer("declined"), func(n int, name string) dto.DispatchCourier {
		return dto.DispatchCourier{ID: testID(n), Name: name}
	}
	hana := who(0xc101, "Hana Gill")
	hana.Vehicle = &bike
	return dto.DeliveryDecision{State: "unassigned", Attempts: []dto.DispatchAttempt{
		{
			Attempt: 2, At: noon, Outcome: "later", Courier: &hana, LeaveAt: &noon, Weighed: 3,
			Candidates: []dto.DispatchCandidate{
				{Courier: who(0xc102, "Dalia Costa"), Score: dto.DispatchScore{Total: 1854}, KeptFor: []dto.OrderName{{Number: "PT5X1G"}, {Number: "8GVW4N"}}},
				{Courier: hana, Chosen: true, Score: dto.DispatchScore{Total: 2164}},
			},
			Excluded: []dto.DispatchExclusion{{Count: 7, Reason: "far", Some: []dto.DispatchCourier{who(0xc103, "Amara Almeida")}}},
		},
		{Attempt: 1, At: noon.Add(-time.Minute), Outcome: "offered", Courier: &hana, Answer: &answer},
	}}, c.broken
}

// TestOrderTellsAll: what was given back, what was noted and why this courier stand in the order; J shows what the API said.
func TestOrderTellsAll(t *testing.T) {
	t.Parallel()
	goldens(t, "order-more", func(b *bench) { b.keys("enter", "pgdown") })
	b := newBench(t, 80, 24, nil).live().keys("enter", "J")
	require.Contains(t, b.fits(), `"city": "Delhi"`)
	require.NotContains(t, b.keys("end").fits(), "\u202e")
	require.Contains(t, b.keys("J").fits(), "Order D2PF2D")
}
