package money

import (
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

// carry is what dispatch and couriers do. Who has waited at the door, and who knows the codes, is not the money's concern.
func (c *city) carry(m *meal, s step) error {
	if m.way.State == "" {
		return errNotNow
	}
	who := c.couriers[s.Who]
	switch s.Verb {
	case offer:
		if !m.State.AtVendor() {
			return errNotNow
		}
		m.way.Asked = who
		return m.step(c, delivery.VerbOffer, domain.RoleSystem)
	case take, decline:
		return c.answer(m, s, who)
	case bringBack:
		return c.bringBack(m, s)
	}
	if m.way.Courier != who && s.Role == domain.RoleCourier {
		return errNothing
	}
	switch s.Verb {
	case arrive:
		return m.step(c, delivery.VerbArrive, s.Role)
	case pickUp:
		return c.both(m, func(o *order.Order) (domain.Event, error) { return o.PickUp(s.Role) }, delivery.VerbPickUp, s.Role)
	case door:
		return m.step(c, delivery.VerbArriveDoor, s.Role)
	case deliver:
		if err := c.both(m, func(o *order.Order) (domain.Event, error) { return o.Deliver(s.Role, c.now, order.CompleteAfter) }, delivery.VerbDeliver, s.Role); err != nil {
			return err
		}
		return c.settle(m)
	case giveUp:
		return c.both(m, func(o *order.Order) (domain.Event, error) { return o.GiveUp(s.Role, order.Reason(s.Reason)) }, delivery.VerbFail, s.Role)
	case turnBack:
		return m.step(c, delivery.VerbTurnBack, s.Role)
	case redeliver:
		return c.both(m, func(o *order.Order) (domain.Event, error) { return o.Redeliver(s.Role) }, delivery.VerbRedeliver, s.Role)
	}
	c.fatal("%s is nothing on the road", s.Verb)
	return nil
}

func (c *city) answer(m *meal, s step, who domain.ID) error {
	if m.way.Asked != who {
		return errNothing
	}
	verb := delivery.VerbDecline
	if s.Verb == take {
		verb = delivery.VerbAccept
	}
	if err := m.step(c, verb, domain.RoleCourier); err != nil {
		return err
	}
	m.way.Asked = domain.Nil
	if s.Verb == take {
		m.way.Courier = who
	}
	return nil
}

// both moves an order and its delivery.
func (c *city) both(m *meal, verb func(*order.Order) (domain.Event, error), way string, by domain.Role) error {
	if err := c.verb(m, verb); err != nil {
		return err
	}
	return m.step(c, way, by)
}

func (c *city) bringBack(m *meal, s step) error {
	err := c.both(m, func(o *order.Order) (domain.Event, error) { return o.Return(s.Role, c.now) }, delivery.VerbReturn, s.Role)
	if err != nil {
		return err
	}
	return c.release(m)
}
