package tui

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/shot"
)

// shots are the pictures of the documentation, docs/console/NAME.svg. `make shots` makes them anew, from the evening below; they are made in the
// same way as golden frames, so that each is what a terminal shows.
var shots = []struct {
	name, title   string
	width, height int
	keys          []string
}{
	{"orders", "The board: the orders whose promises break first are on top", 100, 24, nil},
	{"filter", "A filter is typed, and applied at once", 100, 16, []string{"/", "state=preparing,ready sla<20m"}},
	{"order", "An order with all that is known of it, and who else has it open", 100, 42, []string{"enter"}},
	{"wide", "Board and order side by side", 160, 40, nil},
	{"alerts", "What wants somebody, worst first", 100, 16, []string{"2"}},
	{"vendors", "Vendors: who has to do what now, and who is late", 100, 16, []string{"3"}},
	{"couriers", "Couriers: who carries what, and what keeps the others from work", 100, 16, []string{"4"}},
	{"streams", "The way of the events", 100, 16, []string{"5"}},
	{"palette", "The palette finds views, actions and orders", 100, 16, []string{":", "as"}},
	{"dialog", "What a cancel will mean, before the order's number is typed", 100, 16, []string{"enter", "c", "ops", "enter", "11D5"}},
}

// TestShots: the pictures of the documentation are what the console shows.
func TestShots(t *testing.T) {
	t.Parallel()
	for _, s := range shots {
		api := &evening{counter: &counter{here: []dto.Viewer{{Name: "Ravi"}}}}
		b := newBench(t, s.width, s.height, func(o *Options) { o.API, o.Desk, o.Color, o.Label = api, api, true, "PROD" }).live()
		b.keys(s.keys...).pass(time.Second).second(1)
		if b.wide() {
			b.do(loadMsg(b.loads)) // instead of waiting for it
		}
		picture := shot.SVG(b.fits(), s.title, s.width)
		path := filepath.Join("..", "..", "docs", "console", s.name+".svg")
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(picture), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err, "make shots makes it")
		require.Equal(t, string(want), picture, "make shots makes it anew")
	}
}

// evening is a marketplace in which things go well, mostly. What it does not say of itself, counter does.
type evening struct{ *counter }

func inr(n int64) dto.Money { return dto.Money{Amount: n, Currency: "INR"} }

func (evening) LiveOrders(context.Context) (dto.Feed, error) {
	f := dto.Feed{Epoch: "e1", Seq: 100}
	for n, o := range []struct {
		state   order.State
		vendor  string
		courier int
		left    time.Duration
		late    time.Duration
		age     time.Duration
		total   int64
	}{
		{order.Placed, "Casa Lima", 0, -130 * time.Second, 0, 8 * time.Minute, 42100},
		{order.Preparing, "Poke Bar", 0x104, 9 * time.Minute, 6 * time.Minute, 31 * time.Minute, 51800},
		{order.Ready, "Karavalli Kitchen", 0, 90 * time.Second, 0, 24 * time.Minute, 63400},
		{order.Accepted, "Wok 88", 0x117, 4 * time.Minute, 0, 9 * time.Minute, 27400},
		{order.PickedUp, "Café Mañana", 0x131, 6 * time.Minute, 0, 38 * time.Minute, 88000},
		{order.Preparing, "Mavalli Tiffin", 0x112, 11 * time.Minute, 0, 12 * time.Minute, 18000},
		{order.Placed, "Nagarjuna", 0, 4*time.Minute + 40*time.Second, 0, 20 * time.Second, 74600},
		{order.Ready, "Truffles", 0x129, 14 * time.Minute, 0, 21 * time.Minute, 129900},
		{order.PickedUp, "Empire", 0x140, 16 * time.Minute, 0, 27 * time.Minute, 35200},
		{order.Accepted, "寿司太郎", 0, 19 * time.Minute, 0, 3 * time.Minute, 210000},
		{order.Preparing, "Brahmin's Coffee Bar", 0x104, 22 * time.Minute, 0, 6 * time.Minute, 12400},
		{order.PickedUp, "Meghana Foods", 0x151, 25 * time.Minute, 0, 18 * time.Minute, 66500},
		{order.Accepted, "Chinita", 0x133, 31 * time.Minute, 0, 5 * time.Minute, 92300},
		{order.Placed, "Vidyarthi Bhavan", 0, 4*time.Minute + 55*time.Second, 0, 5 * time.Second, 16000},
	} {
		due := noon.Add(o.left)
		s := dto.OrderSummary{
			ID: testID(n + 1), Number: order.Number(int64(n) + 4711), State: dto.OrderState(o.state), Version: 3, City: "Bengaluru",
			Vendor: dto.Party{ID: testID(1000 + n), Name: o.vendor}, Customer: dto.Party{Name: "Priya"}, Fulfilment: "delivery", Total: inr(o.total),
			PlacedAt: noon.Add(-o.age), PromisedAt: due.Add(20 * time.Minute),
		}
		switch o.state {
		case order.Placed:
			s.DeadlineAt = &due
		case order.Accepted, order.Preparing:
			s.ReadyBy = &due
		default:
			s.ReadyBy, s.PromisedAt = &noon, due
		}
		if o.late > 0 {
			late := s.PromisedAt.Add(o.late)
			s.EstimatedAt = &late
		}
		if o.courier > 0 {
			s.Courier = &dto.Party{ID: testID(0xc000 + o.courier), Name: "Hana Gill"}
		}
		f.Orders = append(f.Orders, s)
	}
	for n, a := range []dto.Alert{
		{Kind: "sla_breached", Severity: "crit", Subject: "order", SubjectID: testID(1), Name: &f.Orders[0].Number, Data: map[string]any{"promise": "answer"}},
		{Kind: "no_courier", Severity: "crit", Subject: "order", SubjectID: testID(8), Name: &f.Orders[7].Number},
		{Kind: "payment_stuck", Severity: "warn", Subject: "order", SubjectID: testID(13), Name: &f.Orders[12].Number},
		{Kind: "vendor_silent", Severity: "warn", Subject: "vendor", SubjectID: testID(1006), Name: ptr("Nagarjuna")},
		{Kind: "cash_limit", Severity: "warn", Subject: "courier", SubjectID: testID(0xc131), AcknowledgedAt: &noon, AcknowledgedBy: &dto.Party{Name: "Kim"}},
	} {
		a.ID, a.Version, a.City, a.State, a.OpenedAt = testID(0xa000+n), 1, "Bengaluru", "open", noon.Add(-time.Duration(2+5*n)*time.Minute)
		f.Alerts = append(f.Alerts, a)
	}
	return f, nil
}

func (e evening) DeskVendors(ctx context.Context, _ client.DeskFilter, _ client.Page) (list dto.DeskVendorList, err error) {
	feed, err := e.LiveOrders(ctx)
	for n, o := range feed.Orders {
		v := dto.DeskVendor{
			ID: o.Vendor.ID, Name: o.Vendor.Name, City: o.City, State: "open", Status: "approved", Version: 3,
			Prep: dto.DeskPrep{Orders: 50, P95Seconds: 60 * (14 + 3*n%17)}, Answers: dto.DeskAnswers{Asked: 100, Accepted: 99 - 5*n%23},
		}
		if n == 9 {
			v.State, v.Pause = "paused", &dto.DeskPause{Reason: "gas is out", Until: ptr(noon.Add(25 * time.Minute)), By: &dto.DeskActor{Role: "vendor", Name: ptr("Ren")}}
		}
		list.Data = append(list.Data, v)
	}
	return list, err
}

func (evening) DeskCouriers(context.Context, client.DeskFilter, client.Page) (list dto.DeskCourierList, err error) {
	for n, c := range []struct {
		id      int
		name    string
		state   dto.DeskCourierState
		silence time.Duration
		why     dto.Exclusion
	}{
		{0xc104, "Hana Gill", "carrying", 4 * time.Second, ""}, {0xc117, "Ravi Menon", "carrying", 210 * time.Second, dto.ExclusionAway},
		{0xc131, "Tom Baker", "carrying", 7 * time.Second, ""}, {0xc112, "Meera Nair", "carrying", 12 * time.Second, ""},
		{0xc129, "Jonas Berg", "carrying", 3 * time.Second, ""}, {0xc140, "Amara Diallo", "carrying", 6 * time.Second, ""},
		{0xc151, "Noor Khan", "carrying", 9 * time.Second, ""}, {0xc133, "Li Wei", "carrying", 2 * time.Second, ""},
		{0xd001, "Asha Rao", "idle", 9 * time.Second, ""}, {0xd002, "Kofi Mensah", "offered", 2 * time.Second, dto.ExclusionOffered},
		{0xd003, "Lucía Pérez", "idle", 55 * time.Second, dto.ExclusionOffShift},
	} {
		v := dto.DeskCourier{
			ID: testID(c.id), Name: c.name, City: ptr("Bengaluru"), Vehicle: "motorbike", Status: "approved", State: c.state, Capacity: 3, Version: 3,
			SeenAt: ptr(noon.Add(-c.silence)), Cash: []dto.CashRoom{{Limit: inr(300000), Held: inr(int64(23000 * n)), Left: inr(int64(300000 - 23000*n))}},
		}
		if c.why != dto.ExclusionOffShift {
			v.ShiftEndsAt = ptr(noon.Add(time.Duration(1+n) * time.Hour))
		}
		if c.why != "" {
			v.Excluded = &c.why
		}
		list.Data = append(list.Data, v)
	}
	return list, nil
}

func (evening) DeskStreams(context.Context) (dto.DeskStreams, error) {
	return dto.DeskStreams{
		Epoch: "e1", Last: 100, Waiting: 2, WaitingSeconds: ptr(0.02),
		Streams: []dto.DeskStream{{Name: "zoop:{events}:e1:orders", Length: 99, First: 2, Last: 100}},
	}, nil
}

func (e evening) Order(ctx context.Context, id domain.ID) (dto.Order, error) {
	feed, _ := e.LiveOrders(ctx)
	for _, o := range feed.Orders {
		if o.ID != id {
			continue
		}
		note := "Ring the bell twice"
		return dto.Order{
			ID: id, Number: o.Number, State: o.State, Version: o.Version, Vendor: o.Vendor, Courier: o.Courier, City: o.City, Customer: o.Customer,
			Fulfilment: o.Fulfilment, PlacedAt: o.PlacedAt, PromisedAt: o.PromisedAt, ReadyBy: o.ReadyBy, DeadlineAt: o.DeadlineAt, EstimatedAt: o.EstimatedAt, Note: &note,
			Items: []dto.LineItem{
				{Name: "Salmon bowl", Quantity: 1, UnitPrice: inr(32900), Options: []dto.ChosenOption{{Name: "large"}, {Name: "no onion"}}},
				{Name: "Lime soda", Quantity: 2, UnitPrice: inr(6500)},
			},
			Quote: dto.Quote{Total: o.Total, Lines: []dto.QuoteLine{
				{Kind: "item", Label: "Food", Amount: inr(45900)}, {Kind: "tax", Label: "GST 5%", Amount: inr(2300)}, {Kind: "delivery_fee", Label: "Delivery", Amount: inr(3600)},
			}},
			Payment: dto.Payment{Method: "card", State: "captured"}, Delivery: &dto.OrderDelivery{State: "assigned"},
		}, nil
	}
	return dto.Order{}, fmt.Errorf("no order %s", id)
}

func (evening) Timeline(_ context.Context, id domain.ID) ([]dto.Event, error) {
	hana := testID(0xc104)
	event := func(version int, after time.Duration, kind string, role dto.Role, data map[string]any) dto.Event {
		return dto.Event{
			Subject: "order", SubjectID: id, Version: version, Type: kind, At: noon.Add(-31 * time.Minute).Add(after), Actor: dto.EventActor{Role: role}, Data: data,
			CourierID: &hana,
		}
	}
	return []dto.Event{
		event(1, 0, "order.placed", "customer", map[string]any{"total": map[string]any{"amount": 51800.0, "currency": "INR"}}),
		event(2, 3*time.Second, "payment.authorized", "system", nil),
		event(3, 84*time.Second, "order.accepted", "vendor", map[string]any{"prepMinutes": 25.0}),
		event(4, 12*time.Minute, "delivery.assigned", "courier", nil),
		event(5, 13*time.Minute, "order.preparing", "vendor", nil),
		event(6, 26*time.Minute, "order.prep_time_changed", "vendor", map[string]any{"extraMinutes": 10.0}),
	}, nil
}

func (evening) Ledger(context.Context, domain.ID) ([]dto.LedgerTransfer, error) {
	sandbox := "stripe"
	return []dto.LedgerTransfer{{Kind: dto.OrderCaptured, Reference: testID(71), At: noon.Add(-29 * time.Minute), Entries: []dto.LedgerEntry{
		{Account: "gateway", Provider: &sandbox, Side: dto.LedgerEntrySideDebit, Amount: inr(51800)}, {Account: "held", Side: dto.LedgerEntrySideCredit, Amount: inr(51800)},
	}}}, nil
}

func (evening) Refunds(context.Context, domain.ID, client.Page) (dto.RefundList, error) {
	return dto.RefundList{}, nil
}

func (evening) Notes(context.Context, domain.ID) ([]dto.Note, error) {
	return []dto.Note{{By: dto.Party{Name: "Asha"}, Text: "The kitchen is short of rice: ten minutes more. The customer knows.", At: noon.Add(-4 * time.Minute)}}, nil
}

func (evening) Decision(context.Context, domain.ID) (dto.DeliveryDecision, error) {
	bike, scooter, answer := dto.Vehicle("bicycle"), dto.Vehicle("motorbike"), dto.DispatchAttemptAnswer("accepted")
	hana, omar := dto.DispatchCourier{ID: testID(0xc104), Name: "Hana Gill", Vehicle: &scooter}, dto.DispatchCourier{ID: testID(0xc117), Name: "Omar Rao", Vehicle: &bike}
	return dto.DeliveryDecision{State: "assigned", Attempts: []dto.DispatchAttempt{{
		Attempt: 1, At: noon.Add(-19 * time.Minute), Outcome: "offered", Courier: &hana, Answer: &answer, Weighed: 2,
		Candidates: []dto.DispatchCandidate{{Courier: hana, Chosen: true, Score: dto.DispatchScore{Total: 1854}}, {Courier: omar, Score: dto.DispatchScore{Total: 2164}}},
		Excluded:   []dto.DispatchExclusion{{Count: 7, Reason: "far", Some: []dto.DispatchCourier{{ID: testID(0xc151), Name: "Amara Almeida"}}}},
	}}}, nil
}

func (evening) QuoteRefund(context.Context, domain.ID, dto.RefundRequest) (dto.RefundQuote, error) {
	return dto.RefundQuote{Amount: inr(51800), To: dto.RefundQuoteToWallet, Bearer: dto.RefundQuoteBearerPlatform}, nil
}

func (evening) CancelQuote(context.Context, domain.ID, dto.CancelReason) (dto.CancelQuote, error) {
	return dto.CancelQuote{Reason: "OPS", Version: 3, Refund: inr(51800), Fee: inr(0), Lost: inr(36900), Liable: "platform", Restock: true}, nil
}
