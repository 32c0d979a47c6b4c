package tui

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/desk"
	"github.com/zoop-dev/zoop/internal/tui/settings"
)

// counter is an API to act through, of a shop, for somebody of support who may do what there is.
type counter struct {
	desk.API
	shop
	may   []dto.Permission // nil: all that the console needs
	state dto.OrderState   // "": as the shop has it
	fails error            // what every deed answers,
	first int              // but the first so many
	did   []string         // every deed
	keys  []string         // the keys under which they were asked for
	dish  int              // the version of every dish; 0: 5
	done  []dto.DeskChange // what was done to every dish, and courier
	shown []dto.CourierDocument
	why   *dto.DishUnavailableReason
	asked []string     // every question of the views
	looks []string     // what was said of the operator
	here  []dto.Viewer // who else looks at whatever is open
	role  dto.Role     // "": support
	limit *dto.Money   // what is given back at once; nil: INR 5000.00,
	none  bool         // or nothing
	paid  string       // the currency of orders; "": as the shop has it
}

// deed notes what is asked for, with the precondition.
func (c *counter) deed(what string, opts ...client.CallOption) error {
	h := http.Header{}
	for _, o := range opts {
		o(h)
	}
	if v := h.Get("If-Match"); v != "" {
		what += " if " + v
	}
	c.did, c.keys = append(c.did, what), append(c.keys, h.Get("Idempotency-Key"))
	if c.first--; c.first >= 0 {
		return nil
	}
	return c.fails
}

// changed is the order after a deed: one version on.
func (c *counter) changed(id domain.ID) dto.Order {
	o, _ := c.shop.Order(context.Background(), id)
	o.Version++
	return o
}

// refusal is an answer of the API that is no success.
func refusal(status int, detail string) error {
	return &client.Problem{Problem: dto.Problem{Status: status, Code: "code", Title: http.StatusText(status), Detail: &detail}}
}

func (c *counter) CancelQuote(_ context.Context, _ domain.ID, reason dto.CancelReason) (dto.CancelQuote, error) {
	inr := func(n int64) dto.Money { return dto.Money{Amount: n, Currency: "INR"} }
	return dto.CancelQuote{Reason: reason, Version: 3, Refund: inr(42100), Fee: inr(0), Lost: inr(1000), Liable: "platform", Restock: true}, nil
}

func (c *counter) CancelOrder(_ context.Context, id domain.ID, r dto.CancelReason, opts ...client.CallOption) (dto.Order, error) {
	return c.changed(id), c.deed("cancel "+string(r), opts...)
}

func (c *counter) RestoreOrder(_ context.Context, id domain.ID, opts ...client.CallOption) (dto.Order, error) {
	return c.changed(id), c.deed("restore", opts...)
}

func (c *counter) QuoteRefund(_ context.Context, _ domain.ID, r dto.RefundRequest) (dto.RefundQuote, error) {
	q := dto.RefundQuote{Amount: dto.Money{Amount: 42100, Currency: "INR"}, To: dto.RefundQuoteToWallet, Bearer: dto.RefundQuoteBearerVendor}
	if r.Amount != nil {
		q.Amount = *r.Amount
	}
	return q, nil
}

func (c *counter) RefundOrder(_ context.Context, key string, _ domain.ID, r dto.RefundRequest, opts ...client.CallOption) (dto.Refund, error) {
	body, _ := json.Marshal(r)
	return dto.Refund{Amount: dto.Money{Amount: 6000, Currency: "INR"}}, c.deed("refund "+key+" "+string(body), opts...)
}

func (c *counter) View(_ context.Context, id domain.ID, doing string) ([]dto.Viewer, error) {
	c.looks = append(c.looks, strings.TrimSpace("looks at "+id.String()[34:]+" "+doing))
	return c.here, c.broken
}

func (c *counter) Leave(_ context.Context, id domain.ID) error {
	c.looks = append(c.looks, "leaves "+id.String()[34:])
	return c.broken
}

func (c *counter) AddNote(_ context.Context, _ string, _ domain.ID, text string) (dto.Note, error) {
	return dto.Note{}, c.deed("note " + text)
}

func (c *counter) AssignDelivery(_ context.Context, id domain.ID, r dto.AssignRequest, opts ...client.CallOption) (dto.Order, error) {
	return c.changed(testID(1)), c.deed(fmt.Sprint("assign ", r.CourierID, " ", r.Override != nil), opts...)
}

func (c *counter) TakeAway(_ context.Context, id domain.ID, reason dto.TakeAwayReason, opts ...client.CallOption) (dto.Order, error) {
	return c.changed(testID(1)), c.deed("take away "+string(reason), opts...)
}

func (c *counter) RescueDelivery(_ context.Context, _ domain.ID, r dto.RescueRequest, opts ...client.CallOption) (dto.Order, error) {
	return c.changed(testID(1)), c.deed("rescue "+string(r.Reason), opts...)
}

func (c *counter) LoseDelivery(_ context.Context, _ domain.ID, opts ...client.CallOption) (dto.Order, error) {
	return c.changed(testID(1)), c.deed("lose", opts...)
}

func (c *counter) Vendor(_ context.Context, id domain.ID) (dto.Vendor, error) {
	return dto.Vendor{ID: id, Name: "Casa Lima", Open: true, Status: "approved", Version: 7}, nil
}

func (c *counter) PauseVendor(_ context.Context, id domain.ID, r dto.PauseRequest, opts ...client.CallOption) (dto.Vendor, error) {
	body, _ := json.Marshal(r)
	return dto.Vendor{ID: id, Name: "Casa Lima", Version: 8}, c.deed("pause "+string(body), opts...)
}

func (c *counter) DeskDish(_ context.Context, id domain.ID) (dto.DeskDish, error) {
	if c.dish == 0 {
		return dto.DeskDish{ID: id, Name: "Masala dosa", Available: true, Changes: c.done, Version: 5}, nil
	}
	return dto.DeskDish{ID: id, Name: "Masala dosa", UnavailableReason: c.why, Changes: c.done, Version: c.dish}, nil // somebody was faster
}

func (c *counter) PutAvailability(_ context.Context, id domain.ID, r dto.AvailabilityRequest, opts ...client.CallOption) (dto.Dish, error) {
	body, _ := json.Marshal(r)
	return dto.Dish{ID: id, Name: "Masala dosa", Version: 6}, c.deed("availability "+string(body), opts...)
}

func (c *counter) Me(context.Context) (dto.User, error) {
	may := c.may
	if may == nil {
		may = []dto.Permission{"refund", "reassign", "pause_vendors", "a_newer_one"}
	}
	who := dto.User{Email: "asha@example.com", Role: cmp.Or(c.role, "support"), Permissions: may, RefundLimit: c.limit}
	if c.limit == nil && !c.none {
		who.RefundLimit = &dto.Money{Amount: 500_000, Currency: "INR"}
	}
	return who, c.broken
}

func (c *counter) Order(ctx context.Context, id domain.ID) (dto.Order, error) {
	o, err := c.shop.Order(ctx, id)
	if c.state != "" {
		o.State = c.state
	}
	o.Quote.Total.Currency = cmp.Or(c.paid, o.Quote.Total.Currency)
	return o, err
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
	b.keys("esc")
	require.Equal(t, testID(6), b.orders.Selected().ID, "and the board's selection is on it")
	b.keys(":", "esc")
	require.Nil(t, b.over)
	require.Contains(t, b.keys(":", "zzzz").fits(), "nothing on the board fits; asking the API for vendors")
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

func (c *counter) Ledger(context.Context, domain.ID) ([]dto.LedgerTransfer, error) {
	inr := func(n int64) dto.Money { return dto.Money{Amount: n, Currency: "INR"} }
	sandbox := "sandbox"
	return []dto.LedgerTransfer{
		{ID: testID(70), Kind: dto.OrderCaptured, Reference: testID(71), At: noon.Add(-9 * time.Minute), Entries: []dto.LedgerEntry{
			{Account: "gateway", Provider: &sandbox, Side: dto.LedgerEntrySideDebit, Amount: inr(42100)}, {Account: "held", Side: dto.LedgerEntrySideCredit, Amount: inr(42100)},
		}},
		{ID: testID(72), Kind: dto.OrderRefunded, Reference: testID(73), At: noon, Entries: []dto.LedgerEntry{
			{Account: "held", Side: dto.LedgerEntrySideDebit, Amount: inr(6000)},
			{Account: "wallet", Owner: &dto.Party{ID: testID(74), Name: hostile}, Side: dto.LedgerEntrySideCredit, Amount: inr(6000)},
		}},
	}, c.broken
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

// TestFilterCompletes: tab goes through what the word may become.
func TestFilterCompletes(t *testing.T) {
	t.Parallel()
	b := newBench(t, 80, 24, nil).live().keys("/", "sta", "tab")
	require.Equal(t, "state=", b.input.Text())
	b.keys("pick", "tab")
	require.Equal(t, "state=picked_up", b.input.Text())
	require.Contains(t, b.fits(), "5/30")
	b.keys(" vendor~", "tab", "tab")
	require.Equal(t, `state=picked_up vendor~"Wok 88"`, b.input.Text())
	b.golden("filter-completion")
	b.keys("enter")
	require.False(t, b.typing)
}

// TestFiltersAreSaved and recalled by their names, also by the next console.
func TestFiltersAreSaved(t *testing.T) {
	t.Parallel()
	dir := settings.Dir(t.TempDir())
	console := func() *bench {
		b := newBench(t, 80, 24, func(o *Options) { o.Settings = dir }).live()
		b.run(b.readFilters())
		return b
	}
	b := console().keys("/", "wok state=accepted", "enter", ":", "save kitchens", "enter")
	require.Contains(t, b.fits(), "saved as kitchens")
	b = console().keys("5", ":", "kitch", "enter")
	require.Equal(t, "wok state=accepted", b.orders.Filter())
	require.Equal(t, "Orders", b.view().Name())
	b.keys(":", "forget kitchens", "enter")
	require.Contains(t, b.fits(), "forgot kitchens")
	require.Empty(t, console().filters)
}
