package money

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
)

// city is a world of the rules alone: what the use cases do with them, without a database.
type city struct {
	terms
	fatal    func(format string, args ...any)
	now      time.Time
	last     uint64
	customer domain.ID
	vendor   domain.ID
	couriers [2]domain.ID
	staff    [2]domain.ID
	meals    []*meal
	books    []ledger.Transfer
	balances map[ledger.Account]int64
	outs     []*out
}

// meal is an order with all that hangs on it.
type meal struct {
	order.Order
	books    ledger.Order
	basket   pricing.Order
	quote    pricing.Quote      // of it
	rate     domain.BasisPoints // of the commission
	dishes   []ledger.Dish
	revised  *revision // what its vendor proposes instead
	way      way
	payments []payment.Payment // the newest last
	ops      []op
	refunds  []given
}

// revision is what is left of a basket, and what that costs.
type revision struct {
	left  pricing.Order
	quote pricing.Quote
}

// way is a delivery; without a state there is none.
type way struct {
	delivery.State
	Courier, Asked domain.ID
}

// op is what a gateway is asked for; it waits while it is neither done nor failed.
type op struct {
	payment.Operation
	done, failed bool
}

// given is a refund that staff decided.
type given struct {
	id     domain.ID
	amount int64
	by     ledger.Party
	back   []int // portions by line
	failed bool
}

// out is a payout.
type out struct {
	payout.Payout
	to       ledger.Account
	entries  []entry
	transfer domain.ID
}

func newCity(fatal func(string, ...any), m terms) *city {
	c := &city{terms: m, fatal: fatal, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), balances: map[ledger.Account]int64{}}
	for _, id := range []*domain.ID{&c.customer, &c.vendor, &c.couriers[0], &c.couriers[1], &c.staff[0], &c.staff[1]} {
		*id = c.id()
	}
	return c
}

func (c *city) id() (id domain.ID) {
	c.last++
	binary.BigEndian.PutUint64(id[:], c.last)
	return id
}

// do makes a step as one transaction: an error leaves everything as it was.
func (c *city) do(s step) error {
	next := c.clone()
	if err := next.step(s); err != nil {
		return err
	}
	*c = *next
	return nil
}

func (c *city) clone() *city {
	next := *c
	next.balances = maps.Clone(c.balances)
	next.meals = make([]*meal, len(c.meals))
	for i, m := range c.meals {
		copied := *m
		copied.payments, copied.ops, copied.refunds = slices.Clone(m.payments), slices.Clone(m.ops), slices.Clone(m.refunds)
		next.meals[i] = &copied
	}
	next.books = slices.Clip(c.books)
	next.outs = make([]*out, len(c.outs))
	for i, o := range c.outs {
		copied := *o
		next.outs[i] = &copied
	}
	return &next
}

// look shows what there is.
func (c *city) look() scene {
	s := scene{Books: c.books, Balances: c.balances}
	for _, m := range c.meals {
		o := seen{
			ID: m.ID, State: m.State, Delivery: m.way.State, Total: m.Total.Amount, Revising: m.Revising(), Bill: m.books.Bill,
			Payments: slices.Clone(m.payments), Courier: max(slices.Index(c.couriers[:], m.way.Asked), slices.Index(c.couriers[:], m.way.Courier)),
		}
		slices.Reverse(o.Payments)
		for _, op := range m.ops {
			o.Refused = o.Refused || op.failed && op.Verb == payment.VerbRefund
			if !op.done && !op.failed {
				o.Ops = append(o.Ops, op.Operation)
			}
		}
		s.Orders = append(s.Orders, o)
	}
	for _, o := range c.outs {
		s.Payouts = append(s.Payouts, paid{o.State, o.to, o.Amount.Amount, o.entries})
	}
	return s
}

// The rules' refusals that are the database's in the real world.
var (
	errPosted  = domain.Errorf(domain.Conflict, "ledger.posted", "it is in the books already")
	errBalance = domain.Errorf(domain.Conflict, "wallet.insufficient", "more than there is")
	errAsked   = domain.Errorf(domain.Conflict, "payment.asked", "the gateway was asked already")
	errNothing = domain.Errorf(domain.NotFound, "not_found", "there is no such thing")
	errNotNow  = domain.Errorf(domain.Conflict, "not_now", "not as things stand")
)

// post writes transfers, each once, and keeps what must not go below nothing.
func (c *city) post(transfers ...ledger.Transfer) error {
	for _, t := range transfers {
		if err := t.Check(); err != nil {
			c.fatal("%v", err)
		}
		if len(t.Entries) == 0 {
			continue
		}
		for _, other := range c.books {
			if other.Kind == t.Kind && other.Source == t.Source {
				return errPosted
			}
		}
		if t.ID.IsNil() {
			t.ID = c.id()
		}
		for _, e := range t.Entries {
			if e.Account.Kept() {
				c.balances[e.Account] += e.Amount
			}
			if sum := c.balances[e.Account]; e.Account.Kind == ledger.AccountWallet && sum < 0 || e.Account.Kind == ledger.AccountCash && sum > 0 {
				return errBalance
			}
		}
		c.books = append(c.books, t)
	}
	return nil
}

// reverse takes a transfer back.
func (c *city) reverse(t ledger.Transfer) error {
	back, err := ledger.Reversal(t)
	if err != nil {
		return err
	}
	return c.post(back)
}

// standing is an order's part of the books, as ledger.Bill.Left takes it.
func (c *city) standing(m *meal) (s ledger.Standing) {
	sums := map[ledger.Account]int64{}
	for _, t := range c.books {
		if t.OrderID == m.ID {
			for _, e := range t.Entries {
				sums[e.Account] += e.Amount
			}
		}
	}
	s = ledger.Standing{Tax: sums[ledger.Tax], Commission: sums[ledger.Commission], Promotions: sums[ledger.Promotions], Held: sums[ledger.Held]}
	for _, o := range m.ops {
		decided := slices.ContainsFunc(m.refunds, func(r given) bool { return r.id == o.ID })
		if o.Verb == payment.VerbRefund && !o.done && !o.failed && !decided {
			s.Held -= o.Amount.Amount
		}
	}
	for _, r := range m.refunds {
		if r.by == ledger.ByVendor && !r.failed {
			s.Gone += r.amount
		}
	}
	return s
}
