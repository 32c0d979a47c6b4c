package money

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/payment"
)

// verb is what a step does.
type verb string

// The verbs.
const (
	place     verb = "place"
	again     verb = "pay again"
	unasked   verb = "unasked" // a gateway gives back, or a bank takes, what nobody here asked for, or it comes back
	hear      verb = "hear"    // a gateway tells something
	operate   verb = "operate" // gateways do what they are asked for
	pass      verb = "pass"    // time passes, and timers fire
	accept    verb = "accept"
	reject    verb = "reject"
	start     verb = "start"
	ready     verb = "ready"
	collect   verb = "collect"
	cancel    verb = "cancel"
	restore   verb = "restore"
	propose   verb = "propose"
	agree     verb = "agree"
	refuse    verb = "refuse"
	offer     verb = "offer"
	take      verb = "take"
	decline   verb = "decline"
	arrive    verb = "arrive"
	pickUp    verb = "pick up"
	door      verb = "door"
	deliver   verb = "deliver"
	giveUp    verb = "give up"
	turnBack  verb = "turn back"
	bringBack verb = "bring back"
	redeliver verb = "redeliver"
	refund    verb = "refund"
	credit    verb = "credit"
	deposit   verb = "deposit"
	draft     verb = "draft"
	payOut    verb = "pay out"
)

var verbs = []verb{
	place, again, unasked, hear, operate, pass, accept, reject, start, ready, collect, cancel, restore, propose, agree, refuse, offer, take, decline, arrive,
	pickUp, door, deliver, giveUp, turnBack, bringBack, redeliver, refund, credit, deposit, draft, payOut,
}

// likely is what may well happen to an order in a state; a verb that is named more often happens more often. Whatever else may
// be tried, too.
var likely = map[order.State][]verb{
	"":                   {place, place, place, credit, draft},
	order.PendingPayment: {hear, hear, hear, hear, hear, hear, hear, hear, hear, again, again, pass, cancel},
	order.Scheduled:      {pass, pass, pass, cancel, hear},
	order.Placed:         {accept, accept, accept, accept, accept, accept, reject, cancel, pass, propose, propose, agree, refuse, hear},
	order.Accepted:       {start, start, start, start, start, offer, offer, take, take, decline, cancel, propose, agree, operate, hear, unasked},
	order.Preparing:      {ready, ready, ready, ready, ready, offer, offer, take, take, arrive, cancel, agree, operate, hear, unasked},
	order.Ready:          {collect, collect, collect, offer, offer, offer, take, take, take, arrive, arrive, pickUp, pickUp, pickUp, pickUp, cancel, operate, unasked},
	order.PickedUp:       {deliver, deliver, deliver, door, giveUp, hear, unasked},
	order.Undeliverable:  {turnBack, bringBack, bringBack, redeliver, unasked},
	order.Delivered:      {refund, refund, pass, deposit, place, operate, hear, unasked},
	order.Collected:      {refund, refund, pass, draft, place, operate, hear, unasked},
	order.Completed:      {refund, draft, draft, draft, payOut, payOut, payOut, deposit, place, operate, unasked},
	order.Cancelled:      {restore, refund, operate, hear, hear, place, pass, unasked},
	order.Returned:       {refund, operate, hear, place, draft, pass, unasked},
	order.Rejected:       {hear, operate, place},
	order.Expired:        {hear, operate, place},
	order.PaymentFailed:  {hear, hear, operate, place},
}

// step is something that happens, with all that a verb may need to know; each looks at its own.
type step struct {
	Verb    verb
	Order   int // which of the orders, from 0
	Role    domain.Role
	Reason  string
	Who     int // which courier, or which of the staff: 0 or 1
	Nth     int // which operation or payout
	Minutes int
	Amount  int64
	Wallet  bool
	News    payment.Kind
	Pay     int // which payment a gateway tells of by itself, from 0, the newest
	Of      int // which of what was given back unasked, from 0
	Wish    wish
	Take    []int // portions of each line that are given back, or left
}

// wish is what a customer orders.
type wish struct {
	Lines  []int // portions of each dish
	Method rules.Method
	Pickup bool
	Later  bool // wanted in some hours
	Tip    int64
	Coupon int // which of the coupons; -1: none
}

// String says what matters of it.
func (s step) String() string {
	text := fmt.Sprintf("%s %d %s %s %d/%d %dmin %d %v %s of %d/%d %v", s.Verb, s.Order, s.Role, s.Reason, s.Who, s.Nth, s.Minutes, s.Amount, s.Wallet, s.News, s.Pay, s.Of, s.Take)
	if s.Verb == place {
		text += fmt.Sprintf(" %+v", s.Wish)
	}
	return text
}

// most is how many orders there are in a world.
const most = 3

// upTo draws a number below n, each as likely as the others: rapid's own prefer small ones, by which orders would come nowhere.
func upTo(t *rapid.T, name string, n int) int {
	x := rapid.Uint64().Draw(t, name)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // splitmix64, which leaves 0 as it is, the simplest
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) % uint64(n))
}

func pick[T any](t *rapid.T, name string, from []T) T { return from[upTo(t, name, len(from))] }

func drawStep(t *rapid.T, at scene) step {
	s := step{Order: drawOrder(t, at)}
	var state order.State
	if len(at.Orders) > 0 {
		state = at.Orders[s.Order].State
	}
	next := likely[state]
	if state != "" && at.Orders[s.Order].Revising {
		next = []verb{agree, agree, refuse, pass}
	}
	if s.Verb = pick(t, "verb", next); upTo(t, "anything", 8) == 0 {
		s.Verb = pick(t, "any verb", verbs)
	}
	switch {
	case len(at.Payouts) > 0 && upTo(t, "of payouts", 4) == 0:
		s.Verb = payOut
	case len(at.Payouts) == 0 && slices.ContainsFunc(at.Orders, func(o seen) bool { return o.State == order.Completed }) && upTo(t, "to pay out", 3) == 0:
		s.Verb = draft
	}
	s.Role, s.Who = pick(t, "by", rolesOf(s.Verb)), upTo(t, "who", 2)
	if len(at.Orders) > 0 && at.Orders[s.Order].Courier >= 0 && upTo(t, "another", 8) != 0 {
		s.Who = at.Orders[s.Order].Courier
	}
	switch s.Verb {
	case place:
		s.Wish = drawWish(t)
	case hear:
		s.drawNews(t, at)
	case unasked:
		s.drawUnasked(t, at)
	case operate:
		s.Wallet = upTo(t, "refuses", 4) == 0
	case pass:
		s.Minutes = pick(t, "minutes", []int{2, 7, 20, 24 * 60})
	case reject, cancel, giveUp:
		s.Reason = string(pick(t, "reason", reasonsOf(s.Verb, s.Role)))
	case refund:
		s.drawRefund(t, at)
	case propose:
		s.Take = rapid.SliceOfN(rapid.IntRange(0, 2), 4, 4).Draw(t, "left")
	case credit, deposit:
		s.Amount = rapid.Int64Range(1, 1e6).Draw(t, "amount")
	case payOut:
		s.drawPayout(t, at)
	}
	return s
}

// drawPayout draws what is done to a payout: mostly what comes next.
func (s *step) drawPayout(t *rapid.T, at scene) {
	s.Nth, s.Reason = upTo(t, "payout", max(1, len(at.Payouts))), pick(t, "step", []string{payout.VerbApprove, payout.VerbExport, payout.VerbPay, payout.VerbFail})
	if s.Nth >= len(at.Payouts) || upTo(t, "not what comes next", 4) == 0 {
		return
	}
	if rows := payout.Machine.Table[at.Payouts[s.Nth].State]; len(rows) > 0 {
		s.Reason = rows[0].Verb
	}
}

// drawOrder draws one of the orders, mostly one that is not over.
func drawOrder(t *rapid.T, at scene) int {
	var live []int
	for i, o := range at.Orders {
		if o.State.Live() {
			live = append(live, i)
		}
	}
	if len(live) > 0 && upTo(t, "one that is over", 5) != 0 {
		return pick(t, "live order", live)
	}
	return upTo(t, "order", max(1, len(at.Orders)))
}

// rolesOf are those who do something, and now and then who may not.
func rolesOf(v verb) []domain.Role {
	const admin, vendor, courier, customer = domain.RoleAdmin, domain.RoleVendor, domain.RoleCourier, domain.RoleCustomer
	switch v {
	case cancel:
		return []domain.Role{customer, customer, vendor, vendor, admin, admin, courier}
	case accept, reject, start, ready, collect, propose:
		return []domain.Role{vendor, vendor, vendor, vendor, vendor, customer}
	case bringBack, redeliver:
		return []domain.Role{courier, admin}
	case agree, refuse:
		return []domain.Role{customer, customer, customer, vendor}
	case restore, refund, credit, deposit, draft, payOut:
		return []domain.Role{admin}
	}
	return []domain.Role{courier}
}

// reasonsOf are reasons that fit and some that do not.
func reasonsOf(v verb, by domain.Role) []order.Reason {
	all := slices.Concat(order.Reasons[order.GroupVendor], order.Reasons[order.GroupCustomer], order.Reasons[order.GroupPlatform], order.Reasons[order.GroupDelivery])
	switch {
	case v == reject, by == domain.RoleVendor:
		return append(slices.Clone(order.Reasons[order.GroupVendor]), order.TooSlow)
	case v == giveUp:
		return append(slices.Clone(order.Reasons[order.GroupDelivery]), order.TooSlow)
	case by == domain.RoleCustomer:
		return append(slices.Clone(order.Reasons[order.GroupCustomer]), order.Unpaid)
	}
	return all
}

func drawWish(t *rapid.T) wish {
	return wish{
		Lines: rapid.SliceOfN(rapid.IntRange(0, 4), 1, 3).Draw(t, "portions"), Method: pick(t, "method", []rules.Method{rules.COD, rules.Wallet, rules.Card, rules.Card}),
		Pickup: rapid.Bool().Draw(t, "pickup"), Later: upTo(t, "later", 8) == 0, Tip: pick(t, "tip", []int64{0, 0, 1, 2000}),
		Coupon: upTo(t, "coupon", 6) - 1,
	}
}

// drawNews draws what a gateway says: the answer to what it was asked for, once more what it has said, or anything.
func (s *step) drawNews(t *rapid.T, at scene) {
	s.Nth = -1
	if len(at.Orders) == 0 {
		return
	}
	ops := at.Orders[s.Order].Ops
	if len(ops) > 0 && upTo(t, "answer", 3) > 0 {
		s.Nth = upTo(t, "operation", len(ops))
		kinds := map[string][]payment.Kind{
			rules.VerbCapture: {payment.KindCaptured, payment.KindCaptured, payment.KindCaptureFailed}, rules.VerbVoid: {payment.KindVoided},
			rules.VerbRefund: {payment.KindRefunded, payment.KindRefunded, payment.KindRefundFailed},
		}[ops[s.Nth].Verb]
		s.News, s.Amount = pick(t, "news", kinds), ops[s.Nth].Amount.Amount
		return
	}
	kinds := []payment.Kind{
		payment.KindAuthorized, payment.KindAuthorized, payment.KindAuthorized, payment.KindAuthorized, payment.KindAuthorized, payment.KindAuthorized, payment.KindCaptured, payment.KindVoided, payment.KindFailed, payment.KindDeclined,
	}
	s.drawPayment(t, at)
	s.News, s.Amount = pick(t, "news", kinds), at.Orders[s.Order].Payments[s.Pay].Amount.Amount
	if upTo(t, "claims", 10) == 0 {
		s.Amount += 1
	}
}

// drawPayment draws which of an order's payments it is about: mostly the newest.
func (s *step) drawPayment(t *rapid.T, at scene) {
	if n := len(at.Orders[s.Order].Payments); upTo(t, "an older one", 3) == 0 {
		s.Pay = upTo(t, "payment", n)
	}
}

// drawUnasked draws all of a payment or some of it, whatever was given back before; now and then it is told again.
func (s *step) drawUnasked(t *rapid.T, at scene) {
	if len(at.Orders) == 0 {
		return
	}
	s.drawPayment(t, at)
	s.News = pick(t, "news", []payment.Kind{payment.KindChargedBack, payment.KindChargedBack, payment.KindRefunded, payment.KindReinstated, payment.KindReinstated, payment.KindRefundFailed})
	s.Of, s.Amount = upTo(t, "of", 3), max(1, at.Orders[s.Order].Payments[s.Pay].Captured.Amount)
	if upTo(t, "all", 2) == 0 {
		s.Amount = rapid.Int64Range(1, s.Amount).Draw(t, "amount")
	}
}

// drawRefund draws an amount, portions, or all that is left.
func (s *step) drawRefund(t *rapid.T, at scene) {
	s.Reason = string(pick(t, "why", rules.RefundReasons()))
	s.Wallet = rapid.Bool().Draw(t, "to the wallet")
	switch upTo(t, "of", 4) {
	case 0:
		s.Take = rapid.SliceOfN(rapid.IntRange(0, 2), 1, 3).Draw(t, "back")
	case 1, 2:
		total := int64(1000)
		if len(at.Orders) > 0 {
			total = at.Orders[s.Order].Total
		}
		s.Amount = rapid.Int64Range(1, max(1, total)).Draw(t, "amount")
	}
}
