package delivery

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// The bounds of tracking links.
const (
	LinkLife  = 24 * time.Hour // at most
	LinkAfter = time.Hour      // after the order's end
	MaxLinks  = 5              // of one order at a time
)

// guessOfLink is to what the guess is rounded that was made for the door itself: a courier rides some kilometres in that time.
const guessOfLink = 10 * time.Minute

// Link is a new tracking link. Only its hash is kept: whoever loses the token makes another.
type Link struct {
	Token     string
	ExpiresAt time.Time // at the latest
}

// MakeLink makes a link that shows whoever holds it how far the actor's order is. Errors: NotFound for an order that is not
// theirs; Conflict "order.over" for one that has ended, and "tracking.too_many_links".
func (s *Service) MakeLink(ctx context.Context, actor domain.Actor, orderID domain.ID) (Link, error) {
	link := Link{Token: rand.Text()}
	err := s.ofCustomer(ctx, actor, orderID, func(tx *postgres.Tx, o *postgres.LockedOrder) error {
		if !o.State.Live() {
			return domain.Errorf(domain.Conflict, "order.over", "the order is %s", o.State).With("state", string(o.State))
		}
		until, ok, err := tx.MakeLink(ctx, orderID, hashOf(link.Token), LinkLife, MaxLinks)
		if err == nil && !ok {
			return domain.Errorf(domain.Conflict, "tracking.too_many_links", "an order has at most %d links: take them back first", MaxLinks)
		}
		link.ExpiresAt = until
		return err
	})
	return link, err
}

// DropLinks takes all links of the actor's order back. NotFound for an order that is not theirs.
func (s *Service) DropLinks(ctx context.Context, actor domain.Actor, orderID domain.ID) error {
	return s.ofCustomer(ctx, actor, orderID, func(tx *postgres.Tx, _ *postgres.LockedOrder) error { return tx.DropLinks(ctx, orderID) })
}

func (s *Service) ofCustomer(ctx context.Context, actor domain.Actor, orderID domain.ID, do func(*postgres.Tx, *postgres.LockedOrder) error) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		o, err := tx.HoldOrder(ctx, orderID)
		if err != nil {
			return err
		}
		if actor.Role != domain.RoleCustomer || o.CustomerID != actor.ID {
			return domain.Missing("order")
		}
		return do(tx, o)
	})
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// TrackByLink tells how far an order is to whoever holds a link of it; NotFound once the link has ended. Of the door only its cell is
// told, and nothing that depends on where in it the door is: not the guess of the rest, nor the courier, who stands in front of it at
// last and is in the middle of the cell from rules.Grid around that on.
func (s *Service) TrackByLink(ctx context.Context, token string) (Tracking, error) {
	orderID, err := s.db.OrderOfLink(ctx, hashOf(token), LinkAfter)
	if err != nil {
		return Tracking{}, err
	}
	known, err := s.db.Tracking(ctx, orderID, domain.Nil)
	if err != nil {
		return Tracking{}, err
	}
	if known.Way.State != "" {
		known.Dropoff = rules.Coarse(known.Dropoff)
		known.FirstGuess, known.Way.PromisedAt = known.FirstGuess.Round(guessOfLink), known.Way.PromisedAt.Round(guessOfLink)
	}
	t, err := s.tracking(ctx, known)
	if err != nil {
		return Tracking{}, err
	}
	if c := t.Courier; c != nil && c.Position != nil && t.Way.State.Coming() && t.Way.Courier.Point.Meters(t.Dropoff) < rules.Grid {
		c.Position.Point, c.Position.Coarse = t.Dropoff, true
	}
	t.CustomerID, t.Way.Courier = domain.Nil, rules.Sighting{}
	return t, nil
}
