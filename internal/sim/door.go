package sim

import (
	"sync"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// secret is what somebody says when the food is handed over.
type secret struct {
	pin  string // the customer to the courier at the door
	code string // at the counter: the customer who collects, the kitchen to the courier; "": nobody has yet
}

// maxSecrets bounds what they remember; the oldest is forgotten first.
const maxSecrets = 50_000

// door is where customers, couriers and kitchens meet, and tell each other what only they know.
type door struct {
	mu      sync.Mutex
	secrets map[domain.ID]secret
	oldest  []domain.ID // in the order they were told
}

func newDoor() *door { return &door{secrets: map[domain.ID]secret{}} }

// tell notes what the customer of an order will say. Only the customer's own view of the order carries it.
func (d *door) tell(o dto.Order) {
	d.note(o.ID, func(s *secret) {
		if o.DeliveryPin != nil {
			s.pin = *o.DeliveryPin
		}
		if o.OrderCode != nil && o.Fulfilment == dto.FulfilmentPickup {
			s.code = *o.OrderCode
		}
	})
}

// say notes the code that a kitchen says at its counter.
func (d *door) say(orderID domain.ID, code string) {
	d.note(orderID, func(s *secret) { s.code = code })
}

func (d *door) note(orderID domain.ID, add func(*secret)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, known := d.secrets[orderID]
	if !known {
		d.oldest = append(d.oldest, orderID)
	}
	add(&s)
	d.secrets[orderID] = s
	for len(d.oldest) > maxSecrets {
		delete(d.secrets, d.oldest[0])
		d.oldest = d.oldest[1:]
	}
}

// ask is what is said, if somebody is there.
func (d *door) ask(orderID domain.ID) (secret, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.secrets[orderID]
	return s, ok
}
