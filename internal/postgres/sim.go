package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
)

// OwnersAmong lists which of some e-mail addresses belong to owners of approved vendors.
func (db *DB) OwnersAmong(ctx context.Context, emails []string) ([]string, error) {
	owners, err := db.q().OwnersAmong(ctx, emails)
	if err != nil {
		return nil, fmt.Errorf("list owners: %w", classify(err))
	}
	return owners, nil
}

// PINAtDoor is what the customer of an order says to the courier who has the food. NotFound for an order that is not under
// way to its customer.
func (db *DB) PINAtDoor(ctx context.Context, orderID domain.ID) (string, error) {
	pin, err := db.q().PINAtDoor(ctx, orderID)
	if err != nil {
		return "", missing("order under way", err)
	}
	return pin, nil
}
