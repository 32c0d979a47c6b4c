package ws

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// rights is an Authorizer whose mind can be changed.
type rights struct {
	mu      sync.Mutex
	topics  map[Topic]bool
	vendors []domain.ID
	broken  bool
	asked   chan Topic    // told of every question, when there is one
	answer  chan struct{} // the first question waits for it
}

func (r *rights) Authorize(_ context.Context, _ domain.Actor, t Topic) error {
	r.mu.Lock()
	yes, broken := r.topics[t], r.broken
	asked, answer := r.asked, r.answer
	r.asked, r.answer = nil, nil
	r.mu.Unlock()
	if asked != nil {
		asked <- t
		<-answer
	}
	switch {
	case broken:
		return domain.Errorf(domain.Unavailable, string(domain.Unavailable), "away")
	case !yes:
		return domain.Missing("topic")
	}
	return nil
}

func (r *rights) MemberOf(context.Context, domain.Actor) ([]domain.ID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.vendors, nil
}

func (r *rights) end(topics ...Topic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range topics {
		delete(r.topics, t)
	}
	r.vendors = nil
}

// live is a hub that runs, with rights of somebody who follows a vendor and one of its orders.
func live(t *testing.T) (*bundle, *rights, domain.Actor, Topic, Topic) {
	t.Helper()
	vendor, order := Topic{KindVendor, id.New()}, Topic{KindOrder, id.New()}
	r := &rights{topics: map[Topic]bool{vendor: true, order: true}, vendors: []domain.ID{vendor.ID}}
	b := setup(t, func(d *Deps) { d.Authorizer = r })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.hub.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	return b, r, domain.Actor{ID: id.New(), Role: domain.RoleVendor}, vendor, order
}

// ofTheirs is an event of an order of a vendor.
func ofTheirs(seq int64, vendor, order Topic) domain.Record {
	r := record(seq)
	r.SubjectID, r.VendorID = order.ID, vendor.ID
	return r
}

func removal(seq int64, vendor Topic, who domain.ID) domain.Record {
	r := record(seq)
	r.Subject, r.SubjectID, r.VendorID, r.CustomerID = domain.SubjectVendor, vendor.ID, vendor.ID, domain.Nil
	r.Type, r.Data = "vendor.member_removed", fmt.Appendf(nil, `{"userId":%q}`, who)
	return r
}

func (c *client) follow(topic string) {
	c.t.Helper()
	require.Equal(c.t, "subscribed", c.ask(`{"type":"subscribe","topic":"`+topic+`"}`).Type, topic)
}

func TestARemovedMemberHearsNothingMore(t *testing.T) {
	t.Parallel()
	b, r, cook, vendor, order := live(t)
	gone, stays := b.dial(cook), b.dial(domain.Actor{ID: id.New(), Role: domain.RoleVendor})
	for _, topic := range []string{vendor.String(), order.String(), "me"} {
		gone.follow(topic)
	}
	stays.follow(vendor.String())
	r.end(vendor, order)
	// In one batch: what comes right after the removal must not slip through before it is looked into.
	b.hub.Sink().Records([]domain.Record{removal(1, vendor, cook.ID), ofTheirs(2, vendor, order)})
	heard := map[string][]string{}
	for range 5 {
		g := gone.hear()
		heard[g.Topic] = append(heard[g.Topic], g.Type)
		require.LessOrEqual(t, g.Event.Seq, int64(1))
	}
	require.Equal(t, map[string][]string{
		vendor.String(): {"event", "unsubscribed"}, order.String(): {"unsubscribed"}, "me": {"event", "resync"},
	}, heard)
	b.hub.Sink().Records([]domain.Record{ofTheirs(3, vendor, order)})
	require.Equal(t, got{ID: 9, Type: "pong"}, gone.ask(`{"id":9,"type":"ping"}`), "nothing in between")
	require.Equal(t, "error", gone.ask(`{"type":"subscribe","topic":"`+vendor.String()+`"}`).Type)
	for seq := range int64(3) { // somebody else's right is not in doubt
		require.Equal(t, seq+1, stays.hear().Seq)
	}
}

func TestADoubtThatIsUnfoundedLosesNoEvent(t *testing.T) {
	t.Parallel()
	b, r, cook, vendor, order := live(t)
	c := b.dial(cook)
	c.follow(vendor.String())
	for n := range int64(20) {
		b.hub.Sink().Records([]domain.Record{removal(2*n+1, vendor, cook.ID), ofTheirs(2*n+2, vendor, order)})
	}
	for seq := range int64(40) {
		require.Equal(t, seq+1, c.hear().Seq)
	}
	r.mu.Lock()
	r.broken = true
	r.mu.Unlock()
	b.hub.Sink().Records([]domain.Record{removal(41, vendor, cook.ID), ofTheirs(42, vendor, order)})
	require.Equal(t, int64(41), c.hear().Seq)
	require.Equal(t, "resync", c.hear().Type, "what cannot be looked at ends, and may be asked for anew")
}

// The right ends after it was looked at and before the subscription stands.
func TestARightThatEndsWhileSomebodySubscribes(t *testing.T) {
	t.Parallel()
	b, r, cook, vendor, order := live(t)
	asked, answer := make(chan Topic), make(chan struct{})
	r.asked, r.answer = asked, answer
	c := b.dial(cook)
	c.say(`{"type":"subscribe","topic":"` + vendor.String() + `"}`)
	<-asked
	r.end(vendor, order)
	b.hub.Sink().Records([]domain.Record{removal(1, vendor, cook.ID)})
	close(answer)
	require.Equal(t, "subscribed", c.hear().Type)
	b.hub.Sink().Records([]domain.Record{ofTheirs(2, vendor, order)})
	require.Equal(t, "unsubscribed", c.hear().Type)
}

func TestWhoseRightsAnEventDoubts(t *testing.T) {
	t.Parallel()
	courier := domain.ID(id.New())
	for kind, who := range map[string]domain.ID{
		"delivery.offer_declined": courier, "delivery.offer_expired": courier, "order.cancelled": courier,
		"delivery.offer_withdrawn": courier, "delivery.taken_away": courier, "delivery.stranded": courier,
		"delivery.offered": domain.Nil, "order.placed": domain.Nil,
	} {
		require.Equal(t, who, doubter(domain.Record{Type: kind, CourierID: courier, At: time.Now()}), kind)
	}
	require.Equal(t, courier, doubter(removal(1, Topic{KindVendor, id.New()}, courier)))
}
