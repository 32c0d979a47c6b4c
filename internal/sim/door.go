package sim

import (
	"sync"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// secret is what a customer says when the food is handed over.
type secret struct {
	pin  string // to the courier at the door
	code string // at the counter, for an order that is collected; "" for others
}

// maxSecrets bounds what the customers remember; the oldest is forgotten first.
const maxSecrets = 50_000

// door is where customers meet couriers and vendors, and tell them what only they know.
type door struct {
	mu      sync.Mutex
	secrets map[domain.ID]secret
	oldest  []domain.ID // in the order they were told
}

func newDoor() *door { return &door{secrets: map[domain.ID]secret{}} }

// tell notes what the customer of an order will say. Only the customer's own view of the order carries it.
func (d *door) tell(o dto.Order) {
	var s secret
	if o.DeliveryPin != nil {
		s.pin = *o.DeliveryPin
	}
	if o.OrderCode != nil && o.Fulfilment == dto.FulfilmentPickup {
		s.code = *o.OrderCode
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.secrets[o.ID]; !known {
		d.oldest = append(d.oldest, o.ID)
	}
	d.secrets[o.ID] = s
	for len(d.oldest) > maxSecrets {
		delete(d.secrets, d.oldest[0])
		d.oldest = d.oldest[1:]
	}
}

// ask is what the customer says, if somebody is there.
func (d *door) ask(orderID domain.ID) (secret, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s, ok := d.secrets[orderID]
	return s, ok
}
