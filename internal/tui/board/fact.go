package board

import (
	"encoding/json"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// Fact is something that a source tells the board.
type Fact interface{ fact() }

// Start says where the events begin that will follow: the first is Seq + 1.
type Start struct {
	Epoch string
	Seq   int64
}

// Snapshot is every live order, and every alert that is not closed, at a place in the event order of an epoch; or the worst of them, where
// there are too many.
type Snapshot struct {
	Epoch  string
	Seq    int64
	Orders []Order
	Alerts []Alert

	OrdersLeftOut, AlertsLeftOut int `json:",omitzero"` // how many there are besides
}

// Events are published events, in any order.
type Events []Event

// Gap says that the events up to To will not come. From is filled in by the board; so is Epoch, when the events go on in
// that one: To is then where they do.
type Gap struct {
	From, To int64
	Reason   string
	Epoch    string
}

// Detail is one order as the API tells it; it says nothing about orders that the board does not know.
type Detail struct{ Order Order }

// Gone says that there is no such order, or none for this reader.
type Gone struct{ ID domain.ID }

// Name is what a member of the staff is called. It is the only fact that names anybody.
type Name struct {
	ID   domain.ID
	Name string
}

// Want is something that the board lacks: the details of an order, or the name of whoever looks after an alert.
type Want struct {
	Subject domain.Subject
	ID      domain.ID
}

// Mode is how the console hears of events.
type Mode string

// The modes.
const (
	Connecting Mode = ""         // never heard anything yet
	Live       Mode = "LIVE"     // from the stream
	Degraded   Mode = "DEGRADED" // the stream is away: by asking the API again and again
	Stale      Mode = "STALE"    // both are away
)

// Link is the state of the connection.
type Link struct {
	Mode    Mode
	Since   time.Time // when the mode began; for Stale, when something was last heard
	APIAway bool      // nothing but the stream: no details, no actions
	Note    string    // why, for the reader
	Lag     time.Duration
	LagAt   time.Time // when Lag was measured; zero: never
}

func (Start) fact()    {}
func (Snapshot) fact() {}
func (Events) fact()   {}
func (Gap) fact()      {}
func (Detail) fact()   {}
func (Gone) fact()     {}
func (Link) fact()     {}
func (Name) fact()     {}

// Event is one published event. Its texts are clean.
type Event struct {
	Seq        int64
	Subject    domain.Subject
	SubjectID  domain.ID
	Version    int
	Type       string
	Actor      domain.Role // "" where the source does not say
	ActorID    domain.ID   `json:",omitzero"` // which member of the staff it was; Nil: it was none, or the source does not say
	ActorName  string      `json:",omitzero"` // what they are called, in an order's timeline
	City       string
	VendorID   domain.ID
	CustomerID domain.ID
	CourierID  domain.ID
	At         time.Time
	Data       map[string]any // nil: see Raw
	Raw        []byte         `json:"-"` // the data as it came, a JSON object: thousands of events wait like this, which are hardly ever looked at
}

// Told is what the event carries, clean.
func (e Event) Told() map[string]any {
	if e.Data != nil || len(e.Raw) == 0 {
		return e.Data
	}
	var data map[string]any
	if json.Unmarshal(e.Raw, &data) != nil { // what is no object says nothing
		return nil
	}
	return sanitize.Map(data)
}

// text, instant and amount read a member of the event's data; the zero value where it is missing or of another kind.
func (e Event) text(name string) string {
	s, _ := e.Data[name].(string)
	return s
}

func (e Event) instant(name string) time.Time {
	text := e.text(name)
	if text == "" { // of most events
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

func (e Event) money(name string) domain.Money {
	m, _ := e.Data[name].(map[string]any)
	amount, _ := m["amount"].(float64)
	currency, _ := m["currency"].(string)
	return domain.Money{Amount: int64(amount), Currency: domain.Currency(currency)}
}
