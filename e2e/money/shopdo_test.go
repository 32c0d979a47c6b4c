package money

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

func encode[T any](v T) (domain.Answer, error) {
	body, err := json.Marshal(v)
	return domain.Answer{Status: 201, Body: body}, err
}

func (s *shop) do(x step) error {
	switch x.Verb {
	case place:
		return s.place(x.Wish)
	case pass:
		return s.pass(time.Duration(x.Minutes) * time.Minute)
	case credit:
		_, err := s.till.Credit(s.ctx, s.staff[0], s.customer.ID, s.money(x.Amount), "sorry", encode)
		return err
	case deposit:
		_, err := s.payouts.Deposit(s.ctx, s.staff[0], s.couriers[x.Who].ID, s.money(x.Amount))
		return err
	case draft:
		return s.draft(x)
	case payOut:
		return s.payOut(x)
	case operate:
		return s.operate(x.Wallet)
	}
	if x.Order >= len(s.placed) {
		return errNothing
	}
	orderID := s.placed[x.Order]
	switch x.Verb {
	case hear:
		return s.hear(orderID, x)
	case unasked:
		return s.unasked(orderID, x)
	case again:
		_, err := s.till.Begin(s.ctx, s.customer, orderID, "")
		return err
	case refund:
		return s.refund(orderID, x)
	case offer, take, decline, arrive, pickUp, door, deliver, giveUp, turnBack, bringBack, redeliver:
		return s.carry(orderID, x)
	}
	return s.change(orderID, x)
}

func (s *shop) place(w wish) error {
	if len(s.placed) == most {
		return errNotNow
	}
	cart := ordering.Wish{VendorID: s.vendor, Fulfilment: order.Delivery, AddressID: s.address}
	for i, dishID := range s.dishes {
		if n := portions(w.Lines, i); n > 0 {
			cart.Choices = append(cart.Choices, menu.Choice{DishID: dishID, Quantity: n})
		}
	}
	if len(cart.Choices) == 0 {
		cart.Choices = []menu.Choice{{DishID: s.dishes[0], Quantity: 1}}
	}
	if w.Pickup {
		cart.Fulfilment, cart.AddressID = order.Pickup, domain.Nil
	}
	if tip := s.money(w.Tip); w.Tip > 0 {
		cart.Tip = &tip
	}
	if w.Coupon >= 0 {
		cart.CouponCode = s.code(s.Coupons[w.Coupon].Code)
	}
	q, err := s.orders.PutCart(s.ctx, s.customer, cart)
	if err != nil {
		return err
	}
	yes := ordering.Confirmation{QuoteID: q.QuoteID, Method: w.Method}
	if w.Later {
		yes.ScheduledFor = time.Now().Add(4 * time.Hour).Truncate(order.SlotLength)
	}
	a, err := s.orders.Place(s.ctx, s.customer, yes, func(o ordering.Order) (domain.Answer, error) { return encode(o.ID) })
	if err != nil {
		return err
	}
	var orderID domain.ID
	if err := json.Unmarshal(a.Body, &orderID); err != nil {
		return err
	}
	s.placed = append(s.placed, orderID)
	if s.payments(orderID)[0].Provider != "" { // what is free nobody pays
		_, err = s.till.Begin(s.ctx, s.customer, orderID, "")
	}
	return err
}

// pass puts all that has a time so much into the past, and has the loops do what is due.
func (s *shop) pass(d time.Duration) error {
	ago := fmt.Sprintf("%d seconds", int(d.Seconds()))
	s.exec(`
		UPDATE orders
		SET placed_at = placed_at - $2::interval, ready_by = ready_by - $2::interval, promised_at = promised_at - $2::interval,
		    deadline_at = deadline_at - $2::interval, ended_at = ended_at - $2::interval, scheduled_for = scheduled_for - $2::interval,
		    release_at = release_at - $2::interval, accepted_at = accepted_at - $2::interval,
		    timers = (SELECT coalesce(jsonb_agg(jsonb_build_object('at', (x.t ->> 'at')::timestamptz - $2::interval, 'verb', x.t ->> 'verb') ORDER BY x.n), '[]')
		              FROM jsonb_array_elements(timers) WITH ORDINALITY x(t, n))
		WHERE vendor_id = $1`, s.vendor, ago)
	s.exec(`UPDATE deliveries SET dispatch_at = dispatch_at - $2::interval, arrived_at = arrived_at - $2::interval WHERE vendor_id = $1`, s.vendor, ago)
	s.exec(`UPDATE offers SET offered_at = offered_at - $2::interval, expires_at = expires_at - $2::interval WHERE order_id = ANY ($1)`, s.placed, ago)
	if _, err := s.road.ExpireOffers(s.ctx); err != nil {
		return err
	}
	if err := s.fire(); err != nil {
		return err
	}
	s.exec(`UPDATE vendors SET paused_until = NULL WHERE id = $1`, s.vendor) // orders that expired have paused it
	return nil
}

func (s *shop) fire() error {
	for {
		if more, err := s.orders.FireDue(s.ctx); err != nil || !more {
			return err
		}
	}
}

func (s *shop) draft(x step) error {
	for _, owner := range s.owners() {
		if _, err := s.payouts.Draft(s.ctx, s.staff[x.Who], owner); err != nil {
			return err
		}
	}
	return nil
}

func (s *shop) payOut(x step) error {
	all := rows(s, pgx.RowTo[domain.ID], `SELECT id FROM payouts WHERE owner_id = ANY ($1) ORDER BY id`, s.owners())
	if x.Nth >= len(all) {
		return errNothing
	}
	_, err := s.payouts.Step(s.ctx, s.staff[x.Who], all[x.Nth], 0, x.Reason, "such is life")
	return err
}

// operate has the gateway do, or refuse, all that it is asked for.
func (s *shop) operate(refuses bool) error {
	s.gateway.refuses = refuses
	s.exec(`UPDATE payment_operations SET next_at = now() WHERE state = 'pending'`)
	for {
		if more, err := s.till.Operate(s.ctx); err != nil {
			return err
		} else if !more {
			return s.fire()
		}
	}
}

func (s *shop) hear(orderID domain.ID, x step) error {
	e := payment.Event{Kind: x.News, PaymentID: s.payments(orderID)[x.Pay].ID, Amount: s.money(x.Amount)}
	if x.Nth >= 0 {
		ops := s.asked(orderID)
		if x.Nth >= len(ops) {
			return nil
		}
		e.Operation, e.PaymentID = ops[x.Nth].ID, ops[x.Nth].PaymentID
	}
	return s.told(e)
}

func (s *shop) unasked(orderID domain.ID, x step) error {
	p := s.payments(orderID)[x.Pay]
	return s.told(payment.Event{Kind: x.News, PaymentID: p.ID, Amount: s.money(x.Amount), Refund: fmt.Sprintf("%s-%d", p.ID, x.Of)})
}

// told has a gateway tell something of one of its payments.
func (s *shop) told(e payment.Event) error {
	provider := one[string](s, `SELECT provider FROM payments WHERE id = $1`, e.PaymentID)
	if provider == "" {
		return nil
	}
	s.heard++
	e.ID, e.Reference, e.At = fmt.Sprintf("%d-%d", s.number, s.heard), "r-"+e.PaymentID.String(), time.Now()
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	for range 2 { // it says it again
		if err := s.till.Webhook(s.ctx, provider, nil, body); err != nil {
			return err
		}
	}
	return s.fire()
}

func (s *shop) refund(orderID domain.ID, x step) error {
	w := billing.RefundWish{Wallet: x.Wallet, Reason: rules.RefundReason(x.Reason)}
	if amount := s.money(x.Amount); x.Amount > 0 {
		w.Amount = &amount
	}
	for position, n := range x.Take {
		if n > 0 {
			w.Items = append(w.Items, postgres.RefundItem{Position: position, Portions: n})
		}
	}
	_, err := s.till.Refund(s.ctx, s.staff[0], orderID, w, encode)
	return err
}

// by is who does something: one of the role, and an order's own.
func (s *shop) by(role domain.Role) domain.Actor {
	switch role {
	case domain.RoleVendor:
		return s.owner
	case domain.RoleCustomer:
		return s.customer
	case domain.RoleCourier:
		return s.couriers[0]
	}
	return s.staff[0]
}

func (s *shop) change(orderID domain.ID, x step) (err error) {
	by, version := s.by(x.Role), one[int](s, `SELECT version FROM orders WHERE id = $1`, orderID)
	switch x.Verb {
	case accept:
		_, err = s.orders.Accept(s.ctx, by, orderID, version, 20)
	case reject:
		_, err = s.orders.Reject(s.ctx, by, orderID, version, order.Reason(x.Reason), nil)
	case cancel:
		_, err = s.orders.Cancel(s.ctx, by, orderID, version, order.Reason(x.Reason))
	case start:
		_, err = s.orders.Start(s.ctx, by, orderID, version)
	case ready:
		_, err = s.orders.Ready(s.ctx, by, orderID, version)
	case collect:
		_, err = s.orders.Collect(s.ctx, by, orderID, version, one[string](s, `SELECT order_code FROM orders WHERE id = $1`, orderID))
	case restore:
		_, err = s.orders.Restore(s.ctx, by, orderID, version)
	case propose:
		_, err = s.orders.Propose(s.ctx, by, orderID, version, s.less(orderID, x.Take))
	case agree:
		_, err = s.orders.Agree(s.ctx, by, orderID, version)
	case refuse:
		_, err = s.orders.Refuse(s.ctx, by, orderID, version)
	default:
		s.fatal("%s is no change", x.Verb)
	}
	return err
}

// less is what is left of an order's lines, where it is fewer.
func (s *shop) less(orderID domain.ID, left []int) (out []order.Reduction) {
	for line, n := range rows(s, pgx.RowTo[int], `SELECT quantity FROM order_items WHERE order_id = $1 ORDER BY position`, orderID) {
		if portions(left, line) < n {
			out = append(out, order.Reduction{Line: line, Quantity: portions(left, line)})
		}
	}
	return out
}

func (s *shop) carry(orderID domain.ID, x step) (err error) {
	who := s.couriers[x.Who]
	way, offered := one[domain.ID](s, `SELECT id FROM deliveries WHERE order_id = $1`, orderID), one[domain.ID](s, `SELECT id FROM offers WHERE order_id = $1 ORDER BY id DESC LIMIT 1`, orderID)
	if way.IsNil() {
		return errNotNow
	}
	switch x.Verb {
	case offer:
		return s.offer(orderID, who)
	case take:
		_, err = s.road.Accept(s.ctx, who, offered, 0)
	case decline:
		err = s.road.Decline(s.ctx, who, offered, 0, "BREAK")
	case arrive:
		_, err = s.road.Arrive(s.ctx, who, way, 0, delivery.Arrival{At: "store"})
	case pickUp:
		_, err = s.road.PickUp(s.ctx, who, way, 0, delivery.Pickup{Code: one[string](s, `SELECT order_code FROM orders WHERE id = $1`, orderID)})
	case door:
		_, err = s.road.Arrive(s.ctx, who, way, 0, delivery.Arrival{At: "customer"})
	case deliver:
		_, err = s.road.Deliver(s.ctx, who, way, 0, delivery.Handover{PIN: one[string](s, `SELECT delivery_pin FROM orders WHERE id = $1`, orderID)})
	case giveUp:
		s.exec(`UPDATE deliveries SET arrived_at = now() - interval '1 hour', contacts = 2 WHERE id = $1 AND state = 'at_customer'`, way)
		_, err = s.road.Fail(s.ctx, who, way, 0, order.Reason(x.Reason))
	case turnBack:
		_, err = s.road.TurnBack(s.ctx, who, way, 0)
	case bringBack:
		if x.Role.Staff() {
			return s.road.Return(s.ctx, s.staff[0], orderID, 0)
		}
		_, err = s.road.Arrive(s.ctx, who, way, 0, delivery.Arrival{At: "store"})
	case redeliver:
		if x.Role.Staff() {
			who = s.staff[0]
		}
		err = s.road.Redeliver(s.ctx, who, orderID, 0)
	default:
		s.fatal("%s is nothing on the road", x.Verb)
	}
	return err
}

// offer has dispatch find one courier for one delivery.
func (s *shop) offer(orderID domain.ID, who domain.Actor) error {
	s.exec(`UPDATE couriers SET online = user_id = $2, located_at = now() WHERE user_id = ANY ($1)`, s.owners(), who.ID)
	s.exec(`UPDATE deliveries SET dispatch_at = now() + CASE WHEN order_id = $2 THEN interval '0' ELSE interval '1 day' END WHERE vendor_id = $1 AND dispatch_at IS NOT NULL`, s.vendor, orderID)
	s.exec(`UPDATE orders SET ready_by = now() WHERE id = $1 AND ready_by > now()`, orderID) // what is not ready for long is offered later
	made, err := s.road.Dispatch(s.ctx)
	if err == nil && made == 0 {
		err = errNotNow
	}
	return err
}

// shut leaves nothing that waits for a courier.
func (s *shop) shut() {
	s.exec(`UPDATE deliveries SET dispatch_at = now() + interval '1 year' WHERE vendor_id = $1 AND dispatch_at IS NOT NULL`, s.vendor)
	s.exec(`UPDATE couriers SET online = false WHERE user_id = ANY ($1)`, s.owners())
}
