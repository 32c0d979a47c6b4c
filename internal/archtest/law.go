// Package archtest holds the import law of this codebase as one table, the
// test that enforces it, and the picture drawn from it.
//
// Imports point down: a package may import what stands in a lower layer, and
// the mortar, which imports no layer. It never imports upwards, and never a
// neighbour in its own layer. Bans take away some of what is left. The law is
// about the code that ships; test files may import what they need.
package archtest

// Module is the import path that every pattern below is relative to.
const Module = "github.com/zoop-dev/zoop"

// Layer is one storey of the picture.
type Layer struct {
	Name  string
	Units []Unit
}

// Unit is one box: a package, or with "/..." a package and all below it, whose
// parts may import each other.
type Unit struct {
	Path string
	Role string // a few words, shown in the picture
}

// Layers is the law, from the top down. A new package gets a line here first.
var Layers = []Layer{
	{"command", []Unit{
		{"cmd/zoop", "flags, output, exit codes"},
	}},
	{"composer", []Unit{
		{"internal/boot", "config, stores, use cases, faces, Run"},
	}},
	{"faces", []Unit{
		{"internal/api", "REST: routes, handlers"},
		{"internal/api/ws", "hub, connection, protocol"},
		{"internal/worker/...", "timers, relay, dispatch"},
		{"internal/tui/...", "the support console"},
		{"internal/sim/...", "a synthetic city"},
	}},
	{"client", []Unit{
		{"internal/client", "Go client of REST and WebSocket"},
		{"internal/menufile", "menus as CSV"},
		{"internal/mdrp", "published instances, replayed"},
	}},
	{"contract", []Unit{
		{"internal/api/dto", "models made from openapi.yaml"},
	}},
	{"use cases", []Unit{
		{"internal/app/account", "sign-in, sessions"},
		{"internal/app/catalog", "vendors, menus"},
		{"internal/app/ordering", "carts, orders"},
		{"internal/app/billing", "money, ledger"},
		{"internal/app/rules", "promotions, tariffs"},
		{"internal/app/fleet", "who carries, and when"},
		{"internal/app/delivery", "dispatch, offers, handover"},
		{"internal/app/support", "staff's actions"},
		{"internal/app/review", "reviews, ratings"},
		{"internal/app/notify", "messages"},
		{"internal/app/pictures", "pictures, kept and collected"},
		{"internal/app/feed", "every event, once"},
		{"internal/app/webhooks", "partners, told"},
		{"internal/app/seed", "demo data, imports"},
	}},
	{"shared state", []Unit{
		{"internal/positions", "where couriers are"},
	}},
	{"stores, providers", []Unit{
		{"internal/postgres/...", "SQL and transactions"},
		{"internal/redis", "streams, cache, geo"},
		{"internal/payment/...", "gateways"},
		{"internal/mail", "e-mail"},
		{"internal/media", "pictures"},
		{"internal/osrm", "how long ways take"},
		{"internal/webhook", "posts to strangers' addresses"},
		{"internal/wire", "events as others read them"},
	}},
	{"domain concepts", []Unit{
		{"internal/domain/order", "state machine"},
		{"internal/domain/pricing", "quotes"},
		{"internal/domain/menu", "dishes, options"},
		{"internal/domain/vendor", "hours, zones"},
		{"internal/domain/delivery/...", "offers, dispatch"},
		{"internal/domain/payment", "money's states"},
		{"internal/domain/ledger", "double entry"},
		{"internal/domain/payout", "who is owed"},
		{"internal/domain/invoice", "papers of sales"},
		{"internal/domain/account", "roles, sign-in codes"},
		{"internal/domain/review", "stars, verdicts"},
		{"internal/domain/letter", "mail and who wants it"},
		{"internal/domain/search", "what typed words mean"},
		{"internal/domain/webhook", "where to, how often again"},
		{"internal/domain/alert", "what staff look at"},
	}},
	{"kernel", []Unit{
		{"internal/domain", "IDs, Money, Error, Actor"},
	}},
}

// Mortar is what any layer above the domain may import. It imports no layer.
var Mortar = Layer{"mortar", []Unit{
	{"internal/config", "settings"},
	{"internal/local", "private Postgres, Redis"},
	{"internal/logkey", "log attribute names"},
	{"internal/id", "new identifiers"},
	{"internal/limit", "rates, slots"},
	{"internal/phone", "numbers in one form"},
	{"internal/sanitize", "strangers' text"},
	{"internal/sheet", "CSV without formulas"},
	{"internal/version", "what was built"},
	{"migrations", "the schema, embedded"},
}}

// Apart stands outside the building: only test files import it.
var Apart = Layer{"tests and tools", []Unit{
	{"internal/dbtest", "a database per test"},
	{"internal/lettertest", "mail that was posted"},
	{"internal/archtest/...", "this law"},
	{"e2e/...", "whole-binary stories, promises"},
	{"bench", "ratios, measured"},
}}

// Ban forbids direct imports that the order of the layers would let through.
// Packages are patterns: paths of this module, or whole import paths for what
// comes from outside; "/..." covers the subtree. Except names the packages that
// are excused; it stays empty unless the reason stands next to it.
type Ban struct {
	Of     []string // what is forbidden
	In     []string // to whom
	Except []string
	Why    string
}

// Bans are the extra rules, each with the reason that a failure prints.
var Bans = []Ban{
	{
		Of:  []string{"internal/app/...", "internal/positions", "internal/postgres/...", "internal/payment/...", "internal/mail", "internal/media"},
		In:  []string{"internal/tui/...", "internal/sim/...", "internal/client"},
		Why: "acts through the REST API and holds no database handle",
	},
	{
		Of:  []string{"internal/redis"},
		In:  []string{"internal/sim/...", "internal/client"},
		Why: "only knows the public API; the console alone also reads the streams",
	},
	{
		Of:  []string{"internal/client", "internal/sim/...", "internal/tui/..."},
		In:  []string{"internal/api", "internal/api/ws", "internal/worker/..."},
		Why: "a server does not call itself over the network",
	},
	{
		Of:  []string{"internal/api/dto"},
		In:  []string{"internal/worker/..."},
		Why: "the wire's models stop at the faces that speak HTTP",
	},
	{
		Of:  []string{"github.com/jackc/pgx/...", "database/sql/..."},
		In:  []string{"internal/api", "internal/api/ws", "internal/worker/...", "internal/tui/...", "internal/sim/...", "internal/client", "internal/app/...", "internal/positions"},
		Why: "SQL is spoken in internal/postgres only",
	},
	{
		Of:  []string{"github.com/redis/go-redis/..."},
		In:  []string{"internal/api", "internal/api/ws", "internal/worker/...", "internal/tui/...", "internal/sim/...", "internal/client", "internal/app/...", "internal/positions"},
		Why: "Redis commands are given in internal/redis only",
	},
}

// Pure names the packages that import the standard library only, and of that
// nothing of Impure: their answers depend on their arguments alone.
var Pure = []string{"internal/domain/..."}

// Impure lists what reads or writes the outside world, or ties a rule to a
// wire or storage format.
var Impure = []string{
	"bufio", "context", "crypto/rand", "database/...", "embed", "encoding/json/...", "encoding/xml", "flag", "io/...",
	"log/...", "math/rand/...", "net", "net/http/...", "os/...", "plugin", "runtime/...", "syscall", "testing/...", "unsafe",
}

// Clock lists the functions of package time that read or wait on the clock.
var Clock = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"}
