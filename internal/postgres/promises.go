package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// OrdersToLookAt gives some of the orders whose promises are to be looked at, but none of those that are to be passed over.
func (db *DB) OrdersToLookAt(ctx context.Context, passedOver []domain.ID) ([]domain.ID, error) {
	ids, err := db.q().OrdersToLookAt(ctx, append([]domain.ID{}, passedOver...))
	if err != nil {
		return nil, fmt.Errorf("find orders to look at: %w", classify(err))
	}
	return ids, nil
}

// OrderToLookAt locks and gives an order whose promises are to be looked at: NotFound when they are not any more, or when somebody else
// holds it.
func (tx *Tx) OrderToLookAt(ctx context.Context, id domain.ID) (*LockedOrder, error) {
	return tx.holdDue(ctx, id, false)
}

// riskWords are the risks as the database has them.
var riskWords = [...]string{order.OnTime: "", order.AtRisk: "at_risk", order.Breached: "breached"}

func toRisk(word string) order.Risk {
	for risk, w := range riskWords {
		if w == word {
			return order.Risk(risk)
		}
	}
	panic("no risk: " + word) // a CHECK, or fromWatched
}

// toldJSON is what was told of a promise.
type toldJSON struct {
	Due  time.Time `json:"due"`
	Risk string    `json:"risk"`
}

func toWatched(r query.Order) order.Watched {
	w := order.Watched{At: orZero(r.SlaAt), Risk: toRisk(r.SlaRisk), Promise: order.Promise(r.SlaPromise)}
	if len(r.SlaTold) <= len("{}") { // of most orders nothing was told
		return w
	}
	var told map[order.Promise]toldJSON
	if err := json.Unmarshal(r.SlaTold, &told); err != nil {
		panic("promises of an order: " + err.Error()) // the column holds what fromWatched wrote
	}
	w.Told = make(map[order.Promise]order.Told, len(told))
	for promise, t := range told {
		w.Told[promise] = order.Told{Due: t.Due, Risk: toRisk(t.Risk)}
	}
	return w
}

func fromWatched(w order.Watched) (at *time.Time, risk, promise string, told []byte) {
	all := make(map[order.Promise]toldJSON, len(w.Told))
	for promise, t := range w.Told {
		all[promise] = toldJSON{t.Due.UTC(), riskWords[t.Risk]}
	}
	told, err := json.Marshal(all)
	if err != nil {
		panic(fmt.Sprintf("promises of an order: %v", err)) // times and words
	}
	return zeroNull(w.At), riskWords[w.Risk], string(w.Promise), told
}
