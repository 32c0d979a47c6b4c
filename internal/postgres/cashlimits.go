package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// CashLimit is how much cash couriers of a city may have in their pockets.
type CashLimit struct {
	City   string // in lower case; "": everywhere else
	Amount domain.Money
}

// CashLimits lists them by city; there are few.
func (db *DB) CashLimits(ctx context.Context) ([]CashLimit, error) {
	rows, err := db.q().CashLimits(ctx)
	if err != nil {
		return nil, fmt.Errorf("list cash limits: %w", classify(err))
	}
	out := make([]CashLimit, len(rows))
	for i, r := range rows {
		out[i] = CashLimit{r.City, domain.Money{Amount: r.Amount, Currency: domain.Currency(r.Currency)}}
	}
	return out, nil
}

// HoldCashLimit locks a city's limit and gives its amount; none: there is none.
func (tx *Tx) HoldCashLimit(ctx context.Context, city string, currency domain.Currency) (amount *int64, err error) {
	n, err := tx.LockCashLimit(ctx, query.LockCashLimitParams{City: city, Currency: string(currency)})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // said above
	}
	if err != nil {
		return nil, fmt.Errorf("lock cash limit: %w", err)
	}
	return &n, nil
}

// SetCashLimit writes a city's limit.
func (tx *Tx) SetCashLimit(ctx context.Context, l CashLimit) error {
	err := tx.SaveCashLimit(ctx, query.SaveCashLimitParams{City: l.City, Currency: string(l.Amount.Currency), Amount: l.Amount.Amount})
	if err != nil {
		return fmt.Errorf("save cash limit: %w", err)
	}
	return nil
}

// DropCashLimit takes a city's limit away. NotFound when there is none.
func (tx *Tx) DropCashLimit(ctx context.Context, city string, currency domain.Currency) error {
	n, err := tx.DeleteCashLimit(ctx, query.DeleteCashLimitParams{City: city, Currency: string(currency)})
	if err != nil {
		return fmt.Errorf("delete cash limit: %w", err)
	}
	if n == 0 {
		return domain.Missing("cash limit")
	}
	return nil
}

// CourierCashLimits gives a held courier's own limits.
func (tx *Tx) CourierCashLimits(ctx context.Context, courierID domain.ID) ([]domain.Money, error) {
	rows, err := tx.Queries.CourierCashLimits(ctx, courierID)
	if err != nil {
		return nil, fmt.Errorf("read cash limits: %w", err)
	}
	out := make([]domain.Money, len(rows))
	for i, r := range rows {
		out[i] = domain.Money{Amount: r.Amount, Currency: domain.Currency(r.Currency)}
	}
	return out, nil
}

// SetCourierCashLimits writes a held courier's own limits in the place of those before.
func (tx *Tx) SetCourierCashLimits(ctx context.Context, courierID domain.ID, limits []domain.Money) error {
	if err := tx.DropCourierCashLimits(ctx, courierID); err != nil {
		return fmt.Errorf("drop cash limits: %w", err)
	}
	p := query.SaveCourierCashLimitsParams{CourierID: courierID}
	for _, l := range limits {
		p.Currencies, p.Amounts = append(p.Currencies, string(l.Currency)), append(p.Amounts, l.Amount)
	}
	if err := tx.SaveCourierCashLimits(ctx, p); err != nil {
		return fmt.Errorf("save cash limits: %w", err)
	}
	return nil
}
