package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
)

// OrderName is how an order is called, and its vendor.
type OrderName struct {
	OrderRef
	VendorID   domain.ID
	VendorName string
}

// OrderNames gives those of orders.
func (db *DB) OrderNames(ctx context.Context, orders []domain.ID) (map[domain.ID]OrderName, error) {
	rows, err := db.q().OrdersNamed(ctx, orders)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", classify(err))
	}
	out := make(map[domain.ID]OrderName, len(rows))
	for _, r := range rows {
		out[r.ID] = OrderName{OrderRef{r.ID, r.Number, order.State(r.State), r.Version, orZero(r.ReadyBy)}, r.VendorID, r.VendorName}
	}
	return out, nil
}
