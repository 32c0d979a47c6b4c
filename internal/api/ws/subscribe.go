package ws

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/wire"
)

// maxReplay is how far behind, in events of all kinds, a client may resume; further behind a snapshot is cheaper.
const maxReplay = 20_000

var errNotUp = domain.Errorf(domain.Unavailable, string(domain.Unavailable), "the feed is not up yet; try again")

// subscription is one topic of one connection. The hub's lock guards what changes.
type subscription struct {
	c       *conn
	topic   string
	parties []party
	after   int64    // events up to here are not for it, or come by the replay
	holding bool     // the replay is still going on: live events wait
	doubts  int      // how often its right was doubted since it was last looked at: live events wait, too
	held    [][]byte // those that wait, already counted towards the connection's bound
	gone    bool
	version int       // of the order that it follows, as far as it was told
	moves   time.Time // when it may next be told where its courier is
}

// subscribe starts a subscription. The place from which live events come is taken before the replay is read, so nothing
// falls between them; live events wait until the replay is through, so nothing comes out of order.
func (c *conn) subscribe(ctx context.Context, f subscribeFrame) error {
	topic, err := ParseTopic(f.Topic)
	if err != nil {
		return err
	}
	if f.Since != nil && (*f.Since < 0 || f.Epoch == "") {
		return domain.Invalidf("since", "form", "must not be negative, and needs its epoch")
	}
	doubts := c.hub.doubtsSoFar()
	sc, err := c.hub.scopeOf(ctx, c.actor, topic)
	if err != nil {
		return err
	}
	sub := &subscription{c: c, topic: topic.String(), parties: sc.parties, holding: true}
	epoch, from, err := c.hub.register(sub, f, doubts)
	if err != nil {
		return err
	}
	stale := f.Epoch != "" && f.Epoch != epoch
	stretch := sc.stretch
	stretch.Since, stretch.Until = from, from
	if f.Since != nil {
		stretch.Since = *f.Since
	}
	if !stale && stretch.Since > from {
		if stale, err = c.hub.unheardOf(ctx, epoch, stretch.Since); err != nil {
			c.hub.unsubscribe(c, sub.topic)
			return err
		}
	}
	if stale || from-stretch.Since > maxReplay {
		c.hub.unsubscribe(c, sub.topic)
		resync := topicFrame{ID: f.ID, Type: "resync", Topic: sub.topic}
		if c.stream { // it cannot ask again, so it goes on from here
			c.send(streamed(resync))
			return c.subscribe(ctx, subscribeFrame{Topic: f.Topic})
		}
		c.tell(resync)
		return nil
	}
	return c.replay(ctx, sub, stretch, subscribedFrame{ID: f.ID, Type: "subscribed", Topic: sub.topic, Epoch: epoch, Seq: max(from, stretch.Since), begins: stretch.Since})
}

// scopeOf decides whether somebody may follow a topic, and what that covers.
func (h *Hub) scopeOf(ctx context.Context, actor domain.Actor, t Topic) (scope, error) {
	forbidden := domain.Errorf(domain.Forbidden, string(domain.Forbidden), "not for the role %s", actor.Role)
	switch {
	case t.Kind == KindOps && actor.Role.Staff():
		return everything(), nil
	case t.Kind == KindOps:
		return scope{}, forbidden
	case t.Kind == KindMe:
		return h.scopeOfMe(ctx, actor)
	}
	if err := h.Authorizer.Authorize(ctx, actor, t); err != nil {
		return scope{}, err
	}
	switch t.Kind {
	case KindOrder:
		return ofOrder(t.ID), nil
	case KindVendor:
		return ofVendors([]domain.ID{t.ID}), nil
	case KindCourier:
		return ofCourier(t.ID), nil
	}
	return scope{}, forbidden
}

func (h *Hub) scopeOfMe(ctx context.Context, actor domain.Actor) (scope, error) {
	switch {
	case actor.Role.Staff():
		return everything(), nil
	case actor.Role == domain.RoleCustomer:
		return ofCustomer(actor.ID), nil
	case actor.Role == domain.RoleCourier:
		return ofCourier(actor.ID), nil
	case actor.Role == domain.RoleVendor:
		vendors, err := h.Authorizer.MemberOf(ctx, actor)
		return ofVendors(vendors), err
	}
	return scope{}, domain.Errorf(domain.Forbidden, string(domain.Forbidden), "not for the role %s", actor.Role)
}

func (h *Hub) doubtsSoFar() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.doubts
}

// register adds a subscription to the index, and gives the place from which on it gets live events. When rights were doubted
// since it was allowed, it is looked at again.
func (h *Hub) register(sub *subscription, f subscribeFrame, doubts int) (epoch string, from int64, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.epoch == "":
		return "", 0, errNotUp
	case sub.c.subs[sub.topic] != nil:
		return "", 0, domain.Errorf(domain.Conflict, string(domain.Conflict), "the topic is subscribed already")
	case len(sub.c.subs) >= maxTopics:
		return "", 0, domain.Errorf(domain.Invalid, "too_many_topics", "at most %d topics a connection", maxTopics)
	}
	sub.after = h.seq
	if f.Since != nil {
		sub.after = max(h.seq, *f.Since) // a client may have seen more than this instance yet
	}
	sub.c.subs[sub.topic] = sub
	for _, p := range sub.parties {
		if h.index[p] == nil {
			h.index[p] = map[*subscription]struct{}{}
		}
		h.index[p][sub] = struct{}{}
	}
	if h.doubts != doubts {
		sub.doubts = 1
		h.askAgain(sub.c)
	}
	return h.epoch, h.seq, nil
}

// unsubscribe removes a subscription, if there is one.
func (h *Hub) unsubscribe(c *conn, topic string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if sub := c.subs[topic]; sub != nil {
		h.drop(sub)
	}
}

// drop needs the lock.
func (h *Hub) drop(sub *subscription) {
	sub.c.unreserve(sub.held)
	sub.gone, sub.held = true, nil
	delete(sub.c.subs, sub.topic)
	for _, p := range sub.parties {
		delete(h.index[p], sub)
		if len(h.index[p]) == 0 {
			delete(h.index, p)
		}
	}
}

// unheardOf says whether a place is above all that was ever published, or of another epoch: the client's memory is not of
// this order of events.
func (h *Hub) unheardOf(ctx context.Context, epoch string, since int64) (bool, error) {
	now, last, err := h.DB.FeedPosition(ctx)
	return now != epoch || since > last, err
}

// replay confirms the subscription, sends what was missed, and lets live events through.
func (c *conn) replay(ctx context.Context, sub *subscription, s postgres.Stretch, confirm subscribedFrame) error {
	page, count, err := c.hub.beginReplay(ctx, s)
	if err != nil {
		c.hub.unsubscribe(c, sub.topic)
		return err
	}
	confirm.Recovered = count
	c.tell(confirm)
	for len(page) > 0 && c.hub.holds(sub) {
		for _, r := range page {
			text, err := wire.Event(r)
			if err != nil {
				return err
			}
			if !c.sendPatiently(spelling{sub.topic, c.stream}.event(confirm.Epoch, r.Seq, text)) {
				return nil
			}
			s.Since = r.Seq
		}
		if page, err = c.hub.nextPage(s, len(page)); err != nil {
			c.hub.unsubscribe(c, sub.topic)
			c.tell(topicFrame{Type: "resync", Topic: sub.topic})
			return err
		}
	}
	c.hub.replayed.Add(float64(count))
	c.hub.goLive(sub)
	return nil
}

// beginReplay reads the first page of a replay and counts the whole.
func (h *Hub) beginReplay(ctx context.Context, s postgres.Stretch) (page []domain.Record, count int, err error) {
	if s.Since >= s.Until {
		return nil, 0, nil
	}
	page, err = h.DB.EventsOf(ctx, s)
	if err != nil || len(page) < postgres.MaxPage {
		return page, len(page), err
	}
	count, err = h.DB.CountOf(ctx, s)
	return page, count, err
}

// nextPage goes on after a full page. It has a time limit of its own: how long a replay takes is up to the client.
func (h *Hub) nextPage(s postgres.Stretch, before int) ([]domain.Record, error) {
	if before < postgres.MaxPage {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), frameLimit)
	defer cancel()
	return h.DB.EventsOf(ctx, s)
}

// holds says whether a subscription still stands: a reset of the feed ends it in the middle of a replay.
func (h *Hub) holds(sub *subscription) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !sub.gone
}

// goLive sends what was held back, and lets what follows through.
func (h *Hub) goLive(sub *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sub.holding = false
	sub.flow()
}
