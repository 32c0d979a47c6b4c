package postgres

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
)

// EndOrder undoes what hung on a held order that will not be made: its payment, its delivery, the place and the promotions it took
// and, where nothing is cooked yet, its portions. Its customer gets a letter. It gives the events to store with the order, the one that tells of the
// end first.
func (tx *Tx) EndOrder(ctx context.Context, o *LockedOrder, ended domain.Event) ([]domain.Event, error) {
	released, err := tx.ReleasePayment(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := tx.CancelDelivery(ctx, o); err != nil {
		return nil, err
	}
	if err := tx.EndRevision(ctx, o, "withdrawn"); err != nil {
		return nil, err
	}
	if o.Outcome.Restock && o.counted {
		if err := tx.GiveBackStock(ctx, o); err != nil {
			return nil, err
		}
	}
	if err := tx.GiveBackPlace(ctx, o); err != nil {
		return nil, err
	}
	if o.redeemed {
		if err := tx.GiveBackPromotions(ctx, o); err != nil {
			return nil, err
		}
	}
	return []domain.Event{ended, released}, tx.Post(ctx, letter.AboutOrder(letter.OrderCancelled, o.CustomerID, o.ID, o.Now))
}
