package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// EarningDay is what a courier has earned in a stretch of time, and how long they were online in it.
type EarningDay struct {
	Online     time.Duration
	Deliveries int // handed over
	Earned     []domain.Money
}

// EarningDays gives what was posted to a courier's account in stretches of time, each from one moment to the next.
func (db *DB) EarningDays(ctx context.Context, courierID domain.ID, moments []time.Time) ([]EarningDay, error) {
	n := len(moments) - 1
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	var sums []query.EarningDaysRow
	var online []query.OnlineSecondsRow
	err := together(ctx, db.single(),
		func(q *query.Queries) (err error) {
			sums, err = q.EarningDays(ctx, query.EarningDaysParams{Numbers: numbers, Starts: moments[:n], Ends: moments[1:], OwnerID: courierID})
			return err
		},
		func(q *query.Queries) (err error) {
			online, err = q.OnlineSeconds(ctx, query.OnlineSecondsParams{Numbers: numbers, Starts: moments[:n], Ends: moments[1:], CourierID: courierID})
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("add up earnings: %w", classify(err))
	}
	out := make([]EarningDay, n)
	for _, s := range sums {
		d := &out[s.N]
		d.Earned = append(d.Earned, domain.Money{Amount: s.Amount, Currency: domain.Currency(s.Currency)})
		d.Deliveries += s.Deliveries
	}
	for _, o := range online {
		out[o.N].Online = time.Duration(o.Seconds * float64(time.Second))
	}
	return out, nil
}

// EarningLines gives what was posted to a courier's account before a transfer, newest first; Nil begins with the newest. Payouts are
// none of it.
func (db *DB) EarningLines(ctx context.Context, courierID, before domain.ID, limit int) ([]PayoutLine, error) {
	rows, err := db.q().EarningLines(ctx, query.EarningLinesParams{OwnerID: courierID, Before: orNull(before), Most: int32(limit)}) //nolint:gosec // a page's size
	if err != nil {
		return nil, fmt.Errorf("list earnings: %w", classify(err))
	}
	out := make([]PayoutLine, len(rows))
	for i, r := range rows {
		bill := ledger.Bill{Delivery: r.Delivery, Surge: r.Surge, Tip: r.Tip}
		out[i] = PayoutLine{
			TransferID: r.ID, Kind: ledger.Kind(r.Kind), At: r.At, OrderID: orNil(r.OrderID), OrderNumber: r.OrderNumber,
			Amount: domain.Money{Amount: r.Amount, Currency: domain.Currency(r.Currency)},
			Parts:  bill.PartsOf(ledger.AccountCourier, ledger.Kind(r.Kind), r.Amount, 0, true),
		}
	}
	return out, nil
}
