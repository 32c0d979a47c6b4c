package ws

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
)

// moveEvery is how often a client is told where the courier of one order is, at most, on the average: what comes a little early
// would leave a gap twice as long.
const (
	moveEvery = time.Second
	moveEarly = moveEvery / 5
)

// Moved tells those who follow an order where its courier is. It may be lost: clients that do not keep up, that still catch up
// with what happened, or that were told a moment ago are not told.
func (h *Hub) Moved(m redis.Move) { h.movedAt(m, time.Now()) }

func (h *Hub) movedAt(m redis.Move, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	frames := map[spelling][]byte{}
	for sub := range h.index[party{anOrder, m.OrderID}] {
		if !sub.mayLearn(m, now) {
			continue
		}
		as := spelling{sub.topic, sub.c.stream}
		frame := frames[as]
		if frame == nil {
			told := positionFrame{Type: "position", Topic: sub.topic, Position: position{m.Lat, m.Lng, m.Coarse, m.At}}
			if frame = message(told); as.stream {
				frame = streamed(told)
			}
			frames[as] = frame
		}
		if sub.c.sendIfSwift(frame) {
			if sub.moves.Before(now) {
				sub.moves = now
			}
			sub.moves = sub.moves.Add(moveEvery)
			h.located.Inc()
		}
	}
}

// mayLearn needs the hub's lock. A move that was allowed by an older version of the order than the client has heard of is not
// told: the courier may have handed it over since. To another courier, who was offered the order, it is not told at all.
func (s *subscription) mayLearn(m redis.Move, now time.Time) bool {
	actor := s.c.actor
	return !s.holding && s.doubts == 0 && m.Version >= s.version && !now.Before(s.moves.Add(-moveEarly)) &&
		(actor.Role != domain.RoleCourier || actor.ID == m.CourierID)
}
