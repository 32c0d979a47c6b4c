package api

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/limit"
	"github.com/zoop-dev/zoop/internal/redis"
)

// Limits are how much the API takes. Its zero value is no limit at all.
type Limits struct {
	Redis   *redis.Client  // counts for all processes; nil: each counts alone
	Times   float64        // the rates of the table below times this; 0: no rate limits
	Exempt  []netip.Prefix // client addresses that no rate limit is for
	Proxies []netip.Prefix // peers that are believed when they say whom they speak for
	Slots   int            // requests that are worked on at once; 0: any number
	Queue   int            // requests of a class that wait for a slot
	Wait    time.Duration  // how long they do
}

// class is a kind of route that has limits of its own.
type class int

const (
	classNone     class = iota // probes and pages that must answer whatever happens
	classReads                 // the public catalogue
	classAccount               // what callers read of their own
	classWrites                // whatever changes something and is none of the others
	classCart                  // the cart: who fills one is about to order
	classOrders                // placing an order, and taking it further
	classAuth                  // asking for a sign-in code, trying one, accepting an invitation
	classLocation              // positions of couriers
	classSockets               // opening the live feed
	classStaff                 // staff's routes
	classWebhooks              // what payment providers tell us
	classUploads               // files
	classFiles                 // what became of them
	classLinks                 // how far an order is, for whoever has a link
	classTokens                // credentials that turned out to be good for nothing
	classCount
)

// bounds are the limits of a class.
type bounds struct {
	name    string
	account limit.Rate // of one account, or API key
	address limit.Rate // of one client address; of IPv6, its /64
	local   bool       // each process counts alone: not worth a round trip to Redis
	reserve int        // percent of the slots that other classes do not take
	most    int        // percent of the slots that it may have; 0: whatever others do not reserve
	apart   bool       // has nothing to do with the slots: it takes long without Postgres, and has bounds of its own
}

// table is every limit there is; docs/adr/0011 says why. Numbers for an address are generous: offices, and the networks of
// telephones, send many people from one. The setting rate_limits multiplies them all.
var table = [classCount]bounds{
	classNone:     {apart: true},
	classReads:    {name: "reads", address: perSecond(200, 1000), local: true},
	classAccount:  {name: "account", account: perSecond(20, 200), address: perSecond(200, 2000)},
	classWrites:   {name: "writes", account: perSecond(5, 60), address: perSecond(100, 1000)},
	classCart:     {name: "cart", account: perSecond(5, 60), address: perSecond(100, 1000), reserve: 12},
	classOrders:   {name: "orders", account: perSecond(2, 60), address: perSecond(50, 500), reserve: 25},
	classAuth:     {name: "auth", address: perSecond(1, 40), most: 25},
	classLocation: {name: "location", account: perSecond(2, 20), address: perSecond(200, 2000), local: true, most: 50},
	classSockets:  {name: "sockets", account: perSecond(1, 30), address: perSecond(50, 500)},
	classStaff:    {name: "staff", account: perSecond(20, 200), address: perSecond(100, 1000), most: 25},
	classWebhooks: {name: "webhooks", address: perSecond(200, 1000), reserve: 12},
	classUploads:  {name: "uploads", account: perSecond(1, 60), address: perSecond(10, 300), apart: true},
	classFiles:    {name: "files", address: perSecond(200, 2000), local: true, apart: true},
	classLinks:    {name: "links", address: perSecond(20, 200), local: true, most: 25},
	classTokens:   {name: "tokens", address: perSecond(5, 100), local: true},
}

// perSecond is n requests a second, and burst at once.
func perSecond(n, burst int) limit.Rate {
	return limit.Rate{Every: time.Second / time.Duration(n), Burst: burst}
}

// classOf finds a route's class from what it looks like, so that a new route has limits without being asked about them.
func classOf(method, path string, public bool) class {
	rest, ok := strings.CutPrefix(path, "/api/v1/")
	first, _, _ := strings.Cut(rest, "/")
	switch {
	case strings.HasPrefix(path, "/media/"):
		return classFiles
	case strings.HasPrefix(path, "/t/"):
		return classLinks
	case !ok:
		return classNone
	case method == http.MethodPut && strings.HasSuffix(rest, "/photo"), strings.HasSuffix(rest, "/image"), strings.HasSuffix(rest, "/picture"), strings.HasSuffix(rest, "/photos/{place}"):
		return classUploads
	case first == "ws", strings.HasSuffix(rest, "/stream"):
		return classSockets
	case first == "psp":
		return classWebhooks
	case first == "admin":
		return classStaff
	case rest == "auth/signup", rest == "auth/login", rest == "auth/verify", rest == "auth/invitations/accept":
		return classAuth
	case rest == "courier/location":
		return classLocation
	case method == http.MethodGet && public:
		return classReads
	case method == http.MethodGet:
		return classAccount
	case first == "orders" && !strings.HasSuffix(rest, "/review"): // who reviews has eaten
		return classOrders
	case first == "cart":
		return classCart
	}
	return classWrites
}
