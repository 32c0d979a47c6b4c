package sim

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// How customers behave.
const (
	collects   = 0.08 // share of the orders that the customer fetches
	tips       = 0.25
	regrets    = 0.06 // share that the customer tries to cancel
	watches    = 0.20 // share whose customer keeps looking
	giveUp     = 3 * time.Minute
	maxTries   = 4 // carts put together before the customer gives up hungry
	maxGlances = 4
)

// customer is a person who orders now and then. One goroutine at a time acts for it: the one that made it busy.
type customer struct {
	city    *city
	number  int
	api     *client.Client
	dice    dice
	busy    atomic.Bool
	home    domain.Point
	address domain.ID // Nil until saved
	last    domain.ID // the order before; Nil when there is none to think of
}

func newCustomer(c *city, n int) *customer {
	first, last := person(n)
	return &customer{
		city: c, number: n, dice: newDice(c.opts.Seed, "customer", n),
		api: c.as(mailbox("customer", n), first+" "+last, domain.RoleCustomer),
	}
}

var errNothing = errors.New("found nothing to order")

// order is one evening: think of the last one, look around, choose, order, and see what becomes of it.
func (c *customer) order(ctx context.Context) {
	hungry, cancel := context.WithTimeout(ctx, giveUp)
	defer cancel()
	c.recall(hungry)
	o, err := c.buy(hungry)
	if err != nil {
		if ctx.Err() == nil {
			c.city.log.DebugContext(ctx, "customer ordered nothing", logkey.Error, err.Error())
		}
		return
	}
	c.last = o.ID
	c.city.door.tell(o)
	switch {
	case c.dice.chance(regrets):
		c.regret(ctx, o.ID)
	case c.dice.chance(watches):
		c.watch(ctx, o.ID)
	}
}

func (c *customer) buy(ctx context.Context) (dto.Order, error) {
	if err := c.settle(ctx); err != nil {
		return dto.Order{}, err
	}
	v, err := c.choose(ctx)
	if err != nil {
		return dto.Order{}, err
	}
	for try := range maxTries {
		cart, err := c.shop(ctx, v, try > 0)
		if err != nil {
			return dto.Order{}, err
		}
		if len(cart.Problems) > 0 {
			c.city.tally.note("cart_" + string(cart.Problems[0].Code))
			if v, err = c.choose(ctx); err != nil {
				return dto.Order{}, err
			}
			continue
		}
		c.think(ctx, time.Second, 10*time.Second)
		o, err := c.place(ctx, cart)
		if client.IsStatus(err, http.StatusConflict) { // a price or a dish changed in the meantime
			continue
		}
		return o, err
	}
	return dto.Order{}, errNothing
}

// settle saves where the customer lives, once.
func (c *customer) settle(ctx context.Context) error {
	if !c.address.IsNil() {
		return nil
	}
	saved, err := patiently(ctx, c.city, c.dice, c.api.Addresses)
	if err != nil {
		return err
	}
	line := doorplate(c.number)
	for _, a := range saved {
		if at := toPoint(a.Location); a.Line1 == line && c.city.world.serves(at) {
			c.home, c.address = at, a.ID
			return nil
		}
	}
	if len(saved) > 0 { // the vendors that are played moved: so does the customer
		_ = c.api.DeleteAddress(ctx, saved[0].ID)
	}
	town := c.city.world.town(c.dice)
	home := c.dice.near(town.centre, nearCentre)
	a, err := patiently(ctx, c.city, c.dice, func(ctx context.Context) (dto.Address, error) {
		return c.api.CreateAddress(ctx, dto.AddressRequest{Label: "Home", Line1: line, City: town.name, Location: fromPoint(home)})
	})
	if err == nil {
		c.home, c.address = home, a.ID
	}
	return err
}

// choose looks at the vendors near home and takes one that is open.
func (c *customer) choose(ctx context.Context) (dto.Vendor, error) {
	open, limit := true, 50
	sort := pick(c.dice, []dto.ListVendorsParamsSort{
		dto.ListVendorsParamsSortDistance, dto.ListVendorsParamsSortRating, dto.ListVendorsParamsSortEta,
	})
	list, err := patiently(ctx, c.city, c.dice, func(ctx context.Context) (dto.VendorList, error) {
		return c.api.Vendors(ctx, dto.ListVendorsParams{Lat: c.home.Lat, Lng: c.home.Lng, OpenNow: &open, Sort: &sort, Limit: &limit})
	})
	if err != nil {
		return dto.Vendor{}, err
	}
	var near []dto.Vendor
	for _, v := range list.Data {
		if _, ours := c.city.world.vendors[v.ID]; ours && v.Open {
			near = append(near, v)
		}
	}
	c.think(ctx, 2*time.Second, 15*time.Second)
	if len(near) > 0 {
		return pick(c.dice, near), nil
	}
	return c.known(ctx)
}

// known tries a vendor that the customer has heard of: where thousands were imported, the list of the nearest may have
// none that is played.
func (c *customer) known(ctx context.Context) (dto.Vendor, error) {
	ids := c.city.world.within(c.home, 2*nearCentre)
	for range min(len(ids), 5) {
		v, err := c.api.Vendor(ctx, pick(c.dice, ids))
		if err != nil {
			return v, err
		}
		if v.Open {
			return v, nil
		}
	}
	return dto.Vendor{}, errNothing
}

// shop reads the vendor's menu and puts a cart together.
func (c *customer) shop(ctx context.Context, v dto.Vendor, afresh bool) (dto.Cart, error) {
	menu, err := patiently(ctx, c.city, c.dice, func(ctx context.Context) (dto.Menu, error) {
		return c.city.world.menu(ctx, v.ID, afresh)
	})
	if err != nil {
		return dto.Cart{}, err
	}
	c.think(ctx, 3*time.Second, 20*time.Second)
	r := dto.CartRequest{VendorID: v.ID, Fulfilment: dto.FulfilmentDelivery, Items: fill(c.dice, menu, v.MinimumOrder.Amount)}
	if len(r.Items) == 0 {
		return dto.Cart{}, errNothing
	}
	if c.dice.chance(collects) {
		r.Fulfilment = dto.FulfilmentPickup
	} else {
		r.AddressID = &c.address
		if c.dice.chance(tips) {
			r.Tip = &dto.Price{Amount: domain.FromMajor(float64(1+c.dice.IntN(5)), domain.Currency(v.Currency)).Amount, Currency: v.Currency}
		}
	}
	return patiently(ctx, c.city, c.dice, func(ctx context.Context) (dto.Cart, error) { return c.api.PutCart(ctx, r) })
}

// place orders the cart at the price it was quoted at. An answer that got lost is asked for again with the same key.
func (c *customer) place(ctx context.Context, cart dto.Cart) (dto.Order, error) {
	key := domain.ID(id.New()).String()
	total := cart.Quote.Total
	r := dto.OrderRequest{QuoteID: cart.Quote.ID, Payment: dto.PaymentRequest{Method: dto.PaymentRequestMethodCod}}
	if r.QuoteID == nil {
		r.ExpectedTotal = &total
	}
	began := time.Now()
	o, err := patiently(ctx, c.city, c.dice, func(ctx context.Context) (dto.Order, error) {
		began = time.Now()
		return c.api.PlaceOrder(ctx, key, r)
	})
	if err == nil {
		c.city.tally.place(time.Since(began))
	}
	return o, err
}

// regret cancels, if the vendor has not been faster.
func (c *customer) regret(ctx context.Context, orderID domain.ID) {
	c.think(ctx, 0, 10*time.Second)
	reason := pick(c.dice, []dto.CancelReason{dto.CancelReasonCHANGEDMIND, dto.CancelReasonTOOSLOW, dto.CancelReasonMISTAKE, dto.CancelReasonDUPLICATE})
	_, _ = patiently(ctx, c.city, c.dice, func(ctx context.Context) (dto.Order, error) {
		return c.api.CancelOrder(ctx, orderID, reason)
	})
}

// watch looks at the order and its timeline a few times.
func (c *customer) watch(ctx context.Context, orderID domain.ID) {
	for range 1 + c.dice.IntN(maxGlances) {
		if !pause(ctx, max(c.city.scaled(c.dice.between(20*time.Second, 2*time.Minute)), 3*time.Second)) {
			return
		}
		o, err := c.api.Order(ctx, orderID)
		if err != nil || o.State == dto.OrderStateDelivered || o.Cancel != nil {
			return
		}
		if _, err := c.api.Timeline(ctx, orderID); err != nil {
			return
		}
	}
}

// think takes people some time, and the bots less.
func (c *customer) think(ctx context.Context, least, most time.Duration) {
	pause(ctx, c.city.scaled(c.dice.between(least, most)))
}
