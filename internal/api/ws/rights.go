package ws

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// maxDoubtful is how many connections may wait to be looked at again; past it subscriptions simply end, to be asked for anew.
const maxDoubtful = 1024

// doubter is the account whose rights an event may have changed, so that what it follows is to be looked at again; Nil for
// most events.
func doubter(r domain.Record) domain.ID {
	switch r.Type {
	case "vendor.member_removed", "vendor.member_joined": // the latter: the topic me covers more now
		var data struct {
			UserID domain.ID `json:"userId"`
		}
		if err := json.Unmarshal(r.Data, &data); err != nil {
			return domain.Nil
		}
		return data.UserID
	case "delivery.offer_declined", "delivery.offer_expired", "delivery.offer_withdrawn", "delivery.taken_away", "delivery.stranded",
		"order.cancelled", "order.rejected", "order.expired":
		return r.CourierID
	}
	return domain.Nil
}

// doubt has everything that an account follows looked at again; until that is done, its events wait. It needs the lock.
func (h *Hub) doubt(id domain.ID) {
	h.doubts++
	for c := range h.actors[id] {
		for _, sub := range c.subs {
			sub.doubts++
		}
		h.askAgain(c)
	}
}

// askAgain needs the lock.
func (h *Hub) askAgain(c *conn) {
	select {
	case h.doubtful <- c:
	default:
		for topic, sub := range c.subs {
			if sub.doubts > 0 {
				h.drop(sub)
				c.tell(topicFrame{Type: "resync", Topic: topic})
			}
		}
	}
}

// settleDoubts looks at doubtful connections until ctx ends.
func (h *Hub) settleDoubts(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-h.doubtful:
			for _, d := range h.doubtsOf(c) {
				limited, cancel := context.WithTimeout(ctx, frameLimit)
				sc, err := h.scopeOf(limited, c.actor, d.topic)
				cancel()
				h.settle(ctx, d, sc, err)
			}
		}
	}
}

// doubtfulSub is a subscription and how often it had been doubted when the answer was asked for.
type doubtfulSub struct {
	*subscription
	topic  Topic
	doubts int
}

func (h *Hub) doubtsOf(c *conn) (all []doubtfulSub) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, sub := range c.subs {
		if topic, err := ParseTopic(sub.topic); err == nil && sub.doubts > 0 {
			all = append(all, doubtfulSub{sub, topic, sub.doubts})
		}
	}
	return all
}

// settle lets a subscription go on that still stands, and ends one that does not: for good, or, when it would cover
// something else now or cannot be looked at, to be asked for anew.
func (h *Hub) settle(ctx context.Context, d doubtfulSub, sc scope, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sub, kind := d.subscription, domain.KindOf(err)
	switch {
	case sub.gone || sub.doubts != d.doubts: // it has been doubted again, and waits for another look
	case err == nil && sameParties(sc.parties, sub.parties):
		sub.doubts = 0
		sub.flow()
	case kind == domain.Forbidden || kind == domain.NotFound:
		h.drop(sub)
		sub.c.tell(topicFrame{Type: "unsubscribed", Topic: sub.topic})
	default:
		if err != nil {
			h.log.WarnContext(ctx, "subscription not checked", logkey.Error, err.Error())
		}
		h.drop(sub)
		sub.c.tell(topicFrame{Type: "resync", Topic: sub.topic})
	}
}

func sameParties(a, b []party) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(p party) bool { return !slices.Contains(b, p) })
}

// flow sends what was held back, unless something still holds it. It needs the hub's lock.
func (s *subscription) flow() {
	if s.gone || s.holding || s.doubts > 0 {
		return
	}
	s.c.release(s.held)
	s.held = nil
}
