package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// Operators of the tests.
const (
	asha = "asha@example.com"
	bela = "bela@example.com"
)

// operator mints a token of support that may do what the console can.
func (m *market) operator(email string) string {
	m.t.Helper()
	name, _, _ := strings.Cut(email, "@")
	return m.token("--role", "support", "--email", email, "--name", strings.ToUpper(name[:1])+name[1:], "--permission", "refund,reassign,pause_vendors", "--refund-limit", "INR 5000.00")
}

// find opens an order by its number, whatever is on the board.
func (c *terminal) find(o dto.Order) *terminal {
	c.t.Helper()
	return c.types(":").shows("enter go on").types(o.Number).shows("▸ "+o.Number).types("Enter").shows("Order "+o.Number, "order.placed")
}

// back leaves the order that is open, and waits for the board: what is typed together with Escape would be another key.
func (c *terminal) back() *terminal {
	c.t.Helper()
	return c.types("Escape").shows("SLA     ORDER", "VENDOR")
}

// chooses narrows what a question offers until one is left, and takes it.
func (c *terminal) chooses(question, part, option string) *terminal {
	c.t.Helper()
	return c.shows(question + ": _").types(part).shows("▸ " + option).types("Enter")
}

// TestConsoleOrders has an operator put orders right at a terminal: what is typed is in the database, in the audit log and on the stream.
func TestConsoleOrders(t *testing.T) {
	t.Parallel()
	terminals, m := newTmux(t), newMarket(t)
	c := m.console(terminals, "asha", m.operator(asha), 100, 50)
	o := m.accepted("delivery")
	c.find(o)

	// A note.
	c.types("n").shows("Note on order " + o.Number).types("Enter").shows("something has to be typed")
	c.types("they rang twice").shows("twice_").types("Enter").shows("enter goes on").types("Enter").shows("Asha: they rang twice")
	require.Equal(t, "they rang twice", m.row(`SELECT text FROM order_notes WHERE order_id = $1`, o.ID))
	m.noted("order.note", o.ID, asha, 1)

	// A cancel with what it costs, a wrong number, and thinking better of it.
	c.types("c").chooses("reason", "OPS", "OPS").shows("goes back INR", "lost INR", "borne by platform", "type "+o.Number+" to go on")
	c.types("ZZZZZZ").shows("ZZZZZZ_").types("Enter").shows("that is not " + o.Number + ": nothing was done").types("Escape").shows("Timeline")
	require.Equal(t, "accepted", m.row(`SELECT state FROM orders WHERE id = $1`, o.ID))
	m.noted("order.cancel", o.ID, asha, 0)
	c.types("c").chooses("reason", "OPS", "OPS").shows("to go on").types(strings.ToLower(o.Number)).shows(strings.ToLower(o.Number)+"_").types("Enter").
		shows("Order "+o.Number+"  CANCELLED", "ended: OPS by support", "order.cancelled by Asha (support)")
	c.hides("PENDING")
	require.Equal(t, "cancelled OPS", m.row(`SELECT state || ' ' || cancel_reason FROM orders WHERE id = $1`, o.ID))
	m.noted("order.cancel", o.ID, asha, 1)
	m.streamed(o.ID, "order.cancelled", 1)

	// It is restored.
	c.types("u").shows("Undo the cancel of order "+o.Number, "to go on").types(o.Number).shows(o.Number+"_").types("Enter").
		shows("Order "+o.Number+"  ACCEPTED", "order.restored by Asha (support)")
	require.Equal(t, "accepted", m.row(`SELECT state FROM orders WHERE id = $1`, o.ID))
	m.noted("order.restore", o.ID, asha, 1)
	m.streamed(o.ID, "order.restored", 1)

	// It is given to a courier who is not online, and taken away again.
	c.types("a").chooses("courier", "another", "another: type their ID").shows("ID of the courier: _").types("Meera", "Enter").shows("ID of the courier: Meera_").
		types("BSpace", "BSpace", "BSpace", "BSpace", "BSpace").shows("ID of the courier: _").types(m.courier.String(), "Enter").
		chooses("when they could not be asked", "override", "override").shows("enter goes on").types("Enter").
		shows("delivery assigned", "delivery.assigned by Asha (support)", "given by staff to Meera")
	require.Equal(t, m.courier.String(), m.row(`SELECT courier_id::text FROM deliveries WHERE order_id = $1`, o.ID))
	delivery := *o.Delivery
	m.noted("delivery.assign", delivery.ID, asha, 1)
	m.streamed(o.ID, "delivery.assigned", 1)
	c.types("t").chooses("reason", "acc", "ACCIDENT").shows("enter goes on").types("Enter").shows("delivery unassigned", "delivery.taken_away by Asha (support)").hides("PENDING")
	require.Equal(t, "unassigned", m.row(`SELECT state FROM deliveries WHERE order_id = $1 AND courier_id IS NULL`, o.ID))
	m.noted("delivery.take_away", delivery.ID, asha, 1)
	m.streamed(o.ID, "delivery.taken_away", 1)

	// The command line that does the same.
	c.types("Y").shows("copied zoop dispatch take-away " + o.Number + " --reason ACCIDENT")

	// On the board it is marked, copied, and not any more.
	c.back().types(" ").shows("MARK 1", "◆").types("y").shows("copied " + o.ID.String()).types("Escape").hides("MARK 1")
	m.verified()
}

// TestConsoleVendors has an operator find a vendor, pause it, take a dish off, and undo both.
func TestConsoleVendors(t *testing.T) {
	t.Parallel()
	terminals, m := newTmux(t), newMarket(t)
	c := m.console(terminals, "asha", m.operator(asha), 100, 50)

	// It has no order yet: only the API knows of it.
	c.types(":").shows("enter go on").types("casa").shows("▸ Casa Lima", "vendor in ", ", open").types("Enter").shows("Casa Lima · OPEN", "hours today")
	o := m.accepted("pickup")
	c.find(o)

	c.types("p").shows("Pause or resume Casa Lima", "takes orders now", "it has 1 live orders").chooses("pause", "15", "for 15 minutes").
		shows("reason, which the vendor is told: _").types("no gas", "Enter").shows("enter goes on").types("Enter").shows("Timeline").hides("PENDING")
	require.Equal(t, "no gas", m.row(`SELECT pause_reason FROM vendors WHERE id = $1 AND paused_until > now()`, m.vendor))
	m.noted("vendor.pause", m.vendor, asha, 1)
	m.streamed(m.vendor, "vendor.paused", 1)
	c.types("p").shows("by the support Asha: no gas").chooses("pause", "resume", "resume now").shows("enter goes on").types("Enter").shows("Timeline").hides("PENDING")
	require.Equal(t, "0", m.row(`SELECT count(*)::text FROM vendors WHERE paused_until > now()`))
	m.noted("vendor.resume", m.vendor, asha, 1)
	m.streamed(m.vendor, "vendor.resumed", 1)

	c.types("8").chooses("dish", "th", "Thali").chooses("it is", "hour", "sold out for an hour").shows("enter goes on").types("Enter").shows("Timeline").hides("PENDING")
	require.Equal(t, "false", m.row(`SELECT available::text FROM dishes WHERE id = $1 AND unavailable_until > now()`, m.dish))
	m.noted("dish.availability", m.dish, asha, 1)
	m.streamed(m.vendor, "vendor.item_unavailable", 1)
	c.types("8").chooses("dish", "th", "Thali").chooses("it is", "back", "back, it is sold out until").shows("enter goes on").types("Enter").shows("Timeline").hides("PENDING")
	require.Equal(t, "true", m.row(`SELECT available::text FROM dishes WHERE id = $1`, m.dish))
	m.noted("dish.availability", m.dish, asha, 2)
	m.streamed(m.vendor, "vendor.menu_changed", 1)
}

// TestConsoleRefunds has an operator give a part back, which the books say, too; and one who only looks, who cannot.
func TestConsoleRefunds(t *testing.T) {
	t.Parallel()
	terminals, m := newTmux(t), newMarket(t)
	c := m.console(terminals, "asha", m.operator(asha), 100, 50)
	o := m.collected()
	c.find(o).shows("Ledger", "order.settled "+o.ID.String())
	c.types("r").chooses("give back", "amount", "an amount").shows("amount: INR _").types("nothing", "Enter").shows("amount: INR nothing_")
	for range "nothing" {
		c.types("BSpace")
	}
	c.types("50.00", "Enter").chooses("reason", "LATE", "LATE").chooses("to", "wallet", "wallet: at once").
		shows("goes back INR 50.00, borne by platform", "to go on").types(o.Number).shows(o.Number+"_").types("Enter").
		shows("₹50.00 to the wallet, late, done, borne by platform", "wallet of Ravi", "credit ₹50.00", "payment.partially_refunded by Asha (support)").hides("PENDING")
	require.Equal(t, "5000 wallet LATE", m.row(`SELECT amount || ' ' || destination || ' ' || reason FROM refunds WHERE order_id = $1`, o.ID))
	m.noted("order.refund", o.ID, asha, 1)
	m.streamed(o.ID, "payment.partially_refunded", 1)
	c.types("Y").shows("copied zoop orders refund " + o.Number)

	// Whoever only looks has no actions, and no key does anything.
	only := m.console(terminals, "looks", m.operator(asha), 100, 50, "--read-only").find(o)
	for _, k := range []string{"c", "r", "u", "n", "p", "8", "x"} {
		only.types(k)
	}
	only.types("?").shows("read it again").types("Escape").shows("Timeline", "asha@support RO").types("J").shows(`"number": "` + o.Number + `"`)
	require.NotContains(t, only.screen(), "actions")
	m.noted("order.refund", o.ID, asha, 1)

	// Everything finds its place on a small screen, and comes back.
	live := m.order("pickup")
	c.back().shows(live.Number).resize(40, 12).hides("TOTAL").shows("SLA", "ORDER", "STATE", live.Number)
	for line := range strings.Lines(c.screen()) {
		require.LessOrEqual(t, sanitize.Width(strings.TrimRight(line, "\n")), 40)
	}
	c.types("g", "Enter").shows("Order "+live.Number).resize(160, 50).shows("VENDOR", "Order "+live.Number, "Timeline")
	m.verified()
}

// TestConsolesOfTwo has two operators on one order: they see each other, and the later one is told what the first did.
func TestConsolesOfTwo(t *testing.T) {
	t.Parallel()
	terminals, m := newTmux(t), newMarket(t)
	a, b := m.console(terminals, "asha", m.operator(asha), 100, 40), m.console(terminals, "bela", m.operator(bela), 100, 40)
	o := m.accepted("pickup")
	a.find(o)
	b.find(o).shows("also here: Asha")

	// A dish is sold out once: who is later is told by whom.
	a.shows("also here: Bela").types("8").chooses("dish", "th", "Thali").chooses("it is", "hour", "sold out for an hour").shows("enter goes on")
	b.types("8").chooses("dish", "th", "Thali").chooses("it is", "somebody", "sold out until somebody").shows("enter goes on")
	a.types("Enter").shows("Timeline").hides("PENDING")
	b.types("Enter").shows("not done, somebody was faster", "s ago: sold out by Asha (support)", "version 2 is sold out until").types("Enter").shows("Timeline")
	m.noted("dish.availability", m.dish, bela, 0)
	a.types("8").chooses("dish", "th", "Thali").chooses("it is", "back", "back, it is sold out until").shows("enter goes on").types("Enter").shows("Timeline").hides("PENDING")

	a.shows("also here: Bela").types("c").chooses("reason", "OPS", "OPS").shows("to go on", "also here: Bela").types(o.Number)
	b.shows("also here: Asha (typing: cancel)").types("c").chooses("reason", "FRAUD", "FRAUD").shows("to go on").types(o.Number).shows(o.Number + "_")
	a.shows("also here: Bela (typing: cancel)").types("Enter").shows("Order " + o.Number + "  CANCELLED")
	b.types("Enter").shows("not done, somebody was faster", "order.cancelled by Asha (support): ops").types("Enter").shows("ended: OPS by support")
	m.noted("order.cancel", o.ID, asha, 1)
	m.noted("order.cancel", o.ID, bela, 0)
	m.streamed(o.ID, "order.cancelled", 1)

	// So for refunds, which are no change of the order's state.
	paid := m.collected()
	a.back()
	b.hides("also here")
	a.find(paid).types("r").chooses("give back", "all", "all that is left")
	b.back().find(paid).shows("also here: Asha (typing: refund)").types("r").chooses("give back", "amount", "an amount").shows("INR _").types("20", "Enter")
	for _, c := range []*terminal{a, b} {
		c.chooses("reason", "GOOD", "GOODWILL").chooses("to", "wallet", "wallet: at once").shows("to go on").types(paid.Number).shows(paid.Number + "_")
	}
	b.types("Enter").shows("payment.partially_refunded by Bela (support)")
	a.types("Enter").shows("not done, somebody was faster", "payment.partially_refunded by Bela (support)")
	require.Equal(t, "2000", m.row(`SELECT sum(amount)::text FROM refunds WHERE order_id = $1`, paid.ID))

	// Who is gone without a word is forgotten.
	b.shows("also here: Asha")
	terminals.run("kill-session", "-t", "asha")
	b.hides("also here")
	m.verified()
}

// TestConsoleOutlivesServers has the API killed and Redis gone under a console, which says so, and goes on.
func TestConsoleOutlivesServers(t *testing.T) {
	t.Parallel()
	terminals, m := newTmux(t), newMarket(t)
	first := m.order("pickup")
	c := m.console(terminals, "asha", m.operator(asha), 100, 30).shows(first.Number)

	m.kill()
	c.shows("READ ONLY", "asha@support RO", "the API is away", first.Number)
	m.redis.Kill()
	c.shows("STALE 00:", first.Number).types("Enter").shows("Order "+first.Number, "no details: the API is away").back()
	m.redis.Restart()
	m.serve()
	c.hides("STALE").shows("LIVE", "asha@support RW")
	second := m.order("pickup")
	c.shows(second.Number)
	m.streamed(second.ID, "order.placed", 1)

	m.redis.Kill()
	c.shows("DEGRADED")
	third := m.order("pickup")
	c.shows(third.Number).find(third)
	require.NotContains(t, c.screen(), "also here")
	c.types("c").chooses("reason", "OPS", "OPS").shows("to go on").types(third.Number).shows(third.Number + "_").types("Enter").shows("Order " + third.Number + "  CANCELLED")
	m.noted("order.cancel", third.ID, asha, 1)
	m.redis.Restart()
	c.hides("DEGRADED").shows("LIVE").back()
	fourth := m.order("pickup")
	c.shows(fourth.Number)
	m.streamed(fourth.ID, "order.placed", 1)
	require.NotContains(t, c.screen(), "GAP", "nothing was lost")
	m.verified()
}
